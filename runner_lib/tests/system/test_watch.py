"""``pdr watch`` on a real Ray: what each save runs, what it survives, and that nothing is left when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from kernel_kinds import OWN_KIND, both_kernels
from pipeline_project import HANG_S, PipelineProject

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.runlog.records import PipelineRun

pytestmark = pytest.mark.system

_PIPELINE = """
from own import level

def numbers(count):
    current_task().output("level.txt").write_text(str(level.LEVEL))
    return list(range(count))

def total(numbers):
    time.sleep(NAP_S)
    return sum(numbers)

NAP_S = 0
COUNT = 3

def build(environment):
    pipeline = Pipeline("watched")
    first = pipeline.function(numbers, parameters={"count": COUNT})
    pipeline.function(total, needs=[first])
    pipeline.notebook("draw", needs=[first])
    pipeline.notebook("alone")
    return pipeline
"""

_DRAW = f"# %%\nimport os\nfrom own.level import LEVEL\nprint('drawn', LEVEL, {OWN_KIND})\n"
_WAITS = "waits for a save; Ctrl-C ends it"


class Watching:
    """A watch of a project, and what it says."""

    def __init__(self, project: PipelineProject) -> None:
        self.project = project
        self.process = project.start()
        self._seen = 0
        self.cycle()

    @property
    def said(self) -> str:
        return "".join(self.project.printed(self.process))

    def cycle(self) -> str:
        """Wait until it waits; returns what it said since it did so before."""
        self.project.wait_for("it waits", lambda: self.said.count(_WAITS) > self._seen or self._is_over())
        assert not self._is_over(), self.said
        self._seen += 1
        return self.said.split(_WAITS)[self._seen - 1]

    def runs(self) -> list[PipelineRun]:
        """Every run, the oldest first."""
        return [read_run(path) for path in reversed(self.project.run_logs)]

    def ended_by(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(HANG_S)

    def _is_over(self) -> bool:
        return self.process.poll() is not None


def _ran(run: PipelineRun) -> set[str]:
    return {task.id for task in run if task.attempts}


def _printed(run: PipelineRun, task_id: str) -> str:
    return "".join(output.text for output in run.tasks[task_id].attempts[0].outputs)


@pytest.fixture
def watching(project: PipelineProject) -> Iterator[Watching]:
    """A watch that has run everything once."""
    project.command = (sys.executable, "-m", "pynb_dag_runner", "watch")
    project.pipeline(_PIPELINE)
    project.write("src/own/__init__.py", "")
    project.write("src/own/level.py", "LEVEL = 1\n")
    project.write("notebooks/draw.py", _DRAW)
    project.write("notebooks/alone.py", "# %%\nprint('alone')\n")
    made = Watching(project)
    yield made
    if made.process.poll() is None:
        assert made.ended_by(signal.SIGINT) == 130, made.said


@both_kernels
def test_a_save_runs_what_it_affects_with_the_code_of_now(watching: Watching) -> None:
    project = watching.project
    (first,) = watching.runs()
    assert _ran(first) == {"numbers[count=3]", "total", "draw", "alone"}
    assert first.tags == {"watch": True}
    assert first.result is Result.SUCCESS

    project.write("notebooks/draw.py", _DRAW + "print('again')\n")
    said = watching.cycle()
    assert "saved: notebooks/draw.py" in said
    assert "draw: notebooks/draw.py changed" in said
    assert "[watch:pipeline] begin" in said
    assert "[watch:pipeline] end rc=0" in said
    second = watching.runs()[-1]
    assert _ran(second) == {"draw"}
    reused = {task.id: task.reused_from for task in second if task.reused_from}
    assert reused == dict.fromkeys(("numbers[count=3]", "total", "alone"), first.run_id)

    # The same size, perhaps within the same second: a function task and a notebook must see the new module.
    project.write("src/own/level.py", "LEVEL = 2\n")
    watching.cycle()
    third = watching.runs()[-1]
    assert _ran(third) == {"numbers[count=3]", "total", "draw"}
    assert f"drawn 2 {project.kernels}\n" in _printed(third, "draw")
    lake = project.outputs / "data-lake" / third.run_id
    assert (next(lake.glob("numbers*")) / "level.txt").read_text() == "2"

    project.pipeline(_PIPELINE.replace("COUNT = 3", "COUNT = 4"))
    watching.cycle()
    fourth = watching.runs()[-1]
    assert _ran(fourth) == {"numbers[count=4]", "total", "draw"}

    project.write("notes.md", "nothing to do with it")
    assert "nothing is affected by notes.md: no run" in watching.cycle()
    assert len(watching.runs()) == 4


def test_what_is_wrong_is_told_and_ends_nothing(watching: Watching) -> None:
    project = watching.project
    project.write("notebooks/draw.py", "# %%\nprint('broken'\n")
    said = watching.cycle()
    assert "end rc=2" in said
    assert "notebooks/draw.py:2: error: " in project.printed(watching.process)[1]
    project.write("notebooks/draw.py", _DRAW + "print('mended')\n")
    assert "end rc=0" in watching.cycle()
    assert "mended" in _printed(watching.runs()[-1], "draw")

    (project.folder / "notebooks/draw.py").unlink()
    assert "end rc=2" in watching.cycle()
    project.write("notebooks/draw.py", _DRAW)
    said = watching.cycle()
    assert "the pipeline is well again" in said
    assert "end rc=0" in said

    project.pipeline(_PIPELINE.replace("def build(environment):", "def build(environment:"))
    assert "end rc=2" in watching.cycle()
    assert "pipeline.py:" in project.printed(watching.process)[1]
    project.pipeline(_PIPELINE.replace("from own import level", "from own import levels"))
    assert "end rc=2" in watching.cycle()
    project.pipeline(_PIPELINE)
    assert "the pipeline is well again" in watching.cycle()

    project.write("notebooks/draw.py", "# %%\nraise ValueError('on purpose')\n")
    said = watching.cycle()
    assert "notebooks/draw.py:2: error: [draw] ValueError: on purpose" in said
    assert "end rc=1" in said
    project.write("notebooks/alone.py", "# %%\nprint('alone again')\n")
    said = watching.cycle()
    assert _ran(watching.runs()[-1]) == {"alone"}
    assert "error: [draw] ValueError: on purpose (as before)" in said
    assert "end rc=1" in said
    project.write("notebooks/draw.py", _DRAW)
    assert "end rc=0" in watching.cycle()


@both_kernels
def test_saves_while_a_run_goes_on_and_in_a_hurry(watching: Watching) -> None:
    project = watching.project
    runs = len(watching.runs())
    project.write("notebooks/alone.py", "# %%\nimport time\nprint('one')\ntime.sleep(600)\n")
    project.wait_for_attempt("alone")
    project.write("notebooks/alone.py", "# %%\nprint('two')\n")
    said = watching.cycle()
    assert "notebooks/alone.py was saved, which affects alone" in said
    cancelled, last = watching.runs()[runs:]
    assert cancelled.result is Result.CANCELLATION
    assert last.result is Result.SUCCESS
    assert "two" in _printed(last, "alone")

    # What does not matter to what runs waits for its end.
    project.write("notebooks/alone.py", "# %%\nimport time\ntime.sleep(3)\nprint('three')\n")
    project.wait_for_attempt("alone")
    project.write("notebooks/draw.py", _DRAW + "print('late')\n")
    watching.cycle()
    slow, late = watching.runs()[runs + 2 :]
    assert slow.result is Result.SUCCESS
    assert _ran(slow) == {"alone"}
    assert _ran(late) == {"draw"}

    before = len(watching.runs())
    for number in range(50):
        project.write("notebooks/draw.py", f"{_DRAW}print('save {number}')\n")
        time.sleep(0.02)
    watching.cycle()
    assert "save 49" in _printed(watching.runs()[-1], "draw")
    assert len(watching.runs()) == before + 1


@both_kernels
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_and_a_new_start_works(watching: Watching, number: int) -> None:
    project = watching.project
    project.write("notebooks/alone.py", "# %%\nimport subprocess\nsubprocess.run(['sleep', '600'])\n")
    project.wait_for_attempt("alone")
    assert watching.ended_by(number) == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[number]
    project.wait_until_gone()
    project.write("notebooks/alone.py", "# %%\nprint('alone')\n")
    again = Watching(project)
    assert again.runs()[-1].result is Result.SUCCESS
    assert again.ended_by(signal.SIGINT) == 130
    assert not list(project.outputs.glob("runs/*.spool")) or number == signal.SIGKILL


@both_kernels
def test_a_ray_that_dies_between_runs_is_replaced(watching: Watching) -> None:
    project = watching.project
    raylet = next(process for process in project.processes() if process.name() == "raylet")
    os.kill(raylet.pid, signal.SIGKILL)
    project.wait_for("it says so", lambda: "Ray ended on its own" in watching.said)
    project.write("notebooks/alone.py", "# %%\nprint('new Ray')\n")
    assert "end rc=0" in watching.cycle()
    assert "new Ray" in _printed(watching.runs()[-1], "alone")


def test_a_tool_runs_at_each_save_and_leaves_nobody_behind(project: PipelineProject) -> None:
    project.write("tool.py", "import subprocess, sys\nprint('runs', flush=True)\nsys.exit(3)\n")
    project.command = (sys.executable, "-m", "pynb_dag_runner", "watch")
    process = project.start("--name", "own", "--", sys.executable, "tool.py")
    project.wait_for("it ends", lambda: "[watch:own] end rc=3" in project.printed(process)[0])
    assert project.printed(process)[0].splitlines()[:3] == ["[watch:own] begin", "runs", "[watch:own] end rc=3"]

    # It ignores SIGTERM, and so does its child.
    stubborn = "import signal, subprocess, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    stubborn += "subprocess.Popen(['sleep', '600'])\nprint('stays', flush=True)\ntime.sleep(600)\n"
    project.write("tool.py", stubborn)
    project.wait_for("it runs", lambda: "stays" in project.printed(process)[0])
    project.write("tool.py", "print('last', flush=True)\n")
    project.wait_for("it ends", lambda: "[watch:own] end rc=0" in project.printed(process)[0])
    assert not [left for left in project.processes() if left.name() == "sleep"]
    project.write("tool.py", stubborn)
    project.wait_for("it runs", lambda: project.printed(process)[0].count("stays") == 2)
    process.send_signal(signal.SIGINT)
    assert process.wait(HANG_S) == 130
    project.wait_until_gone()

    killed: subprocess.Popen[str] = project.start("--", sys.executable, "tool.py")
    project.wait_for("it runs", lambda: "stays" in project.printed(killed)[0])
    killed.kill()
    killed.wait()
    project.wait_until_gone()
