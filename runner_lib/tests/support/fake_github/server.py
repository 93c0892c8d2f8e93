"""The imitation's servers: API, artifact storage and Pages, each on a port of its own, with faults on demand."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from fake_github.model import GitHub
from fake_github.rights import refusal


@dataclass(frozen=True)
class Request:
    """One request that came in; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    server: str
    """``api``, ``blob`` or ``pages``."""

    def json(self) -> Any:
        """The body, which is JSON."""
        return json.loads(self.body or b"{}")


@dataclass
class Response:
    """What goes back; ``cut_after`` closes the connection after that many bytes of the body, as a broken line does."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    endless: bytes = b""
    """Sent again and again after the body, until the other side hangs up."""


@dataclass
class Fault:
    """Takes the place of the answer to requests whose ``server path`` matches, such as ``api /repos/.*/artifacts``."""

    match: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    times: int = 10**9
    """How often; the ordinary answer comes afterwards."""
    skip: int = 0
    """How many requests get the ordinary answer before."""
    cut_after: int | None = None
    endless: bytes = b""
    alter: Callable[[Response], Response] | None = None
    """Changes the ordinary answer instead."""


Route = Callable[["FakeGitHub", Request, re.Match[str]], Response]


def json_response(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer of the API."""
    return Response(
        status, json.dumps(value).encode(), {"content-type": "application/json; charset=utf-8", **(headers or {})}
    )


def not_found() -> Response:
    """As GitHub says it."""
    return json_response({"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}, 404)


class FakeGitHub:
    """Serves ``github`` for as long as its block runs."""

    def __init__(self, github: GitHub, api_port: int = 0) -> None:
        self.github = github
        self.lock = threading.RLock()
        self.requests: list[Request] = []
        self.unknown: list[Request] = []
        self.refused: list[Request] = []
        self.faults: list[Fault] = []
        self._servers: dict[str, ThreadingHTTPServer] = {}
        self._threads: list[threading.Thread] = []
        self._api_port = api_port

    @property
    def api_url(self) -> str:
        """Base of the REST API: what ``GITHUB_API_URL`` is set to."""
        return f"http://127.0.0.1:{self._port('api')}"

    @property
    def blob_url(self) -> str:
        """Base of the storage that artifact downloads lead to: another host, as at GitHub."""
        return f"http://localhost:{self._port('blob')}"

    @property
    def pages_url(self) -> str:
        """Base of all sites."""
        return f"http://127.0.0.1:{self._port('pages')}"

    def site_url(self, name: str) -> str:
        """Where Pages shows a repository's site."""
        return f"{self.pages_url}/{name}/"

    def asked(self, server: str) -> list[Request]:
        """The requests to one of the servers, in their order."""
        return [request for request in self.requests if request.server == server]

    def __enter__(self) -> FakeGitHub:
        for name in ("api", "blob", "pages"):
            handler = type("Handler", (_Handler,), {"fake": self, "name": name})
            server = _Server(("127.0.0.1", self._api_port if name == "api" else 0), handler)
            server.daemon_threads = True
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
            thread.start()
            self._servers[name] = server
            self._threads.append(thread)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers.values():
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join(5)

    def answer(self, request: Request) -> Response:
        """The answer to a request, with the faults that are on."""
        with self.lock:
            self.requests.append(request)
            fault = self._fault(request)
            if fault is not None and fault.alter is None:
                return Response(fault.status, fault.body, dict(fault.headers), fault.cut_after, fault.endless)
            response = self._ordinary(request)
            return response if fault is None or fault.alter is None else fault.alter(response)

    def _ordinary(self, request: Request) -> Response:
        from fake_github.routes import ROUTES

        refused = refusal(self, request)
        if refused is not None:
            return refused
        for (server, method, pattern), route in ROUTES.items():
            match = re.fullmatch(pattern, request.path)
            if server == request.server and method == request.method and match is not None:
                return route(self, request, match)
        self.unknown.append(request)
        return not_found()

    def _fault(self, request: Request) -> Fault | None:
        for fault in self.faults:
            if re.search(fault.match, f"{request.server} {request.path}") is None:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def _port(self, name: str) -> int:
        return int(self._servers[name].server_address[1])


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # clients with many connections must not wait for one

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of tests; anything else is not."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    fake: FakeGitHub
    name: str
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        address = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        request = Request(
            method=self.command,
            path=unquote(address.path),
            query={name: values[-1] for name, values in parse_qs(address.query).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
            server=self.name,
        )
        self._send(self.fake.answer(request))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        is_broken = response.cut_after is not None or bool(response.endless)
        if not response.endless and "content-length" not in {name.lower() for name in response.headers}:
            self.send_header("content-length", str(len(response.body)))
        if is_broken:
            self.send_header("connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command == "HEAD":
            return
        try:
            self.wfile.write(response.body if response.cut_after is None else response.body[: response.cut_after])
            while response.endless:
                self.wfile.write(response.endless)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:
        """Tests look at ``requests`` instead."""
