"""What an attempt records of itself, in whichever of its processes: metrics, values, files, output, exceptions."""

from __future__ import annotations

import hashlib
import mimetypes
import secrets
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pynb_dag_runner.conventions import CHUNK_SIZE_BYTES, ArtifactKind, Event, EventAttribute, SpanAttribute
from pynb_dag_runner.errors import TrackingError

if TYPE_CHECKING:
    from pynb_dag_runner.dag.parameters import Json
    from pynb_dag_runner.runlog.traces import SpanReference
    from pynb_dag_runner.runlog.writer import RunLogWriter

_READ_SIZE_BYTES = 1024 * 1024
MAX_OUTPUT_BYTES = 10 * 1024 * 1024
"""How much an attempt's stdout, and its stderr, may fill of the run log; the rest is counted, not kept."""

_MEDIA_TYPES = {".onnx": "application/onnx", ".ipynb": "application/x-ipynb+json", ".md": "text/markdown"}


class AttemptLog:
    """Records of one attempt; every one carries the task's id and the attempt's number."""

    def __init__(self, writer: RunLogWriter, span: SpanReference, task_id: str, attempt: int) -> None:
        self.writer = writer
        self.span = span
        self._identity = {SpanAttribute.TASK_ID: task_id, SpanAttribute.ATTEMPT_NUMBER: attempt}
        self._outputs: dict[str, _Output] = {}

    def event(self, name: str, attributes: dict[str, Any] | None = None, body: Any = None, **options: Any) -> None:
        """Append a record with further attributes; ``options`` are those of ``RunLogWriter.event``."""
        self.writer.event(name, self.span, {**self._identity, **(attributes or {})}, body, **options)

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """A number; NaN and infinity are kept."""
        attributes: dict[str, Any] = {EventAttribute.METRIC_NAME: name, EventAttribute.METRIC_VALUE: float(value)}
        if step is not None:
            attributes[EventAttribute.METRIC_STEP] = step
        self.event(Event.METRIC, attributes)

    def value(self, name: str, value: Json) -> None:
        """Any JSON value; it is recorded as JSON text."""
        text, count = self.writer.redactor.json_text(value)
        attributes: dict[str, Any] = {EventAttribute.VALUE_NAME: name}
        if count:
            attributes[EventAttribute.REDACTED] = count
        self.event(Event.VALUE, attributes, text, is_redacted=True)

    def artifact(self, name: str, content: bytes | str | Path, kind: ArtifactKind = ArtifactKind.ARTIFACT) -> None:
        """A file: its bytes, its text, or its path; any size goes through in chunks of at most 8 MiB.

        Size and hash (SHA-256) are those of the content as recorded, after redaction.

        Raises:
            TrackingError: ``content`` is a path without a file.
        """
        if isinstance(content, Path) and not content.is_file():
            raise TrackingError(f"artifact {name!r}: there is no file {content}")
        media_type = _media_type(name)
        base: dict[str, Any] = {
            EventAttribute.ARTIFACT_ID: secrets.token_hex(8),
            EventAttribute.ARTIFACT_NAME: name,
            EventAttribute.ARTIFACT_KIND: kind.value,
            EventAttribute.ARTIFACT_MEDIA_TYPE: media_type,
        }
        if isinstance(content, str) and self._short_text(base, content):
            return
        digest, size = hashlib.sha256(), 0
        chunks = _chunks(self._redacted_pieces(content))
        for number, (chunk, is_last, redactions) in enumerate(chunks):
            digest.update(chunk)
            size += len(chunk)
            attributes = {**base, EventAttribute.ARTIFACT_CHUNK: number}
            if redactions:
                attributes[EventAttribute.REDACTED] = redactions
            if is_last:
                attributes[EventAttribute.ARTIFACT_CHUNKS] = number + 1
                attributes[EventAttribute.ARTIFACT_SIZE] = size
                attributes[EventAttribute.ARTIFACT_HASH] = f"sha256:{digest.hexdigest()}"
            self.event(Event.ARTIFACT, attributes, chunk, is_redacted=True)

    def output(self, stream: str, text: str, cell: int | None = None) -> None:
        """Text written to ``stdout`` or ``stderr``; what could be the start of a secret waits for the next piece."""
        self._outputs.setdefault(stream, _Output(self, stream)).feed(text, cell)

    def finish_outputs(self) -> None:
        """Record output that was held back, and how much was dropped."""
        for output in self._outputs.values():
            output.finish()

    def exception(
        self, type: str, message: str, stacktrace: str, file: str | None = None, line: int | None = None
    ) -> None:
        """An exception that ended the attempt; ``file`` and ``line`` say where in the user's code."""
        attributes: dict[str, Any] = {
            EventAttribute.EXCEPTION_TYPE: type,
            EventAttribute.EXCEPTION_MESSAGE: message,
            EventAttribute.EXCEPTION_STACKTRACE: stacktrace,
        }
        if file is not None:
            attributes[SpanAttribute.CODE_FILE] = file
        if line is not None:
            attributes[SpanAttribute.CODE_LINE] = line
        self.event(Event.EXCEPTION, attributes, is_error=True)

    def _short_text(self, base: dict[str, Any], text: str) -> bool:
        """Record a text that fits into one record as a string; whether it did."""
        if len(text) > CHUNK_SIZE_BYTES:
            return False
        redacted, count = self.writer.redactor.text(text)
        encoded = redacted.encode("utf-8", "backslashreplace")
        if len(encoded) > CHUNK_SIZE_BYTES:
            return False
        attributes = {
            **base,
            EventAttribute.ARTIFACT_CHUNK: 0,
            EventAttribute.ARTIFACT_CHUNKS: 1,
            EventAttribute.ARTIFACT_SIZE: len(encoded),
            EventAttribute.ARTIFACT_HASH: f"sha256:{hashlib.sha256(encoded).hexdigest()}",
        }
        if count:
            attributes[EventAttribute.REDACTED] = count
        self.event(Event.ARTIFACT, attributes, encoded.decode(), is_redacted=True)
        return True

    def _redacted_pieces(self, content: bytes | str | Path) -> Iterator[tuple[bytes, int]]:
        if isinstance(content, str):
            text, count = self.writer.redactor.text(content)
            yield text.encode("utf-8", "backslashreplace"), count
            return
        stream = self.writer.redactor.byte_stream()
        for piece in _pieces(content):
            yield stream.feed(piece)
        yield stream.finish()


