"""Serves the tracker to this machine alone, and keeps it up with runs that go on.

Run logs are private until somebody publishes them, and every website that is open in the same browser can send requests
to a port of this machine. So the server answers only to its own names (against DNS rebinding), gives no file to another
origin's page (``Sec-Fetch-Site``, ``Cross-Origin-Resource-Policy``), lists no folder and changes nothing.
"""

from __future__ import annotations

import mimetypes
import os
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from pynb_dag_runner.conventions import PARTIAL_SUFFIX, RUN_LOG_SUFFIX
from pynb_dag_runner.errors import PdrError, UsageError
from pynb_dag_runner.runlog.reader import is_live

HOST = "127.0.0.1"

_MANIFEST = "data/manifest.js"
_NOT_LIVE = b'"live":false'
_LIVE = b'"live":true'
_PAUSE_S = 0.5
_PAUSE_AFTER_ERROR_S = 2.0
_IDLE_AFTER_S = 30.0
_BLOCK_BYTES = 1024 * 1024
# What an operating system knows of endings differs, and a wrong type leaves the page blank.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}


class SiteServer(ThreadingHTTPServer):
    """The files below ``root`` over HTTP, on loopback.

    Raises:
        UsageError: the port is taken, or is none.
    """

    daemon_threads = True

    def __init__(self, root: Path, port: int) -> None:
        self.root = root.resolve()
        self.asked_at = time.monotonic()
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "ports are numbers from 0 to 65535"
            raise UsageError(
                f"port {port} cannot be used: {reason}, perhaps by the tracker of another project. Name another, or 0 for any "
                "that is free: pdr ui --port 0, or make ui ARGS='--port 0'"
            ) from error

    @property
    def address(self) -> str:
        """Where a browser finds the site."""
        return f"http://{HOST}:{self.server_port}/"

    @property
    def names(self) -> set[str]:
        """The values of ``Host`` that are ours."""
        return {f"{name}:{self.server_port}" for name in (HOST, "localhost")}


class SiteKeeper(threading.Thread):
    """Builds the site again whenever a run log below ``runs`` has changed, as long as somebody looks at it."""

    def __init__(
        self, runs: Path, build: Callable[[], object], server: SiteServer, on_error: Callable[[PdrError], None]
    ) -> None:
        super().__init__(name="pdr-ui", daemon=True)
        self._runs = runs
        self._build = build
        self._server = server
        self._on_error = on_error
        self._ended = threading.Event()

    def run(self) -> None:
        """Look for changes until ``end`` is called."""
        built: dict[str, tuple[int, int, bool]] | None = None
        said = ""
        pause_s = _PAUSE_S
        while not self._ended.wait(pause_s):
            pause_s = _PAUSE_S
            if time.monotonic() - self._server.asked_at > _IDLE_AFTER_S:
                continue
            logs = _log_versions(self._runs)
            if logs != built:
                start = time.monotonic()
                try:
                    self._build()
                    built, said = logs, ""
                except PdrError as error:
                    # A full disk may have room again later, and another pdr that writes the site ends soon.
                    if str(error) != said:
                        said = str(error)
                        self._on_error(error)
                    pause_s = _PAUSE_AFTER_ERROR_S
                # A log of many megabytes that grows all the time must not take a processor from the run itself.
                pause_s = max(pause_s, 4 * (time.monotonic() - start))

    def end(self) -> None:
        """Stop looking; the thread ends soon after."""
        self._ended.set()


def _log_versions(runs: Path) -> dict[str, tuple[int, int, bool]]:
    versions: dict[str, tuple[int, int, bool]] = {}
    for folder, _, names in os.walk(runs):
        for name in names:
            if name.endswith((RUN_LOG_SUFFIX, RUN_LOG_SUFFIX + PARTIAL_SUFFIX)):
                path = os.path.join(folder, name)
                try:
                    facts = os.stat(path)
                except OSError:
                    continue
                # A driver that is killed leaves its file as it was.
                versions[path] = (facts.st_size, facts.st_mtime_ns, is_live(Path(path)))
    return versions


class _Handler(BaseHTTPRequestHandler):
    server: SiteServer
    server_version = "pdr"
    sys_version = ""
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with a file of the site."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with what is known of a file of the site."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a page that asks every second would fill the terminal."""

    def _answer(self, with_body: bool) -> None:
        if self.headers.get("Host") not in self.server.names:
            self._refuse(HTTPStatus.MISDIRECTED_REQUEST, f"This server is {self.server.address}")
            return
        if self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin") and not self._is_opened_page():
            self._refuse(HTTPStatus.FORBIDDEN, "Only pages of this server may ask for its files")
            return
        self.server.asked_at = time.monotonic()
        path = self._file()
        if path is None:
            self._refuse(HTTPStatus.NOT_FOUND, "There is no such file")
            return
        try:
            with path.open("rb") as file:
                self._send(path, file, with_body)
        except (BrokenPipeError, ConnectionResetError):
            # The reader has left the page.
            self.close_connection = True
        except OSError:
            self._refuse(HTTPStatus.NOT_FOUND, "There is no such file")

    def _is_opened_page(self) -> bool:
        """Whether a person follows a link from elsewhere: that page cannot read the answer."""
        return self.headers.get("Sec-Fetch-Mode") == "navigate" and self.headers.get("Sec-Fetch-Dest") == "document"

    def _file(self) -> Path | None:
        name = unquote(urlsplit(self.path).path).lstrip("/")
        if "\x00" in name:
            return None
        path = (self.server.root / name).resolve()
        if not path.is_relative_to(self.server.root):
            return None
        if path.is_dir():
            path = path / "index.html"
        return path if path.is_file() else None

    def _send(self, path: Path, file: BinaryIO, with_body: bool) -> None:
        manifest = None
        if path == self.server.root / _MANIFEST:
            manifest = file.read().replace(_NOT_LIVE, _LIVE, 1)
        size = os.fstat(file.fileno()).st_size if manifest is None else len(manifest)
        self.send_response(HTTPStatus.OK)
        known = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self.send_header("Content-Type", known)
        self.send_header("Content-Length", str(size))
        self._send_rules()
        self.end_headers()
        if not with_body:
            return
        if manifest is not None:
            self.wfile.write(manifest)
            return
        # Exactly as many bytes as were said, also of a file that is replaced meanwhile.
        while size > 0 and (block := file.read(min(size, _BLOCK_BYTES))):
            self.wfile.write(block)
            size -= len(block)

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        body = f"{text}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self._send_rules()
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_rules(self) -> None:
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Security-Policy", "frame-ancestors 'self'")
