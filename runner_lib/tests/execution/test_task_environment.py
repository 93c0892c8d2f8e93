from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

from pynb_dag_runner.conventions import Variable
from pynb_dag_runner.execution.requests import AttemptRequest
from pynb_dag_runner.execution.task_environment import task_environment

_NODE = {
    "PATH": "/bin",
    "HOME": "/home/ann",
    "LC_ALL": "C.UTF-8",
    "AWS_SECRET_ACCESS_KEY": "aws-secret",
    "GITHUB_TOKEN": "github-secret",
    "RAY_ADDRESS": "10.0.0.1:6379",
    "MY_SETTING": "1",
    "GITHUB_ACTIONS": "true",
}


def test_only_what_is_on_the_list_is_seen(attempt_request: AttemptRequest) -> None:
    environment = task_environment(attempt_request, _NODE)
    assert environment["HOME"] == "/home/ann"
    assert environment["LC_ALL"] == "C.UTF-8"
    assert environment["GITHUB_ACTIONS"] == "true"
    assert not {"AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "RAY_ADDRESS", "MY_SETTING"} & set(environment)


def test_named_secrets_come_with_the_request_and_not_from_the_node(attempt_request: AttemptRequest) -> None:
    request = replace(attempt_request, secrets={"GITHUB_TOKEN": "from-the-driver", "DATABASE": "on-no-node"})
    environment = task_environment(request, _NODE)
    assert environment["GITHUB_TOKEN"] == "from-the-driver"
    assert environment["DATABASE"] == "on-no-node"
    assert environment[Variable.SECRETS] == "GITHUB_TOKEN,DATABASE"


def test_tells_the_attempt_where_it_belongs(attempt_request: AttemptRequest) -> None:
    environment = task_environment(attempt_request, _NODE)
    assert environment[Variable.TRACEPARENT] == attempt_request.traceparent
    assert environment[Variable.SPOOL_DIR] == str(attempt_request.work_dir)
    assert environment[Variable.ATTEMPT_MARK] == f"{attempt_request.context.run_id}/task[size=1]/2"


def test_python_and_the_sources_of_the_project_come_first(attempt_request: AttemptRequest) -> None:
    sources = attempt_request.project_dir / "src"
    assert "PYTHONPATH" not in task_environment(attempt_request, _NODE)
    sources.mkdir()
    environment = task_environment(attempt_request, {**_NODE, "PYTHONPATH": "/mine"})
    assert environment["PYTHONPATH"] == f"{sources}{os.pathsep}/mine"
    assert environment["PATH"] == f"{Path(sys.executable).parent}{os.pathsep}/bin"
