"""What the values of a filter say: numbers, durations, moments, results; and what was meant where they say nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timezone

from pynb_dag_runner.report.filter_grammar import KEYS, NAMED_KEYS, STATUSES, Value

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DURATION = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(s|m|min|h|d|w)")
_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?(?:(Z)|([+-])([0-9]{2}):([0-9]{2}))?)?"
)
_UNITS_S = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}


def unknown_key(text: str, family: str, is_named: bool) -> str:
    if text == "":
        return "a key is missing before this; to search for a text with signs, put it in quotes"
    near = nearest(family, NAMED_KEYS) if is_named else nearest(text, [*KEYS, *NAMED_KEYS])
    if near is not None:
        rest = text[len(family) + 1 :] if is_named else "NAME"
        return f"there is no key {text}; did you mean {f'{near}.{rest}' if near in NAMED_KEYS else near}?"
    keys = ", ".join([*KEYS, *(f"{key}.NAME" for key in NAMED_KEYS)])
    return f"there is no key {text}; to search for the text, put it in quotes; keys are {keys}"


def understood(kind: str, operator: str, text: str) -> tuple[str | None, Value]:
    """What is wrong with a value (None where nothing is), and what it says."""
    value = Value(text)
    if text == "":
        is_missing = operator[0] in "<>" or kind == "time"
        return "a value is missing in these quotes" if is_missing else None, value
    readers: dict[str, Callable[[str, str], tuple[str | None, Value]]] = {
        "metric": _understood_metric,
        "duration": _understood_duration,
        "json": lambda _, text: (None, Value(text, number=_number(text))),
        "time": _understood_time,
        "flag": _understood_flag,
        "status": _understood_status,
    }
    return readers[kind](operator, text) if kind in readers else (None, value)


def _understood_metric(_: str, text: str) -> tuple[str | None, Value]:
    number = _number(text)
    return f"{text} is no number" if number is None else None, Value(text, number=number)


def _understood_duration(_: str, text: str) -> tuple[str | None, Value]:
    match = _DURATION.fullmatch(text)
    if match:
        return None, Value(text, number=float(match[1]) * _UNITS_S[match[2]])
    if _NUMBER.fullmatch(text):
        return None, Value(text, number=float(text))
    return f"{text} is no duration: write 90, 90s, 5min or 2h", Value(text)


def _understood_time(_: str, text: str) -> tuple[str | None, Value]:
    ago = _DURATION.fullmatch(text)
    if ago:
        return None, Value(text, moment_ms=float(ago[1]) * _UNITS_S[ago[2]] * 1000, is_ago=True)
    match = _MOMENT.fullmatch(text)
    moment_ms = None if match is None else _moment_ms(match)
    if moment_ms is None:
        return f"{text} is no time: write 30d, 12h, 2026-11-01 or 2026-11-01T06:00", Value(text)
    return None, Value(text, moment_ms=moment_ms)


def _moment_ms(match: re.Match[str]) -> float | None:
    """Milliseconds since 1970, in UTC where no zone is written; None for a time that there is not."""
    parts = [int(part or 0) for part in match.groups()[:6]]
    try:
        time = datetime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], tzinfo=timezone.utc)
    except ValueError:
        return None
    hours, minutes = int(match[9] or 0), int(match[10] or 0)
    # The browser's Date takes years before 100 for 19xx; there were no runs then.
    if parts[0] < 100 or hours > 23 or minutes > 59:
        return None
    zone_ms = (hours * 60 + minutes) * 60_000 * (-1 if match[8] == "-" else 1)
    return time.timestamp() * 1000 - zone_ms


def _understood_flag(_: str, text: str) -> tuple[str | None, Value]:
    return None if text in ("true", "false") else f"{text} is neither true nor false", Value(text)


def _understood_status(operator: str, text: str) -> tuple[str | None, Value]:
    wanted = text.lower()
    if any(status.startswith(wanted) if operator == ":" else status == wanted for status in STATUSES):
        return None, Value(text)
    near = nearest(text, STATUSES)
    advice = f"results are {', '.join(STATUSES)}" if near is None else f"did you mean {near}?"
    return f"there is no result {text}; {advice}", Value(text)


def _number(text: str) -> float | None:
    if _NUMBER.fullmatch(text):
        return float(text)
    word = text.lower().removeprefix("+")
    words = {"nan": math.nan, "inf": math.inf, "infinity": math.inf, "-inf": -math.inf, "-infinity": -math.inf}
    return words.get(word)


def nearest(given: str, known: Iterable[str]) -> str | None:
    """The known word that is most like ``given``; None where none is like it."""
    wanted = given.lower()[:40]
    best: tuple[float, str | None] = (math.inf, None)
    for word in known:
        edits = _edit_distance(wanted, word.lower())
        is_like = edits <= min(2, len(word) // 2) or wanted[:4] == word.lower()[:4]
        if is_like and len(wanted) > 0 and edits < best[0]:
            best = (edits, word)
    return best[1]


def _edit_distance(a: str, b: str) -> int:
    """How many characters must be added, taken away or replaced (Levenshtein)."""
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        following = [i]
        for j, right in enumerate(b, 1):
            following.append(min(row[j - 1] + (left != right), row[j] + 1, following[j - 1] + 1))
        row = following
    return row[-1]
