"""Reads single files of a published tracker over HTTP: a few, small, and quickly, or not at all.

No token is ever sent: a tracker is public, and whoever answers there is a stranger.
"""

from __future__ import annotations

import time
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import urllib3

if TYPE_CHECKING:
    from pynb_dag_runner.site.baseline import ReadFile

_TIMEOUT = urllib3.Timeout(connect=5, read=5)
_LONGEST_S = 30.0
_MOST_REDIRECTS = 3
_MOST_FILES = 12
_BLOCK_BYTES = 64 * 1024
_HEADERS = {"User-Agent": "pdr", "Accept-Encoding": "identity"}


def http_reader(site: str) -> ReadFile:
    """Reads files below the address ``site``; all of them together take half a minute at the most."""
    root = f"{site.rstrip('/')}/"
    deadline_s = time.monotonic() + _LONGEST_S
    files_left = _MOST_FILES

    def read(name: str, most_bytes: int) -> bytes:
        nonlocal files_left
        files_left -= 1
        if files_left < 0:
            raise OSError("it has too many files")
        return _content(urljoin(root, name), name, most_bytes, deadline_s)

    return read


def _content(url: str, name: str, most_bytes: int, deadline_s: float) -> bytes:
    for _ in range(_MOST_REDIRECTS + 1):
        try:
            with _pool(url) as pool:
                response = pool.request(
                    "GET", url, headers=_HEADERS, timeout=_TIMEOUT, redirect=False, retries=False, preload_content=False
                )
                elsewhere = response.get_redirect_location()
                if not elsewhere:
                    return _checked(response, name, most_bytes, deadline_s)
                url = _next(url, elsewhere)
        except urllib3.exceptions.HTTPError as error:
            raise OSError(f"{urlsplit(url).hostname} does not answer: {type(error).__name__}") from error
    raise OSError(f"{name} is redirected too often")


def _pool(url: str) -> urllib3.PoolManager:
    """Through the proxy that the machine names, where it names one."""
    parts = urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.netloc):
        return urllib3.ProxyManager(proxy)
    return urllib3.PoolManager()


def _next(url: str, elsewhere: str) -> str:
    target = urljoin(url, elsewhere)
    allowed = ("https",) if urlsplit(url).scheme == "https" else ("http", "https")
    if urlsplit(target).scheme not in allowed or not urlsplit(target).hostname:
        raise OSError("it is redirected to where nothing is read from")
    return target


def _checked(response: urllib3.BaseHTTPResponse, name: str, most_bytes: int, deadline_s: float) -> bytes:
    if response.status in (404, 410):
        raise FileNotFoundError(name)
    if response.status != 200:
        raise OSError(f"{name}: the server answers {response.status}")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        # What is small when packed can be huge when unpacked.
        raise OSError(f"{name} comes packed, although that was not asked for")
    content = bytearray()
    # Whatever has come: a server that drips must not keep us.
    while block := response.read1(_BLOCK_BYTES, decode_content=False):
        content += block
        if len(content) > most_bytes:
            raise OSError(f"{name} is larger than {most_bytes} bytes")
        if time.monotonic() > deadline_s:
            raise OSError("the server is too slow")
    return bytes(content)
