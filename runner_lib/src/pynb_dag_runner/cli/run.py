"""``pdr run``: runs the pipeline of this folder, shows how it goes on, and then what happened."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from pynb_dag_runner.cli.arguments import DEFAULT_OUTPUTS, Verbs, add_outputs, add_verb, program, stdout_console
from pynb_dag_runner.cli.selection import add_selection, planned, show_plan
from pynb_dag_runner.errors import PipelineError, UsageError

if TYPE_CHECKING:
    from pynb_dag_runner.cli.progress.output import ProgressOutput
    from pynb_dag_runner.dag.parameters import Json
    from pynb_dag_runner.dag.pipeline import Pipeline

_PROGRESS = ("auto", "live", "lines", "github", "none")
_EXIT_USAGE = 2

_DESCRIPTION = """\
Run the pipeline of this folder's pipeline.py in parallel, and record everything
that happens in one file, the run log.

The pipeline is checked first, as by `pdr check`: where something is wrong,
nothing is started. A task whose attempts all fail does not stop the others;
only tasks that need it are skipped. Ctrl-C ends what runs and closes the run
log.

--resume takes over from an earlier run what succeeded there and has not changed
since: not its code, not its parameters, nor what it needs. --only and --from
choose tasks; without --resume they take the rest from the newest run. Where
nothing is left to run, nothing is started or recorded, and the exit code is 0.

Exit codes: 0 all tasks succeeded; 1 a task did not; 2 the pipeline or the call
is wrong, nothing was started; 130 cancelled by Ctrl-C, 143 by SIGTERM."""

_EXAMPLE = """\
  pdr run
  pdr run --environment ci --tag reason=release
  pdr run --resume latest     what failed or changed since the newest run
  pdr run --only eda          one task, with what it needs from before
  pdr run --set failing_attempts=0 --set 'classes=[1, 7]'
  pdr run --address auto      on the Ray cluster that this machine is part of"""


def register(verbs: Verbs) -> None:
    """Add the verb to the parser."""
    parser = add_verb(verbs, "run", run, _DESCRIPTION, _EXAMPLE)
    parser.add_argument(
        "--environment", default="dev", metavar="NAME", help="which sizes to build with (default: %(default)s)"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="parameter of every task that declares NAME; VALUE is JSON, or else text; may be repeated",
    )
    parser.add_argument(
        "--tag",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="note to find the run by, recorded with it; may be repeated",
    )
    parser.add_argument(
        "--address",
        default="local",
        metavar="ADDRESS",
        help="local: start Ray on this machine; auto or HOST:PORT: use a Ray cluster (default: %(default)s)",
    )
    parser.add_argument(
        "--kernels",
        choices=("forked", "fresh"),
        default="forked",
        metavar="KIND",
        help="forked: from a process that has everything imported (Linux); fresh: each imports anew "
        "(default: %(default)s)",
    )
    parser.add_argument("--fail-fast", action="store_true", help="cancel the run as soon as a task does not succeed")
    parser.add_argument(
        "--progress",
        choices=_PROGRESS,
        default="auto",
        metavar="VIEW",
        help="live (needs a terminal), lines, github (lines and annotations), none, or auto: what fits this place",
    )
    add_selection(parser)
    add_outputs(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the pipeline and print what happened; returns the exit code.

    Raises:
        UsageError: an option is wrong, or there is no cluster at the address.
        EngineError: Ray cannot be started, or the run log cannot be written.
    """
    from pynb_dag_runner.cli.progress.views import progress_kind, progress_output, progress_view

    settings = assignments("--set", arguments.set)
    tags = assignments("--tag", arguments.tag)
    _require_address(arguments.address)
    require_outputs(arguments.outputs)
    kind = progress_kind(arguments.progress, sys.stdout, os.environ)
    output = progress_output(kind, sys.stdout, os.environ)
    project_dir = Path.cwd()
    try:
        pipeline, secrets = checked_pipeline(project_dir, arguments.environment, settings)
        plan = planned(pipeline, project_dir, arguments)
    except Problems as found:
        show_problems(found.problems, output)
        return _EXIT_USAGE

    from pynb_dag_runner.execution.run import RunOptions, run_pipeline
    from pynb_dag_runner.runlog.redaction import Redactor, secrets_by_name

    redactor = Redactor(secrets_by_name(os.environ) | secrets)
    if plan is not None:
        show_plan(plan, lambda text: output.write(redactor.text(text)[0]))
        output.flush()
        if not plan.running:
            return 0
    options = RunOptions(
        environment=arguments.environment,
        settings=settings,
        tags=tags,
        address=arguments.address,
        outputs_dir=arguments.outputs,
        fail_fast=arguments.fail_fast,
        kernels=arguments.kernels,
        plan=plan,
    )
    view = progress_view(kind, output, os.environ, lambda text: redactor.text(text)[0])
    with contextlib.closing(view):
        summary, exit_code = run_pipeline(pipeline, project_dir, options, view)
    _show_end(summary.run_log, arguments.outputs, output)
    return exit_code


