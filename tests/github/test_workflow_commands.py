"""The scripts inside of the project's workflows, run by bash as GitHub runs them: which commands they come to, and that pdr takes them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest
from workflow_gates.files import THEIRS, Step, Workflow
from workflow_gates.language_service import LanguageService

from pynb_dag_runner.cli.main import VERBS, build_parser

Generate: TypeAlias = Callable[..., Path]
Calls: TypeAlias = list[list[str]]

WORKFLOWS = {name: Workflow(path.read_text(encoding="utf-8")) for name, path in THEIRS.workflows.items()}
STEPS = {
    f"{name}: {step.content['name']}": step
    for name, workflow in WORKFLOWS.items()
    for step in workflow.steps
    if step.run
}
EXPRESSIONS = {
    "${{ github.token }}": "a-token",
    "${{ inputs.drop_runs }}": "",
    "${{ inputs.start_over && '--start-over' || '' }}": "",
    "${{ steps.report.outputs.artifact-url }}": "https://github.com/ann/waves/actions/runs/1/artifacts/2",
    "${{ vars.PUBLISH_PULL_REQUESTS || 'all' }}": "all",
}
TOOLS = ("black", "mypy", "pdr", "pytest", "python", "ruff")
# Writes its own name and its arguments as one line, each ended by a NUL.
STUB = '#!/bin/sh\n{ printf "%s\\0" "${0##*/}" "$@"; echo; } >>"$CALLS"\n'


class Machine:
    """A project in whose ``.venv`` every program only writes down how it was called."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self._calls = project.parent / "calls"
        self._programs = project.parent / "programs"
        self._programs.mkdir()
        (project / ".venv" / "bin").mkdir(parents=True)
        for program in [self._programs / tool for tool in ("docker", "gh", "uv")] + [
            project / ".venv/bin" / tool for tool in TOOLS
        ]:
            program.write_text(STUB, encoding="utf-8")
            program.chmod(0o755)
        for mark in (".ready", ".base"):
            (project / ".venv" / mark).touch()

    def run(self, step: Step, environment: Mapping[str, str] | None = None, exit_code: int = 0) -> Calls:
        """Run the script of a step, as ``shell: bash`` of GitHub does; the calls that it came to."""
        self._calls.write_bytes(b"")
        given = {name: EXPRESSIONS[str(value)] for name, value in step.content.get("env", {}).items()}
        result = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.run],
            cwd=self.project,
            env={
                "PATH": f"{self._programs}{os.pathsep}{os.environ['PATH']}",
                "CALLS": str(self._calls),
                "GITHUB_REPOSITORY": "Ann/digits",
                "GITHUB_RUN_ID": "18273645",
                "GITHUB_RUN_ATTEMPT": "2",
                "GITHUB_STEP_SUMMARY": str(self.project.parent / "summary.md"),
                **given,
                **(environment or {}),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == exit_code, result.stdout + result.stderr
        self.said = result.stdout
        lines = self._calls.read_text(encoding="utf-8").split("\0\n")
        return [line.split("\0") for line in lines if line]


@pytest.fixture(scope="module")
def stubbed(template: Path, generate: Generate, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(generate(template, tmp_path_factory.mktemp("machine") / "output", starter="minimal"))


def pdr_calls(calls: Calls) -> Iterator[list[str]]:
    return (call[1:] for call in calls if call[0] == "pdr")


@pytest.mark.parametrize("name", STEPS)
def test_pdr_takes_what_workflows_tell_it(stubbed: Machine, name: str) -> None:
    calls = stubbed.run(STEPS[name])
    assert calls or re.search("^(make setup|echo)", STEPS[name].run), "it calls nothing"
    for arguments in pdr_calls(calls):
        assert arguments[0] in VERBS
        build_parser(arguments).parse_args(arguments)


@pytest.mark.parametrize(
    ("name", "environment", "arguments"),
    [
        ("pipeline.yml: Run the pipeline", {}, "run --environment ci"),
        ("pipeline.yml: Write the job summary", {}, "show --format markdown --against tracker"),
        (
            "pipeline.yml: Write the run report",
            {},
            "report --to pipeline-outputs/reports/run-report-18273645-2.html",
        ),
        ("publish.yml: Collect run logs", {}, "collect --published pipeline-outputs/published --pull-requests all"),
        (
            "publish.yml: Collect run logs",
            {"PULL_REQUESTS": "none", "START_OVER": "--start-over"},
            "collect --published pipeline-outputs/published --pull-requests none --start-over",
        ),
        (
            "publish.yml: Build the site",
            {"DROP_RUNS": " 18273645-1  20261125T2159-ab_c "},
            "site --runs pipeline-outputs --to pipeline-outputs/site --most-bytes 800MB"
            " --drop 18273645-1 --drop 20261125T2159-ab_c",
        ),
    ],
)
def test_what_pdr_is_told(stubbed: Machine, name: str, environment: Mapping[str, str], arguments: str) -> None:
    assert list(pdr_calls(stubbed.run(STEPS[name], environment))) == [arguments.split()]


def test_the_earlier_site_is_built_upon_where_there_is_one(stubbed: Machine) -> None:
    published = stubbed.project / "pipeline-outputs" / "published"
    published.mkdir(parents=True)
    try:
        (arguments,) = pdr_calls(stubbed.run(STEPS["publish.yml: Build the site"]))
    finally:
        shutil.rmtree(published.parent)
    assert arguments[arguments.index("--previous") + 1] == "pipeline-outputs/published"


@pytest.mark.parametrize(
    "typed",
    ["$(touch hacked)", "`touch hacked`", "a; touch hacked", "a\ntouch hacked", "$(shell touch hacked)", "*", "'"],
)
def test_what_is_typed_is_never_executed(stubbed: Machine, typed: str) -> None:
    assert stubbed.run(STEPS["publish.yml: Build the site"], {"DROP_RUNS": typed}, exit_code=1) == []
    assert stubbed.said.startswith("::error::drop_runs takes ids of runs")
    assert not (stubbed.project / "hacked").exists()


def test_the_token_is_where_it_is_needed_alone() -> None:
    with_token = [name for name, step in STEPS.items() if "github.token" in str(step.content.get("env"))]
    assert with_token == ["daily.yml: Enable this workflow again", "publish.yml: Collect run logs"]


def test_keeping_the_schedule_alive_enables_it_alone(stubbed: Machine) -> None:
    (call,) = stubbed.run(STEPS["daily.yml: Enable this workflow again"])
    assert call == ["gh", "api", "--method", "PUT", "repos/Ann/digits/actions/workflows/daily.yml/enable"]


def test_a_secret_as_the_readme_tells(tmp_path: Path) -> None:
    """What the README says to add fits into the workflows."""
    readme = (THEIRS.folder.parent / "README.md").read_text(encoding="utf-8")
    snippet = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)[0]
    declared, given, passed = (re.sub(r" +# .*", "", part).rstrip() + "\n" for part in snippet.split("\n\n"))
    texts = {name: workflow.text for name, workflow in WORKFLOWS.items()}
    for name, after, added in (
        ("pipeline.yml", "  workflow_call:\n", declared),
        ("pipeline.yml", "      - name: Run the pipeline\n", given),
        ("daily.yml", "    uses: $/.github/workflows/pipeline.yml\n", passed),
    ):
        assert added.startswith(after)
        texts[name] = texts[name].replace(after, added, 1)
    files = {f"x/.github/workflows/{name}": text for name, text in texts.items()}
    service = LanguageService(tmp_path)
    assert service.problems(files, *files) == {name: [] for name in files}
    undeclared = {**files, "x/.github/workflows/pipeline.yml": WORKFLOWS["pipeline.yml"].text}
    assert service.problems(undeclared, *files)["x/.github/workflows/daily.yml"]
