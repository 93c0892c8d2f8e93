"""``pdr runs``: local runs, newest first."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pynb_dag_runner.cli.arguments import Verbs, add_outputs, add_verb, stdout_console, write
from pynb_dag_runner.errors import RunLogError

if TYPE_CHECKING:
    from rich.table import Table

    from pynb_dag_runner.runlog.records import PipelineRun

_DESCRIPTION = """\
List the runs below --outputs, newest first: when each started, how long it
took, how it ended. A run that still goes on is 'running'; one whose driver died
is 'interrupted'. A file that cannot be read is a line that says why.

--filter keeps the runs that pass, in the language of the tracker's pages: terms
that must all hold, OR, brackets, -TERM for "not". Keys are result, pipeline,
environment, trigger, branch, commit, pr, since, before, duration, task, error,
id, dirty, metric.NAME, parameter.NAME, tag.NAME; operators are : (contains, or
one of several joined by commas) = != > >= < <=. A bare word is searched for.
A filter that begins with a minus is written --filter=-TERM."""

_EXAMPLE = """\
  pdr runs
  pdr runs --filter 'result:failure,timeout since:30d'
  pdr runs --filter 'metric.accuracy>0.9 parameter.lr=0.1 -branch:main'
  pdr runs --format json | jq -r '.runs[0].run_id'"""


def register(verbs: Verbs) -> None:
    """Add the verb to the parser."""
    parser = add_verb(verbs, "runs", runs, _DESCRIPTION, _EXAMPLE)
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        metavar="FORMAT",
        help="text or json (default: %(default)s)",
    )
    parser.add_argument(
        "--filter", default="", metavar="FILTER", help="only runs that pass, see above; unreadable files do not"
    )
    add_outputs(parser)


def runs(arguments: argparse.Namespace) -> int:
    """Print the runs; an empty list is no error."""
    from pynb_dag_runner.runlog.reader import find_run_logs

    wanted = _wanted(arguments.filter)
    logs = find_run_logs(arguments.outputs)
    found = (entry for entry in _read(logs) if wanted(entry[1]))
    if arguments.format == "json":
        from pynb_dag_runner.report import document

        entries = [_entry(path, run) for path, run in found]
        write(document.dumps({"schema_version": document.SCHEMA_VERSION, "runs": entries}))
    elif not logs:
        write(f"There are no runs in {(arguments.outputs / 'runs').absolute()} yet; start one with: pdr run")
    else:
        table = _table(found)
        if table.row_count:
            stdout_console().print(table)
        else:
            write(f"None of {len(logs)} runs passes the filter")
    return 0


def _wanted(text: str) -> Callable[[PipelineRun | RunLogError], bool]:
    if not text.strip():
        return lambda _: True
    from pynb_dag_runner.report.filter import compile_filter

    passes = compile_filter(text, time.time() * 1000)
    return lambda run: not isinstance(run, RunLogError) and passes(run)


def _read(logs: list[Path]) -> Iterator[tuple[Path, PipelineRun | RunLogError]]:
    from pynb_dag_runner.runlog.reader import read_run

    for path in logs:
        try:
            yield path, read_run(path)
        except RunLogError as error:
            yield path, error


def _entry(path: Path, run: PipelineRun | RunLogError) -> dict[str, object]:
    from pynb_dag_runner.report.document import run_document
    from pynb_dag_runner.runlog.reader import run_id_of

    if isinstance(run, RunLogError):
        return {"run_id": run_id_of(path), "run_log": str(path), "problem": str(run)}
    document = run_document(run)
    left_out = ("schema_version", "tasks", "packages", "resource")
    return {**{name: value for name, value in document.items() if name not in left_out}, "problem": None}


def _table(found: Iterable[tuple[Path, PipelineRun | RunLogError]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    from pynb_dag_runner.report.escaping import one_line
    from pynb_dag_runner.report.summary import REUSED, duration_text, elapsed_s, status, status_counts
    from pynb_dag_runner.report.text import local_time, status_label
    from pynb_dag_runner.runlog.reader import run_id_of
    from pynb_dag_runner.runlog.records import State

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("Run", no_wrap=True)
    table.add_column("Started", no_wrap=True)
    table.add_column("Duration", justify="right", no_wrap=True)
    table.add_column("Result", no_wrap=True)
    table.add_column("Tasks", overflow="fold")
    now_ns = time.time_ns()
    for path, run in found:
        if isinstance(run, RunLogError):
            name = Text(one_line(run_id_of(path)))
            table.add_row(name, "", "", Text("unreadable", style="red"), Text(one_line(_reason(path, run), 300)))
            continue
        duration = duration_text(elapsed_s(run, now_ns if run.state is State.RUNNING else None))
        counts = status_counts(run)
        reused = f" ({counts[REUSED]} reused)" if REUSED in counts else ""
        went_well = counts.get("success", 0) + counts.get(REUSED, 0)
        about = Text(one_line(f"{went_well} of {len(run.tasks)}{reused}, {run.environment}"))
        table.add_row(Text(one_line(run.run_id)), local_time(run.start_ns), duration, status_label(status(run)), about)
    return table


def _reason(path: Path, error: RunLogError) -> str:
    """The message without the path, which the first column names already."""
    return re.sub(r"^:\d+", "", str(error).removeprefix(str(path))).removeprefix(": ")
