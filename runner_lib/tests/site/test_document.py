from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pynb_dag_runner.conventions import ArtifactKind, Result
from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.runlog.records import Artifact, Chunk
from pynb_dag_runner.site.document import LARGEST_ARTIFACT_BYTES, is_too_large, run_document
from pynb_dag_runner.site.folder import SiteFolder
from pynb_dag_runner.site.pieces import write_pieces

Recording = Any


@pytest.fixture
def documents(tmp_path: Path) -> Callable[[Path], tuple[dict[str, Any], dict[str, Any]]]:
    """Document and further files of a run log."""

    def make(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
        with path.open("rb") as file:
            log = write_pieces(file, "a", (), SiteFolder(tmp_path / "site"))
        return run_document(read_run(path), log)

    return make


@pytest.fixture
def one_attempt(
    tmp_path: Path, start_recording: Callable[..., Recording], documents: Callable[[Path], Any]
) -> Callable[[Callable[[Recording], None]], tuple[dict[str, Any], dict[str, Any]]]:
    """The only attempt of a run in which ``record`` was called, and the further files."""

    def make(record: Callable[[Recording], None]) -> tuple[dict[str, Any], dict[str, Any]]:
        recording = start_recording(tmp_path, "one", {"train": []})
        attempt = recording.attempt("train")
        record(attempt)
        recording.end_attempt("train", 1, Result.SUCCESS)
        recording.end_task("train", Result.SUCCESS)
        document, more = documents(recording.finish(Result.SUCCESS))
        return document["tasks"][0]["attempts"][0], more

    return make


def test_a_run(record_run: Callable[..., Path], tmp_path: Path, documents: Callable[[Path], Any]) -> None:
    document, more = documents(record_run(tmp_path))
    assert more == {}
    assert (document["run_id"], document["status"], document["environment"]) == (
        "20261121-000000-abc",
        "failure",
        "dev",
    )
    assert document["start_ms"] == 1_790_000_001_000
    assert [task["status"] for task in document["tasks"]] == ["success", "success", "failure", "skip"]
    assert [attempt["status"] for attempt in document["tasks"][0]["attempts"]] == ["failure", "timeout", "success"]
    assert document["tasks"][0]["attempts"][2]["outputs"][0]["text"] == "read 1797 images\n"
    assert document["tasks"][1]["attempts"][0]["metrics"] == [
        {"name": "loss", "last": "NaN", "min": "NaN", "max": "NaN", "count": 1}
    ]
    assert document["tasks"][2]["attempts"][0]["exceptions"][0]["line"] == 12
    assert document["tasks"][3]["skipped_because"] == "train[size=600]"
    assert document["log"]["file"] == "20261121-000000-abc.otlp.jsonl"


def test_the_cause_of_a_skipped_task_is_one_that_was_run(
    tmp_path: Path, start_recording: Callable[..., Recording], documents: Callable[[Path], Any]
) -> None:
    recording = start_recording(tmp_path, "chain", {"a": [], "b": ["a"], "c": ["b"]})
    recording.attempt("a")
    recording.end_attempt("a", 1, Result.FAILURE, "no")
    recording.end_task("a", Result.FAILURE)
    recording.end_task("b", Result.SKIP, "a")
    recording.end_task("c", Result.SKIP, "b")
    document, _ = documents(recording.finish(Result.FAILURE))
    assert [task["skipped_because"] for task in document["tasks"]] == [None, "a", "a"]


def test_a_run_that_goes_on_and_one_that_was_cut_off(
    tmp_path: Path, start_recording: Callable[..., Recording], documents: Callable[[Path], Any]
) -> None:
    recording = start_recording(tmp_path, "live", {"train": []})
    recording.attempt("train")
    document, _ = documents(recording.path)
    assert (document["status"], document["tasks"][0]["status"], document["end_ms"]) == ("running", "running", None)
    recording.close()
    document, _ = documents(recording.path)
    assert (document["status"], document["log"]["file"]) == ("interrupted", "live.otlp.jsonl.part")
    assert "no end" in document["warnings"][0]


def test_outputs_that_are_short_are_all_there(one_attempt: Callable[..., Any]) -> None:
    def record(attempt: Any) -> None:
        attempt.output("stdout", "out\n")
        attempt.output("stderr", "err\n")
        attempt.finish_outputs()

    attempt, more = one_attempt(record)
    assert [(output["stream"], output["text"]) for output in attempt["outputs"]] == [
        ("stdout", "out\n"),
        ("stderr", "err\n"),
    ]
    assert (attempt["more"], more) == (None, {})


def test_of_long_outputs_the_last_lines_are_there_and_all_of_them_in_a_file(one_attempt: Callable[..., Any]) -> None:
    def record(attempt: Any) -> None:
        for number in range(3000):
            attempt.output("stdout", f"line {number} {'x' * 30}\n")
        attempt.finish_outputs()

    attempt, more = one_attempt(record)
    assert attempt["more"] == "more-0-1"
    text = "".join(output["text"] for output in attempt["outputs"])
    assert text.count("\n") == 40
    assert "line 2999 " in text
    everything = "".join(output["text"] for output in more["more-0-1"]["outputs"])
    assert everything.count("\n") == 3000
    assert more["more-0-1"]["histories"] == []
    assert attempt["histories"] == []


def test_one_line_without_end_is_cut_as_well(one_attempt: Callable[..., Any]) -> None:
    def record(attempt: Any) -> None:
        attempt.output("stdout", "x" * 100_000 + "end")
        attempt.finish_outputs()

    attempt, _ = one_attempt(record)
    text = "".join(output["text"] for output in attempt["outputs"])
    assert len(text) == 16 * 1024
    assert text.endswith("end")


def test_histories(one_attempt: Callable[..., Any]) -> None:
    def record(attempt: Any) -> None:
        for step, value in enumerate((3.0, float("nan"), 1.5)):
            attempt.metric("loss", value, step)
        attempt.metric("accuracy", 0.5)

    attempt, _ = one_attempt(record)
    assert attempt["metrics"] == [
        {"name": "loss", "last": 1.5, "min": 1.5, "max": 3, "count": 3},
        {"name": "accuracy", "last": 0.5, "min": 0.5, "max": 0.5, "count": 1},
    ]
    (history,) = attempt["histories"]
    assert (history["name"], history["values"], history["steps"]) == ("loss", [3, "NaN", 1.5], [0, 1, 2])
    assert len(history["times_ms"]) == 3


def test_long_histories_are_in_a_file(one_attempt: Callable[..., Any]) -> None:
    def record(attempt: Any) -> None:
        for step in range(2001):
            attempt.metric("loss", step / 2, step)

    attempt, more = one_attempt(record)
    assert (attempt["histories"], attempt["more"]) == (None, "more-0-1")
    assert len(more["more-0-1"]["histories"][0]["values"]) == 2001
    assert attempt["metrics"][0]["count"] == 2001


def test_an_endless_message_is_cut_in_the_middle(one_attempt: Callable[..., Any]) -> None:
    attempt, _ = one_attempt(lambda attempt: attempt.exception("E", "start" + "x" * 10**6 + "end", "trace", "a.py", 1))
    message = attempt["exceptions"][0]["message"]
    assert len(message) < 70_000
    assert message.startswith("start")
    assert message.endswith("end")
    assert "characters are left out" in message


def test_artifacts_say_where_their_chunks_are(one_attempt: Callable[..., Any], tmp_path: Path) -> None:
    attempt, _ = one_attempt(lambda attempt: attempt.artifact("a.png", b"\x89PNG", ArtifactKind.FIGURE))
    (artifact,) = attempt["artifacts"]
    assert (artifact["name"], artifact["kind"], artifact["state"]) == ("a.png", "figure", "complete")
    ((piece, offset, length),) = artifact["chunks"]
    assert piece == 0
    line = (tmp_path / "runs/one.otlp.jsonl").read_bytes()[offset : offset + length]
    assert line.endswith(b"\n")
    assert b"a.png" in line


def artifact(size_bytes: int | None, chunks: list[Chunk]) -> Artifact:
    return Artifact("id", "a.bin", ArtifactKind.ARTIFACT, "x/y", 0, chunks, len(chunks), size_bytes, "00")


def test_how_large_an_artifact_may_be() -> None:
    assert not is_too_large(artifact(LARGEST_ARTIFACT_BYTES, []))
    assert is_too_large(artifact(LARGEST_ARTIFACT_BYTES + 1, []))
    chunk = Chunk(0, 0, 11_200_000)
    assert not is_too_large(artifact(None, [chunk] * 7))
    assert is_too_large(artifact(None, [chunk] * 9))