class _Output:
    """One of the attempt's output streams: redacted across pieces, and limited in size."""

    def __init__(self, log: AttemptLog, stream: str) -> None:
        self._log = log
        self._stream = stream
        self._filter = log.writer.redactor.text_stream()
        self._kept_bytes = 0
        self._dropped_bytes = 0
        self._cell: int | None = None
        self._lock = threading.Lock()

    def feed(self, text: str, cell: int | None) -> None:
        with self._lock:
            self._cell = cell
            if self._kept_bytes < MAX_OUTPUT_BYTES:
                self._write(*self._within_limit(*self._filter.feed(text)))
            else:
                self._dropped_bytes += _size_bytes(text)

    def finish(self) -> None:
        with self._lock:
            text, redactions = self._within_limit(*self._filter.finish())
            self._write(text, redactions, self._dropped_bytes)
            self._dropped_bytes = 0

    def _within_limit(self, text: str, redactions: int) -> tuple[str, int]:
        """As much of a text as there is room for. Cut after redaction: half a secret is one, too."""
        encoded = text.encode("utf-8", "backslashreplace")
        room = MAX_OUTPUT_BYTES - self._kept_bytes
        self._kept_bytes += min(len(encoded), room)
        if len(encoded) <= room:
            return text, redactions
        self._dropped_bytes += len(encoded) - room
        return encoded[:room].decode(errors="ignore"), redactions

    def _write(self, text: str, redactions: int, dropped_bytes: int = 0) -> None:
        if not text and not dropped_bytes:
            return
        attributes: dict[str, Any] = {EventAttribute.IOSTREAM: self._stream}
        if self._cell is not None:
            attributes[SpanAttribute.CELL_INDEX] = self._cell
        if redactions:
            attributes[EventAttribute.REDACTED] = redactions
        if dropped_bytes:
            attributes[EventAttribute.OUTPUT_DROPPED] = dropped_bytes
        self._log.event(Event.OUTPUT, attributes, text, is_redacted=True)


def _pieces(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        for start in range(0, len(content), _READ_SIZE_BYTES):
            yield content[start : start + _READ_SIZE_BYTES]
        return
    with content.open("rb") as file:
        while piece := file.read(_READ_SIZE_BYTES):
            yield piece


def _size_bytes(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))


def _chunks(pieces: Iterable[tuple[bytes, int]]) -> Iterator[tuple[bytes, bool, int]]:
    """Join pieces into chunks of at most 8 MiB; yields chunk, whether it is the last, and its redactions."""
    buffer, redactions = bytearray(), 0
    for piece, count in pieces:
        redactions += count
        rest = memoryview(piece)
        while len(buffer) + len(rest) > CHUNK_SIZE_BYTES:
            room = CHUNK_SIZE_BYTES - len(buffer)
            buffer += rest[:room]
            rest = rest[room:]
            yield bytes(buffer), False, redactions
            buffer.clear()
            redactions = 0
        buffer += rest
    yield bytes(buffer), True, redactions


def _media_type(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return _MEDIA_TYPES.get(suffix) or mimetypes.types_map.get(suffix) or "application/octet-stream"
