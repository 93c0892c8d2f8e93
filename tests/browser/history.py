"""A small history of runs, written with the library's own writer, in which every kind of trouble occurs once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recording import RunLogRecording

from pynb_dag_runner.conventions import RUN_LOG_VERSION, ArtifactKind, Result
from pynb_dag_runner.runlog.attempt_log import AttemptLog

NEEDS = {"ingest": [], "train[size=600]": ["ingest"], "summary": ["train[size=600]"]}
TRAIN = "train[size=600]"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080200000090"
    "7753de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
TRACEBACK = "Traceback (most recent call last):\n  Cell In[3], line 2\nKeyError: 'pixels'"

TROUBLES = {
    "exception": "20261121T010000Z-00000a",
    "timeout": "20261121T020000Z-00000b",
    "killed worker": "20261121T030000Z-00000c",
    "never started": "20261121T040000Z-00000d",
    "failed after all attempts": "20261121T050000Z-00000e",
}
INTERRUPTED = "20261121T060000Z-00000f"
GOOD = "20261121T070000Z-000010"


def write_history(outputs: Path) -> Path:
    """Write the run logs below ``outputs`` and give their folder."""
    _exception(_start(outputs, TROUBLES["exception"]))
    _timeout(_start(outputs, TROUBLES["timeout"]))
    _killed(_start(outputs, TROUBLES["killed worker"]))
    _never_started(_start(outputs, TROUBLES["never started"]))
    _all_attempts(_start(outputs, TROUBLES["failed after all attempts"]))
    _interrupted(_start(outputs, INTERRUPTED))
    _good(_start(outputs, GOOD))
    (outputs / "runs" / "broken.otlp.jsonl").write_text("no run log\n", encoding="utf-8")
    return outputs / "runs"


def write_run(outputs: Path, run_id: str, kind: str, claims: Mapping[str, Any]) -> Path:
    """Write one run log of this kind, which says ``claims`` of itself, and give its file."""
    kinds = {"good": _good, "exception": _exception, "killed": _killed, "interrupted": _interrupted}
    kinds[kind](_start(outputs, run_id, claims))
    (path,) = (outputs / "runs").glob(f"{run_id}.*")
    return path


def notebook(failed: bool) -> str:
    """An evaluated notebook; where it failed, in its second code cell."""
    traceback = {"output_type": "error", "ename": "KeyError", "evalue": "'pixels'", "traceback": [TRACEBACK]}
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Train a model"},
        _code("b", "size: int = 600", {"output_type": "stream", "name": "stdout", "text": "600 images\n"}),
        _code("c", "model = fit(images['pixels'])", *([traceback] if failed else [])),
    ]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


def _code(identifier: str, source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": identifier,
        "metadata": {},
        "source": source,
        "execution_count": 1,
        "outputs": list(outputs),
    }


def _start(outputs: Path, run_id: str, claims: Mapping[str, Any] | None = None) -> RunLogRecording:
    said = dict(claims or {})
    recording = RunLogRecording(outputs, run_id, NEEDS, RUN_LOG_VERSION, resource=said, definition={"facts": said})
    attempt = recording.attempt("ingest")
    attempt.metric("nr_images", 1797)
    attempt.artifact("labels.png", PICTURE, ArtifactKind.FIGURE)
    recording.end_attempt("ingest", 1, Result.SUCCESS)
    recording.end_task("ingest", Result.SUCCESS)
    return recording


def _end_failed(recording: RunLogRecording, result: Result) -> None:
    recording.end_task(TRAIN, result)
    recording.end_task("summary", Result.SKIP, TRAIN)
    recording.finish(Result.FAILURE if result is Result.FAILURE else result)


def _raise(attempt: AttemptLog) -> None:
    attempt.output("stdout", "600 images\n")
    attempt.output("stderr", "\x1b[31mno pixels\x1b[0m\n")
    attempt.finish_outputs()
    attempt.artifact("train.ipynb", notebook(failed=True), ArtifactKind.NOTEBOOK)
    attempt.exception("KeyError", "'pixels'", TRACEBACK, "notebooks/train.py", 12)


def _exception(recording: RunLogRecording) -> None:
    _raise(recording.attempt(TRAIN))
    recording.end_attempt(TRAIN, 1, Result.FAILURE, "KeyError: 'pixels'")
    _end_failed(recording, Result.FAILURE)


def _timeout(recording: RunLogRecording) -> None:
    attempt = recording.attempt(TRAIN)
    attempt.artifact("train.ipynb", notebook(failed=False), ArtifactKind.NOTEBOOK)
    recording.end_attempt(TRAIN, 1, Result.TIMEOUT, "stopped at its time limit of 10 s")
    _end_failed(recording, Result.TIMEOUT)


def _killed(recording: RunLogRecording) -> None:
    recording.attempt(TRAIN)
    recording.end_attempt(TRAIN, 1, Result.ERROR, "the worker process was killed (SIGKILL): most likely out of memory")
    _end_failed(recording, Result.ERROR)


def _never_started(recording: RunLogRecording) -> None:
    recording.attempt(TRAIN)
    recording.end_attempt(TRAIN, 1, Result.ERROR, "the kernel did not start within 60 s")
    _end_failed(recording, Result.ERROR)


def _all_attempts(recording: RunLogRecording) -> None:
    for number in (1, 2, 3):
        _raise(recording.attempt(TRAIN, number, 3))
        recording.end_attempt(TRAIN, number, Result.FAILURE, "KeyError: 'pixels'")
    _end_failed(recording, Result.FAILURE)


def _interrupted(recording: RunLogRecording) -> None:
    recording.attempt(TRAIN).output("stdout", "learning ...\n")
    recording.close()


def _good(recording: RunLogRecording) -> None:
    attempt = recording.attempt(TRAIN)
    for step in range(20):
        attempt.metric("loss", 1 / (step + 1), step)
    attempt.metric("accuracy", 0.97)
    attempt.metric("perplexity", float("nan"))
    attempt.value("confusion", [[50, 1], [2, 47]])
    attempt.output("stdout", "".join(f"line {number}\n" for number in range(3_000)))
    attempt.finish_outputs()
    attempt.artifact("train.ipynb", notebook(failed=False), ArtifactKind.NOTEBOOK)
    attempt.artifact("notes.md", "# Notes\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", ArtifactKind.TEXT)
    attempt.artifact("model.onnx", b"\x08onnx" * 100)
    recording.end_attempt(TRAIN, 1, Result.SUCCESS)
    recording.end_task(TRAIN, Result.SUCCESS)
    recording.attempt("summary").metric("best", 0.97)
    recording.end_attempt("summary", 1, Result.SUCCESS)
    recording.end_task("summary", Result.SUCCESS)
    recording.finish(Result.SUCCESS)
