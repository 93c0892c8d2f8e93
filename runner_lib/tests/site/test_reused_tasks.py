"""A task that was taken over, in the data of a site: shown on its run's page, in no row that holds measurements."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from reused_run import FIRST, write_reused_run

from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.site.document import run_document
from pynb_dag_runner.site.pieces import Piece, RunLogPieces
from pynb_dag_runner.site.pruning import DETAILS, pruned_document
from pynb_dag_runner.site.rows import details_row, index_row
from pynb_dag_runner.site.scripts import json_text


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    run = read_run(write_reused_run(tmp_path))
    made: dict[str, Any] = json.loads(json_text(run_document(run, RunLogPieces([Piece(0, 0, 0, False)]))[0]))
    return made


def test_the_document_says_where_it_ran_and_what_it_measured_there(document: dict[str, Any]) -> None:
    ingest, train = document["tasks"]
    assert (ingest["status"], ingest["reused_from"], ingest["attempts"]) == ("reused", FIRST, [])
    assert ingest["reused_metrics"] == [{"name": "nr_images", "last": 1797, "min": 1797, "max": 1797, "count": 1}]
    assert (train["status"], train["reused_from"], train["reused_metrics"]) == ("success", None, [])


def test_rows_hold_no_duration_and_no_metric_of_it(document: dict[str, Any]) -> None:
    details = details_row(document)
    assert details["tasks"] == ["ingest", "train[size=600]"]
    assert details["status"] == ["reused", "success"]
    assert details["duration_s"][0] is None
    assert details["metrics"] == [["train[size=600]", "loss", 0.25]]
    assert index_row(document)["tasks"] == {"reused": 1, "success": 1}
    assert index_row(document)["problem"] is None


def test_rows_stay_when_a_run_is_pruned(document: dict[str, Any]) -> None:
    brief = pruned_document(document, DETAILS, 0)
    assert (index_row(brief), details_row(brief)) == (index_row(document), details_row(document))
    assert brief["tasks"][0]["reused_metrics"] == document["tasks"][0]["reused_metrics"]
