"""Certificates: a server that nobody vouches for is refused, and who runs the machine can vouch for one."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.github.api import Api
from pynb_dag_runner.github.problems import AnswerError, NetworkError
from pynb_dag_runner.github.web import Patience, Web

pytestmark = pytest.mark.system  # openssl makes the certificate


class Handler(BaseHTTPRequestHandler):
    """Answers with JSON, or leads from https to http."""

    def do_GET(self) -> None:
        body = b'{"it": "was"}'
        self.send_response(302 if self.path == "/away" else 200)
        if self.path == "/away":
            self.send_header("location", "http://127.0.0.1:1/")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """The test looks at what the client says."""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for this machine that only itself vouches for; its key is in the same file."""
    path = tmp_path / "certificate.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run([*command.split(), "-keyout", tmp_path / "key", "-out", path], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + (tmp_path / "key").read_bytes())
    return path


@pytest.fixture
def url(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of a server with that certificate."""
    monkeypatch.setenv("NO_PROXY", "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"https://localhost:{server.server_address[1]}"
        server.shutdown()
        thread.join(5)


def test_a_certificate_that_nobody_vouches_for_is_refused(url: str) -> None:
    with pytest.raises(NetworkError, match=r"its certificate is not trusted here; .*SSL_CERT_FILE"):
        Api(url, "token", Web(Patience(tries=1), {})).get("/it")


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_the_owner_of_the_machine_can_vouch(url: str, certificate: Path, variable: str) -> None:
    api = Api(url, "token", Web(Patience(tries=1), {variable: str(certificate)}))
    assert api.get("/it") == {"it": "was"}
    with pytest.raises(AnswerError, match="which anybody can read along"):
        api.get("/away")


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_without_certificates_says_so(tmp_path: Path, url: str, content: str | None) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=rf"SSL_CERT_FILE={path}: no certificates can be read there"):
        Api(url, "token", Web(Patience(tries=1), {"SSL_CERT_FILE": str(path)})).get("/it")
