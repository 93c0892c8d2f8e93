"""The page that describes the run log for outsiders, the code that writes it, and a real log say the same."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from strict_otlp import parse_file_strictly

from pynb_dag_runner import conventions
from pynb_dag_runner.conventions import (
    ArtifactKind,
    Event,
    EventAttribute,
    ResourceAttribute,
    Result,
    SpanAttribute,
    SpanKind,
    Variable,
)
from pynb_dag_runner.dag.task import TaskOptions
from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.runlog.records import State

PAGE = (Path(__file__).parents[3] / "docs" / "run-log.md").read_text(encoding="utf-8")
_TYPES = {"stringValue": "string", "intValue": "int", "doubleValue": "double", "boolValue": "bool"}
_PREFIXES = (SpanAttribute.PARAMETER_PREFIX, SpanAttribute.METRIC_PREFIX)

WriteWholeRun = Callable[..., Path]


def constants() -> set[str]:
    """Every name and word that ``conventions.py`` defines for the file and its surroundings."""
    names: set[str] = {conventions.RUN_LOG_SUFFIX, conventions.PARTIAL_SUFFIX, conventions.SPOOL_SUFFIX}
    names |= {conventions.SCOPE_NAME}
    for group in (ResourceAttribute, SpanAttribute, Event, EventAttribute, Variable):
        names |= {value for key, value in vars(group).items() if key.isupper()}
    words: tuple[type[Enum], ...] = (Result, SpanKind, ArtifactKind)
    return names | {member.value for word in words for member in word}


def test_that_every_name_is_on_the_page() -> None:
    quoted = set(re.findall(r"`([^`\n]+)`", PAGE))
    written = {f"{name}<name>" if name in _PREFIXES else name for name in constants()}
    assert sorted(written - quoted) == []


def test_that_every_name_on_the_page_exists() -> None:
    text = PAGE[: PAGE.index("## Excerpt")]
    dotted = r"(?:pdr|cicd|vcs|exception|code|log|artifact|error|host|process|service)(?:\.[a-z_<>]+)+"
    mentioned = set(re.findall(rf'["`]({dotted})["`]', text)) | set(re.findall(r"\bPDR_\w+\b", text))
    known = {f"{name}<name>" if name in _PREFIXES else name for name in constants()}
    assert len(mentioned) > 60
    assert sorted(mentioned - known) == []


def test_that_version_schema_and_sizes_are_those_of_the_code() -> None:
    assert PAGE.startswith(f"# The run log, version {conventions.RUN_LOG_VERSION}\n")
    assert f"`pdr.runlog.version` is {conventions.RUN_LOG_VERSION}." in PAGE
    assert f"semconv/) {conventions.SCHEMA_URL.rpartition('/')[2]};" in PAGE
    assert f"A piece has at most {conventions.CHUNK_SIZE_BYTES >> 20} MiB." in PAGE
    from pynb_dag_runner.runlog.attempt_log import MAX_OUTPUT_BYTES

    assert f"The limit is {MAX_OUTPUT_BYTES >> 20} MiB for each stream" in PAGE


def test_that_every_option_of_a_task_is_described() -> None:
    options = next(line for line in PAGE.splitlines() if line.startswith("| `options`"))
    assert set(TaskOptions.__dataclass_fields__) <= set(re.findall(r"`(\w+)`", options))


@dataclass(frozen=True)
class Section:
    """What the page says of one kind of record: the types of its attributes, and which it always has."""

    types: dict[str, str]
    always: set[str]


def section(title: str, of: str = PAGE) -> Section:
    """The table of attributes below a heading."""
    body = re.split(r"\n#{2,3} ", of.split(f"{title}\n", 1)[1], maxsplit=1)[0]
    rows = re.findall(r"^\| `([^`]+)` \| (\w+) \| ([^|]+) \|", body, re.MULTILINE)
    always = {name for name, _, when in rows if when.startswith("always")}
    return Section({name: type for name, type, _ in rows}, always)


COMMON = section("\n## Events")
EVENTS = {name: section(f"\n### `{name}`") for key, name in vars(Event).items() if key.isupper()}
SPANS = {kind.value: section(f"\n### `{kind.value}`") for kind in SpanKind}


def records(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every record or span of a log, each with its resource."""
    for line in path.read_text().splitlines():
        data = json.loads(line)
        for group in data.get("resourceLogs", []) + data.get("resourceSpans", []):
            for scope in group.get("scopeLogs", []) + group.get("scopeSpans", []):
                for record in scope.get("logRecords", []) + scope.get("spans", []):
                    yield record, group["resource"]


