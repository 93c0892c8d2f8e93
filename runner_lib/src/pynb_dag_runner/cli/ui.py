"""``pdr ui``: the tracker on this machine, live while a run goes on."""

from __future__ import annotations

import argparse
import webbrowser
from pathlib import Path

from pynb_dag_runner.cli.arguments import Verbs, add_outputs, add_verb, stdout_console

_DEFAULT_PORT = 8642

_DESCRIPTION = """\
Show the tracker in a browser: all local runs, and the one that goes on. New
tasks, attempts and results appear without reloading the page.

The site is built into OUTPUTS/site (as `pdr site` would) and served to this
machine alone. Ctrl-C ends it; runs are not affected."""

_EXAMPLE = """\
  pdr ui                    then open the address that is printed
  pdr ui --open --port 0    any free port, and a browser with it"""


def register(verbs: Verbs) -> None:
    """Add the verb to the parser."""
    parser = add_verb(verbs, "ui", ui, _DESCRIPTION, _EXAMPLE)
    parser.add_argument(
        "--runs", type=Path, metavar="DIR", help="folder with the run logs to show (default: those of --outputs)"
    )
    parser.add_argument(
        "--port",
        type=int,
        default=_DEFAULT_PORT,
        metavar="PORT",
        help="port on 127.0.0.1; 0 takes any that is free (default: %(default)s)",
    )
    parser.add_argument("--open", action="store_true", help="open the address in a browser")
    add_outputs(parser)


def ui(arguments: argparse.Namespace) -> int:
    """Serve until the person stops it.

    Raises:
        UsageError: the port is taken, or the folder of runs or of the site cannot be used.
    """
    from pynb_dag_runner.site.build import SiteReport, build_site
    from pynb_dag_runner.site.logs import Fingerprints
    from pynb_dag_runner.site.serve import SiteKeeper, SiteServer

    runs: Path = arguments.runs or arguments.outputs / "runs"
    site: Path = arguments.outputs / "site"
    if arguments.runs is None:
        # Before the first run there is no folder yet, and the page says what to do.
        runs.mkdir(parents=True, exist_ok=True)
    console = stdout_console()
    fingerprints = Fingerprints()

    def build() -> SiteReport:
        # A damaged run in the own site locks nobody out: it is told, and all others are shown.
        return build_site(runs, site, fingerprints=fingerprints, is_strict=False)

    with SiteServer(site, arguments.port) as server:
        report = build()
        keeper = SiteKeeper(runs, build, server, lambda error: console.print(f"The site was not renewed: {error}"))
        keeper.start()
        try:
            runs_text = f"{report.total} {'run' if report.total == 1 else 'runs'}"
            console.print(f"{runs_text} at  {server.address}", soft_wrap=True)
            for run_id in report.damaged:
                console.print(
                    f"Files of run {run_id} are damaged: its run log in {runs} mends them, "
                    f"`pdr site --runs {runs} --to {site} --drop {run_id}` gives it up.",
                    soft_wrap=True,
                    markup=False,
                )
            console.print("Ctrl-C ends it.")
            if arguments.open:
                webbrowser.open(server.address)
            server.serve_forever()
        except KeyboardInterrupt:
            console.print("ended")
        finally:
            keeper.end()
    return 0
