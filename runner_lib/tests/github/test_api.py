"""The client of GitHub's API on real sockets: redirects, limits, faults, and a token that stays where it belongs."""

from __future__ import annotations

import io
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from collecting import NAME, TOKEN, Surroundings
from fake_github import Fault
from fake_github.server import Response

from pynb_dag_runner.errors import GitHubError
from pynb_dag_runner.github.api import Api
from pynb_dag_runner.github.problems import AnswerError, NetworkError, RateLimitError, StatusError
from pynb_dag_runner.github.urls import redirect_target
from pynb_dag_runner.github.web import Patience, Web

PATH = f"/repos/{NAME}"
MIB = 1024 * 1024


@contextmanager
def another_host(
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers everything in one way; gives its address and what it was sent."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    received.append(connection.recv(65536))
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", received
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def download(api: Api, path: str = f"{PATH}/actions/artifacts/1/zip", most_bytes: int = MIB) -> bytes:
    """What a download gives."""
    file = io.BytesIO()
    api.download(path, file, most_bytes)
    return file.getvalue()


def redirect(location: str, match: str = "api .*/zip", **more: Any) -> Fault:
    """Leads elsewhere."""
    return Fault(match, status=302, headers={"location": location}, **more)


def test_a_download_leads_to_another_host_without_the_token(there: Surroundings) -> None:
    artifact = there.upload(there.github.add_run(there.repository))
    assert download(there.api(), f"{PATH}/actions/artifacts/{artifact.id}/zip") == artifact.content
    (asked,) = there.fake.asked("api")
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    (led,) = there.fake.asked("blob")
    assert "authorization" not in led.headers


def test_the_token_does_not_come_back_when_a_stranger_leads_back(there: Surroundings) -> None:
    there.fake.faults.append(Fault(r"api /secret", body=b"content"))
    back = f"HTTP/1.1 302 Found\r\nLocation: {there.fake.api_url}/secret\r\nContent-Length: 0\r\n\r\n"
    with another_host(back.encode()) as (url, received):
        there.fake.faults.append(redirect(f"{url}/elsewhere"))
        assert download(there.api()) == b"content"
    assert len(received) == 1
    assert b"uthorization" not in received[0]
    asked = there.fake.asked("api")
    assert ["authorization" in request.headers for request in asked] == [True, False]


def test_a_repository_that_was_renamed_is_found_by_its_new_address(there: Surroundings) -> None:
    there.fake.faults.append(redirect(f"{there.fake.api_url}{PATH}", "api /repos/ann/former"))
    assert there.api().get("/repos/ann/former")["full_name"] == NAME
    assert all("authorization" in request.headers for request in there.fake.requests)


def test_json_from_another_host_is_not_taken(there: Surroundings) -> None:
    with another_host() as (url, received):
        there.fake.faults.append(redirect(f"{url}/repository", "api"))
        with pytest.raises(AnswerError, match="leads to another host"):
            there.api().get(PATH)
    assert received == []


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("/repos/ann/digits/actions/artifacts/1/zip", "without an end"),
        ("", "leads nowhere"),
        ("file:///etc/passwd", "no address with http or https"),
        ("ftp://127.0.0.1/archive", "no address with http or https"),
        ("http://[::1", "cannot be read"),
        ("http://localhost:99999/", "cannot be read"),
        ("http://user:password@localhost/", "an address with a password"),
    ],
)
def test_a_redirect_to_nowhere_is_an_error(there: Surroundings, location: str, reason: str) -> None:
    there.fake.faults.append(redirect(location))
    with pytest.raises(AnswerError, match=reason) as caught:
        download(there.api())
    assert "password@" not in str(caught.value)
    assert len(there.fake.requests) <= 6


