"""An evaluated notebook as HTML: Markdown, code in colours, outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pynb_dag_runner.report.page.code import code_html
from pynb_dag_runner.report.page.contents import Contents
from pynb_dag_runner.report.page.elements import Html, element, escaped, joined
from pynb_dag_runner.report.page.limits import MOST_OF_A_NOTEBOOK, both_ends
from pynb_dag_runner.report.page.notebook_json import Notebook, NotebookCell, json_text
from pynb_dag_runner.report.page.outputs import Outputs
from pynb_dag_runner.report.summary import duration_text
from pynb_dag_runner.runlog.records import Cell

_SHORTEST_SHOWN_S = 0.1
_MOST_OUTPUTS_OF_A_CELL = 200
_MOST_CELLS = 2000


def notebook_html(
    notebook: Notebook, contents: Contents, owner: str, timings: Sequence[Cell] = (), failed_id: str = ""
) -> Html:
    """All cells; the one that failed gets ``failed_id``, so that others can point to it."""
    durations = {cell.index: cell.duration_s for cell in timings}
    failed = failed_cell(notebook, timings)
    cells = _Cells(contents, owner, notebook.language, durations, failed.index if failed else None, failed_id)
    return element("div", cells.html(notebook.cells), class_="notebook")


def failed_cell(notebook: Notebook, timings: Sequence[Cell]) -> NotebookCell | None:
    """The cell that ended the notebook: as it was recorded, or else as its outputs tell."""
    recorded = {cell.index for cell in timings if cell.failed}
    found = [cell for cell in notebook.cells if cell.index in recorded]
    return next(iter(found or [cell for cell in notebook.cells if cell.has_error]), None)


class _Cells:
    def __init__(
        self,
        contents: Contents,
        owner: str,
        language: str,
        durations: Mapping[int, float | None],
        failed_index: int | None,
        failed_id: str,
    ) -> None:
        self._contents = contents
        self._outputs = Outputs(contents, owner)
        self._owner = owner
        self._language = language
        self._durations = durations
        self._failed_index = failed_index
        self._failed_id = failed_id
        self._left_at_start = contents.budget.left

    def html(self, cells: Sequence[NotebookCell]) -> Html:
        return joined(self._pieces(cells))

    def _pieces(self, cells: Sequence[NotebookCell]) -> Iterator[Html]:
        for number, cell in enumerate(cells):
            if number >= _MOST_CELLS or self._is_full():
                size = sum(len(rest.source) for rest in cells[number:])
                what = f"{len(cells) - number} more cells of {self._owner}"
                yield self._contents.budget.note(what, size, "more than one notebook may take")
                return
            yield self._cell(cell)

    def _is_full(self) -> bool:
        left = self._contents.budget.left
        return left <= 0 or self._left_at_start - left > MOST_OF_A_NOTEBOOK

    def _cell(self, cell: NotebookCell) -> Html:
        if cell.kind == "markdown":
            return element("div", self._outputs.prose(cell.source, cell.attachments), class_="cell markdown")
        if cell.kind == "raw":
            return element("div", element("pre", both_ends(cell.source), class_="text"), class_="cell raw")
        is_failed = cell.index == self._failed_index
        return element(
            "div",
            element("p", "This cell failed.", class_="cell-failed") if is_failed else None,
            self._head(cell),
            self._source(cell.source),
            self._output_pieces(cell),
            class_="cell code failed" if is_failed else "cell code",
            id=self._failed_id if is_failed and self._failed_id else None,
        )

    def _head(self, cell: NotebookCell) -> Html:
        count = "not run" if cell.execution_count is None else f"In [{cell.execution_count}]"
        duration = self._durations.get(cell.index)
        shown = duration_text(duration) if duration is not None and duration >= _SHORTEST_SHOWN_S else ""
        return element("p", element("span", count), element("span", shown) if shown else None, class_="cell-head")

    def _source(self, source: str) -> Html | None:
        if not source.strip():
            return None
        return self._contents.embedded(code_html(both_ends(source), self._language), f"code of {self._owner}")

    def _output_pieces(self, cell: NotebookCell) -> Iterator[Html]:
        for number, output in enumerate(cell.outputs):
            if number >= _MOST_OUTPUTS_OF_A_CELL or self._is_full():
                rest = cell.outputs[number:]
                what = f"{len(rest)} more outputs of cell {cell.index + 1} of {self._owner}"
                size = sum(len(json_text(one)) for one in rest)
                yield self._contents.budget.note(what, size, "more than one notebook may take")
                return
            yield self._outputs.html(output, cell.index + 1)


def text_html(markdown: bytes, media_type: str, contents: Contents, owner: str) -> Html:
    """A text that a task logged: Markdown as such, all else as it is."""
    text = markdown.decode("utf-8", "replace")
    if media_type.startswith("text/markdown"):
        return Outputs(contents, owner).prose(text, {})
    return contents.embedded(element("pre", escaped(both_ends(text)), class_="text", tabindex="0"), owner)
