from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.site.document import run_document
from pynb_dag_runner.site.pieces import Piece, RunLogPieces
from pynb_dag_runner.site.rows import details_row, index_row, month, problem, signature
from pynb_dag_runner.site.scripts import json_text


@pytest.fixture
def document(record_run: Callable[..., Path], tmp_path: Path) -> dict[str, Any]:
    """As a reader of ``run.js`` gets it."""
    run = read_run(record_run(tmp_path))
    found: dict[str, Any] = json.loads(json_text(run_document(run, RunLogPieces([Piece(0, 0, 0, False)]))[0]))
    return found


def test_index(document: dict[str, Any]) -> None:
    document["resource"] = {
        "vcs.ref.head.revision": "0123456789abcdef0123456789abcdef01234567",
        "vcs.ref.head.name": "main",
        "pdr.vcs.dirty": True,
        "vcs.change.id": "12",
        "pdr.github.event": "pull_request",
    }
    document["tags"] = {"owner": "me", "__proto__": "x" * 1000}
    row = index_row(document)
    assert row == {
        "run_id": "20261121-000000-abc",
        "start": 1_790_000_001_000,
        "duration_s": row["duration_s"],
        "status": "failure",
        "pipeline": "digits",
        "environment": "dev",
        "trigger": "pull_request",
        "branch": "main",
        "commit": "0123456789ab",
        "dirty": True,
        "pull_request": "12",
        "fork": None,
        "tasks": {"failure": 1, "skip": 1, "success": 2},
        "problem": {"task": "train[size=600]", "error": "KeyError: 'pixels'"},
        "tags": {"__proto__": "x" * 99 + "…", "owner": "me"},
        "parameters": {"size": [600]},
        "headlines": [["eda", "loss"]],
        "metrics": [["eda", "loss", "NaN"]],
    }
    assert row["duration_s"] > 10


def test_a_run_by_hand_has_no_facts(document: dict[str, Any]) -> None:
    row = index_row(document)
    assert [row[name] for name in ("trigger", "branch", "commit", "dirty", "pull_request", "tags")] == [None] * 6


def test_details(document: dict[str, Any]) -> None:
    row = details_row(document)
    assert row["tasks"] == ["ingest", "eda", "train[size=600]", "summary"]
    assert row["status"] == ["success", "success", "failure", "skip"]
    assert row["attempts"] == [3, 1, 1, 0]
    assert row["metrics"] == [["ingest", "nr_images", 1797], ["eda", "loss", "NaN"]]
    assert row["duration_s"][0] > 0


def test_the_wait_for_a_processor_is_no_running_time(document: dict[str, Any]) -> None:
    task = document["tasks"][0]
    task |= {"start_ms": 1_000, "end_ms": 11_000, "attempts": [{**task["attempts"][0], "start_ms": 4_000}]}
    assert details_row(document)["duration_s"][0] == 7
    # The clock of the node is ahead by more than the task took.
    task["attempts"][0]["start_ms"] = 20_000
    assert details_row(document)["duration_s"][0] == 10


def test_rows_are_bounded_whatever_a_run_holds(document: dict[str, Any]) -> None:
    task = document["tasks"][1]
    task["parameters"] = {f"p{number:04}" * 50: number for number in range(100)} | {
        f"q{number:02}": ["x" * 1000] for number in range(100)
    }
    metric = task["attempts"][0]["metrics"][0]
    task["attempts"][0]["metrics"] = [
        {**metric, "name": "long" * 100},
        *({**metric, "name": f"m{number}", "last": number} for number in range(12_000)),
    ]
    document["pipeline"] = "p" * 10_000
    document["message"] = "m" * 10_000
    assert len(json_text(index_row(document))) < 5_000
    assert len(index_row(document)["metrics"]) == 6
    assert len(details_row(document)["metrics"]) == 10_000


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ValueError: 12 images expected, 7 found", "ValueError: 8 images expected, 1,024 found"),
        ("object at 0x7f00aa01", "object at 0x7F00BB02"),
        ("ran longer than 10 s", "ran longer than 2.5 s"),
        (f"no file '/tmp/{'a' * 60}'", f"no file '/tmp/{'b' * 80}'"),
        ("run 3f2504e0-4f89-11d3-9a0c-0305e82c3301 is lost", "run 00000000-4f89-11d3-9a0c-0305e82c3301 is lost"),
        ("loss is -1e-07", "loss is 3.5E+12"),
        ("first line\n  second", "first line second"),
    ],
)
def test_equal_errors_have_one_signature(one: str, other: str) -> None:
    assert signature(one) == signature(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("KeyError: 'pixels'", "KeyError: 'labels'"),
        ("HTTP 404", "HTTP 500"),
        ("exit code 1", "exit code 137"),
        ("no such table train_2024", "no such table train_2025"),
    ],
)
def test_different_errors_have_two(one: str, other: str) -> None:
    assert signature(one) != signature(other)


def test_a_signature_is_one_short_line_without_anything_invisible() -> None:
    text = signature("\x1b[31mbad\u202e\n" * 10_000)
    assert len(text) <= 160
    assert text.isprintable()


def test_the_earliest_failure_is_the_problem(document: dict[str, Any]) -> None:
    later = copy.deepcopy(document["tasks"][2]) | {"id": "later", "end_ms": document["tasks"][2]["end_ms"] + 1}
    document["tasks"].insert(0, later)
    assert problem(document) == {"task": "train[size=600]", "error": "KeyError: 'pixels'"}


def test_problems_without_a_failed_task(document: dict[str, Any]) -> None:
    for task in document["tasks"]:
        task["status"] = "success"
    document |= {"status": "error", "message": "Ray's head died"}
    assert problem(document) == {"task": "", "error": "Ray's head died"}
    document |= {"status": "success"}
    assert problem(document) is None
    document["tasks"][1]["status"] = document["status"] = "interrupted"
    assert problem(document) == {"task": "eda", "error": "was running when the run was interrupted"}


def test_a_timeout_says_so_even_where_an_exception_was_recorded(document: dict[str, Any]) -> None:
    attempt = document["tasks"][2]["attempts"][0]
    attempt |= {"status": "timeout", "message": "ran longer than 10 s"}
    document["tasks"][2]["status"] = "timeout"
    assert problem(document) == {"task": "train[size=600]", "error": "ran longer than … s"}


def test_months(document: dict[str, Any]) -> None:
    assert month(document) == "2026-09"
    assert month({"start_ms": 1_793_491_199_999, "run_id": "a"}) == "2026-10"
    assert month({"start_ms": 1_793_491_200_000, "run_id": "a"}) == "2026-11"
    assert month({"start_ms": None, "run_id": "20261121T121733Z-609603"}) == "2026-11"
    assert month({"start_ms": None, "run_id": "20261321T121733Z-609603"}) == "0000-00"
    assert month({"start_ms": None, "run_id": "mine"}) == "0000-00"
