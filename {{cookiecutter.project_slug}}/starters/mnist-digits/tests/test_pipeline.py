"""The shape of the DAG: what runs, and what waits for what."""

from __future__ import annotations

import pytest

from pipeline import TRAIN_SIZES, build


@pytest.mark.parametrize("environment", ["dev", "ci"])
def test_each_size_has_its_model_and_its_benchmark(environment: str) -> None:
    needs = {task.id: [need.id for need in task.needs] for task in build(environment)}

    sizes = TRAIN_SIZES[environment]
    expected = {
        "ingest": [],
        "eda": ["ingest"],
        "split-train-test[train_ratio=0.7]": ["ingest"],
        **{f"train-model[nr_train_images={size}]": ["split-train-test[train_ratio=0.7]"] for size in sizes},
        **{f"benchmark-model[nr_train_images={size}]": [f"train-model[nr_train_images={size}]"] for size in sizes},
        "summary": [f"benchmark-model[nr_train_images={size}]" for size in sizes],
    }
    assert {task_id: needs.get(task_id) for task_id in expected} == expected


def test_dev_is_smaller_than_ci() -> None:
    assert len(build("dev")) < len(build("ci"))
    assert max(TRAIN_SIZES["dev"]) <= min(TRAIN_SIZES["ci"])


def test_ingest_outlasts_its_simulated_failures() -> None:
    options = build("dev")["ingest"].options

    assert options.attempts > 2
    assert options.timeout_s is not None
