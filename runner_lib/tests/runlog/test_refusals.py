"""What ``pdr collect`` refused is written down, and read back with the doubt that a file deserves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pynb_dag_runner.runlog.refusals import UNREADABLE, Refusal, read_refusals, write_refusals

ONE = Refusal(7, "run-log-v1-1", "18000000001-1", "it is encrypted", is_lasting=True)
OTHER = Refusal(3, "run-log-v1-2", None, "the connection broke", is_lasting=False)


def test_it_comes_back_in_the_order_of_artifacts(tmp_path: Path) -> None:
    write_refusals(tmp_path, [ONE, OTHER])
    assert read_refusals(tmp_path) == [OTHER, ONE]
    assert [path.name for path in tmp_path.iterdir()] == [UNREADABLE]
    write_refusals(tmp_path, [])
    assert read_refusals(tmp_path) == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"artifacts": 7}',
        '{"artifacts": [7]}',
        '{"artifacts": [{"artifact_id": 1}]}',
        '{"artifacts": [{"artifact_id": "1", "name": "a", "address": null, "reason": "b", "is_lasting": true}]}',
        '{"artifacts": [{"artifact_id": 1, "name": "a", "address": 5, "reason": "b", "is_lasting": true}]}',
        "[" * 100_000,
    ],
)
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / UNREADABLE).write_text(content)
    assert read_refusals(tmp_path) == []


def test_texts_have_an_end(tmp_path: Path) -> None:
    said = {"artifact_id": 1, "name": "n" * 5000, "address": None, "reason": "r" * 5000, "is_lasting": "yes"}
    (tmp_path / UNREADABLE).write_text(json.dumps({"version": 1, "artifacts": [said]}))
    (refusal,) = read_refusals(tmp_path)
    assert (len(refusal.name), len(refusal.reason), refusal.is_lasting) == (1000, 1000, False)
