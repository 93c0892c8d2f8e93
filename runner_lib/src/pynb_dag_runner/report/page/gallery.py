"""All figures of a run side by side."""

from __future__ import annotations

from dataclasses import dataclass

from pynb_dag_runner.conventions import ArtifactKind
from pynb_dag_runner.report.page.anchors import Anchors
from pynb_dag_runner.report.page.contents import Contents, NotShownError
from pynb_dag_runner.report.page.elements import Html, element, joined, name
from pynb_dag_runner.report.page.images import IMAGE_TYPES
from pynb_dag_runner.report.page.limits import MOST_OF_AN_IMAGE
from pynb_dag_runner.report.summary import size_text
from pynb_dag_runner.runlog.records import Artifact, PipelineRun, TaskRun

_OPEN_FIGURES = 4
"""The first of each task; more are folded."""
_MOST_FIGURES = 300


@dataclass(frozen=True)
class _Figure:
    task: TaskRun
    artifact: Artifact
    content: bytes | None
    note: Html | None


class Gallery:
    """Reads the figures at once, so that notebooks can point to them, and shows them when the notebooks are done."""

    def __init__(self, run: PipelineRun, contents: Contents, anchors: Anchors) -> None:
        self._contents = contents
        self._anchors = anchors
        figures = [
            (task, artifact)
            for task in run
            if task.last_attempt is not None
            for artifact in task.last_attempt.artifacts
            if artifact.kind is ArtifactKind.FIGURE
        ]
        self._figures = [self._read(task, artifact) for task, artifact in figures[:_MOST_FIGURES]]
        self._others = len(figures) - len(self._figures)

    def html(self) -> Html | None:
        """The figures by task; None where there are none."""
        if not self._figures:
            return None
        groups: dict[str, list[_Figure]] = {}
        for figure in self._figures:
            groups.setdefault(figure.task.id, []).append(figure)
        more = f"{self._others} more figures are left out; `pdr expand` writes all of them."
        return joined(
            [*map(self._group, groups.values()), element("p", more, class_="left-out") if self._others else None]
        )

    def _read(self, task: TaskRun, artifact: Artifact) -> _Figure:
        what = f"figure {artifact.name} of {task.id}"
        if artifact.media_type not in IMAGE_TYPES:
            size = size_text(artifact.size_bytes or 0)
            note = f"It is no picture but {artifact.media_type[:100]}, {size}; `pdr expand` writes it as a file."
            return _Figure(task, artifact, None, element("p", note, class_="left-out"))
        try:
            content = self._contents.read(artifact, MOST_OF_AN_IMAGE)
        except NotShownError as error:
            return _Figure(task, artifact, None, self._contents.budget.note(what, artifact.size_bytes or 0, str(error)))
        if self._contents.images.share(content):
            return _Figure(task, artifact, content, None)
        return _Figure(task, artifact, None, self._contents.images.left_out(what, len(content)))

    def _group(self, figures: list[_Figure]) -> Html:
        shown, folded = figures[:_OPEN_FIGURES], figures[_OPEN_FIGURES:]
        rest = None
        if folded:
            label = element("summary", f"{len(folded)} more figure{'' if len(folded) == 1 else 's'}")
            rest = element("details", label, element("div", map(self._figure, folded), class_="gallery"))
        return joined(
            [
                element("h3", self._anchors.link(figures[0].task)),
                element("div", map(self._figure, shown), class_="gallery"),
                rest,
            ]
        )

    def _figure(self, figure: _Figure) -> Html:
        picture = figure.note
        if figure.content is not None:
            label = f"{figure.artifact.name} of {figure.task.id}"
            picture = self._contents.images.figure(figure.content, figure.artifact.media_type, label)
        return element("figure", picture, element("figcaption", name(figure.artifact.name)), class_="picture-box")
