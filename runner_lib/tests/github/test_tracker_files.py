from __future__ import annotations

import gzip
import http.server
import threading
from collections.abc import Iterator
from functools import partial

import pytest

from pynb_dag_runner.github import tracker_files
from pynb_dag_runner.github.tracker_files import http_reader


class Tracker(http.server.BaseHTTPRequestHandler):
    """Answers in the way that the file's name says."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        getattr(self, f"answer_{self.path.rpartition('/')[2].partition('.')[0]}", self.answer_missing)()

    def answer_manifest(self) -> None:
        self._send(200, b"content")

    def answer_missing(self) -> None:
        self._send(404, b"no such page")

    def answer_broken(self) -> None:
        self._send(503, b"busy")

    def answer_moved(self) -> None:
        self._send(301, b"", Location="/owner/site/data/manifest.js")

    def answer_circle(self) -> None:
        self._send(302, b"", Location=self.path)

    def answer_file(self) -> None:
        self._send(302, b"", Location="file:///etc/passwd")

    def answer_packed(self) -> None:
        self._send(200, gzip.compress(bytes(10**7)), **{"Content-Encoding": "gzip"})

    def answer_short(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"only this")

    def answer_endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(bytes(100_000))
        except OSError:
            self.close_connection = True

    def answer_garbage(self) -> None:
        self.wfile.write(b"\x00\xff no HTTP\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies of this machine are no part of these tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[http.server.ThreadingHTTPServer]:
    """A server on loopback that notes what it was asked."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tracker)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.05))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def site(server: http.server.ThreadingHTTPServer) -> str:
    """The tracker's address."""
    return f"http://127.0.0.1:{server.server_address[1]}/owner/site"


@pytest.mark.parametrize("slash", ["", "/"])
def test_that_files_are_read_below_the_address(site: str, slash: str, server: http.server.ThreadingHTTPServer) -> None:
    assert http_reader(site + slash)("data/manifest.js", 100) == b"content"
    ((path, headers),) = server.asked  # type: ignore[attr-defined]
    assert path == "/owner/site/data/manifest.js"
    assert "Authorization" not in headers


def test_that_a_redirect_is_followed(site: str) -> None:
    assert http_reader(site)("data/moved.js", 100) == b"content"


def test_that_what_is_missing_is_missing(site: str) -> None:
    with pytest.raises(FileNotFoundError):
        http_reader(site)("data/nothing.js", 100)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("broken", "the server answers 503"),
        ("circle", "is redirected too often"),
        ("file", "redirected to where nothing is read from"),
        ("packed", "comes packed"),
        ("endless", "is larger than 1000000 bytes"),
        ("short", "does not answer: "),
        ("garbage", "does not answer: "),
    ],
)
def test_that_every_other_answer_is_an_error(name: str, message: str, site: str) -> None:
    with pytest.raises(OSError, match=message):
        http_reader(site)(f"data/{name}.js", 1_000_000)


@pytest.mark.parametrize("site", ["http://127.0.0.1:1/", "http://host.invalid/", "http://", "https://127.0.0.1:x/"])
def test_that_nobody_there_is_an_error(site: str) -> None:
    with pytest.raises(OSError, match="does not answer"):
        http_reader(site)("data/manifest.js", 100)


def test_that_a_site_of_https_leads_to_no_site_of_http() -> None:
    with pytest.raises(OSError, match="nothing is read from"):
        tracker_files._next("https://x.example/a", "http://x.example/a")
    assert tracker_files._next("http://x.example/a", "https://y.example/b") == "https://y.example/b"


def test_that_few_files_are_read_and_none_after_the_time(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = http_reader(site)
    for _ in range(12):
        read("data/manifest.js", 100)
    with pytest.raises(OSError, match="too many files"):
        read("data/manifest.js", 100)
    monkeypatch.setattr(tracker_files, "_LONGEST_S", -1.0)
    with pytest.raises(OSError, match="too slow"):
        http_reader(site)("data/manifest.js", 100)


def test_that_a_proxy_is_used_where_the_machine_names_one(
    site: str, server: http.server.ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", site.partition("/owner")[0])
    monkeypatch.setenv("no_proxy", "")
    assert http_reader("http://tracker.invalid/site")("data/manifest.js", 100) == b"content"
    ((path, _),) = server.asked  # type: ignore[attr-defined]
    assert path == "http://tracker.invalid/site/data/manifest.js"
