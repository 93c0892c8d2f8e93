"""A site that is published, file by file over HTTP: it is anybody's to read, so no token is sent."""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from pynb_dag_runner.errors import GitHubError
from pynb_dag_runner.github.problems import AnswerError, NetworkError, SlowError, StatusError
from pynb_dag_runner.github.published_archive import Files
from pynb_dag_runner.github.urls import shown
from pynb_dag_runner.github.web import Answer, Web
from pynb_dag_runner.site.names import STATE
from pynb_dag_runner.site.published import LARGEST_STATE_BYTES

_AT_ONCE = 8
_MOST_S = 120
"""For one file."""
_BROKEN_IN_A_ROW = 10
_TOO_MANY = 429


class LiveSite:
    """The site at ``url``, which ends in a slash."""

    def __init__(self, web: Web, url: str) -> None:
        self.url = url
        self._web = web
        self._lock = Lock()
        self._broken = 0

    def read_state(self) -> bytes | None:
        """Its ``data/state.json``, None where there is none.

        Raises:
            GitHubError: the site cannot be reached, or answers with an error.
        """

        def once() -> bytes | None:
            with self._web.get(f"{self.url}{STATE}", "application/json", may_leave=True) as answer:
                if answer.status == 404:
                    return None
                _check(answer)
                return answer.read(LARGEST_STATE_BYTES, _MOST_S)

        return self._web.patience.retried(once, _wait_for)

    def fetch(self, files: Files, to: Path, until: float) -> set[str]:
        """Copy files below ``to``; gives the names of those that came and are what they should be.

        Args:
            files: What is wanted, each with its digest.
            to: Folder.
            until: When to stop, by the monotonic clock.

        Raises:
            OSError: a file cannot be written.
        """

        def take(name: str) -> str | None:
            size_bytes, sha256 = files[name]
            if sha256 is None or self._broken >= _BROKEN_IN_A_ROW or time.monotonic() > until:
                return None
            return name if self._fetch(name, size_bytes, sha256, to / name) else None

        with ThreadPoolExecutor(_AT_ONCE, "published") as threads, self._web.stopping():
            return {name for name in threads.map(take, files) if name is not None}

    def _fetch(self, name: str, size_bytes: int, sha256: str, to: Path) -> bool:
        address = f"{self.url}{quote(name)}"
        # A copy in between may be older than the state; it does not know the second address.
        for url in (address, f"{address}?sha256={sha256}"):
            try:
                digest = self._web.patience.retried(partial(self._save, url, size_bytes, to), _wait_for)
            except GitHubError as error:
                to.unlink(missing_ok=True)
                is_broken = isinstance(error, NetworkError)
                with self._lock:
                    self._broken = self._broken + 1 if is_broken else 0
                if is_broken:
                    return False
                continue
            with self._lock:
                self._broken = 0
            if digest == sha256:
                return True
            to.unlink(missing_ok=True)
        return False

    def _save(self, url: str, size_bytes: int, to: Path) -> str:
        digest = hashlib.sha256()
        to.parent.mkdir(parents=True, exist_ok=True)
        with self._web.get(url, "*/*", may_leave=True) as answer:
            _check(answer)
            with to.open("wb") as file:
                for block in answer.blocks(size_bytes, _MOST_S):
                    digest.update(block)
                    file.write(block)
        return digest.hexdigest()


def _check(answer: Answer) -> None:
    if answer.status != 200:
        raise StatusError(answer.status, f"{shown(answer.url)} answers {answer.status}")


def _wait_for(error: GitHubError, usual_s: float) -> float | None:
    if isinstance(error, (AnswerError, SlowError)):
        return None
    if isinstance(error, StatusError) and error.status < 500 and error.status != _TOO_MANY:
        return None
    return usual_s
