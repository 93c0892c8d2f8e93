"""Parameters are JSON and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pynb_dag_runner.dag.parameters import format_value, parse_assignment, require_json, require_json_parameters
from pynb_dag_runner.errors import ParameterError, SourceLocation, UsageError


@pytest.mark.parametrize("value", [None, True, 0, -1.5, "", "ü", [], [1, [None]], {}, {"a": {"b": [1]}}])
def test_json_is_kept(value: Any) -> None:
    assert require_json(value, "p") == value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "p is nan, which JSON cannot hold"),
        ([1, float("inf")], r"p\[1\] is inf"),
        ((1, 2), "p is a tuple, which is not JSON"),
        ({"a": {"b": Path("x")}}, r"p\['a'\]\['b'\] is a "),
        ({1: 2}, "p has the key 1; keys must be strings"),
        ({1, 2}, "p is a set"),
        (b"bytes", "p is a bytes"),
    ],
)
def test_what_is_not_json_is_refused_by_its_path(value: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        require_json(value, "p")


def test_nested_containers_are_copies() -> None:
    inner = [1]
    checked = require_json({"a": inner}, "p")
    inner.append(2)
    assert checked == {"a": [1]}


@pytest.mark.parametrize("name", ["", "two words", "a-b", "1a", 5])
def test_names_are_identifiers(name: Any) -> None:
    with pytest.raises(ParameterError, match="is not a Python identifier") as caught:
        require_json_parameters({name: 1}, "train", SourceLocation("pipeline.py", 3))
    assert str(caught.value).startswith("pipeline.py:3: error: task train: ")


@pytest.mark.parametrize("name", ["class", "None", "lambda"])
def test_names_are_no_keywords(name: str) -> None:
    with pytest.raises(ParameterError, match="is a keyword of Python"):
        require_json_parameters({name: 1}, "train")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (600, "600"),
        (0.7, "0.7"),
        (True, "true"),
        (None, "null"),
        ("adam", "adam"),
        ("two words", '"two words"'),
        ("", '""'),
        ({"b": 1, "a": [1, 2]}, '{"a":[1,2],"b":1}'),
        ("a\nb", '"a\\nb"'),
    ],
)
def test_values_in_ids(value: Any, text: str) -> None:
    assert format_value(value) == text


def test_long_values_in_ids_are_short() -> None:
    assert len(format_value("x" * 1000)) == 60


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("a=1", ("a", 1)),
        ("a=1.5", ("a", 1.5)),
        ("a=true", ("a", True)),
        ("a=True", ("a", "True")),
        ("a=", ("a", "")),
        ("a=b=c", ("a", "b=c")),
        ('a="1"', ("a", "1")),
        ('a=[1, {"b": null}]', ("a", [1, {"b": None}])),
        ("a=NaN", ("a", "NaN")),
        ("a=[1", ("a", "[1")),
    ],
)
def test_assignments(text: str, parsed: Any) -> None:
    assert parse_assignment(text) == parsed


@pytest.mark.parametrize("text", ["a", "=1", ""])
def test_no_assignments(text: str) -> None:
    with pytest.raises(UsageError, match="expected NAME=VALUE"):
        parse_assignment(text)


def test_text_that_cannot_be_written_is_refused() -> None:
    location = SourceLocation("pipeline.py", 3)
    with pytest.raises(ParameterError, match=r"pipeline\.py:3.*parameter text holds text that is not UTF-8"):
        require_json_parameters({"text": ["b\ud800"]}, "train", location)
    with pytest.raises(UsageError, match="is not UTF-8 text"):
        parse_assignment("text=\udcff")
