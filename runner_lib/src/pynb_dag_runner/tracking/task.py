"""What user code calls: ``current_task()`` and the ``log_*`` methods of what it returns."""

from __future__ import annotations

import io
import json
import operator
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, SupportsIndex

from pynb_dag_runner.conventions import ArtifactKind
from pynb_dag_runner.dag.parameters import Json, require_json
from pynb_dag_runner.errors import ParameterError, TrackingError
from pynb_dag_runner.tracking.context import TaskContext
from pynb_dag_runner.tracking.current import current_attempt
from pynb_dag_runner.tracking.needs import TaskNeeds, TaskRecord

_FORMATS = {"jpg": "jpeg", "tif": "tiff"}
_LONGEST_SHOWN = 80
_LONGEST_VALUE_BYTES = 7 * 1024 * 1024
"""As JSON inside of the JSON of a line, with quotes escaped, this stays below what the driver reads of a line (8 MiB)."""


class Sink(Protocol):
    """Where records go: into the run log (``runlog.attempt_log.AttemptLog``), or onto the screen."""

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """Take a number."""

    def value(self, name: str, value: Json) -> None:
        """Take a JSON value."""

    def artifact(self, name: str, content: bytes | str | Path, kind: ArtifactKind = ...) -> None:
        """Take a file."""


