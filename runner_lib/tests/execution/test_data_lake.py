from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from pynb_dag_runner import Pipeline
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.errors import EngineError
from pynb_dag_runner.execution.data_lake import DataLake


def _work() -> None:
    pass


@pytest.fixture
def task() -> Task:
    return Pipeline("lake").function(_work, id="make[size=1]")


@pytest.fixture
def lake(tmp_path: Path) -> DataLake:
    return DataLake(tmp_path, "run-1")


def _write(lake: DataLake, task: Task, attempt: int) -> Path:
    private = lake.private_dir(task, attempt)
    private.mkdir(parents=True)
    (private / "out.txt").write_text(f"attempt {attempt}")
    return private


def test_outputs_appear_as_a_whole_when_they_are_published(lake: DataLake, task: Task) -> None:
    _write(lake, task, 1)
    assert not lake.published_dir(task).exists()
    lake.publish(task, 1)
    assert (lake.published_dir(task) / "out.txt").read_text() == "attempt 1"


def test_a_late_attempt_writes_where_nobody_looks(lake: DataLake, task: Task) -> None:
    late = _write(lake, task, 1)
    _write(lake, task, 2)
    lake.publish(task, 2)
    (late / "out.txt").write_text("too late")
    (late / "more.txt").write_text("too late")
    assert [path.name for path in lake.published_dir(task).iterdir()] == ["out.txt"]
    assert (lake.published_dir(task) / "out.txt").read_text() == "attempt 2"


def test_a_second_attempt_cannot_be_published_over_the_first(lake: DataLake, task: Task) -> None:
    _write(lake, task, 1)
    _write(lake, task, 2)
    lake.publish(task, 1)
    with pytest.raises(OSError, match="not empty"):
        lake.publish(task, 2)
    assert (lake.published_dir(task) / "out.txt").read_text() == "attempt 1"


def test_a_task_without_outputs_publishes_nothing(lake: DataLake, task: Task) -> None:
    lake.publish(task, 1)
    assert not lake.published_dir(task).exists()


def test_what_was_not_published_can_be_discarded(lake: DataLake, task: Task, tmp_path: Path) -> None:
    _write(lake, task, 1)
    _write(lake, task, 2)
    lake.publish(task, 2)
    lake.discard_private()
    lake.discard_private()
    assert [path.name for path in (tmp_path / "data-lake" / "run-1").iterdir()] == [task.folder]


def test_two_runs_have_two_folders(tmp_path: Path, task: Task) -> None:
    for run_id in ("run-1", "run-2"):
        lake = DataLake(tmp_path, run_id)
        _write(lake, task, 1)
        lake.publish(task, 1)
    with pytest.raises(EngineError, match="File exists"):
        DataLake(tmp_path, "run-1")


def test_outputs_of_an_earlier_run_are_linked_and_outlive_it(lake: DataLake, task: Task, tmp_path: Path) -> None:
    private = _write(lake, task, 1)
    (private / "folder").mkdir()
    (private / "folder" / "inner.bin").write_bytes(b"12345")
    (private / "empty").mkdir()
    (private / "alias.txt").symlink_to("out.txt")
    (private / "dangling").symlink_to("nowhere")
    assert lake.publish(task, 1)
    assert lake.outputs(task) == {"alias.txt": 9, "folder/inner.bin": 5, "out.txt": 9}
    later = DataLake(tmp_path, "run-2")
    later.take_over(task, lake.published_dir(task))
    taken = later.published_dir(task)
    assert taken.joinpath("out.txt").samefile(lake.published_dir(task) / "out.txt")
    assert taken.joinpath("empty").is_dir()
    shutil.rmtree(tmp_path / "data-lake" / "run-1")
    assert later.outputs(task) == {"alias.txt": 9, "folder/inner.bin": 5, "out.txt": 9}
    later.discard_private()
    assert [path.name for path in (tmp_path / "data-lake" / "run-2").iterdir()] == [task.folder]


def test_files_are_copied_where_they_cannot_be_linked(
    lake: DataLake, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: str, target: str) -> None:
        raise OSError(errno.EXDEV, "another file system")

    _write(lake, task, 1)
    lake.publish(task, 1)
    monkeypatch.setattr("os.link", refuse)
    later = DataLake(tmp_path, "run-2")
    later.take_over(task, lake.published_dir(task))
    copy = later.published_dir(task) / "out.txt"
    assert copy.read_text() == "attempt 1"
    assert not copy.samefile(lake.published_dir(task) / "out.txt")


def test_outputs_that_are_gone_are_told(lake: DataLake, task: Task, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        lake.take_over(task, tmp_path / "gone")
    assert not lake.published_dir(task).exists()
