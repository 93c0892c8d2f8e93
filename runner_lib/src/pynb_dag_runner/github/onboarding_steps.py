"""The steps of publishing, up to the push; ``onboarding_actions`` has the later ones. Each tells whether it is so already, by which
commands it is done, and does it.

All that a step knows it asks git and GitHub: nothing is kept between two calls, so whatever stopped the last one, this one
finds what is left to do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pynb_dag_runner.errors import GitHubError
from pynb_dag_runner.github.gh import api_command
from pynb_dag_runner.github.git import BRANCH, git_command
from pynb_dag_runner.github.onboarding_scene import Scene

Command = list[str]
Say = Callable[[str], None]


class Step(Protocol):
    """One step."""

    title: str

    def already(self) -> str | None:
        """Why there is nothing to do; None where there is something."""

    def commands(self) -> list[Command]:
        """The commands that ``do`` runs."""

    def do(self, say: Say) -> str:
        """Do it, and say in a few words what came of it; raises GitHubError or EngineError."""


def already_so(how: str) -> str:
    """Words for what is found as it should be."""
    return f"already so ({how})"


def count_text(count: int, thing: str) -> str:
    """``1 commit``, ``2 commits``."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


class CommitStep:
    """The folder is a git repository with a commit on main."""

    title = f"a git repository, with a commit on {BRANCH}"

    def __init__(self, scene: Scene) -> None:
        self._git = scene.git

    def already(self) -> str | None:
        """See ``Step``."""
        return None if self.commands() else already_so(count_text(self._git.count_commits(), "commit"))

    def commands(self) -> list[Command]:
        """See ``Step``."""
        git = self._git
        if git.top() is None:
            first: list[Command] = [["git", "init", "--quiet", f"--initial-branch={BRANCH}"]]
        elif git.branch() == BRANCH:
            first = []
        elif git.head() is None:
            first = [["git", "symbolic-ref", "HEAD", f"refs/heads/{BRANCH}"]]
        else:
            first = [["git", "branch", "--move", BRANCH]]
        if first[:1] == [["git", "branch", "--move", BRANCH]] or git.head() is not None:
            return first
        return [*first, ["git", "add", "--all"], ["git", "commit", "--quiet", "-m", "Start from pdr-template"]]

    def do(self, say: Say) -> str:
        """See ``Step``."""
        for command in self.commands():
            self._git.command(command)
        return f"{count_text(self._git.count_commits(), 'commit')} on {BRANCH}"


class RepositoryStep:
    """The repository is there on GitHub."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.title = f"the repository {scene.name} on GitHub, {'private' if scene.is_private else 'public'}"

    def already(self) -> str | None:
        """See ``Step``."""
        return None if self._scene.facts is None else already_so(self._scene.web)

    def _request(self) -> tuple[str, dict[str, str | bool]]:
        scene = self._scene
        is_own = scene.name.owner.casefold() == scene.login.casefold()
        fields: dict[str, str | bool] = {"name": scene.name.name, "private": scene.is_private}
        if scene.description:
            fields["description"] = scene.description
        return "user/repos" if is_own else f"orgs/{scene.name.owner}/repos", fields

    def commands(self) -> list[Command]:
        """See ``Step``."""
        return [api_command("POST", *self._request())]

    def do(self, say: Say) -> str:
        """See ``Step``."""
        scene = self._scene
        path, fields = self._request()
        answer = scene.gh.call("POST", path, fields)
        if not answer.is_good:
            hint = ""
            if path != "user/repos" and answer.status in (403, 404):
                hint = (
                    f" There is no organization {scene.name.owner}, or {scene.login} may not make repositories there."
                )
            raise GitHubError(f"GitHub did not make {scene.name}: {answer.message}.{hint}")
        scene.facts = answer.body or {}
        return f"made: {scene.web}"

    def _hint(self, status: int) -> str:
        """What else may help; as in a codespace, whose token is good for one repository."""
        gh, name = self._scene.gh, self._scene.name
        hint = ""
        if status in (403, 404) and self._request()[0] != "user/repos":
            hint = f" There is no organization {name.owner}, or {self._scene.login} may not make repositories there."
        variable = gh.token_variable()
        if status == 403 and variable is not None:
            hint += f" gh uses the token in {variable}; if that may not make any: unset {variable}, then {gh.login_command()}."
        return hint


class OriginStep:
    """git knows it as origin."""

    title = "the remote origin"

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def already(self) -> str | None:
        """See ``Step``."""
        return already_so(str(self._scene.name)) if self._scene.git.origin() else None

    def commands(self) -> list[Command]:
        """See ``Step``."""
        return [["git", "remote", "add", "origin", self._scene.url]]

    def do(self, say: Say) -> str:
        """See ``Step``."""
        self._scene.git.command(self.commands()[0])
        return "set"


class PushStep:
    """GitHub has all commits of main."""

    title = f"the commits of {BRANCH}, pushed"

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def already(self) -> str | None:
        """See ``Step``."""
        git, head = self._scene.git, self._scene.heads.get(BRANCH)
        is_so = head is not None and head == git.head() and git.follows_origin()
        return already_so(head[:10]) if head is not None and is_so else None

    def commands(self) -> list[Command]:
        """See ``Step``."""
        return [git_command(self._scene.url, "push", "--quiet", "--set-upstream", "origin", BRANCH)]

    def do(self, say: Say) -> str:
        """See ``Step``."""
        git = self._scene.git
        git.command(self.commands()[0])
        head = git.head() or ""
        self._scene.heads[BRANCH] = self._scene.pushed = head
        return f"pushed: {head[:10]}"
