"""GitHub's REST API, as far as collecting needs it: JSON, page by page, within GitHub's limits of requests.

The token goes to the API's own scheme, host and port, and nowhere else; no message holds it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlencode

from pynb_dag_runner.errors import GitHubError
from pynb_dag_runner.github.answers import items, optional_text, parsed
from pynb_dag_runner.github.problems import AnswerError, NetworkError, RateLimitError, SlowError, StatusError
from pynb_dag_runner.github.urls import origin, shown
from pynb_dag_runner.github.web import Answer, Web
from pynb_dag_runner.report.escaping import one_line

Result = TypeVar("Result")

PUBLIC_API = "https://api.github.com"

_JSON = "application/vnd.github+json"
_MOST_JSON_BYTES = 16 * 1024 * 1024
"""A page of 100 artifacts has about 100 KB."""
_MOST_JSON_S = 120
_MOST_ERROR_BYTES = 64 * 1024
_DIGITS = 12
"""Of a number of seconds; more are nonsense."""
_MOST_DOWNLOAD_S = 900
"""For one download: a previous site of 1 GB comes within a minute where GitHub's own machines ask."""
_MOST_PAGES = 200
"""20,000 artifacts: 90 days of 200 runs a day."""
_PER_PAGE = 100
_NEXT = re.compile(r'<([^<>]+)>\s*;[^,]*\brel="?next"?')
_SECONDARY_WAIT_S = 60
"""What GitHub asks for where it says nothing more exact."""


class Api:
    """Reads from one API; several threads may do so at once."""

    def __init__(self, base_url: str, token: str | None, web: Web | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self.has_token = token is not None
        self.web = web or Web()
        self.requests_left: int | None = None
        """As the last answer said it."""
        self._token = token

    @property
    def host(self) -> str:
        """For messages."""
        return shown(self.base_url)

    def get(self, path: str, **query: str | int) -> Any:
        """What the API says at ``path``, such as ``/repos/OWNER/NAME``.

        Raises:
            StatusError: it answers with an error.
            RateLimitError: it wants no more requests for a while.
            NetworkError: it cannot be reached.
            AnswerError: what it says is no JSON, or too much.
        """
        return self._ask(self._url(path, query), self._json)[0]

    def pages(self, path: str, key: str | None = None, **query: str | int) -> Iterator[list[Any]]:
        """The pages of a list, with the errors of :meth:`get`; ``key`` is where an answer holds its items."""
        url: str | None = self._url(path, {**query, "per_page": _PER_PAGE})
        seen: set[str] = set()
        while url is not None:
            if url in seen or len(seen) >= _MOST_PAGES:
                raise AnswerError(f"{shown(url)}: the list does not end")
            seen.add(url)
            said, following = self._ask(url, self._json)
            yield items(said) if key is None else items(said, key)
            if following is not None and origin(following) != origin(self.base_url):
                raise AnswerError(f"{shown(url)}: its next page is at another host, {shown(following)}: not followed")
            url = following

    def download(self, path: str, file: BinaryIO, most_bytes: int, most_s: float = _MOST_DOWNLOAD_S) -> None:
        """Write what ``path`` leads to into ``file``, which is emptied before; with the errors of :meth:`get`."""

        def save(answer: Answer) -> None:
            file.seek(0)
            file.truncate()
            for block in answer.blocks(most_bytes, most_s):
                file.write(block)

        self._ask(self._url(path, {}), save, may_leave=True)

    def _url(self, path: str, query: Mapping[str, str | int]) -> str:
        return f"{self.base_url}{path}{f'?{urlencode(query)}' if query else ''}"

    def _json(self, answer: Answer) -> tuple[Any, str | None]:
        where = shown(answer.url)
        if "json" not in answer.headers.get("content-type", ""):
            raise AnswerError(f"{where} answers with something that is no JSON")
        said = parsed(answer.read(_MOST_JSON_BYTES, _MOST_JSON_S), where)
        following = _NEXT.search(answer.headers.get("link", ""))
        return said, following[1] if following else None

    def _ask(self, url: str, use: Callable[[Answer], Result], may_leave: bool = False) -> Result:
        authorization = None if self._token is None else f"Bearer {self._token}"

        def once() -> Result:
            with self.web.get(url, _JSON, authorization, may_leave=may_leave) as answer:
                if origin(answer.url) == origin(self.base_url):
                    self._note_limit(answer)
                if not 200 <= answer.status < 300:
                    raise self._error(answer)
                return use(answer)

        return self.web.patience.retried(once, _wait_for)

    def _note_limit(self, answer: Answer) -> None:
        left = answer.headers.get("x-ratelimit-remaining", "")
        if left.isdecimal():
            self.requests_left = int(left)

    def _error(self, answer: Answer) -> GitHubError:
        said = self._message(answer)
        if answer.status in (403, 429) and origin(answer.url) == origin(self.base_url):
            wait_s = _wait_s(answer, said)
            if wait_s is not None:
                return RateLimitError(wait_s, self._limit_message(wait_s))
        if answer.status == 401 and self.has_token:
            hint = "the token is wrong, or has expired: set another GITHUB_TOKEN, or call gh auth login"
        elif answer.status == 401:
            hint = "only for who is logged in: set GITHUB_TOKEN, or call gh auth login"
        elif answer.status == 404:
            hint = "there is none, or the token may not see it" if self.has_token else "there is none for the public"
        else:
            hint = said or "it says no more"
        return StatusError(answer.status, f"{shown(answer.url)} answers {answer.status}: {hint}")

    def _message(self, answer: Answer) -> str:
        """What the server says of its error: a courtesy, which may be missing."""
        try:
            content = answer.read(_MOST_ERROR_BYTES, _MOST_JSON_S)
            said = optional_text(parsed(content, ""), "message") or ""
        except (AnswerError, NetworkError):
            return ""
        # A server that tells back what it was sent must not bring the token into a log.
        return one_line(said.replace(self._token, "[token]") if self._token else said)

    def _limit_message(self, wait_s: float) -> str:
        until = time.strftime("%H:%M UTC", time.gmtime(time.time() + wait_s))
        more = "" if self.has_token else "; with a token (GITHUB_TOKEN, or gh auth login) it takes many more an hour"
        return f"{self.host} takes no more requests until {until}: call again then{more}"


def _wait_for(error: GitHubError, usual_s: float) -> float | None:
    if isinstance(error, RateLimitError):
        return error.wait_s
    is_broken = isinstance(error, NetworkError) and not isinstance(error, SlowError)
    return usual_s if is_broken or (isinstance(error, StatusError) and error.status >= 500) else None


def _wait_s(answer: Answer, said: str) -> float | None:
    """How long GitHub wants to be left alone, None where the answer is about something else.

    https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
    """
    after, reset = answer.headers.get("retry-after", ""), answer.headers.get("x-ratelimit-reset", "")
    if after.isdecimal():
        return float(after[:_DIGITS])
    if answer.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        # By the server's clock; this machine's may differ.
        return max(float(reset[:_DIGITS]) - _clock(answer), 1)
    return _SECONDARY_WAIT_S if answer.status == 429 or "rate limit" in said.lower() else None


def _clock(answer: Answer) -> float:
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except ValueError:
        return time.time()
