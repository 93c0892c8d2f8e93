from __future__ import annotations

import random
from itertools import pairwise

import pytest

from pynb_dag_runner.report.page.layered import Layout, layered


def check(count: int, edges: list[tuple[int, int]]) -> Layout:
    layout = layered(count, edges)
    assert len(layout.x) == len(layout.layer) == count
    for number in range(layout.nr_layers):
        row = sorted(x for x, layer in zip(layout.x, layout.layer, strict=True) if layer == number)
        assert all(after - before > 0.999 for before, after in pairwise(row))
    assert all(0 <= x <= layout.width for x in layout.x)
    for (start, end), path in zip(edges, layout.paths, strict=True):
        assert path[0] == (layout.x[start], layout.layer[start])
        assert path[-1] == (layout.x[end], layout.layer[end])
    return layout


def test_that_what_is_needed_stands_above() -> None:
    layout = check(5, [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)])
    assert layout.layer == [0, 1, 1, 2, 0]
    # The long way bends in the layer that it passes.
    assert [len(path) for path in layout.paths] == [2, 2, 2, 2, 3]


def test_that_a_chain_is_straight_and_a_fan_is_even() -> None:
    assert len(set(check(4, [(0, 1), (1, 2), (2, 3)]).x)) == 1
    fan = check(5, [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)])
    assert fan.x[0] == pytest.approx(fan.x[2], abs=0.01)
    assert fan.x[4] == pytest.approx(fan.x[2], abs=0.01)


def test_that_columns_do_not_cross() -> None:
    edges = [(0, 5), (1, 4), (2, 3), (3, 6), (4, 7), (5, 8)]
    layout = check(9, edges)
    for (a, b), (c, d) in ((first, second) for first in edges[:3] for second in edges[:3]):
        assert (layout.x[a] - layout.x[c]) * (layout.x[b] - layout.x[d]) >= 0


@pytest.mark.parametrize(
    ("count", "edges"), [(0, []), (1, []), (1, [(0, 0)]), (2, [(0, 1), (1, 0)]), (3, [(0, 1), (1, 2), (2, 0), (0, 1)])]
)
def test_that_cycles_and_nothing_are_laid_out(count: int, edges: list[tuple[int, int]]) -> None:
    layout = layered(count, edges)
    assert len(layout.x) == count
    assert len(layout.paths) == len(edges)


def test_random_graphs() -> None:
    chance = random.Random(0)
    for _ in range(30):
        count = chance.randrange(1, 40)
        pairs = {(chance.randrange(count), chance.randrange(count)) for _ in range(chance.randrange(80))}
        check(count, sorted((min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]))
