"""``data/manifest.js``: which chunks there are, what could not be read, and how large the site is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from pynb_dag_runner import __version__
from pynb_dag_runner.site.entries import DETAILS, MEDIA
from pynb_dag_runner.site.logs import Unreadable
from pynb_dag_runner.site.names import FORMAT
from pynb_dag_runner.site.state import Site

_HEAVIEST = 10
_HASH_DIGITS = 12


def manifest(site: Site, unreadable: Iterable[Unreadable]) -> dict[str, Any]:
    """``Manifest`` of ``ui/src/data/contract.ts``."""
    runs = site.runs
    return {
        "format": FORMAT,
        "version": __version__,
        # `pdr ui` says otherwise of the file that it serves.
        "live": False,
        "chunks": [
            {
                "name": name,
                "runs": len(chunk.runs),
                "index": chunk.index[:_HASH_DIGITS],
                "details": chunk.details[:_HASH_DIGITS],
            }
            for name, chunk in site.chunks.items()
        ],
        "unreadable": [asdict(one) for one in sorted(unreadable, key=lambda one: (one.file, one.reason))],
        "unfinished": {
            run_id: entry.fingerprint or entry.log_sha256
            for run_id, entry in sorted(runs.items())
            if not entry.is_finished
        },
        "sizes": {
            "runs": len(runs),
            "data_bytes": data_bytes(site),
            "heaviest": [{"run_id": run_id, "size_bytes": size} for run_id, size in heaviest(site)],
            "pruned": {level: sum(entry.pruned == level for entry in runs.values()) for level in (MEDIA, DETAILS)},
        },
    }


def data_bytes(site: Site) -> int:
    """What runs and chunks take."""
    runs = sum(entry.site_bytes for entry in site.runs.values())
    return runs + sum(chunk.size_bytes for chunk in site.chunks.values())


def heaviest(site: Site) -> list[tuple[str, int]]:
    """The largest runs with their sizes."""
    run_ids = sorted(site.runs, key=lambda run_id: (-site.runs[run_id].site_bytes, run_id))[:_HEAVIEST]
    return [(run_id, site.runs[run_id].site_bytes) for run_id in run_ids]
