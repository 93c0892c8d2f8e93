"""Where outputs lie: private to an attempt while it runs, published as a whole when it succeeds.

Publishing is one rename by the driver. An attempt that was given up but still runs somewhere writes into its own
private folder, which nobody publishes any more: it cannot overwrite what its successor made.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.errors import EngineError

_DATA_LAKE = "data-lake"
_PRIVATE = ".attempts"


class DataLake:
    """The outputs of one run, below ``<outputs>/data-lake/<run id>``; every node must see this folder."""

    def __init__(self, outputs_dir: Path, run_id: str) -> None:
        """Make the folder.

        Raises:
            EngineError: it cannot be made.
        """
        self._folder = outputs_dir / _DATA_LAKE / run_id
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

    def publish(self, task: Task, attempt: int) -> bool:
        """Show an attempt's outputs to the tasks that need them; whether there are any.

        Raises:
            OSError: the rename failed.
        """
        private = self.private_dir(task, attempt)
        if not os.path.isdir(private):
            return False
        os.rename(private, self.published_dir(task))
        return True

    def outputs(self, task: Task) -> dict[str, int]:
        """Sizes in bytes of the published files of a task, by their names."""
        return files_below(self.published_dir(task))

    def take_over(self, task: Task, folder: Path) -> None:
        """Publish the outputs that a task handed over in an earlier run; they stay when that run's folder is removed.

        Files are linked where the file system can: it takes no time and no space, whatever their size.

        Raises:
            OSError: they are not all there, or cannot be written here.
        """
        private = self._folder / _PRIVATE / f"{task.folder}-reused"
        shutil.copytree(folder, private, copy_function=_link_or_copy)
        private.rename(self.published_dir(task))

    def discard_private(self) -> None:
        """Remove what attempts that did not succeed left."""
        shutil.rmtree(self._folder / _PRIVATE, ignore_errors=True)


def task_dir(outputs_dir: Path, run_id: str, folder: str) -> Path:
    """Where a run has published the outputs of the task with this folder name."""
    return outputs_dir / _DATA_LAKE / run_id / folder


def files_below(folder: Path) -> dict[str, int]:
    """Sizes in bytes of all files below a folder, by their names; none where there is no folder."""
    with contextlib.suppress(FileNotFoundError):
        return dict(sorted(_files(folder, "")))
    return {}


def _files(folder: str | Path, prefix: str) -> Iterator[tuple[str, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path, f"{prefix}{entry.name}/")
            elif entry.is_file():
                yield prefix + entry.name, entry.stat().st_size


def _link_or_copy(source: str, target: str) -> None:
    path = os.path.realpath(source)
    if os.path.islink(source) and not os.path.exists(path):
        return  # it leads nowhere, so nobody could have read it
    try:
        os.link(path, target)
    except FileNotFoundError:
        raise
    except OSError:  # another file system, or one without links, or a file of somebody else
        shutil.copy2(path, target)
