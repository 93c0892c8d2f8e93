"""Arguments that several verbs share, and the console they write to."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Handler: TypeAlias = Callable[[argparse.Namespace], int]

DEFAULT_OUTPUTS = Path("pipeline-outputs")

_WIDTH_OF_A_FILE = 200
"""Columns of output that does not go to a terminal: nobody wants a log or a pipe wrapped at 80."""


def add_verb(verbs: Verbs, name: str, handler: Handler, description: str, example: str) -> argparse.ArgumentParser:
    """Add the parser of one verb; ``description`` and ``example`` are printed as they are written."""
    parser = verbs.add_parser(
        name,
        description=description,
        epilog=f"example:\n{example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(handler=handler)
    return parser


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """Add ``--outputs DIR``."""
    parser.add_argument(
        "--outputs",
        type=Path,
        default=DEFAULT_OUTPUTS,
        metavar="DIR",
        help="folder with runs, data lake and expanded runs (default: %(default)s)",
    )


def add_run_log(parser: argparse.ArgumentParser) -> None:
    """Add the positional argument ``RUN_LOG``."""
    parser.add_argument(
        "run_log", nargs="?", metavar="RUN_LOG", help="path of a run log, or a run's id (default: the newest run)"
    )


def program() -> str:
    """How ``pdr`` was called: a person whose shell does not find it by its name needs the path."""
    called = sys.argv[0]
    is_found = shutil.which("pdr") == str(Path(called).absolute())
    return "pdr" if is_found or Path(called).name != "pdr" else shlex.quote(called)


def stdout_console() -> Console:
    """A rich console on standard output: colour only on a terminal, and no wrapping into a pipe or file."""
    from rich.console import Console

    is_sized = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if is_sized else _WIDTH_OF_A_FILE, highlight=False, markup=False, emoji=False)


def write(text: str) -> None:
    """Write ``text`` to standard output, with a line end."""
    sys.stdout.write(text)
    if not text.endswith("\n"):
        sys.stdout.write("\n")
