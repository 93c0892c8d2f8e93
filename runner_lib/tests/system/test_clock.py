"""Somebody sets the clock in the middle of a run: no duration is negative or an hour long, and order stays order.

The clock of the whole run, Ray included, is that of a small preloaded library, as faketime does it. Debian's faketime
itself cannot serve: under it ``time.sleep`` fails ("Invalid argument") as soon as the monotonic clock is left alone.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from pipeline_project import PDR_RUN, PipelineProject

from pynb_dag_runner.report.summary import running_time

pytestmark = pytest.mark.system

_LONGEST_S = 60.0
_CLOCK = """\
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset_s;

__attribute__((constructor)) static void open_offset(void) {
    const char *path = getenv("CLOCK_OFFSET_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        void *mapped = mmap(0, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
        if (mapped != MAP_FAILED) offset_s = mapped;
        close(file);
    }
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int code = (int)syscall(SYS_clock_gettime, clock, now);
    if (code == 0 && offset_s && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *offset_s;
    return code;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &exact) != 0) return -1;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (result) *result = exact.tv_sec;
    return exact.tv_sec;
}
"""

_PIPELINE = """
from opentelemetry import trace

def set_clock(offset_s):
    before = time.time()
    with open("clock", "r+b") as clock:
        clock.write(offset_s.to_bytes(8, sys.byteorder, signed=True))
    print("set by", round((time.time() - before) / 3600), "h", flush=True)

def turned_back():
    task = current_task()
    task.log_metric("loss", 3)
    task.log_metric("loss", 2)
    with trace.get_tracer("user").start_as_current_span("meanwhile"):
        set_clock(-3600)
    task.log_metric("loss", 1)
    time.sleep(0.5)
    task.log_metric("loss", 0)

def lost(_):
    print("attempt", current_task().attempt, flush=True)
    time.sleep(0.5)
    if current_task().attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)

def limited(_):
    time.sleep(600)

def turned_on(*_):
    time.sleep(0.5)
    set_clock(0)
    time.sleep(1.5)

def build(environment):
    pipeline = Pipeline("clock")
    function = pipeline.function
    first = function(turned_back, timeout_s=50)
    second = [function(lost, needs=[first], attempts=2, retry_wait_s=0.5, timeout_s=50)]
    second.append(function(limited, needs=[first], timeout_s=2))
    function(turned_on, needs=[second[0]], timeout_s=50)
    return pipeline
"""


@pytest.fixture
def clock(tmp_path: Path) -> dict[str, str]:
    """The variables by which programs have a clock that the file ``clock`` of the project sets."""
    if shutil.which("cc") is None:
        subprocess.run(["apt-get", "install", "-y", "-qq", "gcc", "libc6-dev"], check=True, capture_output=True)
    library, source = tmp_path / "clock.so", tmp_path / "clock.c"
    source.write_text(_CLOCK)
    subprocess.run(["cc", "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source], check=True)
    offset = tmp_path / "project" / "clock"
    offset.parent.mkdir(exist_ok=True)
    offset.write_bytes(bytes(8))
    return {"LD_PRELOAD": str(library), "CLOCK_OFFSET_FILE": str(offset)}


def test_durations_and_order_survive_a_clock_that_is_set(project: PipelineProject, clock: dict[str, str]) -> None:
    project.command = PDR_RUN
    project.pipeline(_PIPELINE)
    run = project.run(**clock)
    assert run.results() == {"turned_back": "success", "lost": "success", "limited": "timeout", "turned_on": "success"}
    assert run.exit_code == 1, run.printed
    assert run.output("turned_back") == "set by -1 h\n", "the clock was set"
    assert run.output("turned_on") == "set by 1 h\n"
    assert run.attempt_results("lost") == ["error", "success"]
    assert run.attempt_results("limited") == ["timeout"]
    durations = {"run": run.log.duration_s}
    for task in run.log:
        durations[task.id] = task.duration_s
        durations[f"{task.id} as shown"] = running_time(task).duration_s
        durations |= {f"{task.id} {attempt.number}": attempt.duration_s for attempt in task.attempts}
    assert all(duration is not None and 0 <= duration < _LONGEST_S for duration in durations.values()), durations
    for name, least_s in (("turned_back 1", 0.5), ("limited 1", 2), ("turned_on 1", 2)):
        assert (durations[name] or 0) >= least_s, durations
    attempt = run.attempt("turned_back")
    assert [metric.value for metric in attempt.metrics] == [3, 2, 1, 0]
    assert run.log.tasks["turned_back"].metrics == {"loss": 0}
    (span,) = attempt.spans
    assert span.duration_s == 0
    assert not run.log.warnings
