"""A task that was taken over: named so wherever a run is shown, and never taken for a measurement."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from reused_run import FIRST, ORIGIN, SECRET, write_reused_run

from pynb_dag_runner.cli.main import main
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.report.comparison import compare
from pynb_dag_runner.report.filter import compile_filter
from pynb_dag_runner.report.mermaid import dag
from pynb_dag_runner.report.run_facts import Baseline, facts_of
from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.runlog.records import State

TRAIN = "train[size=600]"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write_reused_run(tmp_path)


def shown(log: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main([*arguments, str(log)]) == 0
    return capsys.readouterr().out


def test_the_read_model_knows_where_it_ran(log: Path) -> None:
    run = read_run(log)
    assert run.warnings == []
    ingest, train = run.tasks["ingest"], run.tasks[TRAIN]
    assert (ingest.state, ingest.result, ingest.attempts) == (State.DONE, Result.SUCCESS, [])
    assert (ingest.reused_from, ingest.fingerprint, ingest.sources) == (FIRST, "ab" * 32, ["notebooks/ingest.py"])
    assert ingest.reused_span == (f"{ORIGIN.trace_id:032x}", f"{ORIGIN.span_id:016x}")
    assert (ingest.metrics, ingest.measured, ingest.duration_s) == ({"nr_images": 1797.0}, {}, None)
    assert ingest.values["range"] == [0, 16]
    assert (ingest.outputs, train.outputs) == ({"images.csv": 12}, {"model.onnx": 3722})
    assert (train.reused_from, train.reused_span, train.measured) == (None, None, {"loss": 0.25})
    assert run.files == {"notebooks/ingest.py": "cd" * 32}
    assert run.selection["run"] == FIRST


def test_that_what_is_taken_over_is_redacted_too(tmp_path: Path) -> None:
    log = write_reused_run(tmp_path, {"KEY": SECRET})
    assert SECRET not in log.read_text()
    assert read_run(log).tasks["ingest"].values["note"] == "about [redacted:KEY]"


def test_text(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(log, capsys, "show")
    assert "(1 reused, 1 success)" in text
    assert f", based on run {FIRST}" in text
    assert f"Reused from run {FIRST}\ningest\n" in text
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.startswith(("ingest ", "train["))}
    assert rows["ingest"] == ["ingest", "nr_images", "1797"]
    assert any(line.split() == ["ingest", "reused"] for line in text.splitlines())


def test_markdown_and_mermaid(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(log, capsys, "show", "--format", "markdown")
    assert f"Reused from run <code>{FIRST}</code>: 1 task, whose metrics are no new measurements." in text
    (row,) = [line for line in text.splitlines() if line.startswith("| <code>ingest")]
    assert [cell.strip() for cell in row.split("|")[1:5]] == ["<code>ingest</code>", "", "", "reused"]
    graph = dag(read_run(log))
    assert '["ingest · reused"]:::reused' in graph
    assert "classDef reused " in graph


def test_json_and_the_list_of_runs(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(shown(log, capsys, "show", "--format", "json"))
    ingest = document["tasks"][0]
    assert (ingest["result"], ingest["reused_from"], ingest["duration_s"]) == ("success", FIRST, None)
    assert ingest["fingerprint"] == "ab" * 32
    assert document["selection"]["run"] == FIRST
    assert document["task_counts"] == {"reused": 1, "success": 1}
    assert main(["runs", "--outputs", str(log.parents[1])]) == 0
    assert "2 of 2 (1 reused), dev" in capsys.readouterr().out


def test_report_and_expanded_files(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(log), "--to", str(tmp_path / "report.html")]) == 0
    page = (tmp_path / "report.html").read_text()
    assert 'class="badge reused"' in page
    assert FIRST in page
    assert "Metrics of that run" in page
    assert main(["expand", str(log), "--to", str(tmp_path / "expanded")]) == 0
    (task_json,) = [
        path for path in (tmp_path / "expanded").rglob("task.json") if '"reused_from": "2026' in path.read_text()
    ]
    assert json.loads(task_json.read_text())["reused_from"] == FIRST


def test_it_is_no_measurement(log: Path) -> None:
    facts = facts_of(read_run(log))
    assert facts.metrics == {(TRAIN, "loss"): 0.25}
    assert (facts.tasks["ingest"].status, facts.tasks["ingest"].duration_s) == ("reused", None)
    run = read_run(log)
    assert compile_filter("metric.loss<1", 0.0)(run)
    assert not compile_filter("metric.nr_images>1", 0.0)(run)


def test_a_comparison_misses_nothing_of_it(log: Path, tmp_path: Path) -> None:
    head = facts_of(read_run(log))
    whole = read_run(log)
    ingest = whole.tasks["ingest"]
    ingest.reused_from = None
    base = facts_of(whole)
    assert ("ingest", "nr_images") in base.metrics
    comparison = compare(head, Baseline("main", [base]))
    assert (comparison.results, comparison.metrics, comparison.new, comparison.gone) == ([], [], [], [])
    assert comparison.equal == [(TRAIN, "loss")]
    # And the other way round: a run of main that took it over has nothing to compare with.
    turned = compare(base, Baseline("main", [head]))
    assert (turned.results, turned.metrics, turned.new, turned.gone) == ([], [], [], [])
