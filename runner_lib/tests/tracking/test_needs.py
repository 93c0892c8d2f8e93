"""What a task sees of the tasks that it needs."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from pynb_dag_runner.errors import TrackingError
from pynb_dag_runner.tracking.context import NeedContext
from pynb_dag_runner.tracking.needs import VALUE_FILE, TaskNeeds, TaskRecord


def record(folder: Path, id: str) -> TaskRecord:
    """A record of a task whose outputs lie in ``folder``."""
    return TaskRecord(NeedContext(id, id.split("[")[0], {"a": 1}, {"rows": 7.0}, {"t": [1]}, str(folder / id)))


@pytest.fixture
def needs(tmp_path: Path) -> TaskNeeds:
    return TaskNeeds([record(tmp_path, id) for id in ("ingest", "split[part=1]", "split[part=2]")])


def test_that_needs_are_found_by_id_and_by_name(needs: TaskNeeds) -> None:
    assert needs["ingest"].id == "ingest"
    assert needs["split[part=2]"].id == "split[part=2]"
    assert [need.id for need in needs] == ["ingest", "split[part=1]", "split[part=2]"]
    assert [need.id for need in needs.all("split")] == ["split[part=1]", "split[part=2]"]
    assert (len(needs), needs.all("eda")) == (3, [])
    assert repr(needs) == "TaskNeeds(ingest, split[part=1], split[part=2])"


def test_that_a_name_of_several_asks_for_an_id(needs: TaskNeeds) -> None:
    with pytest.raises(TrackingError, match=r"use one of the ids split\[part=1\], split\[part=2\], or needs\.all"):
        needs["split"]


def test_that_an_unknown_name_says_what_there_is(needs: TaskNeeds) -> None:
    with pytest.raises(TrackingError, match="does not need 'eda'; it needs: ingest, split"):
        needs["eda"]
    with pytest.raises(TrackingError, match="it needs: none"):
        TaskNeeds([])["eda"]


def test_that_a_chooser_picks_among_several(tmp_path: Path) -> None:
    both = [record(tmp_path, "split[part=1]"), record(tmp_path, "split[part=2]")]
    assert TaskNeeds(both, lambda several: several[-1])["split"].id == "split[part=2]"


def test_that_records_hold_what_was_recorded(tmp_path: Path) -> None:
    found = record(tmp_path, "ingest")
    assert (found.name, found.parameters, found.metrics, found.values) == (
        "ingest",
        {"a": 1},
        {"rows": 7.0},
        {"t": [1]},
    )
    assert repr(found) == "TaskRecord('ingest')"


def test_that_outputs_are_paths(tmp_path: Path) -> None:
    found = record(tmp_path, "ingest")
    assert found.outputs == []
    (tmp_path / "ingest" / "plots").mkdir(parents=True)
    (tmp_path / "ingest" / "plots" / "a.png").write_bytes(b"x")
    (tmp_path / "ingest" / "data.npz").write_bytes(b"y")
    assert found.outputs == ["data.npz", "plots/a.png"]
    assert found.output("plots/a.png").read_bytes() == b"x"
    with pytest.raises(TrackingError, match=r"has no output 'b\.npz'; its outputs: data\.npz, plots/a\.png"):
        found.output("b.npz")


def test_that_none_is_a_value(tmp_path: Path) -> None:
    found = TaskRecord(NeedContext("clean", "clean", {}, {}, {}, str(tmp_path / "clean"), returned_none=True))
    assert found.has_value
    assert found.value is None
    assert found.outputs == []


def test_that_the_value_of_a_function_is_read(tmp_path: Path) -> None:
    found = record(tmp_path, "ingest")
    with pytest.raises(TrackingError, match="task ingest has no value, as it is no function; outputs: none"):
        _ = found.value
    (tmp_path / "ingest").mkdir()
    (tmp_path / "ingest" / VALUE_FILE).write_bytes(pickle.dumps({"rows": 7}))
    assert found.value == {"rows": 7}
