"""A task of an earlier run, as a new run takes it over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.runlog.traces import SpanReference


@dataclass(frozen=True)
class KeptTask:
    """What a task recorded and handed over. ``run_id`` and ``span`` are those of the run in which it really ran.

    ``folder`` holds its outputs, and may be that of another run, which has taken the task over before.
    """

    run_id: str
    folder: Path
    span: SpanReference | None = None
    outputs: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    values: Mapping[str, Json] = field(default_factory=dict)
