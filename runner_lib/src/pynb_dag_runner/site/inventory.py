"""Everything that earlier sites hold: the set of runs that a build must not make smaller."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pynb_dag_runner.errors import EngineError
from pynb_dag_runner.site.entries import LEVELS, Reason, RunEntry
from pynb_dag_runner.site.loading import is_whole
from pynb_dag_runner.site.state import WRITER, Site

_MOST_NAMED = 10


@dataclass(frozen=True)
class KnownRun:
    """A run of an earlier site; a broken one lacks some of its files."""

    site: Site
    entry: RunEntry
    is_broken: bool = False


@dataclass
class Inventory:
    """Runs of earlier sites by id, those that nothing is known of any more, and those that were dropped for good."""

    runs: dict[str, KnownRun] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    reasons: dict[str, Reason] = field(default_factory=dict)

    @property
    def incomplete(self) -> set[str]:
        """Runs that have lost something."""
        return self.damaged | {run_id for run_id, known in self.runs.items() if known.is_broken}

    def drop(self, run_ids: Iterable[str]) -> list[str]:
        """Forget runs for good; says which were there."""
        wanted = set(run_ids)
        gone = sorted(wanted & (self.runs.keys() | self.damaged))
        self.dropped |= wanted
        self.damaged -= wanted
        for run_id in wanted & self.runs.keys():
            del self.runs[run_id]
        return gone


def take_inventory(sites: list[Site], to: Path) -> Inventory:
    """All runs of ``sites``; of a run that several have, the copy that says most, and of equal ones the first.

    Files of a site that is not in the folder ``to`` are believed only after a look at their SHA-256.
    """
    inventory = Inventory(
        dropped={run_id for site in sites for run_id in site.dropped},
        reasons={
            fingerprint: why for site in sites if site.writer == WRITER for fingerprint, why in site.others.items()
        },
    )
    copies: dict[str, list[Site]] = {}
    for site in sites:
        for run_id in site.runs:
            copies.setdefault(run_id, []).append(site)
    for run_id, having in copies.items():
        if run_id not in inventory.dropped:
            known = _best(run_id, sorted(having, key=lambda site: _lacks(site, run_id)), to)
            if known is None:
                inventory.damaged.add(run_id)
            else:
                inventory.runs[run_id] = known
    damaged = {run_id for site in sites for run_id in site.damaged}
    inventory.damaged |= damaged - inventory.runs.keys() - inventory.dropped
    return inventory


def _lacks(site: Site, run_id: str) -> tuple[bool, bool, int]:
    entry = site.runs[run_id]
    return run_id in site.broken, not entry.is_finished, LEVELS.index(entry.pruned)


def _best(run_id: str, having: list[Site], to: Path) -> KnownRun | None:
    for site in having:
        if run_id not in site.broken if site.root == to else is_whole(site, run_id):
            return KnownRun(site, site.runs[run_id])
    # In the folder itself there is nothing to be copied: what is left of the run stays there.
    return next((KnownRun(site, site.runs[run_id], is_broken=True) for site in having if site.root == to), None)


def check_nothing_is_lost(incomplete: Collection[str], to: Path) -> None:
    """Refuse a build after which the tracker would have less than before.

    Raises:
        EngineError: there are runs whose files are damaged, and no run log to make them again.
    """
    if not incomplete:
        return
    named = ", ".join(sorted(incomplete)[:_MOST_NAMED])
    more = f" and {len(incomplete) - _MOST_NAMED} more" if len(incomplete) > _MOST_NAMED else ""
    runs = "1 run of the earlier site" if len(incomplete) == 1 else f"{len(incomplete)} runs of the earlier site"
    raise EngineError(
        f"{to}: nothing was changed, since {runs} would be lost: files of {named}{more} are missing or damaged. Put "
        "the run logs below --runs, or fetch the earlier site again; --drop RUN_ID gives a run up for good"
    )
