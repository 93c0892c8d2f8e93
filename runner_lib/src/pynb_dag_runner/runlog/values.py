"""Values on their way into a run log: without secrets, and such that every reader of OTLP takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pynb_dag_runner.runlog.redaction import Redactor

Value = Any
"""What OpenTelemetry takes as attribute or body: None, bool, int, float, str, bytes, and lists and dicts of these."""


def redacted_value(value: Value, redactor: Redactor) -> tuple[Value, int]:
    """A value that a reader of OTLP takes, without secrets; and how many there were."""
    if isinstance(value, str):
        return redacted_text(str(value), redactor)
    if value is None or isinstance(value, (bool, float)):
        return value, 0
    if isinstance(value, int):
        # OTLP has no larger integers: a reader would refuse the whole line.
        return (value, 0) if -(2**63) <= value < 2**63 else (str(value), 0)
    if isinstance(value, (bytes, bytearray)):
        return redactor.bytes(bytes(value))
    if isinstance(value, Mapping):
        return redacted_map(value, redactor)
    if isinstance(value, (list, tuple)):
        items = [redacted_value(item, redactor) for item in value]
        return [item for item, _ in items], sum(count for _, count in items)
    return redacted_text(str(value), redactor)


def redacted_text(text: str, redactor: Redactor) -> tuple[str, int]:
    """Valid text without secrets; and how many there were."""
    redacted, count = redactor.text(text)
    return valid_text(redacted), count


def valid_text(text: str) -> str:
    """Half of a surrogate pair, as from a file name that is no UTF-8, becomes an escape: JSON readers refuse it."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def redacted_map(values: Mapping[str, Value], redactor: Redactor) -> tuple[dict[str, Value], int]:
    """The same of names and values; attributes are such a map."""
    total = 0
    redacted: dict[str, Value] = {}
    for key, value in values.items():
        safe_key, in_key = redacted_text(str(key), redactor)
        redacted[safe_key], in_value = redacted_value(value, redactor)
        total += in_key + in_value
    return redacted, total
