"""A person's first day: install, check, test, run, look, change, in a fresh project on a machine nobody has set up."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import TypeAlias

import pytest

pytestmark = pytest.mark.system

Run: TypeAlias = Callable[..., "CompletedProcess[str]"]
Generate: TypeAlias = Callable[..., Path]

NR_TASKS = {"mnist-digits": 10, "minimal": 2}


@pytest.fixture(params=["uv", "pip"])
def path(request: pytest.FixtureRequest, machine: Mapping[str, str], tmp_path: Path) -> str:
    """A PATH with the programs of the machine, with uv or without."""
    programs = tmp_path / "programs"
    programs.mkdir()
    # Our own .venv is on the machine's PATH; the project must find its Python and its tools by itself.
    for folder in machine["PATH"].split(os.pathsep)[1:]:
        for program in Path(folder).iterdir() if Path(folder).is_dir() else ():
            target = programs / program.name
            if program.name not in ("uv", "uvx") and not target.exists() and not target.is_symlink():
                target.symlink_to(program)
    if request.param == "uv":
        (programs / "uv").symlink_to(str(shutil.which("uv", path=machine["PATH"])))
    return str(programs)


def test_first_day(template: Path, generate: Generate, run: Run, tmp_path: Path, starter: str, path: str) -> None:
    project = generate(template, tmp_path / "output", starter=starter, python_version="3.10")

    def make(*arguments: str) -> str:
        result = run("make", *arguments, cwd=project, PATH=path, PYTHONDONTWRITEBYTECODE="1")
        return result.stdout

    make("setup")
    assert "Nothing to be done" in make("setup")
    assert list((project / ".venv").rglob("site-packages/ray/__pycache__/*.pyc")), "installed, but not compiled"

    make("check")
    assert " passed" in make("test")
    assert "flowchart" in make("graph")

    make("run", "ARGS=--set failing_attempts=0" if starter == "mnist-digits" else "ARGS=")
    (run_log,) = (project / "pipeline-outputs" / "runs").glob("*.otlp.jsonl")
    assert stat.S_IMODE(run_log.stat().st_mode) == 0o444
    shown = json.loads(make("show", "ARGS=--format json"))
    assert json.dumps(shown).count('"success"') >= NR_TASKS[starter]
    make("expand")
    assert list((project / "pipeline-outputs" / "expanded").rglob("*.ipynb"))
    assert list((project / "pipeline-outputs" / "expanded").rglob("*.html"))

    assert "site/index.html" in make("site")
    site = project / "pipeline-outputs" / "site"
    assert (site / "assets" / "app.js").exists()
    assert (site / "data" / "runs" / run_log.name.removesuffix(".otlp.jsonl") / "run.js").exists()

    make("format")
    changed = run("git", "status", "--porcelain", cwd=project).stdout.splitlines()
    assert [line for line in changed if not line.startswith("A  ")] == [], "nothing that was made is to be committed"

    make("clean")
    assert not (project / ".venv").exists()
    assert run_log.exists()


def test_checks_find_what_is_wrong(template: Path, generate: Generate, run: Run, tmp_path: Path) -> None:
    project = generate(template, tmp_path / "output", starter="minimal")
    run("make", "setup", cwd=project)
    notebook = project / "notebooks" / "report.py"
    good = notebook.read_text(encoding="utf-8")
    for flaw, message in {
        "x = {  'a':1 }\n": "notebooks/report.py",
        "import os\n": "F401",
        "value: int = 'text'\n".replace("'", '"'): "Incompatible types in assignment",
    }.items():
        notebook.write_text(f"{good}\n# %%\n{flaw}", encoding="utf-8")
        result = run("make", "check", cwd=project, exit_code=2)
        assert message in result.stdout + result.stderr
    notebook.rename(notebook.with_name("renamed.py"))
    result = run("make", "check", cwd=project, exit_code=2)
    assert "pipeline.py" in result.stdout + result.stderr


def test_publishing_installs_the_base_alone(
    template: Path, generate: Generate, run: Run, tmp_path: Path, path: str
) -> None:
    project = generate(template, tmp_path / "output", starter="minimal", python_version="3.10")

    def make(*arguments: str, exit_code: int = 0) -> str:
        return run("make", *arguments, cwd=project, exit_code=exit_code, PATH=path).stdout

    make("setup-publish")
    assert "Nothing to be done" in make("setup-publish")
    packages = {folder.name for folder in (project / ".venv").glob("lib/*/site-packages/*")}
    assert {"rich", "urllib3"} < packages
    assert not {"ray", "jupytext", "nbconvert", "opentelemetry"} & packages

    (project / "pipeline-outputs").mkdir()
    assert "site/index.html" in make("site")
    assert "site/index.html" in make("site"), "the site is no run log of itself"
    run("make", "github", "ARGS=--help", cwd=project, PATH=path)

    if shutil.which("uv", path=path):  # by pip it takes minutes
        make("setup")
        assert list((project / ".venv").glob("lib/*/site-packages/ray")), "what was there is taken for all"
        assert "Nothing to be done" in make("setup-publish", "setup")
