"""Workers that are leased for many attempts in turn: short ones share them, and nobody waits for them for ever."""

from __future__ import annotations

import os
import signal

import psutil
import pytest
from pipeline_project import PDR_RUN, PipelineProject

pytestmark = pytest.mark.system

_PIPELINE = """
def short(number):
    time.sleep(0.1)
    return number

def wide(values=None):
    return os.cpu_count()

def asks_ray():
    import ray
    return ray.get(ray.remote(num_cpus=1)(lambda: os.getpid()).remote())

def nothing(*before):
    assert before in ((), (None,)), before

def build(environment):
    pipeline = Pipeline("leased")
    if environment == "mixed":
        for number in range(30 * os.cpu_count()):
            pipeline.function(short, parameters={"number": number})
        pipeline.function(wide, num_cpus=os.cpu_count())
        pipeline.function(asks_ray, num_cpus=0)
        pipeline.function(nothing, id="half", num_cpus=0.5)
    else:
        before = []
        for number in range(int(environment)):
            before = [pipeline.function(nothing, id=f"nothing-{number}", needs=before)]
            pipeline.function(nothing, id=f"beside-{number}")
    return pipeline
"""


def test_whoever_asks_for_something_else_is_not_kept_waiting(project: PipelineProject) -> None:
    """Short tasks follow one another on every processor for three seconds, but a worker is leased for one."""
    project.command = PDR_RUN
    project.pipeline(_PIPELINE)
    run = project.run("--environment", "mixed")
    assert run.exit_code == 0, run.printed
    last_end_ns = max(task.end_ns or 0 for task in run.log if task.name == "short")
    for task_id in ("asks_ray", "half"):
        assert (run.log.tasks[task_id].end_ns or 0) < last_end_ns, task_id


def test_short_attempts_share_workers_and_leave_no_folders(project: PipelineProject) -> None:
    project.command = PDR_RUN
    project.pipeline(_PIPELINE)
    run = project.run("--environment", "50")
    assert run.exit_code == 0, run.printed
    workers = {attempt.process_id for task in run.log for attempt in task.attempts}
    assert len(workers) <= (os.cpu_count() or 1)
    assert list((project.outputs / "data-lake" / run.log.run_id).iterdir()) == []


def test_killed_worker_is_replaced(project: PipelineProject) -> None:
    """One that has an attempt loses it; those that are between attempts, or have not begun, lose nothing of ours."""
    project.command = PDR_RUN
    project.pipeline(_PIPELINE)
    process = project.start("--environment", "mixed")
    project.wait_for("some have ended", lambda: any(task.result for task in project.live_log() or ()))
    killed = [child.pid for child in project.processes() if "".join(child.cmdline()[:1]).startswith("ray::short")]
    assert killed
    for pid in killed:
        psutil.Process(pid).send_signal(signal.SIGKILL)
    run = project.wait(process)
    lost = [task.id for task in run.log if task.result is not None and task.result.value != "success"]
    assert len(lost) <= len(killed)
    for task_id in lost:
        assert run.attempt(task_id).message == "its worker process was killed, perhaps since memory ran out"
