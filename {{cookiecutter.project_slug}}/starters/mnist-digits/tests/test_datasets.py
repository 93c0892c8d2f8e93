"""Digits: their shape, their split, and that storing them loses nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from {{ cookiecutter.__package }} import datasets


@pytest.fixture(scope="module")
def digits() -> datasets.Dataset:
    return datasets.load_digits()


def test_digits_are_small_grey_images_of_all_ten_digits(digits: datasets.Dataset) -> None:
    assert len(digits) == 1797
    assert digits.images.shape == (1797, 8, 8)
    assert digits.images.dtype == digits.labels.dtype == np.uint8
    assert (int(digits.images.min()), int(digits.images.max())) == (0, datasets.MAX_INK)
    assert digits.counts().sum() == 1797
    assert digits.counts().min() > 150


def test_labels_and_images_must_fit(digits: datasets.Dataset) -> None:
    with pytest.raises(ValueError, match=r"3 labels need images of shape \(3, 8, 8\)"):
        datasets.Dataset(digits.images[:2], digits.labels[:3])


def test_images_of_a_digit(digits: datasets.Dataset) -> None:
    assert len(digits.images_of(7)) == digits.counts()[7]


def test_split_loses_and_repeats_nothing(digits: datasets.Dataset) -> None:
    train, test = datasets.split(digits, train_ratio=0.7, seed=0)

    assert (len(train), len(test)) == (1258, 539)
    both = np.concatenate([train.images, test.images]).reshape(len(digits), -1)
    assert sorted(map(bytes, both)) == sorted(map(bytes, digits.images.reshape(len(digits), -1)))
    assert (train.counts() + test.counts() == digits.counts()).all()


def test_split_follows_its_seed(digits: datasets.Dataset) -> None:
    train, _ = datasets.split(digits, train_ratio=0.7, seed=0)
    same, _ = datasets.split(digits, train_ratio=0.7, seed=0)
    other, _ = datasets.split(digits, train_ratio=0.7, seed=1)

    assert (train.images == same.images).all()
    assert not (train.images == other.images).all()


@pytest.mark.parametrize("train_ratio", [0.0, 1.0, 70.0])
def test_split_refuses_what_is_no_share(digits: datasets.Dataset, train_ratio: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        datasets.split(digits, train_ratio, seed=0)


@pytest.mark.parametrize("count", [0, 1798])
def test_first_refuses_more_than_there_is(digits: datasets.Dataset, count: int) -> None:
    with pytest.raises(ValueError, match=f"asked for {count} images of 1797"):
        digits.first(count)


def test_stored_digits_come_back(digits: datasets.Dataset, tmp_path: Path) -> None:
    datasets.save(digits, tmp_path / "digits.npz")
    stored = datasets.load(tmp_path / "digits.npz")

    assert (stored.images == digits.images).all()
    assert (stored.labels == digits.labels).all()
