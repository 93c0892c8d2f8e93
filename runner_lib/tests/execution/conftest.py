"""A project to run on Ray."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pipeline_project import PipelineProject, pipeline_project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[PipelineProject]:
    """A project; after the test no process of its runs is left."""
    with pipeline_project(tmp_path / "project") as made:
        yield made
