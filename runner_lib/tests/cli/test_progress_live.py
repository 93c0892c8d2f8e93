from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from pynb_dag_runner import Pipeline
from pynb_dag_runner.cli.progress.live import LiveProgress
from pynb_dag_runner.cli.progress.output import ProgressOutput
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.errors import SourceLocation
from pynb_dag_runner.execution.events import RunSummary
from pynb_dag_runner.execution.requests import AttemptOutcome

RUN_LOG = Path("runs/RUN.otlp.jsonl")


class Terminal(io.StringIO):
    """A stream that says it is a terminal, and keeps what was sent to it."""

    def isatty(self) -> bool:
        return True


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def read_images(n: int = 0) -> None:
    """A task."""


@pytest.fixture(autouse=True)
def _terminal_of_known_size(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"COLUMNS": "80", "LINES": "24", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def _text(view: LiveProgress, height: int = 24, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    with console.capture() as captured:
        console.print(view.picture(height))
    return [line.rstrip() for line in captured.get().splitlines()]


def _small() -> Pipeline:
    pipeline = Pipeline("digits")
    ingest = pipeline.function(read_images, id="ingest", attempts=15)
    pipeline.function(read_images, id="eda", needs=[ingest])
    pipeline.function(read_images, id="split", needs=[ingest])
    return pipeline


def test_that_the_picture_shows_every_task_of_a_small_pipeline() -> None:
    clock = Clock()
    pipeline = _small()
    ingest, eda, split = pipeline
    view = LiveProgress(ProgressOutput(Terminal()), str, clock)
    view.run_started("RUN", pipeline, RUN_LOG)
    assert _text(view)[0] == "digits  starting Ray  0.00 s  0 of 3 done, 3 waiting"
    clock.now_s = 1.0
    view.attempt_started(ingest, 1)
    clock.now_s = 2.0
    failed = AttemptOutcome(Result.FAILURE, 0, 10**9, "ValueError: [b]no[/b]", (), SourceLocation("notebooks/i.py", 3))
    view.attempt_ended(ingest, 1, failed, is_retried=True)
    assert _text(view)[3] == "      1.00 s  retry          1 of 15  ingest"
    view.attempt_started(ingest, 2)
    clock.now_s = 4.5
    view.attempt_ended(ingest, 2, AttemptOutcome(Result.SUCCESS, 0, 10**9), is_retried=False)
    view.task_ended(ingest, Result.SUCCESS, None)
    view.attempt_started(eda, 1)
    clock.now_s = 15.0
    assert _text(view) == [
        "digits  running  15.0 s  1 of 3 done, 1 running, 1 waiting",
        "Run log runs/RUN.otlp.jsonl",
        "",
        "      3.50 s  success        2 of 15  ingest",
        "      10.5 s  running                 eda",
        "              waiting                 split",
        "",
        "ingest 1 of 15 failure  notebooks/i.py:3: ValueError: [b]no[/b]",
    ]
    view.cancelling("received SIGINT")
    view.task_ended(split, Result.CANCELLATION, None)
    assert _text(view)[:2] == [
        "digits  cancelling  15.0 s  2 of 3 done, 1 cancellation, 1 running",
        "cancelling: received SIGINT; what runs is being ended and recorded",
    ]
    view.close()


@pytest.mark.parametrize(("height", "width"), [(24, 80), (10, 30), (3, 10), (200, 300)])
def test_that_a_large_pipeline_stays_within_the_screen(height: int, width: int) -> None:
    pipeline = Pipeline("many")
    tasks = [pipeline.function(read_images, id=f"{n} {'long ' * 20}", attempts=3) for n in range(1000)]
    view = LiveProgress(ProgressOutput(Terminal()), str, Clock())
    view.run_started("RUN", pipeline, RUN_LOG)
    for task in tasks[:500]:
        view.attempt_started(task, 1)
        result = Result.FAILURE if tasks.index(task) % 50 == 7 else Result.SUCCESS
        view.attempt_ended(task, 1, AttemptOutcome(result, 0, 1, "E: " + "bad\n" * 1000), is_retried=False)
        view.task_ended(task, result, None)
    for task in tasks[500:510]:
        view.attempt_started(task, 1)
    lines = _text(view, height, width)
    assert len(lines) <= max(height - 1, 9)
    assert all(len(line) <= width for line in lines)
    if height == 24:
        assert [line for line in lines if " running " in line and "done" not in line] != []
        assert lines[0].startswith("many  running  0.00 s  500 of 1000 done, 10 failure, 10 running, 490 waiting")
        assert "... and 985 more tasks" in lines
    view.close()


def test_that_it_draws_at_most_four_times_a_second() -> None:
    terminal, clock = Terminal(), Clock()
    pipeline = Pipeline("many")
    tasks = [pipeline.function(read_images, parameters={"n": n}) for n in range(200)]
    view = LiveProgress(ProgressOutput(terminal), str, clock)
    view.run_started("RUN", pipeline, RUN_LOG)
    for task in tasks:
        clock.now_s += 0.005
        view.attempt_started(task, 1)
        view.task_ended(task, Result.SUCCESS, None)
        view.tick()
    view.close()
    assert 2 <= terminal.getvalue().count("many") <= 6


def test_that_the_terminal_is_given_back_as_it_was() -> None:
    terminal = Terminal()
    view = LiveProgress(ProgressOutput(terminal), str, Clock())
    view.close()
    assert terminal.getvalue() == ""
    view.run_started("RUN", _small(), RUN_LOG)
    view.run_ended(RunSummary("RUN", Result.SUCCESS, 1.0, RUN_LOG, {}))
    view.close()
    view.close()
    sent = terminal.getvalue()
    assert sent.count("\x1b[?25l") == sent.count("\x1b[?25h") == 1
    assert sent.rindex("\x1b[?25h") > sent.rindex("digits")
    assert sent.endswith("\x1b[2K")


def test_that_user_text_is_neither_markup_nor_control_sequence() -> None:
    terminal, clock = Terminal(), Clock()
    pipeline = Pipeline("[red]p[/red]")
    task = pipeline.function(read_images, id="[bold]id[/bold] :bomb:")
    view = LiveProgress(ProgressOutput(terminal), str, clock)
    view.run_started("RUN", pipeline, RUN_LOG)
    clock.now_s = 1.0
    outcome = AttemptOutcome(Result.FAILURE, 0, 1, "E: \x1b[2J\x1b]0;title\x07[blink]b[/blink]")
    view.attempt_ended(task, 1, outcome, is_retried=False)
    view.close()
    sent = terminal.getvalue()
    for text in ("[red]p[/red]", "[bold]id[/bold] :bomb:", "\\x1b[2J\\x1b]0;title\\x07[blink]b[/blink]"):
        assert text in sent
    assert "\x1b[2J" not in sent
    assert "\x1b]" not in sent


def test_that_what_was_taken_over_is_done_and_has_its_word() -> None:
    pipeline = _small()
    ingest, eda, _ = pipeline
    view = LiveProgress(ProgressOutput(Terminal()), str, Clock())
    view.run_started("RUN", pipeline, RUN_LOG)
    view.task_reused(ingest, "EARLIER")
    view.task_reused(eda, "EARLIER")
    assert _text(view)[0] == "digits  starting Ray  0.00 s  2 of 3 done, 2 reused, 1 waiting"
    assert _text(view)[3].split() == ["reused", "ingest"]
    view.close()
