"""What the driver knows of attempts while they run, and what it forgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pynb_dag_runner.conventions import Event, Result
from pynb_dag_runner.runlog.reader import find_run_logs, read_run
from pynb_dag_runner.runlog.records import State

HOUR_NS = 3600 * 10**9


def test_clock_of_a_node_says_nothing_about_how_long_an_attempt_runs(begin_run: Callable[..., Any]) -> None:
    run = begin_run()
    task = run.tasks["ingest"]
    recorder = run.recorder
    assert recorder.recorded(task, 1).running_s == 0.0
    log = run.attempt("ingest", 1)
    log.event(Event.ATTEMPT_STARTED, time_ns=recorder.now_ns() - HOUR_NS)
    recorder.collect()
    assert recorder.recorded(task, 1).start_ns is not None
    assert 0.0 <= recorder.recorded(task, 1).running_s < 600


def test_what_an_attempt_logged_is_kept_until_nobody_needs_it(begin_run: Callable[..., Any]) -> None:
    run = begin_run()
    task = run.tasks["ingest"]
    recorder = run.recorder
    log = run.attempt("ingest", 1)
    log.metric("accuracy", 0.5)
    log.value("table", [1, 2])
    run.end_attempt(log, "ingest", 1, Result.SUCCESS)
    recorded = recorder.recorded(task, 1)
    assert (recorded.metrics, recorded.values) == ({"accuracy": 0.5}, {"table": [1, 2]})
    recorder.forget(task, 1)
    assert recorder.recorded(task, 1).values == {}


def test_records_in_the_folder_of_an_attempt_are_found_while_it_runs(begin_run: Callable[..., Any]) -> None:
    run = begin_run()
    task = run.tasks["ingest"]
    recorder = run.recorder
    log = run.attempt("ingest", 1)
    recorder.collect()
    folder = recorder.folder(task, 1)
    folder.mkdir(parents=True)
    log.metric("accuracy", 0.25)
    (worker_file,) = recorder.spool_dir.glob("*.jsonl")
    lines = worker_file.read_bytes().splitlines(keepends=True)
    (folder / "kernel.jsonl").write_bytes(lines[-1].replace(b'"doubleValue":0.25', b'"doubleValue":0.75'))
    recorder.collect()
    assert recorder.recorded(task, 1).metrics == {"accuracy": 0.75}


def test_run_log_appears_with_its_first_line(begin_run: Callable[..., Any]) -> None:
    """A reader that looks while a run begins must find no log, or one that tells the whole DAG."""
    recorder = begin_run().recorder
    outputs = recorder.path.parent.parent
    assert find_run_logs(outputs) == []
    recorder.run_started()
    (path,) = find_run_logs(outputs)
    read = read_run(path)
    assert (read.state, len(read.tasks)) == (State.RUNNING, 4)
