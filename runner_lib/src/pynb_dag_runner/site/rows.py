"""What index and details say of one run, made from its document.

A row depends on nothing but the document, so that a site whose index is damaged can be mended from its runs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, TypeAlias

from pynb_dag_runner.conventions import ResourceAttribute
from pynb_dag_runner.report.escaping import one_line
from pynb_dag_runner.report.summary import REUSED
from pynb_dag_runner.site.scripts import json_text, rounded

Row: TypeAlias = dict[str, Any]

UNKNOWN_MONTH = "0000-00"

_MOST_HEADLINES = 6
_MOST_NAMES = 20
_MOST_VALUES = 50
_LONGEST_VALUE = 100
_LONGEST_NAME = 200
_LONGEST_ERROR = 160
_INDEX_DIGITS = 6
_DETAILS_DIGITS = 8
_MOST_DETAILS = 10_000
_TROUBLE = ("failure", "error", "timeout")

_VARYING = re.compile(
    r"""(?P<kept>\b(?:code|status|signal|errno|exit|HTTP)[ =]*-?\d{1,3}\b)  # 404 and 500 are different problems
    | 0x[0-9a-fA-F]+
    | \b(?=[0-9a-f-]*\d)[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b                     # hashes, ids
    | (?<![\w.])[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?""",
    re.VERBOSE,
)
_LONG_QUOTE = re.compile(r"""'[^'\n]{40,}'|"[^"\n]{40,}\"""")


def month(document: Mapping[str, Any]) -> str:
    """Year and month in which the run started (UTC): ``2026-11``; from its id where no start is known."""
    start_ms = document["start_ms"]
    if start_ms is not None:
        return datetime.fromtimestamp(start_ms / 1000, tz=timezone.utc).isoformat()[:7]
    said = re.match(r"(\d{4})(0[1-9]|1[0-2])\d\d", document["run_id"])
    return f"{said[1]}-{said[2]}" if said else UNKNOWN_MONTH


def index_row(document: Mapping[str, Any]) -> Row:
    """The run's row of the index."""
    resource = document["resource"]
    headlines = _headlines(document)
    return {
        "run_id": document["run_id"],
        "start": None if document["start_ms"] is None else int(document["start_ms"]),
        "duration_s": _seconds(document["start_ms"], document["end_ms"]),
        "status": document["status"],
        "pipeline": _short(document["pipeline"]),
        "environment": _short(document["environment"]),
        "trigger": _fact(resource, ResourceAttribute.GITHUB_EVENT),
        "branch": _branch(document),
        "commit": (_fact(resource, ResourceAttribute.HEAD_REVISION) or "")[:12] or None,
        "dirty": value if isinstance(value := resource.get(ResourceAttribute.DIRTY), bool) else None,
        "pull_request": _fact(resource, ResourceAttribute.CHANGE_ID),
        "fork": True if _is_fork(document) else None,
        "tasks": dict(sorted(Counter(task["status"] for task in document["tasks"]).items())),
        "problem": problem(document),
        "tags": _few({name: _short_value(value) for name, value in document["tags"].items()}),
        "parameters": _few(_parameters(document)),
        "headlines": [[task, name] for task, name, _ in headlines] or None,
        "metrics": [[task, name, rounded(float(value), _INDEX_DIGITS)] for task, name, value in headlines],
    }


def details_row(document: Mapping[str, Any]) -> Row:
    """The run's row of the details."""
    tasks = document["tasks"]
    metrics = [
        [task["id"], metric["name"], rounded(float(metric["last"]), _DETAILS_DIGITS)]
        for task in tasks
        for metric in _metrics(task)
    ]
    return {
        "run_id": document["run_id"],
        "tasks": [task["id"] for task in tasks],
        "status": [task["status"] for task in tasks],
        "duration_s": [_running_s(task) for task in tasks],
        "attempts": [len(task["attempts"]) for task in tasks],
        "metrics": metrics[:_MOST_DETAILS],
    }


def problem(document: Mapping[str, Any]) -> dict[str, str] | None:
    """The earliest task that did not succeed, and its error in one line; None for a run without trouble."""
    failed = [task for task in document["tasks"] if task["status"] in _TROUBLE]
    if failed:
        first = min(failed, key=lambda task: (task["end_ms"] is None, task["end_ms"]))
        return {"task": _short(first["id"]), "error": signature(_error(first))}
    interrupted = [task["id"] for task in document["tasks"] if task["status"] == "interrupted"]
    if interrupted:
        return {"task": _short(interrupted[0]), "error": "was running when the run was interrupted"}
    message = document["message"]
    if document["status"] in _TROUBLE and message and message != document["status"]:
        return {"task": "", "error": signature(message)}
    return None


def signature(error: str) -> str:
    """An error in one line, where what differs from run to run is a ``…``, so that equal ones are equal."""
    short = _LONG_QUOTE.sub("'…'", error[: 20 * _LONGEST_ERROR])
    return one_line(_VARYING.sub(lambda match: match["kept"] or "…", short), _LONGEST_ERROR)


def _error(task: Mapping[str, Any]) -> str:
    if not task["attempts"]:
        return f"ended with {task['status']}"
    attempt = task["attempts"][-1]
    message = attempt["message"] or f"ended with {attempt['status']}"
    if not attempt["exceptions"] or (attempt["message"] and attempt["status"] != "failure"):
        return str(message)
    exception = attempt["exceptions"][-1]
    return f"{exception['type']}: {exception['message']}" if exception["message"] else str(exception["type"])


def _headlines(document: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    """Metrics of the tasks that nothing needs; the last task is most likely the one that sums up."""
    needed = {need for task in document["tasks"] for need in task["needs"]}
    found = [
        (task["id"], metric["name"], metric["last"])
        for task in reversed(document["tasks"])
        if task["id"] not in needed
        for metric in sorted(_metrics(task), key=lambda metric: metric["name"][-1:].isdigit())
    ]
    return found[:_MOST_HEADLINES]


def _metrics(task: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Those of the attempt that counts; a name that no table could show is in the run's own document alone."""
    if task["attempts"] and len(task["id"]) <= _LONGEST_NAME:
        yield from (metric for metric in task["attempts"][-1]["metrics"] if len(metric["name"]) <= _LONGEST_NAME)


def _parameters(document: Mapping[str, Any]) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {}
    seen: set[tuple[str, str]] = set()
    for task in document["tasks"]:
        for name, value in task["parameters"].items():
            short = _short_value(value)
            key = (name, json_text(short))
            if key not in seen and len(values.get(name, ())) < _MOST_VALUES:
                seen.add(key)
                values.setdefault(name, []).append(short)
    return values


def _few(values: dict[str, Any]) -> dict[str, Any] | None:
    kept = [name for name in values if len(name) <= _LONGEST_NAME][:_MOST_NAMES]
    return {name: values[name] for name in sorted(kept)} or None


def _short_value(value: Any) -> Any:
    if isinstance(value, (list, dict)):
        value = json_text(value)
    return one_line(value, _LONGEST_VALUE) if isinstance(value, str) and len(value) > _LONGEST_VALUE else value


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"


def _fact(resource: Mapping[str, Any], name: str) -> str | None:
    value = resource.get(name)
    return None if value is None or isinstance(value, (list, dict)) else _short(str(value)) or None


def _is_fork(document: Mapping[str, Any]) -> bool:
    """Whether GitHub says that the code is of another repository; also where that one is gone."""
    origin = document.get("origin")
    if origin is None or not str(origin["event"]).startswith("pull_request"):
        return False
    return bool(origin["head_repository"] != origin["repository"])


def _branch(document: Mapping[str, Any]) -> str | None:
    """The branch; of a fork with its owner, as GitHub does: a fork has a ``main`` of its own, which is not ours."""
    name = _fact(document["resource"], ResourceAttribute.HEAD_NAME)
    if name is None or not _is_fork(document):
        return name
    owner = (document["origin"]["head_repository"] or "deleted").partition("/")[0]
    return _short(f"{owner}:{name}")


def _running_s(task: Mapping[str, Any]) -> float | None:
    """From the first attempt's start to the task's end, without the wait for a free processor; None where it did not run."""
    if task["status"] == REUSED:
        return None
    start_ms, end_ms = task["start_ms"], task["end_ms"]
    starts = [attempt["start_ms"] for attempt in task["attempts"] if attempt["start_ms"] is not None]
    first_ms = min(starts, default=start_ms)
    # An attempt starts by the clock of its node, and a task by the driver's: these can differ by more than the wait.
    is_plausible = first_ms is not None and (start_ms or 0) <= first_ms <= (end_ms or first_ms)
    return _seconds(first_ms if is_plausible else start_ms, end_ms)


def _seconds(start_ms: float | None, end_ms: float | None) -> float | None:
    return None if start_ms is None or end_ms is None else round((end_ms - start_ms) / 1000, 3)
