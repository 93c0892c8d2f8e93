"""Run logs come from GitHub, each with what GitHub knows of its run."""

from __future__ import annotations

import hashlib
import stat

from collecting import Surroundings

from pynb_dag_runner.runlog.origin import read_origin


def test_a_run_log_comes_with_its_origin(there: Surroundings) -> None:
    run = there.github.add_run(there.repository, event="schedule")
    artifact = there.upload(run)
    report = there.collect()
    address = f"{run.id}-1"
    assert there.logs() == {f"{address}.otlp.jsonl": there.log}
    log = there.to / f"{address}.otlp.jsonl"
    assert stat.S_IMODE(log.stat().st_mode) == 0o444
    origin = read_origin(log)
    assert origin is not None
    assert (origin.repository, origin.run_id, origin.run_attempt, origin.event) == ("ann/digits", run.id, 1, "schedule")
    assert (origin.head_sha, origin.head_branch, origin.head_repository) == (run.head_sha, "main", "ann/digits")
    assert (origin.workflow, origin.conclusion, origin.actor) == (".github/workflows/pipeline.yml", "success", "ann")
    assert origin.url == f"https://github.com/ann/digits/actions/runs/{run.id}/attempts/1"
    assert (origin.pull_request, origin.artifact_id) == (None, artifact.id)
    assert origin.started_ms == int(run.attempts[0].started.timestamp() * 1000)
    assert (origin.log_bytes, origin.log_sha256) == (len(there.log), hashlib.sha256(there.log).hexdigest())
    assert report.collected.fetched == [origin]
    assert report.previous is not None
    assert report.previous.source is None
    assert not there.published.exists()
