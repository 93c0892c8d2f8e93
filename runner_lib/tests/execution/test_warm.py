"""Which stage of a kernel server has what a notebook imports."""

from __future__ import annotations

from pynb_dag_runner.execution.warm import import_stages


def test_each_stage_imports_what_those_before_did_not() -> None:
    stages, stage_of = import_stages(
        ["own"],
        {"none": [], "first": ["a", "b"], "same": ["b"], "more": ["a", "c"], "own": ["own"], "last": ["d", "c"]},
    )
    assert stages == [["own"], ["a", "b"], ["c"], ["d"]]
    assert stage_of == {"none": 0, "first": 1, "same": 1, "more": 2, "own": 2, "last": 3}


def test_the_first_notebook_needs_no_stage_of_its_own() -> None:
    assert import_stages(["own"], {"first": ["a"]}) == ([["own", "a"]], {"first": 0})