class TaskRecorder:
    """The task that runs in this process: what it was given, and where it records what it finds."""

    def __init__(self, context: TaskContext, sink: Sink, needs: TaskNeeds, *, is_recorded: bool) -> None:
        self._context = context
        self._sink = sink
        self.needs = needs
        self.is_recorded = is_recorded
        """False outside a run: then nothing is kept, and ``log_*`` methods print."""

    @property
    def name(self) -> str:
        """The task's name, such as ``train-model``."""
        return self._context.task_name

    @property
    def id(self) -> str:
        """The task's id, such as ``train-model[nr_train_images=600]``."""
        return self._context.task_id

    @property
    def run_id(self) -> str:
        """The pipeline run's id."""
        return self._context.run_id

    @property
    def attempt(self) -> int:
        """Number of this attempt, from 1."""
        return self._context.attempt

    @property
    def parameters(self) -> dict[str, Json]:
        """The parameters that the runner passed."""
        return dict(self._context.parameters)

    def log_metric(self, name: str, value: float, step: int | None = None) -> None:
        """Record a number; several values of one metric, ordered by ``step``, are a history.

        Raises:
            TrackingError: ``value`` is no number, or ``step`` is no whole number.
        """
        _require_name(name, "metric")
        try:
            number = float(value) if not isinstance(value, (str, bytes)) else None
        except (TypeError, ValueError, OverflowError):
            number = None
        if number is None:
            raise TrackingError(f"metric {name!r}: {value!r} is no number; log_value records other things")
        self._sink.metric(name, number, None if step is None else _whole(step, name))

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Record several numbers.

        Raises:
            TrackingError: as for :meth:`log_metric`.
        """
        for name, value in metrics.items():
            self.log_metric(name, value, step)

    def log_value(self, name: str, value: Json) -> None:
        """Record any JSON value: a list, a table as dict, a text.

        Raises:
            TrackingError: ``value`` is not JSON, or takes more than 7 MiB as JSON.
        """
        _require_name(name, "value")
        try:
            checked = require_json(value, f"value {name!r}")
        except ParameterError as error:
            raise TrackingError(f"{error.message}; a numpy array: use .tolist()") from None
        except RecursionError:
            raise TrackingError(f"value {name!r} is nested too deeply, or contains itself") from None
        _require_short(name, checked)
        self._sink.value(name, checked)

    def log_text(self, name: str, text: str) -> None:
        """Record a text as a file, such as ``report.md``.

        Raises:
            TrackingError: ``text`` is no string.
        """
        _require_file_name(name, "text")
        if not isinstance(text, str):
            raise TrackingError(f"text {name!r}: expected a string, got {type(text).__name__}")
        self._sink.artifact(name, text, ArtifactKind.TEXT)

    def log_figure(self, name: str, figure: Any) -> None:
        """Record a figure; the ending of ``name`` says the format, PNG where there is none.

        ``figure`` has a method ``savefig`` (matplotlib), ``save`` (Pillow) or ``write_image`` (Plotly), or is the bytes or
        the path of a picture.

        Raises:
            TrackingError: ``figure`` is nothing that can be drawn.
        """
        _require_file_name(name, "figure")
        file_name = name if PurePosixPath(name).suffix else f"{name}.png"
        self._sink.artifact(file_name, _drawn(file_name, figure), ArtifactKind.FIGURE)

    def log_artifact(self, name: str, content: bytes | str | Path) -> None:
        """Record a file under ``name``: its bytes, or the path where it lies. Sizes up to 1 GiB are fine.

        Raises:
            TrackingError: ``content`` is neither bytes nor the path of a file.
        """
        _require_file_name(name, "artifact")
        if isinstance(content, (bytes, bytearray, memoryview)):
            self._sink.artifact(name, bytes(content))
            return
        path = _file(content)
        if path is None:
            shown = repr(content) if len(repr(content)) <= _LONGEST_SHOWN else f"a {type(content).__name__}"
            raise TrackingError(
                f"artifact {name!r}: expected bytes or the path of a file, got {shown}; log_text records a text"
            )
        self._sink.artifact(name, path)

    def output(self, name: str) -> Path:
        """Where to write a file that the task hands to the tasks that need it.

        The place is private to this attempt; all outputs are published together when the task succeeds.

        Raises:
            TrackingError: ``name`` would lie outside the task's folder.
        """
        _require_file_name(name, "output")
        path = Path(self._context.outputs_dir) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def __repr__(self) -> str:
        return f"TaskRecorder({self.id!r}, attempt={self.attempt})"


def current_task() -> TaskRecorder:
    """The task that this code belongs to.

    In a run it records into the run log. In a notebook or script that a person runs alone it prints instead: its
    ``needs`` come from the newest run that succeeded with this task in it, its outputs go to a folder of their own.
    """
    attempt = current_attempt()
    if attempt is None:
        from pynb_dag_runner.tracking.interactive import interactive_task

        return interactive_task()
    needs = TaskNeeds([TaskRecord(need) for need in attempt.context.needs])
    return TaskRecorder(attempt.context, attempt.log, needs, is_recorded=True)


def _require_name(name: object, what: str) -> None:
    if not isinstance(name, str) or not name or not name.isprintable():
        raise TrackingError(f"a {what} needs a name, got {name!r}")


def _require_short(name: str, value: Json) -> None:
    text = json.dumps(json.dumps(value, ensure_ascii=False))
    if len(text) > _LONGEST_VALUE_BYTES:
        raise TrackingError(
            f"value {name!r} takes {len(text)} bytes as JSON, more than the {_LONGEST_VALUE_BYTES} that a value may have: "
            "log_artifact records it as a file, output() hands it to the tasks that need it"
        )


def _require_file_name(name: object, what: str) -> None:
    _require_name(name, what)
    path = PurePosixPath(str(name))
    if path.is_absolute() or ".." in path.parts or str(path) == ".":
        raise TrackingError(f"{what} {name!r}: give a file name such as 'model.onnx' or 'plots/loss.png'")


def _drawn(name: str, figure: Any) -> bytes | Path:
    if isinstance(figure, (bytes, bytearray)):
        return bytes(figure)
    path = _file(figure)
    if path is not None:
        return path
    buffer = io.BytesIO()
    ending = PurePosixPath(name).suffix[1:].lower()
    file_format = _FORMATS.get(ending, ending)
    # Axes of matplotlib have the figure that they are part of.
    drawable = figure if not hasattr(figure, "figure") or hasattr(figure, "savefig") else figure.figure
    try:
        if hasattr(drawable, "savefig"):
            drawable.savefig(buffer, format=file_format, bbox_inches="tight")
        elif hasattr(drawable, "write_image"):
            drawable.write_image(buffer, format=file_format)
        elif hasattr(drawable, "save"):
            drawable.save(buffer, format=file_format)
        else:
            raise TrackingError(
                f"figure {name!r}: a {type(figure).__name__} cannot be drawn; pass a matplotlib figure, bytes or a path"
            )
    except (ValueError, KeyError) as error:
        raise TrackingError(f"figure {name!r} cannot be drawn as {file_format}: {error}") from error
    return buffer.getvalue()


def _file(content: object) -> Path | None:
    """The file that ``content`` is the path of, if it is one."""
    try:
        return Path(content) if isinstance(content, (str, Path)) and Path(content).is_file() else None
    except (OSError, ValueError):
        # A text is no path: too long, or with a NUL in it.
        return None


def _whole(step: object, name: str) -> int:
    number: int | None = None
    if isinstance(step, float) and step.is_integer():
        number = int(step)
    elif isinstance(step, SupportsIndex) and not isinstance(step, bool):
        number = operator.index(step)
    if number is None or not -(2**63) <= number < 2**63:
        raise TrackingError(f"metric {name!r}: step {step!r} is no whole number of at most 63 bits")
    return number
