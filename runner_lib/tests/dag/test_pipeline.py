"""Pipelines: what can be written, and what is refused with the line that wrote it."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import pytest

from pynb_dag_runner import Pipeline
from pynb_dag_runner.dag.task import TaskType
from pynb_dag_runner.errors import ParameterError, PipelineError


def make() -> int:
    """A function task of these tests."""
    return 1


def test_tasks_in_order_with_their_needs() -> None:
    pipeline = Pipeline("digits")
    ingest = pipeline.notebook("ingest", attempts=3, timeout_s=10)
    eda = pipeline.notebook("reports/eda.ipynb", needs=[ingest, ingest])
    made = pipeline.function(make, needs=[eda], parameters={"n": 1})
    ran = pipeline.command(["/bin/echo", "{n}"], needs=[made], parameters={"n": 2}, id="say")
    assert [task.id for task in pipeline] == ["ingest", "eda", "make[n=1]", "say"]
    assert [task.type for task in pipeline] == [
        TaskType.NOTEBOOK,
        TaskType.NOTEBOOK,
        TaskType.FUNCTION,
        TaskType.COMMAND,
    ]
    assert (ingest.target, eda.target, ran.target) == ("notebooks/ingest.py", "reports/eda.ipynb", ("/bin/echo", "{n}"))
    assert (eda.name, ran.name, ran.folder) == ("eda", "echo", "say")
    assert eda.needs == (ingest,)
    assert (ingest.options.attempts, ingest.options.timeout_s) == (3, 10)
    assert len(pipeline) == 4
    assert pipeline["say"] is ran
    assert ran.source == "/bin/echo {n}"
    assert made.source.endswith(".make")


def test_location_is_the_line_of_the_call() -> None:
    line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
    task = Pipeline("p").notebook("a")
    assert task.location.line == line
    assert task.location.file.endswith("test_pipeline.py")


def test_callables_of_all_kinds() -> None:
    pipeline = Pipeline("p")
    tasks = [pipeline.function(f) for f in (functools.partial(make), lambda: 1)]
    assert [task.name for task in tasks] == ["partial", "<lambda>"]
    assert all(task.source for task in tasks)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: p.notebook(""), "a notebook is given by its name or path, got ''"),
        (lambda p: p.notebook(3), "a notebook is given by its name or path, got 3"),
        (lambda p: p.function(3), "expected a function, got 3"),
        (
            lambda p: p.command("echo a"),
            r"a command is a list of strings such as \['python', 'report.py'\], got 'echo a'",
        ),
        (lambda p: p.command([]), "a command is a list of strings"),
        (lambda p: p.command(["echo", 1]), "a command is a list of strings"),
        (lambda p: p.command(None), "a command is a list of strings"),
        (lambda p: p.notebook("b", needs=p["a"]), "task b: needs takes a list of tasks"),
        (lambda p: p.notebook("b", needs="a"), "task b: needs takes a list of tasks, got 'a'"),
        (lambda p: p.notebook("b", needs=["a"]), "task b: needs takes tasks, as returned by .*, got 'a'"),
        (lambda p: p.notebook("b", needs=None), "task b: needs takes a list of tasks, got None"),
        (lambda p: p.notebook("b", needs=[Pipeline("q").notebook("c")]), "needs c, which belongs to another pipeline"),
        (lambda p: p.notebook("a"), r"there is already a task a \(defined at .*:\d+\)"),
        (lambda p: p.notebook("b", id="a\nb"), "has characters that cannot be printed"),
        (lambda p: p.notebook("b", id=3), "task b: id takes a string, got 3"),
        (lambda p: p.notebook("b", id="A"), None),
        (lambda p: p.notebook("b", attempts=0), "task b: attempts=0"),
        (lambda p: p.notebook("b", retries=0), "task b: unknown option retries"),
        (lambda p: p.notebook("b", parameters=[1]), "task b: parameters takes a dict, got"),
    ],
)
def test_what_is_refused(call: Any, message: str | None) -> None:
    pipeline = Pipeline("p")
    pipeline.notebook("a")
    if message is None:
        call(pipeline)
        return
    with pytest.raises(PipelineError, match=message) as caught:
        call(pipeline)
    assert caught.value.location is not None
    assert caught.value.location.file.endswith("test_pipeline.py")
    assert [task.id for task in pipeline] == ["a"]


def test_parameters_must_be_json() -> None:
    with pytest.raises(ParameterError, match="task a: parameter size is a tuple"):
        Pipeline("p").notebook("a", parameters={"size": (1, 2)})


def test_ids_that_share_a_folder_are_refused() -> None:
    pipeline = Pipeline("p")
    pipeline.notebook("a", id="x-y")
    with pytest.raises(PipelineError, match="would share the folder 'x-y'"):
        pipeline.notebook("a", id="x[y]")


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_names_of_pipelines(name: Any) -> None:
    with pytest.raises(PipelineError, match="a pipeline needs a name"):
        Pipeline(name)


def test_with_parameters() -> None:
    pipeline = Pipeline("p")
    first = pipeline.notebook("a", parameters={"x": 1}, attempts=2)
    pipeline.notebook("b", needs=[first])
    copy = pipeline.with_parameters({"a[x=1]": {"x": 2, "y": [1]}})
    assert [task.id for task in copy] == ["a[x=1]", "b"]
    changed, other = copy.tasks
    assert dict(changed.parameters) == {"x": 2, "y": [1]}
    assert (changed.options, changed.location, changed.folder) == (first.options, first.location, first.folder)
    assert other.needs == (changed,)
    assert changed.pipeline is copy
    assert dict(first.parameters) == {"x": 1}
    with pytest.raises(PipelineError, match="there is already a task b"):
        copy.notebook("b")


def test_with_parameters_of_unknown_tasks_or_values() -> None:
    pipeline = Pipeline("p")
    pipeline.notebook("a")
    with pytest.raises(PipelineError, match="there is no task b; there are: a"):
        pipeline.with_parameters({"b": {}})
    with pytest.raises(ParameterError):
        pipeline.with_parameters({"a": {"x": object()}})  # type: ignore[dict-item]
