from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from summary_runs import against, digits_tasks, failing, history, run_of, task_run

from pynb_dag_runner.conventions import Result
from pynb_dag_runner.report.comparison import Comparison, compare
from pynb_dag_runner.report.comparison_words import (
    base_text,
    change_text,
    delay_text,
    few_runs_text,
    level_text,
    values_text,
    verdict,
)
from pynb_dag_runner.report.run_facts import Baseline, RunFacts, TaskFacts, facts_of, is_same, parameter_values

NAN, INFINITY = float("nan"), float("inf")


def facts(
    metrics: Mapping[str, float] | None = None,
    status: str = "success",
    tasks: Mapping[str, tuple[str, float | None]] | None = None,
    parameters: Mapping[str, Sequence[int]] | None = None,
) -> RunFacts:
    """A run with one task ``t`` that has these metrics, and further tasks."""
    all_tasks = {"t": ("success", 10.0), **(tasks or {})}
    return RunFacts(
        "r",
        "p",
        "ci",
        status,
        parameters=parameters or {},
        tasks={task: TaskFacts(*values) for task, values in all_tasks.items()},
        metrics={("t", name): value for name, value in (metrics or {}).items()},
    )


def differences(head: RunFacts, *runs: RunFacts) -> Comparison:
    return compare(head, Baseline("main", runs))


def test_that_a_run_differs_in_nothing_from_itself() -> None:
    run = run_of(digits_tasks())
    comparison = against(run, Baseline("main", [facts_of(run)]))
    assert verdict(comparison, str) == "All 5 metrics are equal to those of main."
    assert not any((comparison.metrics, comparison.results, comparison.added, comparison.removed))
    assert not any((comparison.parameters, comparison.new, comparison.gone))
    assert [duration.word for duration in comparison.durations] == [None] * 7


def test_a_metric_outside_of_what_is_usual() -> None:
    runs = [facts({"accuracy": 0.95 + 0.001 * (number % 3), "rows": 10}) for number in range(12)]
    accuracy, rows = differences(facts({"accuracy": 0.90, "rows": 11}), *runs).metrics
    assert (accuracy.name, accuracy.verdict, accuracy.base) == ("accuracy", "regression", 0.952)
    assert (rows.name, rows.verdict) == ("rows", "change")
    assert change_text(accuracy) == "−0.052 (−5.5 %)"
    assert change_text(rows) == "+1 (+10 %)"
    assert level_text(rows.level) == "10"
    (inside,) = differences(facts({"accuracy": 0.9495, "rows": 10}), *runs).metrics
    assert inside.verdict is None


def test_that_one_run_alone_gives_changes_without_a_judgement() -> None:
    comparison = differences(facts({"accuracy": 0.1}), facts({"accuracy": 0.9}))
    (metric,) = comparison.metrics
    assert (metric.level, metric.verdict) == (None, None)
    assert verdict(comparison, str) == "1 of 1 metric differs from main."
    assert few_runs_text(comparison) == "From 10 runs of main on it is said whether a value is unusual."


@pytest.mark.parametrize(
    ("base", "value", "found"),
    [
        (NAN, NAN, []),
        (INFINITY, INFINITY, []),
        (0.0, -0.0, []),
        (1 / 3, round(1 / 3, 9), []),
        (1.0, NAN, ["change"]),
        (1.0, INFINITY, ["change"]),
        (NAN, 1.0, [None]),
        (INFINITY, -INFINITY, [None]),
        (1e308, -1e308, [None]),
        (0, 1e-300, [None]),
    ],
)
def test_numbers_that_are_none(base: float, value: float, found: list[str | None]) -> None:
    comparison = differences(facts({"m": value}), facts({"m": base}))
    assert [metric.verdict for metric in comparison.metrics] == found
    assert len(comparison.equal) == 1 - len(found)
    for metric in comparison.metrics:
        assert metric.relative is None or metric.relative == metric.relative
        assert "nan" not in change_text(metric)
        assert "inf" not in change_text(metric)


def test_that_metrics_of_one_side_count_where_the_task_succeeded_on_the_other() -> None:
    comparison = differences(facts({"new": 1}), facts({"gone": 2}))
    assert (comparison.new, comparison.gone) == ([("t", "new")], [("t", "gone")])
    assert verdict(comparison, str) == "There is no metric that both this run and main have."
    failed = differences(facts({}, "failure", {"t": ("failure", 1.0)}), facts({"gone": 2}))
    assert failed.gone == []


def test_that_tasks_of_one_name_are_told_apart_by_their_parameters() -> None:
    sizes = {f"t[size={size}]": ("success", 1.0) for size in (1, 2)}
    head, base = (
        replace(
            facts(tasks=sizes), metrics={(task, "accuracy"): value for task, value in zip(sizes, values, strict=True)}
        )
        for values in ((0.1, 0.5), (0.1, 0.4))
    )
    (metric,) = differences(head, base).metrics
    assert (metric.task, metric.base, metric.value) == ("t[size=2]", 0.4, 0.5)


def test_that_a_renamed_task_is_a_new_one_and_one_that_is_gone() -> None:
    comparison = differences(
        facts({"m": 1}, tasks={"after": ("success", 1)}), facts({"m": 1}, tasks={"before": ("success", 1)})
    )
    assert (comparison.added, comparison.removed, comparison.results) == (["after"], ["before"], [])
    assert verdict(comparison, str) == "The one metric of both is equal; 1 task is new; 1 task is gone."


