"""Which run logs must be read, which are in the site already, and which one counts where several are of the same run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.report.escaping import one_line
from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.runlog.records import State
from pynb_dag_runner.site.logs import FoundLog, peek_run_id, sha256_of
from pynb_dag_runner.site.run_files import Failure
from pynb_dag_runner.site.state import WRITER, Reason, RunEntry, Site

_LONGEST_REASON = 300


@dataclass(frozen=True)
class Unreadable:
    """A file that is not in the site, and why."""

    file: str
    run_id: str | None
    reason: str


@dataclass
class Plan:
    """What a build does: ``read`` by run id; ``kept`` are runs of earlier sites, with the fingerprint of their log."""

    read: dict[str, FoundLog] = field(default_factory=dict)
    kept: dict[str, tuple[Site, RunEntry]] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    others: dict[str, Reason] = field(default_factory=dict)

    def refuse(self, log: FoundLog, run_id: str | None, reason: str, is_lasting: bool) -> None:
        """Leave ``log`` out, and remember why if that lies in the file itself."""
        said = Reason(run_id, one_line(reason, _LONGEST_REASON))
        self.unreadable.append(Unreadable(log.name, said.run_id, said.reason))
        if is_lasting:
            self.others[log.fingerprint] = said


def make_plan(found: Iterable[FoundLog | tuple[str, str]], sites: list[Site]) -> Plan:
    """Compare what was found with what earlier sites hold; where they differ, the first site counts."""
    plan = Plan(kept=_known(sites))
    by_fingerprint = {entry.fingerprint: run_id for run_id, (_, entry) in plan.kept.items()}
    reasons = {
        fingerprint: reason for site in sites if site.writer == WRITER for fingerprint, reason in site.others.items()
    }
    rivals: dict[str, list[FoundLog]] = {}
    spellings = {run_id.lower(): run_id for run_id in plan.kept}
    for log in found:
        if isinstance(log, tuple):
            plan.unreadable.append(Unreadable(log[0], None, log[1]))
            continue
        if log.fingerprint in reasons:
            known = reasons[log.fingerprint]
            plan.refuse(log, known.run_id, known.reason, is_lasting=True)
            continue
        try:
            run_id = by_fingerprint.get(log.fingerprint) or peek_run_id(log.path)
        except RunLogError as error:
            plan.refuse(log, None, str(error), is_lasting=not isinstance(error.__cause__, OSError))
            continue
        spelling = spellings.setdefault(run_id.lower(), run_id)
        if spelling != run_id:
            # Not every file system tells upper and lower case apart.
            reason = f"its run id differs from {spelling}, which is in the site, only in case"
            plan.refuse(log, run_id, reason, is_lasting=False)
            continue
        rivals.setdefault(run_id, []).append(log)
    for run_id, logs in rivals.items():
        _Choice(plan, run_id, logs).make()
    return plan


def _known(sites: list[Site]) -> dict[str, tuple[Site, RunEntry]]:
    known: dict[str, tuple[Site, RunEntry]] = {}
    for site in sites:
        for run_id, entry in site.runs.items():
            if run_id not in known or (entry.is_finished and not known[run_id][1].is_finished):
                known[run_id] = (site, entry)
    return known


class _Choice:
    """Among the run logs of one run."""

    def __init__(self, plan: Plan, run_id: str, logs: list[FoundLog]) -> None:
        self._plan = plan
        self._run_id = run_id
        # Copies of one file are one.
        self._logs = {log.fingerprint: log for log in reversed(logs)}
        known = plan.kept.get(run_id)
        self._is_mine = known is not None and known[0].writer == WRITER
        self._entry = None if known is None else known[1]

    def make(self) -> None:
        entry = self._entry
        if entry is not None and entry.is_finished:
            self._keep(entry)
            return
        logs = [log for log in self._logs.values() if entry is None or log.size_bytes >= entry.log_bytes]
        if len(logs) == 1 and len(self._logs) == 1:
            self._take(logs[0])
            return
        ranked = sorted(
            (
                (is_finished, log.size_bytes, log)
                for log in self._logs.values()
                if (is_finished := self._ended(log)) is not None
            ),
            key=lambda rank: (rank[0], rank[1], rank[2].name),
        )
        if not ranked:
            return
        best_finished, best_size, best = ranked[-1]
        if entry is None or best_finished or best_size >= entry.log_bytes:
            self._take(best)
            ranked.pop()
        for _, _, log in ranked:
            self._refuse(log, is_quiet=best_finished and log.is_partial)

    def _keep(self, entry: RunEntry) -> None:
        """A run that has ended stays as it is, whatever else has its id now."""
        same = self._logs.pop(self._fingerprint(entry) or "", None)
        if same is not None:
            self._take(same)
        for log in self._logs.values():
            self._refuse(log, is_quiet=log.is_partial)

    def _fingerprint(self, entry: RunEntry) -> str | None:
        """That of the file which the run was made from; where it is not known, the whole files are compared."""
        if entry.fingerprint is not None:
            return entry.fingerprint
        for log in self._logs.values():
            if log.size_bytes == entry.log_bytes:
                try:
                    if sha256_of(log.path) == entry.log_sha256:
                        return log.fingerprint
                except OSError:
                    continue
        return None

    def _take(self, log: FoundLog) -> None:
        if self._entry is None or not self._is_mine or self._entry.fingerprint != log.fingerprint:
            self._plan.read[self._run_id] = log

    def _ended(self, log: FoundLog) -> bool | None:
        """Whether the log tells of a run's end; None where it cannot be read."""
        try:
            return read_run(log.path).state is State.DONE
        except RunLogError as error:
            failure = Failure.of(error, log.path)
            self._plan.refuse(log, self._run_id, failure.reason, failure.is_lasting)
            return None

    def _refuse(self, log: FoundLog, is_quiet: bool) -> None:
        if not is_quiet:
            reason = "another file with the same run id is in the site, and the two differ"
            self._plan.refuse(log, self._run_id, reason, is_lasting=False)
