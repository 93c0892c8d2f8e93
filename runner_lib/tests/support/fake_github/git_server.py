"""The imitation under GitHub's own kind of names, for ``git`` and ``gh``: the API at ``api.github.localhost``, repositories of real git,
by HTTPS, at ``github.localhost``.

It is a proxy, so it needs no port of its own number, no root and no entry in the list of hosts: programs are led to it by
``HTTP_PROXY`` and ``HTTPS_PROXY``, and ``gh`` takes ``github.localhost`` for a GitHub that speaks plain HTTP.
"""

from __future__ import annotations

import base64
import os
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qs, unquote, urlsplit

from fake_github.model import Repository, Workflow
from fake_github.routes_onboarding import may_write
from fake_github.server import FakeGitHub, Request, Response

HOST = "github.localhost"

Watch = Callable[[str, bool], None]
"""Is told of each request, as ``api POST /user/repos`` or ``git push /ann/digits.git``, when it is done: before the answer is sent
(False), and after it (True)."""


class GitHubSite:
    """Serves what ``fake`` knows, and bare repositories below ``folder``, for as long as its block runs."""

    def __init__(self, fake: FakeGitHub, folder: Path) -> None:
        self.fake = fake
        self.folder = folder
        self.watch: Watch = lambda request, is_answered: None
        self.starts_runs = True
        """Whether a push starts the workflow of the pipeline."""
        self.lag = 0
        """How often workflows are asked for after a push before GitHub knows them."""
        self._pushed: list[tuple[Repository, str]] = []
        self._certificate = folder / "certificate.pem"

    def __enter__(self) -> GitHubSite:
        self.folder.mkdir(parents=True, exist_ok=True)
        command = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={HOST} -addext subjectAltName=DNS:{HOST}"
        files = ["-keyout", str(self._certificate), "-out", str(self._certificate.with_suffix(".crt"))]
        subprocess.run([*command.split(), *files], check=True, capture_output=True)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self._certificate.with_suffix(".crt"), self._certificate)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def environment(self, home: Path, token: str | None) -> dict[str, str]:
        """What ``git`` and ``gh`` of a person with this token need, and nothing of the person who tests."""
        home.mkdir(parents=True, exist_ok=True)
        proxy = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "HTTP_PROXY": proxy,
            "HTTPS_PROXY": proxy,
            "https_proxy": proxy,
            "GIT_SSL_CAINFO": str(self._certificate.with_suffix(".crt")),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GH_HOST": HOST,
            **({} if token is None else {"GH_TOKEN": token}),
        }

    def bare(self, full_name: str) -> Path:
        """The repository that stands for one on GitHub, made when it is first needed."""
        path = self.folder / f"{full_name.lower()}.git"
        if not path.exists():
            subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(path)], check=True)
        return path

    def git(self, full_name: str, *arguments: str) -> str:
        """What git says of such a repository."""
        command = ["git", "-C", str(self.bare(full_name)), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def ask_api(self, request: Request) -> Response:
        """One request to the API."""
        with self.fake.lock:
            if re.search("/actions/", request.path) and self._pushed:
                self.lag -= 1
                self.know_workflows()
        return self.fake.answer(request)

    def know_workflows(self) -> None:
        """Find the workflows of what was pushed, and start that of the pipeline, once the time has come."""
        while self._pushed and self.lag <= 0:
            repository, commit = self._pushed.pop(0)
            names = self.git(repository.full_name, "ls-tree", "--name-only", commit, ".github/workflows/").split()
            for path in names:
                known = repository.workflows
                known.setdefault(Path(path).name, Workflow(self.fake.github.new_id(), path))
            if self.starts_runs and ".github/workflows/pipeline.yml" in names:
                self.fake.github.add_run(repository, "push", head_sha=commit, conclusion=None)

    def receive(self, repository: Repository) -> None:
        """Take note of what a push brought."""
        lines = self.git(repository.full_name, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads")
        before = repository.branches
        repository.branches = dict(line.split(" ") for line in lines.splitlines())
        commit = repository.branches.get("main")
        if commit is not None and commit != before.get("main"):
            self._pushed.append((repository, commit))
            self.know_workflows()


class _Handler(BaseHTTPRequestHandler):
    site: GitHubSite
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    is_secure = False

    def do_CONNECT(self) -> None:
        """``CONNECT``: from here on the connection is an encrypted one to ``github.localhost``."""
        if self.path != f"{HOST}:443":
            self._send(Response(502, f"this leads to {HOST} alone, not to {self.path}".encode()))
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            self.connection = self.site.tls.wrap_socket(self.connection, server_side=True)
        except (ssl.SSLError, OSError):
            self.close_connection = True
            return
        self.rfile, self.wfile = self.connection.makefile("rb"), _Writer(self.connection)  # type: ignore[assignment]
        self.is_secure = True
        self.close_connection = False

    def _serve(self) -> None:
        address = urlsplit(self.path)
        body = self._body()
        if not self.is_secure and address.hostname != f"api.{HOST}":
            self._send(Response(502, b"not of this imitation"))
            return
        request = Request(
            method=self.command,
            path=unquote(address.path),
            query={name: values[-1] for name, values in parse_qs(address.query).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            server="git" if self.is_secure else "api",
        )
        if self.is_secure:
            response, what = self._git(request, address.query)
        else:
            response, what = self.site.ask_api(request), f"{request.method} {request.path}"
        told = f"{request.server} {what}"
        self.site.watch(told, False)
        self._send(response)
        self.site.watch(told, True)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _git(self, request: Request, query: str) -> tuple[Response, str]:
        """One request of git, answered by ``git http-backend`` as a web server would call it."""
        site, github = self.site, self.site.fake.github
        match = re.fullmatch(r"/(?P<name>[^/]+/[^/]+?)(?:\.git)?(?P<rest>/.*)", request.path)
        repository = None if match is None else github.repositories.get(match["name"].lower())
        is_push = "receive-pack" in request.path or "receive-pack" in query
        what = f"{'push' if is_push else 'fetch'} {request.method} {request.path}"
        encoded = request.headers.get("authorization", "").removeprefix("Basic ")
        login = github.users.get(base64.b64decode(encoded).decode().partition(":")[2])
        with site.fake.lock:
            site.fake.requests.append(request)
        if login is None and (is_push or repository is None or repository.private):
            return Response(401, headers={"WWW-Authenticate": 'Basic realm="GitHub"'}), f"{what} (401)"
        if match is None or repository is None or (repository.private and not may_write(github, repository, login)):
            return Response(404, b"Repository not found."), what
        if is_push and not may_write(github, repository, login):
            return Response(403, f"Permission to {repository.full_name} denied to {login}.".encode()), what
        bare = site.bare(repository.full_name)
        response = _call_backend(bare, match["rest"], request, query, login)
        if is_push and request.method == "POST":
            with site.fake.lock:
                site.receive(repository)
        return response, what

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in {**response.headers, "content-length": str(len(response.body))}.items():
            self.send_header(name, value)
        try:
            self.end_headers()
            self.wfile.write(response.body)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    def finish(self) -> None:
        """Close what the connection has become."""
        try:
            super().finish()
            self.connection.close()
        except OSError:
            pass  # the other side is gone

    def log_message(self, format: str, *arguments: object) -> None:
        """Tests look at ``requests`` instead."""


class _Writer:
    """All of what is written goes out, which ``SSLSocket.makefile`` does not promise without a buffer."""

    closed = False

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def write(self, content: bytes) -> int:
        self._connection.sendall(content)
        return len(content)

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        """The connection is closed elsewhere."""


def _call_backend(bare: Path, path: str, request: Request, query: str, login: str | None) -> Response:
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(bare.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{bare.name}{path}",
        "QUERY_STRING": query,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_ADDR": "127.0.0.1",
        # With a user, pushing is allowed.
        **({} if login is None else {"REMOTE_USER": login}),
    }
    out = subprocess.run(
        ["git", "http-backend"], env=environment, input=request.body, capture_output=True, check=True
    ).stdout
    head, _, body = out.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
    status = int(headers.pop("Status", "200").split(" ")[0])
    return Response(status, body, headers)