def described(record: dict[str, Any]) -> Section | None:
    """What the page says of a record; None for spans of user code."""
    name = record.get("eventName")
    if name is None:
        kind = attributes(record).get(SpanAttribute.KIND)
        return SPANS[kind["stringValue"]] if kind else None
    own = EVENTS[name]
    of_a_task = {SpanAttribute.ATTEMPT_NUMBER}
    without = {
        Event.RUN_STARTED: COMMON.always,
        Event.TASK_STARTED: of_a_task,
        Event.TASK_PUBLISHED: of_a_task,
    }.get(name, set())
    types = {key: type for key, type in COMMON.types.items() if key not in without}
    return Section({**types, **own.types}, (COMMON.always - without) | own.always)


def attributes(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Attributes of a record, not decoded."""
    return {pair["key"]: pair["value"] for pair in record.get("attributes", [])}


def assert_described(path: Path) -> None:
    """Every record of the log has the attributes, and types, that the page says."""
    resource_section = section("\n## Resource")
    for record, resource in records(path):
        found = attributes(resource)
        assert resource_section.always <= found.keys() <= resource_section.types.keys()
        for name, value in found.items():
            assert _TYPES[next(iter(value))] == resource_section.types[name]
        said = described(record)
        if said is None:
            continue
        found = attributes(record)
        assert said.always <= found.keys()
        for name, value in found.items():
            prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix)), None)
            in_task = prefix is not None and f"{prefix}<name>" in said.types
            type = said.types[f"{prefix}<name>"] if in_task else {**COMMON.types, **said.types}[name]
            assert type in ("any", _TYPES.get(next(iter(value)))), name


def test_that_a_log_of_every_record_is_as_the_page_says(write_whole_run: WriteWholeRun) -> None:
    path = write_whole_run({"KEY": "battery-staple"}, "battery-staple")
    assert_described(path)
    found = {record.get("eventName") for record, _ in records(path)}
    assert found == {None, *EVENTS}
    kinds = {attributes(record).get(SpanAttribute.KIND, {}).get("stringValue") for record, _ in records(path)}
    assert kinds == {None, *SPANS}


def test_that_the_first_record_is_as_the_page_says(write_whole_run: WriteWholeRun) -> None:
    record, _ = next(records(write_whole_run()))
    assert record["eventName"] == Event.RUN_STARTED
    body = json.loads(record["body"]["stringValue"])
    text = PAGE.split("### `pdr.run.started`")[1].split("\n### ")[0]
    tables = [set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) for part in text.split("and each task")]
    assert [set(body), set(body["tasks"][0])] == tables


def example() -> str:
    """The program on the page."""
    return PAGE.split("```python\n")[1].split("```")[0]


def run_example(path: Path) -> list[str]:
    """What the program prints, with nothing but the standard library."""
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", example(), str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_that_the_program_on_the_page_reads_a_log(write_whole_run: WriteWholeRun, tmp_path: Path) -> None:
    path = write_whole_run()
    assert run_example(path) == [
        "ingest success nr_images=1797.0",
        "train[size=600,layers=[8,4]] timeout loss=0.25",
        "summary skip",
        "report skip",
    ]
    cut = tmp_path / "cut"
    cut.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert [line.split()[0] for line in run_example(cut)] == [line.split()[0] for line in run_example(path)]


@pytest.fixture
def excerpt(tmp_path: Path) -> Path:
    """The lines of the page as a file."""
    path = tmp_path / "excerpt.otlp.jsonl"
    path.write_text(PAGE.split("```jsonl\n")[1].split("```")[0])
    return path


def test_that_the_excerpt_is_a_run_log(excerpt: Path) -> None:
    assert len(parse_file_strictly(excerpt)) == len(EVENTS) + len(SPANS) + 1
    assert_described(excerpt)
    run = read_run(excerpt)
    assert (run.state, run.warnings, list(run.tasks)) == (State.DONE, [], ["train[size=600]", "report"])
    first = run.tasks["train[size=600]"].attempts[0]
    assert (first.result, [output.text for output in first.outputs]) == (
        Result.FAILURE,
        ["token [redacted:API_TOKEN]\n"],
    )
    assert run_example(excerpt)[0].startswith("train[size=600] success")


def test_that_the_page_names_no_machine() -> None:
    hosts = set(re.findall(r'"host\.name","value":\{"stringValue":"([^"]*)"', PAGE))
    assert hosts == {"node-1"}
    assert not re.search(r"/(?:root|home|Users|work|tmp)/", PAGE)
