"""An earlier site is loaded, and what is damaged in it is found: nothing that it has may get lost unnoticed.

In the folder that a build writes to, sizes of files tell whether all is there. A site that comes from elsewhere is believed
only where SHA-256 of all files of a run are right: copies over a network can be incomplete, or mixed of two builds.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pynb_dag_runner.site.entries import ChunkEntry, RunEntry, entry_of
from pynb_dag_runner.site.logs import sha256_of
from pynb_dag_runner.site.names import MANIFEST, RUN_ID, STATE, chunk_files, is_file_of_run, page_of_run, run_folder
from pynb_dag_runner.site.published import is_file
from pynb_dag_runner.site.rows import details_row, index_row
from pynb_dag_runner.site.scripts import json_text
from pynb_dag_runner.site.state import Site, check_format, payload, read_document, remembered

_DAMAGED = (ValueError, TypeError, KeyError, AttributeError)
"""What a document raises that is not what it should be."""


def load_site(root: Path, in_place: bool) -> Site:
    """The site in ``root``; ``in_place``: the build writes there.

    Raises:
        UsageError: it was written by a newer version.
    """
    try:
        site = remembered(root, json.loads((root / STATE).read_bytes()))
    except (OSError, RecursionError, *_DAMAGED):
        site = _recovered(root)
    _miss_what_is_gone(site)
    if in_place:
        _check_sizes(site)
    _mend_index(site)
    return site


def is_whole(site: Site, run_id: str) -> bool:
    """Whether all files of a run are as they were written; where nobody noted that, whether there are as many as should be."""
    files = site.runs[run_id].files
    if run_id in site.broken:
        return False
    if files:
        wrong = {name for name, expected in files.items() if not is_file(site.root / name, *expected)}
        # The small page can be made again.
        sound = {name: facts for name, facts in files.items() if name not in wrong}
        site.runs[run_id] = replace(site.runs[run_id], files=sound)
        return wrong <= {page_of_run(run_id)}
    try:
        entry, has_all = entry_from_files(site.root, run_id)
    except _DAMAGED:
        return False
    site.runs[run_id] = replace(site.runs[run_id], files=entry.files)
    return has_all


def entry_from_files(root: Path, run_id: str) -> tuple[RunEntry, bool]:
    """What the files of a run tell of it, and whether all are there but for its small page, which can be made again.

    Raises:
        ValueError: its document is damaged; also TypeError, KeyError or AttributeError.
    """
    document = read_document(root, run_id)
    files: dict[str, tuple[int, str]] = {}
    has_all = True
    for name, size_bytes in _expected_files(document, run_id):
        if not is_file_of_run(name, run_id):
            raise ValueError("run.js names a file that is none of the run")
        path = root / name
        try:
            facts = (path.stat().st_size, sha256_of(path))
        except OSError:
            has_all = has_all and name == page_of_run(run_id)
            continue
        if size_bytes is not None and size_bytes != facts[0]:
            has_all = False
            continue
        files[name] = facts
    return entry_of(document, files), has_all


def _expected_files(document: Mapping[str, Any], run_id: str) -> Iterator[tuple[str, int | None]]:
    folder = run_folder(run_id)
    for number, piece in enumerate(document["log"]["pieces"]):
        if not piece["left_out"]:
            yield f"{folder}/{number}.js", piece["script_bytes"]
    for task in document["tasks"]:
        for attempt in task["attempts"]:
            if attempt["more"] is not None:
                yield f"{folder}/{attempt['more']}.js", None
    yield f"{folder}/run.js", None
    yield page_of_run(run_id), None


def _miss_what_is_gone(site: Site) -> None:
    for run_id in [run_id for run_id in site.runs if not (site.root / run_folder(run_id) / "run.js").is_file()]:
        del site.runs[run_id]
        site.damaged.add(run_id)
    site.damaged -= site.runs.keys()
    site.broken &= site.runs.keys()


def _check_sizes(site: Site) -> None:
    """Look closer at runs whose files are not as large as they were: a build may have been killed, or a disk been full."""
    # A site can have many thousands of files: paths of them all would take longer than the look at each.
    root = str(site.root)
    for run_id, entry in list(site.runs.items()):
        is_known = entry.files and run_id not in site.broken
        if is_known and all(_size(f"{root}/{name}") == size for name, (size, _) in entry.files.items()):
            continue
        try:
            found, has_all = entry_from_files(site.root, run_id)
        except _DAMAGED:
            del site.runs[run_id]
            site.damaged.add(run_id)
            continue
        is_same_log = (found.log_bytes, found.log_sha256) == (entry.log_bytes, entry.log_sha256)
        # Whatever is wrong with it, the small page can be made again.
        files = {name: facts for name, facts in found.files.items() if name != page_of_run(run_id)}
        site.runs[run_id] = replace(found, files=files, fingerprint=entry.fingerprint if is_same_log else None)
        site.broken = site.broken - {run_id} if has_all else site.broken | {run_id}
        # Its row may be another now.
        site.chunks = {name: chunk for name, chunk in site.chunks.items() if run_id not in chunk.runs}


def _size(path: str) -> int | None:
    try:
        return os.stat(path).st_size
    except OSError:
        return None


def _mend_index(site: Site) -> None:
    """Leave out chunks that are damaged, make rows of their runs, and see which runs are damaged."""
    site.chunks = {name: chunk for name, chunk in site.chunks.items() if _is_sound(site, name, chunk)}
    listed = {run_id for chunk in site.chunks.values() for run_id in chunk.runs}
    for run_id in [run_id for run_id in site.runs if run_id not in listed]:
        try:
            document = read_document(site.root, run_id)
            site.loose[run_id] = (json_text(index_row(document)), json_text(details_row(document)))
        except _DAMAGED:
            site.damaged.add(run_id)
            del site.runs[run_id]


def _is_sound(site: Site, name: str, chunk: ChunkEntry) -> bool:
    try:
        hashes = [hashlib.sha256((site.root / path).read_bytes()).hexdigest() for path in chunk_files(name)]
    except OSError:
        return False
    return hashes == [chunk.index, chunk.details]


def _recovered(root: Path) -> Site:
    """The site as its runs tell it."""
    # Without a manifest that can be read, the runs are all there is.
    with contextlib.suppress(OSError, ValueError):
        check_format(root, payload((root / MANIFEST).read_bytes()).get("format"))
    site = Site(root, writer="unknown")
    for path in sorted(root.glob("data/runs/*/run.js")):
        run_id = path.parent.name
        if RUN_ID.fullmatch(run_id) is None:
            continue
        try:
            site.runs[run_id], has_all = entry_from_files(root, run_id)
        except _DAMAGED:
            site.damaged.add(run_id)
            continue
        if not has_all:
            site.broken.add(run_id)
    for path in root.glob("data/index/*.js"):
        # A run that is listed, and has no files any more, is not one that never was.
        with contextlib.suppress(OSError, *_DAMAGED):
            listed = payload(path.read_bytes())["run_id"]
            site.damaged |= {run_id for run_id in listed if RUN_ID.fullmatch(run_id)} - site.runs.keys()
    return site
