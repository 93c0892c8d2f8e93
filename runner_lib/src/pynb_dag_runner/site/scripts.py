"""The site's data files: JSON inside classic scripts, since a page on ``file://`` may load nothing else.

A file calls ``pdr.add(kind, key, JSON.parse('...'))``. What it holds may come from a stranger's pull request, so the text is
safe inside a JavaScript string in single quotes as well as inside an HTML script element. ``ui/src/data/contract.ts`` says
what each kind holds.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pynb_dag_runner.dag.parameters import Json

_ESCAPES = {"\\": "\\\\", "'": "\\'", "<": "\\x3c", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_SPECIAL = re.compile(r"[\\'<\u2028\u2029]")
_ESCAPED = re.compile(r"\\(x3c|u2028|u2029|[\\'])")
_PLAIN = {escape[1:]: character for character, escape in _ESCAPES.items()}
_SCRIPT = re.compile(r"""pdr\.add\("([^"\\]*)","([^"\\]*)",JSON\.parse\('(.*)'\)\);\n""", re.DOTALL)

_DEEPEST = 100
"""Levels of lists and mappings in one another; JSON of strangers can have so many that no reader survives them."""


def script(kind: str, key: str, payload: object) -> bytes:
    """The file that hands ``payload`` to the page; ``kind`` and ``key`` hold nothing that needs an escape."""
    text = _SPECIAL.sub(lambda match: _ESCAPES[match.group()], json_text(payload))
    return f'pdr.add("{kind}","{key}",JSON.parse(\'{text}\'));\n'.encode()


def parse_script(content: bytes) -> tuple[str, str, Json]:
    """Kind, key and payload of a file that :func:`script` made.

    Raises:
        ValueError: it is something else, or damaged.
    """
    match = _SCRIPT.fullmatch(content.decode("utf-8"))
    if match is None:
        raise ValueError("this is no data file of a site")
    kind, key, text = match.groups()
    try:
        return kind, key, json.loads(_ESCAPED.sub(lambda escape: _PLAIN[escape[1]], text))
    except RecursionError as error:
        raise ValueError("this data file is nested too deeply") from error


def json_text(value: object) -> str:
    """Compact strict JSON, which can be encoded as UTF-8 whatever ``value`` holds."""
    text = json.dumps(strict(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # A lone surrogate becomes the six characters \udc80, which inside a JSON string is its proper escape.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def strict(value: object, depth: int = 0) -> Json:
    """``value`` as JSON has it: numbers that it lacks as strings, keys as strings, nothing nested without end."""
    if isinstance(value, float):
        return number(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if depth == _DEEPEST:
        return "(nested too deeply)"
    if isinstance(value, Mapping):
        return {str(key): strict(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [strict(item, depth + 1) for item in value]
    return str(value)


def number(value: float) -> float | int | str:
    """``value`` in as few characters as hold all of it; NaN and infinity, which JSON does not have, as strings."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def rounded(value: float, digits: int) -> float | int | str:
    """``value`` to that many significant digits; whole numbers stay as they are."""
    exact = number(value)
    return number(float(f"{value:.{digits}g}")) if isinstance(exact, float) else exact
