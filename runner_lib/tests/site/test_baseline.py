from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest
from recording import RunLogRecording

from pynb_dag_runner.conventions import ResourceAttribute, Result
from pynb_dag_runner.report.comparison import NoComparison, compare
from pynb_dag_runner.report.comparison_words import verdict
from pynb_dag_runner.report.run_facts import Baseline, RunFacts, facts_of
from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.site.baseline import folder_reader, read_baseline
from pynb_dag_runner.site.scripts import parse_script, script

DAY_NS = 24 * 3600 * 1_000_000_000


class Record(Protocol):
    """Writes the log of a run of ``train``, which began so many days later than the first."""

    def __call__(
        self,
        name: str,
        days: int,
        facts: Mapping[str, str] | None = None,
        accuracy: float = 0.9,
        result: Result = Result.SUCCESS,
        pipeline: str = "digits",
    ) -> Path: ...


@pytest.fixture
def record(tmp_path: Path) -> Record:
    def write(
        name: str,
        days: int,
        facts: Mapping[str, str] | None = None,
        accuracy: float = 0.9,
        result: Result = Result.SUCCESS,
        pipeline: str = "digits",
    ) -> Path:
        said = {ResourceAttribute.HEAD_NAME: "main", **(facts or {})}
        recording = RunLogRecording(
            tmp_path,
            name,
            {"train[size=600]": []},
            resource={ResourceAttribute.PIPELINE_NAME: pipeline},
            definition={"facts": said},
        )
        attempt = recording.attempt("train[size=600]")
        for metric, value in {"accuracy": accuracy, "nothing": float("nan"), "third": 1 / 3, "rows": 1797}.items():
            attempt.metric(metric, value)
        recording.end_attempt("train[size=600]", 1, result)
        recording.end_task("train[size=600]", result)
        path = recording.finish(result)
        shifted = re.sub(
            rb'(imeUnixNano":")(\d+)',
            lambda match: b"%s%d" % (match[1], int(match[2]) + days * DAY_NS),
            path.read_bytes(),
        )
        path.unlink()
        path.write_bytes(shifted)
        return path

    return write


@pytest.fixture
def site(tmp_path: Path, build: Callable[..., Any]) -> Callable[[], Path]:
    """Builds the site of what was recorded."""

    def make() -> Path:
        build(tmp_path / "runs", tmp_path / "site")
        return tmp_path / "site"

    return make


def head(**other: Any) -> RunFacts:
    """A run of today, later than all recorded ones."""
    values: dict[str, Any] = {"run_id": "now", "pipeline": "digits", "environment": "dev", "status": "success"}
    return RunFacts(**{**values, "start_ms": 2_000_000_000_000, **other})


def names(found: Baseline | NoComparison) -> list[str]:
    assert isinstance(found, Baseline), found
    return [run.run_id for run in found.runs]


def test_that_a_run_differs_in_nothing_from_what_a_site_says_of_it(record: Record, site: Callable[[], Path]) -> None:
    facts = facts_of(read_run(record("a", 0)))
    again = RunFacts(**{**vars(facts), "run_id": "b", "start_ms": (facts.start_ms or 0) + 1})
    baseline = read_baseline(folder_reader(site()), again)
    assert isinstance(baseline, Baseline)
    comparison = compare(again, baseline)
    assert verdict(comparison, str) == "All 4 metrics are equal to those of main."
    assert not any((comparison.parameters, comparison.results, comparison.added, comparison.removed, comparison.new))
    assert baseline.base.duration_s == facts.duration_s
    assert baseline.base.tasks == facts.tasks


def test_that_only_complete_runs_of_main_before_this_one_count(record: Record, site: Callable[[], Path]) -> None:
    record("a-first", 0)
    record("b-pull-request", 1, {ResourceAttribute.CHANGE_ID: "7"})
    record("c-fork-that-calls-its-branch-main", 2, {ResourceAttribute.GITHUB_EVENT: "pull_request"})
    record("d-branch", 3, {ResourceAttribute.HEAD_NAME: "other"})
    record("e-cancelled", 4, result=Result.CANCELLATION)
    record("f-other-pipeline", 5, pipeline="minimal")
    record("g-failed", 40, result=Result.FAILURE)
    later = record("h-later", 50)
    read = folder_reader(site())
    assert names(read_baseline(read, head())) == ["a-first", "g-failed", "h-later"]
    assert names(read_baseline(read, facts_of(read_run(later)))) == ["a-first", "g-failed"]
    assert names(read_baseline(read, head(), main="other")) == ["d-branch"]
    assert isinstance(read_baseline(read, head(environment="ci")), NoComparison)
    missing = read_baseline(read, head(), main="release")
    assert missing == NoComparison(
        "The tracker has no complete run of release yet for pipeline digits in environment dev."
    )


