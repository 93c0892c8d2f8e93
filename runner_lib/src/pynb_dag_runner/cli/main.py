"""The command ``pdr``: finds the verb, imports its module alone, and turns errors into messages and exit codes."""

from __future__ import annotations

import argparse
import atexit
import gc
import importlib
import io
import os
import shlex
import sys
from collections.abc import Callable, Sequence

from pynb_dag_runner import __version__
from pynb_dag_runner.cli.arguments import program
from pynb_dag_runner.errors import EngineError, PdrError

VERBS = {
    "run": "run the pipeline",
    "watch": "run again what a saved file affects, at each save; or run any tool",
    "check": "check the pipeline and its notebooks, without running anything",
    "graph": "draw the pipeline, without running anything",
    "show": "show what happened in a run",
    "runs": "list local runs, newest first",
    "expand": "write a run's notebooks, figures and artifacts as files",
    "report": "write a run as one HTML file",
    "collect": "fetch run logs and the published site from GitHub",
    "site": "write a static site of all runs: tracker, monitor, notebooks",
    "github": "publish this project on GitHub: repository, push, Pages, first run",
    "ui": "show the tracker on this machine, live while a run goes on",
    "clean": "remove old local runs",
}
"""Each verb is a module of this package with ``register(verbs)``, imported only when it is called."""

EXIT_OK = 0
EXIT_NOT_SUCCESSFUL = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141

_DESCRIPTION = "Runs notebooks, functions and commands in parallel as a DAG, and records each run in one file."
_EPILOG = """\
exit codes:
  0    success
  1    a task did not succeed
  2    the pipeline or the call is wrong; nothing was started
  130  cancelled (143 by SIGTERM)

'pdr VERB --help' explains one verb.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code of the process."""
    if argv is None:
        # The process ends with this verb. To look through all that was imported once more would take it a quarter of a second.
        atexit.register(gc.freeze)
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        # In a locale without UTF-8, what cannot be printed is written out, as in \xe4, and is no error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        parser = build_parser(arguments)
        if not arguments:
            parser.error(f"say what to do, such as {program()} run; {program()} --help lists the verbs")
        parsed, unknown = parser.parse_known_args(arguments)
        if unknown:
            # argparse would point to the help of `pdr`, which knows nothing of the verb's options.
            verb = f"pdr {parsed.verb}"
            parser.error(
                f"{verb} does not take {shlex.join(unknown)}; {program()} {parsed.verb} --help says what it takes"
            )
        handler: Callable[[argparse.Namespace], int] = parsed.handler
        exit_code = handler(parsed)
        sys.stdout.flush()
        return exit_code
    except SystemExit as ending:  # how argparse ends after --help, --version and wrong arguments
        return ending.code if isinstance(ending.code, int) else EXIT_USAGE
    except PdrError as error:
        sys.stderr.write(f"{_message(error)}\n")
        return EXIT_NOT_SUCCESSFUL if isinstance(error, EngineError) else EXIT_USAGE
    except KeyboardInterrupt:
        sys.stderr.write("cancelled\n")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output went away, as in `pdr show | head`. Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE


def build_parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser for ``arguments``: complete for the verb they start with, one line of help for the others."""
    parser = argparse.ArgumentParser(
        prog="pdr", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"pdr {__version__}")
    verbs = parser.add_subparsers(title="verbs", dest="verb", metavar="VERB", required=True)
    for verb, description in VERBS.items():
        if arguments[:1] == [verb]:
            importlib.import_module(f"pynb_dag_runner.cli.{verb}").register(verbs)
        else:
            verbs.add_parser(verb, help=description)
    return parser


def _message(error: PdrError) -> str:
    """One message, in the form ``[file:line: ]error: what is wrong``."""
    text = str(error)
    return text if "error: " in text else f"error: {text}"
