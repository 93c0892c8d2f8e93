from __future__ import annotations

import json
from typing import Any

from pynb_dag_runner import Pipeline
from pynb_dag_runner.report.document import dumps, pipeline_document, run_document, strict
from pynb_dag_runner.runlog.records import OutputText, PipelineRun


def parsed(run: PipelineRun) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(dumps(run_document(run)), parse_constant=refuse)


def test_that_it_is_strict_json_with_a_schema_version(demo_run: PipelineRun) -> None:
    document = parsed(demo_run)
    assert document["schema_version"] == 1
    assert document["tasks"][0]["metrics"] == {"loss": "NaN"}
    assert [metric["value"] for metric in document["tasks"][0]["attempts"][1]["metrics"]] == [0.5, "NaN"]


def test_that_states_and_times_are_those_of_the_run(demo_run: PipelineRun) -> None:
    document = parsed(demo_run)
    assert (document["state"], document["result"], document["duration_s"]) == ("done", "failure", 60.0)
    assert document["started_at"] == "2026-09-21T14:13:20.000Z"
    assert document["tasks"][2] | {"skipped_because": "train[size=600]", "started_at": None} == document["tasks"][2]
    assert [task["result"] for task in document["tasks"]] == ["success", "failure", "skip"]


def test_that_any_text_survives(hostile_run: PipelineRun) -> None:
    document = parsed(hostile_run)
    assert [task["id"] for task in document["tasks"]] == list(hostile_run.tasks)


def test_that_output_is_given_by_its_size(demo_run: PipelineRun) -> None:
    attempt = demo_run.tasks["ingest"].attempts[1]
    attempt.outputs = [OutputText("stdout", "ä", 0), OutputText("stdout", "b", 0, dropped_bytes=7)]
    outputs = parsed(demo_run)["tasks"][0]["attempts"][1]["outputs"]
    assert outputs == {"stdout": {"size_bytes": 3, "dropped_bytes": 7}}


def test_infinities() -> None:
    assert strict({"a": [float("inf"), float("-inf"), (1.5, None)]}) == {"a": ["Infinity", "-Infinity", [1.5, None]]}


def test_a_pipeline_that_has_not_run() -> None:
    pipeline = Pipeline("digits")
    ingest = pipeline.notebook("ingest", attempts=15, never_retry=[KeyError])
    pipeline.notebook("eda", needs=[ingest], parameters={"size": 600})
    document = json.loads(dumps(pipeline_document(pipeline, "ci")))
    assert document["environment"] == "ci"
    assert [task["needs"] for task in document["tasks"]] == [[], ["ingest"]]
    assert document["tasks"][0]["options"]["never_retry"] == ["builtins.KeyError"]
    assert document["tasks"][1]["id"] == "eda[size=600]"
