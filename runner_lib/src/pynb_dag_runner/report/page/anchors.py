"""Where in the page each task has its section."""

from __future__ import annotations

from collections.abc import Sequence

from pynb_dag_runner.report.page.elements import Html, element, name
from pynb_dag_runner.runlog.records import TaskRun


class Anchors:
    """Ids are numbered, never made from names."""

    def __init__(self, shown: Sequence[TaskRun]) -> None:
        self._numbers = {task.id: number for number, task in enumerate(shown, 1)}

    def id(self, task: TaskRun) -> str:
        """The id of a task's section.

        It stands inside of the section's fold: a browser opens the fold when somebody comes by a link.
        """
        return f"task-{self._numbers[task.id]}"

    def failed_cell_id(self, task: TaskRun) -> str:
        """The id of the cell that failed, in the task's notebook."""
        return f"{self.id(task)}-failed"

    def href(self, task: TaskRun) -> str | None:
        """The address of the section, None for a task that has none."""
        return f"#{self.id(task)}" if task.id in self._numbers else None

    def link(self, task: TaskRun) -> Html:
        """The task's id, as a link where it has a section."""
        href = self.href(task)
        return element("a", name(task.id), href=href) if href else name(task.id)
