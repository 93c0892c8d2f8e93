"""A server that nobody should talk to: whatever reaches it is remembered, down to a connection without a word."""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
import threading

_PAUSE_S = 0.05
_LARGEST_BYTES = 65536
_NAMED = re.compile(rb"[A-Z]+ /+([\w.~-]*)")
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Type: text/html\r\nContent-Length: 2\r\n"
    b"Connection: close\r\n\r\nok"
)


class Canary(threading.Thread):
    """Listens on loopback: HTTP and STUN (UDP, and TCP on the same port as HTTP), and at a door for unspoken visits.

    ``hits`` name the attack whose request arrived. ``connections`` counts what connected and said nothing.
    ``rings`` counts connections to the door (``bell``), at which only attacks knock that end in a connection at most;
    a visitor at the door who says anything is a hit as everywhere.
    """

    def __init__(self) -> None:
        super().__init__(name="canary", daemon=True)
        self.hits: list[str] = []
        self.connections = 0
        self.rings = 0
        self._selector = selectors.DefaultSelector()
        self._http, self._door = _listening(), _listening()
        self._datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._datagrams.bind(self._http.getsockname())
        self._is_ended = threading.Event()
        for one in (self._http, self._door, self._datagrams):
            one.setblocking(False)
            self._selector.register(one, selectors.EVENT_READ)
        self.start()

    @property
    def host(self) -> str:
        """Where HTTP and STUN are listened for: ``127.0.0.1:PORT``."""
        return _host(self._http)

    @property
    def door(self) -> str:
        """Where a connection without a request is no hit."""
        return _host(self._door)

    def run(self) -> None:
        """Listen until the end."""
        while not self._is_ended.is_set():
            for key, _ in self._selector.select(_PAUSE_S):
                self._serve(key.fileobj)  # type: ignore[arg-type]

    def forget(self) -> None:
        """Begin anew."""
        self.hits, self.connections, self.rings = [], 0, 0

    def close(self) -> None:
        """Stop listening."""
        self._is_ended.set()
        self.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()

    def _serve(self, ready: socket.socket) -> None:
        if ready is self._datagrams:
            ready.recv(_LARGEST_BYTES)
            self.hits.append("a datagram")
        elif ready is self._http or ready is self._door:
            visitor, _ = ready.accept()
            visitor.setblocking(False)
            self._selector.register(visitor, selectors.EVENT_READ)
            if ready is self._door:
                self.rings += 1
            else:
                self.connections += 1
        else:
            self._hear(ready)

    def _hear(self, visitor: socket.socket) -> None:
        said = b""
        with contextlib.suppress(OSError):
            said = visitor.recv(_LARGEST_BYTES)
            if said:
                found = _NAMED.match(said)
                self.hits.append(found[1].decode() if found else f"bytes {said[:20]!r}")
                visitor.sendall(_ANSWER)
        self._selector.unregister(visitor)
        visitor.close()


def _listening() -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener


def _host(listener: socket.socket) -> str:
    return f"127.0.0.1:{listener.getsockname()[1]}"
