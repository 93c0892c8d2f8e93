"""A real MLflow server takes the traces of a run log, and shows the tree run, task, attempt, cell."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from kernel_kinds import OWN_KIND, both_kernels
from pipeline_project import HANG_S, PipelineProject

pytestmark = pytest.mark.system

_READ_SPANS = """
import json, sys
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
traces = mlflow.MlflowClient().search_traces(locations=[sys.argv[2]])
print(json.dumps([
    {"id": span.span_id, "parent": span.parent_id, "name": span.name, "status": span.status.status_code.value,
     "attributes": {name: str(value) for name, value in span.attributes.items()}}
    for trace in traces for span in trace.data.spans
]))
"""


@pytest.fixture(scope="module")
def mlflow_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment of its own that has MLflow."""
    folder = tmp_path_factory.mktemp("mlflow") / "venv"
    python = folder / "bin" / "python"
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if uv:
        install = [[uv, "venv", "--quiet", "--python", sys.executable, folder]]
        install += [[uv, "pip", "install", "--quiet", "--python", python, "mlflow>=3.6"]]
    else:
        install = [[sys.executable, "-m", "venv", folder], [python, "-m", "pip", "install", "--quiet", "mlflow>=3.6"]]
    for command in install:
        subprocess.run(command, check=True, timeout=900)
    return python


@pytest.fixture(scope="module")
def server(mlflow_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that is ready."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    log = folder / "server.log"
    mark = f"server-{port}"
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                *(mlflow_python, "-m", "mlflow", "server", "--host=127.0.0.1", f"--port={port}", "--workers=1"),
                *(
                    f"--backend-store-uri=sqlite:///{folder}/mlflow.db",
                    f"--artifacts-destination={folder}/artifacts",
                ),
            ],
            cwd=folder,
            env={**os.environ, "MARK": mark, "PATH": f"{mlflow_python.parent}{os.pathsep}{os.environ['PATH']}"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + HANG_S
        while True:
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                urllib.request.urlopen(f"{address}/health", timeout=5).close()
                break
            assert time.monotonic() < deadline, log.read_text()
            assert process.poll() is None, log.read_text()
            time.sleep(0.5)
        yield address
    finally:
        for started in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if started.environ().get("MARK") == mark:
                    started.kill()
        process.wait()


def _new_experiment(server: str, name: str) -> str:
    """The id of an experiment that has no traces yet."""
    request = urllib.request.Request(
        f"{server}/api/2.0/mlflow/experiments/create",
        data=json.dumps({"name": name}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(json.load(answer)["experiment_id"])


@both_kernels
def test_server_accepts_the_traces_and_shows_the_tree(
    project: PipelineProject, server: str, mlflow_python: Path
) -> None:
    project.pipeline("""
from opentelemetry import trace

def numbers():
    with trace.get_tracer("user").start_as_current_span("mine"):
        return [1, 2, 3]

def fails():
    raise ValueError("no")

def build(environment):
    pipeline = Pipeline("traced")
    pipeline.notebook("draws", needs=[pipeline.function(numbers)], parameters={"size": 3})
    pipeline.function(fails, attempts=2)
    return pipeline
""")
    project.write(
        "notebooks/draws.py", f'# %% tags=["parameters"]\nsize: int = 1\n# %%\nimport os\nprint(size, {OWN_KIND})\n'
    )
    run = project.run()
    assert run.results() == {"numbers": "success", "draws[size=3]": "success", "fails": "failure"}
    assert run.output("draws[size=3]") == f"3 {project.kernels}\n"
    experiment = _new_experiment(server, f"{project.kernels} kernels")
    lines = [line for line in run.path.read_text().splitlines() if "resourceSpans" in line]
    for line in lines:
        request = urllib.request.Request(
            f"{server}/v1/traces",
            data=line.encode(),
            headers={"Content-Type": "application/json", "x-mlflow-experiment-id": experiment},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200
    read = subprocess.run(
        [mlflow_python, "-c", _READ_SPANS, server, experiment],
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    assert read.returncode == 0, read.stderr
    spans = {span["id"]: span for span in json.loads(read.stdout)}
    paths = set()
    for span in spans.values():
        names = [span["name"]]
        while span["parent"]:
            span = spans[span["parent"]]
            names.append(span["name"])
        paths.add(" > ".join(reversed(names)))
    assert {
        "RUN traced",
        "RUN traced > numbers",
        "RUN traced > numbers > attempt 1",
        "RUN traced > numbers > attempt 1 > mine",
        "RUN traced > draws",
        "RUN traced > draws > attempt 1",
        "RUN traced > fails > attempt 2",
    } <= paths
    assert [path for path in paths if path.startswith("RUN traced > draws > attempt 1 > cell ")]
    failed = {span["name"] for span in spans.values() if span["status"] == "ERROR"}
    assert {"RUN traced", "fails", "attempt 2"} <= failed
