"""The git repository of a project: what is in it, and what GitHub has of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pynb_dag_runner.errors import EngineError, UsageError
from pynb_dag_runner.github.programs import Outcome, run_program, shown
from pynb_dag_runner.github.remotes import is_https

BRANCH = "main"

_CREDENTIALS_OF_GH = ["-c", "credential.helper=", "-c", "credential.helper=!gh auth git-credential"]
"""The empty one first: helpers that are set up else would be asked before gh, and given the token to keep."""


def git_command(url: str, *arguments: str) -> list[str]:
    """A command of git that talks to ``url``: by HTTPS with the token of gh, else with the person's own keys."""
    return ["git", *(_CREDENTIALS_OF_GH if is_https(url) else []), *arguments]


class Git:
    """The repository in one folder."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = environment

    def try_command(self, command: Sequence[str]) -> Outcome:
        """Run a command of git; failing is an outcome, too."""
        return run_program(command, self.folder, self._environment)

    def command(self, command: Sequence[str]) -> str:
        """Run a command of git that must go well, and return what it wrote.

        Raises:
            EngineError: it failed.
        """
        outcome = self.try_command(command)
        if not outcome.is_good:
            raise EngineError(f"git failed, in: {shown(command)}\n{outcome.complaint}")
        return outcome.out

    def top(self) -> Path | None:
        """Folder of the repository that the folder belongs to, if there is one.

        Raises:
            UsageError: git does not work here.
        """
        outcome = self._try("rev-parse", "--show-toplevel")
        if outcome.is_good:
            return Path(outcome.out.rstrip("\n"))
        if (self.folder / ".git").exists():
            # Another owner, a damaged repository: git says it better.
            raise UsageError(f"git cannot use the repository here:\n{outcome.complaint}")
        return None

    def branch(self) -> str | None:
        """The branch that is checked out, also before its first commit."""
        return self._line("symbolic-ref", "--quiet", "--short", "HEAD")

    def has_branch(self, name: str) -> bool:
        """Whether there is such a branch."""
        return self._try("rev-parse", "--verify", "--quiet", f"refs/heads/{name}").is_good

    def head(self) -> str | None:
        """The commit that is checked out; None before the first one."""
        return self._line("rev-parse", "--verify", "--quiet", "HEAD")

    def count_commits(self) -> int:
        """How many commits there are up to the one that is checked out."""
        return int(self._line("rev-list", "--count", "HEAD") or 0)

    def count_changes(self) -> int:
        """How many files differ from the last commit."""
        return len(self.command(["git", "status", "--porcelain"]).splitlines())

    def holds(self, path: str) -> bool:
        """Whether the last commit has a file."""
        return self._try("cat-file", "-e", f"HEAD:./{path}").is_good

    def has_identity(self) -> bool:
        """Whether a commit would carry a name that the person chose: git makes one up otherwise."""
        roles = ("AUTHOR", "COMMITTER")
        return all(self._try("-c", "user.useConfigOnly=true", "var", f"GIT_{role}_IDENT").is_good for role in roles)

    def origin(self) -> str | None:
        """Address of the remote ``origin``."""
        return self._line("remote", "get-url", "origin")

    def follows_origin(self) -> bool:
        """Whether ``git pull`` knows where from."""
        return self._line("rev-parse", "--abbrev-ref", f"{BRANCH}@{{upstream}}") == f"origin/{BRANCH}"

    def heads_at(self, url: str) -> dict[str, str]:
        """Commits of the branches at an address.

        Raises:
            EngineError: it cannot be asked.
        """
        out = self.command(git_command(url, "ls-remote", "--heads", url))
        pairs = (line.split("\t", 1) for line in out.splitlines() if "\t" in line)
        return {name.removeprefix("refs/heads/"): commit for commit, name in pairs}

    def is_behind_head(self, commit: str) -> bool:
        """Whether a commit is known here, and the checked out one comes after it or is it."""
        return self._try("merge-base", "--is-ancestor", commit, "HEAD").is_good

    def is_related(self, url: str, commit: str) -> bool:
        """Whether the branch at an address has commits in common with what is checked out.

        Raises:
            EngineError: it cannot be fetched.
        """
        if not self._try("cat-file", "-e", f"{commit}^{{commit}}").is_good:
            self.command(git_command(url, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", url, BRANCH))
        return self._try("merge-base", commit, "HEAD").is_good

    def _try(self, *arguments: str) -> Outcome:
        return self.try_command(["git", *arguments])

    def _line(self, *arguments: str) -> str | None:
        outcome = self._try(*arguments)
        return outcome.out.strip() or None if outcome.is_good else None
