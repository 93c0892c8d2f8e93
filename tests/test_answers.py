"""Answers that would give a broken repository are refused before anything is written; unusual good ones work."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from cookiecutter.exceptions import FailedHookException
from cookiecutter.main import cookiecutter

LETTERS = "use small letters a-z, digits and single hyphens or underscores"
ONE_LINE = "write one line of 1 to 200 characters"

REFUSED = [
    ("project_slug", "My-Pipeline", LETTERS),
    ("project_slug", "my pipeline", LETTERS),
    ("project_slug", "2024-sales", LETTERS),
    ("project_slug", "-sales", LETTERS),
    ("project_slug", "sales-", LETTERS),
    ("project_slug", "sales--daily", LETTERS),
    ("project_slug", "sales.daily", LETTERS),
    ("project_slug", "../sales", LETTERS),
    ("project_slug", "größen", LETTERS),
    ("project_slug", "sales\nx", LETTERS),
    ("project_slug", "s" * 41, LETTERS),
    ("project_slug", "class", "word of the Python language; choose another name, such as class-pipeline"),
    ("project_slug", "match", "word of the Python language"),
    ("project_slug", "json", "would hide the module of that name; choose another name, such as json-project"),
    ("project_slug", "numpy", "would hide the module of that name"),
    ("project_slug", "ray", "would hide the module of that name"),
    ("project_slug", "pynb-dag-runner", "would hide the module of that name"),
    ("project_slug", "pipeline", "would hide the module of that name"),
    ("project_slug", "nul", "Windows cannot have a folder of this name"),
    ("github_owner", "", "as GitHub does"),
    ("github_owner", "some one", "as GitHub does"),
    ("github_owner", "some_one", "as GitHub does"),
    ("github_owner", "-someone", "as GitHub does"),
    ("github_owner", "x" * 40, "as GitHub does"),
    ("project_name", "", ONE_LINE),
    ("project_name", 'The "best" one', ONE_LINE),
    ("author", "   ", ONE_LINE),
    ("author", "One\nTwo", ONE_LINE),
    ("author", "''' + open('/etc/passwd').read() + '''\\", ONE_LINE),
    ("description", "a \\ b", ONE_LINE),
    ("description", "from {here} to there", ONE_LINE),
    ("description", "bell \x07", ONE_LINE),
    ("description", "x" * 201, ONE_LINE),
]


@pytest.mark.parametrize(("question", "answer", "message"), REFUSED)
def test_bad_answer_is_refused(
    template: Path,
    machine: Mapping[str, str],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    question: str,
    answer: str,
    message: str,
) -> None:
    output = tmp_path / "folder" / "output"
    output.mkdir(parents=True)
    answers = {"project_name": "Sales", "project_slug": "sales", question: answer}

    with pytest.raises(FailedHookException):
        cookiecutter(
            str(template),
            no_input=True,
            extra_context=answers,
            output_dir=str(output),
            config_file=machine["COOKIECUTTER_CONFIG"],
        )

    said = capfd.readouterr().err
    assert f"{question} {answer!r}: " in said
    assert message in said
    assert os.listdir(tmp_path / "folder") == ["output"]
    assert os.listdir(output) == []


def test_every_bad_answer_is_named_at_once(template: Path, run: Callable[..., object], tmp_path: Path) -> None:
    result = run(
        "cookiecutter", "--no-input", template, "project_slug=Sales", "github_owner=a b", cwd=tmp_path, exit_code=1
    )
    said = result.stderr  # type: ignore[attr-defined]
    assert "project_slug 'Sales'" in said
    assert "github_owner 'a b'" in said


def test_unusual_answers_survive_in_every_format(
    template: Path,
    generate: Callable[..., Path],
    read_toml: Callable[[Path], dict[str, Any]],
    tmp_path: Path,
    starter: str,
) -> None:
    answers = {
        "project_name": "Größen & Maße: 100 % # daily",
        "description": "What's new? <b>bold</b> | `code` $HOME $(date) – 🎲",
        "author": "Miles O'Brien",
        "github_owner": "a-1",
    }
    project = generate(template, tmp_path / "output", starter=starter, license="BSD-3-Clause", **answers)

    assert project.name == "grossen-masse-100-daily"
    metadata = read_toml(project / "pyproject.toml")["project"]
    assert metadata["description"] == answers["description"]
    assert metadata["authors"] == [{"name": answers["author"]}]
    assert yaml.safe_load((project / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert f", {answers['author']}\n" in (project / "LICENSE").read_text(encoding="utf-8")
    assert (project / "README.md").read_text(encoding="utf-8").startswith(f"# {answers['project_name']}\n")
