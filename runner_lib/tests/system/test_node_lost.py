"""A node of a cluster that is lost while attempts run there: others are made elsewhere, and zombies publish nothing."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pipeline_project import PDR_RUN, PipelineProject, pipeline_project
from ray_cluster import Cluster, two_nodes

from pynb_dag_runner.conventions import Result

pytestmark = pytest.mark.system

_FAST_DETECTION = {
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_timeout_ms": "500",
    "RAY_health_check_failure_threshold": "3",
}
_SIGNS = "signs"

_PIPELINE = '''
signs = Path("signs")

def wait_for(name):
    deadline = time.monotonic() + 150
    while not (signs / name).exists():
        assert time.monotonic() < deadline, f"{name} does not come"
        time.sleep(0.02)

def write_number(number):
    task = current_task()
    task.output("number.txt").write_text(str(number))
    task.log_metric("number", number)

def holds_the_head():
    (signs / "held").touch()
    wait_for("lost")

def elsewhere():
    wait_for("held")

ZOMBIE = """
import os, sys, time
from pathlib import Path
outputs, signs = map(Path, sys.argv[1:])
deadline = time.monotonic() + 150
count = 0
while not (signs / "enough").exists() and time.monotonic() < deadline:
    count += 1
    try:
        outputs.mkdir(parents=True, exist_ok=True)
        (outputs / "number.txt").write_text("from the zombie")
        (outputs / "value.pickle").write_bytes(b"from the zombie")
        (outputs / "zombie.txt").write_text(str(count))
    except FileNotFoundError:
        continue
    (signs / "count.new").write_text(str(count))
    (signs / "count.new").rename(signs / "count")
    time.sleep(0.01)
"""

def victim(_):
    task = current_task()
    if task.attempt == 1:
        # Without the attempt's mark, and in a session of its own: nothing can end it, as on a machine out of reach.
        arguments = [sys.executable, "-c", ZOMBIE, str(task.output("x").parent), str(signs.absolute())]
        subprocess.Popen(arguments, start_new_session=True, env={"TMPDIR": os.environ["TMPDIR"]})
        print("on the lost node", flush=True)
        while True:
            # The worker itself is a zombie, too, until it notices that its node is gone.
            (signs / "worker").write_text(str(time.monotonic_ns()))
            write_number(1)
            time.sleep(0.01)
    print("on the surviving node", flush=True)
    write_number(2)
    (signs / "second").touch()
    wait_for("finish")
    return os.environ["TMPDIR"], 2

def reads(value):
    need = current_task().needs["victim"]
    assert need.outputs == ["number.txt", "value.pickle"], need.outputs
    assert need.metrics == {"number": 2}
    return need.output("number.txt").read_text(), value[1]

def build(environment):
    pipeline = Pipeline("lost")
    pipeline.function(holds_the_head, num_cpus=2, resources={"first": 1})
    gate = pipeline.function(elsewhere, resources={"second": 1})
    found = pipeline.function(victim, needs=[gate], attempts=2)
    pipeline.function(reads, needs=[found])
    return pipeline
'''

_BOUND = """
def bound():
    time.sleep(600)

def build(environment):
    pipeline = Pipeline("bound")
    for number in (1, 2):
        pipeline.function(bound, id=f"bound-{number}", attempts=2, resources={"second": 4})
    pipeline.function(lambda: None, id="elsewhere", resources={"first": 1})
    return pipeline
"""


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with two_nodes(**_FAST_DETECTION) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path) -> Iterator[PipelineProject]:
    with pipeline_project(tmp_path / "project") as project:
        project.command = PDR_RUN
        yield project


def _raylet(cluster: Cluster) -> psutil.Process:
    """The raylet of the second node, among the processes that we started for it."""
    children = psutil.Process(cluster.nodes[1].pid).children(recursive=True)
    (raylet,) = (child for child in children if child.name() == "raylet")
    return raylet


def test_attempts_of_a_lost_node_are_made_elsewhere_and_zombies_publish_nothing(
    project: PipelineProject, cluster: Cluster
) -> None:
    project.pipeline(_PIPELINE)
    signs = project.folder / _SIGNS
    signs.mkdir()
    process = project.start("--address", cluster.address, **cluster.token)
    worker = project.wait_for_attempt("victim").process_id
    project.wait_for("the zombie writes", (signs / "count").exists)
    project.wait_for("the worker writes", (signs / "worker").exists)
    assert worker is not None
    time.sleep(random.Random(12).random())
    # The worker does not see the end of its node, as if the network between them and us had broken.
    os.kill(worker, signal.SIGSTOP)
    _raylet(cluster).kill()
    (signs / "lost").touch()
    project.wait_for("the second attempt runs", (signs / "second").exists)
    with contextlib.suppress(ProcessLookupError):
        os.kill(worker, signal.SIGCONT)
    _let_zombie_write(project, signs)
    (signs / "finish").touch()
    run = project.wait(process)
    assert run.exit_code == 0, run.printed
    published = project.outputs / "data-lake" / run.log.run_id / "victim"
    _let_zombie_write(project, signs)
    (signs / "enough").touch()

    assert set(run.results().values()) == {"success"}
    assert run.attempt_results("victim") == ["error", "success"]
    assert run.attempt("victim").message == "the node on which it ran was lost"
    assert run.attempt("victim").exceptions[0].type == "WorkerLost"
    assert run.output("victim") == "on the lost node\n"
    assert run.output("victim", number=2) == "on the surviving node\n"
    assert run.log.tasks["victim"].metrics == {"number": 2}
    assert run.log.result is Result.SUCCESS
    assert not run.log.warnings
    assert run.path.stat().st_mode & 0o777 == 0o444
    for line in run.path.read_bytes().splitlines():
        json.loads(line)
    assert sorted(path.name for path in published.iterdir()) == ["number.txt", "value.pickle"]
    assert (published / "number.txt").read_text() == "2"
    assert pickle.loads((published / "value.pickle").read_bytes()) == (str(cluster.folders[0]), 2)
    read = published.with_name("reads") / "value.pickle"
    assert pickle.loads(read.read_bytes()) == ("2", 2)


def _let_zombie_write(project: PipelineProject, signs: Path) -> None:
    before = int((signs / "count").read_text())
    project.wait_for("the zombie still writes", lambda: int((signs / "count").read_text()) > before + 3)


def test_tasks_that_only_a_lost_node_could_run_end(project: PipelineProject, cluster: Cluster) -> None:
    project.pipeline(_BOUND)
    process = project.start("--address", cluster.address, **cluster.token)
    project.wait_for_attempt("bound-1")
    _raylet(cluster).kill()
    run = project.wait(process)
    assert run.exit_code == 1, run.printed
    assert run.results() == {"bound-1": "error", "bound-2": "error", "elsewhere": "success"}
    for task_id in ("bound-1", "bound-2"):
        assert run.attempt_results(task_id) == ["error", "error"]
        message = run.attempt(task_id, 2).message or ""
        assert message.startswith("it can run nowhere any more: it asks for CPU=1, second=4"), message
    assert run.log.result is Result.ERROR
    assert not run.log.warnings
