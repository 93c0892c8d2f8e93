from __future__ import annotations

import json
import random
from typing import Any

import pytest
from site_reading import payload

from pynb_dag_runner.site import chunks
from pynb_dag_runner.site.chunks import ChunkSize, details_chunk, details_rows, index_chunk, index_rows
from pynb_dag_runner.site.scripts import script


def index(run_id: str, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "run_id": run_id,
        "start": 1000,
        "duration_s": 2.5,
        "status": "success",
        "pipeline": "digits",
        "environment": "dev",
        "trigger": None,
        "branch": "main",
        "commit": None,
        "dirty": False,
        "pull_request": None,
        "fork": None,
        "tasks": {"success": 2},
        "problem": None,
        "tags": None,
        "parameters": {"size": [1, 1.5, True, "1", None, [1]]},
        "headlines": [["summary", "best"]],
        "metrics": [["b", "loss", 0.5], ["a", "loss", "NaN"]],
    }
    return row | changes


def details(run_id: str, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "run_id": run_id,
        "tasks": ["a", "b"],
        "status": ["success", "skip"],
        "duration_s": [1.5, None],
        "attempts": [2, 0],
        "metrics": [["a", "loss", 0.25]],
    }
    return row | changes


def sorted_metrics(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "metrics": sorted(row["metrics"], key=lambda metric: metric[:2])} for row in rows]


def test_index_columns() -> None:
    rows = [
        index("a"),
        index("b", start=None, duration_s=None, status="failure", commit="00ff", dirty=None, metrics=[["c", "x", 1]]),
        index("c", start=500, problem={"task": "a", "error": "b"}, dirty=True, tags={"__proto__": 1}),
    ]
    chunk = index_chunk(rows)
    assert chunk["base_ms"] == 500
    assert chunk["start"] == [500, None, 0]
    assert chunk["status"] == {"values": ["success", "failure"], "at": [0, 1, 0]}
    assert chunk["dirty"] == {"values": [False, True], "at": [0, -1, 1]}
    assert chunk["metrics"] == [
        {"task": "a", "name": "loss", "values": ["NaN", None, "NaN"]},
        {"task": "b", "name": "loss", "values": [0.5, None, 0.5]},
        {"task": "c", "name": "x", "values": [None, 1, None]},
    ]
    assert {len(chunk[name]["at"]) for name in chunk if isinstance(chunk[name], dict)} == {3}


def test_details_columns() -> None:
    chunk = details_chunk([details("a"), details("b", status=["failure", "skip"], tasks=["b", "a"])])
    assert chunk["statuses"] == ["failure", "skip", "success"]
    assert chunk["status"] == [[2, 1], [0, 1]]
    assert chunk["tasks"] == {"values": [["a", "b"], ["b", "a"]], "at": [0, 1]}


def test_rows_come_back_from_their_columns() -> None:
    rows = [index("a"), index("b", tags={"a": "\udc80"}, metrics=[]), index("c", start=None)]
    more = [details("a"), details("b", tasks=[], status=[], duration_s=[], attempts=[], metrics=[]), details("c")]
    read = payload(script("index", "c", index_chunk(rows)))[2]
    assert index_rows(read) == sorted_metrics(rows)
    assert details_rows(payload(script("details", "c", details_chunk(more)))[2]) == sorted_metrics(more)


def test_columns_do_not_depend_on_which_rows_were_columns_before() -> None:
    names = [["t", f"m{number}", number] for number in range(30)]
    rows = [index(f"r{number}", metrics=random.Random(number).sample(names, 10)) for number in range(20)]
    again = index_rows(json.loads(json.dumps(index_chunk(rows[:10])))) + rows[10:]
    assert index_chunk(again) == index_chunk(rows)


def test_no_rows() -> None:
    assert index_rows(index_chunk([])) == []
    assert details_rows(details_chunk([])) == []


def test_values_that_python_holds_equal_stay_different() -> None:
    chunk = index_chunk([index("a", parameters={"x": [1]}), index("b", parameters={"x": [True]})])
    assert [row["parameters"]["x"][0] is True for row in index_rows(chunk)] == [False, True]


def test_a_chunk_takes_so_many_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "MOST_RUNS", 3)
    size = ChunkSize()
    assert [size.takes(details(f"r{number}")) for number in range(5)] == [True, True, True, False, False]


def test_a_chunk_of_runs_that_share_no_metric_takes_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "MOST_CELLS", 100)
    size = ChunkSize()
    unlike = [
        details(f"r{number}", metrics=[["t", f"m{number}-{metric}", 1] for metric in range(10)]) for number in range(5)
    ]
    assert [size.takes(row) for row in unlike] == [True, True, True, False, False]
    huge = details("huge", metrics=[["t", f"m{metric}", 1] for metric in range(1000)])
    assert ChunkSize().takes(huge)
