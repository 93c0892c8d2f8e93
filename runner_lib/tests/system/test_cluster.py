"""``--address``: a cluster of two nodes with token authentication and different folders for temporary files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from kernel_kinds import OWN_KIND
from pipeline_project import HANG_S, PDR_RUN, PipelineProject, pipeline_project
from ray_cluster import Cluster, free_port, two_nodes

from pynb_dag_runner.execution.warm import FRESH
from pynb_dag_runner.runlog.reader import artifact_content

pytestmark = pytest.mark.system

_PIPELINE = """
def where(number, node):
    task = current_task()
    task.output("number.txt").write_text(str(number))
    task.log_metric("number", number)
    task.log_artifact("blob.bin", bytes(9_000_000))
    print("number", number)
    return os.environ.get("TMPDIR"), number

def gather(*values):
    return sum(number for _, number in values)

def lost():
    if current_task().attempt == 1:
        subprocess.Popen(["sleep", "600"], start_new_session=True)
        os.kill(os.getpid(), signal.SIGKILL)

def build(environment):
    pipeline = Pipeline("cluster")
    function = pipeline.function
    tasks = [
        function(where, id=f"{node}-{number}", parameters={"number": number, "node": node}, resources={node: 1})
        for node in ("first", "second")
        for number in (1, 2)
    ]
    function(gather, needs=tasks)
    pipeline.notebook("evaluated", needs=[tasks[0]], resources={"second": 1})
    pipeline.command(["sh", "-c", "echo from a command"], name="command", resources={"second": 1})
    function(lost, attempts=2, resources={"second": 1})
    return pipeline
"""

_NOTEBOOK = f"""\
# %%
import os
from pynb_dag_runner import current_task
task = current_task()
print("read", task.needs["first-1"].output("number.txt").read_text(), {OWN_KIND})
task.log_metric("read", task.needs["first-1"].metrics["number"])
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with two_nodes() as running:
        yield running


@pytest.fixture
def project(tmp_path: Path) -> Iterator[PipelineProject]:
    with pipeline_project(tmp_path / "project") as project:
        project.command = PDR_RUN
        project.pipeline(_PIPELINE)
        project.write("notebooks/evaluated.py", _NOTEBOOK)
        yield project


def test_pipeline_runs_on_both_nodes_and_is_recorded_completely(project: PipelineProject, cluster: Cluster) -> None:
    run = project.run("--address", cluster.address, **cluster.token)
    assert run.exit_code == 0, run.printed
    assert set(run.results().values()) == {"success"}
    assert run.attempt_results("lost") == ["error", "success"]
    lake = project.outputs / "data-lake" / run.log.run_id
    import pickle

    assert pickle.loads((lake / "gather" / "value.pickle").read_bytes()) == 6
    seen = {pickle.loads((lake / f"{node}-1" / "value.pickle").read_bytes())[0] for node in ("first", "second")}
    assert seen == {str(folder) for folder in cluster.folders}, "each node has its own folder"
    for task_id in ("first-1", "first-2", "second-1", "second-2"):
        attempt = run.attempt(task_id)
        number = attempt.last_metrics["number"]
        assert run.output(task_id) == f"number {number:g}\n"
        assert b"".join(artifact_content(run.path, attempt.artifacts[0])) == bytes(9_000_000)
        assert attempt.process_id is not None
    # There is no kernel server on the nodes of a cluster, so there is no second kind to test with.
    assert run.output("evaluated") == f"read 1 {FRESH}\n"
    assert run.attempt("evaluated").notebook is not None
    assert run.output("command") == "from a command\n"
    assert not run.log.warnings
    leftovers = [one for one in psutil.process_iter() if one.name() == "sleep" and _is_of(one, run.log.run_id)]
    assert not leftovers


def _is_of(process: psutil.Process, run_id: str) -> bool:
    try:
        return process.environ().get("PDR_ATTEMPT_MARK", "").startswith(run_id)
    except (psutil.Error, OSError):
        return False


@pytest.mark.parametrize("token", ["f" * 64, None])
def test_wrong_and_missing_token_are_clear_errors(
    project: PipelineProject, cluster: Cluster, token: str | None
) -> None:
    variables = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token} if token else {"HOME": str(project.temporary)}
    process = project.start("--address", cluster.address, **variables)
    assert process.wait(HANG_S) == 2
    _, stderr = project.printed(process)
    assert f"the cluster at {cluster.address} refuses our token" in stderr
    assert "RAY_AUTH_TOKEN" in stderr
    assert "Traceback" not in stderr


def test_no_cluster_is_a_clear_error(project: PipelineProject) -> None:
    address = f"127.0.0.1:{free_port()}"
    process = project.start("--address", address)
    assert process.wait(HANG_S) == 2
    _, stderr = project.printed(process)
    assert f"there is no Ray cluster at {address}" in stderr
    assert "Traceback" not in stderr
