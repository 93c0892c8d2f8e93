from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from site_reading import files

from pynb_dag_runner.errors import EngineError
from pynb_dag_runner.site import workers
from pynb_dag_runner.site.build import build_site
from pynb_dag_runner.site.logs import FoundLog
from pynb_dag_runner.site.run_files import Failure, RunSummary


def found(path: Path) -> FoundLog:
    return FoundLog(path, path.name, "fingerprint", path.stat().st_size)


@pytest.mark.slow
def test_several_processes_make_what_one_makes(many_runs: Path, tmp_path: Path, bundle: Path) -> None:
    (many_runs / "bad.otlp.jsonl").write_text("no run log")
    for processes in (1, 3):
        report = build_site(many_runs, tmp_path / f"site-{processes}", bundle=bundle, processes=processes)
        assert (report.total, len(report.unreadable)) == (7, 1)
    assert files(tmp_path / "site-1") == files(tmp_path / "site-3")


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets processes have what a test has patched."""
    context = multiprocessing.get_context("fork")
    monkeypatch.setattr(workers.multiprocessing, "get_context", lambda _: context)


@pytest.mark.usefixtures("forked")
def test_a_run_log_that_no_process_survives_is_left_out(
    many_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = workers.write_run

    def deadly(path: Path, run_id: str, *more: Any) -> RunSummary:
        if run_id == "run-3":
            os.kill(os.getpid(), signal.SIGKILL)
        return real(path, run_id, *more)

    monkeypatch.setattr(workers, "write_run", deadly)
    logs = {f"run-{number}": found(many_runs / f"run-{number}.otlp.jsonl") for number in range(7)}
    results = dict(workers.write_runs(logs, tmp_path / "site", processes=2))
    assert set(results) == set(logs)
    failures = {run_id: result for run_id, result in results.items() if isinstance(result, Failure)}
    assert set(failures) == {"run-3"}
    assert "killed" in failures["run-3"].reason
    assert not failures["run-3"].is_lasting


@pytest.mark.usefixtures("forked")
def test_a_full_disk_ends_the_build(many_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> RunSummary:
        raise EngineError("a.js: cannot be written: No space left on device")

    monkeypatch.setattr(workers, "write_run", full)
    logs = {f"run-{number}": found(many_runs / f"run-{number}.otlp.jsonl") for number in range(7)}
    for processes in (1, 2):
        with pytest.raises(EngineError, match="No space left"):
            list(workers.write_runs(logs, tmp_path / "site", processes))


@pytest.mark.parametrize("kind", [RecursionError, ValueError, KeyError, OverflowError])
def test_what_nobody_thought_of_is_a_reason(
    tmp_path: Path, copy_run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    def surprised(*_: object) -> Any:
        raise kind("surprise")

    monkeypatch.setattr(workers, "write_run", surprised)
    ((run_id, result),) = workers.write_runs({"a": found(copy_run(tmp_path, "a"))}, tmp_path / "site")
    assert isinstance(result, Failure)
    assert (run_id, result.is_lasting) == ("a", True)
    assert "surprise" in result.reason
