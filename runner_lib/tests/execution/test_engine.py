"""One run of many small tasks on a real Ray: who runs, how often, and what reaches whom."""

from __future__ import annotations

import itertools
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernel_kinds import OWN_KIND, both_kernels
from pipeline_project import EndedRun, PipelineProject, pipeline_project

from pynb_dag_runner.conventions import ArtifactKind, Result
from pynb_dag_runner.runlog.reader import artifact_content
from pynb_dag_runner.runlog.records import State

# All tests look at the same run: at one with each kind of kernel.
pytestmark = [pytest.mark.slow, both_kernels]

_PIPELINE = '''
from opentelemetry import trace


class Refused(ValueError):
    """Trying again cannot help."""


class RefusedForGood(Refused):
    """A kind of refusal."""


def numbers():
    current_task().output("numbers.txt").write_text("1 2 3")
    current_task().log_metric("count", 3)
    return [1, 2, 3]


def total(values, factor=1):
    assert list(values) == [1, 2, 3]
    return factor * sum(values)


def third_time():
    task = current_task()
    task.output(f"of-attempt-{task.attempt}.txt").write_text("whole")
    task.log_metric("attempt", task.attempt)
    print("attempt", task.attempt, "of", task.id)
    if task.attempt < 3:
        raise OSError(f"attempt {task.attempt} did not work")


def sees_third_time(value):
    return current_task().needs["third_time"].outputs


def never():
    raise ArithmeticError(f"never, not at attempt {current_task().attempt}")


def refuses():
    raise RefusedForGood("no")


def skipped(value):
    raise AssertionError("this must not run")


def independent(value):
    time.sleep(0.5)
    return value


def traced():
    with trace.get_tracer("user").start_as_current_span("outer"):
        with trace.get_tracer("user").start_as_current_span("inner", attributes={"rows": 7}):
            pass


def prints():
    print("from python")
    os.write(1, b"from a descriptor, \\xff is no UTF-8\\n")
    print("warning", file=sys.stderr)
    subprocess.run(["echo", "from a child"], check=True)


def sees_none(value, read):
    return value, read.metrics


def leaves_a_daemon():
    subprocess.Popen(["sleep", "300"], start_new_session=True)


def exits():
    sys.exit(3)


def reads_notebook(record):
    return record.metrics["doubled"], record.values["seen"], Path(record.output("doubled.txt")).read_text()


def reads_command(record):
    return Path(record.output("made.txt")).read_text()


def build(environment):
    pipeline = Pipeline("assorted")
    function, notebook, command = pipeline.function, pipeline.notebook, pipeline.command
    stays_here = (number for number in range(3))
    function(lambda: next(stays_here), name="unpicklable", attempts=2)
    first = function(numbers)
    function(total, needs=[first], parameters={"factor": 10})
    third = function(third_time, attempts=5, retry_wait_s=1.5)
    function(sees_third_time, needs=[third])
    failed = function(never, attempts=3)
    downstream = function(skipped, needs=[failed])
    function(skipped, needs=[downstream], id="skipped-twice")
    function(independent, needs=[first])
    function(refuses, attempts=4, never_retry=[Refused])
    function(traced)
    printed = function(prints)
    function(leaves_a_daemon)
    function(exits)
    function(prints, id="nowhere", resources={"quantum": 1})
    doubled = notebook("double", needs=[first], parameters={"factor": 2})
    function(reads_notebook, needs=[doubled])
    function(sees_none, needs=[printed, doubled])
    notebook("fails", attempts=2)
    notebook("refuses", id="notebook-refuses", attempts=3, never_retry=[ArithmeticError])
    script = "import os, pathlib, sys; pathlib.Path(os.environ['PDR_OUTPUT_DIR'], 'made.txt').write_text(sys.argv[1]); print('made')"
    made = command(["python", "-c", script, "{size}"], name="make", parameters={"size": 12})
    function(reads_command, needs=[made])
    command(["python", "-c", "import sys; print('bad', file=sys.stderr); sys.exit(4)"], name="exit-4")
    command(["no-such-program"], name="no-program")
    return pipeline
'''

_DOUBLE = f"""\
# %% tags=["parameters"]
factor: int = 1

# %%
import os
from opentelemetry import trace
from pynb_dag_runner import current_task

task = current_task()
task.log_value("kernel", {OWN_KIND})
numbers = [int(text) for text in task.needs["numbers"].output("numbers.txt").read_text().split()]
with trace.get_tracer("user").start_as_current_span("in the kernel"):
    doubled = [factor * number for number in numbers]

# %%
print("doubled", doubled)
task.log_metric("doubled", sum(doubled))
task.log_value("seen", {{"metrics": task.needs["numbers"].metrics}})
task.output("doubled.txt").write_text(str(doubled))
task.log_artifact("blob.bin", bytes(range(256)))
"""

_FAILS = """\
# %%
print("before")

# %%
rows = {}
rows["absent"]

# %%
print("never reached")
"""

