"""What an attempt records comes back complete, in pieces of bounded size, and without secrets."""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from recorded_run import AttemptFile
from strict_otlp import parse_file_strictly

from pynb_dag_runner.conventions import (
    CHUNK_SIZE_BYTES,
    ArtifactKind,
    Event,
    EventAttribute,
    SpanAttribute,
)
from pynb_dag_runner.errors import TrackingError
from pynb_dag_runner.runlog import attempt_log
from pynb_dag_runner.runlog.otlp import LogLine

OpenAttempt = Callable[..., AttemptFile]
SECRET = "battery-staple"


def records(attempt: AttemptFile) -> list[LogLine]:
    """Every record of the attempt."""
    return [line.logs[0] for line in attempt.lines()]


def content_of(chunks: list[LogLine]) -> bytes:
    """The content of an artifact; checks everything that is said about it."""
    bodies = [chunk.body.encode() if isinstance(chunk.body, str) else chunk.body or b"" for chunk in chunks]
    content = b"".join(bodies)
    assert [chunk.attributes[EventAttribute.ARTIFACT_CHUNK] for chunk in chunks] == list(range(len(chunks)))
    assert max(map(len, bodies)) <= CHUNK_SIZE_BYTES
    last = chunks[-1].attributes
    assert last[EventAttribute.ARTIFACT_CHUNKS] == len(chunks)
    assert last[EventAttribute.ARTIFACT_SIZE] == len(content)
    assert last[EventAttribute.ARTIFACT_HASH] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert all(EventAttribute.ARTIFACT_CHUNKS not in chunk.attributes for chunk in chunks[:-1])
    assert len({chunk.attributes[EventAttribute.ARTIFACT_ID] for chunk in chunks}) == 1
    return content


def test_that_every_record_says_whose_it_is(open_attempt: OpenAttempt) -> None:
    attempt = open_attempt()
    attempt.log.metric("loss", 0.5, step=3)
    attempt.log.metric("loss", math.nan)
    attempt.log.value("table", {"a": [1, None], "ü": "\udc80"})
    attempt.log.exception("KeyError", "'x'", "Traceback", "notebooks/a.py", 3)
    attempt.log.output("stderr", "text\n", cell=4)
    found = records(attempt)
    for record in found:
        assert record.attributes[SpanAttribute.TASK_ID] == "train[size=600]"
        assert record.attributes[SpanAttribute.ATTEMPT_NUMBER] == 2
        assert record.span_id == f"{attempt.log.span.span_id:016x}"
    metric, other, value, exception, output = found
    assert (metric.name, metric.attributes[EventAttribute.METRIC_STEP]) == (Event.METRIC, 3)
    assert math.isnan(other.attributes[EventAttribute.METRIC_VALUE])
    assert EventAttribute.METRIC_STEP not in other.attributes
    assert json.loads(value.body) == {"a": [1, None], "ü": "\udc80"}
    assert exception.attributes[SpanAttribute.CODE_LINE] == 3
    assert (output.body, output.attributes[SpanAttribute.CELL_INDEX]) == ("text\n", 4)
    parse_file_strictly(attempt.path)


def test_that_the_last_of_equal_keys_of_a_redacted_value_stays(open_attempt: OpenAttempt) -> None:
    attempt = open_attempt({"KEY": SECRET})
    attempt.log.value("table", {SECRET: [SECRET]})
    record = records(attempt)[0]
    assert json.loads(record.body) == {"[redacted:KEY]": ["[redacted:KEY]"]}
    assert record.attributes[EventAttribute.REDACTED] == 2


@pytest.mark.parametrize("as_file", [False, True])
@pytest.mark.parametrize("extra", [-CHUNK_SIZE_BYTES, 1 - CHUNK_SIZE_BYTES, -1, 0, 1, 2 * CHUNK_SIZE_BYTES])
def test_that_bytes_of_any_size_come_back(open_attempt: OpenAttempt, tmp_path: Path, extra: int, as_file: bool) -> None:
    attempt = open_attempt({"KEY": SECRET})
    content = random.Random(1).randbytes(CHUNK_SIZE_BYTES + extra)
    (tmp_path / "model").write_bytes(content)
    attempt.log.artifact("model.onnx", tmp_path / "model" if as_file else content)
    chunks = records(attempt)
    assert content_of(chunks) == content
    assert len(chunks) == max(1, math.ceil(len(content) / CHUNK_SIZE_BYTES))
    assert chunks[0].attributes[EventAttribute.ARTIFACT_MEDIA_TYPE] == "application/onnx"


@pytest.mark.parametrize("text", ["", "short ü", "a\udc80", "x" * CHUNK_SIZE_BYTES, "ü" * CHUNK_SIZE_BYTES])
def test_that_text_of_any_size_comes_back(open_attempt: OpenAttempt, text: str) -> None:
    attempt = open_attempt()
    attempt.log.artifact("report.md", text, ArtifactKind.TEXT)
    chunks = records(attempt)
    assert content_of(chunks) == text.encode("utf-8", "backslashreplace")
    assert (chunks[0].attributes[EventAttribute.ARTIFACT_KIND], len(chunks)) == ("text", 2 if text[:1] == "ü" else 1)
    if len(chunks) == 1:
        assert isinstance(chunks[0].body, str)


