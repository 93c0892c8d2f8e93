"""Records become a run in whatever order they come; what is wrong in them is left out and said."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pynb_dag_runner.conventions import Event, Result
from pynb_dag_runner.report.document import run_document
from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.runlog.records import PipelineRun, State

WriteWholeRun = Callable[..., Path]

WRONG: list[Any] = [
    {},
    {"stringValue": "text"},
    {"stringValue": ""},
    {"boolValue": True},
    {"intValue": "-5"},
    {"intValue": str(2**63 - 1)},
    {"doubleValue": "NaN"},
    {"bytesValue": "AP8="},
    {"arrayValue": {"values": [{"intValue": "1"}]}},
    {"kvlistValue": {"values": [{"key": "a", "value": {"intValue": "1"}}]}},
    {"stringValue": "[" * 50_000},
    {"stringValue": '{"tasks": [{"id": 1}]}'},
    {"stringValue": '{"tasks": 7}'},
]


def facts(run: PipelineRun) -> object:
    """Everything that a run says, apart from where records lie in the file."""
    document = run_document(run)
    document.pop("warnings", None)
    return json.loads(json.dumps(document, sort_keys=True).replace("NaN", '"NaN"'))


def test_that_a_whole_run_is_read(write_whole_run: WriteWholeRun) -> None:
    run = read_run(write_whole_run())
    assert (run.state, run.result, run.pipeline, run.environment) == (State.DONE, Result.FAILURE, "digits", "dev")
    assert (run.settings, run.tags, run.packages) == ({"size": 600}, {"purpose": "test"}, {"numpy": "2.3.1"})
    assert (run.revision, run.is_dirty, run.python) == ("8f2c1d0", False, "CPython 3.11.9")
    assert list(run.tasks) == ["ingest", "train[size=600,layers=[8,4]]", "summary", "report"]
    ingest, train, summary, report = run
    assert [attempt.result for attempt in ingest.attempts] == [Result.FAILURE, Result.ERROR, Result.SUCCESS]
    assert (ingest.result, ingest.type, ingest.source, ingest.metrics) == (
        Result.SUCCESS,
        "notebook",
        "notebooks/ingest.py",
        {"nr_images": 1797.0},
    )
    assert (train.needs, train.parameters) == (["ingest"], {"size": 600, "layers": [8, 4]})
    assert (train.result, train.metrics) == (Result.TIMEOUT, {"loss": 0.25})
    assert (summary.result, summary.skipped_because) == (Result.SKIP, train.id)
    assert (report.options["secrets"], report.start_ns is not None) == (["API_TOKEN"], True)
    first = ingest.attempts[0]
    assert (first.max, first.host, first.process_id, first.message) == (3, "node-1", 4711, "KeyError: text")
    assert [(artifact.name, artifact.is_complete) for artifact in first.artifacts] == [
        ("text.md", True),
        ("model.onnx", True),
        ("plot.png", True),
        ("ingest.ipynb", True),
    ]
    assert first.notebook is not None
    assert [(output.stream, output.text, output.cell) for output in first.outputs] == [
        ("stdout", "text\n", 1),
        ("stderr", "text", None),
    ]
    assert [(cell.index, cell.line, cell.failed) for cell in first.cells] == [(1, 12, True)]
    assert [(span.name, span.attributes["list"]) for span in first.spans] == [("load text", ["text", "text"])]
    assert first.values == {"table": {"text": ["text", {"deep": "text"}], "number": 1}}
    assert (first.exceptions[0].file, first.exceptions[0].line) == ("notebooks/ingest.py", 12)
    assert run.warnings == []


def test_that_the_order_of_records_does_not_matter(write_whole_run: WriteWholeRun) -> None:
    path = write_whole_run()
    expected = facts(read_run(path))
    lines = path.read_bytes().splitlines(keepends=True)
    chance = random.Random(3)
    path.chmod(0o644)
    for _ in range(20):
        # Within one process, and so within one attempt's outputs and values, the order is that of the file.
        starts = [line for line in lines if b'"pdr.output"' not in line]
        outputs = [line for line in lines if b'"pdr.output"' in line]
        chance.shuffle(starts)
        path.write_bytes(b"".join([*outputs, *starts]))
        shuffled = facts(read_run(path))
        assert normalised(shuffled) == normalised(expected)


def normalised(value: Any) -> Any:
    """Lists whose order is that of the file, in an order of their own."""
    if isinstance(value, dict):
        return {key: normalised(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((normalised(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


def test_that_a_task_with_an_attempt_runs_even_if_its_start_was_lost(write_whole_run: WriteWholeRun) -> None:
    path = write_whole_run()
    lines = path.read_bytes().splitlines(keepends=True)
    path.chmod(0o644)
    lost = (Event.ATTEMPT_STARTED.encode(), b'"pdr.span.kind"')
    path.write_bytes(b"".join(line for line in lines if not any(part in line for part in lost)))
    run = read_run(path)
    assert (run.state, run.tasks["ingest"].state) == (State.INTERRUPTED, State.INTERRUPTED)
    assert (run.tasks["ingest"].attempts[0].state, run.tasks["summary"].state) == (State.INTERRUPTED, State.WAITING)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda value: json.dumps(value)[:40])
def test_that_values_of_a_wrong_type_never_stop_a_reader(write_whole_run: WriteWholeRun, wrong: Any) -> None:
    path = write_whole_run()
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    path.chmod(0o644)
    every = [record for line in lines for record in records(line)]
    for place in range(max(len(record["attributes"]) for record in every)):
        read_and_show(path, [damaged(line, place, wrong) for line in lines])
    chance = random.Random(5)
    for _ in range(20):
        hit = chance.randrange(1, len(lines))
        place = chance.randrange(-1, 6)
        read_and_show(path, [*lines[:hit], damaged(lines[hit], place, wrong), *lines[hit + 1 :]])


def damaged(line: dict[str, Any], place: int, wrong: Any) -> dict[str, Any]:
    """The line with another value in its attribute number ``place``, or in its body where that is negative."""
    copy: dict[str, Any] = json.loads(json.dumps(line))
    for record in records(copy):
        if place < 0:
            record["body"] = wrong
        elif place < len(record["attributes"]):
            record["attributes"][place]["value"] = wrong
    return copy


def records(line: dict[str, Any]) -> list[dict[str, Any]]:
    """The records or spans of a line, with their attributes."""
    group = (line.get("resourceLogs") or line["resourceSpans"])[0]
    scope = (group.get("scopeLogs") or group["scopeSpans"])[0]
    found: list[dict[str, Any]] = scope.get("logRecords") or scope["spans"]
    for record in found:
        record.setdefault("attributes", [])
    return found


def read_and_show(path: Path, lines: list[dict[str, Any]]) -> None:
    """Read a damaged log, and make of it what reports make."""
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run = read_run(path)
    assert run.run_id
    json.dumps(run_document(run), sort_keys=True)


@pytest.mark.parametrize("field", ["id", "name", "needs", "parameters", "options", "folder"])
def test_that_a_damaged_definition_leaves_the_rest(write_whole_run: WriteWholeRun, field: str) -> None:
    path = write_whole_run()
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    record = records(lines[0])[0]
    for wrong in (None, 7, [1], {"a": 1}, "text"):
        body = json.loads(record["body"]["stringValue"])
        body["tasks"][1][field] = wrong
        record_body = {"stringValue": json.dumps(body)}
        path.chmod(0o644)
        read_and_show(path, [damaged(lines[0], -1, record_body), *lines[1:]])
        run = read_run(path)
        assert run.tasks["ingest"].result is Result.SUCCESS