def assignments(option: str, texts: Sequence[str]) -> dict[str, Json]:
    """The values of a repeatable option ``NAME=VALUE``.

    Raises:
        UsageError: one has another form, or a name comes twice.
    """
    from pynb_dag_runner.dag.parameters import parse_assignment

    values: dict[str, Json] = {}
    for text in texts:
        try:
            name, value = parse_assignment(text)
        except UsageError as error:
            raise UsageError(f"{option}: {error}") from error
        if name in values:
            raise UsageError(f"{option} {name} is given twice: keep one of them")
        values[name] = value
    return values


class Problems(Exception):
    """Everything that is wrong with the pipeline."""

    def __init__(self, problems: list[PipelineError]) -> None:
        super().__init__(problems)
        self.problems = problems


def checked_pipeline(
    project_dir: Path, environment: str, settings: Mapping[str, Json]
) -> tuple[Pipeline, dict[str, str]]:
    """The pipeline, ready to be run, and the values of the secrets that its tasks name.

    Raises:
        Problems: something is wrong with it.
        UsageError: no task declares the name of a setting.
    """
    from pynb_dag_runner.project.check import check_pipeline
    from pynb_dag_runner.project.load import load_pipeline
    from pynb_dag_runner.project.settings import apply_settings

    try:
        pipeline = apply_settings(load_pipeline(project_dir, environment), project_dir, settings)
        problems = check_pipeline(pipeline, project_dir)
        if problems:
            raise Problems(problems)
        # Ray is not imported by this: it comes when the run starts.
        from pynb_dag_runner.execution.run import required_secrets

        return pipeline, required_secrets(pipeline, os.environ)
    except PipelineError as problem:
        raise Problems([problem]) from problem


def show_problems(problems: Sequence[PipelineError], output: ProgressOutput) -> None:
    """Write ``file:line: error: message`` for each problem; on GitHub also where the line is shown."""
    from pynb_dag_runner.cli.progress.workflow_commands import HarmlessOutput, annotation, harmless
    from pynb_dag_runner.report.escaping import printable

    for problem in problems:
        text = printable(str(problem))
        sys.stderr.write(f"{harmless(text) if isinstance(output, HarmlessOutput) else text}\n")
        if isinstance(output, HarmlessOutput):
            title = "The pipeline is defined wrongly"
            output.command(annotation("error", problem.message, title, problem.location, os.environ))


def _show_end(run_log: Path, outputs: Path, output: ProgressOutput) -> None:
    """Write the table of what happened, and where to look next."""
    from rich.text import Text

    from pynb_dag_runner.report.text import summary
    from pynb_dag_runner.runlog.reader import read_run

    run = read_run(run_log)
    option = "" if outputs == DEFAULT_OUTPUTS else f" --outputs {shlex.quote(str(outputs))}"
    console = stdout_console()
    console.file = cast("IO[str]", output)
    console.print(summary(run, program=program()))
    console.print(Text.assemble(("Again    ", "dim"), f"{program()} show {run.run_id}{option}"))
    console.print(Text.assemble(("Tracker  ", "dim"), f"{program()} ui{option}"))


def _require_address(address: str) -> None:
    host_and_port = re.fullmatch(r"([\w.-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})", address)
    if address in ("local", "auto") or (host_and_port and 0 < int(host_and_port[2]) < 65536):
        return
    raise UsageError(
        f"--address {address!r}: give local, auto or HOST:PORT of a cluster's head node, such as 10.0.0.5:6379"
    )


def require_outputs(outputs: Path) -> None:
    """Refuse a folder that cannot be written before anything is started; it is made only when the run begins."""
    nearest = outputs.absolute()
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    if not nearest.is_dir():
        raise UsageError(f"--outputs {outputs}: {nearest} is a file: name another folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise UsageError(f"--outputs {outputs}: {nearest} cannot be written: name another folder")
