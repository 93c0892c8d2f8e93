"""Reads the filter language of runs, which the tracker's pages know too (``ui/src/filter`` in the template).

    filter    any number of alternatives, joined by OR; within each, terms that must all hold (AND may be written)
    term      KEY OPERATOR VALUE | word | "some words" | -term | NOT term | (filter)
    KEY       one of KEYS, or metric.NAME, parameter.NAME, tag.NAME (a NAME with spaces or signs: in quotes)
    OPERATOR  : = != > >= < <=
    VALUE     bare or in quotes; after : = != several may follow, joined by commas: any of them

``!=`` is ``NOT ... =`` in every case, and an empty value in quotes stands for "there is none".
"""

from __future__ import annotations

from dataclasses import dataclass

from pynb_dag_runner.report.filter_grammar import (
    DEEPEST_FILTER,
    KEYS,
    LONGEST_FILTER,
    NAMED_KEYS,
    AllOf,
    AnyOf,
    Filter,
    FilterError,
    Not,
    Term,
    Value,
    Word,
)
from pynb_dag_runner.report.filter_values import understood, unknown_key

_OPERATORS = ("!=", ">=", "<=", ":", "=", ">", "<")
# Spelled out, since languages differ in what else they take for white space.
_SPACE = frozenset(" \t\r\n\u00a0")
_ENDS_WORD = _SPACE | frozenset('()"')


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
            raise self._refused(unknown_key(key.text, family, dot != ""), key.at, key.length)
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
            problem, value = understood(kind, operator, piece.text)
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
