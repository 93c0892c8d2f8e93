"""Requests to other machines: time-outs, proxies, certificates, and redirects that never carry a secret elsewhere.

Redirects are followed here, by hand: a download from GitHub leads to a storage of somebody else, which must not see the token.
"""

from __future__ import annotations

import os
import ssl
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Event, Lock
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from pynb_dag_runner import __version__
from pynb_dag_runner.errors import GitHubError, UsageError
from pynb_dag_runner.github.problems import AnswerError, NetworkError, SizeError, SlowError
from pynb_dag_runner.github.urls import origin, redirect_target, shown

Result = TypeVar("Result")

_BLOCK_BYTES = 256 * 1024
_MOST_HOPS = 5
"""GitHub needs one, a repository that was renamed a second one."""
_REDIRECTS = {301, 302, 303, 307, 308}
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
_CONNECTIONS = 8


@dataclass(frozen=True)
class Patience:
    """How long to wait for other machines.

    Attributes:
        connect_s: For a connection.
        silence_s: Until the next bytes of an answer come.
        tries: How often something is tried that may work the next time.
        first_wait_s: Before the second try; doubled for each that follows.
        longest_wait_s: What is waited at most where a server says how long; beyond that it is an error.
        sleep: Waits.
    """

    connect_s: float = 10
    silence_s: float = 30
    tries: int = 4
    first_wait_s: float = 1
    longest_wait_s: float = 60
    sleep: Callable[[float], None] = lambda seconds: time.sleep(seconds)

    def retried(self, attempt: Callable[[], Result], wait_for: Callable[[GitHubError, float], float | None]) -> Result:
        """What ``attempt`` gives, at the last try whatever it raises.

        Args:
            attempt: What is tried.
            wait_for: Seconds to wait after an error, given how long is usual; None where it would not pass.

        Raises:
            GitHubError: of the last try, or one that is not worth waiting for.
        """
        for number in range(self.tries - 1):
            try:
                return attempt()
            except GitHubError as error:
                wait_s = wait_for(error, self.first_wait_s * 2**number)
                if wait_s is None or wait_s > self.longest_wait_s:
                    raise
                self.sleep(wait_s)
        return attempt()


@dataclass(frozen=True)
class Answer:
    """The beginning of an answer; the body is still to be read."""

    url: str
    status: int
    headers: Mapping[str, str]
    _response: urllib3.BaseHTTPResponse
    _stopped: Event

    def blocks(self, most_bytes: int, most_s: float) -> Iterator[bytes]:
        """The body, bit by bit.

        Raises:
            SizeError: it is larger than ``most_bytes``.
            SlowError: all of it took longer than ``most_s``.
            AnswerError: it is encoded in a way that was not asked for.
            NetworkError: the connection broke.
        """
        if self.headers.get("content-encoding", "identity").lower() != "identity":
            raise AnswerError(f"{shown(self.url)} answers in an encoding that nobody asked for")
        wanted = self.headers.get("content-length", "")
        if wanted.isdecimal() and int(wanted) > most_bytes:
            raise SizeError(f"{shown(self.url)} answers with {wanted} bytes, where {most_bytes} are the most")
        end, size_bytes = time.monotonic() + most_s, 0
        with _told(self.url):
            while block := self._response.read1(_BLOCK_BYTES, decode_content=False):
                size_bytes += len(block)
                if size_bytes > most_bytes:
                    raise SizeError(f"{shown(self.url)} answers with more than {most_bytes} bytes")
                if self._stopped.is_set():
                    raise SlowError(f"{shown(self.url)}: nobody waits for it any more")
                if time.monotonic() > end:
                    raise SlowError(f"{shown(self.url)} is too slow: not done within {most_s:.0f} s")
                yield block
        if wanted.isdecimal() and size_bytes != int(wanted):
            raise NetworkError(f"{shown(self.url)}: the connection broke after {size_bytes} of {wanted} bytes")

    def read(self, most_bytes: int, most_s: float) -> bytes:
        """The whole body, with the errors of :meth:`blocks`."""
        return b"".join(self.blocks(most_bytes, most_s))


