"""Ray of our own has no process that runs no task: a newer Ray that is started in another way shows here."""

from __future__ import annotations

import pytest
from pipeline_project import PDR_RUN, PipelineProject

pytestmark = pytest.mark.system

_PIPELINE = """
def work():
    time.sleep(600)

def build(environment):
    pipeline = Pipeline("lean")
    pipeline.function(work)
    return pipeline
"""


def test_servers_of_ray_are_not_started(project: PipelineProject) -> None:
    project.command = PDR_RUN
    project.pipeline(_PIPELINE)
    process = project.start()
    project.wait_for_attempt("work")
    commands = [" ".join(running.cmdline()) for running in project.processes()]
    assert [command for command in commands if "/raylet " in command], commands
    unwanted = ("dashboard.py", "monitor.py", "log_monitor.py")
    assert not [command for command in commands if any(f"/{name} " in command for name in unwanted)], commands
    process.terminate()
    assert project.wait(process).exit_code == 143
