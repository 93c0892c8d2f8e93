"""Loading pipelines: the good, and every way in which a pipeline.py can be broken."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from pynb_dag_runner.errors import PipelineError
from pynb_dag_runner.project.load import load_pipeline

HEAD = "from pynb_dag_runner import Pipeline\n\n\n"
GOOD = HEAD + (
    "from steps import double\n\nSIZES = {'dev': [1], 'ci': [1, 2]}\n\n\n"
    "def load() -> int:\n    return 1\n\n\n"
    "def build(environment: str = 'dev') -> Pipeline:\n    pipeline = Pipeline('good')\n"
    "    first = pipeline.function(load)\n"
    "    for size in SIZES[environment]:\n        pipeline.function(double, needs=[first], id=f'double-{size}')\n"
    "    return pipeline\n"
)
STEPS = {"src/steps.py": "def double(value):\n    return 2 * value\n"}


def error_of(write_project: Any, pipeline: str | None, files: dict[str, str] | None = None) -> str:
    """What is said about a broken project."""
    folder = write_project(pipeline, files)
    with pytest.raises(PipelineError) as caught:
        load_pipeline(folder, "dev")
    return str(caught.value)


def test_build_for_an_environment(write_project: Any) -> None:
    pipeline = load_pipeline(write_project(GOOD, STEPS), "ci")
    assert [task.id for task in pipeline] == ["load", "double-1", "double-2"]
    assert str(pipeline["double-1"].location) == "pipeline.py:17"


def test_functions_can_be_pickled(write_project: Any) -> None:
    pipeline = load_pipeline(write_project(GOOD, STEPS), "dev")
    assert pickle.loads(pickle.dumps(pipeline["load"].target))() == 1


def test_each_load_is_fresh(write_project: Any) -> None:
    load_pipeline(write_project(GOOD, STEPS), "dev")
    changed = {"src/steps.py": "def double(value):\n    return 'new'\n"}
    pipeline = load_pipeline(write_project(GOOD.replace("'good'", "'also'"), changed), "dev")
    assert pipeline.name == "also"
    assert pipeline["double-1"].target(1) == "new"  # type: ignore[operator]


def test_projects_do_not_mix(write_project: Any) -> None:
    load_pipeline(write_project(GOOD, STEPS), "dev")
    other = {"src/steps.py": "def double(value):\n    return 'other'\n"}
    pipeline = load_pipeline(write_project(GOOD, other, name="other"), "dev")
    assert pipeline["double-1"].target(1) == "other"  # type: ignore[operator]
    assert not [entry for entry in sys.path if entry.endswith("/project/src")]


class _PathOfTwo(list[str]):
    """A search path to which another thread adds while it is being read."""

    def __iter__(self) -> Iterator[str]:
        yield from list(super().__iter__())
        if "/added" not in self:
            self.insert(0, "/added")


def test_path_keeps_what_is_added_meanwhile(write_project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ray does when it is imported in a thread: its own modules lie there."""
    folder = write_project(GOOD, STEPS)
    monkeypatch.setattr(sys, "path", _PathOfTwo([str(folder), *sys.path]))
    for _ in range(2):
        load_pipeline(folder, "dev")
        assert "/added" in sys.path


def test_unknown_environment(write_project: Any) -> None:
    folder = write_project(GOOD, STEPS)
    with pytest.raises(PipelineError) as caught:
        load_pipeline(folder, "prod")
    assert str(caught.value) == "pipeline.py:16: error: unknown environment 'prod': SIZES has dev, ci"


def test_other_key_errors_are_what_they_are(write_project: Any) -> None:
    assert error_of(write_project, "def build(environment):\n    {}['size']\n") == (
        "pipeline.py:2: error: KeyError: 'size'"
    )


def test_missing_file(write_project: Any) -> None:
    message = error_of(write_project, None)
    assert "there is no pipeline.py in" in message
    assert "build(environment)" in message


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\ny = = 2\n", "pipeline.py:2: error: SyntaxError: invalid syntax"),
        ("x = 1\n1 / 0\n", "pipeline.py:2: error: ZeroDivisionError: division by zero"),
        ("import nowhere\n", "pipeline.py:1: error: ModuleNotFoundError: No module named 'nowhere'"),
        ("raise SystemExit(3)\n", "pipeline.py:1: error: SystemExit: 3"),
        ("x = 1\n", "pipeline.py:1: error: there is no function build"),
        ("\ndef build():\n    pass\n", "pipeline.py:2: error: build is called as build(environment=...), but"),
        ("def build(environment):\n    return [1]\n", "pipeline.py:1: error: build() returned [1]"),
        (f"{HEAD}def build(environment):\n    return Pipeline('p')\n", "pipeline.py:4: error: the pipeline 'p' has no"),
        ("def build(environment):\n    raise ValueError\n", "pipeline.py:2: error: ValueError"),
        (
            f"{HEAD}def build(environment):\n    Pipeline('p').notebook('a', attempts=0)\n",
            "pipeline.py:5: error: task a: attempts=0",
        ),
        (f"{HEAD}Pipeline('p').notebook()\n", "pipeline.py:4: error: TypeError: "),
    ],
)
def test_broken_pipelines(write_project: Any, source: str, message: str) -> None:
    assert error_of(write_project, source).startswith(message)


def test_errors_in_imported_files_name_those(write_project: Any) -> None:
    source = "import steps\n\n\ndef build(environment):\n    steps.make()\n"
    message = error_of(write_project, source, {"src/steps.py": "import json\n\n\ndef make():\n    json.loads('{')\n"})
    assert message.startswith("src/steps.py:5: error: JSONDecodeError: ")
    assert error_of(write_project, source, {"src/steps.py": "a =\n"}).startswith("src/steps.py:1: error: SyntaxError")
