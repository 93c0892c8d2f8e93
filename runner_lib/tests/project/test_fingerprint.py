"""Fingerprints: what changes them, and what does not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pynb_dag_runner.project.fingerprint import INCOMPLETE, affected, fingerprints, sources
from pynb_dag_runner.project.load import load_pipeline

Write = Callable[..., Path]

PIPELINE = """
from pynb_dag_runner import Pipeline

from mine.reports import report

SIZE = 3
UNUSED = 1

def half(value, divisor=2):
    return value / divisor * SIZE

def other():
    return UNUSED

def build(environment="dev"):
    pipeline = Pipeline("p")
    ingest = pipeline.notebook("ingest")
    train = pipeline.notebook("train", needs=[ingest], parameters={"size": 5}, secrets=["API_KEY"])
    value = pipeline.function(half, parameters={"value": 1})
    pipeline.function(other)
    pipeline.function(report, needs=[value], name="report")
    pipeline.command(["python", "tools/convert.py", "--config=conf.yaml"], name="convert", needs=[train])
    return pipeline
"""
FILES = {
    "notebooks/ingest.py": "# %% [markdown]\n# # Ingest\n\n# %%\nx = 1  # one\n",
    "notebooks/train.py": '# %% tags=["parameters"]\nsize = 1\n# %%\nfrom mine import models\n',
    "src/mine/__init__.py": "",
    "src/mine/models.py": "from .layers import Layer\n",
    "src/mine/layers.py": "class Layer: ...\n",
    "src/mine/reports.py": "import mine.texts\n\ndef report(value): ...\n",
    "src/mine/texts.py": "HELLO = 'hello'\n",
    "tools/convert.py": "import shared\n",
    "shared.py": "A = 1\n",
    "conf.yaml": "a: 1\n",
}
ALL = {"ingest", "train[size=5]", "half[value=1]", "other", "report", "convert"}


@pytest.fixture
def project(write_project: Write) -> Iterator[Path]:
    return write_project(PIPELINE, FILES)


def now(project: Path) -> dict[str, str]:
    return fingerprints(load_pipeline(project, "dev"), project)


def changed(project: Path, name: str, old: str, new: str) -> set[str]:
    """Tasks whose fingerprint changes when one text in a file is replaced."""
    before = now(project)
    text = (project / name).read_text()
    assert old in text
    (project / name).write_text(text.replace(old, new))
    return affected(before, now(project))


def test_every_task_has_a_fingerprint_of_its_own_that_stays(project: Path) -> None:
    first = now(project)
    assert set(first) == ALL
    assert len(set(first.values())) == len(ALL)
    assert all(len(fingerprint) == 64 for fingerprint in first.values())
    (project / "notebooks/ingest.py").touch()
    assert now(project) == first


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("notebooks/ingest.py", "x = 1", "x = 2", {"ingest", "train[size=5]", "convert"}),
        ("notebooks/ingest.py", "# one", "# two", {"ingest", "train[size=5]", "convert"}),
        ("notebooks/ingest.py", "# # Ingest", "# # Reads data", set()),
        ("notebooks/ingest.py", "# %% [markdown]", "# ---\n# jupyter: new\n# ---\n# %% [markdown]", set()),
        ("notebooks/train.py", '"parameters"', '"other"', {"train[size=5]", "convert"}),
        ("src/mine/models.py", "Layer\n", "Layer as L\n", {"train[size=5]", "convert"}),
        ("src/mine/layers.py", "...", "a = 1", {"train[size=5]", "convert"}),
        ("src/mine/reports.py", "...", "return 1", {"report"}),
        ("src/mine/texts.py", "hello", "bye", {"report"}),
        ("tools/convert.py", "shared", "shared as s", {"convert"}),
        ("shared.py", "A = 1", "A = 2", {"convert"}),
        ("conf.yaml", "1", "2", {"convert"}),
        ("pipeline.py", '"size": 5', '"size": 5, "rate": 1.0', {"train[size=5,rate=1.0]", "convert"}),
        ("pipeline.py", '"API_KEY"', '"OTHER_KEY"', {"train[size=5]", "convert"}),
        ("pipeline.py", 'secrets=["API_KEY"]', 'secrets=["API_KEY"], attempts=5, timeout_s=9, num_cpus=0.5', set()),
        ("pipeline.py", "SIZE = 3", "SIZE = 4", {"half[value=1]", "report"}),
        ("pipeline.py", "divisor=2", "divisor=3", {"half[value=1]", "report"}),
        ("pipeline.py", "UNUSED = 1", "UNUSED = 2", {"other"}),
        ("pipeline.py", "SIZE = 3", "# A comment\nSIZE = 3", set()),
        (
            "pipeline.py",
            "UNUSED = 1",
            "UNUSED = 1\nimport os\nos.environ['A'] = 'a'",
            {"half[value=1]", "other", "report"},
        ),
        ("pipeline.py", "UNUSED = 1", "UNUSED = 1\nprint(SIZE)", {"half[value=1]", "other", "report"}),
        ("pipeline.py", "needs=[train])", "needs=[ingest])", {"convert"}),
    ],
)
def test_what_a_change_affects(project: Path, name: str, old: str, new: str, expected: set[str]) -> None:
    assert changed(project, name, old, new) == expected


_PRINT = """
import json, sys
from pathlib import Path
from pynb_dag_runner.project.fingerprint import fingerprints
from pynb_dag_runner.project.load import load_pipeline
print(json.dumps(fingerprints(load_pipeline(Path.cwd(), "dev"), Path.cwd())))
"""


def test_another_folder_process_and_hash_seed_tell_the_same(project: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(project, tmp_path / "elsewhere")
    for path in copy.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    printed = subprocess.run(
        [sys.executable, "-c", _PRINT],
        cwd=copy,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(printed.stdout) == now(project)


def test_which_files_matter_to_which_tasks(project: Path) -> None:
    found = sources(load_pipeline(project, "dev"), project)
    named = {path.relative_to(project).as_posix(): tasks for path, tasks in found.items()}
    assert set(named) == {*FILES, "pipeline.py"}
    assert named["src/mine/layers.py"] == {"train[size=5]"}
    assert named["notebooks/ingest.py"] == {"ingest"}
    assert named["shared.py"] == {"convert"}
    assert named["pipeline.py"] == named["src/mine/reports.py"] == ALL


HEAD = """
import functools, threading
from pynb_dag_runner import Pipeline

