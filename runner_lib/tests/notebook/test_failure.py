"""Failures point into the source file, whatever form IPython gives a traceback."""

from __future__ import annotations

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from pynb_dag_runner.notebook.failure import CellFailure, cell_failure


@pytest.fixture
def notebook() -> NotebookNode:
    return new_notebook(cells=[new_code_cell("", execution_count=1), new_code_cell("", execution_count=2)])


def failure(notebook: NotebookNode, traceback: str, lines: list[int | None]) -> CellFailure:
    return cell_failure("E", "m", [traceback], notebook=notebook, cell_index=1, file="n.py", lines=lines)


@pytest.mark.parametrize(
    "traceback",
    ["Cell In[2], line 1\n a\nFile x.py:3, in f\nCell In[1], line 3, in g()", "Input In [1], in <cell line: 3>()"],
)
def test_innermost_line_of_the_notebook(notebook: NotebookNode, traceback: str) -> None:
    assert failure(notebook, traceback, [10, 20]).line == 12


def test_start_of_the_cell_where_the_traceback_names_none(notebook: NotebookNode) -> None:
    assert failure(notebook, "nothing", [10, 20]).line == 20


def test_injected_cells_have_no_line(notebook: NotebookNode) -> None:
    found = failure(notebook, "Cell In[2], line 1", [10, None])
    assert found.line is None
    assert found.stacktrace == "Cell In[2], line 1"
