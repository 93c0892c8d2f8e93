"""Notebooks as files: reading them, what they declare, where their cells are."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from pynb_dag_runner.errors import PipelineError
from pynb_dag_runner.notebook.source import cell_lines, declared_parameters, load_notebook, with_parameters

NOTEBOOK = '''\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Title
# x = 1

# %% tags=["parameters"]
a: int = 1
b = "two"  # a comment
c: dict[str, float]
d = e = None
print(a)

# %%
# %matplotlib inline
x = 1

# %%
x = 1

# %%

# %% [markdown]
"""
a = 3
"""

# %%
!ls
a = 3
'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "work.py"
    path.write_text(NOTEBOOK, encoding="utf-8")
    return path


def test_declared_parameters(path: Path) -> None:
    declared = declared_parameters(path, load_notebook(path))
    assert {name: (one.annotation, one.default, one.line) for name, one in declared.items()} == {
        "a": ("int", "1", 14),
        "b": (None, "'two'", 15),
        "c": ("dict[str, float]", None, 16),
        "d": (None, "None", 17),
        "e": (None, "None", 17),
    }


def test_each_reader_has_a_notebook_of_its_own(path: Path) -> None:
    load_notebook(path).cells.clear()
    assert load_notebook(path).cells
    path.write_text("# %%\na = 1\n", encoding="utf-8")
    assert [cell.source for cell in load_notebook(path).cells] == ["a = 1"]


def test_cells_find_their_lines(path: Path) -> None:
    notebook = load_notebook(path)
    lines = path.read_text().splitlines()
    code = [
        line for cell, line in zip(notebook.cells, cell_lines(path, notebook), strict=True) if cell.cell_type == "code"
    ]
    assert [line and lines[line - 1] for line in code] == ["a: int = 1", "# %matplotlib inline", "x = 1", None, "!ls"]
    assert code[2] == 25
    assert code[-1] == 35


def test_injected_parameters_shift_cells_but_not_lines(path: Path) -> None:
    notebook = load_notebook(path)
    injected = with_parameters(notebook, {"a": 5})
    assert len(injected.cells) == len(notebook.cells) + 1
    before, after = cell_lines(path, notebook), cell_lines(path, injected)
    assert after[:2] + after[3:] == before
    assert after[2] is None
    assert injected.cells[2].metadata.tags == ["injected-parameters"]
    assert "a = 5" in injected.cells[2].source
    assert notebook.cells[2].source != injected.cells[2].source


@pytest.mark.parametrize(
    "value", [None, True, 3, -1.5e300, "", 'tab\t\'"""\\n\nü😀\x00', ["a", {"b": [None, False]}], {"k 'y\"": {}}, 2**70]
)
def test_values_arrive_as_they_are(path: Path, value: object) -> None:
    cell = with_parameters(load_notebook(path), {"a": value}).cells[2]  # type: ignore[dict-item]
    names: dict[str, object] = {}
    exec(cell.source, names)
    assert names["a"] == value
    assert type(names["a"]) is type(value)


def test_ipynb(tmp_path: Path) -> None:
    cell = nbformat.v4.new_code_cell("%%time\na: int = 1", metadata={"tags": ["parameters"]})
    path = tmp_path / "work.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    notebook = load_notebook(path)
    assert cell_lines(path, notebook) == [None]
    assert declared_parameters(path, notebook) == {}


def test_old_ipynb_without_cell_ids(tmp_path: Path) -> None:
    path = tmp_path / "old.ipynb"
    path.write_text(
        '{"cells": [{"cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [], "source": "1"}],'
        ' "metadata": {}, "nbformat": 4, "nbformat_minor": 2}'
    )
    assert load_notebook(path).cells[0].source == "1"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.ipynb", b"{not json", "cannot be read as a notebook"),
        ("a.ipynb", b'{"a": 1}', "cannot be read as a notebook"),
        ("a.py", b"# %%\nx = '\xff'", "not UTF-8"),
    ],
)
def test_unreadable(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PipelineError, match=f"{name}:1: error: .*{message}"):
        load_notebook(tmp_path / name)


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"there is no notebook .*none\.py"):
        load_notebook(tmp_path / "none.py")


def test_parameters_cell_that_is_no_python(path: Path) -> None:
    path.write_text('# %% tags=["parameters"]\na = 1\nb = = 2\n')
    with pytest.raises(PipelineError, match=r"work\.py:3: error: the parameters cell"):
        declared_parameters(path, load_notebook(path))
