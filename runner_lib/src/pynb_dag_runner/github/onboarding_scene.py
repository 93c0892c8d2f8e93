"""What is there before publishing: the folder, who is logged in, and what GitHub has of the repository; and what is in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.github.gh import Account, Gh
from pynb_dag_runner.github.git import BRANCH, Git
from pynb_dag_runner.github.programs import called_with, hide_user_info
from pynb_dag_runner.github.remotes import FullName, is_https, parse_full_name, parse_remote, project_facts

WORKFLOWS = Path(".github", "workflows")
PIPELINE = "pipeline.yml"
PUBLISH = "publish.yml"


@dataclass
class Scene:
    """All that the steps know, and change."""

    git: Git
    gh: Gh
    environment: Mapping[str, str]
    login: str
    name: FullName
    url: str
    """Where git pushes to."""
    is_private: bool
    """As it is, or as it will be made."""
    description: str
    facts: Mapping[str, Any] | None
    """What GitHub says of the repository; None while there is none."""
    heads: dict[str, str] = field(default_factory=dict)
    """Commits of the branches on GitHub."""
    pushed: str | None = None
    """The commit that was pushed just now."""
    tracker: str | None = None
    """Address of the site; None while it is not known."""
    is_published: bool = False
    pages_problem: str | None = None
    """Why there is no GitHub Pages."""

    @property
    def api(self) -> str:
        """Path of the repository in the API."""
        return f"repos/{self.name}"

    @property
    def web(self) -> str:
        """The repository's page."""
        return f"https://{self.gh.host}/{self.name}"


def look(folder: Path, repository: str | None, private: bool, environment: Mapping[str, str]) -> Scene:
    """Look at all of it, and change nothing.

    Raises:
        UsageError: something is in the way that only the person can decide; the message says what to do.
        GitHubError: GitHub cannot be reached.
        EngineError: git fails.
    """
    if not (folder / WORKFLOWS / PIPELINE).is_file():
        raise UsageError(f"{folder} has no {WORKFLOWS / PIPELINE}: call this in the folder of a generated project")
    git, gh = Git(folder, environment), Gh(folder, environment)
    _check_folder(git)
    origin = git.origin() if git.top() else None
    account = gh.account()
    own_name, description = project_facts(folder)
    elsewhere = called_with("--repository OWNER/NAME", environment)
    name = _name(origin, repository, account.login, own_name, gh.host)
    facts = gh.get(f"repos/{name}")
    if facts is not None:
        name = parse_full_name(str(facts.get("full_name"))) or name
        _check_repository(facts, name, private, account.login, elsewhere)
    url = origin or (f"git@{gh.host}:{name}.git" if gh.prefers_ssh() else f"https://{gh.host}/{name}.git")
    is_private = private if facts is None else bool(facts["private"])
    _check_scopes(account, gh, is_private, url)
    heads = {} if facts is None else git.heads_at(url)
    _check_history(git, url, heads, name, elsewhere)
    return Scene(git, gh, environment, account.login, name, url, is_private, description, facts, heads)


def _check_folder(git: Git) -> None:
    top = git.top()
    if top is not None and not top.samefile(git.folder):
        raise UsageError(
            f"this folder is part of the git repository in {top}, and GitHub looks for workflows at a repository's top: "
            "move it out of there, or publish that repository"
        )
    if (top is None or git.head() is None) and not git.has_identity():
        raise UsageError(
            "git does not know yet who makes the first commit; tell it, then call this again:\n"
            '    git config --global user.name "Your Name"\n'
            '    git config --global user.email "you@example.org"'
        )
    if top is None or git.head() is None:
        return
    branch = git.branch()
    if branch != BRANCH and git.has_branch(BRANCH):
        where = f"on the branch {branch}" if branch else "on no branch"
        raise UsageError(f"git is {where}, and {BRANCH} is what is published: git switch {BRANCH}")
    if branch is None:
        raise UsageError(f"git is on no branch, and {BRANCH} is what is published: git switch -c {BRANCH}")
    if not git.holds((WORKFLOWS / PIPELINE).as_posix()):
        raise UsageError(
            f"{WORKFLOWS / PIPELINE} is in no commit yet, and GitHub runs only what is: git add --all && git commit"
        )


