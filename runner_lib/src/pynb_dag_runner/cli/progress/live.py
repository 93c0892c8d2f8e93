"""Progress on a terminal: one picture that is drawn anew in place, at most four times a second."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from pynb_dag_runner.cli.progress.lines import Clock, Redact, cancelling_text, what_happened
from pynb_dag_runner.cli.progress.output import ProgressOutput
from pynb_dag_runner.cli.progress.run_state import RETRY, REUSED, RUNNING, WAITING, RunState, TaskState
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.pipeline import Pipeline, shortest_path
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.execution.events import RunSummary
from pynb_dag_runner.execution.requests import AttemptOutcome
from pynb_dag_runner.report.escaping import one_line
from pynb_dag_runner.report.summary import duration_text
from pynb_dag_runner.report.text import STYLES

_REFRESH_S = 0.25
_MOST_ROWS = 20
_MOST_PROBLEMS = 3
_OTHER_LINES = 6
"""Lines of the picture beside tasks and problems, and one below it for what the terminal itself echoes."""


class LiveProgress:
    """An observer that shows the tasks, what runs, and the last attempts that did not succeed.

    The picture has a bounded height. It goes away at the end, when the table of what happened takes its place.
    """

    def __init__(self, output: ProgressOutput, redact: Redact, clock: Clock = time.monotonic) -> None:
        """``clock`` tells seconds; ``redact`` takes secrets out of a text."""
        self._redact = redact
        self._clock = clock
        self._start_s = clock()
        self._drawn_s = float("-inf")
        self._title = ""
        self._phase = "starting Ray"
        self._message = ""
        self._most_attempts = 1
        self._state = RunState([])
        self._problems: deque[Text] = deque(maxlen=_MOST_PROBLEMS)
        console = Console(file=cast("IO[str]", output), highlight=False, markup=False, emoji=False)
        self._live = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=sys.stderr.isatty(),  # what warns meanwhile appears above the picture
            vertical_overflow="crop",
        )

    def run_started(self, run_id: str, pipeline: Pipeline, run_log: Path) -> None:
        """Draw the first picture."""
        self._title = self._safe(pipeline.name)
        self._message = self._safe(f"Run log {shortest_path(str(run_log))}")
        self._most_attempts = max(task.options.attempts for task in pipeline)
        self._state = RunState((task, self._safe(task.id)) for task in pipeline)
        self._live.start()
        self._draw(at_once=True)

    def attempt_started(self, task: Task, attempt: int) -> None:
        """A task runs."""
        self._phase = "running"
        self._state.attempt_started(task, attempt, self._clock())
        self._draw()

    def attempt_ended(self, task: Task, attempt: int, outcome: AttemptOutcome, is_retried: bool) -> None:
        """Keep what went wrong in sight."""
        if outcome.result not in (Result.SUCCESS, Result.CANCELLATION):
            self._problems.append(self._problem(task, attempt, outcome))
        if is_retried:
            self._state.attempt_retried(task, attempt)
        self._draw()

    def task_ended(self, task: Task, result: Result, skipped_because: Task | None) -> None:
        """A task has its result."""
        self._state.task_ended(task, result, self._clock())
        self._draw()

    def task_reused(self, task: Task, run_id: str) -> None:
        """A task was taken over from an earlier run."""
        self._state.task_reused(task, self._clock())
        self._draw()

    def cancelling(self, reason: str) -> None:
        """Say at once that the wish was heard."""
        self._phase = "cancelling"
        self._message = self._safe(cancelling_text(reason))
        self._draw(at_once=True)

    def tick(self) -> None:
        """Move the clocks on."""
        self._draw()

    def run_ended(self, summary: RunSummary) -> None:
        """Show the last picture while Ray is being stopped."""
        self._phase = f"{summary.result.value}, stopping Ray"
        self._draw(at_once=True)

    def close(self) -> None:
        """Take the picture away and give the terminal back as it was."""
        self._live.stop()

    def picture(self, height: int) -> Group:
        """The picture for a terminal of ``height`` lines; no line of it is ever wrapped."""
        now_s = self._clock()
        rows = max(1, min(_MOST_ROWS, height - _OTHER_LINES - len(self._problems)))
        shown = self._state.shown(rows)
        lines = [self._headline(now_s), _line(Text(self._message, style="dim")), Text()]
        lines += [self._row(state, now_s) for state in shown]
        if len(shown) < len(self._state):
            lines.append(_line(Text(f"... and {len(self._state) - len(shown)} more tasks", style="dim")))
        if self._problems:
            lines += [Text(), *self._problems]
        return Group(*lines)

    def _draw(self, at_once: bool = False) -> None:
        now_s = self._clock()
        if self._live.is_started and (at_once or now_s - self._drawn_s >= _REFRESH_S):
            self._drawn_s = now_s
            self._live.update(self.picture(self._live.console.size.height), refresh=True)

    def _headline(self, now_s: float) -> Text:
        line = Text.assemble((self._title, "bold"), "  ", (self._phase, "bold"))
        line.append(f"  {duration_text(now_s - self._start_s)}  ")
        line.append(f"{self._state.nr_done} of {len(self._state)} done", style="bold")
        for word, style in self._counts():
            line.append(", ").append(word, style=style)
        return _line(line)

    def _counts(self) -> Iterator[tuple[str, str]]:
        """``3 failure``, ``2 running`` ... with their styles; what went well is in the number of those done."""
        counts = self._state.counts
        order = [REUSED, *(result.value for result in Result if result is not Result.SUCCESS), RUNNING, RETRY, WAITING]
        for status in order:
            if counts[status]:
                yield f"{counts[status]} {status}", _style(status)

    def _row(self, state: TaskState, now_s: float) -> Text:
        line = Text(f"{duration_text(state.elapsed_s(now_s)):>12}  ")
        line.append(f"{state.status:<14}", style=_style(state.status))
        if self._most_attempts > 1:
            width = len(f"{self._most_attempts} of {self._most_attempts}")
            most = state.task.options.attempts
            attempts = f"{state.attempt} of {most}" if state.attempt and most > 1 else ""
            line.append(f"{attempts:>{width}}  ")
        return _line(line.append(state.label))

    def _problem(self, task: Task, attempt: int, outcome: AttemptOutcome) -> Text:
        line = Text(f"{self._safe(task.id, 60)} ")
        if task.options.attempts > 1:
            line.append(f"{attempt} of {task.options.attempts} ")
        line.append(outcome.result.value, style=_style(outcome.result.value))
        return _line(line.append(f"  {self._safe(what_happened(outcome), 300)}"))

    def _safe(self, text: str, limit: int = 200) -> str:
        return one_line(self._redact(text), limit)


def _line(text: Text) -> Text:
    """``text`` as one line, however narrow the terminal is."""
    text.no_wrap = True
    text.overflow = "ellipsis"
    return text


def _style(status: str) -> str:
    return STYLES.get(status, "yellow" if status == RETRY else "")
