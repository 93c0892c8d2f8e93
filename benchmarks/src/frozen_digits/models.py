"""Classifiers of digits: train one, store it as ONNX, run the stored model, score what it says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from frozen_digits.datasets import IMAGE_SIZE, MAX_INK, NR_DIGITS, Dataset, UInt8Array

if TYPE_CHECKING:
    import onnx

FloatArray: TypeAlias = npt.NDArray[np.float64]

# scikit-learn and the ONNX libraries take a second to import: each function imports the one that it needs.


@dataclass(frozen=True, eq=False)
class DigitScore:
    """How well a model tells one digit from the nine others, on images that it has not seen.

    Attributes
    ----------
    digit : int
        The digit, 0 to 9.
    roc_auc : float
        Area under the ROC curve: 1 is perfect, 0.5 is a coin.
    precision : float
        Share of images called ``digit`` that are one.
    recall : float
        Share of images of ``digit`` that were called so.
    false_positive_rate, true_positive_rate : array of float64, shape (k,)
        The ROC curve; k depends on the model.
    """

    digit: int
    roc_auc: float
    precision: float
    recall: float
    false_positive_rate: FloatArray
    true_positive_rate: FloatArray


def features(images: UInt8Array) -> npt.NDArray[np.float32]:
    """What a model sees of an image: its pixels in one row, ink from 0 to 1.

    Parameters
    ----------
    images : array of uint8, shape (n, 8, 8)

    Returns
    -------
    array of float32, shape (n, 64)
    """
    return images.reshape(len(images), IMAGE_SIZE * IMAGE_SIZE).astype(np.float32) / np.float32(MAX_INK)


def train(dataset: Dataset, seed: int) -> Any:
    """Fit a logistic regression.

    Parameters
    ----------
    dataset : Dataset
        Images to learn from; each digit occurs at least once.
    seed : int
        Seed of all randomness of the training.

    Returns
    -------
    sklearn.linear_model.LogisticRegression
        A fitted model over :func:`features`.
    """
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0, max_iter=1000, random_state=seed).fit(features(dataset.images), dataset.labels)


def to_onnx(model: Any) -> onnx.ModelProto:
    """Translate a fitted scikit-learn classifier.

    Returns
    -------
    onnx.ModelProto
        Input ``features``, float32 (n, 64). Outputs ``label``, int64 (n,), and ``probabilities``, float32 (n, 10).
    """
    from skl2onnx import to_onnx as translate
    from skl2onnx.common.data_types import FloatTensorType

    proto: onnx.ModelProto = translate(
        model,
        initial_types=[("features", FloatTensorType([None, IMAGE_SIZE * IMAGE_SIZE]))],
        options={"zipmap": False},
    )
    return proto


def probabilities(model: Path, images: UInt8Array) -> FloatArray:
    """Run a stored model.

    Parameters
    ----------
    model : Path
        A file written from what :func:`to_onnx` returns.
    images : array of uint8, shape (n, 8, 8)

    Returns
    -------
    array of float64, shape (n, 10)
        Probability of each digit for each image; rows add up to 1.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # tasks run side by side, one core each
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    _, raw = session.run(None, {"features": features(images)})
    return np.asarray(raw, dtype=np.float64)


def score(labels: UInt8Array, predicted: FloatArray) -> list[DigitScore]:
    """Score a model for each digit against the rest.

    Parameters
    ----------
    labels : array of uint8, shape (n,)
        What the images show; each digit occurs at least once.
    predicted : array of float64, shape (n, 10)
        What :func:`probabilities` returned for these images.

    Returns
    -------
    list of DigitScore
        One for each digit, from 0 to 9.
    """
    from sklearn.metrics import auc, precision_recall_fscore_support, roc_curve

    digits = list(range(NR_DIGITS))
    precision, recall, _, _ = precision_recall_fscore_support(
        labels, predicted.argmax(axis=1), labels=digits, zero_division=0.0
    )
    scores = []
    for digit in digits:
        false_positive_rate, true_positive_rate, _ = roc_curve(labels == digit, predicted[:, digit])
        scores.append(
            DigitScore(
                digit=digit,
                roc_auc=float(auc(false_positive_rate, true_positive_rate)),
                precision=float(precision[digit]),
                recall=float(recall[digit]),
                false_positive_rate=false_positive_rate,
                true_positive_rate=true_positive_rate,
            )
        )
    return scores


def confusion(labels: UInt8Array, predicted: FloatArray) -> npt.NDArray[np.int64]:
    """Count which digit was taken for which.

    Parameters
    ----------
    labels : array of uint8, shape (n,)
    predicted : array of float64, shape (n, 10)

    Returns
    -------
    array of int64, shape (10, 10)
        Rows are true digits, columns what the model says (its most probable digit).
    """
    table = np.zeros((NR_DIGITS, NR_DIGITS), dtype=np.int64)
    np.add.at(table, (labels, predicted.argmax(axis=1)), 1)
    return table
