"""Measuring several sides in turn, and what is kept of it: one JSON file for each measurement, read by ``report.py``."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from environments import BUILD, HERE, PeerFailedError
from measuring import row, summary, surroundings

RESULTS = BUILD / "results"
START_UP = RESULTS / "start-up.md"
"""The waterfall, as ``start_up.py`` has drawn it."""
PROFILE = RESULTS / "demo-profile.md"
"""The table of ``demo_profile.py``."""


def commit() -> str:
    """The commit of this repository that is measured, with a mark if files differ from it."""
    command = ["git", "describe", "--always", "--abbrev=10", "--dirty", "--exclude=*"]
    return subprocess.run(command, cwd=HERE, check=True, capture_output=True, text=True).stdout.strip()


@dataclass
class Goal:
    """What a figure should be: that of ``side``, over that of ``over`` if one is named, is at most ``at_most``.

    None: the ratio is of interest, and nothing was promised of it.
    """

    side: str
    at_most: float | None
    over: str = ""


@dataclass
class Measurement:
    """One kind of figure, of several sides, taken in one session; ``values`` of a side are in order of the rounds."""

    key: str
    title: str
    unit: str
    digits: int
    values: dict[str, list[float]]
    goals: list[Goal] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    taken_with: str = field(default_factory=surroundings)
    commit: str = field(default_factory=commit)
    day: str = field(default_factory=lambda: f"{datetime.now(timezone.utc):%Y-%m-%d}")

    def ratios(self, side: str, over: str) -> list[float]:
        """One ratio for each round: what disturbs the machine for minutes disturbs both sides of a round."""
        return [one / other for one, other in zip(self.values[side], self.values[over], strict=True)]

    def save(self) -> None:
        """Write it where ``report.py`` looks for it."""
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / f"{self.key}.json").write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def save_page(path: Path, page: str) -> None:
    """Keep what is no measurement of several sides, as Markdown, and print it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page + "\n", encoding="utf-8")
    print(page)  # noqa: T201 (on purpose)


def saved() -> dict[str, Measurement]:
    """Every measurement that was saved, by its key."""
    found = {}
    for path in sorted(RESULTS.glob("*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        kept["goals"] = [Goal(**goal) for goal in kept["goals"]]
        found[path.stem] = Measurement(**kept)
    return found


def interleaved(
    sides: Mapping[str, Callable[[int], float]], rounds: int, ours: str = "", digits: int = 1, unit: str = "s"
) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Call each side once a round, with the number of the round; returns their figures, and why sides were left out.

    Each round begins with another side, so that none always comes after the same one. A peer that fails is left out
    from then on, with what it had.

    Raises:
        SystemExit: it is ``ours`` that failed.
    """
    values: dict[str, list[float]] = {name: [] for name in sides}
    left_out: dict[str, str] = {}
    names = list(sides)
    for round in range(rounds):
        first = round % len(names)
        for name in names[first:] + names[:first]:
            if name in left_out:
                continue
            try:
                values[name].append(sides[name](round))
            except PeerFailedError as error:
                if name == ours:
                    raise SystemExit(f"{name}: {error}") from error
                left_out[name] = str(error)
                told(f"round {round + 1}, {name}: left out: {error}")
                continue
            told(f"round {round + 1}, {name}: {values[name][-1]:.{digits}f} {unit}")
    return {name: found for name, found in values.items() if name not in left_out}, left_out


def told(text: str) -> None:
    """Say how it goes on, beside the results."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 (on purpose)


def table(measurement: Measurement) -> str:
    """The measurement in Markdown: medians, spread, ratios with what is wanted of them, and what is not in it."""
    rounds = max((len(values) for values in measurement.values.values()), default=0)
    lines = [
        row(measurement.title, f"median, {measurement.unit}", "lowest to highest", "wanted"),
        row("---", "---:", "---:", "---"),
    ]
    alone = {goal.side: goal for goal in measurement.goals if not goal.over}
    for name, values in measurement.values.items():
        lines.append(row(name, *summary(values, measurement.digits), _wanted(alone.get(name))))
    for goal in measurement.goals:
        if goal.over and {goal.side, goal.over} <= measurement.values.keys():
            median, spread = summary(measurement.ratios(goal.side, goal.over), 2)
            lines.append(row(f"ratio: {goal.side} / {goal.over}", f"**{median}**", spread, _wanted(goal)))
    remarks = ["1 round." if rounds == 1 else f"{rounds} rounds, in turn.", *measurement.notes]
    remarks += [f"Left out: {name}: {reason.rstrip('.')}." for name, reason in measurement.left_out.items()]
    return "\n".join([*lines, "", *remarks])


def _wanted(goal: Goal | None) -> str:
    return "" if goal is None or goal.at_most is None else f"at most {goal.at_most:g}"
