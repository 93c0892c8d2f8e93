"""Values of records as the type they must have: what a hostile or damaged file holds instead is a ``ValueError``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

_T = TypeVar("_T")


def text(values: Mapping[str, Any], name: str) -> str:
    """The string ``name``.

    Raises:
        ValueError: there is none.
    """
    return _typed(values.get(name), name, str)


def optional_text(values: Mapping[str, Any], name: str) -> str | None:
    """The string ``name``, or None where there is no such value.

    Raises:
        ValueError: it is something else.
    """
    return None if values.get(name) is None else text(values, name)


def whole(values: Mapping[str, Any], name: str) -> int:
    """The whole number ``name``, from 0.

    Raises:
        ValueError: there is none.
    """
    number = _typed(values.get(name), name, int)
    if isinstance(number, bool) or number < 0:
        raise ValueError(f"{name} is {number!r}, expected a whole number from 0")
    return number


def optional_whole(values: Mapping[str, Any], name: str) -> int | None:
    """The whole number ``name``, or None where there is no such value.

    Raises:
        ValueError: it is something else.
    """
    return None if values.get(name) is None else whole(values, name)


def number(values: Mapping[str, Any], name: str) -> float:
    """The number ``name``.

    Raises:
        ValueError: there is none.
    """
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{name} is {_shown(value)}, expected a number")
    return float(value)


def mapping(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The dict ``name``.

    Raises:
        ValueError: there is none.
    """
    return _typed(values.get(name), name, dict)


def optional_mapping(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The dict ``name``, empty where there is no such value.

    Raises:
        ValueError: it is something else.
    """
    return {} if values.get(name) is None else mapping(values, name)


def texts(values: Mapping[str, Any], name: str) -> list[str]:
    """The list of strings ``name``.

    Raises:
        ValueError: there is none.
    """
    return [_typed(item, name, str) for item in _typed(values.get(name), name, list)]


def mappings(values: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The list of dicts ``name``.

    Raises:
        ValueError: there is none.
    """
    return [_typed(item, name, dict) for item in _typed(values.get(name), name, list)]


def json_text(body: Any) -> Any:
    """What a body holds that is JSON text.

    Raises:
        ValueError: it is no JSON text.
    """
    try:
        return json.loads(_typed(body, "the body", str))
    except RecursionError as error:
        raise ValueError("the body is nested too deeply") from error


def plain(value: Any) -> Any:
    """An attribute as JSON: bytes are shown as a text that says how many there are."""
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def _typed(value: Any, name: str, expected: type[_T]) -> _T:
    if not isinstance(value, expected):
        raise ValueError(f"{name} is {_shown(value)}, expected {expected.__name__}")
    return value


def _shown(value: Any) -> str:
    return "missing" if value is None else type(value).__name__
