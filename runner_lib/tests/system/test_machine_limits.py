"""The disk is full, memory runs out: never a success, and the message names the cause."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernel_kinds import OWN_KIND, both_kernels
from pipeline_project import PipelineProject

pytestmark = pytest.mark.system

_MOUNTED = (
    "unshare",
    "--mount",
    "--propagation",
    "private",
    "sh",
    "-c",
    'mount -t tmpfs -o size=$SIZE none "$AT" && exec "$@"',
    "sh",
)
"""Runs a program that alone sees a small file system at ``$AT``; it is gone when the last of its processes ends."""


def _printed(project: PipelineProject) -> str:
    return "".join(project.printed(project.started[-1]))


def test_disk_full_while_the_run_is_recorded(project: PipelineProject) -> None:
    """Run log, spools and data lake on a file system that fills up: no success is claimed, and the disk is named."""
    project.pipeline("""
def fills():
    for number in range(100):
        current_task().log_artifact(f"{number}.bin", os.urandom(1_000_000))

def build(environment):
    pipeline = Pipeline("full")
    pipeline.function(fills)
    return pipeline
""")
    project.outputs.mkdir()
    process = project.start(prefix=_MOUNTED, SIZE="8m", AT=str(project.outputs))
    assert process.wait(120) == 1
    assert "No space left on device" in _printed(project)
    assert "ended: success" not in _printed(project)
    project.wait_until_gone()


def test_disk_full_while_an_output_is_written(project: PipelineProject) -> None:
    """Only the data lake is small: the task fails with the system's own words, its outputs stay unseen."""
    project.pipeline("""
def writes():
    current_task().output("large.bin").write_bytes(bytes(20_000_000))

def after(value):
    pass

def build(environment):
    pipeline = Pipeline("full")
    pipeline.function(after, needs=[pipeline.function(writes, attempts=2)])
    return pipeline
""")
    lake = project.outputs / "data-lake"
    lake.mkdir(parents=True)
    run = project.wait(project.start(prefix=_MOUNTED, SIZE="8m", AT=str(lake)))
    assert run.exit_code == 1
    assert run.results() == {"writes": "failure", "after": "skip"}
    assert "No space left on device" in (run.attempt("writes", number=2).message or "")


_HUNGRY = """
def hungry():
    print("eating", flush=True)
    eaten = []
    while True:
        eaten.append(bytearray(os.urandom(1024) * 1024 * 10))

def sibling():
    time.sleep(3)

def build(environment):
    pipeline = Pipeline("hungry")
    pipeline.function(hungry, attempts=2)
    pipeline.function(sibling)
    return pipeline
"""

_CGROUP_V1, _CGROUP_V2 = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")


@pytest.fixture
def memory_limit() -> Iterator[Path]:
    """A control group that lets its processes have 2 GiB together."""
    parent, limit = (_CGROUP_V1, "memory.limit_in_bytes") if _CGROUP_V1.is_dir() else (_CGROUP_V2, "memory.max")
    if parent is _CGROUP_V2:
        (parent / "cgroup.subtree_control").write_text("+memory")
    group = parent / f"pdr-test-{uuid.uuid4().hex[:8]}"
    group.mkdir()
    (group / limit).write_text(str(2 * 1024**3))
    yield group
    deadline = time.monotonic() + 20
    while group.exists() and time.monotonic() < deadline:
        # Its last processes may still be ending.
        with contextlib.suppress(OSError):
            group.rmdir()
        time.sleep(0.2)
    assert not group.exists()


def test_memory_runs_out(project: PipelineProject, memory_limit: Path) -> None:
    """A limit of a control group, as a container has one: the kernel or Ray kills the worker that grows."""
    project.pipeline(_HUNGRY)
    joins = ("sh", "-c", f'echo $$ > {memory_limit}/cgroup.procs && exec "$@"', "sh")
    # RAY_memory_monitor: off, so that what is seen is the kernel's own killing of a process.
    run = project.wait(project.start(prefix=joins, RAY_memory_monitor_refresh_ms="0"))
    assert run.exit_code == 1
    assert run.attempt_results("hungry") == ["error", "error"]
    assert "memory ran out" in (run.attempt("hungry").message or "")
    assert run.results()["sibling"] == "success"
    project.wait_until_gone()


@both_kernels
def test_memory_runs_out_in_a_notebook(project: PipelineProject, memory_limit: Path) -> None:
    project.pipeline("""
def build(environment):
    pipeline = Pipeline("hungry")
    pipeline.notebook("hungry")
    return pipeline
""")
    project.write(
        "notebooks/hungry.py",
        f"# %%\nimport os\nprint({OWN_KIND})\n# %%\neaten = []\nwhile True:\n    eaten.append(bytearray(os.urandom(1024) * 1024 * 10))\n",
    )
    joins = ("sh", "-c", f'echo $$ > {memory_limit}/cgroup.procs && exec "$@"', "sh")
    run = project.wait(project.start(prefix=joins, RAY_memory_monitor_refresh_ms="0"))
    assert run.attempt_results("hungry") == ["error"]
    assert "memory" in (run.attempt("hungry").message or "")
    assert run.attempt("hungry").notebook is not None
    assert run.output("hungry") == f"{project.kernels}\n"
