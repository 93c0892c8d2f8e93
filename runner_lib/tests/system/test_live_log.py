"""Another process reads what is waiting, running and done while the run goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pipeline_project import HANG_S, PipelineProject

from pynb_dag_runner.runlog.records import State

pytestmark = pytest.mark.system

_PIPELINE = """
def quick():
    current_task().log_metric("size", 3)

def waits(value, go):
    print("halfway", flush=True)
    current_task().log_metric("halfway", 1)
    while not Path(go).exists():
        time.sleep(0.1)

def later(value):
    pass

def build(environment):
    pipeline = Pipeline("live")
    waiting = pipeline.function(waits, id="waits", needs=[pipeline.function(quick)], parameters={"go": os.environ["GO"]})
    pipeline.function(later, needs=[waiting])
    return pipeline
"""


def _show(project: PipelineProject) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pynb_dag_runner", "show", "--format", "json"],
        cwd=project.folder,
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )


def test_states_can_be_read_from_another_process(project: PipelineProject, tmp_path: Path) -> None:
    project.pipeline(_PIPELINE)
    process = project.start(GO=str(tmp_path / "go"))
    project.wait_for_attempt("waits")
    project.wait_for("its output is there", lambda: "halfway" in (project.run_logs[0].read_text()))
    log = project.live_log()
    assert log is not None
    assert log.state is State.RUNNING
    assert {task.id: task.state.value for task in log} == {"quick": "done", "waits": "running", "later": "waiting"}
    assert log.tasks["quick"].metrics == {"size": 3.0}
    assert log.tasks["waits"].metrics == {"halfway": 1.0}
    shown = _show(project)
    assert shown.returncode == 0, shown.stderr
    document = json.loads(shown.stdout)
    assert {task["id"]: task["state"] for task in document["tasks"]} == {
        "quick": "done",
        "waits": "running",
        "later": "waiting",
    }
    process.kill()
    process.wait()
    project.wait_until_gone()
    killed = project.live_log()
    assert killed is not None
    assert killed.state is State.INTERRUPTED
    shown = _show(project)
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["state"] == "interrupted"


def test_two_runs_at_once_do_not_disturb_each_other(project: PipelineProject, tmp_path: Path) -> None:
    project.pipeline(_PIPELINE)
    first = project.start(GO=str(tmp_path / "go-1"))
    second = project.start(GO=str(tmp_path / "go-2"))
    for process in (first, second):
        project.wait_for("it waits", lambda process=process: "waits attempt 1 started" in project.printed(process)[0])
    (tmp_path / "go-1").touch()
    assert first.wait(HANG_S) == 0
    assert second.poll() is None
    (tmp_path / "go-2").touch()
    assert second.wait(HANG_S) == 0
    assert len(project.run_logs) == 2
    assert len(list((project.outputs / "data-lake").iterdir())) == 2
