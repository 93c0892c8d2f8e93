"""Workers and kernels that die or hang in the middle of a task, on a real Ray."""

from __future__ import annotations

import json
import os
import random
import signal
import time

import psutil
import pytest
from kernel_kinds import both_kernels, kind_of_kernel
from pipeline_project import PipelineProject

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.runlog.reader import artifact_content

pytestmark = pytest.mark.system

_KILLS = 5

_KILLED = """
def victim():
    task = current_task()
    task.output("parts/one.txt").write_text("one")
    task.log_metric("attempt", task.attempt)
    print("attempt", task.attempt, flush=True)
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    if task.attempt <= KILLS:
        time.sleep(600)
    task.output("parts/two.txt").write_text("two")
    return task.attempt

def after(value):
    need = current_task().needs["victim"]
    assert need.outputs == ["parts/one.txt", "parts/two.txt", "value.pickle"], need.outputs
    return value

def sibling():
    time.sleep(2)
    return "undisturbed"

KILLS = 5

def build(environment):
    pipeline = Pipeline("killed")
    pipeline.function(after, needs=[pipeline.function(victim, attempts=KILLS + 1)])
    pipeline.function(sibling)
    pipeline.notebook("victim", id="notebook", attempts=2)
    return pipeline
"""

_NOTEBOOK = """\
# %%
import os, time
from pynb_dag_runner import current_task
task = current_task()
task.log_value("kernel", os.getpid())
task.output("part.txt").write_text("one")
print("first cell", flush=True)
# %%
for number in range(60 if task.attempt == 1 else 0):
    print("line", number, flush=True)
    time.sleep(1)
"""


@both_kernels
def test_killed_workers_are_errors_and_the_next_attempt_is_made(project: PipelineProject) -> None:
    project.pipeline(_KILLED)
    project.write("notebooks/victim.py", _NOTEBOOK)
    process = project.start()
    chance = random.Random(7)
    notebook_worker = project.wait_for_attempt("notebook").process_id
    kernel = _kernel(project, "notebook")
    time.sleep(3)
    assert notebook_worker is not None
    os.kill(notebook_worker, signal.SIGKILL)
    project.wait_for("the kernel of a killed worker is gone", lambda: not psutil.pid_exists(kernel), 10)
    assert process.poll() is None
    for number in range(1, _KILLS + 1):
        attempt = project.wait_for_attempt("victim", number)
        time.sleep(chance.random())
        assert attempt.process_id is not None
        os.kill(attempt.process_id, signal.SIGKILL)
    run = project.wait(process)
    assert run.exit_code == 0
    assert run.attempt_results("victim") == ["error"] * _KILLS + ["success"]
    assert "killed" in (run.attempt("victim").message or "")
    assert run.output("victim", number=3) == "attempt 3\n"
    assert run.log.tasks["victim"].metrics == {"attempt": _KILLS + 1}
    assert run.results()["sibling"] == "success"
    assert run.attempt_results("notebook") == ["error", "success"]
    assert run.attempt("notebook").notebook is not None
    partial = json.loads(b"".join(artifact_content(run.path, run.attempt("notebook").notebook)))
    assert partial["cells"][0]["outputs"][0]["text"] == "first cell\n"
    assert partial["cells"][1]["outputs"][0]["text"].startswith("line 0\n")
    project.wait_until_gone()


def _kernel(project: PipelineProject, task_id: str) -> int:
    """The process id of the kernel that runs a notebook, as the notebook itself says it."""
    found: list[int] = []

    def is_told() -> bool:
        log = project.live_log()
        attempts = log.tasks[task_id].attempts if log else []
        found[:] = [int(str(attempt.values["kernel"])) for attempt in attempts if "kernel" in attempt.values]
        return bool(found)

    project.wait_for("the notebook tells its process id", is_told)
    assert kind_of_kernel(psutil.Process(found[-1])) == project.kernels
    return found[-1]


