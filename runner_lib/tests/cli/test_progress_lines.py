from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from pynb_dag_runner import Pipeline
from pynb_dag_runner.cli.progress.lines import LineProgress
from pynb_dag_runner.cli.progress.output import ProgressOutput
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.errors import SourceLocation
from pynb_dag_runner.execution.events import RunSummary
from pynb_dag_runner.execution.requests import AttemptOutcome
from pynb_dag_runner.runlog.redaction import Redactor

SECOND_NS = 1_000_000_000


def read_images() -> None:
    """A task."""


@pytest.fixture
def pipeline() -> Pipeline:
    pipeline = Pipeline("digits")
    ingest = pipeline.function(read_images, id="ingest", attempts=3, retry_wait_s=2)
    pipeline.function(read_images, id="eda", needs=[ingest])
    return pipeline


def _clock() -> Iterator[float]:
    return (float(seconds) for seconds in count())


def _view(stream: io.StringIO, redactor: Redactor | None = None) -> LineProgress:
    seconds = _clock()
    redact = (redactor or Redactor()).text
    return LineProgress(ProgressOutput(stream), lambda text: redact(text)[0], lambda: next(seconds))


def _failure(message: str) -> AttemptOutcome:
    return AttemptOutcome(Result.FAILURE, 0, SECOND_NS // 2, message, (), SourceLocation("notebooks/ingest.py", 31))


def test_that_each_event_is_one_line(pipeline: Pipeline) -> None:
    stream = io.StringIO()
    view = _view(stream)
    ingest, eda = pipeline
    view.run_started("RUN", pipeline, Path("runs/RUN.otlp.jsonl").absolute())
    view.attempt_started(ingest, 1)
    view.attempt_ended(ingest, 1, _failure("ValueError: no images"), is_retried=True)
    view.attempt_started(ingest, 2)
    view.tick()
    view.attempt_ended(ingest, 2, AttemptOutcome(Result.TIMEOUT, 0, 10 * SECOND_NS, "too slow"), is_retried=False)
    view.task_ended(ingest, Result.TIMEOUT, None)
    view.task_ended(eda, Result.SKIP, ingest)
    view.run_ended(RunSummary("RUN", Result.TIMEOUT, 75.0, Path("runs/RUN.otlp.jsonl"), {}))
    view.close()
    assert stream.getvalue().splitlines() == [
        "    1.00 s  start     run RUN of digits: 2 tasks, run log runs/RUN.otlp.jsonl",
        "    2.00 s  start     ingest, attempt 1 of 3",
        "    3.00 s  failure   ingest, attempt 1 of 3 after 0.50 s, next attempt in 2 s",
        "notebooks/ingest.py:31: warning: [ingest] ValueError: no images",
        "    4.00 s  start     ingest, attempt 2 of 3",
        "    5.00 s  timeout   ingest, attempt 2 of 3 after 10.0 s (1 of 2)",
        f"{ingest.location}: error: [ingest] too slow",
        "    6.00 s  skip      eda (2 of 2): ingest did not succeed",
        "    7.00 s  timeout   run RUN after 1 min 15 s",
    ]


@pytest.mark.parametrize("result", [Result.FAILURE, Result.ERROR, Result.TIMEOUT])
def test_that_trouble_without_a_word_has_its_line_too(pipeline: Pipeline, result: Result) -> None:
    stream = io.StringIO()
    eda = pipeline["eda"]
    _view(stream).attempt_ended(eda, 1, AttemptOutcome(result, 0, SECOND_NS), is_retried=False)
    event, problem = stream.getvalue().splitlines()
    assert event.split() == ["1.00", "s", result.value, "eda", "after", "1.00", "s", "(1", "of", "0)"]
    assert problem == f"{eda.location}: error: [eda] {result.value}"


def test_that_what_was_cancelled_is_no_problem_of_the_code(pipeline: Pipeline) -> None:
    stream = io.StringIO()
    outcome = AttemptOutcome(Result.CANCELLATION, 0, SECOND_NS, "the run was cancelled", (), SourceLocation("a.py", 3))
    _view(stream).attempt_ended(pipeline["eda"], 1, outcome, is_retried=False)
    (line,) = stream.getvalue().splitlines()
    assert line.endswith("eda after 1.00 s (1 of 0): a.py:3: the run was cancelled")


def test_that_cancelling_says_what_happens_now(pipeline: Pipeline) -> None:
    stream = io.StringIO()
    _view(stream).cancelling("received SIGINT")
    assert stream.getvalue() == (
        "    1.00 s  cancel    cancelling: received SIGINT; what runs is being ended and recorded\n"
    )


def test_that_user_text_stays_on_its_line_without_control_characters(pipeline: Pipeline) -> None:
    stream = io.StringIO()
    _view(stream).attempt_ended(pipeline["eda"], 1, _failure("E: \x1b[2Ja\r\nb\x07 \u202e" + "x" * 100_000), False)
    text = stream.getvalue()
    assert text.count("\n") == 2
    assert len(text) < 700
    assert "\\x1b[2Ja b\\x07 \\u202exxx" in text
    assert text.replace("\n", "").isprintable()


def test_that_secrets_are_taken_out(pipeline: Pipeline) -> None:
    stream = io.StringIO()
    view = _view(stream, Redactor({"PASSWORD": "hunter2hunter2"}))
    view.attempt_ended(pipeline["eda"], 1, _failure("no entry with hunter2hunter2"), is_retried=False)
    assert "hunter2" not in stream.getvalue()
    assert "[redacted:PASSWORD]" in stream.getvalue()


def test_that_what_the_encoding_lacks_is_written_out() -> None:
    file = io.BytesIO()
    output = ProgressOutput(io.TextIOWrapper(file, encoding="ascii"))
    output.write("größe …\n")
    output.flush()
    assert file.getvalue() == b"gr\\xf6\\xdfe \\u2026\n"


def test_that_a_reader_who_went_away_does_not_break_the_run(pipeline: Pipeline) -> None:
    class GoneReader(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    view = LineProgress(ProgressOutput(GoneReader()), str)
    view.attempt_started(pipeline["eda"], 1)
    view.attempt_started(pipeline["eda"], 2)


def test_that_all_that_was_taken_over_is_one_line(pipeline: Pipeline) -> None:
    stream = io.StringIO()
    view = _view(stream)
    ingest, eda = pipeline
    third = pipeline.function(read_images, id="third")
    view.run_started("RUN", pipeline, Path("runs/RUN.otlp.jsonl").absolute())
    view.task_reused(ingest, "EARLIER")
    view.task_reused(eda, "EARLIER")
    view.tick()
    view.tick()
    view.attempt_started(third, 1)
    view.attempt_ended(third, 1, AttemptOutcome(Result.SUCCESS, 0, SECOND_NS), is_retried=False)
    assert stream.getvalue().splitlines()[1:] == [
        "    2.00 s  reused    2 of 3 tasks: ingest, eda",
        "    3.00 s  start     third",
        "    4.00 s  success   third after 1.00 s (3 of 3)",
    ]
