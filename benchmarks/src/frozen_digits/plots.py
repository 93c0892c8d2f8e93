"""Figures of the notebooks, each made by one function.

They are made without pyplot, which would keep every figure alive and draw it once more at the end of its cell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from frozen_digits.datasets import IMAGE_SIZE, MAX_INK, NR_DIGITS, Dataset, UInt8Array

if TYPE_CHECKING:
    from frozen_digits.models import DigitScore, FloatArray

INK = "#20639b"
REST = "#c9c9c9"
WARNING = "#d1495b"


def label_distribution(dataset: Dataset) -> Figure:
    """Bars: how many images there are of each digit."""
    figure = Figure(figsize=(8, 3), layout="constrained")
    axes = figure.subplots()
    axes.bar_label(axes.bar(np.arange(NR_DIGITS), dataset.counts(), color=INK))
    axes.set(title="Images of each digit", xlabel="digit", ylabel="images", xticks=range(NR_DIGITS))
    axes.margins(y=0.15)
    return figure


def pixel_distributions(dataset: Dataset) -> Figure:
    """A histogram of ink for each of the 64 pixels, laid out as the pixels are."""
    figure = Figure(figsize=(10, 10), layout="constrained")
    grid = figure.subplots(IMAGE_SIZE, IMAGE_SIZE, sharex=True)
    edges = np.arange(MAX_INK + 2) - 0.5
    for row in range(IMAGE_SIZE):
        for column in range(IMAGE_SIZE):
            axes = grid[row, column]
            counts = np.bincount(dataset.images[:, row, column], minlength=MAX_INK + 1)
            axes.stairs(counts, edges, fill=True, color=INK)
            axes.set(yticks=[], xticks=[0, MAX_INK])
    figure.suptitle("Ink in each pixel: 0 is paper")
    figure.supylabel("images")
    return figure


def digit_panel(images: UInt8Array, digit: int) -> Figure:
    """All images of one digit, twenty in a row.

    Parameters
    ----------
    images : array of uint8, shape (k, 8, 8)
    digit : int
        What they show.
    """
    columns = 20
    rows = max(1, math.ceil(len(images) / columns))
    cell = IMAGE_SIZE + 1
    panel = np.zeros((rows * cell, columns * cell), dtype=np.uint8)
    for index, image in enumerate(images):
        top, left = (index // columns) * cell, (index % columns) * cell
        panel[top : top + IMAGE_SIZE, left : left + IMAGE_SIZE] = image
    figure = Figure(figsize=(10, 10 * rows / columns + 0.5), layout="constrained")
    axes = figure.subplots()
    axes.imshow(panel, cmap="gray_r", vmin=0, vmax=MAX_INK)
    axes.set(title=f"All {len(images)} images of digit {digit}", xticks=[], yticks=[])
    return figure


def probability_histograms(labels: UInt8Array, predicted: FloatArray) -> Figure:
    """For each digit, the probability that the model gives to images of it and to all others.

    Parameters
    ----------
    labels : array of uint8, shape (n,)
    predicted : array of float64, shape (n, 10)
    """
    figure = Figure(figsize=(14, 6), layout="constrained")
    bins = np.linspace(0, 1, 41)
    grid = figure.subplots(2, 5, sharex=True, sharey=True)
    for digit, axes in enumerate(grid.flat):
        is_digit = labels == digit
        # One outline per histogram: bars would be 40 shapes each, and take longer to draw.
        axes.hist(predicted[~is_digit, digit], bins, histtype="stepfilled", color=REST, label="images of other digits")
        axes.hist(predicted[is_digit, digit], bins, histtype="stepfilled", color=INK, alpha=0.8, label="images of it")
        axes.set(title=f"Digit {digit}", yscale="log", ylim=(0.5, len(labels)))
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    figure.supxlabel("probability that the model gives to the digit")
    figure.supylabel("images in the test set")
    return figure


def roc_curves(scores: Sequence[DigitScore]) -> Figure:
    """The ROC curve of each digit against the nine others."""
    figure = Figure(figsize=(14, 6.5), layout="constrained")
    for score, axes in zip(scores, figure.subplots(2, 5, sharex=True, sharey=True).flat, strict=True):
        axes.plot([0, 1], [0, 1], color=REST, linestyle="dashed")
        axes.plot(score.false_positive_rate, score.true_positive_rate, color=INK, linewidth=2)
        axes.set(title=f"Digit {score.digit}: AUC {score.roc_auc:.4f}", aspect="equal")
        axes.grid(alpha=0.3)
    figure.supxlabel("false positive rate")
    figure.supylabel("true positive rate")
    return figure


def confusion_matrix(table: npt.NDArray[np.int64]) -> Figure:
    """Which digit was taken for which.

    Parameters
    ----------
    table : array of int64, shape (10, 10)
        Rows are true digits, columns what the model says.
    """
    figure = Figure(figsize=(6, 6), layout="constrained")
    axes = figure.subplots()
    axes.imshow(np.sqrt(table), cmap="Blues")  # the root, so that single mistakes are seen beside 50 hits
    for (row, column), count in np.ndenumerate(table):
        if count:
            axes.text(column, row, str(count), ha="center", va="center", color="white" if row == column else WARNING)
    axes.set(xlabel="the model says", ylabel="the image shows", xticks=range(NR_DIGITS), yticks=range(NR_DIGITS))
    return figure


def learning_curve(nr_train_images: Sequence[int], roc_auc: Sequence[float]) -> Figure:
    """Performance against the size of the training set; both sequences have one entry for each model."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(nr_train_images, roc_auc, color=INK, marker="o")
    for size, value in zip(nr_train_images, roc_auc, strict=True):
        axes.annotate(f"{value:.4f}", (size, value), textcoords="offset points", xytext=(0, 8), ha="center")
    axes.set(title="More images, better models?", xlabel="training images", ylabel="mean ROC AUC on the test set")
    axes.set_xticks(nr_train_images)
    axes.margins(0.1, 0.25)
    axes.grid(alpha=0.3)
    return figure
