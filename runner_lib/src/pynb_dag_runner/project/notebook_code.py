"""What a notebook's file would execute: its code cells, read without Jupytext, as quickly as a text can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_MARKER = re.compile(r"# ?%%(?!%)")
_TEXT_CELL = re.compile(r"# ?%%[^\n]*?\[(markdown|md|raw)\]")
_COMMENT_OR_EMPTY = re.compile(r"\s*(#.*)?")
_QUOTED = re.compile(r'\s*(?:r|R)?("""|\'\'\').*\1\s*', re.DOTALL)
_MAGIC = re.compile(r"\s*[%!]")


def code_cells(text: str, is_json: bool) -> list[str]:
    """The code cells of a notebook; ``is_json`` says that it is an ``.ipynb``. Each begins with its marker, if it has one.

    Left out is what does not decide its results: text cells, outputs, and the header that Jupyter renews when it saves.
    """
    return list(_json_cells(text)) if is_json else list(_percent_cells(text))


def _json_cells(text: str) -> Iterator[str]:
    try:
        for cell in json.loads(text)["cells"]:
            if cell["cell_type"] == "code":
                tags = ",".join(cell.get("metadata", {}).get("tags", []))
                source = cell["source"]
                yield f"# %% {tags}\n{source if isinstance(source, str) else ''.join(source)}".rstrip()
    except (ValueError, KeyError, TypeError, AttributeError):
        yield text  # not the usual form: any change of the file counts


def _percent_cells(text: str) -> Iterator[str]:
    lines = _without_header(text.split("\n"))
    starts = [number for number, line in enumerate(lines) if _MARKER.match(line)]
    for start, end in zip([0, *starts], [*starts, len(lines)], strict=True):
        cell = lines[start:end]
        if any(line.strip() for line in cell) and not _is_text_cell(cell):
            yield "\n".join(cell).rstrip()


def _without_header(lines: list[str]) -> list[str]:
    """Without the comment in which Jupytext keeps versions and kernels."""
    if not lines or lines[0].rstrip() != "# ---":
        return lines
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "# ---":
            return lines[number + 1 :]
        if not line.startswith("#"):
            break
    return lines


def _is_text_cell(cell: list[str]) -> bool:
    """Whether it is marked as text and holds nothing that could run."""
    if not _TEXT_CELL.match(cell[0]):
        return False
    return all(_COMMENT_OR_EMPTY.fullmatch(line) for line in cell[1:]) or bool(_QUOTED.fullmatch("\n".join(cell[1:])))


def python_of(cell: str) -> str:
    """The cell such that Python can parse it: magic and shell lines do nothing."""
    if cell.lstrip().startswith("%%"):
        return ""
    return "\n".join(f"{_indent(line)}pass" if _MAGIC.match(line) else line for line in cell.split("\n"))


def magics_of(cell: str) -> list[str]:
    """The cell's magic and shell lines, which may name files: ``%run other.py``."""
    return [line for line in cell.split("\n") if _MAGIC.match(line) or re.match(r"# [%!]\w", line)]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