def _name(origin: str | None, repository: str | None, login: str, own_name: str, host: str) -> FullName:
    wanted = None
    if repository is not None:
        wanted = parse_full_name(repository)
        if wanted is None:
            raise UsageError(f"--repository {repository}: give it as OWNER/NAME, such as {login}/{own_name}")
    if origin is None:
        return wanted or FullName(login, own_name)
    found = parse_remote(origin)
    if found is None or found[0] != host:
        enterprise = "" if found is None else f"; if that is GitHub Enterprise, set GH_HOST={found[0]}"
        raise UsageError(
            f"the remote origin is {hide_user_info(origin)}, which is no repository of {host}{enterprise}. To publish "
            "beside it, give it another name: git remote rename origin upstream"
        )
    if wanted is not None and not wanted.is_same(found[1]):
        raise UsageError(
            f"--repository {wanted}: the remote origin is {found[1]} already. To publish to {wanted} instead, give "
            "origin another name: git remote rename origin upstream"
        )
    return found[1]


def _check_repository(facts: Mapping[str, Any], name: FullName, private: bool, login: str, elsewhere: str) -> None:
    if facts.get("archived"):
        raise UsageError(f"{name} is archived, and takes nothing new. Choose another: {elsewhere}")
    if not (facts.get("permissions") or {}).get("push", False):
        raise UsageError(
            f"{name} is there, and {login} may not push to it. Log in as somebody who may, or choose another: {elsewhere}"
        )
    if private and not facts["private"]:
        raise UsageError(f"{name} is there, and is public. Call this without --private, or choose another: {elsewhere}")


def _check_scopes(account: Account, gh: Gh, is_private: bool, url: str) -> None:
    if account.scopes is None:
        return
    missing = set() if account.scopes & {"repo", "public_repo" if not is_private else "repo"} else {"repo"}
    # GitHub takes files of workflows only with this one; by SSH it does not ask.
    missing |= {"workflow"} - account.scopes if is_https(url) else set()
    if not missing:
        return
    scopes = ",".join(sorted(missing))
    variable = gh.token_variable()
    what_to_do = (
        f"run: gh auth refresh --hostname {gh.host} --scopes {scopes}"
        if variable is None
        else f"add it to the token in {variable}, or unset {variable} and run: {gh.login_command()}"
    )
    raise UsageError(f"gh is logged in as {account.login}, without the right to {_RIGHTS[scopes]}; {what_to_do}")


_RIGHTS = {
    "repo": "change repositories (scope repo)",
    "workflow": "push workflows (scope workflow)",
    "repo,workflow": "change repositories and push workflows (scopes repo, workflow)",
}


def _check_history(git: Git, url: str, heads: Mapping[str, str], name: FullName, elsewhere: str) -> None:
    """GitHub must have nothing, or a part of what is here."""
    if not heads:
        return
    head = git.head() if git.top() else None
    commit = heads.get(BRANCH)
    if head is not None and commit is not None:
        if git.is_behind_head(commit):
            return
        if git.is_related(url, commit):
            pull = "git pull --rebase" if git.follows_origin() else f"git pull --rebase {hide_user_info(url)} {BRANCH}"
            raise UsageError(f"{name} has commits on {BRANCH} that are not here. Take them in first: {pull}")
    branches = ", ".join(sorted(heads)[:5])
    raise UsageError(
        f"{name} is there already, and holds something else (branches: {branches}), with no commit in common.\n"
        f"Nothing was changed. Choose another name: {elsewhere}\n"
        f"Or, if {name} may go, be it only a README that GitHub made, remove it: gh repo delete {name}"
    )
