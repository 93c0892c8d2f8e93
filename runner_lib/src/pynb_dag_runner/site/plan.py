"""Which run logs must be read, and which are in the site already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.report.escaping import one_line
from pynb_dag_runner.runlog.refusals import UNREADABLE, Refusal
from pynb_dag_runner.site.choice import Choice
from pynb_dag_runner.site.entries import Reason, Refused
from pynb_dag_runner.site.inventory import Inventory
from pynb_dag_runner.site.logs import FoundLog, Unreadable, peek_run_id
from pynb_dag_runner.site.names import RUN_ID

_LONGEST_REASON = 300
_MOST_LISTED = 500
_MOST_REMEMBERED = 2000


@dataclass
class Plan:
    """What a build does: it keeps the runs of the ``inventory``, but for those that it makes again from a log in ``read``.

    ``others`` says of files that are no run logs why, by fingerprint; ``refused`` of artifacts that never become any, by
    GitHub's id, and None where nobody looked; ``seen`` are all runs that files claim to be of.
    """

    inventory: Inventory
    read: dict[str, FoundLog] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    others: dict[str, Reason] = field(default_factory=dict)
    refused: dict[str, Refused] | None = None
    seen: set[str] = field(default_factory=set)

    def refuse(self, log: FoundLog, run_id: str | None, reason: str, is_lasting: bool) -> None:
        """Leave ``log`` out, and remember why if that lies in the file itself."""
        said = Reason(run_id, _short(reason))
        self.unreadable.append(Unreadable(log.name, said.run_id, said.reason))
        if is_lasting:
            self.others[log.fingerprint] = said

    def refuse_artifacts(self, refusals: list[Refusal]) -> None:
        """List what was not collected. Much of it may be made to be a burden: the newest are listed, and remembered."""
        newest = sorted(refusals, key=lambda one: one.artifact_id, reverse=True)
        lasting = [one for one in newest if one.is_lasting][:_MOST_REMEMBERED]
        self.refused = {str(one.artifact_id): Refused(one.name, _id(one), _short(one.reason)) for one in lasting}
        listed = [Unreadable(one_line(one.file), _id(one), _short(one.reason)) for one in newest[:_MOST_LISTED]]
        self.unreadable.extend(listed)
        if len(newest) > _MOST_LISTED:
            self.unreadable.append(
                Unreadable(UNREADABLE, None, f"{len(newest) - _MOST_LISTED} older artifacts were refused, too")
            )

    def forget(self, run_ids: Iterable[str]) -> None:
        """Do not mention these runs: they were dropped."""
        dropped = set(run_ids)
        self.unreadable = [one for one in self.unreadable if one.run_id not in dropped]
        self.others = {fingerprint: why for fingerprint, why in self.others.items() if why.run_id not in dropped}


def make_plan(found: Iterable[FoundLog | Unreadable | Refusal], inventory: Inventory) -> Plan:
    """Compare what was found with what earlier sites hold."""
    plan = Plan(inventory)
    by_fingerprint = {known.entry.fingerprint: run_id for run_id, known in inventory.runs.items()}
    rivals: dict[str, list[FoundLog]] = {}
    refusals: list[Refusal] = []
    spellings = {run_id.lower(): run_id for run_id in inventory.runs}
    for log in found:
        if isinstance(log, Unreadable):
            plan.unreadable.append(Unreadable(log.file, log.run_id, _short(log.reason)))
            continue
        if isinstance(log, Refusal):
            refusals.append(log)
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
    if refusals:
        plan.refuse_artifacts(refusals)
    plan.seen |= {one.run_id for one in plan.unreadable if one.run_id is not None}
    plan.forget(inventory.dropped)
    return plan


def _run_id(log: FoundLog) -> str:
    """What the site calls the run: its address at GitHub, or what the log says where nobody collected it."""
    return peek_run_id(log.path) if log.origin is None else log.origin.address


def _id(refusal: Refusal) -> str | None:
    """The run that an artifact is of, where it can be one."""
    return refusal.address if refusal.address is not None and RUN_ID.fullmatch(refusal.address) else None


def _short(reason: str) -> str:
    return one_line(reason, _LONGEST_REASON)
