"""``pdr watch``: runs what is not up to date, then at each save what it affects; or runs any tool at each save."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pynb_dag_runner.cli.arguments import Verbs, add_outputs, add_verb
from pynb_dag_runner.cli.run import assignments, require_outputs
from pynb_dag_runner.errors import UsageError

_DESCRIPTION = """\
Run what is not up to date, as `pdr run --resume latest`, then wait for saves. A
save runs the tasks that it affects and everything that needs them, on a Ray that
stays warm: a notebook, a module of the project that it imports, pipeline.py,
parameters. The rest is recorded as reused. Each cycle is an ordinary run, with
the tag watch=true.

A save while a run goes on: if it affects what is running or still waits, that
run is cancelled and a new one begins; if not, the run ends first. What failed
runs again when something about it changed. Nothing that is wrong ends the
watch: it is told as file:line, and waits for the next save.

With `-- COMMAND`, a tool runs in place of the pipeline: at once and at each save;
a save ends one that still runs.

Editors read the lines `[watch:NAME] begin` and `[watch:NAME] end rc=N`.
Exit codes: 130 by Ctrl-C, 143 by SIGTERM; 2 the call is wrong."""

_EXAMPLE = """\
  pdr watch
  pdr watch --environment ci --set epochs=1
  pdr watch --name mypy -- .venv/bin/mypy src"""


def register(verbs: Verbs) -> None:
    """Add the verb to the parser."""
    parser = add_verb(verbs, "watch", watch, _DESCRIPTION, _EXAMPLE)
    parser.add_argument(
        "--environment", default="dev", metavar="NAME", help="which sizes to build with (default: %(default)s)"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="value of a parameter; may be repeated"
    )
    parser.add_argument(
        "--tag", action="append", default=[], metavar="NAME=VALUE", help="note to find the runs by; may be repeated"
    )
    parser.add_argument(
        "--kernels", choices=("forked", "fresh"), default="forked", metavar="KIND", help="as of `pdr run`"
    )
    parser.add_argument(
        "--progress",
        choices=("live", "lines", "none"),
        default="lines",
        metavar="VIEW",
        help="live (needs a terminal), lines or none (default: %(default)s)",
    )
    parser.add_argument("--name", metavar="NAME", help="what the lines for editors call the tool")
    parser.add_argument("command", nargs="*", metavar="COMMAND", help="after --: a tool and its arguments")
    add_outputs(parser)


def watch(arguments: argparse.Namespace) -> int:
    """Watch until somebody ends it; returns the exit code.

    Raises:
        UsageError: an option is wrong, or the tool cannot be started.
    """
    from pynb_dag_runner.watch.signals import noted_signals

    if arguments.name and not arguments.command:
        raise UsageError("--name is for a tool: say which, as in pdr watch --name mypy -- mypy src")
    if arguments.command:
        from pynb_dag_runner.watch.tool import watch_tool

        name = arguments.name or Path(arguments.command[0]).name
        with noted_signals() as stop:
            watch_tool(name, arguments.command, Path.cwd(), _say, stop)
        return stop.exit_code
    settings = assignments("--set", arguments.set)
    tags = {"watch": True, **assignments("--tag", arguments.tag)}
    require_outputs(arguments.outputs)
    # Byte code of a version that is one second old could pass for that of the next one.
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    from pynb_dag_runner.cli.progress.views import progress_kind, progress_output
    from pynb_dag_runner.cli.watch_pipeline import PipelineWatch
    from pynb_dag_runner.execution.run import RunOptions

    options = RunOptions(
        environment=arguments.environment,
        settings=settings,
        tags=tags,
        outputs_dir=arguments.outputs.absolute(),
        kernels=arguments.kernels,
    )
    kind = progress_kind(arguments.progress, sys.stdout, os.environ)
    with noted_signals() as stop:
        PipelineWatch(Path.cwd(), options, kind, progress_output(kind, sys.stdout, os.environ), stop).watch()
    return stop.exit_code


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