def test_redirects_between_two_hosts_end(there: Surroundings) -> None:
    there.fake.faults.append(redirect(f"{there.fake.blob_url}/artifacts/1"))
    there.fake.faults.append(redirect(f"{there.fake.api_url}{PATH}/actions/artifacts/1/zip", "blob"))
    with pytest.raises(AnswerError, match="without an end"):
        download(there.api())
    asked = [(request.server, "authorization" in request.headers) for request in there.fake.requests]
    assert asked == [("api", True), ("blob", False), ("api", False), ("blob", False), ("api", False), ("blob", False)]


def test_lists_come_page_by_page(there: Surroundings) -> None:
    for _ in range(250):
        there.upload(there.github.add_run(there.repository), b"x")
    path = f"{PATH}/actions/artifacts"
    pages = list(there.api().pages(path, "artifacts", name="run-log-v1-1"))
    assert [len(page) for page in pages] == [100, 100, 50]
    assert len({one["id"] for page in pages for one in page}) == 250
    assert {request.query["name"] for request in there.fake.requests} == {"run-log-v1-1"}


@pytest.mark.parametrize(
    ("next_page", "reason"),
    [("{api}/repos/ann/digits/actions/artifacts?per_page=100", "does not end"), ("{blob}/artifacts/1", "another host")],
)
def test_a_list_without_an_end_or_on_another_host_is_an_error(there: Surroundings, next_page: str, reason: str) -> None:
    link = next_page.format(api=there.fake.api_url, blob=there.fake.blob_url)

    def alter(response: Response) -> Response:
        response.headers["link"] = f'<{link}>; rel="next"'
        return response

    there.fake.faults.append(Fault("api", alter=alter))
    with pytest.raises(AnswerError, match=reason):
        list(there.api().pages(f"{PATH}/actions/artifacts", "artifacts"))
    assert there.fake.asked("blob") == []


@pytest.mark.parametrize("status", [500, 502, 503])
def test_what_passes_is_waited_for(there: Surroundings, status: int) -> None:
    there.fake.faults.append(Fault("api", status=status, times=2))
    assert there.api().get(PATH)["full_name"] == NAME
    assert there.waits == [1, 2]


def test_what_does_not_pass_is_an_error_after_some_tries(there: Surroundings) -> None:
    there.fake.faults.append(Fault("api", status=502))
    with pytest.raises(StatusError, match="answers 502"):
        there.api().get(PATH)
    assert len(there.fake.requests) == 3


@pytest.mark.parametrize(
    "fault",
    [
        Fault(
            "api",
            cut_after=20,
            body=b'{"full_name": "ann/digits"}',
            headers={"content-type": "application/json"},
            times=1,
        ),
        Fault("api", cut_after=0, headers={"content-length": "100", "content-type": "application/json"}, times=1),
    ],
)
def test_a_connection_that_breaks_is_tried_again(there: Surroundings, fault: Fault) -> None:
    there.fake.faults.append(fault)
    assert there.api().get(PATH)["full_name"] == NAME
    assert there.waits == [1]


def test_a_download_begins_anew_where_it_broke(there: Surroundings) -> None:
    artifact = there.upload(there.github.add_run(there.repository))
    there.fake.faults.append(Fault("blob", body=b"other content", cut_after=5, times=1))
    assert download(there.api(), f"{PATH}/actions/artifacts/{artifact.id}/zip") == artifact.content


@pytest.mark.parametrize(
    ("fault", "wait_s"),
    [
        (Fault("api", 429, {"retry-after": "7"}, times=1), 7),
        (Fault("api", 403, {"retry-after": "3", "x-ratelimit-remaining": "10"}, times=1), 3),
        (Fault("api", 429, times=1), 60),
        (Fault("api", 403, {}, b'{"message": "You have exceeded a secondary rate limit."}', times=1), 60),
    ],
)
def test_a_limit_that_is_soon_over_is_waited_for(there: Surroundings, fault: Fault, wait_s: float) -> None:
    there.fake.faults.append(fault)
    assert there.api().get(PATH)["full_name"] == NAME
    assert there.waits == [wait_s]


