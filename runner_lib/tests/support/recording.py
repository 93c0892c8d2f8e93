"""Real run logs, written record by record with the library's own writer."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pynb_dag_runner.conventions import (
    PARTIAL_SUFFIX,
    RUN_LOG_SUFFIX,
    RUN_LOG_VERSION,
    ArtifactKind,
    Event,
    ResourceAttribute,
    Result,
    SpanAttribute,
    SpanKind,
)
from pynb_dag_runner.runlog.attempt_log import AttemptLog
from pynb_dag_runner.runlog.redaction import Redactor
from pynb_dag_runner.runlog.spool import LineFile
from pynb_dag_runner.runlog.traces import SpanReference
from pynb_dag_runner.runlog.writer import FinishedSpan, RunLogWriter

START_NS = 1_790_000_000_000_000_000
SECOND_NS = 1_000_000_000

NOTEBOOK = json.dumps(
    {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python"},
        },
        "cells": [
            {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Evaluated"},
            {
                "cell_type": "code",
                "id": "b",
                "metadata": {},
                "source": "1 + 1",
                "execution_count": 1,
                "outputs": [
                    {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "2"}}
                ],
            },
        ],
    }
)


class RunLogRecording:
    """A run log that a test writes; each record is one second after the one before.

    ``resource`` and ``definition`` are what it says of itself otherwise than usual.
    """

    def __init__(
        self,
        outputs: Path,
        run_id: str,
        needs: Mapping[str, Sequence[str]],
        version: int = RUN_LOG_VERSION,
        resource: Mapping[str, Any] | None = None,
        definition: Mapping[str, Any] | None = None,
    ) -> None:
        self.path = outputs / "runs" / f"{run_id}{RUN_LOG_SUFFIX}{PARTIAL_SUFFIX}"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = LineFile(self.path, exclusive=True)
        fcntl.flock(self._file.descriptor, fcntl.LOCK_EX)
        attributes = {
            ResourceAttribute.RUN_LOG_VERSION: version,
            ResourceAttribute.RUN_ID: run_id,
            ResourceAttribute.PIPELINE_NAME: "digits",
            **(resource or {}),
        }
        self.writer = RunLogWriter(self._file, attributes, Redactor())
        self.run = SpanReference.new_trace()
        self._now_ns = START_NS
        self._spans: dict[tuple[str, int], tuple[SpanReference, int]] = {}
        body = json.dumps({**_definition(needs), **(definition or {})})
        self.writer.event(Event.RUN_STARTED, self.run, body=body, time_ns=self.now_ns())

    def now_ns(self) -> int:
        """The time of the next record."""
        self._now_ns += SECOND_NS
        return self._now_ns

    def attempt(self, task_id: str, number: int = 1, most: int = 1) -> AttemptLog:
        """Start an attempt, and its task where this is the first one."""
        if (task_id, 0) not in self._spans:
            self._start(task_id, 0, Event.TASK_STARTED, {SpanAttribute.TASK_ID: task_id})
        attributes = {
            SpanAttribute.TASK_ID: task_id,
            SpanAttribute.ATTEMPT_NUMBER: number,
            SpanAttribute.ATTEMPT_MAX: most,
        }
        span = self._start(task_id, number, Event.ATTEMPT_STARTED, attributes)
        return AttemptLog(self.writer, span, task_id, number)

    def end_attempt(self, task_id: str, number: int, result: Result, message: str | None = None) -> None:
        """Write the attempt's span."""
        attributes: dict[str, Any] = {
            SpanAttribute.KIND: SpanKind.ATTEMPT.value,
            SpanAttribute.TASK_ID: task_id,
            SpanAttribute.ATTEMPT_NUMBER: number,
            SpanAttribute.ATTEMPT_RESULT: result.value,
        }
        if message is not None:
            attributes[SpanAttribute.ATTEMPT_MESSAGE] = message
        self._end(task_id, number, attributes)

    def end_task(self, task_id: str, result: Result, skipped_because: str | None = None) -> None:
        """Write the task's span."""
        attributes: dict[str, Any] = {
            SpanAttribute.KIND: SpanKind.TASK.value,
            SpanAttribute.TASK_ID: task_id,
            SpanAttribute.TASK_RESULT: result.value,
        }
        if skipped_because is not None:
            attributes[SpanAttribute.TASK_SKIPPED_BECAUSE] = skipped_because
        self._spans.setdefault((task_id, 0), (self.run.new_span(), self._now_ns))
        self._end(task_id, 0, attributes)

    def finish(self, result: Result) -> Path:
        """Write the run's span, close the log and give it its final name."""
        attributes = {SpanAttribute.KIND: SpanKind.RUN.value, SpanAttribute.PIPELINE_RESULT: result.value}
        self.writer.span(
            FinishedSpan("RUN digits", self.run, None, START_NS + SECOND_NS, self.now_ns(), attributes, is_server=True)
        )
        self.close()
        final = self.path.with_name(self.path.name.removesuffix(PARTIAL_SUFFIX))
        self.path.chmod(0o444)
        return self.path.rename(final)

    def close(self) -> None:
        """Close the file without an end, as if the driver had died."""
        if self._file is not None:
            self._file.close()
            self._file = None  # type: ignore[assignment]

    def _start(self, task_id: str, number: int, event: str, attributes: Mapping[str, Any]) -> SpanReference:
        span, start_ns = self.run.new_span(), self.now_ns()
        self._spans[task_id, number] = (span, start_ns)
        self.writer.event(event, span, attributes, time_ns=start_ns)
        return span

    def _end(self, task_id: str, number: int, attributes: Mapping[str, Any]) -> None:
        span, start_ns = self._spans[task_id, number]
        self.writer.span(FinishedSpan(task_id, span, self.run, start_ns, self.now_ns(), attributes))


