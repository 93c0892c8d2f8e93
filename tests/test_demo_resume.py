"""The demo fails in the middle, is mended and resumed: only what is needed runs, and the results are those of a whole run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, TypeAlias

import pytest

pytestmark = pytest.mark.system

Run: TypeAlias = Callable[..., "CompletedProcess[str]"]
Generate: TypeAlias = Callable[..., Path]

MIDDLE = "train-model[nr_train_images=500]"
WITHOUT_FAILURES = ("--set", "failing_attempts=0")


def pdr_run(run: Run, project: Path, *arguments: str, exit_code: int = 0) -> tuple[str, dict[str, Any]]:
    """What a run printed, and its tasks by their ids."""
    printed = run("pdr", "run", *WITHOUT_FAILURES, *arguments, cwd=project, exit_code=exit_code).stdout
    document = json.loads(run("pdr", "show", "--format", "json", cwd=project).stdout)
    return printed, {**document, "tasks": {task["id"]: task for task in document["tasks"]}}


def results(project: Path, document: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Metrics of every task, and SHA-256 of every file that tasks have handed on."""
    lake = project / "pipeline-outputs" / "data-lake" / document["run_id"]
    files = {
        path.relative_to(lake).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in lake.rglob("*")
        if path.is_file()
    }
    return {task["id"]: task["metrics"] for task in document["tasks"].values()}, files


def test_a_resumed_demo_ends_as_a_whole_one(template: Path, generate: Generate, run: Run, tmp_path: Path) -> None:
    project = generate(template, tmp_path, project_name="demo")
    notebook = project / "notebooks" / "train-model.py"
    sound = notebook.read_text(encoding="utf-8")
    notebook.write_text(f"{sound}\n# %%\nassert nr_train_images != 500\n", encoding="utf-8")
    _, failed = pdr_run(run, project, exit_code=1)
    assert {task["result"] for task in failed["tasks"].values()} == {"success", "failure", "skip"}

    # The models of other sizes run again, too: their notebook is another one now.
    notebook.write_text(sound, encoding="utf-8")
    printed, resumed = pdr_run(run, project, "--resume", "latest")
    assert f"{MIDDLE}: failed before" in printed
    assert "train-model[nr_train_images=400]: notebooks/train-model.py changed" in printed
    assert "benchmark-model[nr_train_images=600]: needs train-model[nr_train_images=600]" in printed
    taken_over = {id for id, task in resumed["tasks"].items() if task["reused_from"] == failed["run_id"]}
    assert taken_over == {"ingest", "eda", "split-train-test[train_ratio=0.7]"}

    _, whole = pdr_run(run, project)
    assert not any(task["reused_from"] for task in whole["tasks"].values())
    assert results(project, resumed) == results(project, whole)
    assert set(results(project, whole)[0]) == set(resumed["tasks"])
    assert len(results(project, whole)[1]) >= 5

    nothing, newest = pdr_run(run, project, "--resume", resumed["run_id"])
    assert "Nothing to do: all 10 tasks succeeded" in nothing
    assert newest["run_id"] == whole["run_id"], "and no run was made"
