"""A person at a machine of his own, who publishes a project on the imitation of GitHub: real ``pdr``, ``gh`` and ``git``."""

from __future__ import annotations

import math
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake_github import FakeGitHub, GitHub, Request
from fake_github.git_server import GitHubSite

TOKEN = "gho_abcdefghijklmnopqrstuvwxyz0123456789"
SCOPES = "gist, read:org, repo, workflow"
_WORKFLOWS = Path(__file__).parents[3] / "{{cookiecutter.project_slug}}" / ".github" / "workflows"
_PRESS_AGAIN_S = 3.0
"""Ctrl-C just before Python reads from a terminal is heard only when it is pressed again, or a line comes."""

# As the command, but that what waits for GitHub asks again sooner.
_PDR = """\
import sys
from pynb_dag_runner.cli.main import main
from pynb_dag_runner.github import onboarding_actions
onboarding_actions.WAITS_S = (0.05,) * 9
sys.exit(main())
"""
_STOPPING_GIT = """\
#!/bin/sh
{git} "$@"
code=$?
case " $* " in *"{after}"*) kill -KILL 0 ;; esac
exit $code
"""


@dataclass(frozen=True)
class Ended:
    """How a call ended."""

    code: int
    out: str
    err: str


@dataclass
class Person:
    """``ann``, her project and her GitHub."""

    folder: Path
    site: GitHubSite
    environment: dict[str, str]
    _stopped: list[str] = field(default_factory=list)

    @property
    def github(self) -> GitHub:
        """What GitHub knows."""
        return self.site.fake.github

    def git(self, *arguments: str) -> str:
        """What git says in her project."""
        command = ["git", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit_all(self, message: str = "Work") -> str:
        """Make a repository where there is none, and a commit."""
        if not (self.folder / ".git").exists():
            self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD")

    def publish(self, *arguments: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> Ended:
        """Call ``pdr github --yes``; ``environment`` adds to hers."""
        return self._call(["--yes", *arguments], cwd or self.folder, {**self.environment, **(environment or {})}, None)

    def refused(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        """What ``pdr github --yes`` says where nothing may be done.

        Raises:
            AssertionError: something was done, or a token was shown.
        """
        before = self.creations()
        ended = self.publish(*arguments, environment=environment)
        assert (ended.code, ended.out) == (2, "")
        assert self.creations() == before
        assert TOKEN not in ended.err
        return ended.err

    def call(self, *arguments: str) -> Ended:
        """Call ``pdr github`` without a terminal."""
        return self._call(list(arguments), self.folder, self.environment, None)

    def publish_until(self, request: str, is_answered: bool, by: signal.Signals = signal.SIGKILL) -> Ended:
        """Publish, and stop all of it when a request has been done, before or after it is answered.

        Raises:
            AssertionError: there was no such request.
        """
        ended = self._call(["--yes"], self.folder, self.environment, (request, is_answered, by))
        assert self._stopped == [request], "it was never stopped"
        self._stopped.clear()
        return ended

    def publish_until_git(self, after: str, programs: Path) -> Ended:
        """Publish, and stop all of it when git has done a command that contains ``after``."""
        programs.mkdir()
        stopping = programs / "git"
        stopping.write_text(_STOPPING_GIT.format(git=shutil.which("git"), after=after))
        stopping.chmod(0o755)
        path = f"{programs}{os.pathsep}{self.environment['PATH']}"
        return self._call(["--yes"], self.folder, {**self.environment, "PATH": path}, None)

    def answer(self, answer: str | signal.Signals) -> Ended:
        """Call ``pdr github`` at a terminal, and answer its question."""
        here, there = pty.openpty()
        process = subprocess.Popen(
            self._command([]),
            cwd=self.folder,
            env=self.environment,
            stdin=there,
            stdout=there,
            stderr=there,
            start_new_session=True,
        )
        os.close(there)
        out, is_asked = b"", False
        pressed_s = -math.inf
        while process.poll() is None or select.select([here], [], [], 0)[0]:
            if is_asked and isinstance(answer, signal.Signals) and time.monotonic() > pressed_s + _PRESS_AGAIN_S:
                pressed_s = time.monotonic()
                process.send_signal(answer)
            if not select.select([here], [], [], 0.05)[0]:
                continue
            try:
                out += os.read(here, 65536)
            except OSError:  # the other side is closed
                break
            if b"[y/N]" in out and not is_asked:
                is_asked = True
                if isinstance(answer, str):
                    os.write(here, answer.encode() + b"\n")
        os.close(here)
        return Ended(process.wait(60), out.decode().replace("\r\n", "\n"), "")

    def _call(
        self,
        arguments: list[str],
        cwd: Path,
        environment: dict[str, str],
        stop: tuple[str, bool, signal.Signals] | None,
    ) -> Ended:
        is_started = threading.Event()
        process: subprocess.Popen[str]

        def watch(request: str, is_answered: bool) -> None:
            if stop is None or self._stopped or is_answered is not stop[1] or not re.fullmatch(stop[0], request):
                return
            is_started.wait(30)
            self._stopped.append(stop[0])
            os.killpg(process.pid, stop[2])

        self.site.watch = watch
        process = subprocess.Popen(
            self._command(arguments),
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        is_started.set()
        out, err = process.communicate(timeout=120)
        return Ended(process.returncode, out, err)

    def _command(self, arguments: list[str]) -> list[str]:
        return [sys.executable, "-c", _PDR, "github", *arguments]

    def state(self) -> dict[str, Any]:
        """All that publishing brings about, here and on GitHub."""
        on_github = {
            name: {
                "private": one.private,
                "pages": one.pages and one.pages.build_type,
                "branches": one.branches,
                "workflows": sorted(one.workflows),
                "runs": [(run.event, run.path, run.head_sha) for run in one.runs.values()],
            }
            for name, one in self.github.repositories.items()
        }
        here = {
            "log": self.git("log", "--format=%H %s", "main"),
            "branch": self.git("branch", "--show-current"),
            "remotes": self.git("remote", "--verbose"),
            "upstream": self.git("rev-parse", "--abbrev-ref", "main@{upstream}"),
            "status": self.git("status", "--porcelain"),
        }
        return {"github": on_github, "here": here}

    def creations(self) -> list[str]:
        """The requests that make something, in their order."""
        return [told(request) for request in self.site.fake.requests if is_creation(request)]


def is_creation(request: Request) -> bool:
    """Whether a request makes something; git's first one of two only asks who may push, and its fetches post, too."""
    return request.method in ("POST", "PUT") and not request.path.endswith("git-upload-pack")


def told(request: Request) -> str:
    """A request in one line."""
    return f"{request.server} {request.method} {request.path}"


@contextmanager
def person(folder: Path, token: str | None = TOKEN) -> Iterator[Person]:
    """``ann``, with a small project, and a GitHub that knows her."""
    project = folder / "digits"
    shutil.copytree(_WORKFLOWS, project / ".github" / "workflows")
    (project / "pyproject.toml").write_text('[project]\nname = "digits"\ndescription = "Digits, read by notebooks"\n')
    github = GitHub(users={TOKEN: "ann", "other": "bob"}, scopes={TOKEN: SCOPES})
    with FakeGitHub(github) as fake, GitHubSite(fake, folder / "github") as site:
        environment = site.environment(folder / "home", token)
        # Commits of the same content at the same time are the same.
        environment |= {"GIT_AUTHOR_DATE": "1790000000 +0000", "GIT_COMMITTER_DATE": "1790000000 +0000"}
        (folder / "home" / ".gitconfig").write_text("[user]\nname = Ann\nemail = ann@example.org\n")
        yield Person(project, site, environment)
        assert fake.unknown == [], "a request that the imitation does not know"
