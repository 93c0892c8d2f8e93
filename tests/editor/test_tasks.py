"""The editor's files of a generated project: of their form, and everything that they name is there."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest

TEXT = {"type": "string", "minLength": 1}
GROUP = {"type": "integer", "minimum": 0}
PATTERN = {
    "type": "object",
    "required": ["regexp", "file", "message"],
    "additionalProperties": False,
    "properties": {
        "regexp": {"type": "string", "format": "regex", "pattern": r"^\^.*\$$"},
        "kind": {"enum": ["file", "location"]},
        **dict.fromkeys(("file", "location", "line", "column", "severity", "code", "message"), GROUP),
    },
}
MATCHER = {
    "type": "object",
    "required": ["owner", "source", "fileLocation", "pattern"],
    "additionalProperties": False,
    "properties": {
        "owner": TEXT,
        "source": TEXT,
        "severity": {"enum": ["error", "warning", "info"]},
        "fileLocation": {"const": ["autoDetect", "${workspaceFolder}"]},
        "pattern": PATTERN,
        "background": {
            "type": "object",
            "required": ["activeOnStart", "beginsPattern", "endsPattern"],
            "additionalProperties": False,
            "properties": {"activeOnStart": {"const": True}, "beginsPattern": TEXT, "endsPattern": TEXT},
        },
    },
}
TASK = {
    "type": "object",
    "required": ["label", "detail", "runOptions", "problemMatcher"],
    "additionalProperties": False,
    "properties": {
        "label": TEXT,
        "detail": TEXT,
        "type": {"const": "shell"},
        "command": TEXT,
        "args": {"type": "array", "items": TEXT},
        "isBackground": {"const": True},
        "dependsOn": {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True},
        "dependsOrder": {"enum": ["parallel", "sequence"]},
        "group": {
            "type": "object",
            "required": ["kind", "isDefault"],
            "properties": {"kind": {"enum": ["build", "test"]}, "isDefault": {"const": True}},
        },
        "presentation": {
            "type": "object",
            "required": ["reveal", "focus", "panel"],
            "additionalProperties": False,
            "properties": {
                "reveal": {"enum": ["always", "silent", "never"]},
                "focus": {"const": False},
                "panel": {"const": "dedicated"},
                "group": TEXT,
                **{name: {"type": "boolean"} for name in ("echo", "clear", "showReuseMessage")},
            },
        },
        "runOptions": {"const": {"instanceLimit": 1}},
        "problemMatcher": {"anyOf": [MATCHER, {"type": "array", "items": MATCHER}]},
    },
    "oneOf": [{"required": ["dependsOn"]}, {"required": ["command", "args", "type", "presentation"]}],
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "tasks.json": {
        "type": "object",
        "required": ["version", "tasks"],
        "additionalProperties": False,
        "properties": {"version": {"const": "2.0.0"}, "tasks": {"type": "array", "items": TASK}},
    },
    "launch.json": {
        "type": "object",
        "required": ["version", "configurations"],
        "additionalProperties": False,
        "properties": {
            "version": {"const": "0.2.0"},
            "configurations": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name", "type", "request", "cwd", "console"],
                    "additionalProperties": False,
                    "properties": {
                        "name": TEXT,
                        "type": {"const": "debugpy"},
                        "request": {"const": "launch"},
                        "program": TEXT,
                        "module": TEXT,
                        "args": {"type": "array", "items": TEXT},
                        "cwd": {"const": "${workspaceFolder}"},
                        "console": {"const": "integratedTerminal"},
                        "justMyCode": {"type": "boolean"},
                        "subProcess": {"type": "boolean"},
                        "purpose": {"const": ["debug-test"]},
                    },
                    "oneOf": [{"required": ["program"]}, {"required": ["module"]}],
                },
            },
            "inputs": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "type", "description"],
                    "properties": {"id": TEXT, "type": {"const": "promptString"}, "description": TEXT},
                },
            },
        },
    },
    "extensions.json": {
        "type": "object",
        "required": ["recommendations"],
        "additionalProperties": False,
        "properties": {
            "recommendations": {
                "type": "array",
                "uniqueItems": True,
                "items": {"type": "string", "pattern": r"^[a-z][a-z-]+\.[a-z-]+$"},
            }
        },
    },
    "settings.json": {
        "type": "object",
        "propertyNames": {"pattern": r"^(\[python\]|[a-zA-Z-]+(\.[a-zA-Z-]+)+)$"},
    },
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_form(opened: Any, name: str) -> None:
    jsonschema.validate(opened.read(name), SCHEMAS[name], jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("isBackground", "isBackgound"),
        ('"instanceLimit": 1', '"instanceLimit": 2'),
        ('"focus": false', '"focus": true'),
        ('"regexp": "^', '"regexp": "'),
        ('"endsPattern"', '"endPattern"'),
    ],
)
def test_that_a_wrong_form_is_found(opened: Any, right: str, wrong: str) -> None:
    text = json.dumps(opened.read("tasks.json"))
    assert right in text
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(text.replace(right, wrong)), SCHEMAS["tasks.json"])


def test_labels_are_unique_and_what_a_task_depends_on_is_there(opened: Any) -> None:
    tasks = opened.read("tasks.json")["tasks"]
    assert len(opened.tasks) == len(tasks)
    for task in tasks:
        assert set(task.get("dependsOn", [])) <= set(opened.tasks), task["label"]
    watchers = [label for label in opened.tasks if label.startswith("watch: ") and label != "watch: all"]
    assert opened.tasks["watch: all"]["dependsOn"] == watchers
    assert opened.tasks["watch: all"]["dependsOrder"] == "parallel"


def test_who_runs_in_the_background_says_when_a_cycle_begins_and_ends(opened: Any) -> None:
    for label, task in opened.tasks.items():
        matchers = task["problemMatcher"]
        matchers = matchers if isinstance(matchers, list) else [matchers]
        watched = [matcher for matcher in matchers if "background" in matcher]
        assert len(watched) == (label.startswith("watch: ") and label != "watch: all"), label
        assert ("isBackground" in task) == bool(watched or label == "tracker"), label


def test_a_tool_is_read_alike_whoever_starts_it(opened: Any) -> None:
    """Its problems take the place of its older ones, as they have one owner."""
    known: dict[str, list[object]] = {}
    for task in opened.tasks.values():
        matchers = task["problemMatcher"]
        for matcher in matchers if isinstance(matchers, list) else [matchers]:
            plain = {name: value for name, value in matcher.items() if name != "background"}
            if plain not in known.setdefault(plain["owner"], []):
                known[plain["owner"]].append(plain)
    assert {owner: len(kinds) for owner, kinds in known.items()} == {
        "black": 2,  # a file out of shape, and one that does not parse
        "mypy": 1,
        "pdr": 1,
        "pytest": 1,
        "ruff": 1,
    }


def test_inputs_and_variables_are_known(opened: Any) -> None:
    launch = opened.read("launch.json")
    variables = set(re.findall(r"\$\{(.+?)\}", str(launch)))
    assert variables == {"file", "workspaceFolder", *(f"input:{one['id']}" for one in launch["inputs"])}


def test_settings_are_of_recommended_extensions(opened: Any) -> None:
    recommended = opened.read("extensions.json")["recommendations"]
    owners = {
        "python": "ms-python.python",
        "black-formatter": "ms-python.black-formatter",
        "ruff": "charliermarsh.ruff",
        "jupyter": "ms-toolsai.jupyter",
    }
    settings = opened.read("settings.json")
    prefixes = {name.partition(".")[0] for name in settings if not name.startswith("[")}
    assert prefixes <= {*owners, "files", "search"}
    assert {owners[prefix] for prefix in prefixes & set(owners)} <= set(recommended)
    assert settings["[python]"]["editor.defaultFormatter"] in recommended
    assert "ms-python.debugpy" in recommended, "launch.json wants it"


@pytest.mark.parametrize("label", ["watch: pipeline", "watch: black", "watch: ruff", "watch: mypy", "watch: tests"])
def test_problems_of_a_cycle_are_gone_in_the_next_one(opened: Any, label: str) -> None:
    line = {
        "watch: black": "would reformat notebooks/report.py",
        "watch: ruff": "notebooks/report.py:3:1: F401 [*] `os` imported but unused",
        "watch: mypy": 'notebooks/report.py:3:1: error: Name "x" is not defined  [name-defined]',
    }.get(label, "notebooks/report.py:3: error: [report] ValueError: no")
    name = label.removeprefix("watch: ")
    begin, end = f"[watch:{name}] begin", f"[watch:{name}] end rc=1"
    cycles = opened.cycles(label, [begin, line, end, begin, line, line, end, begin, end])
    assert [len(cycle) for cycle in cycles] == [1, 2, 0]
    assert {problem.file for cycle in cycles for problem in cycle} == {"notebooks/report.py"}


def test_the_dev_container_brings_the_same_extensions(opened: Any) -> None:
    container = json.loads((opened.folder / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    extensions = container["customizations"]["vscode"]["extensions"]
    assert sorted(extensions) == sorted(opened.read("extensions.json")["recommendations"])
