"""Sites whose index has as many runs as one likes, all but one of them without files of their own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from run_copies import varied_rows

from pynb_dag_runner.site.build import build_site
from pynb_dag_runner.site.chunk_files import ChunkWriter
from pynb_dag_runner.site.entries import RunEntry
from pynb_dag_runner.site.folder import SiteFolder
from pynb_dag_runner.site.names import MANIFEST
from pynb_dag_runner.site.rows import month
from pynb_dag_runner.site.run_files import RunSummary
from pynb_dag_runner.site.scripts import json_text, parse_script, script


def many_rows_site(log: Path, count: int, site: Path) -> None:
    """The site of ``log``, with an index and details of ``count`` varied runs in place of its own."""
    runs = site.with_name(f"{site.name}-runs")
    runs.mkdir(parents=True)
    shutil.copy(log, runs)
    build_site(runs, site, processes=1)
    fresh = {index["run_id"]: _summary(index, details) for index, details in varied_rows(log, count)}
    folder = SiteFolder(site)
    for kind in ("index", "details"):
        folder.remove(f"data/{kind}/{name}" for name in folder.names(f"data/{kind}"))
    months = {run_id: summary.entry.month for run_id, summary in fresh.items()}
    chunks = dict(ChunkWriter(folder, months, fresh).write({}))
    manifest: Any = parse_script((site / MANIFEST).read_bytes())[2]
    manifest["chunks"] = [
        {"name": name, "runs": len(chunk.runs), "index": chunk.index[:12], "details": chunk.details[:12]}
        for name, chunk in chunks.items()
    ]
    folder.write(MANIFEST, script("manifest", "", manifest))


def _summary(index: dict[str, object], details: dict[str, object]) -> RunSummary:
    started = month({"start_ms": index["start"], "run_id": index["run_id"]})
    entry = RunEntry(fingerprint="", month=started, is_finished=True, log_bytes=0, log_sha256="")
    return RunSummary(str(index["run_id"]), entry, json_text(index), json_text(details))
