"""Tasks that do nothing on luigi, with its local scheduler and two worker processes.

luigi knows that a task is done by the file it leaves: an empty one here, which is all that luigi records.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import luigi
from timing import CHAIN, WORKERS, measure


class Nothing(luigi.Task):
    """Leaves an empty file."""

    folder = luigi.Parameter()
    number = luigi.IntParameter()
    in_chain = luigi.BoolParameter()

    def requires(self) -> list[luigi.Task]:
        """The one before, in a chain."""
        return [self.clone(number=self.number - 1)] if self.in_chain and self.number else []

    def output(self) -> luigi.LocalTarget:
        """The file that says it is done."""
        return luigi.LocalTarget(str(Path(self.folder) / str(self.number)))

    def run(self) -> None:
        """Do nothing else."""
        with self.output().open("w"):
            pass


def run(shape: str, tasks: int) -> None:
    """A folder of its own each time: files of before would say that there is nothing to do."""
    with tempfile.TemporaryDirectory() as folder:
        in_chain = shape == CHAIN
        numbers = [tasks - 1] if in_chain else range(tasks)
        wanted = [Nothing(folder=folder, number=number, in_chain=in_chain) for number in numbers]
        succeeded = luigi.build(wanted, workers=WORKERS, local_scheduler=True, log_level="ERROR")
        if not succeeded or len(list(Path(folder).iterdir())) != tasks:
            raise SystemExit("luigi did not run all tasks")


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    measure("luigi", run)
