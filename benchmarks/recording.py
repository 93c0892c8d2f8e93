"""What the run log of the demo costs: the processor time of writing the same records once more, beside the whole run.

There is no switch that leaves the run log out, so this is not measured by leaving it out. Every record of a real run is
redacted, encoded and written again by the library's own writer, each on a line of its own; that time over the wall time of the run
is how much longer the run would be, had all of it happened while nothing else went on. In truth two processors share it.
"""

# ruff: noqa: T201 (it prints its findings)

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from environments import compile_ours
from frozen import SWITCHED_OFF, make_project
from measuring import pdr, timed
from results import Goal, Measurement, table, told

from pynb_dag_runner.runlog.otlp import Line, parse_line
from pynb_dag_runner.runlog.reader import find_run_logs
from pynb_dag_runner.runlog.redaction import Redactor, secrets_by_name
from pynb_dag_runner.runlog.spool import LineFile
from pynb_dag_runner.runlog.traces import SpanReference
from pynb_dag_runner.runlog.writer import FinishedSpan, RunLogWriter

AT_MOST = 0.03
RUN, WRITING = "`pdr run`, Ray's start included", "all its records, written once more"
SECRETS = {"API_TOKEN": "a secret that nothing holds", "PASSWORD": "nor this one"}


def write_again(lines: list[Line], to: Path) -> float:
    """Seconds of processor time for all records."""
    file = LineFile(to)
    writer = RunLogWriter(file, lines[0].resource, Redactor(secrets_by_name(SECRETS)))
    started = time.process_time()
    for line in lines:
        for log in line.logs:
            span = SpanReference(int(log.trace_id, 16), int(log.span_id, 16))
            writer.event(log.name, span, log.attributes, log.body, time_ns=log.time_ns)
        for span_line in line.spans:
            trace = int(span_line.trace_id, 16)
            writer.span(
                FinishedSpan(
                    name=span_line.name,
                    reference=SpanReference(trace, int(span_line.span_id, 16)),
                    parent=SpanReference(trace, int(span_line.parent_id, 16)) if span_line.parent_id else None,
                    start_ns=span_line.start_ns,
                    end_ns=span_line.end_ns,
                    attributes=span_line.attributes,
                    links=[SpanReference(trace, int(link, 16)) for link in span_line.links],
                    error=span_line.error,
                )
            )
    seconds = time.process_time() - started
    file.close()
    return seconds


def main() -> None:
    """Run the demo, write its records again, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds: int = parser.parse_args().rounds
    compile_ours()
    values: dict[str, list[float]] = {RUN: [], WRITING: []}
    records = size_bytes = 0
    switches = [f"--set={name}={value}" for name, value in SWITCHED_OFF.items()]
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        make_project(project)
        for round in range(rounds):
            run = [pdr(), "run", *switches]
            values[RUN].append(timed(run, project, {"PYTHONPATH": str(project / "src")}, project / "log.txt"))
            content = find_run_logs(project / "pipeline-outputs")[0].read_bytes()
            lines = [parse_line(line) for line in content.splitlines()]
            values[WRITING].append(write_again(lines, project / f"again-{round}.jsonl"))
            records, size_bytes = sum(len(line.logs) + len(line.spans) for line in lines), len(content)
            told(f"round {round + 1}: {values[RUN][-1]:.1f} s, {values[WRITING][-1]:.3f} s")
    notes = [
        f"{records} records, {size_bytes / 2**20:.1f} MiB. Processor time, each record on a line of its own, two secrets looked for.",
        "Not by leaving the run log out: there is no switch for that.",
    ]
    found = Measurement(
        "recording", "the run log of the demo", "s", 3, values, [Goal(WRITING, AT_MOST, RUN)], notes=notes
    )
    found.save()
    print(f"{table(found)}\n{found.taken_with}")


if __name__ == "__main__":
    main()
