"""What user code hands over is recorded, or refused with a sentence that says what to do."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import matplotlib.figure
import numpy
import PIL.Image
import pytest
from task_surroundings import TaskSurroundings

from pynb_dag_runner.conventions import ArtifactKind
from pynb_dag_runner.errors import TrackingError
from pynb_dag_runner.tracking.needs import TaskNeeds
from pynb_dag_runner.tracking.task import TaskRecorder


class Taken:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.metrics: list[tuple[str, float, int | None]] = []
        self.values: dict[str, Any] = {}
        self.artifacts: list[tuple[str, bytes | str | Path, ArtifactKind]] = []

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        self.metrics.append((name, value, step))

    def value(self, name: str, value: Any) -> None:
        self.values[name] = value

    def artifact(self, name: str, content: bytes | str | Path, kind: ArtifactKind = ArtifactKind.ARTIFACT) -> None:
        self.artifacts.append((name, content, kind))


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def task(task_surroundings: TaskSurroundings, taken: Taken) -> TaskRecorder:
    return TaskRecorder(task_surroundings.context, taken, TaskNeeds([]), is_recorded=True)


def test_that_a_task_knows_itself(task: TaskRecorder) -> None:
    assert (task.name, task.id, task.run_id, task.attempt) == ("train", "train[size=600]", "r1", 2)
    assert (task.parameters, task.is_recorded) == ({"size": 600}, True)
    assert repr(task) == "TaskRecorder('train[size=600]', attempt=2)"
    task.parameters["size"] = 1
    assert task.parameters == {"size": 600}


@pytest.mark.parametrize(
    "value", [1, 0.5, True, numpy.float32(0.5), numpy.int64(3), numpy.array(2.0), Decimal("1.5"), Fraction(1, 2)]
)
def test_that_numbers_are_recorded(task: TaskRecorder, taken: Taken, value: Any) -> None:
    task.log_metric("loss", value)
    assert taken.metrics == [("loss", float(value), None)]
    assert type(taken.metrics[0][1]) is float


def test_that_numbers_without_a_value_are_recorded(task: TaskRecorder, taken: Taken) -> None:
    task.log_metrics({"nan": math.nan, "inf": -math.inf}, step=3)
    assert math.isnan(taken.metrics[0][1])
    assert taken.metrics[1] == ("inf", -math.inf, 3)


@pytest.mark.parametrize("value", ["0.5", b"1", None, [1.0], 1j, numpy.array([1.0, 2.0]), object(), 10**400])
def test_that_other_things_are_no_metric(task: TaskRecorder, taken: Taken, value: Any) -> None:
    with pytest.raises(TrackingError, match=r"metric 'loss': .* is no number; log_value records other things"):
        task.log_metric("loss", value)
    assert taken.metrics == []


@pytest.mark.parametrize(("step", "whole"), [(0, 0), (-1, -1), (3.0, 3), (numpy.int32(7), 7), (2**63 - 1, 2**63 - 1)])
def test_that_steps_are_whole_numbers(task: TaskRecorder, taken: Taken, step: Any, whole: int) -> None:
    task.log_metric("loss", 1, step=step)
    assert taken.metrics == [("loss", 1.0, whole)]
    assert type(taken.metrics[0][2]) is int


@pytest.mark.parametrize("step", [0.5, True, "1", math.nan, math.inf, [1], 2**63, 10**400])
def test_that_other_steps_are_refused(task: TaskRecorder, step: Any) -> None:
    with pytest.raises(TrackingError, match=r"metric 'loss': step .* is no whole number"):
        task.log_metric("loss", 1, step=step)


@pytest.mark.parametrize("name", ["", None, 7, "a\nb", "\x00", b"loss"])
def test_that_names_are_texts(task: TaskRecorder, name: Any) -> None:
    for call in (task.log_metric, task.log_value, task.log_text, task.log_artifact):
        with pytest.raises(TrackingError, match="needs a name, got"):
            call(name, 1)  # type: ignore[operator]


def test_that_json_is_recorded(task: TaskRecorder, taken: Taken) -> None:
    value = {"confusion": [[50, 1], [2, 47]], "none": None, "text": "ü", "large": 10**30}
    task.log_value("table", value)
    assert taken.values == {"table": value}


@pytest.mark.parametrize("value", [(1, 2), {1: 2}, numpy.array([1]), math.nan, {"a": {"b": {1}}}, Path("x")])
def test_that_other_values_are_refused(task: TaskRecorder, value: Any) -> None:
    with pytest.raises(TrackingError, match=r"value 'table'.*use \.tolist\(\)"):
        task.log_value("table", value)


def test_that_a_value_that_contains_itself_is_refused(task: TaskRecorder) -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(TrackingError, match="nested too deeply, or contains itself"):
        task.log_value("table", value)


@pytest.mark.parametrize("value", ["x" * 8_000_000, ['"'] * 1_000_000, "ä" * 1_500_000])
def test_that_values_too_large_to_be_handed_on_are_refused(task: TaskRecorder, taken: Taken, value: Any) -> None:
    with pytest.raises(TrackingError, match=r"value 'table' takes \d+ bytes .* log_artifact .* output\(\)"):
        task.log_value("table", value)
    task.log_value("table", "x" * 7_000_000)
    assert list(taken.values) == ["table"]


def test_that_texts_are_recorded(task: TaskRecorder, taken: Taken) -> None:
    task.log_text("report.md", "# Report")
    assert taken.artifacts == [("report.md", "# Report", ArtifactKind.TEXT)]
    with pytest.raises(TrackingError, match=r"text 'report\.md': expected a string, got bytes"):
        task.log_text("report.md", b"# Report")  # type: ignore[arg-type]


def test_that_artifacts_are_bytes_or_files(task: TaskRecorder, taken: Taken, tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(b"model")
    for content in (b"x", bytearray(b"x"), memoryview(b"x")):
        task.log_artifact("a.bin", content)  # type: ignore[arg-type]
    task.log_artifact("models/a.onnx", file)
    task.log_artifact("a.onnx", str(file))
    kind = ArtifactKind.ARTIFACT
    assert taken.artifacts[:3] == [("a.bin", b"x", kind)] * 3
    assert taken.artifacts[3:] == [("models/a.onnx", file, kind), ("a.onnx", file, kind)]


@pytest.mark.parametrize("content", ["no file", Path("missing"), "text " * 2000, "a\x00b", 7, None, ["x"], Path()])
def test_that_other_artifacts_are_refused(task: TaskRecorder, content: Any) -> None:
    with pytest.raises(
        TrackingError, match=r"expected bytes or the path of a file, got .*; log_text records a text"
    ) as e:
        task.log_artifact("a.bin", content)
    assert len(str(e.value)) < 250


@pytest.mark.parametrize("name", ["/etc/passwd", "../a", "a/../../b", ".", "a/.."])
def test_that_names_of_files_stay_in_their_folder(task: TaskRecorder, name: str) -> None:
    for call in (task.log_text, task.log_artifact, task.log_figure, lambda name, _: task.output(name)):
        with pytest.raises(TrackingError, match="give a file name such as"):
            call(name, "x")  # type: ignore[operator]


@pytest.mark.parametrize(
    ("name", "recorded", "start"),
    [
        ("plot", "plot.png", b"\x89PNG"),
        ("plot.png", "plot.png", b"\x89PNG"),
        ("plot.JPG", "plot.JPG", b"\xff\xd8"),
        ("plot.svg", "plot.svg", b"<?xml"),
        ("plot.pdf", "plot.pdf", b"%PDF"),
    ],
)
def test_that_figures_are_drawn_as_their_name_says(
    task: TaskRecorder, taken: Taken, name: str, recorded: str, start: bytes
) -> None:
    figure = matplotlib.figure.Figure()
    axes = figure.subplots()
    axes.plot([1, 2], [3, 4])
    for drawable in (figure, axes):
        task.log_figure(name, drawable)
    for found, content, kind in taken.artifacts:
        assert (found, kind) == (recorded, ArtifactKind.FIGURE)
        assert isinstance(content, bytes)
        assert content.startswith(start)
    assert len(taken.artifacts) == 2


def test_that_pictures_of_pillow_are_drawn(task: TaskRecorder, taken: Taken) -> None:
    task.log_figure("a.jpg", PIL.Image.new("RGB", (2, 2)))
    content = taken.artifacts[0][1]
    assert isinstance(content, bytes)
    assert content.startswith(b"\xff\xd8")


def test_that_pictures_may_be_bytes_or_files(task: TaskRecorder, taken: Taken, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"\x89PNG")
    task.log_figure("a", b"\x89PNG")
    task.log_figure("b.png", str(file))
    assert [content for _, content, _ in taken.artifacts] == [b"\x89PNG", file]


def test_that_what_cannot_be_drawn_is_refused(task: TaskRecorder) -> None:
    with pytest.raises(TrackingError, match="a int cannot be drawn; pass a matplotlib figure, bytes or a path"):
        task.log_figure("plot", 7)
    with pytest.raises(TrackingError, match=r"figure 'plot\.v2' cannot be drawn as v2: .*[Ff]ormat"):
        task.log_figure("plot.v2", matplotlib.figure.Figure())


def test_that_outputs_have_a_private_place(task: TaskRecorder, tmp_path: Path) -> None:
    path = task.output("models/a.onnx")
    path.write_bytes(b"x")
    assert path == tmp_path / "private" / "models" / "a.onnx"
