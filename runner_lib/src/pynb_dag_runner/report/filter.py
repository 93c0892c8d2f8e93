"""Which runs pass a filter: what the tracker's pages find, found on the command line."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pynb_dag_runner.conventions import ResourceAttribute
from pynb_dag_runner.report.escaping import one_line
from pynb_dag_runner.report.filter_grammar import (
    KEYS,
    NAMED_KEYS,
    AllOf,
    AnyOf,
    Filter,
    FilterError,
    Not,
    Term,
    Value,
    Word,
)
from pynb_dag_runner.report.filter_syntax import parse
from pynb_dag_runner.report.summary import problems, status

if TYPE_CHECKING:
    from pynb_dag_runner.dag.parameters import Json
    from pynb_dag_runner.runlog.records import PipelineRun

__all__ = ["FilterError", "compile_filter", "parse"]

_MOST_BRACKETS = 50
_Test = Callable[["_Row"], bool]


def compile_filter(text: str, now_ms: float) -> Callable[[PipelineRun], bool]:
    """A function that says whether a run passes; ``now_ms`` is what ``since:30d`` counts from.

    Raises ``FilterError`` where the filter cannot be read.
    """
    test = _test(parse(text), now_ms)
    return lambda run: test(_Row.of(run))


@dataclass(frozen=True)
class _Row:
    """What a filter sees of a run."""

    texts: dict[str, list[str]]
    status: str
    pull_request: str
    start_ms: float | None
    duration_s: float | None
    dirty: bool | None
    tags: dict[str, Json]
    parameters: dict[str, list[Json]]
    metrics: list[tuple[str, str, float]]

    @classmethod
    def of(cls, run: PipelineRun) -> _Row:
        def fact(name: str) -> str:
            return str(run.resource.get(name) or "")

        trouble = sorted(problems(run), key=lambda problem: problem.attempt.end_ns or math.inf)
        parameters: dict[str, list[Json]] = {}
        for task in run:
            for name, value in task.parameters.items():
                parameters.setdefault(name, []).append(value)
        dirty = run.resource.get(ResourceAttribute.DIRTY)
        return cls(
            texts={
                "id": [run.run_id],
                "pipeline": [run.pipeline],
                "environment": [run.environment],
                "trigger": [fact(ResourceAttribute.GITHUB_EVENT)],
                "branch": [fact(ResourceAttribute.HEAD_NAME)],
                "commit": [fact(ResourceAttribute.HEAD_REVISION)[:12]],
                "error": [one_line(trouble[0].what)] if trouble else [],
                "task": list(run.tasks),
            },
            status=status(run),
            pull_request=fact(ResourceAttribute.CHANGE_ID),
            start_ms=None if run.start_ns is None else run.start_ns / 1e6,
            duration_s=run.duration_s,
            dirty=dirty if isinstance(dirty, bool) else None,
            tags=run.tags,
            parameters=parameters,
            metrics=[(task.id, name, value) for task in run for name, value in task.measured.items()],
        )

    def metric(self, wanted: str) -> list[float]:
        """Values of the metrics with this name, whichever the task, or with this ``task id/name``."""
        return [value for task, name, value in self.metrics if wanted in (name, f"{task}/{name}")]


def _test(part: Filter, now_ms: float) -> _Test:
    if isinstance(part, AllOf):
        tests = [_test(inner, now_ms) for inner in part.parts]
        return lambda row: all(test(row) for test in tests)
    if isinstance(part, AnyOf):
        tests = [_test(inner, now_ms) for inner in part.parts]
        return lambda row: any(test(row) for test in tests)
    if isinstance(part, Not):
        test = _test(part.part, now_ms)
        return lambda row: not test(row)
    return _word_test(part.text) if isinstance(part, Word) else _term_test(part, now_ms)


def _word_test(text: str) -> _Test:
    """Bare words are looked for in what a person would name a run by."""
    wanted = text.lower()

    def passes(row: _Row) -> bool:
        searched = [found for key in ("id", "branch", "commit", "pipeline", "error") for found in row.texts[key]]
        if row.pull_request:
            searched.append(f"#{row.pull_request}")
        for name, tag in row.tags.items():
            searched += [name, *_plain_texts(tag)]
        return any(wanted in found.lower() for found in searched)

    return passes


def _plain_texts(tag: Json) -> Iterable[str]:
    """What can be searched of a tag: texts, numbers and true or false, also those of a list."""
    for item in tag if isinstance(tag, list) else [tag]:
        if isinstance(item, str):
            yield item
        elif isinstance(item, (bool, int, float)):
            is_whole = isinstance(item, float) and item.is_integer() and abs(item) < 1e15
            yield json.dumps(int(item) if is_whole else item)


def _term_test(term: Term, now_ms: float) -> _Test:
    if term.operator == "!=":
        test = _term_test(replace(term, operator="="), now_ms)
        return lambda row: not test(row)
    tests = [_value_test(term, value, now_ms) for value in term.values]
    return lambda row: any(test(row) for test in tests)


def _value_test(term: Term, value: Value, now_ms: float) -> _Test:
    kind = KEYS.get(term.key) or NAMED_KEYS[term.key]
    if kind == "status":
        return _status_test(term.operator, value.text)
    if kind == "commit":
        return _commit_test(value.text)
    if kind == "exact":
        wanted = value.text.removeprefix("#")
        return lambda row: row.pull_request == wanted
    if kind == "flag":
        flag = {"true": True, "false": False}.get(value.text)
        return lambda row: row.dirty is flag
    if kind == "time":
        return _time_test(term.key, value, now_ms)
    if kind == "duration":
        return _number_test(lambda row: [] if row.duration_s is None else [row.duration_s], term.operator, value.number)
    if kind == "metric":
        return _metric_test(term, value)
    return _json_test(term, value) if kind == "json" else _text_test(term, value.text)


def _text_test(term: Term, text: str) -> _Test:
    if text == "":
        return lambda row: not any(row.texts[term.key])
    if term.operator == "=":
        return lambda row: text in row.texts[term.key]
    wanted = text.lower()
    return lambda row: any(wanted in found.lower() for found in row.texts[term.key])


def _status_test(operator: str, text: str) -> _Test:
    wanted = text.lower()
    if operator == "=" or wanted == "":
        return lambda row: row.status == wanted
    return lambda row: row.status.startswith(wanted)


def _commit_test(text: str) -> _Test:
    """A commit is the same, however many of its digits are written."""
    wanted = text.lower()

    def passes(row: _Row) -> bool:
        commit = row.texts["commit"][0]
        return (commit.startswith(wanted) or wanted.startswith(commit)) if wanted and commit else wanted == commit

    return passes


def _time_test(key: str, value: Value, now_ms: float) -> _Test:
    moment_ms = value.moment_ms or 0.0
    edge = now_ms - moment_ms if value.is_ago else moment_ms
    if key == "since":
        return lambda row: row.start_ms is not None and row.start_ms >= edge
    return lambda row: row.start_ms is not None and row.start_ms < edge


def _metric_test(term: Term, value: Value) -> _Test:
    """The tracker's index holds six digits of a metric; what is asked of it is asked of so many."""
    wanted = value.number
    if wanted is not None and term.operator in (":", "="):
        wanted = _six_digits(wanted)
    return _number_test(lambda row: [_six_digits(number) for number in row.metric(term.name)], term.operator, wanted)


