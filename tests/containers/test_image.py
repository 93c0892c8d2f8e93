"""The image of a generated project and its dev container are built and run: pipeline, checks and tests, without network."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, TypeAlias

import pytest

# tests/ is no package: what the fixture gives is known by these names alone.
Engine: TypeAlias = Any
Run: TypeAlias = Callable[..., "CompletedProcess[str]"]
Generate: TypeAlias = Callable[..., Path]
Call: TypeAlias = Callable[..., str]

pytestmark = pytest.mark.system

SOMEBODY = 12345
NODE = Path(__file__).parent / "node_modules"
# What a project may hold that is nobody's business, and what no image needs.
UNWANTED = [".env", "keys/server.pem", "keys/id.key", "pipeline-outputs/old.txt", ".venv/bin/python"]


@pytest.fixture(scope="module")
def project(template: Path, generate: Generate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project to build images of."""
    project = generate(template, tmp_path_factory.mktemp("containers"), starter="minimal", project_slug="waves")
    for name in UNWANTED:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("correct horse", encoding="utf-8")
    give_to_its_user(project)
    return project


def give_to_its_user(project: Path) -> None:
    """Nobody works as root. A container's user is changed to be whoever works, but for root."""
    if os.getuid() == 0:
        for path in (project, *project.rglob("*")):
            if "pipeline-outputs" not in path.relative_to(project).parts:
                os.chown(path, 1000, 1000, follow_symlinks=False)


def copied(project: Path, folder: Path) -> Path:
    """A copy of the project, with owners and times, so that layers that are made of its files are the same."""
    left_out = shutil.ignore_patterns("pipeline-outputs", ".venv")
    copy = shutil.copytree(project, folder / project.name, symlinks=True, ignore=left_out)
    give_to_its_user(copy)
    return copy


def results(run: Run, project: Path) -> dict[str, str]:
    """The results of the tasks of the newest run."""
    shown = json.loads(run("pdr", "show", "--format", "json", cwd=project).stdout)
    return {task["id"]: task["result"] for task in shown["tasks"]}


def test_pipeline_runs_in_the_image_without_network(engine: Engine, call: Call, run: Run, project: Path) -> None:
    assert " --network none " in run("make", "-n", "docker-run", "DOCKER=docker", cwd=project).stdout
    run("make", "docker-run", f"DOCKER={engine.program}", cwd=project, **engine.environment)
    (run_log,) = (project / "pipeline-outputs" / "runs").glob("*.otlp.jsonl")
    assert stat.S_IMODE(run_log.stat().st_mode) == 0o444
    owners = {path.lstat().st_uid for path in (project / "pipeline-outputs").rglob("*")}
    assert owners == {os.getuid()}
    assert set(results(run, project).values()) == {"success"}
    assert len(results(run, project)) == 2

    about = json.loads(call("image", "inspect", "waves:run"))[0]
    assert about["Config"]["User"] == "1000"
    listed = call("run", "--rm", "--network", "none", "waves:run", "find", "/app", "-not", "-path", "*/runner_lib/*")
    files = {line.removeprefix("/app/") for line in listed.splitlines()}
    assert {"pipeline.py", "notebooks/report.py", "requirements.txt"} <= files
    assert not files & set(UNWANTED)
    assert not {".git", ".venv", "Dockerfile"} & files


def test_outputs_belong_to_whoever_calls(engine: Engine, run: Run, project: Path, tmp_path: Path) -> None:
    """As with Docker, whose engine is root and whose caller is not: neither a user of the image nor of any passwd file."""
    is_root = os.getuid() == 0
    somebody = SOMEBODY if is_root else os.getuid()
    programs = tmp_path / "programs"
    programs.mkdir()
    said = {"id": f"#!/bin/sh\necho {somebody}\n"}
    docker = '[ "$1" = --version ] && echo "Docker version 0" ||' if is_root else ""
    said["engine"] = f'#!/bin/sh\n{docker} exec {engine.program} "$@"\n'
    for name, text in said.items():
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    copy = copied(project, tmp_path)
    outputs = copy / "pipeline-outputs"
    outputs.mkdir()
    if is_root:
        os.chown(outputs, somebody, somebody)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    run("make", "docker-run", f"DOCKER={programs / 'engine'}", cwd=copy, PATH=path, **engine.environment)
    assert {one.lstat().st_uid for one in outputs.rglob("*")} == {somebody}
    assert list((outputs / "runs").glob("*.otlp.jsonl"))


