"""A run log is read as far as it goes, wherever it was cut off; what is no run log is said in one sentence."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from recorded_run import RUN_ID, WholeRun
from strict_otlp import parse_file_strictly

from pynb_dag_runner.conventions import RUN_LOG_SUFFIX, ArtifactKind, Result
from pynb_dag_runner.errors import RunLogError, UsageError
from pynb_dag_runner.runlog.reader import (
    artifact_content,
    find_run_logs,
    is_live,
    read_run,
    resolve_run_log,
    run_id_of,
)
from pynb_dag_runner.runlog.records import Artifact, State

WriteWholeRun = Callable[..., Path]
BeginRun = Callable[..., WholeRun]


def copy_of(path: Path, content: bytes, name: str = f"copy{RUN_LOG_SUFFIX}") -> Path:
    """A file beside ``path``."""
    copy = path.with_name(name)
    copy.write_bytes(content)
    return copy


def test_that_a_finished_run_log_is_immutable_and_alone(write_whole_run: WriteWholeRun) -> None:
    path = write_whole_run()
    assert path.name == f"{RUN_ID}.otlp.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert len(parse_file_strictly(path)) > 20


def test_that_a_log_is_readable_wherever_it_was_cut_off(begin_run: BeginRun) -> None:
    run = begin_run()
    run.recorder.run_started()
    run.recorder.task_started(run.tasks["ingest"])
    log = run.attempt("ingest", 1)
    log.artifact("model.bin", b"x")
    run.end_attempt(log, "ingest", 1, Result.SUCCESS)
    run.recorder.task_ended(run.tasks["ingest"], Result.SUCCESS, 1, None, None)
    run.recorder.run_ended(Result.SUCCESS)
    content = run.recorder.path.read_bytes()
    first_line = content.index(b"\n")
    copy = copy_of(run.recorder.path, content)
    for end in range(len(content), -1, -1):
        os.truncate(copy, end)
        if end < first_line:
            with pytest.raises(RunLogError, match="is no run log"):
                read_run(copy)
            continue
        read = read_run(copy)
        is_whole, is_torn = end >= len(content) - 1, content[end - 1 : end + 1].count(b"\n") == 0
        assert (read.run_id, len(read.tasks)) == (RUN_ID, 4)
        assert read.state is (State.DONE if is_whole else State.INTERRUPTED)
        assert len(read.warnings) == (not is_whole) + is_torn
        assert any("is torn" in warning for warning in read.warnings) is is_torn


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it has no complete line"),
        (b"\n\n", "it has no complete line"),
        (b'{"resourceLogs":[', "it has no complete line"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff", "a line is no OTLP JSON"),
        (b'{\n "cells": []\n}', "a line is no OTLP JSON"),
        (b'{"cells": [], "nbformat": 4}\n', "a line is JSON, but no OTLP record"),
        (b'{"resourceSpans":[]}\n', "of no pipeline run"),
        (b'{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[]}]}\n', "of no pipeline run"),
    ],
)
def test_that_another_file_is_named_as_no_run_log(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(RunLogError, match=message) as raised:
        read_run(path)
    assert str(raised.value).startswith(str(path))


def test_that_a_missing_file_or_a_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunLogError, match="cannot be read: No such file"):
        read_run(tmp_path / "missing")
    with pytest.raises(RunLogError, match="cannot be read: Is a directory"):
        read_run(tmp_path)


def test_that_a_run_is_found_that_ended_since_its_log_was_looked_up(write_whole_run: WriteWholeRun) -> None:
    path = write_whole_run()
    looked_up = path.with_name(f"{path.name}.part")
    found = read_run(looked_up)
    assert (found.state, found.path) == (State.DONE, path)


def test_that_a_newer_version_says_what_to_do(write_whole_run: WriteWholeRun) -> None:
    path = write_whole_run()
    version = b'"pdr.runlog.version","value":{"intValue":"1"}'
    content = path.read_bytes()
    assert content.count(version) == content.count(b"\n")
    newer = copy_of(path, content.replace(version, version.replace(b'"1"', b'"2"')))
    with pytest.raises(RunLogError, match=r":1: run log version 2 is newer than version 1 .*: update pdr"):
        read_run(newer)


def test_that_lines_of_others_are_left_out_with_a_warning(write_whole_run: WriteWholeRun) -> None:
    path = write_whole_run()
    lines = path.read_bytes().splitlines(keepends=True)
    other_run = lines[3].replace(RUN_ID.encode(), b"other")
    no_run = lines[3].replace(b"cicd.pipeline.run.id", b"some.other.id")
    strange = [other_run, no_run, b"\x00\xff\n", b"{}\n", b"\n", b'{"resourceMetrics":[]}\n']
    run = read_run(copy_of(path, b"".join([lines[0], *strange, *lines[1:]])))
    assert (run.state, run.result) == (State.DONE, Result.FAILURE)
    assert [warning.split(":")[0] for warning in run.warnings] == [f"line {n} was left out" for n in (2, 3, 4, 5, 7)]
    assert "belongs to another run, other" in run.warnings[0]


def test_that_a_last_line_without_newline_counts(write_whole_run: WriteWholeRun) -> None:
    path = write_whole_run()
    run = read_run(copy_of(path, path.read_bytes().rstrip(b"\n")))
    assert (run.state, run.warnings) == (State.DONE, [])


def test_that_lines_of_metrics_and_unknown_records_are_ignored(write_whole_run: WriteWholeRun) -> None:
    path = write_whole_run()
    lines = path.read_bytes().splitlines(keepends=True)
    future = lines[1].replace(b"pdr.task.started", b"pdr.task.future")
    resource = json.dumps(json.loads(lines[0])["resourceLogs"][0]["resource"]).encode()
    metrics = b'{"resourceMetrics":[{"resource":' + resource + b"}]}\n"
    run = read_run(copy_of(path, b"".join([lines[0], future, metrics, *lines[1:]])))
    assert (run.state, run.warnings) == (State.DONE, [])


def test_that_a_run_is_live_while_its_driver_holds_the_lock(begin_run: BeginRun) -> None:
    run = begin_run()
    run.recorder.run_started()
    partial = run.recorder.path.with_name(f"{run.recorder.path.name}.part")
    assert is_live(partial)
    live = read_run(partial)
    assert (live.state, live.tasks["ingest"].state, live.warnings) == (State.RUNNING, State.WAITING, [])
    run.recorder.task_started(run.tasks["ingest"])
    run.attempt("ingest", 1)
    run.recorder.collect()
    live = read_run(partial)
    assert (live.tasks["ingest"].state, live.tasks["ingest"].attempts[0].state) == (State.RUNNING, State.RUNNING)
    assert run.started == [("ingest", 1)]
    run.recorder.run_ended(Result.CANCELLATION)
    assert not is_live(run.recorder.path)
    assert read_run(run.recorder.path).result is Result.CANCELLATION


def test_that_a_lock_of_another_process_counts_until_it_is_killed(write_whole_run: WriteWholeRun) -> None:
    path = write_whole_run()
    lines = path.read_bytes().splitlines(keepends=True)
    partial = copy_of(path, b"".join(lines[:5]), f"other{RUN_LOG_SUFFIX}.part")
    script = (
        "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(partial)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as driver:
        assert driver.stdout is not None
        driver.stdout.readline()
        assert (is_live(partial), read_run(partial).state) == (True, State.RUNNING)
        driver.kill()
        driver.wait()
    run = read_run(partial)
    assert (is_live(partial), run.state) == (False, State.INTERRUPTED)
    assert run.warnings == ["the run log has no end: the run was interrupted, or the file was cut off"]
    assert not is_live(path.with_name("missing.part"))


def test_that_lines_of_user_code_in_the_spool_folder_stop_nobody(begin_run: BeginRun) -> None:
    run = begin_run()
    run.recorder.run_started()
    run.attempt("ingest", 1).metric("loss", 0.5)
    start = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{'
    foreign = [
        '"eventName":"pdr.metric"',
        start + '"eventName":"pdr.metric"}]}]}]}',
        start + '"attributes":[{"key":"cicd.pipeline.task.run.id","value":{"stringValue":"x"}},'
        '{"key":"pdr.attempt.number","value":{"intValue":"1"}}],"eventName":"pdr.attempt.started"}]}]}]}',
    ]
    (run.recorder.spool_dir / "foreign.jsonl").write_text("\n".join(foreign) + "\n")
    run.recorder.run_ended(Result.SUCCESS)
    read = read_run(run.recorder.path)
    assert (read.state, read.tasks["ingest"].metrics, run.started) == (State.DONE, {"loss": 0.5}, [("ingest", 1)])
    assert len(read.warnings) == 3


def artifact(path: Path, kind: ArtifactKind = ArtifactKind.ARTIFACT) -> Artifact:
    """The first artifact of a kind of the first attempt."""
    return next(found for found in read_run(path).tasks["ingest"].attempts[0].artifacts if found.kind is kind)


def test_that_content_of_artifacts_is_streamed(write_whole_run: WriteWholeRun) -> None:
    path = write_whole_run()
    assert b"".join(artifact_content(path, artifact(path))) == b"\x00\xfftext\x00"
    assert b"".join(artifact_content(path, artifact(path, ArtifactKind.TEXT))) == b"# text\n"


def test_that_large_artifacts_come_chunk_by_chunk(begin_run: BeginRun) -> None:
    run = begin_run()
    run.recorder.run_started()
    log = run.attempt("ingest", 1)
    content = os.urandom(20 * 1024 * 1024)
    log.artifact("large.bin", content)
    run.recorder.run_ended(Result.SUCCESS)
    chunks = list(artifact_content(run.recorder.path, artifact(run.recorder.path)))
    assert ([len(chunk) >> 20 for chunk in chunks], b"".join(chunks) == content) == ([8, 8, 4], True)


def test_that_damaged_artifacts_are_refused(write_whole_run: WriteWholeRun) -> None:
    path = write_whole_run()
    content = path.read_bytes()
    body = b'"bytesValue":"AP90ZXh0AA=="'
    assert content.count(body) == 1
    changed = copy_of(path, content.replace(body, b'"bytesValue":"AP90ZXh0AQ=="'))
    with pytest.raises(RunLogError, match=r"'model\.onnx' is damaged: size or SHA-256 do"):
        list(artifact_content(changed, artifact(changed)))
    found = artifact(path)
    with pytest.raises(RunLogError, match="cannot be read: No such file"):
        list(artifact_content(path.with_name("missing"), found))
    shorter = copy_of(path, content[: found.chunks[0].offset + 10])
    with pytest.raises(RunLogError, match="a line is no OTLP JSON"):
        list(artifact_content(shorter, found))
    not_base64 = copy_of(path, content.replace(body, b'"bytesValue":"AP90ZXh0AA!"'))
    with pytest.raises(RunLogError, match="is no OTLP value"):
        list(artifact_content(not_base64, artifact(not_base64)))
    found.chunks.clear()
    with pytest.raises(RunLogError, match="is incomplete: its process ended while it wrote"):
        list(artifact_content(path, found))


def test_that_run_logs_are_found_newest_first(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    names = ["20260101T000000Z-aa.otlp.jsonl", "20260103T000000Z-bb.otlp.jsonl.part", "20260102T000000Z-ac.otlp.jsonl"]
    for name in [*names, "notes.txt"]:
        (runs / name).touch()
    assert [run_id_of(path)[6:8] for path in find_run_logs(tmp_path)] == ["03", "02", "01"]
    assert resolve_run_log(None, tmp_path).name == names[1]
    assert resolve_run_log("20260102T000000Z-ac", tmp_path).name == names[2]
    assert resolve_run_log("20260101", tmp_path).name == names[0]
    assert resolve_run_log(str(runs / names[0]), tmp_path) == runs / names[0]
    with pytest.raises(UsageError, match="fits several runs: 20260103T000000Z-bb, 20260102"):
        resolve_run_log("2026", tmp_path)
    with pytest.raises(UsageError, match="there is no run log 2025: give a file, or the id of a run in "):
        resolve_run_log("2025", tmp_path)
    with pytest.raises(UsageError, match="start a run with `pdr run`"):
        resolve_run_log(None, tmp_path / "empty")
