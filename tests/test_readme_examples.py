"""The examples in the generated README do what it says, in both starters."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import TypeAlias

import pytest

pytestmark = pytest.mark.system

Run: TypeAlias = Callable[..., "CompletedProcess[str]"]
Generate: TypeAlias = Callable[..., Path]


@pytest.fixture
def extended(template: Path, generate: Generate, tmp_path: Path, starter: str) -> Path:
    """A project to which the README's notebook, function and tasks were added, with a secret."""
    project = generate(template, tmp_path / "output", starter=starter, project_name="extended")
    readme = (project / "README.md").read_text(encoding="utf-8")
    notebook, function, tasks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    (project / "notebooks" / "fetch.py").write_text(notebook, encoding="utf-8")
    (project / "src" / "extended" / "rows.py").write_text(function, encoding="utf-8")
    pipeline = (project / "pipeline.py").read_text(encoding="utf-8")
    first, rest = pipeline.split("from pynb_dag_runner import Pipeline\n")
    tasks = tasks.replace("timeout_s=60", 'secrets=["MY_TOKEN"]')
    rest = rest.replace("    return pipeline\n", f"{tasks}    return pipeline\n")
    imports = "from pynb_dag_runner import Pipeline\n\nfrom extended.rows import count_rows\n"
    (project / "pipeline.py").write_text(first + imports + rest, encoding="utf-8")
    return project


def test_that_what_the_readme_adds_runs(extended: Path, run: Run) -> None:
    environment = {"PYTHONPATH": str(extended / "src")}
    run("black", "--check", "notebooks/fetch.py", "src/extended/rows.py", cwd=extended)
    refused = run("pdr", "run", cwd=extended, exit_code=2, **environment)
    assert "there is no environment variable MY_TOKEN" in refused.stderr

    settings = ["--set", "at_least=1"]
    if "ingest" in (extended / "pipeline.py").read_text(encoding="utf-8"):
        settings += ["--set", "failing_attempts=0"]
    run("pdr", "run", *settings, cwd=extended, MY_TOKEN="a-token-of-mine", **environment)
    shown = json.loads(run("pdr", "show", "--format", "json", cwd=extended).stdout)
    fetch, count = shown["tasks"][-2:]
    assert (fetch["name"], fetch["metrics"]) == ("fetch", {"nr_rows": 5})
    assert (count["name"], count["parameters"]) == ("count_rows", {"at_least": 1})
    assert count["values"] == {"counted": 5}
    run("pytest", "tests/test_pipeline.py", cwd=extended, **environment)

    readme = (extended / "README.md").read_text(encoding="utf-8")
    calls = re.findall(r'`make run ARGS="([^"]+)"`', readme)
    assert {"--set at_least=1", "--resume latest", "--only count_rows", "--from fetch"} <= set(calls)
    for call in [*calls, "--resume latest"]:
        quick = [] if "failing_attempts" in call else settings[2:]
        said = run("pdr", "run", *call.split(), *quick, cwd=extended, MY_TOKEN="a-token-of-mine", **environment)
    assert "Nothing to do" in said.stdout + said.stderr
    run(sys.executable, "notebooks/fetch.py", cwd=extended, MY_TOKEN="a-token-of-mine", **environment)
