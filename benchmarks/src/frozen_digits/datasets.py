"""Images of handwritten digits with their labels: where they come from, how they are split and stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

UInt8Array: TypeAlias = npt.NDArray[np.uint8]

NR_DIGITS = 10
IMAGE_SIZE = 8
MAX_INK = 16


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and what they show.

    Attributes
    ----------
    images : array of uint8, shape (n, 8, 8)
        Ink of each pixel, from 0 (paper) to 16. The second axis runs from the top row down.
    labels : array of uint8, shape (n,)
        The digit, 0 to 9, that each image shows.
    """

    images: UInt8Array
    labels: UInt8Array

    def __post_init__(self) -> None:
        if self.images.shape != (len(self.labels), IMAGE_SIZE, IMAGE_SIZE):
            raise ValueError(
                f"{len(self.labels)} labels need images of shape ({len(self.labels)}, {IMAGE_SIZE}, {IMAGE_SIZE}), "
                f"got {self.images.shape}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, count: int) -> Dataset:
        """The first ``count`` images.

        Raises
        ------
        ValueError
            There are fewer than ``count`` images.
        """
        if not 0 < count <= len(self):
            raise ValueError(f"asked for {count} images of {len(self)}")
        return Dataset(self.images[:count], self.labels[:count])

    def images_of(self, digit: int) -> UInt8Array:
        """All images of one digit.

        Returns
        -------
        array of uint8, shape (k, 8, 8)
        """
        images: UInt8Array = self.images[self.labels == digit]
        return images

    def counts(self) -> npt.NDArray[np.int64]:
        """How many images there are of each digit.

        Returns
        -------
        array of int64, shape (10,)
        """
        return np.bincount(self.labels, minlength=NR_DIGITS).astype(np.int64)


def load_digits() -> Dataset:
    """The 1797 images that come with scikit-learn.

    Returns
    -------
    Dataset
        Made from the test set of [1]_: scans of 32 x 32 pixels, ink counted in blocks of 4 x 4.

    References
    ----------
    .. [1] E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998.
    """
    # Imported here, since most notebooks read stored images and should not wait for scikit-learn.
    from sklearn.datasets import load_digits as load_from_sklearn

    bunch = load_from_sklearn()
    return Dataset(images=bunch.images.astype(np.uint8), labels=bunch.target.astype(np.uint8))


def split(dataset: Dataset, train_ratio: float, seed: int) -> tuple[Dataset, Dataset]:
    """Shuffle and cut in two, the same way for the same seed.

    Parameters
    ----------
    dataset : Dataset
        n images.
    train_ratio : float
        Share of the images that goes to the first part, between 0 and 1, both excluded.
    seed : int
        Seed of the shuffle.

    Returns
    -------
    train, test : tuple of Dataset
        round(n * train_ratio) images, and all others.

    Raises
    ------
    ValueError
        ``train_ratio`` is out of range.
    """
    if not 0 < train_ratio < 1:
        raise ValueError(f"train_ratio={train_ratio}: give a number between 0 and 1")
    order = np.random.default_rng(seed).permutation(len(dataset))
    train, test = np.split(order, [round(len(dataset) * train_ratio)])
    return Dataset(dataset.images[train], dataset.labels[train]), Dataset(dataset.images[test], dataset.labels[test])


def save(dataset: Dataset, path: Path) -> None:
    """Store a dataset as ``.npz``: plain numpy arrays that any later reader understands."""
    np.savez_compressed(path, images=dataset.images, labels=dataset.labels)


def load(path: Path) -> Dataset:
    """Read what :func:`save` stored."""
    with np.load(path) as arrays:
        return Dataset(images=arrays["images"], labels=arrays["labels"])
