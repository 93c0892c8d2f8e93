"""A world with an emulation of GitHub Actions in it; README.md in this folder says what it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from actions_emulation.official import Official
from actions_emulation.playground import Playground, open_playground
from actions_emulation.processes import Patience


@pytest.fixture(scope="session")
def official(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Official]:
    """GitHub's parser and evaluator."""
    with Official(tmp_path_factory.mktemp("official")) as program:
        yield program


@pytest.fixture
def playground(official: Official, tmp_path: Path) -> Iterator[Playground]:
    """A repository to play with, where a minute of a time limit takes a second."""
    with open_playground(official, tmp_path, Patience(interrupt_s=2, terminate_s=1, minute_s=1)) as opened:
        yield opened
