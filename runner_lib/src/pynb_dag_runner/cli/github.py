"""``pdr github``: publish a project on GitHub."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pynb_dag_runner.cli.arguments import Verbs, add_verb, write
from pynb_dag_runner.errors import UsageError

_DESCRIPTION = """\
Publish this project on GitHub: make the repository, push, switch GitHub Pages
on, see that the first run starts. It uses git and the GitHub command line, gh,
which you are logged in with; it needs no token of its own.

It first shows each step with its command, then asks once. What is so already is
left as it is, so it can be stopped and called again at any time. Nothing is ever
overwritten: it does not force a push, and stops where GitHub has something else."""

_EXAMPLE = """\
  pdr github --dry-run
  pdr github --repository my-organization/digits
  pdr github --private --yes"""


def register(verbs: Verbs) -> None:
    """Add the verb to the parser."""
    parser = add_verb(verbs, "github", github, _DESCRIPTION, _EXAMPLE)
    parser.add_argument(
        "--repository",
        metavar="OWNER/NAME",
        help="the repository, of a user or an organization (default: the remote origin; else you / this project's name)",
    )
    parser.add_argument(
        "--private",
        action="store_true",
        help="make the repository private; a free account gets no GitHub Pages for it, so no tracker there",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="show the steps, and do none")


def github(arguments: argparse.Namespace) -> int:
    """Publish, and say each step.

    Raises:
        UsageError: something is in the way that only the person can decide; nothing was done.
        GitHubError: GitHub refuses a step or cannot be reached.
        EngineError: git fails.
    """
    from pynb_dag_runner.github.onboarding import publish

    is_whole = publish(
        Path.cwd(),
        arguments.repository,
        arguments.private,
        os.environ,
        agree=(lambda: True) if arguments.yes else _ask,
        say=_say,
        dry_run=arguments.dry_run,
    )
    return 0 if is_whole else 1


def _say(text: str) -> None:
    write(text)
    # What is about to happen is read before it happens, also where the output is a pipe.
    sys.stdout.flush()


def _ask() -> bool:
    if not sys.stdin.isatty():
        from pynb_dag_runner.github.programs import called_with

        raise UsageError(
            f"there is no terminal to ask at, and nothing was done; after a look at the steps: {called_with('--yes', os.environ)}"
        )
    try:
        answer = input("Continue? [y/N] ")
    except EOFError:
        _say("")
        return False
    except KeyboardInterrupt:
        _say("")
        _say("Nothing was done.")
        raise
    _say("")
    return answer.strip().lower() in ("y", "yes")
