"""A world with an emulation of GitHub Actions in it; README.md in this folder says what it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from actions_emulation.hosting import Hosting
from actions_emulation.machine import Tools
from actions_emulation.official import Official
from actions_emulation.playground import Playground
from actions_emulation.processes import Patience
from actions_emulation.runs import World
from fake_github import FakeGitHub, GitHub


@pytest.fixture(scope="session")
def official(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Official]:
    """GitHub's parser and evaluator."""
    with Official(tmp_path_factory.mktemp("official")) as program:
        yield program


@pytest.fixture
def world(official: Official, tmp_path: Path) -> Iterator[World]:
    """A GitHub of its own, where a minute of a time limit takes a second."""
    for name in ("git", "machines"):
        (tmp_path / name).mkdir()
    patience = Patience(interrupt_s=2, terminate_s=1, minute_s=1)
    with FakeGitHub(GitHub(now=datetime.now(timezone.utc))) as fake:
        hosting = Hosting(tmp_path / "git")
        yield World(fake, hosting, official, tmp_path / "machines", Tools.of_this_machine(), patience)


@pytest.fixture
def playground(world: World) -> Playground:
    """A repository to play with."""
    return Playground(world)
