"""Runs as a whole on a real Ray: fail-fast, what is refused before anything starts, how the driver ends."""

from __future__ import annotations

import pytest
from pipeline_project import HANG_S, PipelineProject

from pynb_dag_runner.conventions import Result

pytestmark = pytest.mark.slow


def test_fail_fast_ends_the_rest_and_is_a_failure(project: PipelineProject) -> None:
    project.pipeline("""
def fails():
    time.sleep(1)
    raise ValueError("no")

def works():
    subprocess.Popen(["sleep", "600"], start_new_session=True)
    time.sleep(600)

def build(environment):
    pipeline = Pipeline("fast")
    pipeline.function(works)
    pipeline.function(fails)
    pipeline.function(works, id="queued")
    return pipeline
""")
    run = project.run("--fail-fast")
    assert run.exit_code == 1
    assert run.log.result is Result.FAILURE
    assert run.results() == {"works": "cancellation", "fails": "failure", "queued": "cancellation"}


@pytest.mark.parametrize("value", ["", "abc"])
def test_a_secret_that_is_not_set_is_refused_before_anything_starts(project: PipelineProject, value: str) -> None:
    project.pipeline("""
def build(environment):
    pipeline = Pipeline("secrets")
    pipeline.function(print, id="uses", secrets=["DATABASE_PASSWORD"])
    return pipeline
""")
    process = project.start(DATABASE_PASSWORD=value)
    assert process.wait(HANG_S) == 2
    _, stderr = project.printed(process)
    assert "DATABASE_PASSWORD" in stderr
    assert "pipeline.py:" in stderr
    assert not project.outputs.exists()


def test_an_output_folder_that_cannot_be_made_is_told(project: PipelineProject) -> None:
    project.pipeline("""
def build(environment):
    pipeline = Pipeline("nowhere")
    pipeline.function(print, id="uses")
    return pipeline
""")
    (project.folder / "taken").write_text("a file")
    process = project.start("--outputs", "taken")
    assert process.wait(HANG_S) in (1, 2)
    _, stderr = project.printed(process)
    assert "taken" in stderr
    assert "Traceback" not in stderr