def test_that_master_or_the_branch_of_the_most_runs_is_main_where_there_is_no_other(
    record: Record, site: Callable[[], Path]
) -> None:
    for number, branch in enumerate(["trunk", "trunk", "work"]):
        record(f"{number}-{branch}", number, {ResourceAttribute.HEAD_NAME: branch})
    found = read_baseline(folder_reader(site()), head())
    assert isinstance(found, Baseline)
    assert (found.main, len(found.runs)) == ("trunk", 2)
    record("9-master", 9, {ResourceAttribute.HEAD_NAME: "master"})
    assert names(read_baseline(folder_reader(site()), head())) == ["9-master"]


def test_that_no_branch_at_all_is_main_too(record: Record, site: Callable[[], Path]) -> None:
    record("a", 0, {ResourceAttribute.HEAD_NAME: ""})
    found = read_baseline(folder_reader(site()), head())
    assert isinstance(found, Baseline)
    assert (found.main, names(found)) == (None, ["a"])


def test_that_few_files_are_read_newest_first(record: Record, site: Callable[[], Path]) -> None:
    for month in range(6):
        record(f"{month}", 31 * month)
    root = site()
    asked: list[str] = []

    def read(name: str, most_bytes: int) -> bytes:
        asked.append(name)
        return folder_reader(root)(name, most_bytes)

    assert names(read_baseline(read, head())) == ["2", "3", "4", "5"]
    assert len(asked) == 1 + 4 + 4
    assert asked[0] == "data/manifest.js"


def test_that_no_tracker_is_a_sentence(tmp_path: Path) -> None:
    found = read_baseline(folder_reader(tmp_path / "missing"), head())
    assert isinstance(found, NoComparison)
    assert found.why.startswith("There is no tracker yet")
    (tmp_path / "data" / "manifest.js").mkdir(parents=True)
    found = read_baseline(folder_reader(tmp_path), head())
    assert found == NoComparison("The tracker cannot be read: data/manifest.js is no file.")


def test_that_files_have_a_limit(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / "manifest.js").open("wb") as file:
        file.truncate(2**30)
    found = read_baseline(folder_reader(tmp_path), head())
    assert isinstance(found, NoComparison)
    assert "is larger than" in found.why


def test_that_a_newer_format_is_a_sentence(record: Record, site: Callable[[], Path]) -> None:
    record("a", 0)
    path = site() / "data" / "manifest.js"
    path.write_bytes(path.read_bytes().replace(b'"format":1', b'"format":2'))
    found = read_baseline(folder_reader(path.parents[1]), head())
    assert found == NoComparison("The tracker was written by a newer pdr: update pdr to compare with it.")


@pytest.mark.parametrize("name", ["manifest", "index", "details"])
@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html>", b"\xff", b'pdr.add("manifest","",JSON.parse(\'[]\'));\n'])
def test_that_damaged_files_are_a_sentence(name: str, content: bytes, record: Record, site: Callable[[], Path]) -> None:
    record("a", 0)
    (path,) = (site() / "data").glob(f"{name}.js" if name == "manifest" else f"{name}/*.js")
    path.write_bytes(content)
    found = read_baseline(folder_reader(site_root(path)), head())
    assert found == NoComparison("The tracker's data are damaged: there is nothing to compare with.")


def site_root(path: Path) -> Path:
    """The site that a file of data lies in."""
    return next(parent for parent in path.parents if parent.name == "site")


WRONG = [
    None,
    True,
    -1,
    10**400,
    "NaN",
    "../../x",
    [],
    [[]],
    [None],
    {},
    {"values": [], "at": [0]},
    {"values": [[]], "at": [0]},
]


def test_that_a_value_of_a_wrong_shape_never_breaks_it(
    record: Record, site: Callable[[], Path], tmp_path: Path
) -> None:
    record("a", 0)
    root = site()
    tried, sentences = 0, 0
    for path in [root / "data" / "manifest.js", *root.glob("data/index/*.js"), *root.glob("data/details/*.js")]:
        content = path.read_bytes()
        kind, key, payload = parse_script(content)
        for place in places(payload):
            for wrong in WRONG:
                path.write_bytes(script(kind, key, changed(payload, place, wrong)))
                found = read_baseline(folder_reader(root), head())
                tried += 1
                sentences += isinstance(found, NoComparison)
                if isinstance(found, Baseline):
                    verdict(compare(head(metrics={("train[size=600]", "accuracy"): 1.0}), found), str)
        path.write_bytes(content)
    assert tried > 500
    assert sentences > tried / 3
    shutil.rmtree(root)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of everything in ``value``."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, item in items for place in places(item, (*at, key)))]


def changed(value: Any, place: tuple[Any, ...], wrong: Any) -> Any:
    """A copy of ``value`` with something else at a place."""
    if not place:
        return wrong
    copy = json.loads(json.dumps(value))
    at = copy
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = wrong
    return copy
