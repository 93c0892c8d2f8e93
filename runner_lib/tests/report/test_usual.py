from __future__ import annotations

import math
import random
import re
from pathlib import Path

import pytest

from pynb_dag_runner.report import usual
from pynb_dag_runner.report.usual import FEWEST, SHORTEST_LEVEL, WINDOW, Level, level_of, verdict_of

STATS = Path(__file__).parents[3] / "ui" / "src" / "stats"


def test_that_the_tracker_judges_by_the_same_numbers_and_words() -> None:
    said = "\n".join(path.read_text(encoding="utf-8") for path in STATS.glob("*.ts"))
    for name, value in {
        "WINDOW": WINDOW,
        "FEWEST": FEWEST,
        "SHORTEST_LEVEL": SHORTEST_LEVEL,
        "SINGLE_SIGMAS": usual._SINGLE_SIGMAS,
        "MAD_TO_SIGMA": usual._MAD_TO_SIGMA,
        "MEAN_TO_SIGMA": usual._MEAN_TO_SIGMA,
    }.items():
        assert re.search(rf"const {name} = {re.escape(f'{value:g}')};", said), name
    assert "1 + 4 / count" in said
    for name, words in (("HIGHER", usual.HIGHER), ("LOWER", usual.LOWER)):
        match = re.search(rf"const {name} =\n(.*?);", said, re.DOTALL)
        assert match is not None
        assert " ".join(re.findall(r'"([^"]*)"', match[1])).split() == words.split()


def test_the_level_of_noise() -> None:
    random.seed(4)
    level = level_of([random.gauss(10, 0.5) for _ in range(30)])
    assert level is not None
    assert abs(level.centre - 10) < 0.3
    assert 0.3 < level.spread < 0.8
    assert not level.is_far(11)
    assert level.is_far(13)
    assert level.is_far(7)


def test_that_a_few_strange_values_do_not_move_it() -> None:
    values = [1.0, 1.1, 0.9] * 8
    calm, wild = level_of(values), level_of([*values, 100, float("nan"), float("-inf"), -50])
    assert calm is not None
    assert wild is not None
    assert wild.count == calm.count + 2
    assert abs(wild.centre - calm.centre) < 0.1
    assert wild.spread < 2 * calm.spread


@pytest.mark.parametrize(
    ("value", "other", "is_far"), [(5.0, 5.0, False), (5.0, 5.1, True), (5.0, 5.0000001, False), (0.0, 1e-17, False)]
)
def test_that_equal_values_allow_for_the_last_digits_alone(value: float, other: float, is_far: bool) -> None:
    level = level_of([value] * SHORTEST_LEVEL)
    assert level is not None
    assert level.spread > 0
    assert level.is_far(other) is is_far
    assert level.text() == f"{value:g}"


def test_that_few_values_say_little() -> None:
    assert level_of([]) is None
    assert level_of([1.0] * (FEWEST - 1)) is None
    assert level_of([float("nan")] * 40) is None
    few = level_of([1.0] * (SHORTEST_LEVEL - 1))
    assert few is not None
    assert not few.is_known
    assert not few.is_far(1e9)


def test_that_the_newest_values_count() -> None:
    level = level_of([0.0] * 100 + [7.0] * WINDOW)
    assert level is not None
    assert (level.centre, level.count) == (7.0, WINDOW)


@pytest.mark.parametrize("size", [1e308, 5e-324, 1e-300])
def test_that_the_largest_and_smallest_numbers_are_no_trouble(size: float) -> None:
    level = level_of([size, -size, size, -size, size, size] * 2)
    assert level is not None
    assert math.isfinite(level.centre)
    assert level.text()
    assert level.is_far(0.0) is False


@pytest.mark.parametrize(
    ("level", "text"),
    [
        (Level(0.95, 0.005, 20), "0.94 to 0.96"),
        (Level(100.0, 0.01, 20), "99.98 to 100.02"),
        (Level(1000.0, 10.0, 20), "980 to 1020"),
        (Level(-1.0, 0.25, 20), "-1.5 to -0.5"),
    ],
)
def test_what_is_usual_in_words(level: Level, text: str) -> None:
    assert level.text() == text


@pytest.mark.parametrize(
    ("name", "is_higher", "verdict"),
    [
        ("accuracy", False, "regression"),
        ("accuracy", True, "improvement"),
        ("val_loss", True, "regression"),
        ("validationLoss", False, "improvement"),
        ("rows", True, "change"),
        ("accuracy_loss", True, "change"),
        ("", False, "change"),
    ],
)
def test_that_good_and_bad_are_said_where_the_name_tells(name: str, is_higher: bool, verdict: str) -> None:
    assert verdict_of(name, is_higher) == verdict
