"""A project in a folder of its own, run as a user runs it: in a process of its own, on a real Ray.

All processes of a project's runs inherit one ``TMPDIR``, whatever becomes of their parents and sessions. By it a test
sees what a run left behind: processes, and files.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from kernel_kinds import kind_of_kernel

from pynb_dag_runner.execution.warm import FORKED
from pynb_dag_runner.runlog.reader import find_run_logs, read_run
from pynb_dag_runner.runlog.records import Attempt, PipelineRun, State

HANG_S = 180.0
"""No test measures speed by this: it only keeps one that hangs from hanging forever."""

_ENGINE = (sys.executable, str(Path(__file__).with_name("drive_run.py")))
PDR_RUN = (sys.executable, "-m", "pynb_dag_runner", "run")
"""What a user calls; by default a project is run by the engine alone, which prints one plain line per event."""


@dataclass(frozen=True)
class EndedRun:
    """A run that was waited for: what it printed, and its run log."""

    exit_code: int
    stdout: str
    stderr: str
    path: Path
    log: PipelineRun

    @property
    def printed(self) -> str:
        """Everything that a terminal would have shown."""
        return self.stdout + self.stderr

    def attempt(self, task_id: str, number: int = 1) -> Attempt:
        """An attempt of a task, counted from 1."""
        return self.log.tasks[task_id].attempts[number - 1]

    def output(self, task_id: str, stream: str = "stdout", number: int = 1) -> str:
        """What an attempt wrote, in one piece."""
        return "".join(output.text for output in self.attempt(task_id, number).outputs if output.stream == stream)

    def results(self) -> dict[str, str]:
        """The result of every task."""
        return {task.id: task.result.value if task.result else task.state.value for task in self.log}

    def attempt_results(self, task_id: str) -> list[str]:
        """The results of a task's attempts in their order."""
        return [attempt.result.value if attempt.result else "none" for attempt in self.log.tasks[task_id].attempts]


