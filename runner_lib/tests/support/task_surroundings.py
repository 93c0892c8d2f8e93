"""An attempt as a task's processes find it: a context file, a spool folder, and the variables that name them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pynb_dag_runner.runlog.otlp import LogLine, SpanLine, parse_line
from pynb_dag_runner.runlog.traces import SpanReference
from pynb_dag_runner.tracking.context import TaskContext


@dataclass(frozen=True)
class TaskSurroundings:
    """What the engine prepares for one attempt."""

    context: TaskContext
    span: SpanReference
    spool_dir: Path
    environment: dict[str, str]

    def run(self, script: str, **environment: str) -> str:
        """Run ``script`` as the attempt's code, in a process of its own; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", script],
            env={**os.environ, **self.environment, **environment},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def logs(self) -> list[LogLine]:
        """Every log record in the spool folder."""
        return [record for line in self._lines() for record in parse_line(line).logs]

    def spans(self) -> dict[str, SpanLine]:
        """Every span in the spool folder, by its name."""
        return {span.name: span for line in self._lines() for span in parse_line(line).spans}

    def _lines(self) -> list[bytes]:
        return [line for file in sorted(self.spool_dir.iterdir()) for line in file.read_bytes().splitlines()]
