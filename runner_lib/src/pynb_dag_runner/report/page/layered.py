"""Places for the nodes of a graph, in layers from top to bottom: what is needed stands above what needs it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

Edge: TypeAlias = tuple[int, int]

_SWEEPS = 12
_MOST_BENDS = 4000
"""Above this, edges that pass layers are drawn straight through them."""


@dataclass(frozen=True)
class Layout:
    """Nodes are known by their number. ``x`` is the centre of a node, in widths of a node with its gap, from 0 on."""

    x: list[float]
    layer: list[int]
    paths: list[list[tuple[float, int]]]
    """For each edge the places that it passes, from its first node to its last: ``x`` and layer."""
    nr_layers: int
    width: float


def layered(count: int, edges: Sequence[Edge]) -> Layout:
    """Lay out ``count`` nodes; ``edges`` lead from what is needed to what needs it, and may form cycles."""
    forward = _without_cycles(count, edges)
    layer = _longest_paths(count, forward)
    chains, layer = _with_bends(forward, layer)
    pairs = [pair for chain in chains for pair in pairwise(chain)]
    above, below = _neighbours(len(layer), pairs)
    rows = _rows(layer)
    for sweep in range(_SWEEPS):
        _order(rows if sweep % 2 == 0 else rows[::-1], above if sweep % 2 == 0 else below)
    x = _places(rows, above, below)
    by_edge = {(chain[0], chain[-1]): chain for chain in chains}
    paths = []
    for start, end in edges:
        chain = by_edge.get((start, end)) or by_edge.get((end, start), [end, start])[::-1]
        paths.append([(x[node], layer[node]) for node in chain])
    return Layout(x[:count], layer[:count], paths, len(rows), max(x, default=0.0) + 1)


def _without_cycles(count: int, edges: Sequence[Edge]) -> list[Edge]:
    """Distinct edges; one that closes a cycle is turned round, and one to the node itself is left out."""
    following: list[list[int]] = [[] for _ in range(count)]
    for start, end in dict.fromkeys(edges):
        following[start].append(end)
    state = [0] * count  # 1 while a node's followers are looked at, then 2
    found: dict[Edge, None] = {}
    for root in range(count):
        stack = [(root, iter(following[root]))] if state[root] == 0 else []
        state[root] = state[root] or 1
        while stack:
            node, rest = stack[-1]
            after = next(rest, None)
            if after is None:
                state[node] = 2
                stack.pop()
                continue
            if after != node:
                found[(after, node) if state[after] == 1 else (node, after)] = None
            if state[after] == 0:
                state[after] = 1
                stack.append((after, iter(following[after])))
    return list(found)


def _longest_paths(count: int, edges: Sequence[Edge]) -> list[int]:
    """How many nodes stand above each one, at least."""
    above, below = _neighbours(count, edges)
    waiting = [len(nodes) for nodes in above]
    ready = [node for node in range(count) if waiting[node] == 0]
    layer = [0] * count
    for node in ready:
        for after in below[node]:
            layer[after] = max(layer[after], layer[node] + 1)
            waiting[after] -= 1
            if waiting[after] == 0:
                ready.append(after)
    return layer


def _with_bends(edges: Sequence[Edge], layer: Sequence[int]) -> tuple[list[list[int]], list[int]]:
    """Each edge as a chain of nodes, with one more node in every layer that it passes."""
    layers = list(layer)
    has_bends = sum(layer[end] - layer[start] - 1 for start, end in edges) <= _MOST_BENDS
    chains = []
    for start, end in edges:
        passed = range(layer[start] + 1, layer[end]) if has_bends else range(0)
        chains.append([start, *range(len(layers), len(layers) + len(passed)), end])
        layers.extend(passed)
    return chains, layers


def _neighbours(count: int, edges: Iterable[Edge]) -> tuple[list[list[int]], list[list[int]]]:
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for start, end in edges:
        below[start].append(end)
        above[end].append(start)
    return above, below


def _rows(layer: Sequence[int]) -> list[list[int]]:
    rows: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for node, number in enumerate(layer):
        rows[number].append(node)
    return rows


def _order(rows: Sequence[list[int]], neighbours: Sequence[Sequence[int]]) -> None:
    """Sort each row by where the neighbours stand in the row before: few edges cross then."""
    place: dict[int, float] = {}
    for row in rows:
        wanted = {
            node: _mean([(place[near], 1) for near in neighbours[node] if near in place], index / len(row))
            for index, node in enumerate(row)
        }
        row.sort(key=lambda node: wanted[node])
        place.update({node: (index + 0.5) / len(row) for index, node in enumerate(row)})


def _places(rows: Sequence[list[int]], above: Sequence[list[int]], below: Sequence[list[int]]) -> list[float]:
    """An ``x`` for each node, near its neighbours, one apart from the next one in its row."""
    x = [0.0] * sum(map(len, rows))
    for row in rows:
        for index, node in enumerate(row):
            x[node] = index - (len(row) - 1) / 2
    for sweep in range(2 * _SWEEPS):
        is_down = sweep % 2 == 0
        for row in rows if is_down else rows[::-1]:
            # First from one side only, which straightens long ways; then between the neighbours of both sides.
            pulls = [_pulls(node, above, below, is_down, is_both=sweep >= _SWEEPS) for node in row]
            wanted = [
                _mean([(x[near], weight) for near, weight in pull], x[node])
                for node, pull in zip(row, pulls, strict=True)
            ]
            for node, place in zip(row, _one_apart(wanted), strict=True):
                x[node] = place
    left = min(x, default=0.0)
    return [place - left for place in x]


def _one_apart(wanted: Sequence[float]) -> list[float]:
    """Ascending places at least 1 apart, as near to ``wanted`` as can be (least squares): neighbours that are too near are pooled."""
    pools: list[tuple[float, int]] = []
    for index, place in enumerate(wanted):
        mean, size = place - index, 1
        while pools and pools[-1][0] > mean:
            other, others = pools.pop()
            mean, size = (mean * size + other * others) / (size + others), size + others
        pools.append((mean, size))
    flat = [mean for mean, size in pools for _ in range(size)]
    return [mean + index for index, mean in enumerate(flat)]


def _pulls(
    node: int, above: Sequence[Sequence[int]], below: Sequence[Sequence[int]], is_down: bool, is_both: bool
) -> list[tuple[int, float]]:
    """The neighbours that draw a node to their place, and how much: most those that have no other neighbour there."""
    pulls = []
    if is_down or is_both:
        pulls += [(near, 1 / (len(below[near]) * len(above[node])) ** 2) for near in above[node]]
    if is_both or not is_down:
        pulls += [(near, 1 / (len(above[near]) * len(below[node])) ** 2) for near in below[node]]
    return pulls


def _mean(values: Sequence[tuple[float, float]], otherwise: float) -> float:
    """The mean of values with their weights."""
    weights = sum(weight for _, weight in values)
    return sum(value * weight for value, weight in values) / weights if values else otherwise
