"""Runs the programs that publishing needs, ``git`` and ``gh``, and shows their commands as a person would type them."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pynb_dag_runner.errors import UsageError

_USER_INFO = re.compile(r"(?<=://)[^\s/@]+@")
_SET_BY_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
# Colours, pagers and traces would stand in what is read from the output of gh.
_DISTURBING = ("GH_FORCE_TTY", "CLICOLOR_FORCE", "GH_DEBUG", "DEBUG", "GH_PAGER")
_INSTALL = {
    "gh": "install GitHub's command line (https://cli.github.com; Debian and Ubuntu: sudo apt install gh; "
    "macOS: brew install gh), then run: gh auth login",
    "git": "install it (Debian and Ubuntu: sudo apt install git; macOS: xcode-select --install)",
}


@dataclass(frozen=True)
class Outcome:
    """How a program ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def is_good(self) -> bool:
        """Whether it ended well."""
        return self.code == 0

    @property
    def complaint(self) -> str:
        """What it said about what went wrong, indented; never with a password that stood in an address."""
        text = hide_user_info(self.err.strip() or self.out.strip() or f"exit code {self.code}")
        return "\n".join(f"    {line}" for line in text.splitlines())


def run_program(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Outcome:
    """Run a program to its end; nothing of it asks or shows anything on its own.

    Raises:
        UsageError: there is no such program here.
    """
    changed = {name: value for name, value in environment.items() if name not in (*_SET_BY_HOOKS, *_DISTURBING)}
    changed |= {"GIT_TERMINAL_PROMPT": "0", "GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}
    try:
        done = subprocess.run(
            list(command),
            cwd=folder,
            env=changed,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="backslashreplace",
            check=False,
        )
    except FileNotFoundError:
        name = command[0]
        raise UsageError(f"there is no {name} here, and this needs it: {_INSTALL.get(name, 'install it')}") from None
    return Outcome(done.returncode, done.stdout, done.stderr)


def shown(command: Sequence[str]) -> str:
    """A command as one types it."""
    return hide_user_info(shlex.join(command))


def called_with(option: str, environment: Mapping[str, str]) -> str:
    """How a person calls this command with an option: by make, where make was called."""
    return f'make github ARGS="{option}"' if "MAKELEVEL" in environment else f"pdr github {option}"


def hide_user_info(text: str) -> str:
    """``text`` with what stands before the @ of addresses replaced: people keep tokens there."""
    return _USER_INFO.sub("***@", text)
