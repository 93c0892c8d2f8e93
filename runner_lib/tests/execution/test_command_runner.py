"""Commands in a worker process without Ray: programs that end, fail, hang, and leave things behind."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from pynb_dag_runner.conventions import Result, Variable
from pynb_dag_runner.dag.task import TaskType

MakeAttempt = Callable[..., Any]


def _python(code: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code, *arguments)


def _marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(Variable.ATTEMPT_MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def test_success(make_attempt: MakeAttempt) -> None:
    made = make_attempt(
        TaskType.COMMAND,
        _python("print(__import__('sys').argv[1:])", "{size}", "{other}", "{size}{size}"),
        parameters={"size": "{a}", "a": "{size}"},
    )
    assert made.outcome.result is Result.SUCCESS
    assert made.output() == "['{a}', '{other}', '{a}{a}']\n", "what a value holds is no placeholder"
    assert made.outcome.end_ns >= made.outcome.start_ns
    assert (made.recorded.number, made.recorded.max) == (2, 3)


def test_runs_in_the_folder_of_the_project_and_knows_its_outputs(make_attempt: MakeAttempt) -> None:
    code = "import os, pathlib; pathlib.Path(os.environ['PDR_OUTPUT_DIR'], 'here').write_text(os.getcwd())"
    made = make_attempt(TaskType.COMMAND, _python(code))
    outputs = made.request.project_dir.parent / "outputs"
    assert (outputs / "here").read_text() == str(made.request.project_dir)


def test_exit_code_is_a_failure(make_attempt: MakeAttempt) -> None:
    made = make_attempt(TaskType.COMMAND, _python("import sys; print('why', file=sys.stderr); sys.exit(4)"))
    assert made.outcome.result is Result.FAILURE
    assert made.outcome.message.endswith("ended with exit code 4")
    assert made.output("stderr") == "why\n"
    assert made.recorded.exceptions[0].type == "ExitCode"


@pytest.mark.parametrize(
    ("number", "result"),
    [
        (signal.SIGKILL, Result.ERROR),
        (signal.SIGSEGV, Result.FAILURE),
        (signal.SIGABRT, Result.FAILURE),
        (40, Result.FAILURE),
    ],
)
def test_killed_by_a_signal(make_attempt: MakeAttempt, number: int, result: Result) -> None:
    made = make_attempt(TaskType.COMMAND, _python(f"import os; os.kill(os.getpid(), {int(number)})"))
    assert made.outcome.result is result
    assert getattr(number, "name", f"signal {number}") in made.outcome.message


def test_program_that_does_not_exist(make_attempt: MakeAttempt) -> None:
    made = make_attempt(TaskType.COMMAND, ("no-such-program",))
    assert made.outcome.result is Result.FAILURE
    assert made.outcome.message.startswith("no-such-program cannot be started")


def test_argument_that_no_program_can_get(make_attempt: MakeAttempt) -> None:
    made = make_attempt(TaskType.COMMAND, ("echo", "{text}"), parameters={"text": "a\0b"})
    assert made.outcome.result is Result.FAILURE
    assert made.outcome.message == "echo cannot be started: embedded null byte"


_HANGS = """
import signal, subprocess, sys, time
{ignore}
subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"], start_new_session=True)
print("so far", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("ignore", ["", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"])
def test_time_limit_ends_the_program_and_all_it_started(make_attempt: MakeAttempt, ignore: str) -> None:
    made = make_attempt(TaskType.COMMAND, _python(_HANGS.format(ignore=ignore)), timeout_s=1.5)
    assert made.outcome.result is Result.TIMEOUT
    assert made.outcome.message == "stopped at its time limit of 1.5 s"
    assert made.output() == "so far\n"
    assert not _marked(made.request.mark)


def test_program_that_ends_well_when_asked_to_stop_is_no_success(make_attempt: MakeAttempt) -> None:
    code = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(0)); time.sleep(600)"
    assert make_attempt(TaskType.COMMAND, _python(code), timeout_s=1.5).outcome.result is Result.TIMEOUT


def test_child_that_keeps_the_pipe_open_is_not_waited_for_and_not_left(make_attempt: MakeAttempt) -> None:
    made = make_attempt(TaskType.COMMAND, ("sh", "-c", "sleep 600 & echo done"))
    assert made.outcome.result is Result.SUCCESS
    assert made.output() == "done\n"
    assert not _marked(made.request.mark)


def test_output_of_any_kind_is_valid_text(make_attempt: MakeAttempt) -> None:
    code = "import os; os.write(1, b'a\\x00b\\xff\\x1b[31mred\\x1b[0m\\xe2\\x9c'); os.write(1, b'\\x93 \\xf0\\x9f')"
    made = make_attempt(TaskType.COMMAND, _python(code))
    assert "\\xff" in made.output()
    assert "red" in made.output()
    assert "✓" in made.output(), "a character whose bytes came in two writes"
    assert made.output().endswith("\\xf0\\x9f"), "a character that was never finished"


def test_much_output_is_cut_and_counted(make_attempt: MakeAttempt) -> None:
    code = "import sys\nfor _ in range(400): sys.stdout.write('x' * 99_999 + chr(10))"
    made = make_attempt(TaskType.COMMAND, _python(code))
    assert made.outcome.result is Result.SUCCESS
    assert len(made.output()) + made.dropped_bytes == 40_000_000
    assert len(made.output()) < 20_000_000


def test_cancelled_before_it_starts_runs_nothing(attempt_request: Any, make_attempt: MakeAttempt) -> None:
    from pynb_dag_runner.execution.attempt_runner import run_attempt

    (attempt_request.spool_dir / "cancel").touch()
    outcome = run_attempt(attempt_request)
    assert outcome.result is Result.CANCELLATION
    assert not [line for spool in attempt_request.spool_dir.glob("*.jsonl") for line in spool.read_text().splitlines()]


def test_secret_of_another_task_is_redacted_and_not_seen(make_attempt: MakeAttempt) -> None:
    code = "import os; print('handed on: hunter2-hunter2', 'DATABASE_PASSWORD' in os.environ)"
    made = make_attempt(TaskType.COMMAND, _python(code), redacted={"DATABASE_PASSWORD": "hunter2-hunter2"})
    assert made.output() == "handed on: [redacted:DATABASE_PASSWORD] False\n"
