"""Ctrl-C and SIGTERM: the run ends within the promised time, says so in its log, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable

import psutil
import pytest
from kernel_kinds import both_kernels
from pipeline_project import PDR_RUN, PipelineProject

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.runlog.records import State

pytestmark = pytest.mark.system

_PROMISED_S = 7.0

_PIPELINE = """
def ignores():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    print("working", flush=True)
    while True:
        time.sleep(0.01)

def after(value):
    pass

def build(environment):
    pipeline = Pipeline("cancelled")
    pipeline.function(after, needs=[pipeline.function(ignores, attempts=3, num_cpus=0)])
    pipeline.notebook("ignores", id="notebook", attempts=3, num_cpus=0)
    pipeline.command(["sh", "-c", "trap '' TERM INT; echo working; while true; do sleep 1; done"], name="command", num_cpus=0)
    for number in range(40):
        pipeline.command(["sleep", "600"], id=f"queued-{number}")
    return pipeline
"""

_NOTEBOOK = """\
# %%
import signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
subprocess.Popen(["sleep", "600"], start_new_session=True)
print("working")
# %%
while True:
    time.sleep(0.01)
"""


def _start(project: PipelineProject) -> subprocess.Popen[str]:
    project.command = PDR_RUN
    project.pipeline(_PIPELINE)
    project.write("notebooks/ignores.py", _NOTEBOOK)
    return project.start()


def _wait_until_all_run(project: PipelineProject) -> None:
    for task_id in ("ignores", "notebook", "command", "queued-1"):
        project.wait_for_attempt(task_id)


def _to_process(pid: int, number: signal.Signals) -> None:
    os.kill(pid, number)


def _to_group(pid: int, number: signal.Signals) -> None:
    os.killpg(pid, number)


@both_kernels
@pytest.mark.parametrize(
    ("send", "number", "exit_code"),
    [
        pytest.param(_to_process, signal.SIGINT, 130, id="SIGINT"),
        pytest.param(_to_group, signal.SIGINT, 130, id="Ctrl-C of a terminal reaches the whole group"),
        pytest.param(_to_process, signal.SIGTERM, 143, id="SIGTERM"),
        pytest.param(_to_group, signal.SIGTERM, 143, id="SIGTERM to the whole group"),
    ],
)
def test_signal_cancels(
    project: PipelineProject, send: Callable[[int, signal.Signals], None], number: signal.Signals, exit_code: int
) -> None:
    process = _start(project)
    _wait_until_all_run(project)
    project.wait_for("the notebook is in its last cell", lambda: _cells(project) == 2)
    assert project.living_kernels() == {project.kernels}
    sent_at = time.monotonic()
    send(process.pid, number)
    run = project.wait(process)
    # SIGTERM to the group ends Ray's own processes as well, and Ray takes its time to notice.
    if (send, number) != (_to_group, signal.SIGTERM):
        assert time.monotonic() - sent_at < _PROMISED_S
    assert run.exit_code == exit_code
    assert run.log.state is State.DONE
    assert run.log.result is Result.CANCELLATION
    results = run.results()
    assert results.pop("after") == "skip"
    assert set(results.values()) == {"cancellation"}
    started = [task.id for task in run.log if task.id.startswith("queued") and any(a.process_id for a in task.attempts)]
    assert len(started) <= 4, "what waited for a processor was not started any more"
    messages = [run.attempt(task_id).message for task_id in ("ignores", "notebook", "command")]
    assert number is signal.SIGTERM or messages == ["the run was cancelled"] * 3
    assert run.attempt_results("ignores") == run.attempt_results("notebook") == ["cancellation"]
    assert run.output("ignores") == "working\n"
    assert run.attempt("notebook").notebook is not None
    project.wait_until_gone()


@both_kernels
def test_a_signal_that_ends_ray_first(project: PipelineProject) -> None:
    process = _start(project)
    _wait_until_all_run(project)
    process.send_signal(signal.SIGSTOP)
    killed = []
    for running in project.processes():
        with contextlib.suppress(psutil.NoSuchProcess):  # others come and go
            if running.name() in ("raylet", "gcs_server"):
                running.kill()
                killed.append(running)
    assert len(killed) == 2
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGCONT)
    run = project.wait(process)
    assert run.exit_code == 143
    assert run.log.result is Result.CANCELLATION
    assert set(run.results().values()) <= {"cancellation", "skip"}
    project.wait_until_gone()


@pytest.mark.parametrize("after_s", [0.0, 0.5, 1.0, 1.5])
@both_kernels
def test_signal_while_ray_starts(project: PipelineProject, after_s: float) -> None:
    """At whichever moment: a process that was just joining Ray must not wait for it."""
    process = _start(project)
    project.wait_for("the run log exists", lambda: project.live_log() is not None)
    time.sleep(after_s)
    sent_at = time.monotonic()
    process.send_signal(signal.SIGINT)
    run = project.wait(process)
    assert time.monotonic() - sent_at < _PROMISED_S
    assert run.exit_code == 130
    assert run.log.result is Result.CANCELLATION


@both_kernels
def test_github_cancels_with_three_signals(project: PipelineProject) -> None:
    """SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL: the first must be enough."""
    process = _start(project)
    project.wait_for_attempt("ignores")
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    run = project.wait(process)
    assert run.exit_code == 130
    assert run.log.result is Result.CANCELLATION


def _cells(project: PipelineProject) -> int:
    log = project.live_log()
    attempts = log.tasks["notebook"].attempts if log else []
    return len(attempts[-1].cells) if attempts else 0