def test_results_in_one_sentence() -> None:
    good, bad = ("success", 1.0), ("failure", 1.0)
    head = facts(status="failure", tasks={"a": bad, "b": good, "c": bad, "d": ("skip", None)})
    base = facts(status="failure", tasks={"a": good, "b": bad, "c": ("timeout", 1.0), "d": good})
    comparison = differences(head, base)
    assert [result.task for result in comparison.results] == ["a", "b", "c", "d"]
    assert verdict(comparison, str).startswith(
        "a fails, on main it succeeds; b succeeds, on main it fails; c fails, as on main"
    )
    many = {f"x{number}": bad for number in range(5)}
    text = verdict(differences(facts(tasks=many), facts(tasks=dict.fromkeys(many, good))), str)
    assert text.startswith("x0, x1, x2 and 2 other tasks fail, on main they succeed; ")


def test_that_what_was_cut_off_is_no_other_result() -> None:
    head = facts(status="cancellation", tasks={"a": ("cancellation", 1.0), "b": ("waiting", None)})
    assert differences(head, facts(tasks={"a": ("success", 1), "b": ("success", 1)})).results == []


def test_that_results_are_compared_with_the_newest_run_and_the_rest_with_one_that_succeeded() -> None:
    baseline = failing(history(), "train[size=600]")
    comparison = against(run_of(digits_tasks(0.9530, 8.3)), baseline)
    assert [result.task for result in comparison.newly_passing] == ["train[size=600]"]
    assert comparison.base is baseline.runs[-2]
    assert base_text(comparison, str) == (
        "Compared with run 70-1 of 2026-09-19 14:13 UTC, revision 1034567890, the newest that succeeded. The newest one, "
        "run 71-1 of 2026-09-20 14:13 UTC, revision 1134567890, ended in failure: results are compared with that."
    )
    never = differences(facts({"m": 1}), facts({"m": 1}, status="failure"))
    assert base_text(never, str) == "Compared with run r, which ended in failure."


@pytest.mark.parametrize(
    ("usual_s", "value_s", "word"),
    [
        ([10.0], 11.0, None),
        ([10.0], 13.0, "slower"),
        ([10.0], 7.0, "faster"),
        ([0.1], 0.9, None),
        ([10.0] * 12, 13.0, "slower"),
        ([10.0, 15.0, 5.0, 12.0] * 3, 14.0, None),
        ([10.0, 10.0, 10.0, 10.0, 10.0, 30.0], 10.0, None),
    ],
)
def test_durations(usual_s: list[float], value_s: float, word: str | None) -> None:
    head = facts(tasks={"a": ("success", value_s)})
    comparison = differences(head, *(facts(tasks={"a": ("success", seconds)}) for seconds in usual_s))
    assert {duration.task: duration.word for duration in comparison.durations} == {"t": None, "a": word}


def test_that_only_tasks_that_succeeded_have_comparable_times() -> None:
    head = facts(tasks={"a": ("failure", 1.0), "b": ("success", None)})
    comparison = differences(head, facts(tasks={"a": ("success", 50.0), "b": ("success", 50.0)}))
    assert [duration.task for duration in comparison.durations] == ["t"]
    assert delay_text(comparison.durations[0]) == "±0 %"


def test_parameters() -> None:
    head = facts({"m": 1}, parameters={"size": [1, 3], "same": [1, 2], "new": [0]})
    comparison = differences(head, facts({"m": 1}, parameters={"size": [1, 2], "same": [2, 1], "old": [True]}))
    found = {parameter.name: (parameter.base, parameter.values) for parameter in comparison.parameters}
    assert found == {"size": ([1, 2], [1, 3]), "new": (None, [0]), "old": ([True], None)}
    assert verdict(comparison, str).endswith("; other values of size, new, old.")
    assert values_text(None) == "none"
    assert values_text(["a", 1, None, True]) == "a, 1, null, true"
    assert values_text(list(range(12))) == "0, 1, 2, 3, 4, 5, 6, 7, and 4 more"


def test_that_values_of_parameters_are_as_short_as_in_a_site() -> None:
    tasks: list[dict[str, object]] = [
        {"n": 1.0},
        {"n": 1},
        {"n": True},
        {"n": [1.0, {"a": 2.0}]},
        {"n": "x" * 150},
        {"n": NAN},
    ]
    values = parameter_values(tasks)["n"]  # type: ignore[arg-type]
    assert values == [1, True, '[1,{"a":2}]', f"{'x' * 99}…", "NaN"]


def test_that_values_agree_in_the_digits_that_a_site_keeps() -> None:
    assert is_same(0.123456781, 0.123456779)
    assert not is_same(0.12345678, 0.12345679)
    assert is_same(1797, 1797.0)


def test_facts_of_a_run_log() -> None:
    run = run_of([task_run("a", 1, 3, result=Result.FAILURE, metrics={"m" * 201: 1, "n": 2}, parameters={"size": 5})])
    found = facts_of(run)
    assert found.tasks == {"a": TaskFacts("failure", 2.0)}
    assert found.metrics == {("a", "n"): 2.0}
    assert (found.parameters, found.revision, found.branch) == ({"size": [5]}, "0123456789ab", "main")
    assert facts_of(run_of([], pull_request=3)).branch is None
