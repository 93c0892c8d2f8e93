from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from recording import RunLogRecording

from pynb_dag_runner.cli.main import main
from pynb_dag_runner.conventions import ResourceAttribute, Result
from pynb_dag_runner.site.build import build_site

RecordRun = Callable[..., Path]
StartRecording = Callable[..., Any]


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """``serve(folder)`` gives the address of a server for it."""
    servers: list[ThreadingHTTPServer] = []

    def start(folder: Path) -> str:
        handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_address[1]}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_that_the_newest_run_is_shown(
    tmp_path: Path, record_run: RecordRun, capsys: pytest.CaptureFixture[str]
) -> None:
    record_run(tmp_path, "20260101-old")
    record_run(tmp_path, "20260102-new")
    assert main(["show", "--outputs", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "run 20260102-new" in text
    assert "notebooks/train.py:12: KeyError: 'pixels'" in text
    assert "\x1b" not in text
    assert main(["show", "20260101", "--outputs", str(tmp_path)]) == 0
    assert "run 20260101-old" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("format", "start"),
    [("markdown", "### "), ("json", "{"), ("mermaid-dag", "flowchart TB\n"), ("mermaid-gantt", "gantt\n")],
)
def test_formats(
    format: str, start: str, tmp_path: Path, record_run: RecordRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", str(record_run(tmp_path)), "--format", format]) == 0
    assert capsys.readouterr().out.startswith(start)


def test_that_a_live_run_says_what_waits_runs_and_is_done(
    tmp_path: Path, start_recording: StartRecording, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = start_recording(tmp_path, "live", {"a": [], "b": ["a"], "c": ["b"]})
    recording.attempt("a")
    recording.end_attempt("a", 1, Result.SUCCESS)
    recording.end_task("a", Result.SUCCESS)
    recording.attempt("b")
    assert main(["show", "--outputs", str(tmp_path), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["state"] == "running"
    assert [task["state"] for task in document["tasks"]] == ["done", "running", "waiting"]
    assert main(["show", "--outputs", str(tmp_path)]) == 0
    assert "(1 success, 1 running, 1 waiting)" in capsys.readouterr().out


def test_that_a_truncated_log_is_shown_as_interrupted(
    tmp_path: Path, record_run: RecordRun, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = tmp_path / "cut.otlp.jsonl"
    cut.write_bytes(record_run(tmp_path).read_bytes()[:-1500])
    assert main(["show", str(cut)]) == 0
    text = capsys.readouterr().out
    assert "digits  interrupted" in text
    assert "warning: " in text


@pytest.mark.parametrize("content", ["", "not json\n", "{}\n", '{"resourceSpans": []}\n'])
def test_that_a_foreign_file_is_exit_code_2(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    foreign = tmp_path / "foreign.otlp.jsonl"
    foreign.write_text(content)
    assert main(["show", str(foreign)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no run log" in captured.err
    assert "Traceback" not in captured.err


def test_that_a_newer_version_is_exit_code_2(
    tmp_path: Path, start_recording: StartRecording, capsys: pytest.CaptureFixture[str]
) -> None:
    log = start_recording(tmp_path, "new", {"a": []}, version=99).finish(Result.SUCCESS)
    assert main(["show", str(log)]) == 2
    assert "newer" in capsys.readouterr().err


def _record(outputs: Path, run_id: str, days: int, accuracy: float) -> Path:
    """The finished log of a run of main that began so many days after the first."""
    said = {ResourceAttribute.HEAD_NAME: "main"}
    recording = RunLogRecording(outputs, run_id, {"train": []}, definition={"facts": said})
    recording.attempt("train").metric("accuracy", accuracy)
    recording.end_attempt("train", 1, Result.SUCCESS)
    recording.end_task("train", Result.SUCCESS)
    path = recording.finish(Result.SUCCESS)
    shift_ns = days * 24 * 3600 * 1_000_000_000
    content = re.sub(
        rb'(imeUnixNano":")(\d+)', lambda match: b"%s%d" % (match[1], int(match[2]) + shift_ns), path.read_bytes()
    )
    path.unlink()
    path.write_bytes(content)
    return path


@pytest.fixture
def tracker(tmp_path: Path) -> Path:
    """A tracker with eleven runs of main, whose accuracy is about 0.95."""
    for number in range(11):
        _record(tmp_path / "main", f"{number:02}", number, 0.95 + (number % 3) / 1000)
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "index.html").write_text("<!DOCTYPE html>")
    build_site(tmp_path / "main" / "runs", tmp_path / "site", None, bundle=bundle, processes=1)
    return tmp_path / "site"


@pytest.mark.parametrize("place", ["folder", "address"])
def test_that_a_run_is_compared_with_main(
    place: str, tracker: Path, tmp_path: Path, serve: Callable[[Path], str], capsys: pytest.CaptureFixture[str]
) -> None:
    log = str(_record(tmp_path, "new", 20, 0.5))
    site = str(tracker) if place == "folder" else serve(tracker)
    said = "1 of 1 metric differs from {main}, 1 outside of its usual range (regression: {accuracy} of {train})"
    assert main(["show", log, "--against", site]) == 0
    text = capsys.readouterr().out
    assert said.format(main="main", accuracy="accuracy", train="train") in text
    assert re.search(r"accuracy +train +0\.951 +0\.5 +−0\.45 \(−47 %\) +0\.9\S+ to 0\.9\S+ +regression", text)
    assert main(["show", log, "--against", site, "--format", "markdown"]) == 0
    code = {name: f"<code>{name}</code>" for name in ("main", "accuracy", "train")}
    assert f"**{said.format(**code)}.**" in capsys.readouterr().out
    assert main(["show", log, "--against", site, "--format", "json"]) == 0
    comparison = json.loads(capsys.readouterr().out)["comparison"]
    assert (comparison["reason"], comparison["main"], comparison["base"]["run_id"]) == (None, "main", "10")
    (metric,) = comparison["metrics"]
    assert (metric["task"], metric["value"], metric["verdict"], metric["usual"]["count"]) == (
        "train",
        0.5,
        "regression",
        11,
    )


@pytest.mark.parametrize("site", ["missing", "http://127.0.0.1:1/", "tracker"])
@pytest.mark.parametrize("format", ["text", "markdown", "json"])
def test_that_a_tracker_that_cannot_be_read_is_a_sentence_and_no_error(
    site: str,
    format: str,
    tmp_path: Path,
    record_run: RecordRun,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    monkeypatch.delenv("PDR_TRACKER_URL", raising=False)
    assert main(["show", str(record_run(tmp_path)), "--against", site, "--format", format]) == 0
    assert re.search(
        "There is no tracker yet|The tracker cannot be read|address of the tracker", capsys.readouterr().out
    )


def test_that_a_branch_of_another_name_can_be_main(
    tracker: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = str(_record(tmp_path, "new", 20, 0.5))
    assert main(["show", log, "--against", str(tracker), "--main", "release"]) == 0
    assert "The tracker has no complete run of release yet for pipeline digits" in capsys.readouterr().out


def test_that_a_diagram_has_no_comparison(
    tmp_path: Path, record_run: RecordRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", str(record_run(tmp_path)), "--against", "x", "--format", "mermaid-dag"]) == 2
    assert "mermaid-dag shows no comparison" in capsys.readouterr().err


def test_that_a_run_that_was_killed_still_has_a_summary(
    tmp_path: Path, start_recording: StartRecording, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = start_recording(tmp_path, "killed", {"a": [], "b": ["a"]})
    recording.attempt("a")
    recording.close()
    assert main(["show", "--outputs", str(tmp_path), "--format", "markdown", "--against", str(tmp_path / "none")]) == 0
    text = capsys.readouterr().out
    assert text.startswith("### <code>digits</code>: **interrupted**")
    assert "Running when it ended: <code>a</code>." in text
