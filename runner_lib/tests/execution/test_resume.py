"""Runs that take over from earlier ones, on a real Ray: only what is needed runs, and nothing tells the results apart."""

from __future__ import annotations

import hashlib
import shutil

import pytest
from kernel_kinds import OWN_KIND, both_kernels
from pipeline_project import HANG_S, PDR_RUN, EndedRun, PipelineProject

from pynb_dag_runner.cli.main import main
from pynb_dag_runner.conventions import SpanAttribute, SpanKind
from pynb_dag_runner.runlog.otlp import parse_line
from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.runlog.records import State

pytestmark = pytest.mark.slow
# Which tasks run is decided before there is a kernel: tests of that alone need no second kind.

PIPELINE = """
from mine.numbers import numbers

def double(rows, factor=2):
    return [row * factor for row in rows]

def total(rows, offset=0):
    current_task().log_metric("total", sum(rows) + offset)
    return sum(rows)

def build(environment):
    pipeline = Pipeline("chain")
    made = pipeline.function(numbers, parameters={"count": 3})
    doubled = pipeline.function(double, needs=[made])
    pipeline.function(total, name="sum", needs=[doubled])
    pipeline.notebook("draw", needs=[made])
    return pipeline
"""
NUMBERS = """
from pynb_dag_runner import current_task

def numbers(count):
    task = current_task()
    task.log_metric("count", count)
    task.log_value("note", {"start": 0})
    task.output("rows.txt").write_text("".join(f"{row}\\n" for row in range(count)))
    return list(range(count))
"""
DRAW = f"""
# %%
import os
from pynb_dag_runner import current_task
task = current_task()
made = task.needs["numbers"]
assert made.value == [0, 1, 2]
assert made.output("rows.txt").read_text() == "0\\n1\\n2\\n"
task.log_metric("seen", made.metrics["count"])
task.log_value("note", made.values["note"])
task.log_value("kernel", {OWN_KIND})
"""


@pytest.fixture
def chain(project: PipelineProject) -> PipelineProject:
    """A project with a function of a module, two of ``pipeline.py``, and a notebook."""
    project.command = PDR_RUN
    project.pipeline(PIPELINE)
    project.write("src/mine/__init__.py", "")
    project.write("src/mine/numbers.py", NUMBERS)
    project.write("notebooks/draw.py", DRAW)
    return project


def change(project: PipelineProject, name: str, old: str, new: str) -> None:
    path = project.folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def ran(run: EndedRun) -> set[str]:
    """Names of the tasks that were run."""
    return {task.name for task in run.log if task.attempts}


def reused(run: EndedRun) -> dict[str, str]:
    """Names of the tasks that were taken over, each with the run in which it really ran."""
    return {task.name: task.reused_from for task in run.log if task.reused_from}


def digests(project: PipelineProject, run: EndedRun) -> dict[str, str]:
    """SHA-256 of every output that a run has published."""
    folder = project.outputs / "data-lake" / run.log.run_id
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def metrics(run: EndedRun) -> dict[str, dict[str, float]]:
    return {task.id: task.metrics for task in run.log}


@both_kernels
def test_resume_after_a_failure_ends_as_a_run_of_everything(chain: PipelineProject) -> None:
    change(chain, "pipeline.py", "return [row * factor", "1 / 0\n    return [row * factor")
    first = chain.run()
    assert (first.exit_code, first.results()["sum"]) == (1, "skip")
    change(chain, "pipeline.py", "1 / 0\n    ", "")
    second = chain.run("--resume", "latest")
    assert second.exit_code == 0
    assert ran(second) == {"double", "sum"}
    assert set(reused(second)) == {"numbers", "draw"}
    assert f"Based on run {first.log.run_id}: 2 reused, 2 to run" in second.stdout
    assert "double: failed before" in second.stdout
    assert "sum: needs double" in second.stdout
    whole = chain.run()
    assert not reused(whole)
    assert digests(chain, second) == digests(chain, whole)
    assert metrics(second) == metrics(whole)
    assert whole.log.tasks["draw"].values["kernel"] == chain.kernels
    assert [task.fingerprint for task in second.log] == [task.fingerprint for task in whole.log]


def test_a_chain_of_resumes_knows_where_each_task_ran(chain: PipelineProject) -> None:
    first = chain.run()
    runs = [first]
    for number in range(3):
        change(chain, "pipeline.py", f"offset={number}", f"offset={number + 1}")
        runs.append(chain.run("--resume", runs[-1].log.run_id))
        assert ran(runs[-1]) == {"sum"}
        assert set(reused(runs[-1]).values()) == {first.log.run_id}
        # Only the newest is left: a run needs nothing of those before it.
        assert main(["clean", "--keep", "1", "--outputs", str(chain.outputs)]) == 0
    last = runs[-1].log.tasks["numbers[count=3]"]
    assert last.reused_span == (first.log.trace_id, first.log.tasks["numbers[count=3]"].span_id)
    assert last.values == {"note": {"start": 0}}
    assert metrics(runs[-1])["sum"] == {"total": 9.0}
    change(chain, "notebooks/draw.py", "task = current_task()", "task = current_task()  # again")
    redrawn = chain.run("--resume", "latest")
    assert ran(redrawn) == {"draw"}
    assert metrics(redrawn)["draw"] == {"seen": 3.0}


