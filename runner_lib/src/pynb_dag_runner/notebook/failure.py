"""Why a notebook failed, as plain text that points into its source file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

from pynb_dag_runner.notebook.plain_text import without_ansi

# IPython 8.7 and later; before, the line of the failing statement stands in another form.
_CELL_LINE = re.compile(r"(?:Cell|Input) In ?\[(\d+)\], (?:line (\d+)|in <(?:cell line|module): (\d+)>)")


@dataclass(frozen=True)
class CellFailure:
    """The exception that ended a notebook.

    ``type`` is the exception's class name, ``stacktrace`` is plain text. ``cell_index`` counts from 0 in the evaluated
    notebook, None when no cell was running. ``line`` (from 1) is where in ``file`` the innermost code of the notebook
    stood when it was raised, None when that is not known (always so for an ``.ipynb``).
    """

    type: str
    message: str
    stacktrace: str
    cell_index: int | None
    file: str
    line: int | None


def cell_failure(
    type: str,
    message: str,
    traceback: Sequence[str],
    *,
    notebook: NotebookNode,
    cell_index: int | None,
    file: str,
    lines: Sequence[int | None],
) -> CellFailure:
    """A failure from what IPython says about it; cells named in the traceback get their place in the source file."""
    starts = {
        cell.execution_count: lines[index]
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.get("execution_count")
    }
    line = lines[cell_index] if cell_index is not None else None
    found: list[int] = []

    def with_place(match: re.Match[str]) -> str:
        start = starts.get(int(match[1]))
        if start is None:
            return match[0]
        found.append(start + int(match[2] or match[3]) - 1)
        return f"{match[0]} ({file}:{found[-1]})"

    stacktrace = _CELL_LINE.sub(with_place, without_ansi("\n".join(traceback)))
    return CellFailure(
        type=type,
        message=without_ansi(message),
        stacktrace=stacktrace,
        cell_index=cell_index,
        file=file,
        line=found[-1] if found else line,
    )
