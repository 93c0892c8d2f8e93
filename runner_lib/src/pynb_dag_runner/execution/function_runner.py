"""An attempt of a function task, in the worker process itself."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import cloudpickle  # type: ignore[import-untyped]

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.errors import SourceLocation
from pynb_dag_runner.execution.captured_output import captured_output
from pynb_dag_runner.execution.processes import adopt_orphans, end_children, has_children
from pynb_dag_runner.execution.requests import STACK_FILE, AttemptOutcome
from pynb_dag_runner.execution.running_attempt import RunningAttempt
from pynb_dag_runner.project.own_code import forget_own_code
from pynb_dag_runner.tracking.current import CurrentAttempt, enter
from pynb_dag_runner.tracking.needs import VALUE_FILE, TaskRecord

_LAST_RESORT_S = 1.0
_NONE = pickle.dumps(None)
_imported: dict[Path, str] = {}
"""The version of each project's code that this process has imported."""

_LIBRARY = str(Path(__file__).parents[1])


def run_function(attempt: RunningAttempt) -> AttemptOutcome:
    """Call the function with the values of its needs; its own value goes to the attempt's outputs."""
    adopt_orphans()

    def stop(reason: Result) -> None:
        faulthandler.cancel_dump_traceback_later()
        # Nothing can take a thread out of C code, so the whole process goes; the driver finds the outcome in a file.
        frame = sys._current_frames().get(threading.main_thread().ident or 0)
        outcome = attempt.stopped(reason, _where(frame, attempt.request.project_dir))
        stack = "".join(traceback.format_stack(frame)) if frame else ""
        attempt.log.exception(outcome.error_types[0], outcome.message or "", stack)
        attempt.log.finish_outputs()
        outcome.write(attempt.request.work_dir)
        end_children()
        os.kill(os.getpid(), signal.SIGKILL)

    enter(CurrentAttempt(attempt.request.context, attempt.log))
    try:
        with (
            _surroundings(attempt),
            captured_output(attempt.log),
            _last_resort(attempt),
            attempt.watchdog(stop) as watchdog,
        ):
            watchdog.start_clock()
            outcome = _call(attempt)
            if has_children():
                end_children()
    finally:
        enter(None)
    return outcome


@contextlib.contextmanager
def _last_resort(attempt: RunningAttempt) -> Iterator[None]:
    """Ends this process a moment after the time limit, should C code not let go of the interpreter.

    The watchdog is a Python thread and could not run then; the timer of ``faulthandler`` needs no interpreter. The
    driver sees that the worker is lost, at the time limit.
    """
    if attempt.request.timeout_s is None:
        yield
        return
    with (attempt.request.work_dir / STACK_FILE).open("w") as stack:
        faulthandler.dump_traceback_later(attempt.request.timeout_s + _LAST_RESORT_S, exit=True, file=stack)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


def _call(attempt: RunningAttempt) -> AttemptOutcome:
    request = attempt.request
    try:
        _forget_other_code(request.project_dir, request.code)
        function = pickle.loads(request.target if isinstance(request.target, bytes) else b"")
        values = [_value(TaskRecord(need)) for need in request.context.needs]
        value = function(*values, **request.context.parameters)
        content = b"" if value is None else cloudpickle.dumps(value)
    # Whatever user code raises is its result, not ours: also SystemExit, and exceptions below BaseException.
    except BaseException as error:  # noqa: BLE001
        return _failure(attempt, error)
    _keep_value(Path(request.context.outputs_dir), content)
    return attempt.outcome(Result.SUCCESS)


def _forget_other_code(project_dir: Path, code: str) -> None:
    """Forget what an earlier attempt in this process imported of the project, if that was another version."""
    if _imported.setdefault(project_dir, code) != code:
        forget_own_code(project_dir)
        _imported[project_dir] = code


def _keep_value(outputs_dir: Path, content: bytes) -> None:
    """Write a function's value, pickled; of one that returned None and wrote nothing no folder is left.

    A folder and a file may cost more than all else that a short function needs.
    """
    if content or outputs_dir.is_dir():
        outputs_dir.mkdir(parents=True, exist_ok=True)
        (outputs_dir / VALUE_FILE).write_bytes(content or _NONE)


def _value(record: TaskRecord) -> Any:
    return record.value if record.has_value else record


def _failure(attempt: RunningAttempt, error: BaseException) -> AttemptOutcome:
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_LIBRARY):
        trace = trace.tb_next
    stack = "".join(traceback.format_exception(type(error), error, trace))
    location = _user_location(traceback.extract_tb(trace), attempt.request.project_dir)
    names = tuple(
        name for base in type(error).__mro__ for name in (base.__name__, f"{base.__module__}.{base.__qualname__}")
    )
    message = _message(error)
    attempt.log.exception(
        type(error).__name__, message, stack, location.file if location else None, location.line if location else None
    )
    return attempt.outcome(Result.FAILURE, f"{type(error).__name__}: {message}", names, location)


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001
        # The exception's class is user code, too.
        return "(its message cannot be read)"


def _user_location(frames: traceback.StackSummary, project_dir: Path) -> SourceLocation | None:
    """The innermost line of the project's own code, relative to the project."""
    for frame in reversed(frames):
        path = Path(frame.filename)
        if path.is_relative_to(project_dir) and "site-packages" not in path.parts and frame.lineno:
            return SourceLocation(str(path.relative_to(project_dir)), frame.lineno)
    return None


def _where(frame: FrameType | None, project_dir: Path) -> SourceLocation | None:
    return _user_location(traceback.extract_stack(frame), project_dir) if frame else None


@contextlib.contextmanager
def _surroundings(attempt: RunningAttempt) -> Iterator[None]:
    """The task's environment, working folder and import path; the worker's own come back afterwards."""
    project_dir = attempt.request.project_dir
    kept_environment, kept_folder, kept_path = os.environb.copy(), os.getcwd(), list(sys.path)
    environment = {os.fsencode(name): os.fsencode(value) for name, value in attempt.environment.items()}
    # Ray's own variables stay: the worker around the task still needs them.
    _replace_environment({**_of_ray(kept_environment), **environment}, kept_environment)
    sys.path[:0] = [str(project_dir), str(project_dir / "src")]
    os.chdir(project_dir)
    try:
        yield
    finally:
        _replace_environment(kept_environment, os.environb.copy())
        sys.path[:] = kept_path
        os.chdir(kept_folder)


def _of_ray(environment: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    return {name: value for name, value in environment.items() if name.startswith(b"RAY_")}


def _replace_environment(environment: Mapping[bytes, bytes], now: Mapping[bytes, bytes]) -> None:
    # Each variable that is set or removed costs a call of the operating system, and most stay as they are.
    for name in now.keys() - environment.keys():
        del os.environb[name]
    for name, value in environment.items():
        if now.get(name) != value:
            os.environb[name] = value
