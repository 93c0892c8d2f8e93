"""A plugin for pytest: each test that did not pass as one line, ``tests/test_x.py:12: error: [test_y] message``.

Editors jump to such lines, and take them for problems of the file. The line is the innermost one of the project's own code:
a test that hands something wrong to a library is not told as a problem of the library. ``pytest -p
pynb_dag_runner.cli.pytest_problems`` takes it; a generated project asks for that in its ``pyproject.toml``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pynb_dag_runner.errors import SourceLocation
from pynb_dag_runner.report.escaping import one_line

if TYPE_CHECKING:
    import pytest
    from _pytest.terminal import TerminalReporter

_LONGEST_MESSAGE = 300
_NOT_OURS = ("runner_lib", "site-packages")

_FRAME = re.compile(r"^(\S.*?):(\d+): in .+$", re.MULTILINE)
_REASON = re.compile(r"^E +(.+)$", re.MULTILINE)
_SYNTAX = re.compile(r'\s*File "(.+)", line (\d+)$', re.MULTILINE)


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Write the lines below the tracebacks."""
    reports = [report for outcome in ("error", "failed") for report in terminalreporter.stats.get(outcome, [])]
    if reports:
        terminalreporter.write_sep("=", "problems")
    for report in reports:
        terminalreporter.write_line(_problem(report, config.rootpath))


def _problem(report: pytest.TestReport | pytest.CollectReport, root: Path) -> str:
    longrepr: Any = report.longrepr  # one of several private classes
    chain = getattr(longrepr, "chain", None)
    if chain:
        traceback, crash, _ = chain[-1]
        places = [entry.reprfileloc for entry in traceback.reprentries if getattr(entry, "reprfileloc", None)]
        frames = [(place.path, place.lineno) for place in places]
        message = crash.message if crash else str(places[-1].message if places else "")
    elif hasattr(longrepr, "errorstring"):  # a fixture that is not there
        frames = [(longrepr.filename, longrepr.firstlineno + 1)]
        message = longrepr.errorstring.partition("\n")[0]
    else:  # a file that cannot be imported comes as text
        text = report.longreprtext
        frames = [(file, int(line)) for file, line in _FRAME.findall(text)]
        message = "\n".join(_REASON.findall(text)) or text.strip().rpartition("\n")[2]
    syntax = _SYNTAX.match(message)
    if syntax:
        frames.append((syntax[1], int(syntax[2])))
        message = message.strip().rpartition("\n")[2]
    location = next(_own(reversed(frames), root), None) or _defined(report)
    test = report.nodeid.partition("::")[2]
    return f"{location}: error: {f'[{test}] ' if test else ''}{_reason(message)}"


def _own(frames: Iterable[tuple[str, int]], root: Path) -> Iterator[SourceLocation]:
    """Those of the frames that are of the project's own code, relative to its folder."""
    for file, line in frames:
        path = Path(os.path.abspath(root / file))
        if path.is_relative_to(root) and not any(part in _NOT_OURS for part in path.relative_to(root).parts):
            yield SourceLocation(path.relative_to(root).as_posix(), line)


def _defined(report: pytest.TestReport | pytest.CollectReport) -> SourceLocation:
    """Where the test is defined, for an error that no line of the project raised."""
    file, line, _ = report.location or (report.nodeid, None, "")
    return SourceLocation(file, (line or 0) + 1)


def _reason(message: str) -> str:
    """What stands before the first empty line: below it pytest explains at length."""
    lines = message.strip().splitlines()
    empty = next((index for index, line in enumerate(lines) if not line.strip()), len(lines))
    return one_line(" ".join(lines[:empty]), _LONGEST_MESSAGE) or "failed"
