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
    started = [command for command in commands if "/raylet " not in command]  # that one names its agents
    assert len([command for command in started if "/idle_agent.py " in command]) == 2, commands
    unwanted = ("dashboard.py", "monitor.py", "log_monitor.py", "ray::DashboardAgent", "ray::RuntimeEnvAgent")
    assert not [command for command in started if any(name in command for name in unwanted)], commands
    process.terminate()
    assert project.wait(process).exit_code == 143


def test_a_runtime_environment_is_refused_and_the_run_goes_on(project: PipelineProject) -> None:
    project.pipeline("""
        def ask():
            import contextlib
            import ray

            def one():
                return 1

            needy = ray.remote(num_cpus=0)(one).options(runtime_env={"env_vars": {"A": "1"}})
            with contextlib.suppress(ray.exceptions.RuntimeEnvSetupError):
                ray.get(needy.remote())
                raise AssertionError("not refused")
            assert ray.get(ray.remote(num_cpus=0)(one).remote()) == 1

        def build(environment):
            pipeline = Pipeline("lean")
            pipeline.function(ask)
            return pipeline
        """)
    ended = project.run()
    assert ended.results() == {"ask": "success"}, ended.printed
