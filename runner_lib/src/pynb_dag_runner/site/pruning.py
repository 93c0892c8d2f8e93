"""The site is kept within a number of bytes: heavy parts of runs go, oldest pull requests first, and no run ever does.

At level ``media`` a run has lost its run log, and with it notebooks, figures and artifacts. At level ``details`` it has also
lost outputs, stack traces, cells, spans, histories, values and packages. Index and details rows need none of these: they
are the same for ever. The document says when it was pruned; that is the only time of a build in a site, and is written once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pynb_dag_runner.site.entries import DETAILS, LEVELS, MEDIA, RunEntry
from pynb_dag_runner.site.folder import SiteFolder
from pynb_dag_runner.site.names import page_of_run, run_folder
from pynb_dag_runner.site.rows import Row
from pynb_dag_runner.site.scripts import script
from pynb_dag_runner.site.state import Site, read_document

_MAIN = ("main", "master")


def prune(folder: SiteFolder, site: Site, most_bytes: int, fixed_bytes: int, now_ms: int) -> dict[str, str]:
    """Remove heavy parts until the site has at most ``most_bytes``; says which runs are at which level now.

    Files that are not needed any more stay until the site no longer names them.

    Args:
        folder: Where the site is.
        site: The site, whose entries are changed; its chunks are written.
        most_bytes: What may be left of ``fixed_bytes``, runs and chunks together.
        fixed_bytes: What takes room as well, and cannot be pruned.
        now_ms: What the documents say of when they were pruned.

    Raises:
        EngineError: a document cannot be written.
    """
    size_bytes = fixed_bytes + sum(chunk.size_bytes for chunk in site.chunks.values())
    size_bytes += sum(entry.site_bytes for entry in site.runs.values())
    pruned: dict[str, str] = {}
    if size_bytes <= most_bytes:
        return pruned
    rows = [row for name in site.chunks for row in site.index_rows(name)]
    for run_id, level in _order(rows):
        if size_bytes <= most_bytes:
            break
        entry = site.runs[run_id]
        if run_id in site.broken or LEVELS.index(entry.pruned) >= LEVELS.index(level):
            continue
        smaller = _pruned(folder, run_id, entry, level, now_ms)
        if smaller is not None:
            size_bytes -= entry.site_bytes - smaller.site_bytes
            site.runs[run_id] = smaller
            pruned[run_id] = level
    return pruned


def _order(rows: list[Row]) -> Iterator[tuple[str, str]]:
    """What goes, in this order: what is looked at least comes first."""
    # A run that goes on would have all of it again in a moment.
    oldest_first = sorted(
        (row for row in rows if row["status"] != "running"), key=lambda row: (row["start"] or 0, row["run_id"])
    )
    newest = _newest_on_main(oldest_first)
    for level in (MEDIA, DETAILS):
        for of_pull_requests in (True, False):
            for row in oldest_first:
                if _is_of_pull_request(row) is of_pull_requests and row["run_id"] != newest:
                    yield row["run_id"], level
    if newest is not None:
        # Its figures are what the page of the project shows.
        yield newest, MEDIA
        yield newest, DETAILS


def _newest_on_main(oldest_first: list[Row]) -> str | None:
    own = [row for row in oldest_first if not _is_of_pull_request(row)]
    main = [row for row in own if row["branch"] in _MAIN] or own
    return str(main[-1]["run_id"]) if main else None


def _is_of_pull_request(row: Row) -> bool:
    return row["pull_request"] is not None or str(row["trigger"]).startswith("pull_request")


def _pruned(folder: SiteFolder, run_id: str, entry: RunEntry, level: str, now_ms: int) -> RunEntry | None:
    """The run with less; None where that would save nothing."""
    document = pruned_document(read_document(folder.root, run_id), level, now_ms)
    content = script("run", run_id, document)
    name = f"{run_folder(run_id)}/run.js"
    more = {f"{run_folder(run_id)}/{more}.js" for more in _more(document)}
    files = {kept: facts for kept, facts in entry.files.items() if kept in more or kept == page_of_run(run_id)} | {
        name: (len(content), hashlib.sha256(content).hexdigest())
    }
    smaller = replace(entry, files=files, pruned=level)
    if smaller.site_bytes >= entry.site_bytes:
        return None
    folder.write(name, content)
    return smaller


def _more(document: Mapping[str, Any]) -> Iterator[str]:
    return (
        attempt["more"] for task in document["tasks"] for attempt in task["attempts"] if attempt["more"] is not None
    )


def pruned_document(document: Mapping[str, Any], level: str, now_ms: int) -> dict[str, Any]:
    """The document of a run without what the level takes."""
    is_brief = level == DETAILS
    log = document["log"]
    return {
        **document,
        **({"packages": {}} if is_brief else {}),
        "tasks": [
            {**task, "attempts": [_attempt(attempt, is_brief) for attempt in task["attempts"]]}
            for task in document["tasks"]
        ],
        "log": {**log, "pieces": [{**piece, "script_bytes": 0, "left_out": True} for piece in log["pieces"]]},
        "pruned": {"level": level, "when_ms": now_ms},
    }


def _attempt(attempt: Mapping[str, Any], is_brief: bool) -> dict[str, Any]:
    shorter = {**attempt, "artifacts": [_artifact(artifact) for artifact in attempt["artifacts"]]}
    if is_brief:
        shorter |= {
            "histories": [],
            "values": {},
            "outputs": [],
            "more": None,
            "exceptions": [{**exception, "stacktrace": ""} for exception in attempt["exceptions"]],
            "cells": [],
            "spans": [],
        }
    return shorter


def _artifact(artifact: Mapping[str, Any]) -> dict[str, Any]:
    """What was too large for the site from the start was so before."""
    return {**artifact, "state": artifact["state"] if artifact["state"] == "left_out" else "expired"}
