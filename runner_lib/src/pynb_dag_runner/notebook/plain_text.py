"""Text that can be written as UTF-8, and read without a terminal. Kernels import this, so it imports next to nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def without_ansi(text: str) -> str:
    """Text without the escape sequences that colour a terminal."""
    return _ANSI.sub("", text)


def clean_text(text: str) -> str:
    """Text that can be encoded as UTF-8: half surrogate pairs become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if _has_surrogate(text) else text


def _has_surrogate(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def clean_content(value: Any) -> Any:
    """A JSON value whose strings can all be encoded as UTF-8."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [clean_content(item) for item in value]
    if isinstance(value, Mapping):
        return {clean_text(str(key)): clean_content(item) for key, item in value.items()}
    return value