def test_what_runs_after_which_change_and_what_it_says(chain: PipelineProject) -> None:
    first = chain.run()
    set_once = chain.run("--resume", "latest", "--set", "offset=5")
    assert ran(set_once) == {"sum"}
    assert "sum: parameter offset changed" in set_once.stdout
    assert metrics(set_once)["sum"] == {"total": 11.0}
    change(chain, "src/mine/numbers.py", '"start": 0', '"start": 1')
    changed = chain.run("--resume", first.log.run_id)
    assert ran(changed) == {"numbers", "double", "sum", "draw"}
    assert "numbers[count=3]: src/mine/numbers.py changed" in changed.stdout
    assert "draw: needs numbers[count=3]" in changed.stdout
    assert changed.log.tasks["draw"].values == {"note": {"start": 1}, "kernel": chain.kernels}


def test_a_part_of_the_pipeline_and_a_resume_of_it(chain: PipelineProject) -> None:
    first = chain.run()
    only = chain.run("--only", "draw")
    assert (ran(only), set(reused(only))) == ({"draw"}, {"numbers"})
    assert list(only.log.tasks) == ["numbers[count=3]", "draw"]
    assert only.log.selection["left_out"] == ["double", "sum"]
    begun = chain.run("--from", "double")
    assert (ran(begun), set(reused(begun))) == ({"double", "sum"}, {"numbers"})
    assert reused(begun) == {"numbers": first.log.run_id}
    # What a run left out is taken from the run that it is based on, and the notebook is older than neither of its needs.
    logs = chain.run_logs
    process = chain.start("--resume", "latest")
    assert process.wait(HANG_S) == 0
    assert "Nothing to do: all 4 tasks succeeded" in chain.printed(process)[0]
    assert chain.run_logs == logs


@both_kernels
def test_what_is_left_of_a_killed_run_counts_and_lost_outputs_do_not(chain: PipelineProject) -> None:
    change(chain, "notebooks/draw.py", "task = current_task()", "task = current_task(); import time; time.sleep(600)")
    process = chain.start()
    chain.wait_for_attempt("draw")
    chain.wait_for("the sum is there", lambda: bool((log := chain.live_log()) and log.tasks["sum"].state is State.DONE))
    process.kill()
    process.wait()
    chain.wait_for("all of it is gone", lambda: not chain.processes())
    change(chain, "notebooks/draw.py", "; import time; time.sleep(600)", "")
    killed = chain.run_logs[0]
    assert killed.name.endswith(".part")
    second = chain.run("--resume", "latest")
    assert (second.exit_code, ran(second), set(reused(second))) == (0, {"draw"}, {"numbers", "double", "sum"})
    assert "draw: was interrupted" in second.stdout
    lake = chain.outputs / "data-lake" / second.log.run_id
    (lake / "double" / "value.pickle").write_bytes(b"cut")
    third = chain.run("--resume", second.log.run_id)
    assert ran(third) == {"double", "sum"}
    assert "double: its output value.pickle is gone or changed" in third.stdout
    shutil.rmtree(lake)
    fourth = chain.run("--resume", second.log.run_id)
    assert ran(fourth) == {"numbers", "double", "sum", "draw"}
    assert "numbers[count=3]: its outputs are gone" in fourth.stdout


def test_two_resumes_of_one_run_at_once(chain: PipelineProject) -> None:
    first = chain.run()
    change(chain, "notebooks/draw.py", "task = current_task()", "task = current_task()  # again")
    both = [chain.start("--resume", first.log.run_id) for _ in range(2)]
    assert [process.wait(HANG_S) for process in both] == [0, 0]
    runs = [EndedRun(0, "", "", path, read_run(path)) for path in chain.run_logs[:2]]
    assert [ran(run) for run in runs] == [{"draw"}, {"draw"}]
    assert digests(chain, runs[0]) == digests(chain, runs[1]) == digests(chain, first)


def test_outputs_are_linked_not_copied_and_a_link_leads_to_the_task_that_ran(chain: PipelineProject) -> None:
    first = chain.run()
    second = chain.run("--only", "draw")
    rows = [chain.outputs / "data-lake" / run.log.run_id / "numbers-count=3" / "rows.txt" for run in (first, second)]
    assert rows[0].samefile(rows[1])
    links = [
        span.links_elsewhere
        for line in second.path.read_bytes().splitlines()
        for span in parse_line(line).spans
        if span.attributes.get(SpanAttribute.KIND) == SpanKind.TASK.value and span.name == "numbers"
    ]
    assert links == [((first.log.trace_id, first.log.tasks["numbers[count=3]"].span_id),)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--only", "drawn"), "--only drawn: there is no such task, did you mean draw?"),
        (("--from", "nothing"), "--from nothing: there is no such task; there are: numbers, double, sum, draw"),
        (("--resume", "last"), "--resume last: there is no such run, did you mean latest?; there are no runs yet"),
    ],
)
def test_mistakes_are_told_and_nothing_starts(chain: PipelineProject, arguments: tuple[str, ...], message: str) -> None:
    process = chain.start(*arguments)
    assert process.wait(HANG_S) == 2
    stdout, stderr = chain.printed(process)
    assert message in stderr
    assert "Traceback" not in stdout + stderr
    assert not chain.outputs.exists()
