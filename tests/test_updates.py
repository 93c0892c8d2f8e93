"""A project stays up to date: `cruft update` renews what is the template's, and leaves alone what is the user's."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, TypeAlias

import pytest

Run: TypeAlias = Callable[..., "CompletedProcess[str]"]
Commit: TypeAlias = Callable[[Path], None]
Generate: TypeAlias = Callable[..., Path]
ReadToml: TypeAlias = Callable[[Path], dict[str, Any]]
Contents: TypeAlias = dict[str, str]

SLUG = "{{cookiecutter.project_slug}}"
NEW_LINE = "# A newer template.\n"

# What a newer template has changed, whoever the file belongs to.
RENEWED = [
    ".devcontainer/devcontainer.json",
    ".dockerignore",
    ".github/workflows/pipeline.yml",
    ".github/workflows/publish.yml",
    ".gitignore",
    ".pre-commit-config.yaml",
    ".vscode/settings.json",
    "Dockerfile",
    "Makefile",
    "runner_lib/src/pynb_dag_runner/errors.py",
    "runner_lib/pyproject.toml",
]
REMOVED = ".github/dependabot.yml"
ADDED = ".vscode/newer.json"

OWN_NOTEBOOK = '# %% tags=["parameters"]\nnr_rows: int = 3\n\n# %%\nprint(nr_rows)\n'
OWN_PIPELINE = '''"""A pipeline that has nothing of the demo left."""

from pynb_dag_runner import Pipeline


def build(environment: str = "dev") -> Pipeline:
    """One notebook."""
    pipeline = Pipeline("sales")
    pipeline.notebook("fetch", parameters={"nr_rows": 5 if environment == "dev" else 50})
    return pipeline
'''
OWN_TEST = '''"""The shape of the DAG."""

from pipeline import build


def test_it_fetches() -> None:
    assert build()["fetch"].parameters == {"nr_rows": 5}
'''


def create(template: Path, output: Path, run: Run, starter: str) -> Path:
    answers = f'{{"starter": "{starter}", "project_name": "Sales"}}'
    run("cruft", "create", "--no-input", "--output-dir", output, "--extra-context", answers, template, cwd=output)
    return output / "sales"


def add_line(path: Path, line: str = NEW_LINE) -> None:
    path.write_text(path.read_text(encoding="utf-8") + line, encoding="utf-8")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def renew(template: Path, commit: Commit) -> None:
    """The template moves on: its own files, and also what it offers to start from."""
    for name in RENEWED:
        add_line(template / name if name.startswith("runner_lib/") else template / SLUG / name)
    (template / SLUG / REMOVED).unlink()
    (template / SLUG / ADDED).write_text("{}\n", encoding="utf-8")
    replace(template / SLUG / "pyproject.toml", '    "B",   # likely bugs\n', '    "B",   # likely bugs\n    "C4",\n')
    replace(template / SLUG / "pyproject.toml", '    "mypy>=1.18",\n', '    "mypy>=1.18.1",\n')
    for name in ("README.md", "LICENSE", "requirements-publish.txt"):
        add_line(template / SLUG / name, "# More words.\n")
    for path in (template / SLUG / "starters").rglob("*"):
        if path.suffix == ".py":
            path.write_text(NEW_LINE + path.read_text(encoding="utf-8") + NEW_LINE, encoding="utf-8")
        elif path.name == "requirements.txt":
            replace(path, "numpy==", "numpy===")
    for starter in ("mnist-digits", "minimal"):
        (template / SLUG / "starters" / starter / "notebooks" / "newer.py").write_text("# %%\n", encoding="utf-8")
    commit(template)


def contents(project: Path, names: list[str]) -> Contents:
    """The user's files as text, by path."""
    paths = [found for name in names for found in (project / name, *(project / name).rglob("*")) if found.is_file()]
    return {path.relative_to(project).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def update(project: Path, run: Run) -> str:
    """Update without a conflict of either kind: a file .rej, or markers in a file."""
    said = run("cruft", "update", "--skip-apply-ask", cwd=project).stdout
    assert not list(project.rglob("*.rej"))
    assert run("git", "diff", "--name-only", "--diff-filter=U", cwd=project).stdout == ""
    assert run("git", "grep", "-l", "^<<<<<<< ", cwd=project, exit_code=1).stdout == ""
    return said


def is_renewed(project: Path) -> None:
    assert [name for name in RENEWED if not (project / name).read_text(encoding="utf-8").endswith(NEW_LINE)] == []
    assert not (project / REMOVED).exists()
    assert (project / ADDED).exists()
    pyproject = (project / "pyproject.toml").read_text(encoding="utf-8")
    assert '    "C4",\n' in pyproject
    assert '    "mypy>=1.18.1",\n' in pyproject


def make_check(project: Path, run: Run) -> None:
    """`make check`, with our own tools in place of an installation."""
    tools = Path(sys.executable).parent
    run("make", "--assume-old=.venv/.ready", "check", f"BIN={tools}", cwd=project, PYTHONPATH=str(project / "src"))


@pytest.fixture(scope="session")
def skipped(project: Path, read_toml: ReadToml) -> list[str]:
    """What `cruft update` leaves alone."""
    names: list[str] = read_toml(project / "pyproject.toml")["tool"]["cruft"]["skip"]
    return names


def test_the_readme_says_whose_each_file_is(project: Path, skipped: list[str]) -> None:
    readme = (project / "README.md").read_text(encoding="utf-8")
    table = readme.split("## Whose file is it\n", 1)[1].split("\n## ", 1)[0]
    rows = [row.split("|")[1:3] for row in table.splitlines() if row.startswith("| ")]
    owners = {whose.strip(): re.findall(r"`([^` ]+)`", files) for whose, files in rows}
    assert sorted(name.rstrip("/") for name in owners["yours"]) == skipped
    assert owners["both"] == ["pyproject.toml"]
    files = [name for whose in ("yours", "the template's", "both") for name in owners[whose]]
    there = {f"{path.name}/" if path.is_dir() else path.name for path in project.iterdir() if path.name != ".git"}
    assert sorted(files) == sorted(there)


def test_own_changes_stay_and_the_template_is_renewed(
    own_template: Path, run: Run, commit: Commit, skipped: list[str], tmp_path: Path, starter: str
) -> None:
    project = create(own_template, tmp_path, run, starter)
    commit(project)
    for path in [*project.glob("notebooks/*.py"), *project.glob("src/*/*.py"), *project.glob("tests/*.py")]:
        path.write_text("# Mine, at the top.\n" + path.read_text(encoding="utf-8") + "# Mine.\n", encoding="utf-8")
    for name in ("pipeline.py", "README.md", "LICENSE", "requirements.txt", "requirements-publish.txt"):
        add_line(project / name, "# Mine.\n")
    next(iter(sorted(project.glob("notebooks/*.py")))).unlink()
    (project / "notebooks" / "fetch.py").write_text(OWN_NOTEBOOK, encoding="utf-8")
    (project / "data.csv").write_text("1,2\n", encoding="utf-8")
    (project / ".gitignore").write_text("/mine/\n" + (project / ".gitignore").read_text(encoding="utf-8"), "utf-8")
    replace(project / "pyproject.toml", '    "numpy>=2.2",\n', '    "numpy>=2.3",\n    "pandas>=2.3",\n')
    secret = "          MY_TOKEN: ${{ secrets.MY_TOKEN }}\n"
    workflow = project / ".github" / "workflows" / "pipeline.yml"
    step = "      - name: Run the pipeline\n"
    replace(workflow, step, f"{step}        env:\n{secret}")
    commit(project)
    mine = contents(project, skipped)

    renew(own_template, commit)
    said = update(project, run)

    assert "Good work!" in said
    assert "Next:" not in said, "what to do in a new project is nothing to do here"
    assert contents(project, skipped) == mine
    is_renewed(project)
    assert (project / ".gitignore").read_text(encoding="utf-8").startswith("/mine/\n")
    pyproject = (project / "pyproject.toml").read_text(encoding="utf-8")
    assert '    "numpy>=2.3",\n    "pandas>=2.3",\n' in pyproject
    assert secret in workflow.read_text(encoding="utf-8")
    commit(project)
    assert "already up to date" in run("cruft", "update", "--skip-apply-ask", cwd=project).stdout


def test_a_project_with_nothing_of_the_demo_left_is_renewed_and_passes_its_checks(
    own_template: Path, run: Run, commit: Commit, read_toml: ReadToml, skipped: list[str], tmp_path: Path, starter: str
) -> None:
    project = create(own_template, tmp_path, run, starter)
    commit(project)
    for path in [*project.glob("notebooks/*.py"), *project.glob("src/sales/*.py"), *project.glob("tests/*.py")]:
        path.unlink()
    (project / "pipeline.py").write_text(OWN_PIPELINE, encoding="utf-8")
    (project / "notebooks" / "fetch.py").write_text(OWN_NOTEBOOK, encoding="utf-8")
    (project / "src" / "sales" / "__init__.py").write_text('"""Sales."""\n', encoding="utf-8")
    (project / "tests" / "test_pipeline.py").write_text(OWN_TEST, encoding="utf-8")
    (project / "README.md").write_text("# Sales\n", encoding="utf-8")
    (project / "LICENSE").unlink()
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    own = re.sub(r"(?s)^dependencies = \[.*?^\]", 'dependencies = ["pandas>=2.3"]', text, flags=re.MULTILINE)
    (project / "pyproject.toml").write_text(own, encoding="utf-8")
    make_check(project, run)
    commit(project)
    mine = contents(project, skipped)

    renew(own_template, commit)
    update(project, run)

    assert contents(project, skipped) == mine
    assert not (project / "LICENSE").exists()
    is_renewed(project)
    assert read_toml(project / "pyproject.toml")["project"]["dependencies"] == ["pandas>=2.3"]
    make_check(project, run)


@pytest.mark.parametrize("kept_as_made", [True, False])
def test_where_both_change_the_same_lines_only_that_place_has_a_conflict(
    own_template: Path, run: Run, commit: Commit, skipped: list[str], tmp_path: Path, kept_as_made: bool
) -> None:
    project = create(own_template, tmp_path, run, "minimal")
    if kept_as_made:
        commit(project)
    replace(project / "pyproject.toml", '    "numpy>=2.2",\n', "")
    commit(project)
    mine = contents(project, skipped)

    replace(own_template / SLUG / "pyproject.toml", '"numpy>=2.2"', '"numpy>=2.4"')
    renew(own_template, commit)
    run("cruft", "update", "--skip-apply-ask", cwd=project)

    rejected = [path.name for path in project.rglob("*.rej")]
    marked = run("git", "grep", "-l", "^<<<<<<< ", cwd=project, exit_code=0 if kept_as_made else 1).stdout.split()
    assert (marked, rejected) == ((["pyproject.toml"], []) if kept_as_made else ([], ["pyproject.toml.rej"]))
    place = project / ("pyproject.toml" if kept_as_made else "pyproject.toml.rej")
    assert place.read_text(encoding="utf-8").count('"numpy>=2.4"') == 1
    assert contents(project, skipped) == mine
    is_renewed(project)


def test_a_project_of_cookiecutter_is_linked_and_updated(
    own_template: Path, run: Run, commit: Commit, generate: Generate, skipped: list[str], tmp_path: Path, starter: str
) -> None:
    project = generate(own_template, tmp_path / "output", starter=starter, project_name="Sales")
    add_line(project / "pipeline.py", "# Mine.\n")
    first = run("git", "rev-parse", "HEAD", cwd=own_template).stdout.strip()
    renew(own_template, commit)

    answers = f'{{"starter": "{starter}", "project_name": "Sales"}}'
    run("cruft", "link", "--no-input", "--checkout", first, "--extra-context", answers, own_template, cwd=project)
    commit(project)
    mine = contents(project, skipped)
    run("cruft", "diff", "--exit-code", cwd=project)
    update(project, run)

    assert contents(project, skipped) == mine
    is_renewed(project)
