"""Reads the filter language of runs, which the tracker's pages know too (``ui/src/filter`` in the template).

    filter    any number of alternatives, joined by OR; within each, terms that must all hold (AND may be written)
    term      KEY OPERATOR VALUE | word | "some words" | -term | NOT term | (filter)
    KEY       one of KEYS, or metric.NAME, parameter.NAME, tag.NAME (a NAME with spaces or signs: in quotes)
    OPERATOR  : = != > >= < <=
    VALUE     bare or in quotes; after : = != several may follow, joined by commas: any of them

``!=`` is ``NOT ... =`` in every case, and an empty value in quotes stands for "there is none".
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TypeAlias

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.runlog.records import State

KEYS = {
    "result": "status",
    "pipeline": "text",
    "environment": "text",
    "trigger": "text",
    "branch": "text",
    "commit": "commit",
    "pr": "exact",
    "since": "time",
    "before": "time",
    "duration": "duration",
    "task": "text",
    "error": "text",
    "id": "text",
    "dirty": "flag",
}
"""How the values of each key are written and compared."""

NAMED_KEYS = {"metric": "metric", "parameter": "json", "tag": "json"}
"""Keys that go on with a name after a dot."""

STATUSES = (
    *(result.value for result in Result),
    *(state.value for state in (State.WAITING, State.RUNNING, State.INTERRUPTED)),
)

LONGEST_FILTER = 4000
DEEPEST_FILTER = 60

_OPERATORS = ("!=", ">=", "<=", ":", "=", ">", "<")
# Spelled out, since languages differ in what else they take for white space.
_SPACE = frozenset(" \t\r\n\u00a0")
_ENDS_WORD = _SPACE | frozenset('()"')

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DURATION = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(s|m|min|h|d|w)")
_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?(?:(Z)|([+-])([0-9]{2}):([0-9]{2}))?)?"
)
_UNITS_S = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}


class FilterError(UsageError):
    """A filter cannot be read; ``column`` counts from 1, ``length`` is at least 1."""

    def __init__(self, message: str, text: str, at: int, length: int) -> None:
        self.message, self.column, self.length = message, at + 1, max(1, length)
        super().__init__(message)
        self.text = text

    def __str__(self) -> str:
        """The message, and below it the place in the filter."""
        shown = "".join(character if character.isprintable() else " " for character in self.text)
        start = max(0, self.column - 60)
        mark = " " * (self.column - 1 - start) + "^" * min(self.length, 60)
        return f"--filter, column {self.column}: {self.message}\n  {shown[start : start + 120]}\n  {mark}"


@dataclass(frozen=True)
class Value:
    """A value as written, and what was understood of it; ``moment_ms`` is relative to now where ``is_ago``."""

    text: str
    number: float | None = None
    moment_ms: float | None = None
    is_ago: bool = False


@dataclass(frozen=True)
class Term:
    """``KEY OPERATOR VALUE``; ``name`` is what follows the dot of ``metric.``, ``parameter.`` and ``tag.``."""

    key: str
    name: str
    operator: str
    values: list[Value] = field(default_factory=list)


@dataclass(frozen=True)
class Word:
    """Text to search for."""

    text: str


@dataclass(frozen=True)
class Not:
    """What must not hold."""

    part: Filter


@dataclass(frozen=True)
class AllOf:
    """What must all hold."""

    parts: list[Filter]


@dataclass(frozen=True)
class AnyOf:
    """Of which one must hold."""

    parts: list[Filter]


Filter: TypeAlias = "Term | Word | Not | AllOf | AnyOf"


def parse(text: str) -> Filter:
    """The filter that ``text`` writes; an empty text is one that every run passes."""
    return _Parser(text).all()


@dataclass(frozen=True)
class _Piece:
    text: str
    at: int
    length: int


class _Parser:
    def __init__(self, text: str) -> None:
        self._text, self._at, self._depth = text, 0, 0
        if len(text) > LONGEST_FILTER:
            raise self._refused(
                f"a filter has at most {LONGEST_FILTER} characters", LONGEST_FILTER, len(text) - LONGEST_FILTER
            )

    def all(self) -> Filter:
        self._space()
        if self._ended:
            return AllOf([])
        found = self._alternatives()
        if not self._ended:
            raise self._refused("this ) closes nothing; to search for it, put it in quotes", self._at, 1)
        return found

    def _refused(self, message: str, at: int, length: int) -> FilterError:
        return FilterError(message, self._text, at, length)

    @property
    def _ended(self) -> bool:
        return self._at >= len(self._text)

    @property
    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _space(self) -> None:
        while self._next in _SPACE:
            self._at += 1

    def _stands(self, word: str) -> bool:
        after = self._text[self._at + len(word) : self._at + len(word) + 1]
        return self._text.startswith(word, self._at) and (after == "" or after in _ENDS_WORD)

    def _take(self, word: str) -> bool:
        if not self._stands(word):
            return False
        self._at += len(word)
        self._space()
        return True

    def _alternatives(self) -> Filter:
        parts = [self._together()]
        while self._take("OR"):
            parts.append(self._together())
        return parts[0] if len(parts) == 1 else AnyOf(parts)

    @property
    def _nothing_follows(self) -> bool:
        return self._ended or self._next == ")" or self._stands("OR")

    def _together(self) -> Filter:
        parts: list[Filter] = []
        while True:
            start = self._at
            if self._nothing_follows:
                if not parts:
                    raise self._refused("a term is missing here", start, 1)
                return parts[0] if len(parts) == 1 else AllOf(parts)
            if parts and self._take("AND") and self._nothing_follows:
                raise self._refused("a term is missing after AND", start, 3)
            parts.append(self._term())
            self._space()

    def _term(self) -> Filter:
        self._depth += 1
        if self._depth > DEEPEST_FILTER:
            raise self._refused(f"brackets and negations go at most {DEEPEST_FILTER} deep", self._at, 1)
        try:
            if self._next == "-" or self._stands("NOT"):
                return self._negated()
            return self._bracketed() if self._next == "(" else self._word_or_comparison()
        finally:
            self._depth -= 1

    def _negated(self) -> Filter:
        start = self._at
        sign = "-" if self._next == "-" else "NOT"
        self._at += len(sign)
        if sign == "NOT":
            self._space()
        if self._ended or self._next == ")" or self._next in _SPACE:
            message = f"a term is missing after {sign}; to search for it, put it in quotes"
            raise self._refused(message, start, len(sign))
        return Not(self._term())

    def _bracketed(self) -> Filter:
        start = self._at
        self._at += 1
        self._space()
        inner = self._alternatives()
        if self._next != ")":
            raise self._refused("this ( is not closed; to search for it, put it in quotes", start, 1)
        self._at += 1
        return inner

    def _operator(self) -> str | None:
        return next((sign for sign in _OPERATORS if self._text.startswith(sign, self._at)), None)

    def _word_or_comparison(self) -> Filter:
        if self._next == '"':
            word = self._quoted()
            self._must_end("the closing quote")
            return Word(word.text)
        key = self._bare(ends_at_operator=True)
        is_named = self._next == '"' and key.text.endswith(".") and key.text[:-1] in NAMED_KEYS
        name = self._quoted() if is_named else None
        operator = self._operator()
        if operator is None:
            return self._word(key, name)
        operator_at = self._at
        self._at += len(operator)
        return self._comparison(key, name, operator, operator_at)

    def _word(self, key: _Piece, name: _Piece | None) -> Filter:
        if name is not None:
            message = f'a comparison is missing, such as {key.text}"{name.text}">0.9'
            raise self._refused(message, key.at, self._at - key.at)
        if self._next == '"':
            raise self._refused('a space is missing before "', self._at, 1)
        return Word(key.text)

    def _comparison(self, key: _Piece, name: _Piece | None, operator: str, operator_at: int) -> Filter:
        kind, key_text, name_text = self._key_named(key, name)
        if operator[0] in "<>" and kind not in ("metric", "json", "duration"):
            instead = ":" if kind == "time" else ": = or !="
            raise self._refused(f"{key_text} takes {instead} and not {operator}", operator_at, len(operator))
        if kind == "time" and operator == "!=":
            raise self._refused(f"{key_text} takes : and not !=", operator_at, 2)
        before = f"{key_text}.{name_text}{operator}" if name_text else f"{key_text}{operator}"
        return Term(key_text, name_text, operator, self._values(kind, key, operator, before))

    def _key_named(self, key: _Piece, name: _Piece | None) -> tuple[str, str, str]:
        if key.text in KEYS:
            return KEYS[key.text], key.text, ""
        family, dot, rest = key.text.partition(".")
        if family not in NAMED_KEYS:
            raise self._refused(_unknown_key(key.text, family, dot != ""), key.at, key.length)
        text = rest if name is None else name.text
        if text == "":
            raise self._refused(f"a name is missing: {family}.NAME", key.at, key.length)
        return NAMED_KEYS[family], family, text

    def _values(self, kind: str, key: _Piece, operator: str, before: str) -> list[Value]:
        is_list = operator in (":", "=", "!=")
        values: list[Value] = []
        while True:
            is_quoted = self._next == '"'
            piece = self._quoted() if is_quoted else self._bare(ends_at_comma=is_list)
            if piece.text == "" and not is_quoted:
                where = "the comma" if values else before
                message = f'a value is missing after {where}; for "there is none" write ""'
                raise self._refused(message, key.at, self._at - key.at)
            problem, value = _understood(kind, operator, piece.text)
            if problem is not None:
                raise self._refused(problem, piece.at, piece.length)
            values.append(value)
            if not is_list or kind == "time" or self._next != ",":
                self._must_end("the value")
                return values
            self._at += 1

    def _must_end(self, what: str) -> None:
        if not self._ended and self._next != ")" and self._next not in _SPACE:
            message = f'a space is missing after {what}; signs belong into quotes: "a (b)"'
            raise self._refused(message, self._at, 1)

    def _bare(self, *, ends_at_operator: bool = False, ends_at_comma: bool = False) -> _Piece:
        start = self._at
        while not self._ended and self._next not in _ENDS_WORD and not (ends_at_comma and self._next == ","):
            if ends_at_operator and self._operator() is not None:
                break
            self._at += 1
        return _Piece(self._text[start : self._at], start, self._at - start)

    def _quoted(self) -> _Piece:
        r"""Text within quotes, where \" is a quote and \\ a backslash."""
        start = self._at
        characters = []
        self._at += 1
        while self._next != '"':
            if self._next == "\\" and self._text[self._at + 1 : self._at + 2] in ('"', "\\"):
                self._at += 1
            if self._ended:
                raise self._refused("this quote is not closed", start, 1)
            characters.append(self._next)
            self._at += 1
        self._at += 1
        return _Piece("".join(characters), start, self._at - start)


def _unknown_key(text: str, family: str, is_named: bool) -> str:
    if text == "":
        return "a key is missing before this; to search for a text with signs, put it in quotes"
    near = nearest(family, NAMED_KEYS) if is_named else nearest(text, [*KEYS, *NAMED_KEYS])
    if near is not None:
        rest = text[len(family) + 1 :] if is_named else "NAME"
        return f"there is no key {text}; did you mean {f'{near}.{rest}' if near in NAMED_KEYS else near}?"
    keys = ", ".join([*KEYS, *(f"{key}.NAME" for key in NAMED_KEYS)])
    return f"there is no key {text}; to search for the text, put it in quotes; keys are {keys}"


def _understood(kind: str, operator: str, text: str) -> tuple[str | None, Value]:
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