def test_a_limit_is_over_by_the_clock_of_the_server(there: Surroundings) -> None:
    limit = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 30)}
    there.fake.faults.append(Fault("api", 403, limit, times=1))
    there.api().get(PATH)
    assert 25 <= there.waits[0] <= 31


@pytest.mark.parametrize("token", [TOKEN, None])
def test_a_limit_that_lasts_is_told_with_its_end(there: Surroundings, token: str | None) -> None:
    limit = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 1800)}
    there.fake.faults.append(Fault("api", 403, limit))
    with pytest.raises(RateLimitError, match=r"takes no more requests until \d\d:\d\d UTC: call again then") as caught:
        there.api(token).get(PATH)
    assert ("with a token" in str(caught.value)) == (token is None)
    assert there.waits == []
    assert len(there.fake.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, b'{"message": "Bad credentials"}', "401: the token is wrong, or has expired"),
        (403, b'{"message": "Resource not accessible by integration"}', "403: Resource not accessible by integration"),
        (403, b"<html>" * 100_000, "403: it says no more"),
        (403, b"\xff", "403: it says no more"),
        (404, b"{}", "404: there is none, or the token may not see it"),
        (422, b'{"message": "a\\u001b[31m\\nb"}', r"422: a\\x1b\[31m b"),
    ],
)
def test_errors_say_what_to_do(there: Surroundings, status: int, body: bytes, reason: str) -> None:
    there.fake.faults.append(Fault("api", status, body=body))
    with pytest.raises(StatusError, match=reason) as caught:
        there.api().get(PATH)
    assert caught.value.status == status
    assert there.waits == []


def test_without_a_token_the_hint_is_to_log_in(there: Surroundings) -> None:
    there.fake.faults.append(Fault("api", 401))
    with pytest.raises(StatusError, match="set GITHUB_TOKEN, or call gh auth login"):
        there.api(None).get(PATH)
    assert "authorization" not in there.fake.requests[0].headers


def test_no_message_holds_the_token(there: Surroundings) -> None:
    """Not even where a server tells back what it was sent, or an address holds it."""
    echo = f'{{"message": "no: Bearer {TOKEN}"}}'.encode()
    there.fake.faults.append(Fault("api", 403, body=echo, times=1))
    there.fake.faults.append(redirect(f"http://localhost:1/{TOKEN}?token={TOKEN}", "api"))
    messages = []
    for _ in range(2):
        with pytest.raises(GitHubError) as caught:
            download(there.api(tries=1), most_bytes=10)
        messages.append(str(caught.value))
    assert messages[0].endswith("answers 403: no: Bearer [token]")
    assert "?token" not in messages[1]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"[" * 1_000_000,
        b'{"a":' * 500_000,
        b'{"id": ' + b"9" * 4_000_000 + b"}",
        b'{"id": NaN}',
    ],
)
def test_an_answer_that_is_no_json_is_an_error(there: Surroundings, body: bytes) -> None:
    there.fake.faults.append(Fault("api", body=body, headers={"content-type": "application/json"}))
    with pytest.raises(AnswerError, match="no JSON"):
        there.api().get(PATH)


def test_an_answer_of_another_type_is_an_error(there: Surroundings) -> None:
    there.fake.faults.append(Fault("api", body=b"{}", headers={"content-type": "text/html"}))
    with pytest.raises(AnswerError, match="no JSON"):
        there.api().get(PATH)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("api", body=b"[", endless=b"1," * 100_000, headers={"content-type": "application/json"}),
        Fault("api", body=b" " * 17 * MIB, headers={"content-type": "application/json"}),
    ],
)
def test_an_answer_that_is_too_large_is_an_error(there: Surroundings, fault: Fault) -> None:
    there.fake.faults.append(fault)
    with pytest.raises(AnswerError, match="bytes"):
        there.api().get(PATH)