def test_checks_and_tests_pass_in_the_image(engine: Engine, run: Run, project: Path) -> None:
    said = run("make", "docker-test", f"DOCKER={engine.program}", cwd=project, **engine.environment).stdout
    assert " passed" in said


def test_a_change_of_sources_installs_nothing_anew(engine: Engine, run: Run, project: Path, tmp_path: Path) -> None:
    copy = copied(project, tmp_path)
    (copy / "pipeline.py").write_text("raise SystemExit('another pipeline')\n", encoding="utf-8")
    arguments = (f"DOCKER={engine.program}", "IMAGE=other")
    said = run("make", "docker-build", *arguments, cwd=copy, **engine.environment)
    steps = re.split(r"(?=STEP \d+/\d+: )", said.stdout + said.stderr)
    (install,) = [step for step in steps if "python3 -m venv" in step]
    if engine.is_podman:
        assert "Using cache" in install
    said = run("make", "docker-run", *arguments, cwd=copy, exit_code=2, **engine.environment)
    assert "another pipeline" in said.stdout + said.stderr


@pytest.fixture
def workspace(project: Path, tmp_path: Path) -> Path:
    """The project as somebody has it who opens it in an editor: no run yet, no environment."""
    return copied(project, tmp_path)


@pytest.fixture
def devcontainer(engine: Engine, run: Run, workspace: Path) -> Iterator[Callable[..., str]]:
    """The dev container CLI, which does what VS Code and Codespaces do; its container goes when the test has ended."""
    label = f"pdr-test={os.getpid()}"
    common = ("--docker-path", engine.program, "--workspace-folder", workspace, "--id-label", label)

    def call_cli(verb: str, *arguments: str) -> str:
        cli = NODE / "@devcontainers" / "cli" / "devcontainer.js"
        return run("node", cli, verb, *common, *arguments, cwd=workspace, **engine.environment).stdout

    yield call_cli
    listed = run(engine.program, "ps", "-aq", "--filter", f"label={label}", cwd=workspace, **engine.environment).stdout
    for container in listed.split():
        run(engine.program, "rm", "--force", container, cwd=workspace, **engine.environment)


def test_dev_container_is_ready_to_work_in(
    devcontainer: Callable[..., str], engine: Engine, run: Run, workspace: Path
) -> None:
    said = devcontainer("up", *(("--buildkit", "never") if engine.is_podman else ()))
    up = json.loads(said.splitlines()[-1])
    assert up["outcome"] == "success"
    assert up["remoteUser"] == "pipeline"

    # What was installed when it was made is the workspace, not what the image has of the sources.
    where = devcontainer(
        "exec", "python", "-c", "import waves, pynb_dag_runner as p; print(waves.__file__, p.__file__)"
    )
    assert where.count(f"/workspaces/{workspace.name}/") == 2
    assert "Nothing to be done" in devcontainer("exec", "make", "setup")
    said = devcontainer("exec", "make", "check", "test", "run")
    assert " passed" in said
    assert set(results(run, workspace).values()) == {"success"}
    changed = run("git", "-c", f"safe.directory={workspace}", "status", "--porcelain", cwd=workspace).stdout
    assert all(line.startswith("A  ") or line.split()[-1] in (".env", "keys/") for line in changed.splitlines())
    assert (workspace / "pipeline-outputs").stat().st_uid == workspace.stat().st_uid
