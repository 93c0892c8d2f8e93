"""Chunks are written: those that no changed run touches are taken from an earlier site without a look at their rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import groupby

from pynb_dag_runner.site.chunks import MOST_RUNS, ChunkSize, details_chunk, index_chunk
from pynb_dag_runner.site.entries import ChunkEntry
from pynb_dag_runner.site.folder import SiteFolder
from pynb_dag_runner.site.names import chunk_files
from pynb_dag_runner.site.rows import Row
from pynb_dag_runner.site.run_files import RunSummary
from pynb_dag_runner.site.scripts import script
from pynb_dag_runner.site.state import Site


class ChunkWriter:
    """Writes the chunks of all runs: ``fresh`` ones were read now, ``homes`` says which site holds each of the others."""

    def __init__(self, folder: SiteFolder, months: Mapping[str, str], fresh: Mapping[str, RunSummary]) -> None:
        self._folder = folder
        self._months = months
        self._fresh = fresh
        self._homes: Mapping[str, Site] = {}
        self._ready: dict[str, tuple[Row, Row]] = {}
        self._loaded: set[tuple[int, str]] = set()

    def write(self, homes: Mapping[str, Site]) -> Iterator[tuple[str, ChunkEntry]]:
        """Name and content of each chunk, oldest first."""
        self._homes = homes
        ordered = sorted(self._months, key=lambda run_id: (self._months[run_id], run_id))
        for month, of_month in groupby(ordered, key=self._months.__getitem__):
            run_ids = list(of_month)
            number, at = 0, 0
            while at < len(run_ids):
                entry = self._taken_over(month, number, run_ids, at) or self._made(f"{month}-{number}", run_ids, at)
                yield f"{month}-{number}", entry
                number, at = number + 1, at + len(entry.runs)

    def _taken_over(self, month: str, number: int, run_ids: list[str], at: int) -> ChunkEntry | None:
        """The chunk of an earlier site, if it would be the same now: as would the reason why it ends where it does."""
        name = f"{month}-{number}"
        for site in {id(site): site for site in self._homes.values()}.values():
            chunk = site.chunks.get(name)
            if chunk is None:
                continue
            end = at + len(chunk.runs)
            following = site.chunks.get(f"{month}-{number + 1}")
            next_run = [] if following is None or len(chunk.runs) == MOST_RUNS else following.runs[:1]
            expected = [*chunk.runs, *next_run]
            actual = run_ids[at : end if len(chunk.runs) == MOST_RUNS else end + 1]
            if actual == expected and all(self._homes.get(run_id) is site for run_id in expected):
                if site.root != self._folder.root:
                    self._save_rows(name)
                    for path in chunk_files(name):
                        self._folder.adopt(site.root / path, path)
                return chunk
        return None

    def _made(self, name: str, run_ids: list[str], at: int) -> ChunkEntry:
        size = ChunkSize()
        rows: list[tuple[Row, Row]] = []
        for run_id in run_ids[at:]:
            row = self._rows_of(run_id)
            if not size.takes(row[1]):
                self._ready[run_id] = row
                break
            rows.append(row)
        index = script("index", name, index_chunk([row[0] for row in rows]))
        details = script("details", name, details_chunk([row[1] for row in rows]))
        self._save_rows(name)
        index_path, details_path = chunk_files(name)
        self._folder.write(details_path, details)
        self._folder.write(index_path, index)
        return ChunkEntry(
            runs=[row[0]["run_id"] for row in rows],
            index=hashlib.sha256(index).hexdigest(),
            details=hashlib.sha256(details).hexdigest(),
            index_bytes=len(index),
            details_bytes=len(details),
        )

    def _rows_of(self, run_id: str) -> tuple[Row, Row]:
        if run_id in self._fresh:
            return self._fresh[run_id].rows()
        if run_id in self._ready:
            return self._ready.pop(run_id)
        site = self._homes[run_id]
        if run_id in site.loose:
            index, details = site.loose[run_id]
            return json.loads(index), json.loads(details)
        self._load(site, next(name for name, chunk in site.chunks.items() if run_id in chunk.runs))
        return self._ready.pop(run_id)

    def _save_rows(self, name: str) -> None:
        """Before a chunk is written over, its rows are kept: some may go into later chunks."""
        for site in {id(site): site for site in self._homes.values()}.values():
            if site.root == self._folder.root and name in site.chunks:
                self._load(site, name)

    def _load(self, site: Site, name: str) -> None:
        if (id(site), name) not in self._loaded:
            self._loaded.add((id(site), name))
            self._ready.update(
                (index["run_id"], (index, details))
                for index, details in site.chunk_rows(name)
                if self._homes.get(index["run_id"]) is site
            )
