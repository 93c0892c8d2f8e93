"""Where a reader can go from a run: addresses that are known although nothing may be published there yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_LONGEST_ID = 500


@dataclass(frozen=True)
class Links:
    """Addresses of a run's pages, None where there is none.

    Attributes:
        run: Its page in the tracker.
        task: Gives the page in the tracker of one of its tasks, by id.
        pull_request: The tracker's page of all runs of its pull request.
        job: The page at GitHub of the workflow run that made it.
        report: Its report as one HTML file, or where that can be found.
    """

    run: str | None = None
    task: Callable[[str], str] | None = None
    pull_request: str | None = None
    job: str | None = None
    report: str | None = None

    def of_task(self, task_id: str) -> str | None:
        """The page of one task; None for an id that makes no address."""
        return None if self.task is None or len(task_id) > _LONGEST_ID else self.task(task_id)


NO_LINKS = Links()
