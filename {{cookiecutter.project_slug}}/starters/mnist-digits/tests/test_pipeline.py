"""The shape of the DAG: what runs, and what waits for what."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import TRAIN_SIZES, build

PROJECT = Path(__file__).parents[1]


@pytest.mark.parametrize("environment", ["dev", "ci"])
def test_each_size_has_its_model_and_its_benchmark(environment: str) -> None:
    needs = {task.id: [need.id for need in task.needs] for task in build(environment)}

    sizes = TRAIN_SIZES[environment]
    assert needs == {
        "ingest": [],
        "eda": ["ingest"],
        "split-train-test[train_ratio=0.7]": ["ingest"],
        **{f"train-model[nr_train_images={size}]": ["split-train-test[train_ratio=0.7]"] for size in sizes},
        **{f"benchmark-model[nr_train_images={size}]": [f"train-model[nr_train_images={size}]"] for size in sizes},
        "summary": [f"benchmark-model[nr_train_images={size}]" for size in sizes],
    }


def test_dev_is_smaller_than_ci() -> None:
    assert len(build("dev")) == 10
    assert len(build("ci")) == 12
    assert max(TRAIN_SIZES["dev"]) <= min(TRAIN_SIZES["ci"])


def test_each_notebook_exists() -> None:
    for task in build("ci"):
        assert (PROJECT / task.source).is_file()


def test_ingest_outlasts_its_simulated_failures() -> None:
    options = build("dev")["ingest"].options

    assert options.attempts > 2
    assert options.timeout_s is not None
