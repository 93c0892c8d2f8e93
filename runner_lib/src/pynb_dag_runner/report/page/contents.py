"""What goes into the page out of a run log, within the limits of a page."""

from __future__ import annotations

from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.report.expand import where_it_is_now
from pynb_dag_runner.report.page.elements import Html
from pynb_dag_runner.report.page.images import Images
from pynb_dag_runner.report.page.limits import MOST_READ_OF_A_NOTEBOOK, Budget
from pynb_dag_runner.report.page.notebook_json import Notebook, parsed_notebook
from pynb_dag_runner.report.summary import size_text
from pynb_dag_runner.runlog.reader import artifact_content
from pynb_dag_runner.runlog.records import Artifact, PipelineRun


class NotShownError(Exception):
    """Why an artifact is not in the page."""


class Contents:
    """Reads artifacts, and counts what is embedded."""

    def __init__(self, run: PipelineRun) -> None:
        self.budget = Budget()
        self.images = Images(self.budget)
        self._run_log = where_it_is_now(run.path)
        self._last_notebook: tuple[str, Notebook] | None = None

    def read(self, artifact: Artifact, most: int) -> bytes:
        """The content of an artifact of at most ``most`` bytes.

        Raises:
            NotShownError: it is larger, incomplete or damaged.
        """
        size = artifact.size_bytes
        if not artifact.is_complete or size is None:
            raise NotShownError("it is incomplete: its process ended while it wrote")
        if size > most:
            raise NotShownError(f"it is larger than {size_text(most)}")
        if size > self.budget.left_to_read:
            raise NotShownError("the page is full")
        self.budget.left_to_read -= size
        try:
            return b"".join(artifact_content(self._run_log, artifact))
        except RunLogError as error:
            raise NotShownError(str(error)) from error

    def notebook(self, artifact: Artifact) -> Notebook:
        """An evaluated notebook.

        Raises:
            NotShownError: it cannot be read, or is no notebook.
        """
        if self._last_notebook is not None and self._last_notebook[0] == artifact.id:
            return self._last_notebook[1]
        notebook = parsed_notebook(self.read(artifact, MOST_READ_OF_A_NOTEBOOK))
        if notebook is None:
            raise NotShownError("it is no notebook that can be read")
        # One at a time: the failure panel and the task's own section ask for the same.
        self._last_notebook = (artifact.id, notebook)
        return notebook

    def embedded(self, html: Html, what: str) -> Html:
        """``html`` where there is room for it, else a line that says that it is missing."""
        if self.budget.take(len(html)):
            return html
        return self.budget.note(what, len(html), "the page is full")
