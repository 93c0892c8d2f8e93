"""Which local runs are old, and what belongs to each of them on disk.

Only what this library made is ever removed: run logs that can be read, their spools, and the folders of the same run id
in the data lake and among the expanded runs.
"""

from __future__ import annotations

import glob
import os
import shutil
import stat
from dataclasses import dataclass, field
from pathlib import Path

from pynb_dag_runner.conventions import RUN_LOG_SUFFIX, SPOOL_SUFFIX
from pynb_dag_runner.errors import EngineError, RunLogError
from pynb_dag_runner.report.expand import is_expanded
from pynb_dag_runner.report.filenames import safe_name
from pynb_dag_runner.runlog.reader import find_run_logs, is_live, read_run, run_id_of


@dataclass
class Removal:
    """One old run: ``paths`` belong to it, the run log last, so that an interrupted removal can be repeated."""

    run_id: str
    paths: list[Path] = field(default_factory=list)

    @property
    def size_bytes(self) -> int:
        """What the paths take on disk."""
        return sum(_size_bytes(path) for path in self.paths)


@dataclass
class Plan:
    """What retention would do: runs to remove, and why others that are old stay."""

    removals: list[Removal] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)


def plan(outputs: Path, keep: int) -> Plan:
    """Decide what to remove so that the newest ``keep`` runs that have ended stay; runs that go on stay in any case."""
    logs: dict[str, list[Path]] = {}
    for path in find_run_logs(outputs):
        logs.setdefault(run_id_of(path), []).append(path)
    result = Plan()
    ended = 0
    for run_id, paths in logs.items():
        if any(is_live(path) for path in paths):
            result.kept[run_id] = "still running"
            continue
        ended += 1
        if ended <= keep:
            continue
        reason = _reason_to_keep(run_id, paths)
        if reason is None:
            result.removals.append(Removal(run_id, [*_belongings(outputs, run_id), *paths]))
        else:
            result.kept[run_id] = reason
    return result


def remove(removal: Removal) -> None:
    """Delete the paths of one run.

    Raises:
        EngineError: one of them cannot be deleted.
    """
    for path in removal.paths:
        try:
            _delete(path)
        except OSError as error:
            raise EngineError(f"{error.filename or path}: cannot be removed: {error.strerror}") from error


def _reason_to_keep(run_id: str, logs: list[Path]) -> str | None:
    # A file ".otlp.jsonl" or "...otlp.jsonl" would stand for the folders themselves.
    if safe_name(run_id) != run_id:
        return "its file name is not that of a run log"
    for path in logs:
        try:
            found = read_run(path).run_id
        except RunLogError as error:
            return str(error)
        if found != run_id:
            return f"{path}: holds the run {found}"
    return None


def _belongings(outputs: Path, run_id: str) -> list[Path]:
    runs = outputs / "runs"
    candidates = [
        outputs / "data-lake" / run_id,
        runs / f"{run_id}{SPOOL_SUFFIX}",
        runs / f"{run_id}.origin.json",
        runs / f"{run_id}{RUN_LOG_SUFFIX}.origin.json",
    ]
    found = [path for path in candidates if os.path.lexists(path)]
    expanded = outputs / "expanded"
    left_over = expanded.glob(f".{glob.escape(run_id[:100])}.*.partial")
    return [*found, *(path for path in [expanded / run_id, *left_over] if is_expanded(path))]


def _delete(path: Path) -> None:
    if not path.is_symlink() and path.is_dir():
        # Outputs may be read-only, and in a folder without write permission nothing can be deleted.
        for folder, _, _ in os.walk(path):
            os.chmod(folder, stat.S_IRWXU)
        shutil.rmtree(path)
        return
    if not path.is_symlink():
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    path.unlink()


def _size_bytes(path: Path) -> int:
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    return sum(os.lstat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(path) for name in names)
