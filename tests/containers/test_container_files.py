"""Dockerfile, what is kept out of images, and the description of the dev container: what can be told without building."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, TypeAlias

import pytest

from pynb_dag_runner.cli import ui

Run: TypeAlias = Callable[..., "CompletedProcess[str]"]

# What containers.dev says of the properties that are used here, for a dev container that is built from a Dockerfile.
PROPERTIES: dict[str, type] = {
    "name": str,
    "build": dict,
    "runArgs": list,
    "hostRequirements": dict,
    "remoteUser": str,
    "updateRemoteUserUID": bool,
    "postCreateCommand": str,
    "forwardPorts": list,
    "portsAttributes": dict,
    "customizations": dict,
}


@pytest.fixture
def dockerfile(project: Path) -> str:
    """The Dockerfile of a generated project."""
    return (project / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture
def described(project: Path) -> dict[str, Any]:
    """The dev container of a generated project."""
    content = json.loads((project / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def hadolint(text: str) -> str:
    """What hadolint says of a Dockerfile; nothing when it has nothing to say."""
    program = Path(sys.executable).with_name("hadolint")
    result = subprocess.run([program, "--no-color", "-"], input=text, capture_output=True, text=True, check=False)
    assert (result.returncode == 0) == (result.stdout == ""), result.stderr
    return result.stdout


def problems(text: str) -> list[str]:
    """What is wrong with a Dockerfile by our own rules."""
    instructions = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    found = []
    stages = re.split(r"^(?=FROM )", instructions, flags=re.MULTILINE)[1:]
    names = [re.findall(r"^FROM \S+ AS (\S+)$", stage, re.MULTILINE) for stage in stages]
    if names != [["base"], ["run"], ["dev"]]:
        found.append(f"stages are {names}")
    for stage in stages:
        users = re.findall(r"^USER (\S+)$", stage, re.MULTILINE)
        if users and users[-1] != "1000":
            found.append(f"ends as user {users[-1]}")
    if not re.search(r"^ARG BASE=python:3\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?$", instructions, re.MULTILINE):
        found.append("the base is not pinned, or cannot be chosen")
    if re.search(r"^ADD |://|\|\s*(ba)?sh\b", instructions, re.MULTILINE):
        found.append("takes something from the network by its address")
    for install in re.findall(r"pip install [^&]*", instructions):
        if "--require-hashes" not in install and "--offline" not in install:
            found.append(f"installs what is not locked: {install}")
    if re.search(r"^(ARG|ENV) .*(TOKEN|SECRET|PASSW|KEY)", instructions, re.MULTILINE):
        found.append("a secret would stay in the image")
    locked, sources = instructions.find("COPY --chown=1000:1000 requirements.txt"), instructions.find("1000:1000 . .")
    if not 0 < locked < instructions.find("-r requirements.txt") < sources:
        found.append("each change of sources would install all packages anew")
    return found


def test_dockerfile(dockerfile: str) -> None:
    assert hadolint(dockerfile) == ""
    assert problems(dockerfile) == []


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("slim-bookworm", "latest", "not pinned"),
        ("ARG BASE=python:3.11-slim-bookworm\n\nFROM ${BASE}", "FROM python", "cannot be chosen"),
        ("USER 1000\nCMD", "CMD", "ends as user 0"),
        ("rm /tmp/uv.txt", "curl x | sh", "from the network"),
        ("COPY --chown=1000:1000 . .", "ADD https://example.org/x.tar .", "from the network"),
        ("--require-hashes -r requirements", "-r requirements", "not locked"),
        ("PYTHONUNBUFFERED=1", "MY_TOKEN=1", "secret"),
        ("requirements.txt ./", ". .", "anew"),
        ("FROM run AS dev", "FROM base AS dev2", "stages"),
    ],
)
def test_flaws_of_dockerfiles_are_found(dockerfile: str, right: str, wrong: str, said: str) -> None:
    assert right in dockerfile
    assert said in str(problems(dockerfile.replace(right, wrong)))


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("USER 1000\nCMD", "CMD", "DL3002"),
        ("rm -rf /var/lib/apt/lists/*", "true", "DL3009"),
        ("--no-install-recommends ", "", "DL3015"),
        ("WORKDIR /app", "WORKDIR app", "DL3000"),
        ('CMD ["pdr", "run"]', "CMD pdr run", "DL3025"),
        ('"$PDR_VENV" --compile', "$PDR_VENV/$(x) --compile", "SC2046"),
    ],
)
def test_hadolint_looks_at_it(dockerfile: str, right: str, wrong: str, said: str) -> None:
    assert right in dockerfile
    assert said in hadolint(dockerfile.replace(right, wrong))


@pytest.mark.parametrize("project", ["minimal"], indirect=True)
def test_base_has_the_python_that_the_project_asks_for(project: Path, dockerfile: str) -> None:
    assert f'requires-python = ">={dockerfile.split("ARG BASE=python:")[1].partition("-")[0]}"' in (
        project / "pyproject.toml"
    ).read_text(encoding="utf-8")


def test_dev_container_is_what_dockerfile_and_makefile_have(
    project: Path, dockerfile: str, described: dict[str, Any]
) -> None:
    assert {name: type(value) for name, value in described.items()} == PROPERTIES
    folder = project / ".devcontainer"
    build = described["build"]
    assert (folder / build["dockerfile"]).resolve() == (project / "Dockerfile").resolve()
    assert (folder / build["context"]).resolve() == project.resolve()
    assert f" AS {build['target']}\n" in dockerfile
    assert set(build) == {"dockerfile", "context", "target"}

    user = described["remoteUser"]
    assert f" {user} \\\n" in dockerfile
    (environment,) = re.findall(r"^ENV PDR_VENV=(\S+)$", dockerfile, re.MULTILINE)
    # When the user gets the number of whoever works in it, the CLI gives the home folder along.
    assert environment.startswith(f"/home/{user}/")
    settings = described["customizations"]["vscode"]["settings"]
    assert settings["python.defaultInterpreterPath"] == f"{environment}/bin/python"

    assert described["forwardPorts"] == [ui._DEFAULT_PORT]
    assert set(described["portsAttributes"]) == {str(ui._DEFAULT_PORT)}
    program, *verbs = described["postCreateCommand"].split()
    assert program == "make"
    makefile = (project / "Makefile").read_text(encoding="utf-8")
    assert all(f"\n{verb}:" in makefile for verb in verbs)
    recommended = json.loads((project / ".vscode" / "extensions.json").read_text(encoding="utf-8"))
    assert described["customizations"]["vscode"]["extensions"] == recommended["recommendations"]
    assert {"--init", "--shm-size=2g"} == set(described["runArgs"])


@pytest.mark.system
def test_dev_container_cli_reads_it(run: Run, project: Path) -> None:
    cli = Path(__file__).parent / "node_modules" / "@devcontainers" / "cli" / "devcontainer.js"
    arguments = ("--docker-path", "/bin/true", "--workspace-folder", project)
    said = run("node", cli, "read-configuration", *arguments, cwd=project).stdout
    configuration = json.loads(said)["configuration"]
    assert configuration["build"]["target"] == "dev"
    assert configuration["postCreateCommand"] == "make setup"
    assert configuration["name"] == project.name


def test_secrets_do_not_get_into_images(project: Path) -> None:
    ignored = (project / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {"**/.env", "**/*.pem", "**/*.key", "**/.netrc", ".git", "pipeline-outputs"} <= set(ignored)


def test_who_has_no_engine_is_told_what_is_wanted(project: Path, run: Run, tmp_path: Path) -> None:
    for tool in ("sh", "make"):
        found = subprocess.run(["which", tool], capture_output=True, text=True, check=True).stdout.strip()
        (tmp_path / tool).symlink_to(found)
    for verb in ("docker-build", "docker-run", "docker-test"):
        said = run("make", verb, cwd=project, exit_code=2, PATH=str(tmp_path)).stderr
        assert "Wanted is Docker, its engine running, or podman" in said
    assert not (project / "pipeline-outputs").exists()
