"""Measurements: as many as asked for, and the same for the same seed."""

from __future__ import annotations

import pytest

from {{ cookiecutter.__package }}.measurements import measure


def test_as_many_as_asked_for() -> None:
    assert len(measure(nr_measurements=100)) == 100


def test_they_follow_their_seed() -> None:
    assert measure(10, seed=1) == measure(10, seed=1)
    assert measure(10, seed=1) != measure(10, seed=2)


def test_they_lie_around_10() -> None:
    assert sum(measure(1000)) / 1000 == pytest.approx(10, abs=0.5)
