"""What is written has exactly the names that the front end's contract has."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from collected_runs import FORK, Collect
from site_reading import read_site

from pynb_dag_runner.conventions import ArtifactKind, Result
from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.runlog.records import Cell, UserSpan
from pynb_dag_runner.site.document import run_document
from pynb_dag_runner.site.names import FORMAT
from pynb_dag_runner.site.pieces import Piece, RunLogPieces

CONTRACT = (Path(__file__).parents[3] / "ui" / "src" / "data" / "contract.ts").read_text(encoding="utf-8")


def fields(interface: str) -> set[str]:
    """Names in an interface, those of objects inside it left out."""
    match = re.search(rf"export interface {interface}(?:<\w+>)? \{{\n(.*?)\n\}}", CONTRACT, re.DOTALL)
    assert match is not None, interface
    return set(re.findall(r"^  (\w+):", match[1], re.MULTILINE))


@pytest.fixture
def data(tmp_path: Path, start_recording: Callable[..., Any], build: Callable[..., Any]) -> dict[tuple[str, str], Any]:
    recording = start_recording(tmp_path, "a", {"train": []})
    attempt = recording.attempt("train")
    for step in range(2001):
        attempt.metric("loss", 1.0, step)
    attempt.output("stdout", "text\n")
    attempt.finish_outputs()
    attempt.artifact("a.png", b"x", ArtifactKind.FIGURE)
    attempt.exception("E", "message", "trace", "a.py", 1)
    recording.end_attempt("train", 1, Result.SUCCESS)
    recording.end_task("train", Result.SUCCESS)
    recording.finish(Result.SUCCESS)
    (tmp_path / "runs" / "bad.otlp.jsonl").write_text("")
    build(tmp_path, tmp_path / "site")
    return read_site(tmp_path / "site")


@pytest.fixture
def pruned(tmp_path: Path, collect: Collect, build: Callable[..., Any]) -> dict[tuple[str, str], Any]:
    """Data of a collected run of which nothing heavy is left."""
    collect(tmp_path / "runs", 1, **FORK)
    build(tmp_path / "runs", tmp_path / "site", most_bytes=1)
    return read_site(tmp_path / "site")


def test_format() -> None:
    assert f"export const FORMAT = {FORMAT};" in CONTRACT


def test_names_of_cells_and_spans(record_run: Callable[..., Path], tmp_path: Path) -> None:
    run = read_run(record_run(tmp_path))
    attempt = run.tasks["ingest"].attempts[0]
    attempt.cells.append(Cell(1, 2, index=3, line=4))
    attempt.spans.append(UserSpan(1_500, 2_000_000, name="load"))
    document = run_document(run, RunLogPieces([Piece(0, 0, 0, False)]))[0]["tasks"][0]["attempts"][0]
    assert set(document["cells"][0]) == fields("CellDocument")
    assert set(document["spans"][0]) == fields("SpanDocument")
    assert (document["spans"][0]["start_ms"], document["spans"][0]["end_ms"]) == (0.001, 2)


@pytest.mark.parametrize(
    ("interface", "find"),
    [
        ("Manifest", lambda data: data["manifest", ""]),
        ("ChunkInfo", lambda data: data["manifest", ""]["chunks"][0]),
        ("Unreadable", lambda data: data["manifest", ""]["unreadable"][0]),
        ("IndexChunk", lambda data: data["index", "2026-09-0"]),
        ("Coded", lambda data: data["index", "2026-09-0"]["status"]),
        ("DetailsChunk", lambda data: data["details", "2026-09-0"]),
        ("RunDocument", lambda data: data["run", "a"]),
        ("RunLogInfo", lambda data: data["run", "a"]["log"]),
        ("TaskDocument", lambda data: data["run", "a"]["tasks"][0]),
        ("AttemptDocument", lambda data: data["run", "a"]["tasks"][0]["attempts"][0]),
        ("MetricSummary", lambda data: data["run", "a"]["tasks"][0]["attempts"][0]["metrics"][0]),
        ("ArtifactDocument", lambda data: data["run", "a"]["tasks"][0]["attempts"][0]["artifacts"][0]),
        ("OutputDocument", lambda data: data["run", "a"]["tasks"][0]["attempts"][0]["outputs"][0]),
        ("ExceptionDocument", lambda data: data["run", "a"]["tasks"][0]["attempts"][0]["exceptions"][0]),
        ("MoreDocument", lambda data: data["more", "a/more-0-1"]),
        ("MetricHistory", lambda data: data["more", "a/more-0-1"]["histories"][0]),
    ],
)
def test_names(data: dict[tuple[str, str], Any], interface: str, find: Callable[[Any], dict[str, Any]]) -> None:
    assert set(find(data)) == fields(interface)


@pytest.mark.parametrize(
    ("interface", "find"),
    [
        ("RunDocument", lambda document: document),
        ("OriginDocument", lambda document: document["origin"]),
        ("Pruned", lambda document: document["pruned"]),
        ("RunLogInfo", lambda document: document["log"]),
        ("TaskDocument", lambda document: document["tasks"][0]),
        ("AttemptDocument", lambda document: document["tasks"][0]["attempts"][0]),
        ("ExceptionDocument", lambda document: document["tasks"][0]["attempts"][0]["exceptions"][0]),
        ("ArtifactDocument", lambda document: document["tasks"][0]["attempts"][2]["artifacts"][0]),
    ],
)
def test_names_of_what_is_left(
    pruned: dict[tuple[str, str], Any], interface: str, find: Callable[[Any], dict[str, Any]]
) -> None:
    assert set(find(pruned["run", "1-1"])) == fields(interface)


def test_values_that_the_contract_names(pruned: dict[tuple[str, str], Any]) -> None:
    document = pruned["run", "1-1"]
    (state,) = {one["state"] for task in document["tasks"] for at in task["attempts"] for one in at["artifacts"]}
    for value in (state, document["pruned"]["level"], "media"):
        assert f'"{value}"' in CONTRACT
    assert set(pruned["manifest", ""]["sizes"]) == {"runs", "data_bytes", "heaviest", "pruned"}
    assert pruned["manifest", ""]["sizes"]["pruned"] == {"media": 0, "details": 1}
    assert pruned["index", "2026-09-0"]["fork"] == {"values": [True], "at": [0]}
