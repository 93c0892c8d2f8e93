"""From the call of ``pdr run`` to the first line of its first task: what happens when, as a waterfall in Mermaid."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from commands import FUNCTION_PIPELINE, NOTEBOOK_PIPELINE, make_first
from environments import HERE, compile_ours
from measuring import surroundings, timed
from results import START_UP, save_page

from pynb_dag_runner.runlog.reader import find_run_logs, read_run

Spans = dict[str, tuple[float, float]]
KINDS = {"function": FUNCTION_PIPELINE, "notebook": NOTEBOOK_PIPELINE}


def spans_of(project: Path) -> Spans:
    """Begin and end of each part of one run, in seconds since the process was made."""
    moments = project / "moments.json"
    timed([sys.executable, str(HERE / "traced_run.py"), str(moments)], project, {}, project / "log.txt")
    found: dict[str, list[float]] = json.loads(moments.read_text())
    zero = found["interpreter, command line"][0]
    run = read_run(find_run_logs(project / "pipeline-outputs")[0])
    (attempt,) = (attempt for task in run for attempt in task.attempts)
    assert attempt.start_ns is not None
    first_line = float((project / "time.txt").read_text())
    submitted = found.pop("submit")[0]
    spans = {name: (begin - zero, end - zero) for name, (begin, end) in found.items()}
    spans["Ray hands the task to a worker"] = (submitted - zero, attempt.start_ns / 1e9 - zero)
    spans["worker, to the first line of the task"] = (attempt.start_ns / 1e9 - zero, first_line - zero)
    return spans


def waterfall(title: str, runs: list[Spans]) -> str:
    """The medians of begin and end of each part, as a Gantt chart."""
    lines = ["```mermaid", "gantt", f"  title {title}", "  dateFormat x", "  axisFormat %S.%L s"]
    for name in sorted(runs[0], key=lambda name: statistics.median(run[name][0] for run in runs)):
        begin, end = (round(1000 * statistics.median(run[name][at] for run in runs)) for at in (0, 1))
        lines.append(f"  {name.replace(',', ' and')}, {(end - begin) / 1000:.2f} s :{begin}, {max(end, begin + 1)}")
    return "\n".join([*lines, "```"])


def main() -> None:
    """Measure both kinds of task in turn, print a waterfall for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds: int = parser.parse_args().rounds
    compile_ours()
    runs: dict[str, list[Spans]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as folder:
        for kind, pipeline in KINDS.items():
            make_first(Path(folder) / kind, pipeline)
        for _ in range(rounds):
            for kind, found in runs.items():
                found.append(spans_of(Path(folder) / kind))
    parts = [waterfall(f"pdr run, the first task is a {kind}", found) for kind, found in runs.items()]
    parts.append(f"Medians of {rounds} rounds. {surroundings()}")
    page = "\n\n".join(parts)
    save_page(START_UP, page)


if __name__ == "__main__":
    main()
