"""What a generated project consists of, before anything in it is run."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, TypeAlias

import pytest
import yaml

from pynb_dag_runner.github.addresses import tracker_url

Run: TypeAlias = Callable[..., "CompletedProcess[str]"]
Generate: TypeAlias = Callable[..., Path]
ReadToml: TypeAlias = Callable[[Path], dict[str, Any]]

COMMON = {
    ".devcontainer/devcontainer.json",
    ".dockerignore",
    ".github/dependabot.yml",
    ".github/workflows/daily.yml",
    ".github/workflows/image.yml",
    ".github/workflows/pipeline.yml",
    ".github/workflows/publish.yml",
    ".gitignore",
    ".pre-commit-config.yaml",
    ".vscode/extensions.json",
    ".vscode/launch.json",
    ".vscode/settings.json",
    ".vscode/tasks.json",
    "Dockerfile",
    "LICENSE",
    "Makefile",
    "README.md",
    "pipeline.py",
    "pyproject.toml",
    "requirements-publish.txt",
    "requirements.txt",
}
STARTERS = {
    "mnist-digits": {
        "notebooks/benchmark-model.py",
        "notebooks/eda.py",
        "notebooks/ingest.py",
        "notebooks/split-train-test.py",
        "notebooks/summary.py",
        "notebooks/train-model.py",
        "src/mnist_digits_pipeline/__init__.py",
        "src/mnist_digits_pipeline/datasets.py",
        "src/mnist_digits_pipeline/display.py",
        "src/mnist_digits_pipeline/models.py",
        "src/mnist_digits_pipeline/plots.py",
        "tests/test_datasets.py",
        "tests/test_models.py",
        "tests/test_pipeline.py",
    },
    "minimal": {
        "notebooks/report.py",
        "src/my_pipeline/__init__.py",
        "src/my_pipeline/measurements.py",
        "tests/test_measurements.py",
        "tests/test_pipeline.py",
    },
}
LICENSES = {"MIT": "MIT License", "Apache-2.0": "Apache License", "BSD-3-Clause": "BSD 3-Clause License"}


@pytest.fixture
def files(project: Path) -> dict[str, str]:
    """Text of each file of the project apart from git's data and the library."""
    return {
        path.relative_to(project).as_posix(): path.read_text(encoding="utf-8")
        for path in project.rglob("*")
        if path.is_file() and path.relative_to(project).parts[0] not in (".git", "runner_lib")
    }


def test_exactly_these_files(files: dict[str, str], starter: str) -> None:
    assert set(files) == COMMON | STARTERS[starter]


def test_library_is_complete(project: Path, template: Path, run: Run) -> None:
    listed = set(run("git", "ls-files", "runner_lib", cwd=template).stdout.splitlines())
    assert {
        path.relative_to(project).as_posix() for path in project.rglob("runner_lib/**/*") if path.is_file()
    } == listed
    for name in listed:
        assert (project / name).read_bytes() == (template / name).read_bytes(), name


def test_workflows_arrive_as_they_are(template: Path, files: dict[str, str]) -> None:
    """GitHub's expressions look like the template's, and must not be taken for them."""
    source = template / "{{cookiecutter.project_slug}}"
    workflows = {name: text for name, text in files.items() if name.startswith(".github/")}
    assert workflows == {name: (source / name).read_text(encoding="utf-8") for name in workflows}
    assert "${{ vars.PIPELINE_RUNNER || 'ubuntu-24.04' }}" in workflows[".github/workflows/pipeline.yml"]
    assert not any("cookiecutter" in text for text in workflows.values())


def test_readme_leads_to_runs_and_tracker(template: Path, generate: Generate, tmp_path: Path) -> None:
    project = generate(template, tmp_path / "output", github_owner="Ann-Example", project_slug="digits")
    readme = (project / "README.md").read_text(encoding="utf-8")
    top = readme.partition("## Run it")[0]
    for workflow in ("pipeline", "daily", "publish"):
        address = f"https://github.com/Ann-Example/digits/actions/workflows/{workflow}.yml"
        assert f"]({address}/badge.svg" in top
        assert f"]({address})" in top
        assert (project / ".github" / "workflows" / f"{workflow}.yml").is_file()
    assert f"]({tracker_url({'GITHUB_REPOSITORY': 'Ann-Example/digits'})})" in top
    assert "https://ann-example.github.io/digits/#/pr/NUMBER" in readme


def test_no_template_language_is_left(files: dict[str, str]) -> None:
    for name, text in files.items():
        assert "cookiecutter." not in text, name
        assert "{%" not in text, name
        assert name.startswith("starters") is False


def test_texts_are_tidy(files: dict[str, str]) -> None:
    for name, text in files.items():
        assert text.endswith("\n"), name
        assert not text.endswith("\n\n"), name
        assert not text.startswith("\n"), name
        assert "\n\n\n\n" not in text, name
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), name


