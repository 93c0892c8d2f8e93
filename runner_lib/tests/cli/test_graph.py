from __future__ import annotations

import json
from pathlib import Path

import pytest

from pynb_dag_runner.cli.main import main

PIPELINE = """
from pynb_dag_runner import Pipeline


def build(environment: str = "dev") -> Pipeline:
    pipeline = Pipeline("digits")
    ingest = pipeline.notebook("ingest")
    for size in {"dev": [400], "ci": [600, 800]}[environment]:
        pipeline.notebook("train-model", needs=[ingest], parameters={"size": size})
    return pipeline
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a pipeline, which is the current one."""
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_mermaid(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("flowchart TB\n")
    assert "train-model#91;size=400#93;" in text
    assert {path.name for path in project.iterdir()} <= {"pipeline.py", "__pycache__"}


def test_json_of_another_environment(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "--environment", "ci", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [task["id"] for task in document["tasks"]] == ["ingest", "train-model[size=600]", "train-model[size=800]"]


def test_that_a_broken_pipeline_is_exit_code_2(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pipeline.py").write_text("def build(:\n")
    assert main(["graph"]) == 2
    assert "pipeline.py:1" in capsys.readouterr().err
