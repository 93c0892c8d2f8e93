"""Run logs become a site: what ``pdr site`` does.

The order of writing keeps the site usable whenever it is interrupted: files of runs, chunks, what was pruned, state, and
the manifest last, which names all of them. What it no longer names is deleted after that. Before anything that a reader sees
changes, it is certain that no run of an earlier site gets lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.site.chunk_files import ChunkWriter
from pynb_dag_runner.site.entries import Refused
from pynb_dag_runner.site.folder import TEMPORARY, SiteFolder, locked
from pynb_dag_runner.site.inventory import check_nothing_is_lost, take_inventory
from pynb_dag_runner.site.loading import load_site
from pynb_dag_runner.site.logs import Fingerprints, Unreadable, find_logs
from pynb_dag_runner.site.manifest import data_bytes, heaviest, manifest
from pynb_dag_runner.site.names import MANIFEST, STATE, page_of_run, run_folder
from pynb_dag_runner.site.plan import Plan, make_plan
from pynb_dag_runner.site.pruning import prune
from pynb_dag_runner.site.run_files import Failure, RunSummary, write_page
from pynb_dag_runner.site.scripts import script
from pynb_dag_runner.site.state import Site, is_site
from pynb_dag_runner.site.workers import write_runs

BUNDLE = Path(__file__).parent / "bundle"
"""The front end, as ``ui/`` builds it."""

Progress = Callable[[int, int], None]
"""Called with how many run logs have been read, and how many are to be."""


@dataclass
class SiteReport:
    """What a build did; ``pruned`` says of runs that lost heavy parts now at which level they are."""

    folder: Path
    total: int = 0
    added: int = 0
    replaced: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    pruned: dict[str, str] = field(default_factory=dict)
    heaviest: list[tuple[str, int]] = field(default_factory=list)
    size_bytes: int = 0
    bundle_bytes: int = 0
    most_bytes: int | None = None
    has_front_end: bool = True

    @property
    def unchanged(self) -> int:
        """Runs that were in the site already."""
        return self.total - self.added - self.replaced

    @property
    def budget_bytes(self) -> int:
        """What counts against ``most_bytes``: data and front end."""
        return self.size_bytes + self.bundle_bytes


def build_site(
    runs: Path,
    to: Path,
    previous: Path | None = None,
    *,
    most_bytes: int | None = None,
    drop: Collection[str] = (),
    is_strict: bool = True,
    bundle: Path = BUNDLE,
    processes: int | None = None,
    fingerprints: Fingerprints | None = None,
    progress: Progress | None = None,
    now_ms: int | None = None,
) -> SiteReport:
    """Make ``to`` the site of all run logs below ``runs``, and of all runs that ``to`` and ``previous`` hold already.

    Args:
        runs: Folder with run logs, also in folders below it.
        to: Folder of the site: new, empty, or a site that is brought up to date.
        previous: Folder of an earlier site, which stays as it is.
        most_bytes: Heavy parts of runs are removed until the site has no more than this; None removes nothing.
        drop: Ids of runs that are removed for good.
        is_strict: Whether a run whose files are damaged ends the build; else it is told, and stays as it is.
        bundle: Folder with the front end.
        processes: How many processes read run logs; by default as many as there are processors, where it is worth it.
        fingerprints: Handed to one build after another, spares them opening files that stay as they are.
        progress: Is told how far the build has come.
        now_ms: What time it is, milliseconds since 1970 (UTC); only documents of pruned runs say it.

    Raises:
        UsageError: a folder is missing, is no site, or holds a site of a newer version; there is no run to drop.
        EngineError: a run would be lost, or something cannot be written.
    """
    _check_folders(runs, to, previous)
    with locked(to):
        sites = _sites(to, previous)
        inventory = take_inventory(sites, to)
        known = set(inventory.dropped)
        dropped = inventory.drop(drop)
        plan = make_plan(find_logs(runs, to, fingerprints or Fingerprints()), inventory)
        _check_dropped(set(drop) - set(dropped) - known - plan.seen)
        if is_strict:
            check_nothing_is_lost(inventory.incomplete - plan.read.keys(), to)
        folder = SiteFolder(to)
        if not any(site.root == to for site in sites):
            # From here on the folder can be told from one of somebody else, however this build ends.
            folder.write(STATE, Site(to).dumps())
        build = _Build(folder, plan, sites, bundle)
        build.report.dropped = sorted({*dropped, *(set(drop) & plan.seen - known)})
        build.read(processes, progress or (lambda done, of: None))
        if is_strict:
            build.check()
        return build.write(most_bytes, time.time_ns() // 1_000_000 if now_ms is None else now_ms)


def _check_folders(runs: Path, to: Path, previous: Path | None) -> None:
    if not runs.is_dir():
        raise UsageError(f"--runs {runs}: {'this is no folder' if runs.exists() else 'there is no such folder'}")
    if to.exists() and not to.is_dir():
        raise UsageError(f"--to {to}: this is no folder")
    if previous is not None and not is_site(previous):
        raise UsageError(f"--previous {previous}: there is no site; leave --previous out for the first one")


def _check_dropped(unknown: Collection[str]) -> None:
    if unknown:
        raise UsageError(f"--drop {', '.join(sorted(unknown))}: neither the site nor --runs has such a run")


def _sites(to: Path, previous: Path | None) -> list[Site]:
    """The sites whose runs the new one has: the one that is in its folder, and the previous one."""
    sites = []
    if is_site(to):
        sites.append(load_site(to, in_place=True))
    elif any(path != to / "data" for path in to.iterdir()) or any(
        path != to / TEMPORARY for path in (to / "data").glob("*")
    ):
        raise UsageError(f"--to {to}: this folder holds something else than a site: name a new one, or an empty one")
    if previous is not None and not to.samefile(previous):
        sites.append(load_site(previous, in_place=False))
    return sites


class _Build:
    def __init__(self, folder: SiteFolder, plan: Plan, sites: list[Site], bundle: Path) -> None:
        self._folder = folder
        self._plan = plan
        self._inventory = plan.inventory
        self._sites = sites
        self._bundle = bundle
        self._fresh: dict[str, RunSummary] = {}
        self._site = Site(folder.root)
        self.report = SiteReport(folder.root)

    def read(self, processes: int | None, progress: Progress) -> None:
        """Write the files of all runs whose logs must be read."""
        logs = self._plan.read
        progress(0, len(logs))
        for done, (run_id, result) in enumerate(write_runs(logs, self._folder.root, processes), start=1):
            progress(done, len(logs))
            if isinstance(result, Failure):
                self._plan.refuse(logs[run_id], run_id, result.reason, is_lasting=result.is_lasting)
                continue
            self.report.replaced += run_id in self._inventory.runs
            self.report.added += run_id not in self._inventory.runs
            self._fresh[run_id] = result
            self._site.runs[run_id] = result.entry

    def check(self) -> None:
        """Refuse to go on where a run would be lost; runs that were not there before go again.

        Raises:
            EngineError: one would be.
        """
        lost = self._inventory.incomplete - self._fresh.keys()
        if lost:
            there = {run_id for site in self._sites if site.root == self._folder.root for run_id in site.runs}
            new = self._fresh.keys() - there - self._inventory.damaged
            self._folder.remove(path for run_id in new for path in (run_folder(run_id), f"r/{run_id}"))
        check_nothing_is_lost(lost, self._folder.root)

    def write(self, most_bytes: int | None, now_ms: int) -> SiteReport:
        """Write all that is not of one run, and delete what is left over."""
        homes = self._keep()
        months = {run_id: entry.month for run_id, entry in self._site.runs.items()}
        self._site.chunks = dict(ChunkWriter(self._folder, months, self._fresh).write(homes))
        self._site.bundle = self._copy_front_end()
        self.report.bundle_bytes = sum(self._folder.size(name) or 0 for name in self._site.bundle)
        self.report.most_bytes = most_bytes
        if most_bytes is not None:
            self.report.pruned = prune(self._folder, self._site, most_bytes, self.report.bundle_bytes, now_ms)
        self._site.others = self._plan.others
        self._site.refused = self._refused()
        self._site.dropped = sorted(self._inventory.dropped)
        self._site.damaged = self._inventory.damaged - self._site.runs.keys()
        self._folder.write(STATE, self._site.dumps())
        self._folder.write(MANIFEST, script("manifest", "", manifest(self._site, self._plan.unreadable)))
        self._clean()
        return self._finished_report()

    def _refused(self) -> dict[str, Refused]:
        """What was collected now says it all; where nothing was, what is known already."""
        if self._plan.refused is not None:
            return self._plan.refused
        return {number: refused for site in reversed(self._sites) for number, refused in site.refused.items()}

    def _keep(self) -> dict[str, Site]:
        """Take over all runs that were not read now; says which site each is from."""
        homes = {}
        for run_id, known in self._inventory.runs.items():
            if run_id in self._fresh:
                continue
            homes[run_id] = known.site
            self._site.runs[run_id] = known.entry
            if known.is_broken:
                self._site.broken.add(run_id)
            if known.site.root != self._folder.root:
                for name in known.entry.files:
                    self._folder.adopt(known.site.root / name, name)
            if page_of_run(run_id) not in known.entry.files and not known.is_broken:
                page = write_page(self._folder, run_id)
                self._site.runs[run_id] = replace(known.entry, files={**known.entry.files, **page})
        return homes

    def _copy_front_end(self) -> list[str]:
        self._folder.write(".nojekyll", b"")
        if not (self._bundle / "index.html").is_file():
            self.report.has_front_end = False
            return self._former_bundle()
        names = [path.relative_to(self._bundle).as_posix() for path in self._bundle.rglob("*") if path.is_file()]
        # The page comes after what it loads.
        for name in sorted(names, key=lambda name: (name == "index.html", name)):
            self._folder.write(name, (self._bundle / name).read_bytes())
        return names

    def _clean(self) -> None:
        """Delete what no longer belongs to the site, but nothing that somebody else put beside it."""
        runs = {*self._site.runs, *self._site.damaged}
        self._folder.remove(name for run_id in self._site.runs for name in self._left_over(run_id))
        chunks = {f"{name}.js" for name in self._site.chunks}
        for folder, known in (("data/runs", runs), ("r", runs), ("data/index", chunks), ("data/details", chunks)):
            self._folder.remove(f"{folder}/{name}" for name in self._folder.names(folder) if name not in known)
        self._folder.remove(set(self._former_bundle()) - set(self._site.bundle))
        self._folder.remove([TEMPORARY.as_posix()])

    def _left_over(self, run_id: str) -> list[str]:
        """Files of a run that were pruned, now or by a build that was killed."""
        if run_id in self._site.broken:
            return []
        folder, files = run_folder(run_id), self._site.runs[run_id].files
        return [name for found in self._folder.names(folder) if (name := f"{folder}/{found}") not in files]

    def _former_bundle(self) -> list[str]:
        return [name for site in self._sites if site.root == self._folder.root for name in site.bundle]

    def _finished_report(self) -> SiteReport:
        report = self.report
        report.total = len(self._site.runs)
        report.unreadable = self._plan.unreadable
        report.damaged = sorted({*self._site.damaged, *self._site.broken})
        report.heaviest = heaviest(self._site)
        report.size_bytes = data_bytes(self._site)
        return report
