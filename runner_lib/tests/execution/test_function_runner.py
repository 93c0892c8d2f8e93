"""Functions in a worker process without Ray: what they return, raise, print and leave behind."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]
import psutil
import pytest

from pynb_dag_runner.conventions import Result, Variable
from pynb_dag_runner.dag.task import TaskType
from pynb_dag_runner.execution.requests import AttemptOutcome

MakeAttempt = Callable[..., Any]


def _pickled(function: Callable[..., Any]) -> bytes:
    """The function by value, as one of a user's ``pipeline.py``: its process cannot import this module."""
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    return cloudpickle.dumps(function)  # type: ignore[no-any-return]


def _add(first: int, second: int) -> int:
    return first + second


def _raise() -> None:
    raise FileNotFoundError("no such file: rows.csv")


def _exit() -> None:
    sys.exit("enough")


def _interrupt() -> None:
    raise KeyboardInterrupt


class _Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even this")


def _raise_unspeakable() -> None:
    raise _Unspeakable


def _unpicklable() -> object:
    import threading

    return threading.Lock()


def _print() -> None:
    print("from python", flush=True)
    os.write(1, b"a\x00b \xff\n")
    subprocess.run(["echo", "from a child"], check=True)
    print("warning", file=sys.stderr)


def _print_much() -> None:
    for _ in range(300):
        print("x" * 99_999)
    print("y" * 30_000_000)


def _environment() -> dict[str, str]:
    return dict(os.environ)


def _place() -> tuple[str, list[str]]:
    return os.getcwd(), sys.path[:2]


def _disturbs() -> None:
    os.environ["DISTURBED"] = "yes"
    os.chdir("/")
    sys.path.insert(0, "/disturbed")
    sys.stdout = None  # type: ignore[assignment]


def _sleeps() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    print("so far", flush=True)
    time.sleep(600)


def _blocks_in_c() -> None:
    """A regular expression that needs forever and holds the interpreter."""
    import re

    print("so far", flush=True)
    re.match(r"(a+)+$", "a" * 40 + "b")


def _leaves_a_daemon() -> int:
    return subprocess.Popen(["sleep", "600"], start_new_session=True).pid


def _says_secret() -> None:
    secret = os.environ["DATABASE_PASSWORD"]
    print("secret:", secret, flush=True)
    os.write(1, secret[:5].encode())
    time.sleep(0.3)
    os.write(1, secret[5:].encode() + b"\n")
    raise ValueError(f"cannot log in with {secret}")


def _value(made: Any) -> Any:
    return pickle.loads((Path(made.request.context.outputs_dir) / "value.pickle").read_bytes())


