"""Everything that can be wrong is found at once, with file and line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pynb_dag_runner import Pipeline
from pynb_dag_runner.project.check import check_pipeline

NOTEBOOKS = {
    "notebooks/train.py": '# %%\nimport os\n# %% tags=["parameters"]\nsize: int = 600\nrate: float | None = None\nfree = 1\n',
    "notebooks/plain.py": "# %%\n# %matplotlib inline\nawait f()\n!ls\n",
    "notebooks/broken.py": "# %%\nx = 1\n\n# %%\ny = 2\nz = = 1\n\n# %%\nreturn 3\n# %%\nfor\n",
}


@pytest.fixture
def problems(write_project: Any) -> Callable[[Callable[[Pipeline], object]], list[str]]:
    """``problems(lambda pipeline: pipeline.notebook("a"))`` are those of a pipeline with this task."""
    folder: Path = write_project(None, NOTEBOOKS)

    def check(add: Callable[[Pipeline], object]) -> list[str]:
        pipeline = Pipeline("p")
        add(pipeline)
        return [str(problem).replace(str(Path(__file__)), "HERE") for problem in check_pipeline(pipeline, folder)]

    return check


def test_nothing_wrong(problems: Any) -> None:
    def add(pipeline: Pipeline) -> None:
        plain = pipeline.notebook("plain", secrets=["NOT_SET_ANYWHERE"])
        train = pipeline.notebook("train", parameters={"size": 1, "rate": 1, "free": "anything"}, needs=[plain])
        pipeline.function(fit, needs=[train], parameters={"size": 3})
        pipeline.function(len, needs=[train])
        pipeline.command(["python", "-c", "print({size})"], parameters={"size": 2})
        pipeline.command([sys.executable, "{}", "{print}"], id="braces of the program")

    assert problems(add) == []


def fit(data: object, size: int) -> None:
    """A function task of these tests."""


def one(found: list[str]) -> str:
    assert len(found) == 1, found
    return found[0]


def test_missing_notebook(problems: Any) -> None:
    found = one(problems(lambda pipeline: pipeline.notebook("tran")))
    assert found.startswith("HERE:")
    assert found.endswith("error: task tran: there is no notebook notebooks/tran.py, did you mean train.py?")


def test_syntax_errors_are_named_once_each(problems: Any) -> None:
    def add(pipeline: Pipeline) -> None:
        pipeline.notebook("broken")
        pipeline.notebook("broken", id="again")

    found = problems(add)
    assert [line.split(": error")[0] for line in found] == ["notebooks/broken.py:6", "notebooks/broken.py:11"]


def test_parameter_that_the_notebook_does_not_declare(problems: Any) -> None:
    found = one(problems(lambda pipeline: pipeline.notebook("train", parameters={"sizes": 1})))
    assert "does not declare the parameter sizes, did you mean size?; it declares size, rate, free" in found
    found = one(problems(lambda pipeline: pipeline.notebook("plain", parameters={"size": 1})))
    assert "it has no cell tagged 'parameters'" in found


def test_value_of_a_wrong_type(problems: Any) -> None:
    found = one(problems(lambda pipeline: pipeline.notebook("train", parameters={"size": "many"})))
    assert found.endswith("parameter size is many, but is declared as int (notebooks/train.py:4)")
    found = one(problems(lambda pipeline: pipeline.function(fit, parameters={"data": 1, "size": 0.5})))
    assert "parameter size is 0.5, but is declared as int" in found


def test_function_that_cannot_be_called_so(problems: Any) -> None:
    found = one(problems(lambda pipeline: pipeline.function(fit, parameters={"sise": 1})))
    assert "is called with no needs and the parameters sise: " in found


def test_commands(problems: Any) -> None:
    found = one(problems(lambda pipeline: pipeline.command(["no-such-program"])))
    assert found.endswith("there is no program no-such-program on PATH: install it")
    found = one(problems(lambda pipeline: pipeline.command(["./run.sh"])))
    assert "there is no program ./run.sh in the project" in found
    found = one(problems(lambda pipeline: pipeline.command(["echo", "{sise}"], parameters={"size": 1})))
    assert found.endswith("contains {sise}, but the task has no parameter sise, did you mean size?; it has size")


def test_all_problems_at_once(problems: Any) -> None:
    def add(pipeline: Pipeline) -> None:
        pipeline.notebook("none")
        pipeline.notebook("train", parameters={"size": "a", "b": 1})
        pipeline.command(["no-such-program", "{x}"], parameters={"y": 1})

    assert len(problems(add)) == 5


def test_ipynb_with_a_syntax_error(problems: Any) -> None:
    import nbformat

    cells = [nbformat.v4.new_markdown_cell("# a"), nbformat.v4.new_code_cell("x = 1\ny = = 1")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), "work.ipynb")
    assert one(problems(lambda pipeline: pipeline.notebook("work.ipynb"))).startswith(
        "work.ipynb:1: error: cell 1, line 2: invalid syntax"
    )
