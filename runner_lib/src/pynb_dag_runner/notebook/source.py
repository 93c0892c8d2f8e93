"""Notebooks as they are stored: cells, the parameters they declare, and the lines where their cells start."""

from __future__ import annotations

import ast
import contextlib
import copy
import functools
import platform
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.errors import PipelineError, SourceLocation

PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"
_KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
_LANGUAGE = {
    "name": "python",
    "version": platform.python_version(),
    "file_extension": ".py",
    "pygments_lexer": "ipython3",
}

_OF_SERVERS = ("jupytext.sync_contentsmanager", "jupytext.async_contentsmanager", "jupyter_client")

_KEPT = 64

_MAGIC = re.compile(r"\s*[%!?]")


@dataclass(frozen=True)
class DeclaredParameter:
    """A name that the parameters cell of a notebook assigns or annotates.

    ``annotation`` and ``default`` are source text, None where there is none; ``line`` counts from 1 in the source file
    (for an ``.ipynb``: in the cell).
    """

    name: str
    annotation: str | None
    default: str | None
    line: int


def load_notebook(path: Path) -> NotebookNode:
    """Read a notebook: ``.py`` in Jupytext's py:percent form, or ``.ipynb``.

    Raises:
        PipelineError: the file is missing, or is no notebook.
    """
    text = read_source(path)
    try:
        with warnings.catch_warnings():
            # nbformat warns of old notebooks whose cells have no id; it gives them one, so there is nothing to do.
            warnings.simplefilter("ignore")
            notebook = copy.deepcopy(_parsed(path.suffix, text))
    except Exception as error:  # nbformat and jupytext promise no exception types
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise PipelineError(f"cannot be read as a notebook ({reason})", SourceLocation(str(path), 1)) from error
    notebook.metadata["kernelspec"] = NotebookNode(_KERNELSPEC)  # type: ignore[no-untyped-call]
    notebook.metadata["language_info"] = NotebookNode(_LANGUAGE)  # type: ignore[no-untyped-call]
    return notebook


def read_source(path: Path) -> str:
    """Text of a notebook's file.

    Raises:
        PipelineError: the file is missing, cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise PipelineError(f"there is no notebook {path}: create it, or correct its name in pipeline.py") from None
    except UnicodeDecodeError as error:
        raise PipelineError(
            f"not UTF-8 text ({error.reason} at byte {error.start})", SourceLocation(str(path), 1)
        ) from error
    except OSError as error:
        raise PipelineError(f"the notebook {path} cannot be read: {error.strerror}") from error


@functools.lru_cache(maxsize=_KEPT)
def _parsed(suffix: str, text: str) -> NotebookNode:
    """The notebook that ``text`` is: several tasks have the same one, and each is read for several ends."""
    if suffix == ".ipynb":
        notebook: NotebookNode = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
        return nbformat.v4.upgrade(notebook) or notebook  # type: ignore[no-untyped-call]
    with _without_servers():
        import jupytext

    return jupytext.reads(text, fmt="py:percent")  # type: ignore[no-any-return]


@contextlib.contextmanager
def _without_servers() -> Iterator[None]:
    """While entered, what jupytext can do without is not imported: what makes it part of Jupyter's server, and clients of kernels.

    That is half of the time that its import takes. What needs them says so when it is called.
    """
    absent = [name for name in _OF_SERVERS if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type] # None is how the import system is told so
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def is_tagged(cell: NotebookNode, tag: str) -> bool:
    """Whether a cell carries a tag."""
    return tag in cell.metadata.get("tags", [])


def declared_parameters(path: Path, notebook: NotebookNode) -> dict[str, DeclaredParameter]:
    """What the cell tagged ``parameters`` declares: ``a: int = 1``, ``b = 2``, ``c: float``; no kernel is needed.

    Raises:
        PipelineError: the cell is not valid Python.
    """
    declared: dict[str, DeclaredParameter] = {}
    for cell, first_line in zip(notebook.cells, cell_lines(path, notebook), strict=True):
        if cell.cell_type != "code" or not is_tagged(cell, PARAMETERS_TAG):
            continue
        first_line = first_line or 1
        try:
            tree = ast.parse(without_magics(cell.source))
        except SyntaxError as error:
            line = first_line + (error.lineno or 1) - 1
            raise PipelineError(f"the parameters cell: {error.msg}", SourceLocation(str(path), line)) from error
        for statement in tree.body:
            for name, annotation, default in _assignments(statement):
                declared[name] = DeclaredParameter(name, annotation, default, first_line + statement.lineno - 1)
    return declared


def _assignments(statement: ast.stmt) -> list[tuple[str, str | None, str | None]]:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        default = ast.unparse(statement.value) if statement.value else None
        return [(statement.target.id, ast.unparse(statement.annotation), default)]
    if isinstance(statement, ast.Assign):
        default = ast.unparse(statement.value)
        return [(target.id, None, default) for target in statement.targets if isinstance(target, ast.Name)]
    return []


def without_magics(source: str) -> str:
    """Cell source that Python can parse: IPython's magic and shell lines do nothing; lines keep their numbers."""
    if source.lstrip().startswith("%%"):
        return "\n" * source.count("\n")
    lines = source.split("\n")
    return "\n".join(f"{line[: len(line) - len(line.lstrip())]}pass" if _MAGIC.match(line) else line for line in lines)


