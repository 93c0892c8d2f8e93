"""Where outputs lie: private to an attempt while it runs, published as a whole when it succeeds.

Publishing is one rename by the driver. An attempt that was given up but still runs somewhere writes into its own
private folder, which nobody publishes any more: it cannot overwrite what its successor made.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.errors import EngineError

_PRIVATE = ".attempts"


class DataLake:
    """The outputs of one run, below ``<outputs>/data-lake/<run id>``; every node must see this folder."""

    def __init__(self, outputs_dir: Path, run_id: str) -> None:
        """Make the folder.

        Raises:
            EngineError: it cannot be made.
        """
        self._folder = outputs_dir / "data-lake" / run_id
        try:
            self._folder.mkdir(parents=True)
        except OSError as error:
            raise EngineError(f"no outputs can be written to {outputs_dir}: {error}") from error

    def private_dir(self, task: Task, attempt: int) -> Path:
        """Where an attempt writes; made when something is written."""
        return self._folder / _PRIVATE / f"{task.folder}-{attempt}"

    def published_dir(self, task: Task) -> Path:
        """Where the outputs of a task that succeeded are."""
        return self._folder / task.folder

    def publish(self, task: Task, attempt: int) -> None:
        """Show an attempt's outputs to the tasks that need them.

        Raises:
            OSError: the rename failed.
        """
        private = self.private_dir(task, attempt)
        if private.is_dir():
            private.rename(self.published_dir(task))

    def discard_private(self) -> None:
        """Remove what attempts that did not succeed left."""
        shutil.rmtree(self._folder / _PRIVATE, ignore_errors=True)
