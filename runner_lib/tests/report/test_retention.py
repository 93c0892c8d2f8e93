from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pynb_dag_runner.report.expand import expand
from pynb_dag_runner.report.retention import plan, remove
from pynb_dag_runner.runlog.reader import read_run

RecordRun = Callable[..., Path]


def names(outputs: Path) -> set[str]:
    return {str(path.relative_to(outputs)) for path in outputs.rglob("*")}


def test_that_everything_of_an_old_run_goes_and_nothing_else(tmp_path: Path, record_run: RecordRun) -> None:
    old, new = record_run(tmp_path, "20260101-old"), record_run(tmp_path, "20260102-new")
    for run_log in (old, new):
        expand(read_run(run_log), tmp_path / "expanded")
        lake = tmp_path / "data-lake" / read_run(run_log).run_id / "ingest"
        lake.mkdir(parents=True)
        (lake / "digits.npz").write_bytes(b"x")
        (lake / "digits.npz").chmod(0o444)
        lake.chmod(0o555)
    (tmp_path / "runs" / "20260101-old.spool").mkdir()
    (tmp_path / "runs" / "notes.txt").write_text("mine")
    planned = plan(tmp_path, keep=1)
    assert [removal.run_id for removal in planned.removals] == ["20260101-old"]
    assert planned.removals[0].size_bytes > old.stat().st_size
    remove(planned.removals[0])
    left = names(tmp_path)
    assert not [name for name in left if "20260101-old" in name]
    assert {"runs/20260102-new.otlp.jsonl", "runs/notes.txt", "data-lake/20260102-new/ingest/digits.npz"} <= left
    assert "expanded/20260102-new/run.json" in left


def test_that_a_live_run_stays_and_does_not_count(
    tmp_path: Path, record_run: RecordRun, start_recording: Callable[..., Any]
) -> None:
    live = start_recording(tmp_path, "20260101-live", {"t": []})
    record_run(tmp_path, "20260102-done")
    planned = plan(tmp_path, keep=0)
    assert [removal.run_id for removal in planned.removals] == ["20260102-done"]
    assert planned.kept == {"20260101-live": "still running"}
    live.close()
    assert [removal.run_id for removal in plan(tmp_path, keep=1).removals] == ["20260101-live"]


def test_that_what_is_no_run_log_stays(tmp_path: Path, record_run: RecordRun) -> None:
    record_run(tmp_path, "20260102-done")
    runs = tmp_path / "runs"
    (runs / "20260101-foreign.otlp.jsonl").write_text("{}\n")
    (runs / "...otlp.jsonl").write_text("{}\n")
    (runs / "20260101-copy.otlp.jsonl").write_bytes((runs / "20260102-done.otlp.jsonl").read_bytes())
    planned = plan(tmp_path, keep=0)
    assert [removal.run_id for removal in planned.removals] == ["20260102-done"]
    assert set(planned.kept) == {"20260101-foreign", "..", "20260101-copy"}


def test_that_links_are_removed_and_not_followed(tmp_path: Path, record_run: RecordRun) -> None:
    record_run(tmp_path, "20260102-done")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("x")
    (tmp_path / "data-lake").mkdir()
    (tmp_path / "data-lake" / "20260102-done").symlink_to(tmp_path / "mine")
    (tmp_path / "expanded").mkdir()
    (tmp_path / "expanded" / "20260102-done").mkdir()
    for removal in plan(tmp_path, keep=0).removals:
        remove(removal)
    assert (tmp_path / "mine" / "file").read_text() == "x"
    assert not (tmp_path / "data-lake" / "20260102-done").is_symlink()
    assert (tmp_path / "expanded" / "20260102-done").is_dir(), "a folder that pdr expand did not make stays"
