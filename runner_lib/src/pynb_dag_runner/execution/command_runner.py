"""An attempt of a command task: a program in a session of its own."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.execution.captured_output import OutputReader
from pynb_dag_runner.execution.processes import end_marked, end_tree
from pynb_dag_runner.execution.requests import AttemptOutcome
from pynb_dag_runner.execution.running_attempt import RunningAttempt


def run_command(attempt: RunningAttempt) -> AttemptOutcome:
    """Run the program to its end; exit code 0 is success."""
    request = attempt.request
    assert isinstance(request.target, tuple)
    arguments = [_filled(argument, request.context.parameters) for argument in request.target]
    Path(request.context.outputs_dir).mkdir(parents=True, exist_ok=True)
    try:
        process = subprocess.Popen(
            arguments,
            cwd=request.project_dir,
            env=attempt.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:  # ValueError: an argument has a NUL inside
        reason = error.strerror if isinstance(error, OSError) else str(error)
        message = f"{arguments[0]} cannot be started: {reason}"
        attempt.log.exception(type(error).__name__, message, "")
        return attempt.outcome(Result.FAILURE, message, (type(error).__name__,))
    assert process.stdout is not None
    assert process.stderr is not None
    reader = OutputReader(attempt.log, {process.stdout.fileno(): "stdout", process.stderr.fileno(): "stderr"})
    with attempt.watchdog(lambda reason: end_tree(process.pid)) as watchdog:
        watchdog.start_clock()
        code = process.wait()
    if watchdog.reason is None:
        end_marked(request.mark)
    else:
        end_marked(request.mark, grace_s=0)
    reader.finish()
    process.stdout.close()
    process.stderr.close()
    return _outcome(attempt, arguments[0], code, watchdog.reason)


def _outcome(attempt: RunningAttempt, program: str, code: int, reason: Result | None) -> AttemptOutcome:
    # Asked first: when the watchdog has collected the exit status of the program, Popen makes a 0 of it.
    if reason is not None:
        outcome = attempt.stopped(reason)
        attempt.log.exception(outcome.error_types[0], outcome.message or "", "")
        return outcome
    if code == 0:
        return attempt.outcome(Result.SUCCESS)
    if code > 0:
        message = f"{program} ended with exit code {code}"
        attempt.log.exception("ExitCode", message, "")
        return attempt.outcome(Result.FAILURE, message, ("ExitCode",))
    name = _signal_name(-code)
    message = f"{program} was killed by {name}"
    if -code == signal.SIGKILL:
        message += ", perhaps since memory ran out"
    attempt.log.exception(name, message, "")
    # SIGKILL comes from outside; other signals (SIGSEGV, SIGABRT) are the program's own doing.
    return attempt.outcome(Result.ERROR if -code == signal.SIGKILL else Result.FAILURE, message, (name,))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have no name
        return f"signal {number}"


def _filled(argument: str, parameters: dict[str, Json]) -> str:
    """An argument with each ``{name}`` of a parameter replaced by its value; other braces stay as they are."""

    def value(match: re.Match[str]) -> str:
        return str(parameters[match[1]]) if match[1] in parameters else match[0]

    # In one pass: what a value holds is no placeholder.
    return re.sub(r"{(\w+)}", value, argument)
