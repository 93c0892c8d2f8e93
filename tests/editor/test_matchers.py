"""What the tools really print, and what an editor lists of it: these problems at these places, and nothing else.

The editor's part is played by ``matchers.mjs``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import pytest

NOTEBOOK = "notebooks/my note-book.py"


def shown(problems: Sequence[object]) -> list[tuple[object, ...]]:
    """Problems as tuples, which read well in a comparison."""
    return [tuple(vars(problem).values()) for problem in problems]


def make_mistakes(editor: Any) -> None:
    """One mistake for each tool of ``make check``."""
    editor.write("notebooks/not-in-shape.py", "# %%\nx = {  'a':1 }\n")
    editor.write(NOTEBOOK, '# %%\nimport os\n\nvalue: int = "text"\n')
    pipeline = (editor.folder / "pipeline.py").read_text(encoding="utf-8")
    editor.write("pipeline.py", pipeline.replace("needs=[measured])", 'needs=[measured], parameters={"bins": 3})'))


MISTAKES = [
    ("black", "notebooks/not-in-shape.py", 0, None, "warning", "would reformat"),
    (
        "mypy",
        NOTEBOOK,
        4,
        14,
        "error",
        'Incompatible types in assignment (expression has type "str", variable has type "int")',
    ),
    (
        "pdr",
        "pipeline.py",
        15,
        None,
        "error",
        "task report[bins=3]: the notebook notebooks/report.py does not declare the parameter bins, "
        "did you mean nr_bins?; it declares nr_bins",
    ),
    ("ruff", NOTEBOOK, 2, 8, "warning", "`os` imported but unused"),
]


def test_each_tool_of_check_puts_its_problems_at_their_places(editor: Any) -> None:
    make_mistakes(editor)
    lines = editor.run_task("check", exit_code=2)
    assert shown(editor.problems("check", lines)) == MISTAKES
    assert "make check: stopped by black ruff mypy pdr." in "\n".join(lines)


def test_a_terminal_with_colours_makes_no_difference(editor: Any) -> None:
    make_mistakes(editor)
    program = "import pty, sys; sys.exit(pty.spawn(['make', 'check']) >> 8)"
    lines = editor.run(sys.executable, "-c", program, exit_code=2, TERM="xterm-256color", COLUMNS="60")
    assert shown(editor.problems("check", lines)) == MISTAKES


def test_a_notebook_that_does_not_parse(editor: Any) -> None:
    editor.write("notebooks/report.py", '# %%\nvalue = "text"\nprint(\n')
    found = editor.problems("check", editor.run_task("check", exit_code=2))
    assert [(one.source, one.file, one.severity) for one in found] == [
        ("black", "notebooks/report.py", "error"),
        ("mypy", "notebooks/report.py", "error"),
        ("pdr", "notebooks/report.py", "error"),
        ("ruff", "notebooks/report.py", "warning"),
    ]
    assert {one.line for one in found} <= {3, 4}, "where the bracket is, or where its end should have been"
    assert next(one for one in found if one.source == "pdr").message == "syntax: '(' was never closed"


def test_nothing_is_found_where_nothing_is_wrong(editor: Any) -> None:
    lines = editor.run_task("check", exit_code=0)
    assert lines == ["OK: 2 tasks, 1 edge"]
    assert editor.problems("check", lines) == []
    assert editor.problems("test", editor.run_task("test", exit_code=0)) == []


def test_failed_tests(editor: Any) -> None:
    package = "src/zebra_2/measurements.py"
    text = (editor.folder / package).read_text(encoding="utf-8")
    editor.write(package, f"{text}\n\ndef half(number: int) -> float:\n    return number / 0\n")
    editor.write(
        "tests/test_new-things.py",
        "import numpy as np\nimport pytest\nfrom zebra_2.measurements import half\n\n\n"
        "def test_plain() -> None:\n    assert [1, 2] == [1, 3]\n\n\n"
        "def test_in_a_module() -> None:\n    half(3)\n\n\n"
        "def test_in_a_library() -> None:\n    np.linalg.inv(np.zeros((2, 2)))\n\n\n"
        '@pytest.mark.parametrize("number", [1, 2])\ndef test_number(number: int) -> None:\n    assert number == 1\n',
    )
    editor.write("tests/test_not_there.py", "import nothing_of_this_name\n")
    file = "tests/test_new-things.py"
    lines = editor.run("make", "test", "ARGS=--continue-on-collection-errors", exit_code=2)
    assert shown(editor.problems("test", lines)) == [
        (
            "pytest",
            package,
            editor.line(package, "/ 0"),
            None,
            "error",
            "[test_in_a_module] ZeroDivisionError: division by zero",
        ),
        ("pytest", file, 7, None, "error", "[test_plain] assert [1, 2] == [1, 3]"),
        ("pytest", file, 15, None, "error", "[test_in_a_library] numpy.linalg.LinAlgError: Singular matrix"),
        ("pytest", file, 20, None, "error", "[test_number[2]] assert 2 == 1"),
        (
            "pytest",
            "tests/test_not_there.py",
            1,
            None,
            "error",
            "ModuleNotFoundError: No module named 'nothing_of_this_name'",
        ),
    ]


PIPELINE = '''\
"""Tasks of each kind that fail, each in its own way."""

import time

from pynb_dag_runner import Pipeline, current_task


def divide() -> float:
    numbers = [1, 0]
    return numbers[0] / numbers[1]


def sleep() -> None:
    time.sleep(60)


def try_twice() -> None:
    if current_task().attempt == 1:
        raise ConnectionError("refused: notebooks/a.py:3: error: not this")


def build(environment: str = "dev") -> Pipeline:
    pipeline = Pipeline("zebra")
    pipeline.notebook("my note-book", parameters={"number": 3})
    pipeline.function(divide)
    pipeline.function(sleep, timeout_s=2)
    pipeline.function(try_twice, attempts=2)
    pipeline.command(["false"], id="command")
    return pipeline
'''


@pytest.mark.slow
def test_what_fails_in_a_run(editor: Any) -> None:
    editor.write("pipeline.py", PIPELINE)
    editor.write(
        NOTEBOOK,
        '# %% tags=["parameters"]\nnumber: int = 1\n\n# %%\nprint("notebooks/a.py:1: error: printed")\n\n'
        '# %%\ntext = "two"\nraise ValueError(f"{text}\\nlines {number}")\n',
    )
    found = editor.problems("run pipeline", editor.run_task("run pipeline", exit_code=2, COLUMNS="80"))
    assert [(one.file, one.line, one.severity, one.message) for one in found] == [
        (NOTEBOOK, 9, "error", "[my note-book[number=3]] ValueError: two lines 3"),
        ("pipeline.py", 10, "error", "[divide] ZeroDivisionError: division by zero"),
        ("pipeline.py", 14, "error", "[sleep] stopped at its time limit of 2 s"),
        ("pipeline.py", 19, "warning", "[try_twice] ConnectionError: refused: notebooks/a.py:3: error: not this"),
        ("pipeline.py", 28, "error", "[command] false ended with exit code 1"),
    ]
