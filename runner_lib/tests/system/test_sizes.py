"""Much of everything: tasks, output, artifacts. What is measured is memory and content, never time."""

from __future__ import annotations

import threading
from pathlib import Path

import psutil
import pytest
from kernel_kinds import both_kernels
from pipeline_project import HANG_S, PipelineProject

from pynb_dag_runner.runlog.reader import artifact_content
from pynb_dag_runner.runlog.records import State

pytestmark = pytest.mark.system

_MIB = 1024 * 1024
_MOST_GROWTH_BYTES = 64 * _MIB


def test_a_thousand_independent_tasks(project: PipelineProject) -> None:
    project.pipeline("""
def no_op(number):
    pass

def build(environment):
    pipeline = Pipeline("many")
    for number in range(1000):
        pipeline.function(no_op, parameters={"number": number})
    return pipeline
""")
    run = project.run()
    assert run.exit_code == 0
    assert len(run.log.tasks) == 1000
    assert set(run.results().values()) == {"success"}
    assert all(len(task.attempts) == 1 and task.attempts[0].state is State.DONE for task in run.log)
    assert all(task.duration_s is not None and task.duration_s >= 0 for task in run.log)
    assert not run.log.warnings


class _PeakMemory:
    """Watches how much memory a process uses until it ends."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.peak_bytes = 0
        self._thread = threading.Thread(target=self._watch)

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> int:
        self._thread.join(HANG_S)
        return self.peak_bytes

    def _watch(self) -> None:
        over = threading.Event()
        while not over.wait(0.02):
            try:
                self.peak_bytes = max(self.peak_bytes, self._process.memory_info().rss)
                if self._process.status() == psutil.STATUS_ZOMBIE:
                    return
            except psutil.NoSuchProcess:
                return


def test_memory_of_the_driver_stays_small_while_a_task_logs_a_large_artifact(
    project: PipelineProject, tmp_path: Path
) -> None:
    project.pipeline("""
def waits(go):
    while not Path(go).exists():
        time.sleep(0.1)

def logs(value):
    path = Path("large.bin")
    with path.open("wb") as file:
        for number in range(300):
            file.write(bytes([number % 256]) * 1024 * 1024)
    current_task().log_artifact("large.bin", path)
    path.unlink()

def build(environment):
    pipeline = Pipeline("large")
    pipeline.function(logs, needs=[pipeline.function(waits, parameters={"go": os.environ["GO"]})])
    return pipeline
""")
    go = tmp_path / "go"
    process = project.start(GO=str(go))
    project.wait_for("the first task runs", lambda: "attempt 1 started" in project.printed(process)[0])
    idle_bytes = psutil.Process(process.pid).memory_info().rss
    memory = _PeakMemory(process.pid)
    memory.start()
    go.touch()
    run = project.wait(process)
    assert run.exit_code == 0
    assert memory.finish() - idle_bytes <= _MOST_GROWTH_BYTES
    (artifact,) = run.attempt("logs").artifacts
    assert artifact.size_bytes == 300 * _MIB
    assert sum(len(chunk) for chunk in artifact_content(run.path, artifact)) == 300 * _MIB


@both_kernels
def test_output_of_any_size_is_cut_and_counted_in_bounded_memory(project: PipelineProject) -> None:
    project.pipeline("""
def prints():
    import resource
    line = "x" * 999_999 + chr(10)
    for _ in range(200):
        sys.stdout.write(line)
    sys.stderr.write("y" * 50_000_000)
    sys.stdout.flush(); sys.stderr.flush()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def build(environment):
    pipeline = Pipeline("loud")
    pipeline.function(prints)
    pipeline.notebook("loud")
    pipeline.command(["python", "-c", "import sys; [sys.stdout.write('z' * 999_999 + chr(10)) for _ in range(200)]"], name="command")
    return pipeline
""")
    project.write(
        "notebooks/loud.py",
        "# %%\nimport sys\nfor _ in range(200):\n    sys.stdout.write('x' * 999_999 + chr(10))\n# %%\nprint('y' * 50_000_000)\n# %%\n'the end'\n",
    )
    process = project.start()
    memory = _PeakMemory(process.pid)
    memory.start()
    run = project.wait(process)
    assert run.exit_code == 0, run.printed
    assert memory.finish() < 400 * _MIB
    for task_id in ("prints", "command"):
        outputs = [output for output in run.attempt(task_id).outputs if output.stream == "stdout"]
        kept = sum(len(output.text) for output in outputs)
        assert kept <= 11 * _MIB
        assert kept + sum(output.dropped_bytes for output in outputs) == 200_000_000
    assert run.path.stat().st_size < 100 * _MIB
    with run.path.open("rb") as lines:
        assert max(len(line) for line in lines) < 20 * _MIB
    assert len(run.output("loud")) < 11 * _MIB
