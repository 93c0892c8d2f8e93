"""A world with one repository in it, for tests: commits files, opens pull requests, and lets Actions do the rest."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from textwrap import dedent

from fake_github import FakeGitHub, GitHub, PullRequest, Repository

from actions_emulation.hosting import Hosting, git
from actions_emulation.machine import Tools
from actions_emulation.official import Official
from actions_emulation.processes import Patience
from actions_emulation.runs import Run, World
from actions_emulation.service import Actions, Started

NAME = "ann-/waves"
"""Of an owner that GitHub lets nobody be: no address that follows from it leads to a stranger's site."""


class Playground:
    """The repository ``ann-/waves`` and what happens to it; each method returns when all that it started has ended."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.actions = Actions(world)
        self.repository: Repository = world.fake.github.add_repository(NAME)
        world.hosting.create(NAME)

    @property
    def head(self) -> str:
        """The newest commit of main."""
        return self.world.hosting.head(NAME)

    def upload(self, folder: Path) -> Started:
        """The first push: of a work tree with one commit or more."""
        return self.actions.push(self.repository, self.world.hosting.upload(NAME, folder))

    def start(self, files: Mapping[str, str | None], message: str = "change") -> Started:
        """Commits files to main; what that starts goes on in the background."""
        is_first = not any(self.world.hosting.path(NAME).joinpath("refs/heads").iterdir())
        if is_first:
            self._first_commit()
        before = self.head
        cleaned = {name: None if text is None else dedent(text) for name, text in files.items()}
        return self.actions.push(self.repository, self.world.hosting.commit(NAME, "main", cleaned, message), before)

    def push(self, files: Mapping[str, str | None]) -> list[Run]:
        """Commits files to main."""
        return self.start(files).wait()

    def pull_request(
        self, files: Mapping[str, str | None], owner: str = "eve", branch: str = "change", title: str = "A change"
    ) -> list[Run]:
        """A pull request with a commit that changes files: of a fork, or with ``owner="ann-"`` of the repository itself."""
        hosting, github = self.world.hosting, self.world.fake.github
        head_name = f"{owner}/waves"
        if not hosting.path(head_name).exists():
            hosting.fork(NAME, head_name)
        cleaned = {name: None if text is None else dedent(text) for name, text in files.items()}
        hosting.commit(head_name, branch, cleaned, title)
        number = len(self.repository.pulls) + 1
        head, merge = hosting.open_pull_request(NAME, number, head_name, branch)
        pull = PullRequest(number, title, head_name, branch, head, github.now)
        self.repository.pulls[number] = pull
        return self.actions.pull_request(self.repository, pull, merge, owner).wait()

    def _first_commit(self) -> None:
        work = self.world.folder / "first"
        work.mkdir()
        git(work, "init", "--quiet", "--initial-branch=main")
        git(work, "commit", "--quiet", "--allow-empty", "--message=nothing")
        self.world.hosting.upload(NAME, work)


@contextlib.contextmanager
def open_playground(official: Official, folder: Path, patience: Patience) -> Iterator[Playground]:
    """A GitHub of its own, below ``folder``, for as long as the block runs."""
    for name in ("git", "machines"):
        (folder / name).mkdir()
    with FakeGitHub(GitHub(now=datetime.now(timezone.utc))) as fake:
        hosting = Hosting(folder / "git")
        yield Playground(World(fake, hosting, official, folder / "machines", Tools.of_this_machine(), patience))
