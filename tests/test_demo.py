"""The demo pipeline, run as a person runs it: what its run log and its expanded files hold, and its notebooks alone."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, TypeAlias

import numpy as np
import onnxruntime
import pytest
from report_page import CheckedPage
from sklearn.metrics import roc_auc_score
from strict_otlp import parse_file_strictly

pytestmark = pytest.mark.system

Run: TypeAlias = Callable[..., "CompletedProcess[str]"]
Generate: TypeAlias = Callable[..., Path]

NOTEBOOKS = ["ingest", "eda", "split-train-test", "train-model", "benchmark-model", "summary"]
SIZES = [400, 500, 600]
TASKS = {"ingest", "eda", "split-train-test-train_ratio=0.7", "summary"} | {
    f"{name}-nr_train_images={size}" for name in ("train-model", "benchmark-model") for size in SIZES
}


@pytest.fixture(scope="module")
def demo(template: Path, generate: Generate, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo project after one run with its simulated failures; `pdr` is that of our own environment."""
    project = generate(template, tmp_path_factory.mktemp("demo"), project_name="demo")
    printed = run("pdr", "run", cwd=project).stdout
    assert "benchmark-model[nr_train_images=600]" in printed
    assert "3 of 15" in printed, "the table says how many attempts there were"
    assert "pdr show" in printed, "and where to look next"
    run("pdr", "expand", "--to", project / "expanded", cwd=project)
    return project


@pytest.fixture(scope="module")
def tasks(demo: Path) -> Path:
    """The folder with a folder for each task."""
    (run_folder,) = (demo / "expanded").iterdir()
    return run_folder / "tasks"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_task_has_a_folder_with_its_notebook(tasks: Path) -> None:
    assert {folder.name for folder in tasks.iterdir()} == TASKS
    for folder in tasks.iterdir():
        assert read(folder / "task.json")["result"] == "success"
        for attempt in (folder / "attempts").iterdir():
            notebook = read(attempt / "notebook.ipynb")
            assert [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
            assert "<html" in (attempt / "notebook.html").read_text(encoding="utf-8")[:1000].lower()


def test_ingest_shows_a_failure_and_a_timeout_and_then_succeeds(tasks: Path) -> None:
    attempts = [read(tasks / "ingest" / "attempts" / str(number) / "attempt.json") for number in (1, 2, 3)]
    assert [attempt["result"] for attempt in attempts] == ["failure", "timeout", "success"]
    partial = read(tasks / "ingest" / "attempts" / "2" / "notebook.ipynb")
    executed = [cell for cell in partial["cells"] if cell.get("execution_count")]
    assert executed, "what was evaluated before the time limit is kept"
    assert len(executed) < len([cell for cell in partial["cells"] if cell["cell_type"] == "code"])


@pytest.mark.parametrize("size", SIZES)
def test_the_recorded_model_has_the_logged_metric(demo: Path, tasks: Path, size: int) -> None:
    model = tasks / f"train-model-nr_train_images={size}" / "attempts" / "1" / "artifacts" / "model.onnx"
    session = onnxruntime.InferenceSession(str(model))
    (lake,) = (demo / "pipeline-outputs" / "data-lake").iterdir()
    with np.load(lake / "split-train-test-train_ratio=0.7" / "test.npz") as test:
        images, labels = test["images"], test["labels"]
    (input_,) = session.get_inputs()
    pixels = images.reshape(len(images), -1).astype(np.float32) / 16  # ink goes from 0 to 16
    probabilities = session.run(None, {input_.name: pixels})[1]
    auc = np.mean([roc_auc_score(labels == digit, np.asarray(probabilities)[:, digit]) for digit in range(10)])
    logged = read(tasks / f"benchmark-model-nr_train_images={size}" / "task.json")["metrics"]["roc_auc"]
    assert logged == pytest.approx(auc, abs=1e-6)


def test_summary_saw_every_model(tasks: Path) -> None:
    metrics = read(tasks / "summary" / "task.json")["metrics"]
    best = max(
        read(tasks / f"benchmark-model-nr_train_images={size}" / "task.json")["metrics"]["roc_auc"] for size in SIZES
    )
    assert metrics["best_roc_auc"] == pytest.approx(best)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_works_alone_and_records_nothing(demo: Path, run: Run, name: str) -> None:
    before = {path.name: path.read_bytes() for path in (demo / "pipeline-outputs" / "runs").iterdir()}
    environment = {"PYTHONPATH": str(demo / "src")}
    run("jupytext", "--to", "ipynb", "--execute", f"notebooks/{name}.py", cwd=demo, **environment)
    outputs = (demo / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
    assert "nothing is recorded" in outputs
    assert {path.name: path.read_bytes() for path in (demo / "pipeline-outputs" / "runs").iterdir()} == before


def test_every_line_is_opentelemetrys(demo: Path) -> None:
    (run_log,) = (demo / "pipeline-outputs" / "runs").glob("*.otlp.jsonl")
    assert stat.S_IMODE(run_log.stat().st_mode) == 0o444
    assert len(list(parse_file_strictly(run_log))) == len(run_log.read_bytes().splitlines())


def test_a_copied_run_log_reads_the_same(demo: Path, run: Run, tmp_path: Path) -> None:
    (run_log,) = (demo / "pipeline-outputs" / "runs").glob("*.otlp.jsonl")
    copy = shutil.copy(run_log, tmp_path / run_log.name)
    shown = [run("pdr", "show", path, "--format", "json", cwd=demo).stdout for path in (run_log, copy)]
    assert shown[0].replace(str(run_log), "") == shown[1].replace(str(copy), "")


def test_its_report_is_one_small_page_without_a_script(demo: Path, run: Run) -> None:
    run("pdr", "report", "--to", demo / "report.html", cwd=demo)
    page = CheckedPage((demo / "report.html").read_text(encoding="utf-8"))
    assert (demo / "report.html").stat().st_size <= 2_000_000
    assert len(page.all("div", "notebook")) == len(TASKS)
    assert "Left out" not in page.text