def test_a_packed_answer_is_not_unpacked(there: Surroundings) -> None:
    """Nobody asked for it, and a small one can unpack to anything."""
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    there.fake.faults.append(Fault("api", body=b"\x1f\x8b", headers=headers))
    with pytest.raises(AnswerError, match="an encoding that nobody asked for"):
        there.api().get(PATH)
    assert there.fake.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("fault", [Fault("blob", endless=b"x" * 10_000), Fault("blob", body=b"x" * (MIB + 1))])
def test_a_download_that_is_too_large_is_cut_off(there: Surroundings, fault: Fault) -> None:
    artifact = there.upload(there.github.add_run(there.repository))
    there.fake.faults.append(fault)
    with pytest.raises(AnswerError, match="bytes"):
        download(there.api(), f"{PATH}/actions/artifacts/{artifact.id}/zip")


def test_a_server_that_falls_silent_is_given_up() -> None:
    silent = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    with socket.create_server(("127.0.0.1", 0)) as server:
        connections = []

        def serve() -> None:
            connections.append(server.accept()[0])
            connections[0].sendall(silent)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        patience = Patience(silence_s=0.2, tries=1)
        api = Api(f"http://127.0.0.1:{server.getsockname()[1]}", TOKEN, Web(patience, {}))
        with pytest.raises(NetworkError, match="stopped answering"):
            api.get(PATH)
        thread.join(5)
        connections[0].close()


def test_a_download_that_drips_is_given_up(there: Surroundings) -> None:
    artifact = there.upload(there.github.add_run(there.repository))
    there.fake.faults.append(Fault("blob", endless=b"x"))
    with pytest.raises(NetworkError, match="too slow"):
        there.api(tries=1).download(f"{PATH}/actions/artifacts/{artifact.id}/zip", io.BytesIO(), 10**12, most_s=0.2)


def test_where_nobody_listens_it_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    api = Api(f"http://127.0.0.1:{port}", TOKEN, Web(Patience(tries=1), {}))
    with pytest.raises(NetworkError, match=rf"127.0.0.1:{port}{PATH}: it takes no connection; is there a network"):
        api.get(PATH)


def test_a_name_that_nobody_knows_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    api = Api("http://nowhere.invalid", TOKEN, Web(Patience(tries=1), {}))
    with pytest.raises(NetworkError, match=r"the name of its host is not found"):
        api.get(PATH)


def test_requests_take_the_proxy_of_the_environment(there: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"it":"was"}'
    with another_host(answer) as (url, received):
        monkeypatch.setenv("HTTP_PROXY", url.replace("http://", "http://ann:pass%40word@"))
        monkeypatch.setenv("http_proxy", url.replace("http://", "http://ann:pass%40word@"))
        monkeypatch.setenv("NO_PROXY", "elsewhere.test")
        monkeypatch.setenv("no_proxy", "elsewhere.test")
        api = Api("http://api.github.test", None, Web(Patience(tries=1), {}))
        assert api.get(PATH) == {"it": "was"}
    assert received[0].startswith(b"GET http://api.github.test/repos/ann/digits HTTP/1.1\r\n")
    assert re.search(rb"(?i)proxy-authorization: basic YW5uOnBhc3NAd29yZA==", received[0])


def test_no_proxy_is_honoured(there: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    assert there.api().get(PATH)["full_name"] == NAME


def test_several_threads_share_one_client(there: Surroundings) -> None:
    api = there.api()
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(api.get(PATH)["full_name"])) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [NAME] * 20


def test_nothing_leads_from_https_to_http() -> None:
    assert redirect_target("https://a.test/b", "/c?d") == "https://a.test/c?d"
    assert redirect_target("http://a.test/b", "https://c.test/") == "https://c.test/"
    with pytest.raises(AnswerError, match=r"https://a.test/b leads to http://c.test/, which anybody can read along"):
        redirect_target("https://a.test/b?secret", "http://c.test/?secret")
