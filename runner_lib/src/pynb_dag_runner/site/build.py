"""Run logs become a site: what ``pdr site`` does.

The order of writing keeps the site usable whenever it is interrupted: files of runs, chunks, state, and the manifest last,
which names all of them. What it no longer names is deleted after that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pynb_dag_runner import __version__
from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.site.chunk_files import ChunkWriter
from pynb_dag_runner.site.folder import TEMPORARY, SiteFolder, locked
from pynb_dag_runner.site.logs import Fingerprints, find_logs
from pynb_dag_runner.site.names import FORMAT, MANIFEST, STATE
from pynb_dag_runner.site.plan import Plan, Unreadable, make_plan
from pynb_dag_runner.site.run_files import Failure, RunSummary
from pynb_dag_runner.site.scripts import script
from pynb_dag_runner.site.state import RunEntry, Site, is_site, load_site
from pynb_dag_runner.site.workers import write_runs

BUNDLE = Path(__file__).parent / "bundle"
"""The front end, as ``ui/`` builds it."""

_HEAVIEST = 10
_HASH_DIGITS = 12

Progress = Callable[[int, int], None]
"""Called with how many run logs have been read, and how many are to be."""


@dataclass
class SiteReport:
    """What a build did."""

    folder: Path
    total: int = 0
    added: int = 0
    replaced: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    heaviest: list[tuple[str, int]] = field(default_factory=list)
    size_bytes: int = 0
    has_front_end: bool = True

    @property
    def unchanged(self) -> int:
        """Runs that were in the site already."""
        return self.total - self.added - self.replaced


def build_site(
    runs: Path,
    to: Path,
    previous: Path | None = None,
    *,
    bundle: Path = BUNDLE,
    processes: int | None = None,
    fingerprints: Fingerprints | None = None,
    progress: Progress | None = None,
) -> SiteReport:
    """Make ``to`` the site of all run logs below ``runs``, and of all runs that ``to`` and ``previous`` hold already.

    Args:
        runs: Folder with run logs, also in folders below it.
        to: Folder of the site: new, empty, or a site that is brought up to date.
        previous: Folder of an earlier site, which stays as it is.
        bundle: Folder with the front end.
        processes: How many processes read run logs; by default as many as there are processors, where it is worth it.
        fingerprints: Handed to one build after another, spares them opening files that stay as they are.
        progress: Is told how far the build has come.

    Raises:
        UsageError: a folder is missing, is no site, or holds a site of a newer version.
        EngineError: something cannot be written.
    """
    _check_folders(runs, to, previous)
    with locked(to):
        sites = _sites(to, previous)
        folder = SiteFolder(to)
        if not any(site.root == to for site in sites):
            # From here on the folder can be told from one of somebody else, however this build ends.
            folder.write(STATE, Site(to).dumps())
        plan = make_plan(find_logs(runs, to, fingerprints or Fingerprints()), sites)
        return _Build(folder, plan, sites, bundle).run(processes, progress or (lambda done, of: None))


def _check_folders(runs: Path, to: Path, previous: Path | None) -> None:
    if not runs.is_dir():
        raise UsageError(f"--runs {runs}: {'this is no folder' if runs.exists() else 'there is no such folder'}")
    if to.exists() and not to.is_dir():
        raise UsageError(f"--to {to}: this is no folder")
    if previous is not None and not is_site(previous):
        raise UsageError(f"--previous {previous}: there is no site; leave --previous out for the first one")


def _sites(to: Path, previous: Path | None) -> list[Site]:
    """The sites whose runs the new one has: the one that is in its folder, and the previous one."""
    sites = []
    if is_site(to):
        sites.append(load_site(to))
    elif any(path != to / "data" for path in to.iterdir()) or any(
        path != to / TEMPORARY for path in (to / "data").glob("*")
    ):
        raise UsageError(f"--to {to}: this folder holds something else than a site: name a new one, or an empty one")
    if previous is not None and not to.samefile(previous):
        sites.append(load_site(previous))
    return sites


class _Build:
    def __init__(self, folder: SiteFolder, plan: Plan, sites: list[Site], bundle: Path) -> None:
        self._folder = folder
        self._plan = plan
        self._sites = sites
        self._bundle = bundle
        self._fresh: dict[str, RunSummary] = {}
        self._site = Site(folder.root)
        self._report = SiteReport(folder.root)

    def run(self, processes: int | None, progress: Progress) -> SiteReport:
        """Do all of it."""
        self._read(processes, progress)
        homes = self._keep()
        months = {run_id: entry.month for run_id, entry in self._site.runs.items()}
        self._site.chunks = dict(ChunkWriter(self._folder, months, self._fresh).write(homes))
        self._site.bundle = self._copy_front_end()
        self._site.others = self._plan.others
        self._site.damaged = sorted({name for site in self._sites for name in site.damaged} - self._site.runs.keys())
        self._folder.write(STATE, self._site.dumps())
        self._folder.write(MANIFEST, script("manifest", "", self._manifest()))
        self._clean()
        return self._finished_report()

    def _read(self, processes: int | None, progress: Progress) -> None:
        logs = self._plan.read
        paths = {run_id: log.path for run_id, log in logs.items()}
        progress(0, len(logs))
        for done, (run_id, result) in enumerate(write_runs(paths, self._folder.root, processes), start=1):
            progress(done, len(logs))
            if isinstance(result, Failure):
                self._plan.refuse(logs[run_id], run_id, result.reason, is_lasting=result.is_lasting)
                continue
            self._report.replaced += run_id in self._plan.kept
            self._report.added += run_id not in self._plan.kept
            self._fresh[run_id] = result
            self._site.runs[run_id] = RunEntry(
                fingerprint=result.fingerprint,
                month=result.month,
                is_finished=result.is_finished,
                log_bytes=result.log_bytes,
                log_sha256=result.log_sha256,
                site_bytes=result.site_bytes,
            )

    def _keep(self) -> dict[str, Site]:
        """Take over all runs that were not read now; says which site each is from."""
        homes = {}
        for run_id, (site, entry) in self._plan.kept.items():
            if run_id in self._fresh:
                continue
            homes[run_id] = site
            self._site.runs[run_id] = entry
            if site.root != self._folder.root:
                for name in _files_of_run(site.root, run_id):
                    self._folder.adopt(site.root / name, name)
        return homes

    def _copy_front_end(self) -> list[str]:
        self._folder.write(".nojekyll", b"")
        if not (self._bundle / "index.html").is_file():
            self._report.has_front_end = False
            return self._former_bundle()
        names = [path.relative_to(self._bundle).as_posix() for path in self._bundle.rglob("*") if path.is_file()]
        # The page comes after what it loads.
        for name in sorted(names, key=lambda name: (name == "index.html", name)):
            self._folder.write(name, (self._bundle / name).read_bytes())
        return names

    def _manifest(self) -> dict[str, object]:
        runs, chunks = self._site.runs, self._site.chunks
        heaviest = sorted(runs, key=lambda run_id: (-runs[run_id].site_bytes, run_id))[:_HEAVIEST]
        self._report.heaviest = [(run_id, runs[run_id].site_bytes) for run_id in heaviest]
        self._report.size_bytes = sum(entry.site_bytes for entry in runs.values()) + sum(
            chunk.size_bytes for chunk in chunks.values()
        )
        unreadable = sorted(self._plan.unreadable, key=lambda one: (one.file, one.reason))
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
                for name, chunk in chunks.items()
            ],
            "unreadable": [asdict(one) for one in unreadable],
            "unfinished": {
                run_id: entry.fingerprint or entry.log_sha256
                for run_id, entry in sorted(runs.items())
                if not entry.is_finished
            },
            "sizes": {
                "runs": len(runs),
                "data_bytes": self._report.size_bytes,
                "heaviest": [{"run_id": run_id, "size_bytes": size} for run_id, size in self._report.heaviest],
            },
        }

    def _clean(self) -> None:
        """Delete what no longer belongs to the site, but nothing that somebody else put beside it."""
        runs = {*self._site.runs, *self._site.damaged}
        chunks = {f"{name}.js" for name in self._site.chunks}
        for folder, known in (("data/runs", runs), ("r", runs), ("data/index", chunks), ("data/details", chunks)):
            self._folder.remove(f"{folder}/{name}" for name in self._folder.names(folder) if name not in known)
        self._folder.remove(set(self._former_bundle()) - set(self._site.bundle))
        self._folder.remove([TEMPORARY.as_posix()])

    def _former_bundle(self) -> list[str]:
        return [name for site in self._sites if site.root == self._folder.root for name in site.bundle]

    def _finished_report(self) -> SiteReport:
        report = self._report
        report.total = len(self._site.runs)
        report.unreadable = self._plan.unreadable
        report.damaged = self._site.damaged
        return report


def _files_of_run(root: Path, run_id: str) -> list[str]:
    paths = [*(root / "data/runs" / run_id).glob("*.js"), root / "r" / run_id / "index.html"]
    return [path.relative_to(root).as_posix() for path in paths if path.is_file() and not path.is_symlink()]
