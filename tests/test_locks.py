"""The lock files name everything that is asked for, with hashes, for every supported Python, and no host."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ReadToml: TypeAlias = Callable[[Path], dict[str, Any]]

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
PLATFORMS = {"Linux": "linux", "Darwin": "darwin"}


def locked(lock: Path) -> list[tuple[Requirement, int]]:
    """Each pinned requirement of a lock file and how many hashes it has."""
    entries = lock.read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    return [(Requirement(entry.partition(" --hash=")[0]), entry.count("--hash=sha256:")) for entry in entries]


def applies(marker: Marker | None, python: str, system: str) -> bool:
    """Whether a requirement is installed by this Python on this system."""
    machine = "arm64" if system == "Darwin" else "x86_64"
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.4",
        "platform_system": system,
        "sys_platform": PLATFORMS[system],
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "os_name": "posix",
    }
    return marker is None or marker.evaluate(environment)


def wanted(project: dict[str, Any], extra: str) -> list[Requirement]:
    """What a pyproject.toml asks for, with one extra."""
    metadata = project["project"]
    return [Requirement(text) for text in (*metadata["dependencies"], *metadata["optional-dependencies"][extra])]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", PLATFORMS)
def test_project_lock_covers_what_is_asked_for(project: Path, read_toml: ReadToml, python: str, system: str) -> None:
    asked = [
        *wanted(read_toml(project / "pyproject.toml"), "dev"),
        *wanted(read_toml(project / "runner_lib" / "pyproject.toml"), "run"),
    ]
    pins: dict[str, list[str]] = {}
    for requirement, _ in locked(project / "requirements.txt"):
        if applies(requirement.marker, python, system):
            pins.setdefault(canonicalize_name(requirement.name), []).append(str(requirement.specifier)[2:])
    assert [name for name, versions in pins.items() if len(versions) > 1] == []
    for requirement in asked:
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)][0]), requirement.name


def test_own_lock_covers_tools_and_library(template: Path, read_toml: ReadToml) -> None:
    names = {canonicalize_name(requirement.name) for requirement, _ in locked(template / "requirements.txt")}
    tools = [Requirement(text) for text in read_toml(template / "pyproject.toml")["dependency-groups"]["dev"]]
    library = wanted(read_toml(template / "runner_lib" / "pyproject.toml"), "run")
    assert {canonicalize_name(requirement.name) for requirement in (*tools, *library)} <= names


def test_own_lock_agrees_with_the_projects(template: Path, project: Path) -> None:
    own = {(requirement.name, requirement.specifier) for requirement, _ in locked(template / "requirements.txt")}
    for name in ("requirements.txt", "requirements-publish.txt"):
        assert {(requirement.name, requirement.specifier) for requirement, _ in locked(project / name)} <= own


@pytest.mark.parametrize("python", PYTHONS)
def test_publishing_needs_little(project: Path, read_toml: ReadToml, python: str) -> None:
    """The workflow that publishes has rights: it installs what reads run logs, what builds that library, and nothing else."""
    library = read_toml(project / "runner_lib" / "pyproject.toml")
    asked = [
        Requirement(text) for text in (*library["project"]["dependencies"], *library["dependency-groups"]["build"])
    ]
    pins = {
        canonicalize_name(requirement.name): str(requirement.specifier)[2:]
        for requirement, _ in locked(project / "requirements-publish.txt")
        if applies(requirement.marker, python, "Linux")
    }
    for requirement in asked:
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement.name
    assert set(pins) - {canonicalize_name(requirement.name) for requirement in asked} == {"mdurl"}
    assert library["build-system"]["requires"] == library["dependency-groups"]["build"]


def test_locks_are_renewed_also_where_uv_is_in_the_environment_alone(
    template: Path, generate: Callable[..., Path], run: Callable[..., Any], tmp_path: Path
) -> None:
    project = generate(template, tmp_path / "output", starter="minimal")
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "uv").symlink_to(Path(sys.executable).with_name("uv"))
    for tool in ("sh", "make"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    said = run("make", "lock", "ARGS=--help", cwd=project, PATH=str(tmp_path)).stdout
    assert said.count("Usage: uv pip compile") == 2


def locks(template: Path, project: Path) -> list[Path]:
    """All lock files."""
    return [template / "requirements.txt", project / "requirements.txt", project / "requirements-publish.txt"]


def test_everything_is_pinned_and_hashed(template: Path, project: Path) -> None:
    for lock in locks(template, project):
        for requirement, nr_hashes in locked(lock):
            assert re.fullmatch(r"==[^,*]+", str(requirement.specifier)), requirement
            assert nr_hashes > 0, requirement


def test_no_host_is_named(template: Path, project: Path) -> None:
    for lock in locks(template, project):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert "#" not in text
        assert "index" not in text


def test_npm_locks_name_no_host(template: Path) -> None:
    for folder in ("ui", "tests/github", "tests/containers"):
        packages = json.loads((template / folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
        assert len(packages) > 1
        for name, package in packages.items():
            assert "resolved" not in package, name
            assert not name or package["integrity"].startswith("sha512-"), name
