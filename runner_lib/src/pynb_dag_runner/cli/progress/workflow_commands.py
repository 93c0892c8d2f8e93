"""Workflow commands of GitHub Actions: how annotations are written, and how user text is kept from writing any.

The runner looks in every line of a log for ``::command properties::data`` at its start, after white space, and for the
older ``##[command]`` anywhere in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pynb_dag_runner.cli.progress.output import ProgressOutput
from pynb_dag_runner.errors import SourceLocation
from pynb_dag_runner.report.escaping import one_line, printable

_COMMAND_AT_START = re.compile(r"(^|\r)(\s*):(?=:)", re.MULTILINE)
_LONGEST_MESSAGE = 4000
_LONGEST_PAGE = 2000


class HarmlessOutput(ProgressOutput):
    """Output in which the runner finds only the commands that are written by :meth:`command`."""

    def write(self, text: str) -> int:
        """Write ``text`` without commands."""
        super().write(harmless(text))
        return len(text)

    def command(self, line: str) -> None:
        """Write one command, made by :func:`annotation`."""
        super().write(f"{line}\n")
        self.flush()


def is_github(environment: Mapping[str, str]) -> bool:
    """Whether this process runs inside GitHub Actions."""
    return environment.get("GITHUB_ACTIONS") == "true"


def harmless(text: str) -> str:
    """``text`` in which the runner finds no command, by a space inside of what would begin one."""
    return _COMMAND_AT_START.sub(r"\1\2: ", text).replace("##[", "# #[")


def annotation(
    level: str,
    message: str,
    title: str,
    location: SourceLocation | None,
    environment: Mapping[str, str],
    page: str | None = None,
) -> str:
    """``::error file=...,line=...,title=...::message``; ``level`` is ``error``, ``warning`` or ``notice``.

    GitHub knows files by their path in the repository. A file outside of it is left out. ``page`` is an address that tells
    more; it stands on a line of its own below the message, however long that is.
    """
    properties = {}
    file = _path_in_repository(location, environment)
    if location is not None and file is not None:
        properties = {"file": file, "line": str(location.line)}
    properties["title"] = one_line(title)
    listed = ",".join(f"{name}={_escaped_property(value)}" for name, value in properties.items())
    shown = printable(message[:_LONGEST_MESSAGE]) + ("…" if len(message) > _LONGEST_MESSAGE else "")
    more = f"\n{page}" if page is not None and len(page) <= _LONGEST_PAGE else ""
    return f"::{level} {listed}::{_escaped_data(shown + more)}"


def _path_in_repository(location: SourceLocation | None, environment: Mapping[str, str]) -> str | None:
    if location is None:
        return None
    workspace = environment.get("GITHUB_WORKSPACE")
    path = Path(os.path.abspath(location.file))
    if not workspace:
        return location.file
    for root, file in ((Path(workspace), path), (Path(workspace).resolve(), path.resolve())):
        if file.is_relative_to(root):
            return file.relative_to(root).as_posix()
    return None


def _escaped_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped_data(text).replace(":", "%3A").replace(",", "%2C")
