"""Wherever the template comes from, the same answers give the same project, byte for byte."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import TypeAlias

import pytest

Run: TypeAlias = Callable[..., "CompletedProcess[str]"]
Generate: TypeAlias = Callable[..., Path]
ReadTree: TypeAlias = Callable[[Path], dict[str, tuple[bytes, bool]]]

SLUG = "{{cookiecutter.project_slug}}"
LEFTOVERS = [
    "runner_lib/.venv/lib/module.py",
    "runner_lib/.mypy_cache/3.11/cache.db",
    "runner_lib/.coverage",
    "runner_lib/build/lib/module.py",
    "runner_lib/dist/pynb_dag_runner-0.1.0.whl",
    "runner_lib/src/pynb_dag_runner.egg-info/PKG-INFO",
    "runner_lib/src/pynb_dag_runner/__pycache__/errors.cpython-311.pyc",
    "runner_lib/src/pynb_dag_runner/gone/__pycache__/gone.cpython-311.pyc",
    "runner_lib/tests/.pytest_cache/README.md",
    f"{SLUG}/starters/mnist-digits/__pycache__/pipeline.cpython-311.pyc",
    f"{SLUG}/starters/mnist-digits/notebooks/.ipynb_checkpoints/eda-checkpoint.py",
    f"{SLUG}/starters/minimal/pipeline-outputs/runs/one.otlp.jsonl",
    ".venv/lib/module.py",
    ".cache/pytest/README.md",
]


def test_relative_path(
    project: Path, template: Path, starter: str, generate: Generate, tree: ReadTree, tmp_path: Path
) -> None:
    again = generate("./pdr-template", tmp_path / "output", cwd=template.parent, starter=starter)
    assert tree(again) == tree(project)


def test_answers_typed_by_a_person(
    project: Path, template: Path, starter: str, run: Run, tree: ReadTree, tmp_path: Path
) -> None:
    choice = {"mnist-digits": "1", "minimal": "2"}[starter]
    asked = run("cookiecutter", template, cwd=tmp_path, stdin=f"{choice}\n" + "\n" * 7).stdout
    assert "Name of its folder and its GitHub repository" in asked
    assert "__package" not in asked
    assert tree(tmp_path / project.name) == tree(project)


def test_git_clone(
    project: Path, template: Path, starter: str, generate: Generate, tree: ReadTree, tmp_path: Path
) -> None:
    again = generate(f"git+file://{template}", tmp_path / "output", starter=starter)
    assert tree(again) == tree(project)


def test_zip_archive(
    project: Path, template: Path, starter: str, run: Run, generate: Generate, tree: ReadTree, tmp_path: Path
) -> None:
    archive = tmp_path / "pdr-template-main.zip"
    run("git", "archive", "--format=zip", "--prefix=pdr-template-main/", f"--output={archive}", "HEAD", cwd=template)
    again = generate(archive, tmp_path / "output", starter=starter)
    assert tree(again) == tree(project)


def test_cruft_create(project: Path, template: Path, starter: str, run: Run, tree: ReadTree, tmp_path: Path) -> None:
    answers = f'{{"starter": "{starter}"}}'
    run("cruft", "create", "--no-input", "--output-dir", tmp_path, "--extra-context", answers, template, cwd=tmp_path)
    again = tmp_path / project.name
    assert (again / ".cruft.json").is_file()
    assert not (again / ".git").exists()
    assert tree(again) == tree(project)


def test_used_checkout(
    project: Path, own_template: Path, starter: str, generate: Generate, tree: ReadTree, tmp_path: Path
) -> None:
    for name in LEFTOVERS:
        path = own_template / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\x00\xff left over")
    again = generate(own_template, tmp_path / "output", starter=starter)
    assert tree(again) == tree(project)


def test_cruft_update_brings_what_changed(
    project: Path,
    own_template: Path,
    starter: str,
    run: Run,
    commit: Callable[[Path], None],
    tree: ReadTree,
    tmp_path: Path,
) -> None:
    old = shutil.copytree(own_template, tmp_path / "old" / "pdr-template", symlinks=True)
    shutil.rmtree(old / ".git")
    (old / SLUG / ".gitignore").write_text("/.venv/\n", encoding="utf-8")
    (old / SLUG / "removed-since.txt").write_text("{{ cookiecutter.project_name }}\n", encoding="utf-8")
    (old / "runner_lib" / "src" / "pynb_dag_runner" / "errors.py").write_text('"""Older."""\n', encoding="utf-8")
    (old / "runner_lib" / "src" / "pynb_dag_runner" / "conventions.py").unlink()
    commit(old)
    answers = f'{{"starter": "{starter}"}}'
    run("cruft", "create", "--no-input", "--output-dir", tmp_path, "--extra-context", answers, old, cwd=tmp_path)
    updated = tmp_path / project.name
    assert tree(updated) != tree(project)
    commit(updated)

    for path in old.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(own_template, old, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
    commit(old)
    run("cruft", "update", "--skip-apply-ask", cwd=updated)

    assert tree(updated) == tree(project)
    run("cruft", "diff", "--exit-code", cwd=updated)


def break_link(template: Path) -> None:
    """What git leaves of a symbolic link where it may not make one."""
    link = template / SLUG / "runner_lib"
    link.unlink()
    link.write_text("../runner_lib", encoding="utf-8")


@pytest.mark.parametrize("named", ["absolute", "from the output folder", "from elsewhere"])
def test_library_is_repaired_where_the_link_did_not_survive(
    project: Path, own_template: Path, starter: str, generate: Generate, tree: ReadTree, tmp_path: Path, named: str
) -> None:
    break_link(own_template)
    output = tmp_path / "output"
    source, cwd = {
        "absolute": (own_template, output),
        "from the output folder": (Path("../own/pdr-template"), output),
        "from elsewhere": (Path("pdr-template"), own_template.parent),
    }[named]
    output.mkdir()
    again = generate(source, output, cwd=cwd, starter=starter)
    assert tree(again) == tree(project)


def test_missing_library_is_an_error_with_advice(own_template: Path, run: Run, tmp_path: Path) -> None:
    break_link(own_template)
    shutil.rmtree(own_template / "runner_lib" / "src")
    result = run("cookiecutter", "--no-input", own_template, cwd=tmp_path, exit_code=1)
    assert "Clone the template with git" in result.stderr
    assert not (tmp_path / "mnist-digits-pipeline").exists()
