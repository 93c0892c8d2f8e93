"""Which run log counts where several are of the same run, and whether it must be read at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.runlog.records import State
from pynb_dag_runner.site.logs import FoundLog, sha256_of
from pynb_dag_runner.site.run_files import Failure, check_origin
from pynb_dag_runner.site.state import WRITER

if TYPE_CHECKING:
    from pynb_dag_runner.site.inventory import KnownRun
    from pynb_dag_runner.site.plan import Plan


class Choice:
    """Among the run logs of one run. Those with an origin and those without never meet: their ids differ in form."""

    def __init__(self, plan: Plan, run_id: str, logs: list[FoundLog]) -> None:
        self._plan = plan
        self._run_id = run_id
        # Copies of one file are one.
        self._logs = {log.fingerprint: log for log in reversed(logs)}
        self._known: KnownRun | None = plan.inventory.runs.get(run_id)

    def make(self) -> None:
        """Add to the plan what is to be read, and refuse the rest."""
        if self._known is not None and self._known.entry.is_finished:
            self._keep()
        elif any(log.origin is not None for log in self._logs.values()):
            self._take_oldest()
        else:
            self._take_best()

    def _keep(self) -> None:
        """A run that has ended stays as it is, whatever else has its id now."""
        same = next((log for log in self._logs.values() if self._is_known(log)), None)
        if same is not None:
            del self._logs[same.fingerprint]
            self._take(same)
        self._refuse_others()

    def _take_oldest(self) -> None:
        """Of several uploads for one attempt the first counts: it was there when somebody looked."""
        fitting = []
        for log in list(self._logs.values()):
            if log.origin is None:
                continue
            try:
                if len(self._logs) > 1:
                    check_origin(log.path, log.origin)
            except RunLogError as error:
                self._fail(log, error)
                del self._logs[log.fingerprint]
            else:
                fitting.append((log.origin.uploaded_ms, log.origin.artifact_id, log.name, log))
        if fitting:
            oldest = min(fitting)[-1]
            del self._logs[oldest.fingerprint]
            self._take(oldest)
        self._refuse_others()

    def _take_best(self) -> None:
        """Of a run that goes on, or was cut off, the log that tells most counts, unless it tells less than what is known."""
        known_bytes = 0 if self._known is None else self._known.entry.log_bytes
        logs = list(self._logs.values())
        if len(logs) == 1 and logs[0].size_bytes >= known_bytes:
            self._take(logs[0])
            return
        ranked = sorted(
            ((is_finished, log.size_bytes, log) for log in logs if (is_finished := self._ended(log)) is not None),
            key=lambda rank: (rank[0], rank[1], rank[2].name),
        )
        if not ranked:
            return
        best_finished, best_size, best = ranked[-1]
        if best_finished or best_size >= known_bytes:
            self._take(best)
            ranked.pop()
        for _, _, log in ranked:
            self._refuse(log, is_quiet=best_finished and log.is_partial)

    def _take(self, log: FoundLog) -> None:
        """Read ``log``, unless the site has what it would give. What was pruned stays pruned."""
        known = self._known
        if known is not None and not known.is_broken and self._is_known(log):
            is_up_to_date = known.site.writer == WRITER and known.entry.fingerprint == log.fingerprint
            if is_up_to_date or known.entry.pruned is not None:
                return
        self._plan.read[self._run_id] = log

    def _is_known(self, log: FoundLog) -> bool:
        """Whether the site's run was made from this file; where nobody noted that, the whole file is compared."""
        if self._known is None:
            return False
        entry = self._known.entry
        if entry.fingerprint is not None:
            return entry.fingerprint == log.fingerprint
        try:
            return log.size_bytes == entry.log_bytes and sha256_of(log.path) == entry.log_sha256
        except OSError:
            return False

    def _ended(self, log: FoundLog) -> bool | None:
        """Whether the log tells of a run's end; None where it cannot be read."""
        try:
            return read_run(log.path).state is State.DONE
        except RunLogError as error:
            self._fail(log, error)
            return None

    def _fail(self, log: FoundLog, error: RunLogError) -> None:
        failure = Failure.of(error, log.path)
        self._plan.refuse(log, self._run_id, failure.reason, failure.is_lasting)

    def _refuse_others(self) -> None:
        for log in self._logs.values():
            self._refuse(log, is_quiet=log.is_partial)

    def _refuse(self, log: FoundLog, is_quiet: bool) -> None:
        if not is_quiet:
            reason = "another file with the same run id is in the site, and the two differ"
            self._plan.refuse(log, self._run_id, reason, is_lasting=False)
