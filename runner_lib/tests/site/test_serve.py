"""The server of `pdr ui`: what it gives, to whom, and what it refuses."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from waiting import wait_until

from pynb_dag_runner.errors import EngineError, PdrError, UsageError
from pynb_dag_runner.site.serve import SiteKeeper, SiteServer

RUN_LOG = "20261121T060000Z-0a1b2c.otlp.jsonl.part"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SiteServer]:
    root = tmp_path / "site"
    (root / "data").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html>", encoding="utf-8")
    (root / "app.js").write_text("'use strict'", encoding="utf-8")
    (root / "data" / "manifest.js").write_text(
        """pdr.add("manifest","",JSON.parse('{"format":1,"live":false}'));""", encoding="utf-8"
    )
    (tmp_path / "secret.txt").write_text("private", encoding="utf-8")
    (root / "way-out").symlink_to(tmp_path)
    with SiteServer(root, 0) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(
    server: SiteServer, path: str, headers: Mapping[str, str] | None = None, method: str = "GET"
) -> tuple[int, bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request(method, path, headers=dict(headers or {}))
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body, answer.headers


def test_gives_files_with_the_types_that_browsers_want(server: SiteServer) -> None:
    status, body, headers = ask(server, "/")
    assert (status, body) == (200, b"<!doctype html>")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    status, _, headers = ask(server, "/app.js?v=12")
    assert status == 200
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_says_that_the_data_is_live_and_leaves_the_file_as_it_is(server: SiteServer) -> None:
    status, body, headers = ask(server, "/data/manifest.js")
    assert status == 200
    assert b'"live":true' in body
    assert int(headers["Content-Length"]) == len(body)
    assert b'"live":false' in (server.root / "data" / "manifest.js").read_bytes()


def test_head_has_no_body(server: SiteServer) -> None:
    status, body, headers = ask(server, "/app.js", method="HEAD")
    assert (status, body) == (200, b"")
    assert headers["Content-Length"] == "12"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/way-out/secret.txt",
        "/data",
        "/data/",
        "/no.js",
        "/%00",
    ],
)
def test_gives_nothing_else(server: SiteServer, path: str) -> None:
    status, body, _ = ask(server, path)
    assert status == 404
    assert b"private" not in body


@pytest.mark.parametrize("host", ["evil.example:80", "evil.example", "127.0.0.1", "localhost"])
def test_answers_to_its_own_names_alone(server: SiteServer, host: str) -> None:
    assert ask(server, "/", {"Host": host})[0] == 421


def test_answers_to_localhost(server: SiteServer) -> None:
    assert ask(server, "/", {"Host": f"localhost:{server.server_port}"})[0] == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_pages_get_no_data(server: SiteServer, site: str) -> None:
    asked = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}
    status, body, _ = ask(server, "/data/manifest.js", asked)
    assert status == 403
    assert b"format" not in body


def test_other_pages_cannot_frame_it_but_may_link_to_it(server: SiteServer) -> None:
    opened = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    status, _, headers = ask(server, "/", opened)
    assert status == 200
    assert headers["Content-Security-Policy"] == "frame-ancestors 'self'"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert ask(server, "/", {**opened, "Sec-Fetch-Dest": "iframe"})[0] == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_changes_nothing(server: SiteServer, method: str) -> None:
    assert ask(server, "/index.html", method=method)[0] == 501
    assert (server.root / "index.html").exists()


def test_listens_on_loopback_alone(server: SiteServer) -> None:
    assert server.server_address[0] == "127.0.0.1"


def test_says_what_to_do_where_the_port_is_taken(server: SiteServer) -> None:
    with pytest.raises(UsageError, match=f"port {server.server_port} cannot be used.*--port 0"):
        SiteServer(server.root, server.server_port)


@pytest.mark.parametrize("port", [-1, 65536])
def test_says_which_numbers_are_ports(tmp_path: Path, port: int) -> None:
    with pytest.raises(UsageError, match=f"port {port} cannot be used: ports are numbers from 0 to 65535"):
        SiteServer(tmp_path, port)


def failed(error: PdrError) -> None:
    pytest.fail(str(error))


def test_builds_again_when_a_run_log_grows_and_only_then(tmp_path: Path, server: SiteServer) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    log = runs / RUN_LOG
    log.write_bytes(b"{}\n")
    builds: list[int] = []
    keeper = SiteKeeper(runs, lambda: builds.append(log.stat().st_size), server, failed)
    keeper.start()
    try:
        wait_until(lambda: builds == [3])
        log.write_bytes(b"{}\n{}\n")
        wait_until(lambda: builds == [3, 6])
        (runs / "notes.txt").write_text("no run log", encoding="utf-8")
        time.sleep(1.5)
        assert builds == [3, 6]
    finally:
        keeper.end()
        keeper.join(10)
    assert not keeper.is_alive()


def test_does_nothing_while_nobody_looks(tmp_path: Path, server: SiteServer) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    builds: list[None] = []
    server.asked_at = time.monotonic() - 3600
    keeper = SiteKeeper(runs, lambda: builds.append(None), server, failed)
    keeper.start()
    try:
        time.sleep(1.5)
        assert builds == []
        ask(server, "/")
        wait_until(lambda: len(builds) == 1)
    finally:
        keeper.end()
        keeper.join(10)


def test_tries_again_after_an_error_and_says_it_once(tmp_path: Path, server: SiteServer) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    log = runs / RUN_LOG
    log.write_bytes(b"{}\n")
    builds: list[None] = []
    said: list[str] = []

    def build() -> None:
        builds.append(None)
        if len(builds) < 3:
            raise EngineError("the disk is full")

    keeper = SiteKeeper(runs, build, server, lambda error: said.append(str(error)))
    keeper.start()
    try:
        wait_until(lambda: len(builds) == 3)
    finally:
        keeper.end()
        keeper.join(10)
    assert said == ["the disk is full"]
