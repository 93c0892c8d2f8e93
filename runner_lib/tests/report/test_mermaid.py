from __future__ import annotations

import re

from pynb_dag_runner import Pipeline
from pynb_dag_runner.report.mermaid import dag, gantt
from pynb_dag_runner.runlog.records import PipelineRun, State

NODE = re.compile(r'    (t\d+|empty)\["[^"\n]+"\](:::[a-z]+)?')
EDGE = re.compile(r"    t\d+ --> t\d+")
CLASS = re.compile(r"    classDef [a-z]+ [a-z0-9#:,-]+")
SECTION = re.compile(r"    section [^:;#\n]*(?:#\d+;[^:;#\n]*)*")
BAR = re.compile(r"    [a-z0-9 ]+ :(done, |active, |crit, )?b\d+, \d+, \d+")


def test_that_a_dag_has_results_as_classes_and_numbered_ids(demo_run: PipelineRun) -> None:
    lines = dag(demo_run).splitlines()
    assert lines[0] == "flowchart TB"
    assert lines[1] == '    t0["ingest · success, 8.00 s, attempts 2 of 3"]:::success'
    assert lines[2] == '    t1["train#91;size=600#93; · failure, 8.00 s"]:::failure'
    assert lines[3] == '    t2["summary · skip"]:::skip'
    assert lines[4:6] == ["    t0 --> t1", "    t1 --> t2"]


def test_that_every_line_of_a_hostile_run_is_of_a_known_form(hostile_run: PipelineRun) -> None:
    lines = dag(hostile_run).splitlines()
    assert all(NODE.fullmatch(line) or EDGE.fullmatch(line) or CLASS.fullmatch(line) for line in lines[1:])
    assert sum(bool(NODE.fullmatch(line)) for line in lines) == len(hostile_run.tasks)
    lines = gantt(hostile_run).splitlines()
    assert lines[0] == "gantt"
    assert lines[1].startswith("    title ")
    assert all(SECTION.fullmatch(line) or BAR.fullmatch(line) for line in lines[4:])


def test_that_a_pipeline_can_be_drawn_before_it_runs() -> None:
    pipeline = Pipeline("digits")
    ingest = pipeline.notebook("ingest")
    pipeline.notebook("eda", needs=[ingest], parameters={"n": 1})
    assert dag(pipeline).splitlines()[:4] == [
        "flowchart TB",
        '    t0["ingest"]:::planned',
        '    t1["eda#91;n=1#93;"]:::planned',
        "    t0 --> t1",
    ]
    assert dag(Pipeline("empty")) == 'flowchart TB\n    empty["no tasks"]\n'


def test_that_attempts_and_waiting_are_bars(demo_run: PipelineRun) -> None:
    start = 1_790_000_000_000
    assert gantt(demo_run).splitlines() == [
        "gantt",
        "    title digits",
        "    dateFormat x",
        "    axisFormat %H:%M:%S",
        "    section ingest",
        f"    waiting :done, b0, {start}, {start + 1000}",
        f"    attempt 1 timeout :crit, b1, {start + 1000}, {start + 4000}",
        f"    waiting :done, b2, {start + 4000}, {start + 6000}",
        f"    attempt 2 success :b3, {start + 6000}, {start + 9000}",
        "    section train#91;size=600#93;",
        f"    waiting :done, b4, {start + 9000}, {start + 12000}",
        f"    attempt 1 failure :crit, b5, {start + 12000}, {start + 20000}",
    ]


def test_that_what_has_no_end_is_drawn_to_the_last_moment_or_to_now(demo_run: PipelineRun) -> None:
    start = 1_790_000_000_000
    train = demo_run.tasks["train[size=600]"]
    train.state, train.result, train.end_ns, demo_run.end_ns = State.RUNNING, None, None, None
    train.attempts[0].state, train.attempts[0].result, train.attempts[0].end_ns = State.RUNNING, None, None
    demo_run.state = State.RUNNING
    now = gantt(demo_run, (start + 15000) * 1_000_000).splitlines()
    assert now[-1] == f"    attempt 1 running :active, b5, {start + 12000}, {start + 15000}"
    demo_run.state = train.attempts[0].state = State.INTERRUPTED
    then = gantt(demo_run, (start + 99000) * 1_000_000).splitlines()
    assert then[-1] == f"    attempt 1 interrupted :crit, b5, {start + 12000}, {start + 12001}"


def test_that_a_run_without_attempts_is_no_empty_chart(demo_run: PipelineRun) -> None:
    demo_run.tasks.clear()
    assert "section no task was started" in gantt(demo_run)