def _six_digits(number: float) -> float:
    return float(f"{number:.6g}")


def _number_test(numbers: Callable[[_Row], list[float]], operator: str, wanted: float | None) -> _Test:
    if wanted is None:
        return lambda row: not numbers(row)
    fits = _comparison(operator, wanted)
    return lambda row: any(fits(number) for number in numbers(row))


def _comparison(operator: str, edge: float) -> Callable[[float], bool]:
    """NaN is equal to NaN here, and neither above nor below anything."""
    comparisons: dict[str, Callable[[float], bool]] = {
        ">": lambda number: number > edge,
        ">=": lambda number: number >= edge,
        "<": lambda number: number < edge,
        "<=": lambda number: number <= edge,
    }
    return comparisons.get(operator) or (math.isnan if math.isnan(edge) else lambda number: number == edge)


def _json_test(term: Term, value: Value) -> _Test:
    def found(row: _Row) -> list[Json]:
        if term.key == "parameter":
            return row.parameters.get(term.name, [])
        return [row.tags[term.name]] if term.name in row.tags else []

    if value.text == "":
        return lambda row: all(item == "" for item in found(row))
    fits = _json_fits(term.operator, value)
    return lambda row: any(fits(item) or (isinstance(item, list) and any(map(fits, item))) for item in found(row))


def _json_fits(operator: str, value: Value) -> Callable[[Any], bool]:
    text, number = value.text, value.number
    if operator in (":", "="):
        is_json, wanted = _json_of(text)

        def is_equal(item: Any) -> bool:
            if isinstance(item, str):
                return text.lower() in item.lower() if operator == ":" else item in (text, wanted)
            return is_json and _is_same(item, wanted)

        return is_equal
    if number is not None:
        fits = _comparison(operator, number)
        return lambda item: isinstance(item, (int, float)) and not isinstance(item, bool) and fits(item)
    comparisons: dict[str, Callable[[str], bool]] = {
        ">": lambda item: item > text,
        ">=": lambda item: item >= text,
        "<": lambda item: item < text,
        "<=": lambda item: item <= text,
    }
    return lambda item: isinstance(item, str) and comparisons[operator](item)


def _json_of(text: str) -> tuple[bool, Any]:
    """Whether ``text`` is JSON, and what it says."""
    if len(re.findall(r"[\[{]", text)) > _MOST_BRACKETS:
        return False, None
    try:
        return True, json.loads(text, parse_constant=_no_json)
    except ValueError:
        return False, None


def _no_json(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _is_same(a: Any, b: Any) -> bool:
    """Equality of JSON: 1 is 1.0, but not true."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_is_same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_is_same(item, b[key]) for key, item in a.items())
    return bool(a == b)