def cell_lines(path: Path, notebook: NotebookNode) -> list[int | None]:
    """For each cell the line (from 1) of the ``.py`` source where the cell's own source starts.

    None for cells that are not in the file (injected parameters), for empty ones, and for all cells of an ``.ipynb``.
    """
    if path.suffix == ".ipynb":
        return [None] * len(notebook.cells)
    file_lines = read_source(path).splitlines()
    found: list[int | None] = []
    position = 0
    for cell in notebook.cells:
        cell_source = cell.source.split("\n")
        start = None
        if cell.source.strip() and not is_tagged(cell, INJECTED_TAG):
            start = _find(cell_source, file_lines, position, is_code=cell.cell_type == "code")
        found.append(None if start is None else start + 1)
        if start is not None:
            position = start + len(cell_source)
    return found


def _find(cell_source: list[str], file_lines: list[str], position: int, *, is_code: bool) -> int | None:
    """Index of the first place at or after ``position`` where all lines of the cell follow each other."""
    for start in range(position, len(file_lines) - len(cell_source) + 1):
        pairs = zip(cell_source, file_lines[start : start + len(cell_source)], strict=True)
        if all(_is_same(cell_line, file_line, is_code) for cell_line, file_line in pairs):
            return start
    return None


def _is_same(cell_line: str, file_line: str, is_code: bool) -> bool:
    if cell_line == file_line:
        return True
    # In a percent file Markdown and magics are comments.
    may_be_comment = not is_code or _MAGIC.match(cell_line) is not None or cell_line.lstrip().startswith("#")
    return may_be_comment and file_line.lstrip("# ").rstrip() == cell_line.lstrip("# ").rstrip()


def with_parameters(notebook: NotebookNode, parameters: Mapping[str, Json]) -> NotebookNode:
    """A copy of the notebook with values for its parameters, in a cell tagged ``injected-parameters`` after theirs.

    The new cell shifts the cells below it; :func:`cell_lines` of the copy knows.

    Raises:
        PipelineError: there are parameters, but no cell is tagged ``parameters``.
    """
    from papermill.iorw import load_notebook_node

    # With a notebook instead of a path papermill copies it and adds the metadata that its engine writes into.
    copy: NotebookNode = load_notebook_node(notebook)
    if not parameters:
        return copy
    if not any(is_tagged(cell, PARAMETERS_TAG) for cell in copy.cells):
        raise PipelineError(
            f"the notebook gets the parameters {', '.join(parameters)} but no cell has the tag {PARAMETERS_TAG!r}: "
            'declare them in a cell that starts with # %% tags=["parameters"]'
        )
    from papermill.parameterize import parameterize_notebook

    injected: Any = parameterize_notebook(copy, dict(parameters), kernel_name="python3", language="python")
    return injected  # type: ignore[no-any-return]