def test_that_text_that_redaction_makes_longer_stays_within_chunks(open_attempt: OpenAttempt) -> None:
    attempt = open_attempt({"A_LONG_NAME" * 6: "abcd"})
    attempt.log.artifact("report.md", "abcd " * (CHUNK_SIZE_BYTES // 64))
    chunks = records(attempt)
    assert content_of(chunks) == f"[redacted:{'A_LONG_NAME' * 6}] ".encode() * (CHUNK_SIZE_BYTES // 64)
    assert sum(chunk.attributes.get(EventAttribute.REDACTED, 0) for chunk in chunks) == CHUNK_SIZE_BYTES // 64


def test_that_secrets_across_chunks_are_redacted(open_attempt: OpenAttempt, tmp_path: Path) -> None:
    attempt = open_attempt({"KEY": SECRET})
    mib = 1024 * 1024
    places = [mib - 5, 4 * mib - 1, CHUNK_SIZE_BYTES - 7, CHUNK_SIZE_BYTES + 100]
    content = bytearray(b"\x01" * (CHUNK_SIZE_BYTES + 200))
    for place in places:
        content[place : place + len(SECRET)] = SECRET.encode()
    (tmp_path / "model").write_bytes(content)
    attempt.log.artifact("model.bin", tmp_path / "model")
    chunks = records(attempt)
    assert content_of(chunks) == bytes(content).replace(SECRET.encode(), b"[redacted:KEY]")
    assert sum(chunk.attributes.get(EventAttribute.REDACTED, 0) for chunk in chunks) == len(places)


def test_that_a_missing_file_is_refused(open_attempt: OpenAttempt, tmp_path: Path) -> None:
    attempt = open_attempt()
    with pytest.raises(TrackingError, match="there is no file"):
        attempt.log.artifact("model.onnx", tmp_path / "missing")
    assert records(attempt) == []


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.PNG", "image/png"),
        ("a.ipynb", "application/x-ipynb+json"),
        ("a.json", "application/json"),
        ("a.svg", "image/svg+xml"),
        ("a", "application/octet-stream"),
        ("a.unknown", "application/octet-stream"),
    ],
)
def test_that_the_name_says_the_media_type(open_attempt: OpenAttempt, name: str, media_type: str) -> None:
    attempt = open_attempt()
    attempt.log.artifact(name, b"x")
    assert records(attempt)[0].attributes[EventAttribute.ARTIFACT_MEDIA_TYPE] == media_type


def output_text(attempt: AttemptFile, stream: str = "stdout") -> str:
    """Everything that was recorded of a stream."""
    return "".join(record.body for record in records(attempt) if record.attributes[EventAttribute.IOSTREAM] == stream)


def dropped_bytes(attempt: AttemptFile) -> int:
    """How much was not kept."""
    return sum(record.attributes.get(EventAttribute.OUTPUT_DROPPED, 0) for record in records(attempt))


def test_that_secrets_across_pieces_of_output_are_redacted(open_attempt: OpenAttempt) -> None:
    attempt = open_attempt({"KEY": SECRET})
    for character in f"password {SECRET}, again {SECRET}":
        attempt.log.output("stdout", character)
        attempt.log.output("stderr", character.upper())
    attempt.log.finish_outputs()
    attempt.log.finish_outputs()
    assert output_text(attempt) == "password [redacted:KEY], again [redacted:KEY]"
    assert output_text(attempt, "stderr") == f"password {SECRET}, again {SECRET}".upper()


@pytest.mark.parametrize("letter", ["x", "ü"])
def test_that_output_is_limited_and_the_rest_counted(
    open_attempt: OpenAttempt, monkeypatch: pytest.MonkeyPatch, letter: str
) -> None:
    monkeypatch.setattr(attempt_log, "MAX_OUTPUT_BYTES", 100)
    attempt = open_attempt()
    for _ in range(20):
        attempt.log.output("stdout", letter * 9 + "\n")
    attempt.log.output("stderr", "e\n")
    attempt.log.finish_outputs()
    kept = output_text(attempt)
    assert len(kept.encode()) in (99, 100)
    assert len(kept.encode()) + dropped_bytes(attempt) == pytest.approx(20 * len((letter * 9 + "\n").encode()), abs=1)
    assert output_text(attempt, "stderr") == "e\n"


def test_that_the_limit_cuts_no_secret_in_two(open_attempt: OpenAttempt, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in range(5, 5 + len(SECRET) + 20):
        monkeypatch.setattr(attempt_log, "MAX_OUTPUT_BYTES", limit)
        attempt = open_attempt({"KEY": SECRET})
        attempt.log.output("stdout", "a b c " + SECRET[:8])
        attempt.log.output("stdout", SECRET[8:] + " d " + SECRET)
        attempt.log.finish_outputs()
        assert "a b c [redacted:KEY] d [redacted:KEY]".startswith(output_text(attempt))
        assert len(output_text(attempt)) == min(limit, len("a b c [redacted:KEY] d [redacted:KEY]"))
