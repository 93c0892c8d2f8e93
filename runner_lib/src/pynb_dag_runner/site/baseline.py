"""The newest runs of the main line, read out of a tracker's data: what a new run is compared with.

A tracker can be a folder or be far away, so files come from a function that reads one by its name. Nothing is believed:
whatever a file holds gives facts of the right types, or a sentence that says why there is nothing to compare with.
"""

from __future__ import annotations

import math
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from pynb_dag_runner.report.comparison import NoComparison
from pynb_dag_runner.report.escaping import one_line
from pynb_dag_runner.report.run_facts import COMPLETE, Baseline, MetricKey, RunFacts, TaskFacts
from pynb_dag_runner.report.usual import WINDOW
from pynb_dag_runner.site.names import CHUNK, FORMAT, MANIFEST
from pynb_dag_runner.site.scripts import parse_script

ReadFile: TypeAlias = Callable[[str, int], bytes]
"""Gives the file of that name if it is not larger than so many bytes; raises FileNotFoundError or another OSError."""

_MOST_MANIFEST_BYTES = 4 * 1024 * 1024
_MOST_CHUNK_BYTES = 32 * 1024 * 1024
_MOST_CHUNKS = 4
"""Newest first: a chunk holds up to 500 runs of one month."""
_USUAL_BRANCHES = ("main", "master")

# What reading JSON of a wrong shape raises.
_DAMAGED = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True)
class _Row:
    """What the index says of one run."""

    chunk: str
    run_id: str
    status: str
    start_ms: float | None
    branch: str | None
    revision: str | None
    duration_s: float | None
    parameters: Mapping[str, Sequence[Any]]


def folder_reader(root: Path) -> ReadFile:
    """Reads files of a site in a folder."""

    def read(name: str, most_bytes: int) -> bytes:
        path = root / name
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"{name} is no file")
        if found.st_size > most_bytes:
            raise OSError(f"{name} is larger than {most_bytes} bytes")
        return path.read_bytes()

    return read


def read_baseline(read: ReadFile, head: RunFacts, main: str | None = None) -> Baseline | NoComparison:
    """Complete runs of the main line that began before ``head``, of the same pipeline and environment.

    ``main`` is the branch; None takes ``main`` or ``master``, the more frequent of both, and without these the branch of
    the most runs, as the tracker's pages do.
    """
    try:
        rows = _rows_before(read, head, main)
        branch = main or _main_branch(rows)
        chosen = _oldest_first([row for row in rows if row.branch == branch])[-WINDOW:]
        runs = _runs(read, chosen, head)
    except FileNotFoundError:
        return NoComparison("There is no tracker yet to compare with: the first published run makes one.")
    except OSError as error:
        return NoComparison(f"The tracker cannot be read: {_reason(error)}.")
    except _NewerFormat:
        return NoComparison("The tracker was written by a newer pdr: update pdr to compare with it.")
    except _DAMAGED:
        return NoComparison("The tracker's data are damaged: there is nothing to compare with.")
    if not runs:
        where = "of the main branch" if branch is None else f"of {one_line(branch, 80)}"
        what = f"pipeline {one_line(head.pipeline, 80)} in environment {one_line(head.environment, 80) or 'none'}"
        return NoComparison(f"The tracker has no complete run {where} yet for {what}.")
    return Baseline(branch, runs)


class _NewerFormat(Exception):
    """The data have a format of the future."""


def _reason(error: OSError) -> str:
    return one_line(error.strerror or str(error) or type(error).__name__).rstrip(".")


def _rows_before(read: ReadFile, head: RunFacts, main: str | None) -> list[_Row]:
    """Rows of complete runs that could be main's, of as many chunks as it takes."""
    rows: list[_Row] = []
    for chunk in _newest_chunks(read):
        rows += _index_rows(chunk, _payload(read(f"data/index/{chunk}.js", _MOST_CHUNK_BYTES), "index", chunk), head)
        branch = main or _main_branch(rows)
        if sum(row.branch == branch for row in rows) >= WINDOW:
            break
    return rows


def _newest_chunks(read: ReadFile) -> list[str]:
    manifest = _payload(read(MANIFEST, _MOST_MANIFEST_BYTES), "manifest", "")
    if not isinstance(manifest["format"], int) or manifest["format"] > FORMAT:
        raise _NewerFormat
    names = [chunk["name"] for chunk in manifest["chunks"][-_MOST_CHUNKS:]]
    if not all(isinstance(name, str) and CHUNK.fullmatch(name) for name in names):
        raise ValueError("the name of a chunk is none")
    return names[::-1]


