"""Writes ``RESULTS.md`` out of what the other programs have measured and saved; what is not saved is not in it."""

# ruff: noqa: T201 (it says what it has written)

from __future__ import annotations

from pathlib import Path

from results import PROFILE, RESULTS, START_UP, Measurement, saved, table

HERE = Path(__file__).parent
SECTIONS = {
    "The demo, from start to end": ["demo-dev", "demo-ci"],
    "Many small notebooks": ["notebooks-trivial", "notebooks-figure"],
    "Function tasks that do nothing": ["function-tasks-independent", "function-tasks-chain"],
    "Very many tasks": ["no-op-cost", "no-op-driver", "no-op-all", "no-op-processes", "no-op-log", "no-op-whole"],
    "The run log": ["recording"],
    "At the keyboard": ["commands", "first-line"],
}
PAGES = {"Where the time of the demo goes": PROFILE, "Until the first task runs": START_UP}
HEAD = """\
# Results

Written by `make benchmark`; [README.md](README.md) says how each figure is taken. Figures nobody measured are not here.

- A round runs every side once, one after the other, each round beginning with another one. Figures are the median, the
  lowest and the highest of the rounds. Ratios are taken within each round, and are the median of those.
- Times depend on the machine, ratios less so. *Wanted* is what this project set out for; empty where nothing was.
"""


def taken(measurements: list[Measurement]) -> str:
    """When and of what, once for all that share it; the peers' versions are those of their environments."""
    lines = []
    for with_what in dict.fromkeys(measurement.taken_with for measurement in measurements):
        days = sorted({found.day for found in measurements if found.taken_with == with_what})
        when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
        lines.append(f"{when}: {with_what}")
    peers = {name: version for found in measurements for name, version in found.versions.items()}
    commits = ", ".join(dict.fromkeys(found.commit for found in measurements))
    lines.append(f"Ours: this repository at {commits}.")
    if peers:
        lines.append(f"Peers: {', '.join(f'{name} {peers[name]}' for name in sorted(peers))}.")
    return "\n\n".join(lines)


def report(measurements: dict[str, Measurement]) -> str:
    """The page."""
    parts = [HEAD, taken(list(measurements.values())) + "\n"]
    for title, keys in SECTIONS.items():
        found = [measurements[key] for key in keys if key in measurements]
        if found:
            parts.append(f"## {title}\n")
            parts += [f"{table(measurement)}\n" for measurement in found]
    for title, page in PAGES.items():
        if page.exists():
            parts.append(f"## {title}\n\n{page.read_text(encoding='utf-8')}")
    return "\n".join(parts)


def main() -> None:
    """Write it beside the programs."""
    measurements = saved()
    if not measurements:
        raise SystemExit(f"nothing was measured: {RESULTS.relative_to(HERE.parent)} is empty; run make benchmark")
    path = HERE / "RESULTS.md"
    path.write_text(report(measurements), encoding="utf-8")
    print(f"wrote {path.relative_to(HERE.parent)}: {len(measurements)} measurements")


if __name__ == "__main__":
    main()
