"""The git side of GitHub: bare repositories, forks, and the references of pull requests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

_IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "A Tester"), ("EMAIL", "tester@example.org"))
}
WORKFLOWS = ".github/workflows"


def git(folder: Path, *arguments: str) -> str:
    """Runs git in a folder, without any settings of the machine, and returns what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    quiet = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
    result = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", "-c", "advice.detachedHead=false", *arguments],
        cwd=folder,
        env={**kept, **quiet, **_IDENTITY},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"git {arguments}: {result.stdout}{result.stderr}"
    return result.stdout.strip()


class Hosting:
    """All git repositories, below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, full_name: str) -> Path:
        """The bare repository, which git can fetch from."""
        return self._folder / f"{full_name}.git"

    def create(self, full_name: str) -> None:
        """Makes an empty repository."""
        bare = self.path(full_name)
        bare.mkdir(parents=True)
        git(bare, "init", "--quiet", "--bare", "--initial-branch=main")
        git(bare, "config", "uploadpack.allowAnySHA1InWant", "true")

    def fork(self, full_name: str, fork_name: str) -> None:
        """Makes a copy under another owner."""
        self.path(fork_name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.path(full_name), self.path(fork_name))

    def upload(self, full_name: str, folder: Path, branch: str = "main") -> str:
        """Pushes what is committed in a work tree; returns the commit."""
        git(folder, "push", "--quiet", str(self.path(full_name)), f"HEAD:refs/heads/{branch}")
        return self.head(full_name, branch)

    def commit(self, full_name: str, branch: str, files: Mapping[str, str | None], message: str) -> str:
        """Commits files onto a branch, a new one from ``main`` where there is none; None removes. Returns the commit."""
        work = self._work_tree(full_name)
        is_there = git(work, "for-each-ref", f"refs/remotes/origin/{branch}") != ""
        git(work, "checkout", "--quiet", "--force", "-B", branch, f"origin/{branch if is_there else 'main'}")
        for name, text in files.items():
            path = work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text, encoding="utf-8")
        git(work, "add", "--all")
        git(work, "commit", "--quiet", "--allow-empty", f"--message={message}")
        git(work, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return git(work, "rev-parse", "HEAD")

    def open_pull_request(self, full_name: str, number: int, head_name: str, branch: str) -> tuple[str, str]:
        """Makes ``refs/pull/N/head`` and the merge that GitHub tests; returns both commits."""
        bare, work = self.path(full_name), self._work_tree(full_name)
        git(bare, "fetch", "--quiet", str(self.path(head_name)), f"+refs/heads/{branch}:refs/pull/{number}/head")
        head = git(bare, "rev-parse", f"refs/pull/{number}/head")
        git(work, "fetch", "--quiet", "origin", f"refs/pull/{number}/head")
        git(work, "checkout", "--quiet", "--detach", "origin/main")
        git(work, "merge", "--quiet", "--no-ff", f"--message=Merge {head} into main", "FETCH_HEAD")
        git(work, "push", "--quiet", "--force", "origin", f"HEAD:refs/pull/{number}/merge")
        return head, git(work, "rev-parse", "HEAD")

    def head(self, full_name: str, branch: str = "main") -> str:
        """The newest commit of a branch."""
        return git(self.path(full_name), "rev-parse", f"refs/heads/{branch}")

    def read(self, full_name: str, commit: str, path: str) -> str:
        """A file of a commit."""
        return git(self.path(full_name), "show", f"{commit}:{path}")

    def changed(self, full_name: str, before: str, after: str) -> set[str]:
        """Paths of the files that differ between two commits; all of them, where there was nothing before."""
        bare = self.path(full_name)
        if set(before) == {"0"}:
            return set(git(bare, "ls-tree", "-r", "--name-only", after).splitlines())
        return set(git(bare, "diff", "--name-only", "--no-renames", before, after).splitlines())

    def workflows(self, full_name: str, commit: str) -> list[str]:
        """Paths of the workflow files of a commit."""
        listed = git(self.path(full_name), "ls-tree", "--name-only", commit, f"{WORKFLOWS}/").splitlines()
        return [path for path in listed if path.endswith((".yml", ".yaml"))]

    def _work_tree(self, full_name: str) -> Path:
        work = self._folder / "work" / full_name
        if work.exists():
            git(work, "fetch", "--quiet", "--prune", "origin")
        else:
            git(self._folder, "clone", "--quiet", "--no-local", str(self.path(full_name)), str(work))
        return work