def plain(*values, **named): ...

class Named:
    def __init__(self, value):
        self.value = value
    def __call__(self): ...
    def method(self): ...

"""


def made(project: Path, *lines: str, environment: str = "dev") -> dict[str, str]:
    """Fingerprints of a pipeline whose ``build`` has these lines."""
    body = f"def build(environment):\n    p = Pipeline('p')\n{''.join(f'    {line}' + chr(10) for line in lines)}    return p\n"
    (project / "pipeline.py").write_text(HEAD + body)
    return fingerprints(load_pipeline(project, environment), project)


@pytest.mark.parametrize(
    "line",
    [
        "p.function(lambda: environment, id='t')",
        "p.function(functools.partial(plain, environment), id='t')",
        "p.function(functools.partial(plain, values={'a': [environment]}), id='t')",
        "p.function(lambda value=environment: value, id='t')",
        "inner = lambda: environment; p.function(lambda: inner(), id='t')",
        "p.function(Named(environment), id='t')",
        "p.function(Named(environment).method, id='t')",
        "p.function(functools.lru_cache(lambda: environment), id='t')",
    ],
)
def test_values_that_a_function_carries_count(project: Path, line: str) -> None:
    """The environment decides them: they are neither in the source nor in the parameters."""
    prints = [made(project, line, environment=value)["t"] for value in ("dev", "ci", "dev")]
    assert prints[0] == prints[2] != prints[1]
    assert not any(fingerprint.startswith(INCOMPLETE) for fingerprint in prints)


def test_what_cannot_be_compared_and_all_that_needs_it_says_so(project: Path) -> None:
    found = made(
        project,
        "lock = threading.Lock()",
        "a = p.function(lambda: lock, id='a')",
        "p.function(plain, needs=[a], id='b')",
        "p.function(plain, id='c')",
    )
    assert {task_id: fingerprint.startswith(INCOMPLETE) for task_id, fingerprint in found.items()} == {
        "a": True,
        "b": True,
        "c": False,
    }


def test_a_function_that_looks_up_names_counts_as_its_whole_file(project: Path) -> None:
    changed_elsewhere = []
    for body in ("return SIZE", "return globals()['SIZE']"):
        prints = []
        for other in (1, 2):
            (project / "pipeline.py").write_text(
                f"from pynb_dag_runner import Pipeline\nSIZE = 1\nOTHER = {other}\ndef f():\n    {body}\n"
                "def build(environment):\n    p = Pipeline('p')\n    p.function(f)\n    return p\n"
            )
            prints.append(fingerprints(load_pipeline(project, "dev"), project)["f"])
        changed_elsewhere.append(prints[0] != prints[1])
    assert changed_elsewhere == [False, True]


def test_notebooks_of_jupyter_count_by_their_code(project: Path) -> None:
    def notebook(code: str, text: str, output: str, tags: list[str]) -> str:
        cells = [
            {"cell_type": "markdown", "metadata": {}, "source": [text]},
            {"cell_type": "code", "metadata": {"tags": tags}, "source": [code], "outputs": [output]},
        ]
        return json.dumps({"cells": cells, "metadata": {"kernel": output}, "nbformat": 4, "nbformat_minor": 5})

    found = []
    for facts in (
        ("a", "t", "o", []),
        ("a", "other", "other", []),
        ("b", "t", "o", []),
        ("a", "t", "o", ["parameters"]),
    ):
        (project / "notebooks/j.ipynb").write_text(notebook(*facts))
        found.append(made(project, "p.notebook('notebooks/j.ipynb')")["j"])
    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_commands_count_with_what_they_name(project: Path) -> None:
    def of(*arguments: str, size: int = 1) -> str:
        quoted = ", ".join(repr(argument) for argument in arguments)
        return made(project, f"p.command([{quoted}], id='c', parameters={{'name': 'conf', 'size': {size}}})")["c"]

    def is_changed_by(name: str, *arguments: str) -> bool:
        before, text = of(*arguments), (project / name).read_text()
        (project / name).write_text(f"{text}# again\n")
        return of(*arguments) != before

    assert is_changed_by("conf.yaml", "cat", "{name}.yaml")
    assert is_changed_by("src/mine/layers.py", "python", "-m", "mine.models")
    assert is_changed_by("src/mine/texts.py", "python", "-c", "import mine.reports")
    assert is_changed_by("tools/convert.py", "sh", "-c", "python 'tools/convert.py' | head")
    assert not is_changed_by("src/mine/texts.py", "cat", "conf.yaml")
    assert of("true", size=1) != of("true", size=2)
    assert of(sys.executable, "a.py") == of("python", "a.py")
    assert of("cat", str(project / "conf.yaml")) == of("cat", "./conf.yaml")


def test_a_project_that_is_broken_has_fingerprints_all_the_same(project: Path) -> None:
    (project / "notebooks/ingest.py").unlink()
    (project / "notebooks/train.py").write_text("# %%\nthis is no Python\n# %%\nfrom mine import models\n")
    (project / "src/mine/layers.py").write_bytes(b"\xff\x00 no text")
    first = now(project)
    (project / "src/mine/layers.py").write_bytes(b"\xfe\x00 no text")
    assert affected(first, now(project)) == {"train[size=5]", "convert"}


def test_that_modules_that_import_each_other_and_packages_around_count(project: Path) -> None:
    (project / "src/mine/layers.py").write_text("from . import models\nfrom ..mine.models import Layer\n")
    assert changed(project, "src/mine/models.py", ".layers", "mine.layers") == {"train[size=5]", "convert"}
    (project / "src/mine/__init__.py").write_text("X = 1\n")
    assert changed(project, "src/mine/__init__.py", "1", "2") == {"train[size=5]", "report", "convert"}


def test_that_nothing_that_a_function_carries_ends_a_run(project: Path) -> None:
    found = made(
        project,
        "class Odd(dict):",
        "    def items(self): raise RuntimeError('no')",
        "odd = Odd(); p.function(lambda: odd, id='odd')",
        "deep = []; [deep := [deep] for _ in range(100_000)]; p.function(lambda: deep, id='deep')",
        "round = []; round.append(round); p.function(lambda: round, id='round')",
        f"p.command(['python', '-c', {'(' * 3000!r}], id='command')",
    )
    assert {task_id: fingerprint.startswith(INCOMPLETE) for task_id, fingerprint in found.items()} == {
        "odd": True,
        "deep": True,
        "round": False,
        "command": False,
    }