class Web:
    """Makes requests; several threads may do so at once."""

    def __init__(self, patience: Patience | None = None, environment: Mapping[str, str] | None = None) -> None:
        self.patience = patience or Patience()
        self._environment = os.environ if environment is None else environment
        self._pools: dict[str | None, urllib3.PoolManager] = {}
        self._lock = Lock()
        self._stopped = Event()

    @contextmanager
    def stopping(self) -> Iterator[None]:
        """Where the block is left by an error, such as a person's Ctrl-C, downloads of other threads end, too."""
        try:
            yield
        except BaseException:
            self._stopped.set()
            raise

    @contextmanager
    def get(
        self, url: str, accept: str, authorization: str | None = None, *, may_leave: bool = False
    ) -> Iterator[Answer]:
        """The answer to a request, wherever redirects lead.

        Args:
            url: Address with http or https.
            accept: Media type.
            authorization: Sent to the scheme, host and port of ``url`` alone.
            may_leave: Whether redirects may lead to another host.

        Raises:
            AnswerError: redirects do not end, or lead where they must not.
            NetworkError: a server cannot be reached.
        """
        start = url
        for _ in range(_MOST_HOPS + 1):
            headers = {"Accept": accept, "User-Agent": f"pdr/{__version__}", "Accept-Encoding": "identity"}
            if authorization is not None:
                headers["Authorization"] = authorization
            with _told(url):
                response = self._pool(url).request(
                    "GET", url, headers=headers, redirect=False, retries=False, preload_content=False
                )
            # Closing gives a connection back whose body was read to its end, and ends any other.
            with closing(response):
                if response.status not in _REDIRECTS:
                    headers_of_answer = {name.lower(): text for name, text in response.headers.items()}
                    yield Answer(url, response.status, headers_of_answer, response, self._stopped)
                    return
                target = redirect_target(url, response.headers.get("location"))
            if origin(target) != origin(url):
                if not may_leave:
                    raise AnswerError(f"{shown(start)} leads to another host, {shown(target)}: not followed")
                # For good: a host that leads back must not get it either, since it chose the address.
                authorization = None
            url = target
        raise AnswerError(f"{shown(start)} leads from one address to the next without an end")

    def _pool(self, url: str) -> urllib3.PoolManager:
        proxy = _proxy(url)
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = self._new_pool(proxy)
            return self._pools[proxy]

    def _new_pool(self, proxy: str | None) -> urllib3.PoolManager:
        timeout = urllib3.Timeout(connect=self.patience.connect_s, read=self.patience.silence_s)
        trusted = _trusted(self._environment)
        if proxy is None:
            return urllib3.PoolManager(maxsize=_CONNECTIONS, timeout=timeout, ssl_context=trusted)
        parts = urlsplit(proxy)
        headers = None
        if parts.username is not None:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers = urllib3.make_headers(proxy_basic_auth=login)
        try:
            return urllib3.ProxyManager(
                proxy, proxy_headers=headers, maxsize=_CONNECTIONS, timeout=timeout, ssl_context=trusted
            )
        except (HTTPError, ValueError, AssertionError) as error:
            raise UsageError(
                "HTTPS_PROXY or HTTP_PROXY is no address of a proxy: it looks like http://host:port"
            ) from error


def _proxy(url: str) -> str | None:
    scheme, host, port = origin(url)
    if urllib.request.proxy_bypass(f"{host}:{port}"):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    return None if not proxy else proxy if "://" in proxy else f"http://{proxy}"


def _trusted(environment: Mapping[str, str]) -> ssl.SSLContext:
    """The system's certificates, or those that the machine's owner names: where a proxy reads along, its own."""
    context = ssl.create_default_context()
    for variable in _CA_VARIABLES:
        path = environment.get(variable)
        if path:
            try:
                context.load_verify_locations(
                    path if os.path.isfile(path) else None, path if os.path.isdir(path) else None
                )
            except (OSError, TypeError) as error:
                raise UsageError(f"{variable}={path}: no certificates can be read there") from error
            break
    return context


@contextmanager
def _told(url: str) -> Iterator[None]:
    try:
        yield
    except HTTPError as error:
        raise NetworkError(f"{shown(url)}: {_reason(error)}") from error


def _reason(error: HTTPError) -> str:
    """What urllib3 says is about its own objects."""
    reasons: list[tuple[type[HTTPError], str]] = [
        (ProxyError, "the proxy that HTTPS_PROXY or HTTP_PROXY names does not let it through"),
        (NameResolutionError, "the name of its host is not found; is there a network?"),
        (NewConnectionError, "it takes no connection; is there a network?"),
        (ConnectTimeoutError, "it does not answer; is there a network?"),
        (ReadTimeoutError, "it stopped answering"),
        (SSLError, "its certificate is not trusted here; behind a proxy of your own set SSL_CERT_FILE"),
        (LocationParseError, "this address cannot be read"),
    ]
    return next((reason for kind, reason in reasons if isinstance(error, kind)), "the connection broke")