@both_kernels
def test_killed_kernel_is_noticed_and_the_next_attempt_is_made(project: PipelineProject) -> None:
    project.pipeline("""
def build(environment):
    pipeline = Pipeline("killed")
    pipeline.notebook("victim", attempts=2)
    return pipeline
""")
    project.write("notebooks/victim.py", _NOTEBOOK)
    process = project.start()
    project.wait_for_attempt("victim")
    kernel = _kernel(project, "victim")
    time.sleep(2)
    killed_at_ns = time.time_ns()
    os.kill(kernel, signal.SIGKILL)
    run = project.wait(process)
    assert run.attempt_results("victim") == ["error", "success"]
    attempt = run.attempt("victim")
    assert "SIGKILL" in (attempt.message or "")
    assert attempt.end_ns is not None
    assert attempt.end_ns - killed_at_ns < 5e9
    assert attempt.notebook is not None


_TIME_LIMITS = """
def ignores():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    if current_task().attempt == 1:
        time.sleep(600)

def blocks():
    import re
    subprocess.Popen(["sleep", "600"], start_new_session=True)
    if current_task().attempt == 1:
        re.match("(a+)+$", "a" * 60 + "b")

def build(environment):
    pipeline = Pipeline("hanging")
    pipeline.function(ignores, attempts=2, timeout_s=2)
    pipeline.function(blocks, attempts=2, timeout_s=2)
    pipeline.notebook("hangs", attempts=2, timeout_s=4)
    pipeline.command(["sh", "-c", "trap '' TERM; sleep 600 & sleep 600; sleep 600"], name="hangs-too", timeout_s=2)
    return pipeline
"""

_HANGS = """\
# %%
import signal, subprocess
from pynb_dag_runner import current_task
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen(["sleep", "600"], start_new_session=True)
print("evaluated")
# %%
import re
if current_task().attempt == 1:
    re.match("(a+)+$", "a" * 60 + "b")
"""


@both_kernels
def test_time_limits_end_what_does_not_want_to_end(project: PipelineProject) -> None:
    project.pipeline(_TIME_LIMITS)
    project.write("notebooks/hangs.py", _HANGS)
    run = project.run()
    assert run.exit_code == 1
    for task_id in ("ignores", "blocks", "hangs"):
        assert run.attempt_results(task_id) == ["timeout", "success"], run.printed
    assert run.attempt_results("hangs-too") == ["timeout"]
    assert run.log.result is Result.TIMEOUT
    assert "_call" not in run.attempt("blocks").exceptions[0].message
    assert "in blocks" in run.attempt("blocks").exceptions[0].stacktrace
    for task_id, limit_s in (("ignores", 2), ("blocks", 2), ("hangs", 4), ("hangs-too", 2)):
        duration_s = run.attempt(task_id).duration_s
        assert duration_s is not None
        assert duration_s >= limit_s
    notebook = run.attempt("hangs").notebook
    assert notebook is not None
    cells = json.loads(b"".join(artifact_content(run.path, notebook)))["cells"]
    assert cells[0]["outputs"][0]["text"] == "evaluated\n"
    project.wait_until_gone()


@pytest.mark.parametrize("name", ["gcs_server", "raylet"])
def test_killed_head_of_ray_ends_the_run_with_a_clear_error(project: PipelineProject, name: str) -> None:
    project.pipeline("""
def works():
    subprocess.Popen(["sleep", "600"], start_new_session=True)
    time.sleep(600)

def build(environment):
    pipeline = Pipeline("headless")
    pipeline.function(works)
    return pipeline
""")
    process = project.start()
    project.wait_for_attempt("works")
    for one in project.processes():
        if one.name() == name:
            one.kill()
    assert process.wait(30) == 1
    _, stderr = project.printed(process)
    assert "Ray" in stderr
    assert "Traceback" not in stderr
    project.wait_until_gone()