def _payload(content: bytes, kind: str, key: str) -> Any:
    found = parse_script(content)
    if found[:2] != (kind, key):
        raise ValueError("this is another file")
    return found[2]


def _index_rows(chunk: str, payload: Any, head: RunFacts) -> Iterator[_Row]:
    """Runs that are complete, no pull request's, comparable with ``head``, and before it."""
    coded = {
        name: _coded(payload, name)
        for name in ("status", "pipeline", "environment", "trigger", "branch", "commit", "pull_request", "parameters")
    }
    # Older sites do not have it.
    fork = _coded(payload, "fork") if "fork" in payload else [None] * len(payload["run_id"])
    for at, run_id in enumerate(payload["run_id"]):
        row = {name: values[at] for name, values in coded.items()}
        start = payload["start"][at]
        start_ms = None if start is None else _finite(payload["base_ms"] + start)
        is_change = row["pull_request"] is not None or fork[at] or str(row["trigger"]).startswith("pull_request")
        is_comparable = (row["pipeline"], row["environment"]) == (head.pipeline, head.environment)
        if is_change or not is_comparable or row["status"] not in COMPLETE or not _is_before(run_id, start_ms, head):
            continue
        yield _Row(
            chunk,
            _text(run_id),
            row["status"],
            start_ms,
            None if row["branch"] is None else _text(row["branch"]),
            None if row["commit"] is None else _text(row["commit"]),
            _finite(payload["duration_s"][at]),
            {_text(name): _plain(values) for name, values in (row["parameters"] or {}).items()},
        )


def _is_before(run_id: Any, start_ms: float | None, head: RunFacts) -> bool:
    if run_id == head.run_id:
        return False
    return _text(run_id) < head.run_id if start_ms is None or head.start_ms is None else start_ms < head.start_ms


def _main_branch(rows: Sequence[_Row]) -> str | None:
    counts = Counter(row.branch for row in rows if row.branch is not None)
    usual = [branch for branch in _USUAL_BRANCHES if counts[branch]]
    return max(usual or counts, key=lambda branch: counts[branch], default=None)


def _oldest_first(rows: Sequence[_Row]) -> list[_Row]:
    return sorted(rows, key=lambda row: (row.start_ms or 0.0, row.run_id))


def _runs(read: ReadFile, rows: Sequence[_Row], head: RunFacts) -> list[RunFacts]:
    """The runs of these rows, in their order; one that the details do not have is left out."""
    found: dict[str, RunFacts] = {}
    for chunk in dict.fromkeys(row.chunk for row in rows):
        details = _payload(read(f"data/details/{chunk}.js", _MOST_CHUNK_BYTES), "details", chunk)
        places = {run_id: at for at, run_id in enumerate(details["run_id"])}
        wanted = [row for row in rows if row.chunk == chunk and row.run_id in places]
        metrics = _metrics(details["metrics"], [places[row.run_id] for row in wanted])
        tasks = _coded(details, "tasks")
        for row in wanted:
            at = places[row.run_id]
            found[row.run_id] = RunFacts(
                row.run_id,
                head.pipeline,
                head.environment,
                row.status,
                None if row.start_ms is None else int(row.start_ms),
                row.revision,
                row.duration_s,
                row.parameters,
                _tasks(details, at, tasks[at]),
                metrics[at],
            )
    return [found[row.run_id] for row in rows if row.run_id in found]


def _tasks(details: Any, at: int, tasks: Any) -> dict[str, TaskFacts]:
    columns = zip(tasks, details["status"][at], details["duration_s"][at], strict=True)
    return {
        _text(task): TaskFacts(_text(details["statuses"][code]) if code >= 0 else "", _finite(duration_s))
        for task, code, duration_s in columns
    }


def _metrics(columns: Any, places: Sequence[int]) -> dict[int, dict[MetricKey, float]]:
    metrics: dict[int, dict[MetricKey, float]] = {at: {} for at in places}
    for column in columns:
        key = (_text(column["task"]), _text(column["name"]))
        for at in places:
            value = column["values"][at]
            if value is not None:
                # NaN and infinity are words in JSON.
                metrics[at][key] = float(value)
    return metrics


def _coded(payload: Any, name: str) -> list[Any]:
    column = payload[name]
    values, at = column["values"], column["at"]
    return [None if code < 0 else values[code] for code in at]


def _plain(values: Any) -> list[Any]:
    if any(isinstance(value, (list, dict)) for value in values):
        raise ValueError("a parameter's values are nested")
    return list(values)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is none")
    return value


def _finite(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("a number is none")
    return float(value)
