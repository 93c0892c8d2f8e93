"""A project to run on Ray."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kernel_kinds import kernels
from pipeline_project import PipelineProject, pipeline_project

__all__ = ["kernels"]


@pytest.fixture
def project(tmp_path: Path, kernels: str) -> Iterator[PipelineProject]:
    """A project; after the test no process of its runs is left."""
    with pipeline_project(tmp_path / "project", kernels) as made:
        yield made