def _definition(needs: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    tasks = [
        {
            "id": task_id,
            "name": task_id.split("[")[0],
            "type": "notebook",
            "source": f"notebooks/{task_id.split('[')[0]}.py",
            "folder": task_id.replace("[", "-").removesuffix("]"),
            "needs": list(needed),
            "parameters": {"size": 600},
            "options": {"attempts": 1},
        }
        for task_id, needed in needs.items()
    ]
    return {
        "environment": "dev",
        "python": "CPython 3.11.7",
        "platform": "Linux",
        "settings": {"size": 600},
        "tags": {},
        "packages": {"numpy": "2.0"},
        "facts": {},
        "tasks": tasks,
    }


StartRecording = Callable[..., RunLogRecording]


@pytest.fixture
def start_recording() -> Iterator[StartRecording]:
    """``start_recording(outputs, run_id, needs)`` begins a run log; what a test leaves open is closed after it."""
    recordings: list[RunLogRecording] = []

    def start(
        outputs: Path, run_id: str, needs: Mapping[str, Sequence[str]], version: int = RUN_LOG_VERSION
    ) -> RunLogRecording:
        recordings.append(RunLogRecording(outputs, run_id, needs, version))
        return recordings[-1]

    yield start
    for recording in recordings:
        recording.close()


@pytest.fixture
def record_run(start_recording: StartRecording) -> Callable[..., Path]:
    """``record_run(outputs, run_id)`` writes the finished log of a run with a retry, a failure and a skipped task."""

    def record(outputs: Path, run_id: str = "20261121-000000-abc") -> Path:
        recording = start_recording(
            outputs,
            run_id,
            {"ingest": [], "eda": ["ingest"], "train[size=600]": ["ingest"], "summary": ["train[size=600]"]},
        )
        first = recording.attempt("ingest", 1, 3)
        first.exception(
            "ValueError", "simulated failure", "Traceback\nValueError: simulated", "notebooks/ingest.py", 31
        )
        recording.end_attempt("ingest", 1, Result.FAILURE, "ValueError: simulated failure")
        recording.attempt("ingest", 2, 3)
        recording.end_attempt("ingest", 2, Result.TIMEOUT, "ran longer than 10 s")
        third = recording.attempt("ingest", 3, 3)
        third.metric("nr_images", 1797)
        third.output("stdout", "read 1797 images\n")
        third.finish_outputs()
        third.artifact("notebook.ipynb", NOTEBOOK, ArtifactKind.NOTEBOOK)
        recording.end_attempt("ingest", 3, Result.SUCCESS)
        recording.end_task("ingest", Result.SUCCESS)

        eda = recording.attempt("eda")
        eda.artifact("labels.png", b"\x89PNG", ArtifactKind.FIGURE)
        eda.value("range", [0, 16])
        eda.metric("loss", float("nan"))
        recording.end_attempt("eda", 1, Result.SUCCESS)
        recording.end_task("eda", Result.SUCCESS)

        train = recording.attempt("train[size=600]")
        train.artifact("model.onnx", b"onnx" * 1000)
        train.exception("KeyError", "'pixels'", "Traceback\nKeyError: 'pixels'", "notebooks/train.py", 12)
        recording.end_attempt("train[size=600]", 1, Result.FAILURE, "KeyError: 'pixels'")
        recording.end_task("train[size=600]", Result.FAILURE)
        recording.end_task("summary", Result.SKIP, "train[size=600]")
        return recording.finish(Result.FAILURE)

    return record
