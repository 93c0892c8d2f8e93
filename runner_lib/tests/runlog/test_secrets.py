"""A secret that is in every record reaches no line of the run log; without the redactor it would reach nearly all."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recorded_run import SECRET

from pynb_dag_runner.runlog.reader import artifact_content, read_run
from pynb_dag_runner.runlog.redaction import Redactor

WriteWholeRun = Callable[..., Path]
NAME = "API_TOKEN"


def leaks(path: Path) -> list[int]:
    """Numbers of the lines in which the secret stands, in whatever encoding the format has."""
    return [
        number for number, line in enumerate(path.read_bytes().splitlines(), start=1) if has_secret(json.loads(line))
    ]


def has_secret(value: Any) -> bool:
    """Whether a JSON value holds the secret: in a key, a text, bytes, or JSON text."""
    if isinstance(value, dict):
        return any(has_secret(key) or has_secret(item) for key, item in value.items())
    if isinstance(value, list):
        return any(has_secret(item) for item in value)
    if not isinstance(value, str):
        return False
    try:
        content = base64.b64decode(value, validate=True)
    except ValueError:
        content = b""
    return any(form in value or form.encode() in content for form in (SECRET, json.dumps(SECRET)[1:-1]))


def test_that_a_secret_is_in_no_line(write_whole_run: WriteWholeRun) -> None:
    path = write_whole_run({NAME: SECRET}, SECRET)
    assert leaks(path) == []
    run = read_run(path)
    assert path.read_text().count(f"[redacted:{NAME}]") > 25
    for artifact in run.tasks["ingest"].attempts[0].artifacts:
        content = b"".join(artifact_content(path, artifact))
        assert SECRET.encode() not in content
    assert run.tasks["ingest"].attempts[0].message == f"KeyError: [redacted:{NAME}]"


@pytest.mark.parametrize("method", ["text", "json", "bytes", "take"])
def test_that_the_test_sees_what_each_part_of_the_redactor_does(
    write_whole_run: WriteWholeRun, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    identities: dict[str, Any] = {
        "text": lambda self, text: (text, 0),
        "json": lambda self, value: (value, 0),
        "bytes": lambda self, content: (content, 0),
        "take": lambda self, text: (text, 0, ""),
    }
    monkeypatch.setattr(Redactor, method, identities[method])
    assert leaks(write_whole_run({NAME: SECRET}, SECRET))


def test_that_the_test_fails_without_the_redactor(
    write_whole_run: WriteWholeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Redactor, "text", lambda self, text: (text, 0))
    monkeypatch.setattr(Redactor, "json", lambda self, value: (value, 0))
    monkeypatch.setattr(Redactor, "bytes", lambda self, content: (content, 0))
    monkeypatch.setattr(Redactor, "take", lambda self, text: (text, 0, ""))
    path = write_whole_run({NAME: SECRET}, SECRET)
    # All but the first record, the starts, and the spans of what succeeded or was skipped.
    assert len(leaks(path)) == 15
    with pytest.raises(AssertionError):
        assert leaks(path) == []