class PipelineProject:
    """A folder with ``pipeline.py`` and notebooks."""

    def __init__(self, folder: Path, temporary: Path, kernels: str) -> None:
        self.folder = folder
        self.temporary = temporary
        self.kernels = kernels
        self.command = _ENGINE
        self.started: list[subprocess.Popen[str]] = []

    @property
    def outputs(self) -> Path:
        """Where runs write."""
        return self.folder / "pipeline-outputs"

    @property
    def run_logs(self) -> list[Path]:
        """Finished and partial run logs, newest first."""
        return find_run_logs(self.outputs)

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")

    def pipeline(self, text: str) -> None:
        """Write ``pipeline.py``; ``text`` follows the imports that every one of these needs."""
        imports = (
            "from __future__ import annotations\nimport os, signal, sys, time, subprocess\nfrom pathlib import Path\n"
        )
        imports += "from pynb_dag_runner import Pipeline, current_task\n"
        (self.folder / "pipeline.py").write_text(imports + textwrap.dedent(text), encoding="utf-8")

    def start(self, *arguments: str, prefix: tuple[str, ...] = (), **environment: str) -> subprocess.Popen[str]:
        """Start a run as the leader of a process group of its own; its output goes to files, never to a full pipe."""
        name = f"run-{len(self.started)}"
        # Forked ones are what a user gets who says nothing.
        kernels = () if self.kernels == FORKED else ("--kernels", self.kernels)
        with (self.folder / f"{name}.out").open("w") as stdout, (self.folder / f"{name}.err").open("w") as stderr:
            process = subprocess.Popen(
                [*prefix, *self.command, *kernels, *arguments],
                cwd=self.folder,
                env={**_clean_environment(), "TMPDIR": str(self.temporary), **environment},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                text=True,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def wait(self, process: subprocess.Popen[str]) -> EndedRun:
        """Wait for a run to end; the run log is the newest one."""
        code = process.wait(HANG_S)
        stdout, stderr = self.printed(process)
        assert self.run_logs, f"no run log; exit code {code}\n{stdout}\n{stderr}"
        path = self.run_logs[0]
        return EndedRun(code, stdout, stderr, path, read_run(path))

    def run(self, *arguments: str, **environment: str) -> EndedRun:
        """Run to the end."""
        return self.wait(self.start(*arguments, **environment))

    def printed(self, process: subprocess.Popen[str]) -> tuple[str, str]:
        """What a run has written to stdout and stderr so far."""
        name = f"run-{self.started.index(process)}"
        return (self.folder / f"{name}.out").read_text(), (self.folder / f"{name}.err").read_text()

    def live_log(self) -> PipelineRun | None:
        """The newest run log as far as it goes, None while there is none to read."""
        return read_run(self.run_logs[0]) if self.run_logs else None

    def wait_for(self, what: str, holds: Callable[[], bool], limit_s: float = HANG_S) -> None:
        """Wait until something holds; ``what`` says it in words."""
        deadline = time.monotonic() + limit_s
        while not holds():
            assert time.monotonic() < deadline, f"not within {limit_s:g} s: {what}\n{self._state()}"
            time.sleep(0.05)

    def wait_for_attempt(self, task_id: str, number: int = 1) -> Attempt:
        """Wait until the run log says that an attempt is running."""
        found: list[Attempt] = []

        def is_running() -> bool:
            log = self.live_log()
            attempts = log.tasks[task_id].attempts if log else []
            found[:] = [attempt for attempt in attempts if attempt.number == number and attempt.state is State.RUNNING]
            return bool(found)

        self.wait_for(f"attempt {number} of {task_id} runs", is_running)
        return found[0]

    def processes(self) -> list[psutil.Process]:
        """Every living process that a run of this project started, by the environment it inherited.

        Forked kernels show their marks in its place: they are known by the folder that they work in. Ray's agents show
        nothing: they are known by their open files.
        """
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                is_alive = process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE
                if is_alive and (
                    process.environ().get("TMPDIR") == str(self.temporary)
                    or Path(process.cwd()).is_relative_to(self.folder)
                    or self._is_agent(process)
                ):
                    found.append(process)
        return found

    def living_kernels(self) -> set[str]:
        """The kinds of the kernels that run now."""
        kinds = set()
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                kinds.add(kind_of_kernel(process))
        return {kind for kind in kinds if kind is not None}

    def _is_agent(self, process: psutil.Process) -> bool:
        """Whether it is Ray's, and has files open in this project's folder for temporary files, be they deleted."""
        if not "".join(process.cmdline()[:1]).startswith("ray::"):
            return False
        return any(str(self.temporary) in os.readlink(link) for link in Path(f"/proc/{process.pid}/fd").iterdir())

    def wait_until_gone(self, limit_s: float = 10.0) -> None:
        """Wait until no process of a run is left, and Ray's folder is gone."""
        self.wait_for("every process of the run is gone", lambda: not self.processes(), limit_s)
        left = [path.name for path in self.temporary.iterdir()]
        assert not left, f"left in the folder for temporary files: {left}"

    def end(self) -> None:
        """End whatever is left, and remove the folder for temporary files."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()
        for left in self.processes():
            with contextlib.suppress(psutil.Error):
                left.kill()
        shutil.rmtree(self.temporary, ignore_errors=True)

    def _state(self) -> str:
        texts = [text for process in self.started for text in self.printed(process)]
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                texts.append(f"{process.pid} {process.status()} {' '.join(process.cmdline())[:150]}")
        return "\n".join(texts)


@contextlib.contextmanager
def pipeline_project(folder: Path, kernels: str = FORKED) -> Iterator[PipelineProject]:
    """A project in ``folder``, whose notebooks get such kernels; in the end nothing of its runs may be left."""
    folder.mkdir(parents=True, exist_ok=True)
    # Ray's sockets lie below TMPDIR, and their paths must be shorter than those of pytest's folders.
    project = PipelineProject(folder, Path(tempfile.mkdtemp(prefix="pt-", dir="/tmp")), kernels)
    try:
        yield project
        project.wait_until_gone()
    finally:
        project.end()


def _clean_environment() -> dict[str, str]:
    """This process's environment without what changes a run: GitHub's variables, Ray's, and our own."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "RAY_", "PDR_", "OTEL_", "TRACEPARENT", "PYTEST_", "COV_"))
    }
