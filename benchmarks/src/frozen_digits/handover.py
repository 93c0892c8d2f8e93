"""What a frozen notebook sees of its task: the runner's own object in a run, a plain folder in the bare loop."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pynb_dag_runner import TaskRecorder


class PlainNeed:
    """A notebook that has run before, as the folder that it left."""

    def __init__(self, folder: Path) -> None:
        described = json.loads((folder / "task.json").read_text())
        self.name: str = str(described["id"]).partition("[")[0]
        self.parameters: dict[str, Any] = described["parameters"]
        self._folder = folder

    @property
    def metrics(self) -> dict[str, float]:
        """What the notebook handed to ``log_metric``."""
        metrics: dict[str, float] = json.loads((self._folder / "metrics.json").read_text())
        return metrics

    def output(self, name: str) -> Path:
        """Path of a file that the notebook wrote."""
        return self._folder / name


class PlainNeeds:
    """The notebooks that have to run first."""

    def __init__(self, needs: list[PlainNeed]) -> None:
        self._needs = needs

    def __getitem__(self, name: str) -> PlainNeed:
        return next(need for need in self._needs if need.name == name)

    def all(self, name: str) -> list[PlainNeed]:
        """Every need of this name."""
        return [need for need in self._needs if need.name == name]


class PlainTask:
    """A task of the bare loop: nothing is recorded, but metrics reach the notebooks that come later."""

    is_recorded = False
    attempt = 1

    def __init__(self, folder: Path, needs: list[PlainNeed]) -> None:
        self.needs = PlainNeeds(needs)
        self._folder = folder
        self._metrics: dict[str, float] = {}

    def output(self, name: str) -> Path:
        """Where to write a file."""
        return self._folder / name

    def log_metric(self, name: str, value: float, step: int | None = None) -> None:
        """Keep a number for the notebooks that need this one."""
        self.log_metrics({name: value})

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Keep some numbers for the notebooks that need this one."""
        self._metrics.update({name: float(value) for name, value in metrics.items()})
        (self._folder / "metrics.json").write_text(json.dumps(self._metrics))

    def log_value(self, name: str, value: object) -> None:
        """Do nothing."""

    def log_text(self, name: str, text: str) -> None:
        """Do nothing."""

    def log_figure(self, name: str, figure: object) -> None:
        """Do nothing: the notebook has drawn and shown the figure."""

    def log_artifact(self, name: str, content: object) -> None:
        """Do nothing."""


def current_task() -> TaskRecorder | PlainTask:
    """The task that the notebook belongs to."""
    folder = os.environ.get("BENCHMARK_TASK")
    if folder is not None:
        needs = [PlainNeed(Path(need)) for need in json.loads(os.environ["BENCHMARK_NEEDS"])]
        return PlainTask(Path(folder), needs)

    # The bare loop does not pay for the import of the runner.
    from pynb_dag_runner import current_task as current_recorded_task

    return current_recorded_task()
