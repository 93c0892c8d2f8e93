"""Values out of JSON that came over the network: each is what it should be, or an error says which is not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from pynb_dag_runner.github.problems import AnswerError

Kind = TypeVar("Kind")

_LONGEST_NUMBER = 20
"""Digits: Python takes minutes for a number of millions of them."""
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def parsed(content: bytes, where: str) -> Any:
    """What a JSON text says.

    Raises:
        AnswerError: it is none, or nested too deeply.
    """
    try:
        return json.loads(content, parse_int=_number, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise AnswerError(f"{where} answers with something that is no JSON") from error


def mapping(said: Any, *names: str) -> Mapping[str, Any]:
    """The mapping at a path of names."""
    return _at(said, names, dict)


def items(said: Any, *names: str) -> list[Any]:
    """The list at a path of names."""
    return _at(said, names, list)


def text(said: Any, *names: str) -> str:
    """The text at a path of names."""
    return _at(said, names, str)


def number(said: Any, *names: str) -> int:
    """The whole number, 0 or more, at a path of names."""
    value = _at(said, names, int)
    if isinstance(value, bool) or value < 0:
        raise _wrong(names)
    return value


def flag(said: Any, *names: str) -> bool:
    """The truth at a path of names."""
    return _at(said, names, bool)


def moment(said: Any, *names: str) -> datetime:
    """The time at a path of names."""
    try:
        value = datetime.fromisoformat(text(said, *names).replace("Z", "+00:00"))
    except ValueError as error:
        raise _wrong(names) from error
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)


def milliseconds(value: datetime) -> int:
    """A time as milliseconds since 1970 (UTC)."""
    return (value - _EPOCH) // timedelta(milliseconds=1)


def optional_text(said: Any, *names: str) -> str | None:
    """The text at a path of names, None where any of them is missing or null."""
    return None if _is_missing(said, names) else text(said, *names)


def optional_number(said: Any, *names: str) -> int | None:
    """The number at a path of names, None where any of them is missing or null."""
    return None if _is_missing(said, names) else number(said, *names)


def _at(said: Any, names: tuple[str, ...], kind: type[Kind]) -> Kind:
    value = said
    for name in names:
        if not isinstance(value, dict) or name not in value:
            raise _wrong(names)
        value = value[name]
    if not isinstance(value, kind):
        raise _wrong(names)
    return value


def _is_missing(said: Any, names: tuple[str, ...]) -> bool:
    value = said
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value is None


def _wrong(names: tuple[str, ...]) -> AnswerError:
    return AnswerError(f"GitHub's answer has no {'.'.join(names) or 'mapping'} as its documentation describes it")


def _number(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError("a number that cannot be")
    return int(digits)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