_REFUSES = """\
# %%
1 / 0
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, kernels: str) -> Iterator[PipelineProject]:
    with pipeline_project(tmp_path_factory.mktemp("assorted") / "project", kernels) as project:
        project.pipeline(_PIPELINE)
        project.write("notebooks/double.py", _DOUBLE)
        project.write("notebooks/fails.py", _FAILS)
        project.write("notebooks/refuses.py", _REFUSES)
        yield project


@pytest.fixture(scope="module")
def run(project: PipelineProject) -> EndedRun:
    return project.run()


def _value(project: PipelineProject, run: EndedRun, folder: str) -> object:
    """What a function task returned, as it lies in the data lake."""
    import pickle

    return pickle.loads((project.outputs / "data-lake" / run.log.run_id / folder / "value.pickle").read_bytes())


def test_run_as_a_whole_is_a_failure(run: EndedRun) -> None:
    assert run.exit_code == 1
    assert run.log.state is State.DONE
    assert run.log.result is Result.FAILURE
    assert not run.log.warnings


def test_each_task_has_its_result(run: EndedRun) -> None:
    assert run.results() == {
        "numbers": "success",
        "total[factor=10]": "success",
        "third_time": "success",
        "sees_third_time": "success",
        "never": "failure",
        "skipped": "skip",
        "skipped-twice": "skip",
        "independent": "success",
        "refuses": "failure",
        "traced": "success",
        "prints": "success",
        "sees_none": "success",
        "leaves_a_daemon": "success",
        "exits": "failure",
        "nowhere": "error",
        "unpicklable": "failure",
        "double[factor=2]": "success",
        "reads_notebook": "success",
        "fails": "failure",
        "notebook-refuses": "failure",
        "make[size=12]": "success",
        "reads_command": "success",
        "exit-4": "failure",
        "no-program": "failure",
    }


def test_attempts_go_on_until_one_succeeds(run: EndedRun) -> None:
    assert run.attempt_results("third_time") == ["failure", "failure", "success"]


def test_back_off_is_at_least_as_long_as_asked_for(run: EndedRun) -> None:
    attempts = run.log.tasks["third_time"].attempts
    for before, after in itertools.pairwise(attempts):
        assert before.end_ns is not None
        assert after.start_ns is not None
        assert after.start_ns - before.end_ns >= 1.5e9


def test_no_more_attempts_than_allowed_and_the_last_error_is_shown(run: EndedRun) -> None:
    assert run.attempt_results("never") == ["failure"] * 3
    assert run.attempt("never", number=3).message == "ArithmeticError: never, not at attempt 3"


@pytest.mark.parametrize("task_id", ["refuses", "notebook-refuses"])
def test_never_retry_holds_for_subclasses_too(run: EndedRun, task_id: str) -> None:
    assert run.attempt_results(task_id) == ["failure"]


def test_downstream_of_a_failure_is_skipped_with_its_cause(run: EndedRun) -> None:
    assert run.log.tasks["skipped"].skipped_because == "never"
    assert run.log.tasks["skipped-twice"].skipped_because == "skipped"
    assert not run.log.tasks["skipped"].attempts


def test_outputs_of_failed_attempts_are_never_seen(project: PipelineProject, run: EndedRun) -> None:
    assert _value(project, run, "sees_third_time") == ["of-attempt-3.txt", "value.pickle"]
    lake = project.outputs / "data-lake" / run.log.run_id
    assert not list(lake.rglob("of-attempt-1.txt"))
    assert not (lake / ".attempts").exists()


def test_values_and_files_travel_between_functions_notebooks_and_commands(
    project: PipelineProject, run: EndedRun
) -> None:
    assert _value(project, run, "total-factor=10") == 60
    assert _value(project, run, "reads_notebook") == (12.0, {"metrics": {"count": 3.0}}, "[2, 4, 6]")
    assert _value(project, run, "reads_command") == "12"


def test_none_travels_without_a_file(project: PipelineProject, run: EndedRun) -> None:
    assert _value(project, run, "sees_none") == (None, {"doubled": 12.0})
    assert not (project.outputs / "data-lake" / run.log.run_id / "prints").exists()


def test_metrics_are_those_of_the_attempt_that_counts(run: EndedRun) -> None:
    assert run.log.tasks["third_time"].metrics == {"attempt": 3.0}
    assert [run.attempt("third_time", number).last_metrics["attempt"] for number in (1, 2, 3)] == [1.0, 2.0, 3.0]


def test_last_metrics_stand_on_the_task_span(run: EndedRun) -> None:
    attributes = [
        {attribute["key"]: attribute["value"] for attribute in span["attributes"]}
        for line in run.path.read_text().splitlines()
        for resource in json.loads(line).get("resourceSpans", [])
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
        if span["name"] == "third_time"
    ]
    assert [span["pdr.metric.attempt"] for span in attributes] == [{"doubleValue": 3}]


def test_kernels_are_of_the_kind_that_was_asked_for(project: PipelineProject, run: EndedRun) -> None:
    assert run.attempt("double[factor=2]").values["kernel"] == project.kernels


def test_spans_of_user_code_lie_inside_their_attempt(run: EndedRun) -> None:
    outer, inner = sorted(run.attempt("traced").spans, key=lambda span: span.name, reverse=True)
    assert (outer.name, inner.name) == ("outer", "inner")
    assert outer.parent_id == run.attempt("traced").span_id
    assert inner.parent_id == outer.span_id
    assert inner.attributes == {"rows": 7}
    assert [span.name for span in run.attempt("double[factor=2]").spans] == ["in the kernel"]


def test_output_of_a_task_and_its_children_is_kept(run: EndedRun) -> None:
    assert run.output("prints") == "from python\nfrom a descriptor, \\xff is no UTF-8\nfrom a child\n"
    assert run.output("prints", "stderr") == "warning\n"
    assert run.output("third_time", number=2) == "attempt 2 of third_time\n"
    assert run.output("make[size=12]") == "made\n"
    assert run.output("double[factor=2]") == "doubled [2, 4, 6]\n"
    assert "from python" not in run.printed


def test_resources_that_nobody_has_are_an_error_at_once(run: EndedRun) -> None:
    assert run.attempt_results("nowhere") == ["error"]
    message = run.attempt("nowhere").message or ""
    assert message.startswith("it can run nowhere: it asks for CPU=1, quantum=1, but no node has that")
    assert message in run.printed


def test_function_that_cannot_be_sent_is_a_failure_and_stops_nothing(run: EndedRun) -> None:
    assert run.attempt_results("unpicklable") == ["failure"]
    assert (run.attempt("unpicklable").message or "").startswith("its function cannot be sent to a worker: TypeError: ")


def test_failures_say_where(run: EndedRun) -> None:
    lines = (run.path.parents[2] / "pipeline.py").read_text().splitlines()
    failure = run.attempt("never").exceptions[0]
    assert failure.file == "pipeline.py"
    assert failure.line is not None
    assert lines[failure.line - 1].strip().startswith("raise ArithmeticError")
    cell = run.attempt("fails").exceptions[0]
    assert (cell.type, cell.file, cell.line) == ("KeyError", "notebooks/fails.py", 6)
    assert "absent" in cell.stacktrace


def test_function_that_exits_is_a_failure(run: EndedRun) -> None:
    assert run.attempt("exits").message == "SystemExit: 3"


def test_commands_say_how_they_failed(run: EndedRun) -> None:
    assert run.attempt("exit-4").message == "python ended with exit code 4"
    assert run.output("exit-4", "stderr") == "bad\n"
    assert "no-such-program cannot be started" in (run.attempt("no-program").message or "")


def test_failed_notebook_is_kept_as_far_as_it_was_evaluated(run: EndedRun) -> None:
    assert run.attempt_results("fails") == ["failure", "failure"]
    artifact = run.attempt("fails", number=2).notebook
    assert artifact is not None
    assert artifact.kind is ArtifactKind.NOTEBOOK
    notebook = json.loads(b"".join(artifact_content(run.path, artifact)))
    printed, raised, unreached = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert printed["outputs"][0]["text"] == "before\n"
    assert raised["outputs"][0]["ename"] == "KeyError"
    assert not unreached["outputs"]


def test_artifact_comes_back_whole(run: EndedRun) -> None:
    blob = next(artifact for artifact in run.attempt("double[factor=2]").artifacts if artifact.name == "blob.bin")
    assert b"".join(artifact_content(run.path, blob)) == bytes(range(256))


def test_cells_are_spans_with_times(run: EndedRun) -> None:
    cells = run.attempt("double[factor=2]").cells
    assert all(cell.duration_s is not None and cell.duration_s >= 0 for cell in cells)
    assert [cell.failed for cell in run.attempt("fails").cells] == [False, True]


def test_log_cannot_be_written_and_nothing_lies_beside_it(run: EndedRun) -> None:
    assert stat.S_IMODE(run.path.stat().st_mode) == 0o444
    assert [path.name for path in run.path.parent.iterdir()] == [run.path.name]


def test_second_run_leaves_the_first_as_it_was(project: PipelineProject, run: EndedRun) -> None:
    before = run.path.read_bytes()
    lake = project.outputs / "data-lake" / run.log.run_id
    files = {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()}
    again = project.run()
    assert again.path != run.path
    assert again.results() == run.results()
    assert run.path.read_bytes() == before
    assert {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()} == files
    mine, theirs = (_outputs(project, one) for one in (run, again))
    assert mine == theirs


def _outputs(project: PipelineProject, run: EndedRun) -> dict[Path, bytes]:
    lake = project.outputs / "data-lake" / run.log.run_id
    return {path.relative_to(lake): path.read_bytes() for path in lake.rglob("*") if path.is_file()}
