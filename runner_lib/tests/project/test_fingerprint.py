"""Fingerprints: what changes them, and what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pynb_dag_runner.project.fingerprint import affected, fingerprints
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
