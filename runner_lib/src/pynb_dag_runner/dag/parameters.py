"""Parameters are JSON: the one form that notebooks, functions, run logs and sites all understand."""

from __future__ import annotations

import json
import keyword
import math
import re
from collections.abc import Mapping
from typing import TypeAlias

from pynb_dag_runner.errors import ParameterError, SourceLocation, UsageError

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

_LONGEST_VALUE_IN_ID = 60


def require_json(value: object, path: str, location: SourceLocation | None = None) -> Json:
    """Return ``value`` if it is JSON, else raise :class:`ParameterError` that names the offending part as ``path``.

    NaN and infinity are refused since JSON has no such numbers; tuples, paths and numpy scalars since a notebook would
    see something other than what was passed.
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        raise ParameterError(f"{path} is {value}, which JSON cannot hold: pass a string or None instead", location)
    if isinstance(value, list):
        return [require_json(item, f"{path}[{index}]", location) for index, item in enumerate(value)]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise ParameterError(f"{path} has the key {key!r}; keys must be strings", location)
        return {key: require_json(item, f"{path}[{key!r}]", location) for key, item in value.items()}
    raise ParameterError(
        f"{path} is a {type(value).__name__}, which is not JSON: "
        "use None, bool, int, float, str, list or dict (a tuple: list(...), a path or date: str(...))",
        location,
    )


def require_json_parameters(
    parameters: Mapping[str, object], task: str, location: SourceLocation | None = None
) -> dict[str, Json]:
    """Check names and values of a task's parameters.

    Raises:
        ParameterError: there is no dictionary, a name is no Python identifier, or a value is not JSON or not UTF-8 text.
    """
    if not isinstance(parameters, Mapping):
        raise ParameterError(f"task {task}: parameters takes a dict, got {parameters!r}", location)
    checked: dict[str, Json] = {}
    for name, value in parameters.items():
        if not isinstance(name, str) or not name.isidentifier():
            raise ParameterError(f"task {task}: parameter name {name!r} is not a Python identifier", location)
        if keyword.iskeyword(name):
            raise ParameterError(f"task {task}: parameter name {name!r} is a keyword of Python", location)
        checked[name] = require_json(value, f"task {task}: parameter {name}", location)
        if not _is_utf8(json.dumps(checked[name], ensure_ascii=False)):
            raise ParameterError(f"task {task}: parameter {name} holds text that is not UTF-8: {value!r}", location)
    return checked


def format_value(value: Json) -> str:
    """A value as it appears in a task's id: short, on one line, and the same in every run."""
    is_plain = isinstance(value, str) and re.fullmatch(r"[\w.+/:@-]+", value) is not None
    text = str(value) if is_plain else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text if len(text) <= _LONGEST_VALUE_IN_ID else f"{text[: _LONGEST_VALUE_IN_ID - 1]}…"


def parse_assignment(text: str) -> tuple[str, Json]:
    """Split ``NAME=VALUE`` of the command line; VALUE is JSON where it parses as such, else a string.

    Raises:
        UsageError: there is no ``=``, NAME is empty, or the text is not UTF-8.
    """
    if not _is_utf8(text):
        raise UsageError(f"{text!r} is not UTF-8 text")
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise UsageError(f"expected NAME=VALUE, got {text!r}")
    try:
        return name, require_json(json.loads(value), name)
    except (ValueError, ParameterError):
        return name, value


def _is_utf8(text: str) -> bool:
    """False for half of a surrogate pair, as it stands for bytes of the command line that are no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
