"""Which run logs must be read, and which are in the site already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.report.escaping import one_line
from pynb_dag_runner.site.choice import Choice
from pynb_dag_runner.site.entries import Reason
from pynb_dag_runner.site.inventory import Inventory
from pynb_dag_runner.site.logs import FoundLog, Unreadable, peek_run_id

_LONGEST_REASON = 300


@dataclass
class Plan:
    """What a build does: it keeps the runs of the ``inventory``, but for those that it makes again from a log in ``read``.

    ``others`` says of files that are no run logs why, by fingerprint; ``seen`` are all runs that files claim to be of.
    """

    inventory: Inventory
    read: dict[str, FoundLog] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    others: dict[str, Reason] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def refuse(self, log: FoundLog, run_id: str | None, reason: str, is_lasting: bool) -> None:
        """Leave ``log`` out, and remember why if that lies in the file itself."""
        said = Reason(run_id, one_line(reason, _LONGEST_REASON))
        self.unreadable.append(Unreadable(log.name, said.run_id, said.reason))
        if is_lasting:
            self.others[log.fingerprint] = said

    def forget(self, run_ids: Iterable[str]) -> None:
        """Leave out whatever is of these runs: they were dropped."""
        dropped = set(run_ids)
        self.read = {run_id: log for run_id, log in self.read.items() if run_id not in dropped}
        self.unreadable = [one for one in self.unreadable if one.run_id not in dropped]
        self.others = {fingerprint: why for fingerprint, why in self.others.items() if why.run_id not in dropped}


def make_plan(found: Iterable[FoundLog | Unreadable], inventory: Inventory) -> Plan:
    """Compare what was found with what earlier sites hold."""
    plan = Plan(inventory)
    by_fingerprint = {known.entry.fingerprint: run_id for run_id, known in inventory.runs.items()}
    rivals: dict[str, list[FoundLog]] = {}
    spellings = {run_id.lower(): run_id for run_id in inventory.runs}
    for log in found:
        if isinstance(log, Unreadable):
            plan.unreadable.append(Unreadable(log.file, log.run_id, one_line(log.reason, _LONGEST_REASON)))
            continue
        if log.fingerprint in inventory.reasons:
            known = inventory.reasons[log.fingerprint]
            plan.refuse(log, known.run_id, known.reason, is_lasting=True)
            continue
        try:
            run_id = by_fingerprint.get(log.fingerprint) or _run_id(log)
        except RunLogError as error:
            plan.refuse(log, None, str(error), is_lasting=not isinstance(error.__cause__, OSError))
            continue
        plan.seen.add(run_id)
        if run_id in inventory.dropped:
            continue
        spelling = spellings.setdefault(run_id.lower(), run_id)
        if spelling != run_id:
            # Not every file system tells upper and lower case apart.
            reason = f"its run id differs from {spelling}, which is in the site, only in case"
            plan.refuse(log, run_id, reason, is_lasting=False)
            continue
        rivals.setdefault(run_id, []).append(log)
    for run_id, logs in rivals.items():
        Choice(plan, run_id, logs).make()
    plan.seen |= {one.run_id for one in plan.unreadable if one.run_id is not None}
    plan.forget(inventory.dropped)
    return plan


def _run_id(log: FoundLog) -> str:
    """What the site calls the run: its address at GitHub, or what the log says where nobody collected it."""
    return peek_run_id(log.path) if log.origin is None else log.origin.address
