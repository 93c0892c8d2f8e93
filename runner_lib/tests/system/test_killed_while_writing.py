"""Attempts killed at random moments while they write their outputs: what is published is whole, or it is not there."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cloudpickle  # type: ignore[import-untyped]
import pytest

from pynb_dag_runner import Pipeline, current_task
from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.task import Task, TaskType
from pynb_dag_runner.execution.data_lake import DataLake
from pynb_dag_runner.execution.requests import ATTEMPTS_FOLDER, AttemptOutcome, AttemptRequest, worker_folder
from pynb_dag_runner.runlog.facts import host_name
from pynb_dag_runner.runlog.traces import SpanReference
from pynb_dag_runner.tracking.context import TaskContext

pytestmark = pytest.mark.system

_KILLS = 100
_PARTS = 30

_FORKS = """
import os, pickle, sys
from pathlib import Path
import pynb_dag_runner.execution.function_runner
from pynb_dag_runner.execution.attempt_runner import run_attempt

for line in sys.stdin:
    folder = Path(line.strip())
    pid = os.fork()
    if pid == 0:
        outcome = run_attempt(pickle.loads((folder / "request").read_bytes()))
        (folder / "outcome.new").write_bytes(pickle.dumps(outcome))
        (folder / "outcome.new").rename(folder / "outcome")
        os._exit(0)
    print(pid, flush=True)
    sys.stdin.readline()
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
"""Forks a process per attempt, since imports take longer than an attempt; collects it only when told to."""

StartAttempt = Callable[[Path], "_Running"]


class _Running:
    """An attempt in a process of its own, which stays a zombie until it is waited for: its id is nobody else's."""

    def __init__(self, forks: subprocess.Popen[str], folder: Path) -> None:
        self._forks = forks
        self._folder = folder
        self.pid = int(self._ask(str(folder)))

    def wait(self) -> AttemptOutcome | None:
        """What it reported; None for one that was killed before it could."""
        code = int(self._ask("wait"))
        assert code in (0, -signal.SIGKILL)
        reported = self._folder / "outcome"
        return pickle.loads(reported.read_bytes()) if reported.exists() else None

    def _ask(self, line: str) -> str:
        assert self._forks.stdin is not None
        assert self._forks.stdout is not None
        self._forks.stdin.write(f"{line}\n")
        self._forks.stdin.flush()
        return self._forks.stdout.readline()


@pytest.fixture
def start_attempt() -> Iterator[StartAttempt]:
    """``start_attempt(folder)`` makes the attempt that ``folder / "request"`` asks for."""
    with subprocess.Popen(
        [sys.executable, "-c", _FORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as forks:
        yield lambda folder: _Running(forks, folder)


def _writes(parts: int) -> list[str]:
    """Files of several blocks, the list of their checksums after each: at no moment but the last is all of it whole."""
    digests = []
    for number in range(parts):
        content = hashlib.sha256(str(number).encode()).digest() * 8192
        with current_task().output(f"parts/{number}.bin").open("wb", buffering=0) as part:
            for start in range(0, len(content), 16384):
                part.write(content[start : start + 16384])
        digests.append(hashlib.sha256(content).hexdigest())
        current_task().output("sha256.json").write_text(json.dumps(digests))
        current_task().log_metric("parts", number + 1)
    return digests


def _request(folder: Path, task: Task, data_lake: DataLake, target: bytes) -> AttemptRequest:
    context = TaskContext(
        run_id=folder.name,
        pipeline="killed",
        task_id=task.id,
        task_name=task.name,
        attempt=1,
        max_attempts=1,
        parameters={"parts": _PARTS},
        outputs_dir=str(data_lake.private_dir(task, 1)),
    )
    work, spool = folder / "work", folder / "spool"
    work.mkdir(parents=True)
    (spool / ATTEMPTS_FOLDER).mkdir(parents=True)
    context.write(work / "context.json")
    return AttemptRequest(
        context, TaskType.FUNCTION, target, SpanReference.new_trace().traceparent, folder, work, spool, None
    )


def _assert_whole(published: Path) -> None:
    digests = pickle.loads((published / "value.pickle").read_bytes())
    assert len(digests) == _PARTS
    assert json.loads((published / "sha256.json").read_text()) == digests
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (published / "parts").iterdir()}
    assert found == {f"{number}.bin": digest for number, digest in enumerate(digests)}


def test_outputs_of_killed_attempts_are_whole_or_absent(tmp_path: Path, start_attempt: StartAttempt) -> None:
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    target = cloudpickle.dumps(_writes)
    task = Pipeline("killed").function(_writes, parameters={"parts": _PARTS})
    chance = random.Random(15)
    takes_s, whole, partial = 0.0, 0, 0
    for number in range(-2, _KILLS):
        data_lake = DataLake(tmp_path, f"round-{number}")
        folder = tmp_path / f"round-{number}"
        request = _request(folder, task, data_lake, target)
        (folder / "request").write_bytes(pickle.dumps(request))
        started_s = time.monotonic()
        running = start_attempt(folder)
        if number >= 0:
            time.sleep(chance.uniform(0, 1.5 * takes_s))
            os.kill(running.pid, signal.SIGKILL)
        outcome = running.wait() or AttemptOutcome.read(worker_folder(request.spool_dir, host_name(), running.pid))
        if number < 0:
            # Two are not killed: they say how long it takes.
            takes_s = time.monotonic() - started_s
            assert outcome is not None
        partial += outcome is None and data_lake.private_dir(task, 1).exists()
        if outcome is not None:
            assert outcome.result is Result.SUCCESS
            data_lake.publish(task, 1)
        data_lake.discard_private()
        published = data_lake.published_dir(task)
        left = [path.name for path in published.parent.iterdir()]
        assert left == ([published.name] if outcome is not None else [])
        if outcome is not None:
            whole += 1
            _assert_whole(published)
            shutil.rmtree(published)
    assert whole >= 2
    assert partial > 0, "no attempt was killed while it wrote"
