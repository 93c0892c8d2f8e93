"""The two kinds of kernels that notebooks get: what is promised of a notebook is promised of both.

A test that evaluates a notebook is marked ``@both_kernels``, and runs once with each kind. Whatever starts kernels in a test,
first of all ``project``, takes the kind from the fixture ``kernels``. Tests without the mark run once, as a user's runs do
where nothing else is asked for.
"""

from __future__ import annotations

import psutil
import pytest

from pynb_dag_runner.execution.warm import FORKED, FRESH

KINDS = (FORKED, FRESH)

both_kernels = pytest.mark.parametrize("kernels", KINDS, indirect=True)

_SERVER = "pynb_dag_runner.notebook.kernel_server"
_FRESH = "pynb_dag_runner.notebook.kernel_app"

OWN_KIND = f"({FORKED!r} if {_SERVER!r} in open(f'/proc/{{os.getppid()}}/cmdline').read() else {FRESH!r})"
"""An expression for notebooks that have imported ``os``: the kind of the kernel that evaluates it, by who started it."""


@pytest.fixture(scope="module")
def kernels(request: pytest.FixtureRequest) -> str:
    """The kind of kernels that notebooks of this test get."""
    return str(getattr(request, "param", FORKED))


def kind_of_kernel(process: psutil.Process) -> str | None:
    """The kind of a living kernel, as the system shows it; None for a process that is none."""
    command, parent = process.cmdline(), process.parent()
    # A forked process keeps the command line of the server, and what it starts in turn has one of its own.
    if _SERVER in command:
        return FORKED if parent is not None and _SERVER in parent.cmdline() else None
    return FRESH if _FRESH in command else None
