"""A run as a folder tree: evaluated notebooks, figures, artifacts, output and outcomes as ordinary files.

    <to>/<run id>/
        run.json  summary.md  dag.mmd  gantt.mmd
        tasks/<task folder>/
            task.json                                parameters, options, needs, outcome, metrics, values
            attempts/<number>/
                attempt.json                         outcome, metrics, and the file of each artifact
                notebook.ipynb  notebook.html        as far as it was evaluated
                stdout.txt  stderr.txt  exception.txt
                figures/  artifacts/  texts/

What cannot be written, such as an artifact whose process died while it wrote, is a warning and does not end the rest.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pynb_dag_runner.conventions import PARTIAL_SUFFIX, ArtifactKind
from pynb_dag_runner.dag.task import folder_name
from pynb_dag_runner.errors import EngineError, PdrError, RunLogError, UsageError
from pynb_dag_runner.report import document, markdown, mermaid
from pynb_dag_runner.report.filenames import FileNames, safe_name
from pynb_dag_runner.runlog.reader import artifact_content

if TYPE_CHECKING:
    from pynb_dag_runner.runlog.records import Artifact, Attempt, ExceptionRecord, PipelineRun, TaskRun

MARKER = ".pdr-expanded"
"""A file that says that a folder was made here, and may be replaced or removed."""

_FOLDERS = {ArtifactKind.ARTIFACT: "artifacts", ArtifactKind.FIGURE: "figures", ArtifactKind.TEXT: "texts"}


@dataclass
class Expanded:
    """What was written: the folder, how much, and what could not be written."""

    folder: Path
    files: int = 0
    size_bytes: int = 0
    warnings: list[str] = field(default_factory=list)


def expand(run: PipelineRun, to: Path) -> Expanded:
    """Write ``run`` to ``to/<run id>``, which appears when it is complete and replaces an earlier one.

    Memory holds one chunk of an artifact at a time, and one notebook.

    Raises:
        UsageError: the folder exists and was not made by this function, or ``to`` is no folder.
        EngineError: something cannot be written, for instance since the disk is full.
    """
    folder = to / safe_name(run.run_id)
    require_replaceable(folder)
    try:
        to.mkdir(parents=True, exist_ok=True)
        temporary = _temporary_sibling(folder)
    except OSError as error:
        raise UsageError(f"{to}: cannot write there: {error.strerror}") from error
    try:
        written = Expanded(folder)
        _TreeWriter(run, temporary, written).write()
        _put_in_place(temporary, folder)
        return written
    except OSError as error:
        raise EngineError(f"{error.filename or folder}: cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def require_replaceable(folder: Path) -> None:
    """Make sure that nothing is lost when ``folder`` is replaced.

    Raises:
        UsageError: it exists and was not made by :func:`expand`.
    """
    if not os.path.lexists(folder) or is_expanded(folder):
        return
    raise UsageError(f"{folder} exists and was not made by `pdr expand`: move it away, or choose another folder")


def is_expanded(folder: Path) -> bool:
    """Whether ``folder`` was made by :func:`expand`; never said of a link."""
    return not folder.is_symlink() and (folder / MARKER).is_file()


def _put_in_place(temporary: Path, folder: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    temporary.chmod(0o777 & ~umask)
    if not os.path.lexists(folder):
        temporary.rename(folder)
        return
    aside = _temporary_sibling(folder)
    folder.rename(aside)  # an empty folder may be replaced by another
    temporary.rename(folder)
    shutil.rmtree(aside)


def _temporary_sibling(folder: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix=f".{folder.name[:100]}.", suffix=".partial", dir=folder.parent))


class _TreeWriter:
    def __init__(self, run: PipelineRun, root: Path, written: Expanded) -> None:
        self._run = run
        self._run_log = where_it_is_now(run.path)
        self._root = root
        self._written = written
        self._has_html = True

    def write(self) -> None:
        run = self._run
        self._text(self._root / MARKER, f"Made by `pdr expand` from run {run.run_id}; replaced by the next one.\n")
        folders = FileNames()
        for task in run:
            name = folders.take(task.folder or folder_name(task.id))
            self._task(task, self._root / "tasks" / name)
        self._text(self._root / "run.json", document.dumps(document.run_document(run)))
        self._text(self._root / "summary.md", markdown.summary(run))
        self._text(self._root / "dag.mmd", mermaid.dag(run))
        self._text(self._root / "gantt.mmd", mermaid.gantt(run))

    def _task(self, task: TaskRun, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._text(folder / "task.json", document.dumps(document.task_document(task)))
        for attempt in task.attempts:
            self._attempt(task, attempt, folder / "attempts" / str(attempt.number))

    def _attempt(self, task: TaskRun, attempt: Attempt, folder: Path) -> None:
        folder.mkdir(parents=True)
        files = self._artifacts(f"{task.id}, attempt {attempt.number}", attempt, folder)
        artifacts = [
            {**document.artifact_document(artifact), "file": file}
            for artifact, file in zip(attempt.artifacts, files, strict=True)
        ]
        self._text(
            folder / "attempt.json",
            document.dumps({**document.attempt_document(attempt), "task": task.id, "artifacts": artifacts}),
        )
        for stream in dict.fromkeys(output.stream for output in attempt.outputs):
            if stream in ("stdout", "stderr"):
                self._text(folder / f"{stream}.txt", "".join(_output_pieces(attempt, stream)))
        if attempt.exceptions:
            self._text(folder / "exception.txt", "\n\n".join(map(_exception_text, attempt.exceptions)) + "\n")

    def _artifacts(self, owner: str, attempt: Attempt, folder: Path) -> list[str | None]:
        """Write the artifacts; returns the path of each one's file below ``folder``, None where there is none."""
        names = {kind: FileNames() for kind in ArtifactKind}
        files: dict[str, str | None] = {}
        # From the last to the first: of several with the same name, the last one gets it as it is.
        for artifact in reversed(attempt.artifacts):
            files[artifact.id] = None
            if not artifact.is_complete:
                self._warn(f"{owner}: {artifact.kind.value} {artifact.name!r} is incomplete and was left out")
                continue
            file = self._file_of(artifact, names[artifact.kind])
            if self._content(artifact, folder / file, owner):
                files[artifact.id] = file
        if files and (folder / "notebook.ipynb").is_file():
            self._html(folder / "notebook.ipynb", owner)
        return [files[artifact.id] for artifact in attempt.artifacts]

    def _file_of(self, artifact: Artifact, names: FileNames) -> str:
        if artifact.kind is ArtifactKind.NOTEBOOK:
            return names.take("notebook.ipynb")
        return f"{_FOLDERS[artifact.kind]}/{names.take(str(artifact.name))}"

    def _content(self, artifact: Artifact, path: Path, owner: str) -> bool:
        """Stream one artifact to ``path``; what turns out to be damaged is removed again."""
        path.parent.mkdir(exist_ok=True)
        size = 0
        try:
            with path.open("xb") as file:
                for chunk in artifact_content(self._run_log, artifact):
                    size += file.write(chunk)
        except RunLogError as error:
            path.unlink()
            self._warn(f"{owner}: {error}")
            return False
        self._written.files += 1
        self._written.size_bytes += size
        return True

    def _html(self, notebook: Path, owner: str) -> None:
        if not self._has_html:
            return
        try:
            from pynb_dag_runner.notebook.html import notebook_html

            html = notebook_html(notebook.read_text("utf-8"), owner)
        except ImportError as error:
            self._has_html = False
            self._warn(f"notebooks are written without .html: {error.name or error} is not installed")
        except (PdrError, ValueError, LookupError, TypeError, AttributeError) as error:
            # The content is whatever was recorded: torn JSON, or JSON that is no notebook.
            self._warn(f"{owner}: notebook.html was left out, since notebook.ipynb is not valid: {error}")
        else:
            self._text(notebook.with_suffix(".html"), html)

    def _text(self, path: Path, text: str) -> None:
        with path.open("xb") as file:
            self._written.size_bytes += file.write(text.encode("utf-8", "backslashreplace"))
        self._written.files += 1

    def _warn(self, message: str) -> None:
        self._written.warnings.append(message)


def where_it_is_now(run_log: Path) -> Path:
    """The path of a run log that may have been finished, and so renamed, since it was read."""
    finished = run_log.with_name(run_log.name.removesuffix(PARTIAL_SUFFIX))
    return finished if not run_log.exists() and finished.exists() else run_log


def _exception_text(exception: ExceptionRecord) -> str:
    """The trace; above it what was wrong, where the trace tells only where the code was, as after a time-out."""
    title = f"{exception.type}: {exception.message}"
    trace = exception.stacktrace.rstrip("\n")
    return trace if exception.message in trace and trace else f"{title}\n\n{trace}".rstrip("\n")


def _output_pieces(attempt: Attempt, stream: str) -> Iterator[str]:
    dropped_bytes = 0
    for output in attempt.outputs:
        if output.stream == stream:
            yield output.text
            dropped_bytes += output.dropped_bytes
    if dropped_bytes:
        yield f"\n[{dropped_bytes} more bytes were not recorded]\n"
