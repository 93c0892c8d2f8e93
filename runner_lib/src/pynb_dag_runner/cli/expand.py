"""``pdr expand``: a run's notebooks, figures, artifacts and outcomes as files."""

from __future__ import annotations

import argparse
from pathlib import Path

from pynb_dag_runner.cli.arguments import Verbs, add_outputs, add_run_log, add_verb, stdout_console

_DESCRIPTION = """\
Write what a run log holds as ordinary files: for each task and attempt the
evaluated notebook (.ipynb and .html), parameters, outcome, metrics, figures,
artifacts and printed output; for the run a summary and diagrams.

The folder DIR/<run id> appears when it is complete. One that an earlier
`pdr expand` made is replaced; any other folder there is left alone."""

_EXAMPLE = """\
  pdr expand                       the newest run, to pipeline-outputs/expanded
  pdr expand RUN_ID --to /tmp/run"""


def register(verbs: Verbs) -> None:
    """Add the verb to the parser."""
    parser = add_verb(verbs, "expand", expand, _DESCRIPTION, _EXAMPLE)
    add_run_log(parser)
    parser.add_argument("--to", type=Path, metavar="DIR", help="where to write (default: 'expanded' below --outputs)")
    add_outputs(parser)


def expand(arguments: argparse.Namespace) -> int:
    """Write one run to a folder and say where it is.

    Raises:
        RunLogError: the file is no run log, or one of a newer version.
        UsageError: there is no such run, or the folder holds something else.
    """
    from rich.text import Text

    from pynb_dag_runner.report.escaping import printable
    from pynb_dag_runner.report.expand import expand as expand_run
    from pynb_dag_runner.report.summary import counted, size_text
    from pynb_dag_runner.runlog.reader import read_run, resolve_run_log

    run = read_run(resolve_run_log(arguments.run_log, arguments.outputs))
    written = expand_run(run, arguments.to or arguments.outputs / "expanded")
    console = stdout_console()
    for warning in [*run.warnings, *written.warnings]:
        console.print(Text.assemble(("warning: ", "yellow"), printable(warning)), soft_wrap=True)
    size = f"{counted(len(run.tasks), 'task')}, {counted(written.files, 'file')}, {size_text(written.size_bytes)}"
    console.print(Text(f"{written.folder}: {size}"), soft_wrap=True)
    for what, where in (("summary", "summary.md"), ("notebooks", "tasks/TASK/attempts/NUMBER/notebook.html")):
        console.print(Text.assemble((f"  {what:<10}", "dim"), where), soft_wrap=True)
    return 0
