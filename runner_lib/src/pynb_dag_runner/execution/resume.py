"""What an earlier run has to offer to a new one, and the plan of a run that takes over from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import Task
from pynb_dag_runner.errors import RunLogError, UsageError
from pynb_dag_runner.execution.data_lake import files_below, task_dir
from pynb_dag_runner.execution.kept import KeptTask
from pynb_dag_runner.execution.selection import Choice, PreviousRun, PreviousTask, Reuse, Run, plan
from pynb_dag_runner.project.fingerprint import INCOMPLETE, Fingerprints, TaskCode
from pynb_dag_runner.project.settings import did_you_mean
from pynb_dag_runner.runlog.reader import find_run_logs, pipeline_of, read_run, run_id_of
from pynb_dag_runner.runlog.records import PipelineRun, State, TaskRun
from pynb_dag_runner.runlog.traces import SpanReference

LATEST = "latest"
_LONGEST_CHAIN = 100


@dataclass(frozen=True)
class RunPlan:
    """What a run does with each task: made before it starts, so that it can be shown.

    ``run_id`` is the earlier run, None where there is none. ``code`` has all tasks of the pipeline, also those left out.
    """

    choices: Mapping[str, Choice]
    code: Mapping[str, TaskCode]
    run_id: str | None = None
    kept: Mapping[str, KeptTask] = field(default_factory=dict)
    resume: bool = False
    only: Sequence[str] = ()
    from_: Sequence[str] = ()

    @property
    def running(self) -> dict[str, str]:
        """The tasks that run, and why."""
        return {task_id: choice.reason for task_id, choice in self.choices.items() if isinstance(choice, Run)}

    @property
    def reused(self) -> dict[str, KeptTask]:
        """The tasks that are taken over."""
        return {task_id: self.kept[task_id] for task_id, choice in self.choices.items() if isinstance(choice, Reuse)}

    @property
    def left_out(self) -> list[str]:
        """The tasks of the pipeline that are no part of the run."""
        return [task_id for task_id in self.code if task_id not in self.choices]

    @property
    def selection(self) -> dict[str, object]:
        """What the run log says of it; empty for a run of everything."""
        if not (self.resume or self.only or self.from_):
            return {}
        return {
            "run": self.run_id,
            "resume": self.resume,
            "only": list(self.only),
            "from": list(self.from_),
            "left_out": self.left_out,
        }


def plan_run(
    pipeline: Pipeline,
    project_dir: Path,
    outputs_dir: Path,
    *,
    resume: str | None = None,
    only: Sequence[str] = (),
    from_: Sequence[str] = (),
) -> RunPlan:
    """The plan of a run; ``resume`` is a run's id, :data:`LATEST`, or None.

    Without ``resume``, tasks that ``only`` and ``from_`` need are taken over from the newest run of the pipeline.

    Raises:
        UsageError: there is no such run or task, or the run is one of another pipeline.
        RunLogError: the run's log cannot be read.
    """
    code = Fingerprints(pipeline, project_dir).code()
    if resume is None and not only and not from_:
        return RunPlan(plan(pipeline, {}), code)
    path = earlier_run_log(pipeline.name, outputs_dir, LATEST if resume is None else resume)
    found = _Found(pipeline, outputs_dir) if path is None else _found(pipeline, path, outputs_dir)
    choices = plan(
        pipeline,
        {task_id: str(known.fingerprint) for task_id, known in code.items()},
        None if path is None else PreviousRun(run_id_of(path), found.tasks),
        only=only,
        from_=from_,
        resume=resume is not None,
        reasons={task.id: reason for task in pipeline if (reason := _difference(task, code[task.id], found))},
    )
    run_id = None if path is None else run_id_of(path)
    return RunPlan(choices, code, run_id, found.kept, resume is not None, tuple(only), tuple(from_))


def part_of(pipeline: Pipeline, run_plan: RunPlan) -> Pipeline:
    """The pipeline without the tasks that the plan leaves out."""
    return pipeline if not run_plan.left_out else pipeline.restricted_to(run_plan.choices)


def earlier_run_log(pipeline: str, outputs_dir: Path, run: str) -> Path | None:
    """The run log that ``--resume`` means; None where the newest is asked for and there is none.

    Raises:
        UsageError: there is no such run, or it is one of another pipeline.
    """
    logs = find_run_logs(outputs_dir)
    if run == LATEST:
        return next((path for path in logs if pipeline_of(path) == pipeline), None)
    ids = [run_id_of(path) for path in logs]
    fitting = [path for path, id in zip(logs, ids, strict=True) if id == run]
    fitting = fitting or [path for path, id in zip(logs, ids, strict=True) if id.startswith(run)]
    if not fitting:
        there_are = f"the newest is {ids[0]}, and `pdr runs` lists all" if ids else "there are no runs yet"
        raise UsageError(f"--resume {run}: there is no such run{did_you_mean(run, [*ids, LATEST])}; {there_are}")
    if len(fitting) > 1:
        raise UsageError(f"--resume {run} fits several runs: {', '.join(run_id_of(path) for path in fitting)}")
    other = pipeline_of(fitting[0])
    if other != pipeline:
        raise UsageError(f"--resume {run}: that is a run of the pipeline {other!r}, and this is {pipeline!r}")
    return fitting[0]


@dataclass
class _Found:
    """Tasks of the earlier run, each with the record it comes from and what it handed over."""

    pipeline: Pipeline
    outputs_dir: Path
    tasks: dict[str, PreviousTask] = field(default_factory=dict)
    kept: dict[str, KeptTask] = field(default_factory=dict)
    records: dict[str, tuple[PipelineRun, TaskRun]] = field(default_factory=dict)
    depth: dict[str, int] = field(default_factory=dict)
    """How many runs back a task was found."""


def _found(pipeline: Pipeline, path: Path, outputs_dir: Path) -> _Found:
    """Tasks of a run; what it left out is looked for in the run on which it was based, and so on."""
    found = _Found(pipeline, outputs_dir)
    logs = {run_id_of(log): log for log in find_run_logs(outputs_dir)}
    next_path: Path | None = path
    for depth in range(_LONGEST_CHAIN):
        if next_path is None or len(found.records) == len(pipeline):
            break
        try:
            run = read_run(next_path)
        except RunLogError:
            if depth == 0:
                raise
            break
        for task in pipeline:
            if task.id in run.tasks and task.id not in found.records:
                found.records[task.id] = (run, run.tasks[task.id])
                found.depth[task.id] = depth
        based_on = run.selection.get("run")
        next_path = logs.get(based_on) if run.selection.get("left_out") and isinstance(based_on, str) else None
    for task_id, (run, record) in found.records.items():
        _add(found, task_id, run, record)
    _refuse_older_than_needs(found)
    return found


def _add(found: _Found, task_id: str, run: PipelineRun, record: TaskRun) -> None:
    folder = task_dir(found.outputs_dir, run.run_id, record.folder)
    made_by = record.reused_from or run.run_id
    obstacle = _obstacle(record, folder)
    is_consequence = record.result is Result.SKIP or record.state is State.WAITING
    found.tasks[task_id] = PreviousTask(record.fingerprint, made_by, obstacle, is_consequence)
    found.kept[task_id] = KeptTask(
        run_id=made_by,
        folder=folder,
        span=_span(run, record),
        outputs=record.outputs,
        metrics=record.metrics,
        values=record.values,
    )


def _obstacle(record: TaskRun, folder: Path) -> str | None:
    if record.result is None:
        return "has not run before" if record.state is State.WAITING else "was interrupted"
    if record.result is not Result.SUCCESS:
        return _ENDED[record.result]
    if record.fingerprint is None:
        return "ran with an older pdr"
    there = files_below(folder) if record.outputs else {}
    gone = [name for name, size_bytes in record.outputs.items() if there.get(name) != size_bytes]
    if gone:
        return "its outputs are gone" if not there else f"its output {gone[0]} is gone or changed"
    return None


_ENDED = {
    Result.FAILURE: "failed before",
    Result.ERROR: "failed before",
    Result.TIMEOUT: "ran out of time before",
    Result.CANCELLATION: "was cancelled before",
    Result.SKIP: "was skipped before",
}


def _span(run: PipelineRun, record: TaskRun) -> SpanReference | None:
    """The span of the task where it ran."""
    trace_id, span_id = record.reused_span or (run.trace_id, record.span_id)
    if record.reused_from is not None and record.reused_span is None:
        return None
    try:
        return SpanReference(int(trace_id, 16), int(span_id, 16))
    except ValueError:
        return None


def _refuse_older_than_needs(found: _Found) -> None:
    """What was found further back was made of the needs of then: it does not count where one of them has run since."""
    ran: dict[str, int] = {}
    causes: dict[str, str] = {}
    for task in found.pipeline:
        before = [(ran[need.id], causes[need.id]) for need in task.needs if need.id in ran]
        newest, cause = min(before, default=(_LONGEST_CHAIN, ""))
        depth = found.depth.get(task.id, _LONGEST_CHAIN)
        previous = found.tasks.get(task.id)
        if previous is not None and newest < depth and previous.obstacle is None:
            found.tasks[task.id] = replace(previous, obstacle=f"needs {cause}, which has run since")
        has_run = task.id in found.records and found.records[task.id][1].reused_from is None
        ran[task.id], causes[task.id] = min((newest, cause), (depth, task.id)) if has_run else (newest, cause)


def _difference(task: Task, now: TaskCode, found: _Found) -> str | None:
    """How a task's own code and parameters differ from the earlier run's, in a few words; None where they do not."""
    if task.id not in found.records:
        return None
    run, before = found.records[task.id]
    if task.source != before.source:
        return f"was {before.source}"
    files = [
        *(name for name, digest in now.parts.items() if name in before.sources and run.files.get(name) != digest),
        *(name for name in now.parts if name not in before.sources),
    ]
    gone = [name for name in before.sources if name not in now.parts]
    if files:
        return f"{_listed(files)} changed"
    if gone:
        return f"{_listed(gone)} no longer used"
    parameters = [
        name
        for name in {**before.parameters, **task.parameters}
        if before.parameters.get(name, ...) != task.parameters.get(name, ...)
    ]
    if parameters:
        return f"parameter {_listed(parameters)} changed"
    if sorted(task.options.secrets) != sorted(str(name) for name in _list(before.options.get("secrets"))):
        return "its secrets changed"
    if str(now.fingerprint).startswith(INCOMPLETE) and before.fingerprint == now.fingerprint:
        return "its function holds a value that cannot be compared" if not _needs_incomplete(task, found) else None
    return None


def _needs_incomplete(task: Task, found: _Found) -> bool:
    needs = [found.tasks[need.id].fingerprint or "" for need in task.needs if need.id in found.tasks]
    return any(fingerprint.startswith(INCOMPLETE) for fingerprint in needs)


def _listed(names: Iterable[str]) -> str:
    first, *rest = names
    return f"{first} and {len(rest)} more" if rest else first


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
