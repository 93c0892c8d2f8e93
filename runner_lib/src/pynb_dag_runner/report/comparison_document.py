"""A comparison as JSON for programs; :mod:`pynb_dag_runner.report.document` says which rules it follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynb_dag_runner.report.comparison import Comparison, NoComparison
from pynb_dag_runner.report.comparison_words import verdict
from pynb_dag_runner.report.summary import time_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pynb_dag_runner.report.run_facts import MetricKey, RunFacts
    from pynb_dag_runner.report.usual import Level


def comparison_document(comparison: Comparison | NoComparison) -> dict[str, object]:
    """What differs from main; ``reason`` says why there is nothing to compare with, and is null otherwise."""
    if isinstance(comparison, NoComparison):
        return {"reason": comparison.why}
    return {
        "reason": None,
        "main": comparison.main,
        "base": _run(comparison.base),
        "newest": _run(comparison.newest),
        "verdict": verdict(comparison, str),
        "metrics": [
            {
                "task": metric.task,
                "name": metric.name,
                "base": metric.base,
                "value": metric.value,
                "change": metric.change,
                "relative": metric.relative,
                "usual": _level(metric.level),
                "verdict": metric.verdict,
            }
            for metric in comparison.metrics
        ],
        "equal_metrics": len(comparison.equal),
        "new_metrics": _keys(comparison.new),
        "gone_metrics": _keys(comparison.gone),
        "durations": [
            {
                "task": duration.task,
                "base_s": duration.base_s,
                "value_s": duration.value_s,
                "usual": _level(duration.level),
                "verdict": duration.word,
            }
            for duration in comparison.durations
        ],
        "results": [
            {"task": result.task, "base": result.base, "status": result.status} for result in comparison.results
        ],
        "failing_on_both": comparison.failing_on_both,
        "added_tasks": comparison.added,
        "removed_tasks": comparison.removed,
        "parameters": [
            {"name": parameter.name, "base": parameter.base, "values": parameter.values}
            for parameter in comparison.parameters
        ],
    }


def _run(run: RunFacts) -> dict[str, object]:
    started_at = time_text(None if run.start_ms is None else run.start_ms * 1_000_000)
    return {"run_id": run.run_id, "result": run.status, "started_at": started_at, "revision": run.revision}


def _level(level: Level | None) -> dict[str, object] | None:
    return None if level is None else {"centre": level.centre, "spread": level.spread, "count": level.count}


def _keys(keys: Iterable[MetricKey]) -> list[dict[str, str]]:
    return [{"task": task, "name": name} for task, name in keys]
