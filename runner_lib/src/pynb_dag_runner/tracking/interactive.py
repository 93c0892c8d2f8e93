"""A notebook or script that a person runs alone: it prints instead of recording, and reads from the newest run that succeeded."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pynb_dag_runner.conventions import ArtifactKind, Result
from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.dag.task import TaskType
from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.runlog.reader import find_run_logs, read_run
from pynb_dag_runner.runlog.records import PipelineRun, State, TaskRun
from pynb_dag_runner.tracking.context import NeedContext, TaskContext
from pynb_dag_runner.tracking.needs import TaskNeeds, TaskRecord
from pynb_dag_runner.tracking.task import TaskRecorder

_NOTEBOOK_VARIABLES = ("JPY_SESSION_NAME", "__vsc_ipynb_file__")
_LONGEST_SHOWN = 200
_MOST_RUNS_READ = 10


def interactive_task() -> TaskRecorder:
    """The task for code that runs outside the runner."""
    outputs = _project_dir() / "pipeline-outputs"
    name = _notebook_name() or "interactive"
    run = _newest_run(outputs, name)
    context = TaskContext(
        run_id="",
        pipeline=run.pipeline if run else "",
        task_id=name,
        task_name=name,
        attempt=1,
        max_attempts=1,
        parameters={},
        outputs_dir=str(outputs / "interactive" / name),
    )
    printer = Printer(name)
    unknown = "" if run else f"no run in {outputs / 'runs'} has succeeded yet; start one with `pdr run`"
    origin = f"needs come from run {run.run_id}" if run else unknown
    printer.say(f"runs alone: nothing is recorded; {origin}")
    records = [TaskRecord(_need(task, run, outputs)) for task in _upstream(name, run)] if run else []
    needs = TaskNeeds(records, _fitting_parameters, unknown)
    if run and not _has_task(run, name):
        needs = TaskNeeds(records, _fitting_parameters, unknown, f"run {run.run_id} has no task {name!r}, only these")
    return TaskRecorder(context, printer, needs, is_recorded=False)


class Printer:
    """Prints what would have been recorded."""

    def __init__(self, name: str) -> None:
        self._name = name

    def say(self, text: str) -> None:
        """Print a line, cut at 200 characters."""
        shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
        sys.stdout.write(f"[{self._name}] {shown}\n")

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """Print a number."""
        self.say(f"metric {name} = {value:.6g}{'' if step is None else f' (step {step})'}")

    def value(self, name: str, value: Json) -> None:
        """Print a JSON value."""
        self.say(f"value {name} = {value}")

    def artifact(self, name: str, content: bytes | str | Path, kind: ArtifactKind = ArtifactKind.ARTIFACT) -> None:
        """Print name and size of a file."""
        encoded = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
        size = encoded.stat().st_size if isinstance(encoded, Path) else len(encoded)
        self.say(f"{kind.value} {name} ({size} bytes)")


def _project_dir() -> Path:
    """The nearest folder upwards with a ``pipeline.py``; the working directory where there is none."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "pipeline.py").is_file()), here)


def _notebook_name() -> str | None:
    """The name of the notebook or script that runs, where its surroundings say it."""
    main = sys.modules.get("__main__")
    candidates = [getattr(main, variable, None) or os.environ.get(variable) for variable in _NOTEBOOK_VARIABLES]
    # In a kernel `__file__` is that of ipykernel's launcher.
    if "ipykernel" not in sys.modules:
        candidates.append(getattr(main, "__file__", None))
    return next((Path(str(candidate)).stem for candidate in candidates if candidate), None)


def _newest_run(outputs: Path, name: str) -> PipelineRun | None:
    """The newest run that succeeded and has this task: a part of the pipeline may have run since, without it.

    Where none of the newest has it, just the newest that succeeded.
    """
    newest = None
    for path in find_run_logs(outputs)[:_MOST_RUNS_READ]:
        try:
            run = read_run(path)
        except RunLogError:
            continue
        if run.state is State.DONE and run.result is Result.SUCCESS:
            newest = newest or run
            if _has_task(run, name):
                return run
    return newest


def _has_task(run: PipelineRun, name: str) -> bool:
    return any(task.name == name for task in run)


def _upstream(name: str, run: PipelineRun) -> list[TaskRun]:
    """What the tasks of this name need; where the name is not that of a task, all tasks."""
    own = [task for task in run if task.name == name]
    needed = {need for task in own for need in task.needs}
    return [task for task in run if not own or task.id in needed]


def _need(task: TaskRun, run: PipelineRun, outputs: Path) -> NeedContext:
    return NeedContext(
        id=task.id,
        name=task.name,
        parameters=task.parameters,
        metrics=task.metrics,
        values=task.values,
        outputs_dir=str(outputs / "data-lake" / run.run_id / task.folder),
        returned_none=task.type == TaskType.FUNCTION and not task.outputs,
    )


def _fitting_parameters(records: list[TaskRecord]) -> TaskRecord:
    """Of several tasks of one name, the one whose parameters have the values that the notebook's variables have."""
    variables = vars(sys.modules["__main__"])
    for record in records:
        if all(_is_same(variables.get(name), value) for name, value in record.parameters.items()):
            return record
    return records[-1]


def _is_same(variable: object, value: Json) -> bool:
    # By now a variable may hold anything, such as an array, whose == gives no yes or no.
    return isinstance(variable, (bool, int, float, str, list, dict, type(None))) and variable == value
