"""SIGKILL of the driver at random moments: what is on disk stays readable, and nothing goes on running."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from pathlib import Path

import pytest
from kernel_kinds import KINDS, OWN_KIND
from pipeline_project import PipelineProject

from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.runlog.records import State

pytestmark = pytest.mark.system

_KILLS = 20
_EARLY = 3
"""So many kills come before there is a run log; the others from then to the end of the run."""

_PIPELINE = """
def quick(number):
    current_task().log_metric("number", number)
    current_task().output("number.txt").write_text(str(number))
    time.sleep(0.3)
    return number

def spawns(value):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    current_task().log_artifact("zeros.bin", bytes(20_000_000))
    time.sleep(2.5)
    return value

def build(environment):
    pipeline = Pipeline("killed")
    first = [pipeline.function(quick, parameters={"number": number}) for number in range(4)]
    for number, need in enumerate(first):
        pipeline.function(spawns, id=f"spawns-{number}", needs=[need], timeout_s=60)
        pipeline.command(["sh", "-c", "sleep 0.3; echo done"], id=f"command-{number}", needs=[need])
    pipeline.notebook("sleeps", timeout_s=60)
    return pipeline
"""

_NOTEBOOK = f"""\
# %%
import os, subprocess, time
subprocess.Popen(["sleep", "600"])
print({OWN_KIND}, flush=True)
# %%
time.sleep(3)
"""


def test_kill_at_random_moments(project: PipelineProject) -> None:
    project.pipeline(_PIPELINE)
    project.write("notebooks/sleeps.py", _NOTEBOOK)
    # How long things take is this machine's affair, at this moment.
    started_s = time.monotonic()
    process = project.start()
    _wait_for_a_log(project, set(), process)
    log_s = time.monotonic() - started_s
    assert process.wait() == 0
    rest_s = time.monotonic() - started_s - log_s
    chance = random.Random(20)
    states: list[str] = []
    kinds: set[str] = set()
    for number in range(_KILLS):
        # In turn: each kill takes ten seconds, and so many of each kind would tell no more.
        project.kernels = KINDS[number % len(KINDS)]
        known = set(project.run_logs)
        process = project.start()
        # Spread evenly, each a little off its place.
        if number < _EARLY:
            time.sleep(log_s * (number + chance.random()) / _EARLY)
        else:
            _wait_for_a_log(project, known, process)
            time.sleep(rest_s * (number - _EARLY + chance.random()) / (_KILLS - _EARLY))
        process.kill()
        process.wait()
        project.wait_until_gone()
        states.append(_state_of_what_is_left(project, known, kinds))
    assert states.count("interrupted") >= _KILLS // 2, states
    assert kinds == set(KINDS)
    assert project.run().exit_code == 0


def test_agents_of_ray_whose_title_hides_their_environment_are_ended(project: PipelineProject) -> None:
    project.pipeline("""
        def sleeps():
            time.sleep(600)

        def build(environment):
            pipeline = Pipeline("killed")
            pipeline.function(sleeps)
            return pipeline
    """)
    # Where the environment is small, a title of Ray's takes all of its place.
    kept = (f"PATH={os.environ['PATH']}", f"HOME={project.folder}", f"TMPDIR={project.temporary}")
    process = project.start(prefix=("env", "--ignore-environment", *kept))
    project.wait_for_attempt("sleeps")
    process.kill()
    process.wait()
    project.wait_until_gone()


def _wait_for_a_log(project: PipelineProject, known: set[Path], process: subprocess.Popen[str]) -> None:
    while set(project.run_logs) <= known:
        assert process.poll() is None, "it ended without a run log"
        time.sleep(0.01)


def _state_of_what_is_left(project: PipelineProject, known: set[Path], kinds: set[str]) -> str:
    new = [path for path in project.run_logs if path not in known]
    if not new or not new[0].stat().st_size:
        return "nothing"
    (path,) = new
    lines = path.read_bytes().split(b"\n")
    for line in lines[:-1]:
        json.loads(line)
    run = read_run(path)
    torn = [warning for warning in run.warnings if "torn" in warning]
    assert len(torn) == (1 if lines[-1] else 0)
    assert len(run.tasks) == 13, "the DAG is the first record"
    for task in run:
        for need in task.needs:
            assert task.state is State.WAITING or run.tasks[need].state is State.DONE
        for attempt in task.attempts:
            assert attempt.state is not State.RUNNING or run.state is State.RUNNING
    told = {output.text.strip() for attempt in run.tasks["sleeps"].attempts for output in attempt.outputs}
    assert told <= {project.kernels}, "what it told before the kill"
    kinds |= told
    if run.state is not State.DONE:
        assert run.state is State.INTERRUPTED
        assert path.name.endswith(".part")
    return run.state.value
