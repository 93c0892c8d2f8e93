"""Rows of many runs as columns, and back: the files that a page loads to list, filter and compare runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pynb_dag_runner.site.rows import Row
from pynb_dag_runner.site.scripts import json_text

MOST_RUNS = 500
MOST_CELLS = 250_000
"""Metrics make a table of runs × names: where each run has other names, few runs fill it."""

_CODED = (
    "status",
    "pipeline",
    "environment",
    "trigger",
    "branch",
    "commit",
    "dirty",
    "pull_request",
    "fork",
    "tasks",
    "problem",
    "tags",
    "parameters",
    "headlines",
)


class ChunkSize:
    """Counts what a chunk would hold, run by run."""

    def __init__(self) -> None:
        self.runs = 0
        self._columns: set[tuple[str, str]] = set()

    def takes(self, details: Row) -> bool:
        """Whether one more run fits; if so, it is counted. The first one always does."""
        columns = self._columns | {(task, name) for task, name, _ in details["metrics"]}
        if self.runs and (self.runs == MOST_RUNS or (self.runs + 1) * len(columns) > MOST_CELLS):
            return False
        self.runs += 1
        self._columns = columns
        return True


def index_chunk(rows: Sequence[Row]) -> dict[str, Any]:
    """Columns of index rows, which are in the order of their run ids."""
    base_ms = min((row["start"] for row in rows if row["start"] is not None), default=0)
    return {
        "run_id": [row["run_id"] for row in rows],
        "base_ms": base_ms,
        "start": [None if row["start"] is None else row["start"] - base_ms for row in rows],
        "duration_s": [row["duration_s"] for row in rows],
        **{name: _coded(row[name] for row in rows) for name in _CODED},
        "metrics": _metric_columns(rows),
    }


def index_rows(chunk: dict[str, Any]) -> list[Row]:
    """The rows that :func:`index_chunk` was given."""
    coded = {name: _decoded(chunk[name]) for name in _CODED}
    metrics = _metric_rows(chunk)
    return [
        {
            "run_id": run_id,
            "start": None if chunk["start"][at] is None else chunk["start"][at] + chunk["base_ms"],
            "duration_s": chunk["duration_s"][at],
            **{name: values[at] for name, values in coded.items()},
            "metrics": metrics[at],
        }
        for at, run_id in enumerate(chunk["run_id"])
    ]


def details_chunk(rows: Sequence[Row]) -> dict[str, Any]:
    """Columns of details rows, which are in the order of their run ids."""
    statuses = sorted({status for row in rows for status in row["status"]})
    codes = {status: code for code, status in enumerate(statuses)}
    return {
        "run_id": [row["run_id"] for row in rows],
        "tasks": _coded(row["tasks"] for row in rows),
        "statuses": statuses,
        "status": [[codes[status] for status in row["status"]] for row in rows],
        "duration_s": [row["duration_s"] for row in rows],
        "attempts": [row["attempts"] for row in rows],
        "metrics": _metric_columns(rows),
    }


def details_rows(chunk: dict[str, Any]) -> list[Row]:
    """The rows that :func:`details_chunk` was given."""
    tasks, metrics = _decoded(chunk["tasks"]), _metric_rows(chunk)
    return [
        {
            "run_id": run_id,
            "tasks": tasks[at],
            "status": [chunk["statuses"][code] for code in chunk["status"][at]],
            "duration_s": chunk["duration_s"][at],
            "attempts": chunk["attempts"][at],
            "metrics": metrics[at],
        }
        for at, run_id in enumerate(chunk["run_id"])
    ]


def _coded(column: Iterable[Any]) -> dict[str, Any]:
    values: list[Any] = []
    codes: dict[str, int] = {}
    at = []
    for value in column:
        if value is None:
            at.append(-1)
            continue
        key = json_text(value)
        if key not in codes:
            codes[key] = len(values)
            values.append(value)
        at.append(codes[key])
    return {"values": values, "at": at}


def _decoded(coded: dict[str, Any]) -> list[Any]:
    return [None if code == -1 else coded["values"][code] for code in coded["at"]]


def _metric_columns(rows: Sequence[Row]) -> list[dict[str, Any]]:
    columns: dict[tuple[str, str], list[Any]] = {}
    for at, row in enumerate(rows):
        for task, name, value in row["metrics"]:
            columns.setdefault((task, name), [None] * len(rows))[at] = value
    # Sorted, so that a chunk does not depend on which of its runs was there first.
    return [{"task": task, "name": name, "values": columns[task, name]} for task, name in sorted(columns)]


def _metric_rows(chunk: dict[str, Any]) -> list[list[list[Any]]]:
    rows: list[list[list[Any]]] = [[] for _ in chunk["run_id"]]
    for column in chunk["metrics"]:
        for at, value in _known(column["values"]):
            rows[at].append([column["task"], column["name"], value])
    return rows


def _known(values: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    return ((at, value) for at, value in enumerate(values) if value is not None)
