"""All workflows, of the template and of generated projects, pass all gates as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from workflow_gates import linters
from workflow_gates.files import OURS, PROJECT, REPOSITORY, THEIRS, WORKFLOWS, Kept, Workflow
from workflow_gates.language_service import ACTIONS, LanguageService
from workflow_gates.rules import broken_rules, pins, variables

TEXTS = {name: path.read_text(encoding="utf-8") for name, path in WORKFLOWS.items()}
KEPT = pytest.mark.parametrize("kept", [OURS, THEIRS], ids=lambda kept: kept.name)
NAMES = pytest.mark.parametrize("name", TEXTS)


def test_all_of_them_are_looked_at() -> None:
    assert set(OURS.workflows) == {"ci.yml", "daily.yml", "demo.yml", "publish.yml"}
    assert set(THEIRS.workflows) == {"daily.yml", "image.yml", "pipeline.yml", "publish.yml"}
    for kept in (OURS, THEIRS):
        others = {path.name for path in kept.folder.iterdir()} - {"workflows", "dependabot.yml"}
        assert not others, f"no gate looks at {others}"
        assert set(kept.workflows) == {path.name for path in (kept.folder / "workflows").iterdir()}


@KEPT
def test_githubs_language_service(kept: Kept, tmp_path: Path) -> None:
    files = {f".github/workflows/{name}": path.read_text(encoding="utf-8") for name, path in kept.workflows.items()}
    files = {f"{kept.name}/{name}": text for name, text in files.items()}
    assert LanguageService(tmp_path).problems(files, *files) == {name: [] for name in files}


@KEPT
def test_zizmor(kept: Kept) -> None:
    assert linters.zizmor(kept.folder) == []


def test_what_zizmor_shall_not_say_is_excused_with_a_reason() -> None:
    excused = [
        (name, *re.findall(r"zizmor: ignore\[([a-z-]+)\]( -- .{40,})?$", line)[0])
        for name, text in TEXTS.items()
        for line in text.splitlines()
        if "zizmor:" in line
    ]
    assert [(name, rule) for name, rule, reason in excused if reason] == [
        ("template/publish.yml", "dangerous-triggers"),
        ("project/publish.yml", "dangerous-triggers"),
    ]
    assert all(reason for *_, reason in excused)


def test_schemas() -> None:
    assert linters.schema("vendor.github-workflows", *WORKFLOWS.values()) == []
    assert linters.schema("custom.github-workflows-require-timeout", *WORKFLOWS.values()) == []
    assert linters.schema("vendor.dependabot", *(kept.folder / "dependabot.yml" for kept in (OURS, THEIRS))) == []


@NAMES
def test_shellcheck(name: str) -> None:
    assert linters.shellcheck(TEXTS[name]) == []


@NAMES
def test_our_rules(name: str) -> None:
    assert broken_rules(TEXTS[name]) == []


def test_one_version_of_each_action() -> None:
    all_pins: dict[str, set[str]] = {}
    for text in TEXTS.values():
        for action, found in pins(text).items():
            all_pins.setdefault(action, set()).update(found)
    assert {action: found for action, found in all_pins.items() if len(found) > 1} == {}
    assert set(all_pins) == set(ACTIONS), "actions whose inputs are not checked, or which nobody uses"


@KEPT
def test_publishing_follows_workflows_that_exist(kept: Kept) -> None:
    workflows = {name: Workflow(path.read_text(encoding="utf-8")) for name, path in kept.workflows.items()}
    uploads = {
        workflow.content["name"]
        for workflow in workflows.values()
        if "run-log-v1-" in workflow.text or re.search(r"uses: \$/", workflow.text)
    }
    assert set(workflows["publish.yml"].triggers["workflow_run"]["workflows"]) == uploads
    for workflow in workflows.values():
        for called in re.findall(r"uses: \$/\.github/workflows/(\S+)", workflow.text):
            assert "workflow_call" in workflows[called].triggers


def test_variables_are_those_that_the_readme_tells() -> None:
    used = set().union(*(variables(path.read_text(encoding="utf-8")) for path in THEIRS.workflows.values()))
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", readme, re.MULTILINE)) == used
    assert set().union(*(variables(path.read_text(encoding="utf-8")) for path in OURS.workflows.values())) <= used


def test_publishing_the_demo_is_publishing() -> None:
    ours, theirs = (Workflow(kept.workflows["publish.yml"].read_text(encoding="utf-8")) for kept in (OURS, THEIRS))
    for part in ("permissions", "concurrency", "defaults"):
        assert ours.content[part] == theirs.content[part]
    assert ours.triggers["workflow_dispatch"] == theirs.triggers["workflow_dispatch"]
    assert ours.jobs["deploy"] == theirs.jobs["deploy"]
    in_demo = [
        {key: value for key, value in step.content.items() if key != "working-directory"}
        for step in ours.steps
        if step.run != "make project"
    ]
    said = str(in_demo).replace("build/demo/", "")
    assert said == str([step.content for step in theirs.steps])


def test_verbs_exist() -> None:
    makefiles = {
        folder: set(re.findall(r"^([a-z-]+):", (folder / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
        for folder in (REPOSITORY, PROJECT)
    }
    used = set()
    for name, text in TEXTS.items():
        for step in Workflow(text).steps:
            in_demo = step.content.get("working-directory") == "build/demo" or name.startswith("project/")
            for call in re.findall(r"\bmake ((?:-\S+ )*[a-z -]+)", step.run):
                verbs = {word for word in call.split() if not word.startswith("-")}
                assert verbs <= makefiles[PROJECT if in_demo else REPOSITORY], (step.where, verbs)
                used |= verbs
    assert {"setup", "check", "test", "summary", "expand", "report", "collect", "site", "unit", "project"} <= used
