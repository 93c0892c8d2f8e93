"""Models: they learn, their ONNX form says the same, and scores mean what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from {{ cookiecutter.__package }} import datasets, models


@pytest.fixture(scope="module")
def parts() -> tuple[datasets.Dataset, datasets.Dataset]:
    return datasets.split(datasets.load_digits(), train_ratio=0.7, seed=0)


@pytest.fixture(scope="module")
def model(parts: tuple[datasets.Dataset, datasets.Dataset]) -> Any:
    return models.train(parts[0].first(200), seed=0)


def test_features_are_rows_of_ink_from_0_to_1(parts: tuple[datasets.Dataset, datasets.Dataset]) -> None:
    rows = models.features(parts[1].images)

    assert rows.shape == (len(parts[1]), 64)
    assert rows.dtype == np.float32
    assert (float(rows.min()), float(rows.max())) == (0, 1)


def test_onnx_says_what_the_model_says(
    model: Any, parts: tuple[datasets.Dataset, datasets.Dataset], tmp_path: Path
) -> None:
    test = parts[1]
    onnx.save(models.to_onnx(model), tmp_path / "model.onnx")
    predicted = models.probabilities(tmp_path / "model.onnx", test.images)

    assert predicted.shape == (len(test), 10)
    assert predicted.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert predicted == pytest.approx(model.predict_proba(models.features(test.images)), abs=1e-4)


def test_model_generalises(model: Any, parts: tuple[datasets.Dataset, datasets.Dataset]) -> None:
    test = parts[1]
    scores = models.score(test.labels, model.predict_proba(models.features(test.images)))

    assert [score.digit for score in scores] == list(range(10))
    assert min(score.roc_auc for score in scores) > 0.95


def test_perfect_prediction_scores_1() -> None:
    labels = np.arange(10, dtype=np.uint8)
    predicted = np.eye(10)

    for score in models.score(labels, predicted):
        assert (score.roc_auc, score.precision, score.recall) == (1, 1, 1)
    assert (models.confusion(labels, predicted) == np.eye(10)).all()


def test_confusion_has_true_digits_in_rows() -> None:
    labels = np.array([3, 3, 5], dtype=np.uint8)
    predicted = np.eye(10)[[3, 8, 5]]

    table = models.confusion(labels, predicted)

    assert (table[3, 3], table[3, 8], table[5, 5]) == (1, 1, 1)
    assert table.sum() == 3
