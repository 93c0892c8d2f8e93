"""``pdr clean``: remove old local runs."""

from __future__ import annotations

import argparse

from pynb_dag_runner.cli.arguments import Verbs, add_outputs, add_verb, write
from pynb_dag_runner.errors import UsageError

_DESCRIPTION = """\
Remove old runs below --outputs: run log, data lake, expanded files. The newest
N that have ended, well or not, stay; so does every run that still goes on, and
every file that is not a run log."""

_EXAMPLE = """\
  pdr clean --keep 20 --dry-run    what would be removed
  pdr clean --keep 20"""


def register(verbs: Verbs) -> None:
    """Add the verb to the parser."""
    parser = add_verb(verbs, "clean", clean, _DESCRIPTION, _EXAMPLE)
    parser.add_argument("--keep", type=int, required=True, metavar="N", help="how many runs stay; 0 removes all")
    parser.add_argument("--dry-run", action="store_true", help="say what would be removed, and remove nothing")
    add_outputs(parser)


def clean(arguments: argparse.Namespace) -> int:
    """Remove old runs and say which.

    Raises:
        UsageError: ``--keep`` is negative.
        EngineError: something cannot be removed.
    """
    from pynb_dag_runner.report.escaping import one_line
    from pynb_dag_runner.report.retention import plan, remove
    from pynb_dag_runner.report.summary import size_text

    if arguments.keep < 0:
        raise UsageError(f"--keep {arguments.keep}: give a number of runs, 0 or more")
    planned = plan(arguments.outputs, arguments.keep)
    for run_id, reason in planned.kept.items():
        write(f"kept {one_line(run_id)}: {one_line(reason, 300)}")
    freed_bytes = 0
    for removal in planned.removals:
        size_bytes = removal.size_bytes
        if not arguments.dry_run:
            remove(removal)
        freed_bytes += size_bytes
        write(f"{'would remove' if arguments.dry_run else 'removed'} {removal.run_id} ({size_text(size_bytes)})")
    verb = "would be removed" if arguments.dry_run else "removed"
    count = len(planned.removals)
    write(f"{count} {'run' if count == 1 else 'runs'} {verb}, {size_text(freed_bytes)}")
    return 0
