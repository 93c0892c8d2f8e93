"""Spans that a user's code makes with OpenTelemetry's API appear inside its attempt, from wherever they come."""

from __future__ import annotations

import os
import subprocess
import sys

from task_surroundings import TaskSurroundings

from pynb_dag_runner.conventions import Variable

_SPANS = """
import subprocess, sys, threading
from opentelemetry import trace
tracer = trace.get_tracer("user")

def in_thread():
    with tracer.start_as_current_span("thread"):
        pass

with tracer.start_as_current_span("outer", attributes={"word": "battery-staple"}):
    with tracer.start_as_current_span("inner"):
        pass
    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    script = "from opentelemetry import trace; trace.get_tracer('user').start_span('subprocess').end()"
    subprocess.run([sys.executable, "-c", script], check=True)
"""


def test_that_spans_of_threads_and_subprocesses_belong_to_the_attempt(task_surroundings: TaskSurroundings) -> None:
    task_surroundings.run(_SPANS)
    spans = task_surroundings.spans()
    own = f"{task_surroundings.span.span_id:016x}"
    assert sorted(spans) == ["inner", "outer", "subprocess", "thread"]
    assert [spans[name].parent_id for name in ("outer", "thread", "subprocess")] == [own, own, own]
    assert spans["inner"].parent_id == spans["outer"].span_id
    assert {span.trace_id for span in spans.values()} == {f"{task_surroundings.span.trace_id:032x}"}
    assert spans["outer"].attributes == {"word": "[redacted:MY_WORD]", "pdr.redacted": 1}


def test_that_a_span_survives_the_death_of_its_process(task_surroundings: TaskSurroundings) -> None:
    script = """
import os, signal, sys
from opentelemetry import trace
trace.get_tracer("user").start_span("done").end()
open_span = trace.get_tracer("user").start_span("open")
if os.fork() == 0:
    os.kill(os.getpid(), signal.SIGKILL)
os.wait()
"""
    task_surroundings.run(script)
    assert list(task_surroundings.spans()) == ["done"]


def test_that_outside_a_run_spans_go_nowhere() -> None:
    environment = {name: value for name, value in os.environ.items() if name != Variable.CONTEXT}
    environment[Variable.TRACER_PROVIDER] = "pdr"
    script = "from opentelemetry import trace; trace.get_tracer('user').start_span('s').end(); print('fine')"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("fine\n", "")
