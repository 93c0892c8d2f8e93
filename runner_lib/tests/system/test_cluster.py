"""``--address``: a cluster of two nodes with token authentication and different folders for temporary files.

Each node is a ``ray start --block`` of the test's own, ended by its process id: other clusters on this machine are left
alone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from pipeline_project import HANG_S, PDR_RUN, PipelineProject, pipeline_project

from pynb_dag_runner.runlog.reader import artifact_content

pytestmark = pytest.mark.system

_RAY = str(Path(sys.executable).with_name("ray"))
_TOKEN = "0123456789abcdef" * 4

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

_NOTEBOOK = """\
# %%
from pynb_dag_runner import current_task
task = current_task()
print("read", task.needs["first-1"].output("number.txt").read_text())
task.log_metric("read", task.needs["first-1"].metrics["number"])
"""


@dataclass(frozen=True)
class Cluster:
    """A running cluster: its address, and the folders of its nodes."""

    address: str
    folders: tuple[Path, ...]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _environment(folder: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "PDR_", "GITHUB_"))},
        "TMPDIR": str(folder),
        "HOME": str(folder),
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": _TOKEN,
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0",
    }


@contextlib.contextmanager
def _node(folder: Path, *arguments: str) -> Iterator[None]:
    """A node until the end of the block; every process that inherited its folder is ended then."""
    with (folder / "ray-start.log").open("w") as log:
        process = subprocess.Popen(
            [_RAY, "start", "--block", "--num-cpus=2", "--disable-usage-stats", *arguments],
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        for left in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if left.environ().get("TMPDIR") == str(folder):
                    left.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_nodes(cluster: Cluster, count: int) -> None:
    """Ask the cluster, from a process of its own, until it has so many nodes."""
    script = f"""
import sys, time
import ray
deadline = time.monotonic() + {HANG_S}
while time.monotonic() < deadline:
    try:
        ray.init(address={cluster.address!r}, log_to_driver=False, logging_level="ERROR")
    except Exception:
        time.sleep(0.5)
        continue
    while len([node for node in ray.nodes() if node["Alive"]]) < {count} and time.monotonic() < deadline:
        time.sleep(0.2)
    print(len([node for node in ray.nodes() if node["Alive"]]))
    ray.shutdown()
    break
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=_environment(cluster.folders[0]),
        capture_output=True,
        text=True,
        timeout=2 * HANG_S,
        check=False,
    )
    logs = "\n".join(log.read_text() for folder in cluster.folders for log in folder.glob("ray-start.log"))
    assert done.stdout.strip() == str(count), f"{done.stderr}\n{logs}"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    folders = tuple(Path(tempfile.mkdtemp(prefix=f"pt-{name}-", dir="/tmp")) for name in ("one", "two"))
    port = _free_port()
    head = ["--head", f"--port={port}", f"--temp-dir={folders[0]}/ray", '--resources={"first": 4}']
    head += ["--include-dashboard=false", "--include-log-monitor=false"]
    cluster = Cluster(f"127.0.0.1:{port}", folders)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_node(folders[0], *head))
        _wait_for_nodes(cluster, 1)
        worker = [f"--address={cluster.address}", f"--temp-dir={folders[1]}/ray", '--resources={"second": 4}']
        stack.enter_context(_node(folders[1], *worker))
        _wait_for_nodes(cluster, 2)
        yield cluster


@pytest.fixture
def project(tmp_path: Path) -> Iterator[PipelineProject]:
    with pipeline_project(tmp_path / "project") as project:
        project.command = PDR_RUN
        project.pipeline(_PIPELINE)
        project.write("notebooks/evaluated.py", _NOTEBOOK)
        yield project


def test_pipeline_runs_on_both_nodes_and_is_recorded_completely(project: PipelineProject, cluster: Cluster) -> None:
    run = project.run("--address", cluster.address, RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=_TOKEN)
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
    assert run.output("evaluated") == "read 1\n"
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
    address = f"127.0.0.1:{_free_port()}"
    process = project.start("--address", address)
    assert process.wait(HANG_S) == 2
    _, stderr = project.printed(process)
    assert f"there is no Ray cluster at {address}" in stderr
    assert "Traceback" not in stderr