def test_names_are_safe_on_every_file_system(files: dict[str, str]) -> None:
    for name in files:
        assert re.fullmatch(r"[A-Za-z0-9._/-]+", name), name
    assert len({name.lower() for name in files}) == len(files)


def test_data_files_parse(project: Path, files: dict[str, str], read_toml: ReadToml) -> None:
    for name in files:
        if name.endswith(".toml"):
            assert read_toml(project / name)
        elif name.endswith((".yaml", ".yml")):
            assert yaml.safe_load(files[name])
        elif name.endswith(".json"):
            assert json.loads(files[name])


@pytest.mark.parametrize("slug", ["a", "z9", "x" * 40, "zebra-crossings"])
def test_code_is_in_shape_whatever_the_name(
    template: Path, generate: Generate, run: Run, tmp_path: Path, starter: str, slug: str
) -> None:
    project = generate(template, tmp_path / "output", starter=starter, project_slug=slug)
    package = slug.replace("-", "_")
    assert (project / "src" / package / "__init__.py").is_file()
    run("black", "--check", "--diff", "--quiet", "pipeline.py", "notebooks", "src", "tests", cwd=project)
    run("ruff", "check", cwd=project)


@pytest.mark.parametrize("license_name", ["MIT", "Apache-2.0", "BSD-3-Clause", "none"])
def test_license(template: Path, generate: Generate, read_toml: ReadToml, tmp_path: Path, license_name: str) -> None:
    project = generate(template, tmp_path / "output", license=license_name, author="Ann Example")
    metadata = read_toml(project / "pyproject.toml")["project"]
    if license_name == "none":
        assert not (project / "LICENSE").exists()
        assert "license" not in metadata
    else:
        text = (project / "LICENSE").read_text(encoding="utf-8")
        assert text.lstrip().startswith(LICENSES[license_name])
        assert text.count("Ann Example") == 1
        assert metadata["license"] == license_name


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_python_version(
    template: Path, generate: Generate, run: Run, read_toml: ReadToml, tmp_path: Path, version: str
) -> None:
    project = generate(template, tmp_path / "output", python_version=version)
    assert read_toml(project / "pyproject.toml")["project"]["requires-python"] == f">={version}"

    tools = tmp_path / "tools"  # a machine with make but without any Python
    tools.mkdir()
    for tool in ("sh", "awk", "make"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    said = run("make", "setup", cwd=project, exit_code=2, PATH=str(tools)).stderr
    assert f"No Python {version} to 3.13 here. Install one, or say where: make setup PYTHON=/path/to/python3" in said
    assert not (project / ".venv").exists()


def test_make_lists_its_verbs(project: Path, run: Run) -> None:
    said = run("make", cwd=project).stdout
    assert [line for line in said.splitlines() if len(line) > 80] == []
    assert said.index("Every day") < said.index("Look at") < said.index("GitHub") < said.index("Now and then")
    listed = re.findall(r"^  make ([a-z-]+) +\S", said, re.MULTILINE)
    assert listed == [
        "help",
        "setup",
        "run",
        "check",
        "test",
        "format",
        "watch",
        "watch-black",
        "watch-ruff",
        "watch-mypy",
        "watch-test",
        "ui",
        "graph",
        "show",
        "expand",
        "report",
        "summary",
        "site",
        "github",
        "collect",
        "setup-publish",
        "docker-build",
        "docker-run",
        "docker-test",
        "lock",
        "clean",
    ]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "{{cookiecutter.project_slug}}/README.md"])
def test_verbs_that_pages_name_exist(template: Path, page: str) -> None:
    makefiles = [template / "Makefile", template / "{{cookiecutter.project_slug}}" / "Makefile"]
    makefile = "".join(path.read_text(encoding="utf-8") for path in makefiles)
    named = re.findall(r"(?:`|^ *)make ((?:[a-z-]+ ?)+)", (template / page).read_text(encoding="utf-8"), re.MULTILINE)
    verbs = {verb for verbs in named for verb in verbs.split()}
    assert verbs
    for verb in verbs:
        assert f"\n{verb}:" in makefile, verb


def test_ignored_files_do_not_hide_the_library(project: Path, run: Run, tmp_path: Path) -> None:
    copy = shutil.copytree(project, tmp_path / "copy", ignore=shutil.ignore_patterns(".git"))
    run("git", "init", "--quiet", cwd=copy)
    run("git", "add", "--all", cwd=copy)
    added = set(run("git", "ls-files", cwd=copy).stdout.splitlines())
    assert added == {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()} - {
        path.relative_to(copy).as_posix() for path in copy.rglob(".git/**/*")
    }