def _marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(Variable.ATTEMPT_MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def test_value_lies_among_the_outputs(make_attempt: MakeAttempt) -> None:
    made = make_attempt(TaskType.FUNCTION, _pickled(_add), parameters={"first": 2, "second": 3})
    assert made.outcome.result is Result.SUCCESS
    assert _value(made) == 5


@pytest.mark.parametrize(
    ("function", "message", "type_name"),
    [
        (_raise, "FileNotFoundError: no such file: rows.csv", "FileNotFoundError"),
        (_exit, "SystemExit: enough", "SystemExit"),
        (_raise_unspeakable, "_Unspeakable: (its message cannot be read)", "_Unspeakable"),
        (_interrupt, "KeyboardInterrupt: ", "KeyboardInterrupt"),
        (_unpicklable, "TypeError: cannot pickle '_thread.lock' object", "TypeError"),
    ],
)
def test_what_user_code_raises_is_a_failure(
    make_attempt: MakeAttempt, function: Callable[..., Any], message: str, type_name: str
) -> None:
    made = make_attempt(TaskType.FUNCTION, _pickled(function))
    assert made.outcome.result is Result.FAILURE
    assert made.outcome.message.startswith(message)
    assert made.outcome.error_types[0] == type_name
    assert made.recorded.exceptions[0].type == type_name
    assert "pynb_dag_runner/execution" not in made.recorded.exceptions[0].stacktrace
    assert not Path(made.request.context.outputs_dir).exists()


def test_base_classes_are_told(make_attempt: MakeAttempt) -> None:
    made = make_attempt(TaskType.FUNCTION, _pickled(_raise))
    assert {"FileNotFoundError", "OSError", "builtins.OSError", "Exception"} <= set(made.outcome.error_types)


def test_output_of_the_process_and_its_children_is_kept(make_attempt: MakeAttempt) -> None:
    made = make_attempt(TaskType.FUNCTION, _pickled(_print))
    assert made.output().startswith("from python\n")
    assert "\\xff" in made.output()
    assert made.output().endswith("from a child\n")
    assert made.output("stderr") == "warning\n"


def test_much_output_is_cut_and_counted(make_attempt: MakeAttempt) -> None:
    made = make_attempt(TaskType.FUNCTION, _pickled(_print_much))
    assert made.outcome.result is Result.SUCCESS
    assert len(made.output()) + made.dropped_bytes == 60_000_001
    assert len(made.output()) < 20_000_000


def test_environment_is_that_of_the_task(make_attempt: MakeAttempt) -> None:
    made = make_attempt(
        TaskType.FUNCTION,
        _pickled(_environment),
        environment={"UNRELATED": "1", "TZ": "UTC", "RAY_JOB_ID": "7"},
        secrets={"DATABASE_PASSWORD": "hunter2-hunter2"},
    )
    seen = _value(made)
    assert "UNRELATED" not in seen
    assert seen["TZ"] == "UTC"
    assert seen["DATABASE_PASSWORD"] == "hunter2-hunter2"


def test_runs_in_the_folder_of_the_project(make_attempt: MakeAttempt) -> None:
    made = make_attempt(TaskType.FUNCTION, _pickled(_place))
    project = str(made.request.project_dir)
    assert _value(made) == (project, [project, f"{project}/src"])


def test_worker_is_as_before_after_a_function_that_disturbs_it(make_attempt: MakeAttempt) -> None:
    """The worker reports, in its own folder, by its own streams: the outcome would not arrive otherwise."""
    assert make_attempt(TaskType.FUNCTION, _pickled(_disturbs)).outcome.result is Result.SUCCESS


def test_time_limit_kills_the_worker_and_leaves_the_outcome_in_a_file(make_attempt: MakeAttempt) -> None:
    made = make_attempt(TaskType.FUNCTION, _pickled(_sleeps), timeout_s=1.5)
    assert made.outcome is None
    outcome = AttemptOutcome.read(made.request.work_dir)
    assert outcome is not None
    assert outcome.result is Result.TIMEOUT
    assert outcome.message is not None
    assert outcome.message.startswith("stopped at its time limit of 1.5 s")
    assert made.output() == "so far\n"
    assert not _marked(made.request.mark)


def test_time_limit_holds_for_code_that_does_not_let_go_of_the_interpreter(make_attempt: MakeAttempt) -> None:
    made = make_attempt(TaskType.FUNCTION, _pickled(_blocks_in_c), timeout_s=1.5)
    assert made.outcome is None
    assert "_blocks_in_c" in (made.request.work_dir / "stack.txt").read_text()


def test_daemon_is_not_left(make_attempt: MakeAttempt) -> None:
    made = make_attempt(TaskType.FUNCTION, _pickled(_leaves_a_daemon))
    assert made.outcome.result is Result.SUCCESS
    assert not psutil.pid_exists(_value(made))


def test_secret_is_redacted_wherever_it_is_said(make_attempt: MakeAttempt) -> None:
    secret = "hunter2-hunter2"
    made = make_attempt(TaskType.FUNCTION, _pickled(_says_secret), secrets={"DATABASE_PASSWORD": secret})
    assert made.outcome.result is Result.FAILURE
    assert secret not in made.text
    assert secret not in made.outcome.message
    assert made.output() == "secret: [redacted:DATABASE_PASSWORD]\n[redacted:DATABASE_PASSWORD]\n"


def test_the_same_function_without_its_secret_named_says_it(make_attempt: MakeAttempt) -> None:
    """So the test above would notice a redactor that does nothing."""
    made = make_attempt(TaskType.FUNCTION, _pickled(_add), parameters={"first": 1, "second": "hunter2-hunter2"})
    assert made.outcome.result is Result.FAILURE
