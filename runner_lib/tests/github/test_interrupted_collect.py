"""A call that is killed leaves nothing that harms the next one; two at once do not get into each other's way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from collecting import NAME, TOKEN, Surroundings
from fake_github import Fault
from waiting import wait_until

from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.github.collect import Request, collect
from pynb_dag_runner.runlog.origin import read_origin


@contextmanager
def called(there: Surroundings) -> Iterator[subprocess.Popen[bytes]]:
    """``pdr collect`` as a process of its own, killed at the end."""
    environment = {
        **os.environ,
        "GITHUB_API_URL": there.fake.api_url,
        "GITHUB_REPOSITORY": NAME,
        "GITHUB_TOKEN": TOKEN,
    }
    command = [sys.executable, "-m", "pynb_dag_runner", "collect", "--to", there.to, "--published", there.published]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def dripping(there: Surroundings) -> Surroundings:
    """Three runs; the log of the second never ends."""
    for number in range(3):
        artifact = there.upload(there.github.add_run(there.repository))
        if number == 1:
            there.fake.faults.append(Fault(f"blob /artifacts/{artifact.id}$", endless=b"x"))
    return there


def test_after_a_kill_the_next_call_goes_on(dripping: Surroundings) -> None:
    with called(dripping) as process:
        wait_until(lambda: len(dripping.logs()) == 2 and any(name.endswith(".download") for name in dripping.files()))
        process.kill()
        process.wait()
    first = dripping.logs()
    assert all(log == dripping.log for log in first.values())
    assert all(read_origin(dripping.to / name) is not None for name in first)

    dripping.fake.faults.clear()
    report = dripping.collect()
    assert (len(report.collected.fetched), report.known) == (1, 2)
    assert set(dripping.logs().values()) == {dripping.log}
    assert len(dripping.logs()) == 3
    assert [name for name in dripping.files() if name.startswith(".")] == []


def test_a_kill_while_the_earlier_site_comes_leaves_the_copy_as_it_was(dripping: Surroundings) -> None:
    dripping.fake.faults.clear()
    site = dripping.publish()
    dripping.collect()
    before = {path: path.read_bytes() for path in dripping.published.rglob("*") if path.is_file()}
    dripping.fake.faults.append(Fault("blob", endless=b"x"))
    with called(dripping):
        wait_until(lambda: any(path.stat().st_size for path in dripping.folder.glob(".published.fetching-*/archive")))
    assert {path: path.read_bytes() for path in dripping.published.rglob("*") if path.is_file()} == before
    assert list(dripping.folder.glob(".published.fetching-*")) != []
    dripping.fake.faults.clear()
    dripping.collect()
    assert dripping.runs_of(dripping.published) == dripping.runs_of(site)
    assert list(dripping.folder.glob(".published.fetching-*")) == []


def test_ctrl_c_ends_it_soon(dripping: Surroundings) -> None:
    with called(dripping) as process:
        wait_until(lambda: len(dripping.logs()) == 2)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert [name for name in dripping.files() if name.startswith(".")] == []
    assert len(dripping.logs()) == 2


def test_two_calls_do_not_write_into_one_folder(dripping: Surroundings) -> None:
    with called(dripping):
        wait_until(lambda: len(dripping.logs()) == 2)
        with pytest.raises(UsageError, match="another pdr collect is at work there; wait for it"):
            dripping.collect()
    dripping.fake.faults.clear()
    assert dripping.collect().known == 2


def test_two_calls_may_fetch_one_site_at_once(dripping: Surroundings) -> None:
    dripping.fake.faults.clear()
    site = dripping.publish()
    dripping.forget()
    failures: list[Exception] = []

    def call(number: int) -> None:
        try:
            collect(dripping.api(), NAME, Request(dripping.folder / str(number), dripping.published), {})
        except Exception as error:  # noqa: BLE001 - the test shows it
            failures.append(error)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert dripping.runs_of(dripping.published) == dripping.runs_of(site)
