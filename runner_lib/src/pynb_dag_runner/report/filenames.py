"""File names made from names that nobody vouches for: safe on every file system, and never outside their folder."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_RESERVED_ON_WINDOWS = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)
_MOST_BYTES = 150
_LONGEST_SUFFIX_BYTES = 20


class FileNames:
    """Hands out the names of one folder; no two differ only in case or in how Unicode writes them."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, name: str) -> str:
        """A safe name as near to ``name`` as can be; a second ``model.onnx`` becomes ``model-2.onnx``."""
        safe = safe_name(name)
        path = PurePosixPath(safe)
        candidate, number = safe, 1
        while _key(candidate) in self._taken:
            number += 1
            candidate = f"{path.stem}-{number}{path.suffix}"
        self._taken.add(_key(candidate))
        return candidate


def safe_name(name: str) -> str:
    """``name`` as one component of a path: no separators, drive letters, control characters or reserved names.

    At most 150 bytes as UTF-8, an ending such as ``.png`` included.
    """
    composed = unicodedata.normalize("NFC", name)
    visible = "".join(character if character.isprintable() else "-" for character in composed)
    plain = _FORBIDDEN.sub("-", visible).strip(" .-")
    if not plain:
        return "unnamed"
    if _RESERVED_ON_WINDOWS.fullmatch(plain.split(".")[0].strip()):
        plain = f"_{plain}"
    return _shortened(plain)


def _shortened(name: str) -> str:
    if len(name.encode()) <= _MOST_BYTES:
        return name
    suffix = PurePosixPath(name).suffix
    if len(suffix.encode()) > _LONGEST_SUFFIX_BYTES:
        suffix = ""
    stem = name.removesuffix(suffix).encode()[: _MOST_BYTES - len(suffix.encode())]
    return stem.decode("utf-8", "ignore").strip(" .-") + suffix


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
