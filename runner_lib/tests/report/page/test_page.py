from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from report_page import CheckedPage, base64_text, code, display, error, ipynb, markdown, png, stream

from pynb_dag_runner.conventions import ArtifactKind, Result
from pynb_dag_runner.conventions import ResourceAttribute as Fact
from pynb_dag_runner.errors import EngineError, UsageError
from pynb_dag_runner.report.page.limits import MOST_EMBEDDED
from pynb_dag_runner.report.page.page import report_of, write_report
from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.runlog.records import Attempt, Cell, Metric, OutputText, PipelineRun, State, TaskRun

RecordRun = Callable[..., Path]
NOW_NS = 1_790_000_100_000_000_000
SOURCE = "values = {}\nvalues['pixels']"


def page_of(run: PipelineRun) -> CheckedPage:
    return CheckedPage(report_of(run, NOW_NS).html)


def between(page: CheckedPage, start: str, end: str) -> str:
    """The text from ``start`` to ``end``."""
    return page.text[page.text.index(start) :].split(end)[0]


def a_task(name: str, result: Result | None = Result.SUCCESS, **facts: Any) -> TaskRun:
    attempt = Attempt(start_ns=NOW_NS, end_ns=NOW_NS + 10**9, state=State.DONE, result=result)
    values = {"state": State.DONE, "start_ns": NOW_NS, "end_ns": NOW_NS + 10**9, "attempts": [attempt], **facts}
    return TaskRun(id=name, name=name.split("[")[0], result=result, **values)


def a_run(*tasks: TaskRun, **facts: Any) -> PipelineRun:
    values = {"run_id": "r1", "pipeline": "digits", "state": State.DONE, "result": Result.SUCCESS, "start_ns": NOW_NS}
    return PipelineRun(path=Path("r1.otlp.jsonl"), tasks={task.id: task for task in tasks}, **{**values, **facts})


@pytest.fixture
def failed_run(tmp_path: Path, start_recording: Callable[..., Any]) -> PipelineRun:
    """A notebook fails at its second attempt, after it drew a figure and printed 50 lines."""
    recording = start_recording(
        tmp_path, "failed", {"train": [], "report": ["train"], "publish": ["report"], "eda": []}
    )
    first = recording.attempt("train", 1, 2)
    first.exception("ConnectionError", "<refused>", "Traceback\nConnectionError", "notebooks/train.py", 3)
    recording.end_attempt("train", 1, Result.FAILURE, "ConnectionError: <refused>")
    second = recording.attempt("train", 2, 2)
    second.artifact("loss.png", png(), ArtifactKind.FIGURE)
    second.output("stdout", "".join(f"\x1b[32mline {number}\x1b[0m\n" for number in range(50)))
    second.finish_outputs()
    trace = "Traceback\nCell In[2], line 2 (notebooks/train.py:8)\nKeyError: 'pixels'"
    second.exception("KeyError", "'pixels'", trace, "notebooks/train.py", 8)
    drawn = display(png=base64_text(png()))
    cells = [
        markdown("# Train"),
        code("draw()", drawn),
        code(SOURCE, error("KeyError", "'pixels'", "\x1b[31mKeyError")),
    ]
    second.artifact("train.ipynb", ipynb(*cells), ArtifactKind.NOTEBOOK)
    recording.end_attempt("train", 2, Result.FAILURE, "KeyError: 'pixels'")
    recording.end_task("train", Result.FAILURE)
    recording.attempt("eda")
    recording.end_attempt("eda", 1, Result.TIMEOUT, "ran longer than 1 s")
    recording.end_task("eda", Result.TIMEOUT)
    recording.end_task("report", Result.SKIP, "train")
    recording.end_task("publish", Result.SKIP, "report")
    return read_run(recording.finish(Result.FAILURE))


def test_that_a_failure_comes_first_with_all_that_is_known(failed_run: PipelineRun) -> None:
    page = page_of(failed_run)
    panel = between(page, "Why it did not succeed", "Retried attempts")
    for part in ("train", "attempt 2 of 2", "notebooks/train.py:8", "KeyError: 'pixels'", "values = {}", "Cell In[2]"):
        assert part in panel
    assert "line 49" in panel
    assert "line 20" in panel
    assert "line 19" not in panel
    assert "2 tasks were skipped because of it: report, publish" in panel
    assert "Another task did not succeed" in panel
    assert "ran longer than 1 s" in panel
    assert "<refused>" not in panel
    assert "<refused>" in between(page, "Retried attempts", "Graph")
    assert page.text.index("Why it did not succeed") < page.text.index("waiting for a free")


def test_that_the_panel_leads_to_the_cell_in_its_notebook(failed_run: PipelineRun) -> None:
    page = page_of(failed_run)
    (failed,) = page.all("div", "failed")
    assert {"href": f"#{failed['id']}"} in page.all("a")


def test_that_a_figure_is_in_gallery_and_notebook_but_once_in_the_file(failed_run: PipelineRun) -> None:
    html = report_of(failed_run, NOW_NS).html
    assert html.count(base64_text(png())) == 1
    assert len(CheckedPage(html).all("svg", "picture")) == 2


def test_the_line_that_failed_is_marked(failed_run: PipelineRun) -> None:
    attempt = failed_run.tasks["train"].attempts[-1]
    assert attempt.notebook is not None
    attempt.cells = [Cell(index=2, line=7, failed=True)]
    html = report_of(failed_run, NOW_NS).html
    (marked,) = re.findall(r'<span class="line marked">.*?\n', html)
    assert "pixels" in marked
    assert ">8<" in marked
    assert "from line 7" in html


def test_the_parts_of_a_page(tmp_path: Path, record_run: RecordRun) -> None:
    page = page_of(read_run(record_run(tmp_path)))
    titles = [
        "Why it did",
        "Retried",
        "Graph",
        "Time",
        "Tasks",
        "Metrics",
        "Parameters",
        "Figures",
        "Details",
        "Environ",
    ]
    places = [page.text.index(f"{title}") for title in titles[:2]]
    body = page.text[places[-1] :]
    assert [body.index(title) for title in titles[2:]] == sorted(body.index(title) for title in titles[2:])
    for part in ("20261121-000000-abc.otlp.jsonl", "pdr show", "pdr ui", "labels.png", "model.onnx", "3.9 KiB", "NaN"):
        assert part in page.text
    assert "[0, 16]" in page.text
    assert "read 1797 images" in page.text


def test_that_nothing_hostile_gets_out_of_its_place(hostile_run: PipelineRun) -> None:
    hostile_run.resource = {
        Fact.REPOSITORY_URL: "javascript:alert(1)//github.com",
        Fact.RUN_URL: 'https://e.org/"><script>alert(1)</script>',
        Fact.HEAD_REVISION: "../../<b>",
        Fact.CHANGE_ID: "1/../../x",
        Fact.CHANGE_TITLE: "\u202e<img src=x onerror=alert(1)>",
        Fact.HEAD_NAME: "a\x00b",
        Fact.GITHUB_EVENT: "<i>",
        "</dl><script>": {"__proto__": ["<script>"]},
    }
    hostile_run.tags = {"__proto__": "<b>", "constructor": None}
    hostile_run.packages = {"</table>": "<script>"}
    hostile_run.path = Path("runs/<script>alert(1)</script>.otlp.jsonl")
    hostile_run.run_id = "`$(id)`; <script>"
    page = page_of(hostile_run)
    assert page.links == []
    assert "\u202e" not in page.text
    assert "\x1b" not in page.text
    for text in ("<script>alert(1)</script>", "t0 --> t1", "\\u202etxt", "\\udc80", "名前 ü"):
        assert text in page.text


def test_that_only_well_formed_addresses_become_links() -> None:
    resource: dict[str, Any] = {
        Fact.REPOSITORY_URL: "https://github.com/owner/repo",
        Fact.REPOSITORY_NAME: "repo",
        Fact.OWNER_NAME: "owner",
        Fact.RUN_URL: "https://github.com/owner/repo/actions/runs/7",
        Fact.GITHUB_EVENT: "pull_request",
        Fact.CHANGE_ID: "12",
        Fact.CHANGE_TITLE: "Faster",
        Fact.HEAD_REVISION: "0123456789abcdef",
    }
    page = page_of(a_run(resource=resource))
    base = "https://github.com/owner/repo"
    assert page.links == [f"{base}/actions/runs/7", f"{base}/pull/12", f"{base}/commit/0123456789abcdef", base]
    assert "pull request" in page.text


def test_a_run_without_tasks_or_anything() -> None:
    page = page_of(PipelineRun(path=Path("x.otlp.jsonl")))
    assert "It has no tasks." in page.text
    assert "Graph" not in page.text


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("result", [*Result, None])
def test_every_status(state: State, result: Result | None) -> None:
    tasks = [a_task("a", result, state=state), a_task("b", None, state=state, attempts=[], start_ns=None, end_ns=None)]
    page_of(a_run(*tasks, state=state, result=result))


def test_that_a_run_that_goes_on_says_so() -> None:
    running = a_task("a", None, state=State.RUNNING, end_ns=None)
    running.attempts[0].state, running.attempts[0].end_ns = State.RUNNING, None
    page = page_of(
        a_run(running, a_task("b", None, state=State.WAITING, attempts=[]), state=State.RUNNING, result=None)
    )
    assert "It was still running when this page was made, 2026-09-21" in page.text
    assert "Why it did not succeed" not in page.text


def test_an_interrupted_run(tmp_path: Path, start_recording: Callable[..., Any]) -> None:
    recording = start_recording(tmp_path, "cut", {"train": [], "report": ["train"]})
    log = recording.attempt("train")
    log.artifact("whole.png", png(), ArtifactKind.FIGURE)
    log.artifact("train.ipynb", ipynb(code("x")), ArtifactKind.NOTEBOOK)
    recording.close()
    content = recording.path.read_bytes()
    recording.path.write_bytes(content[: len(content) - 40])
    page = page_of(read_run(recording.path))
    assert "interrupted" in page.text
    assert "Why it did not succeed" in page.text
    assert "2 warnings" in page.text
    assert "the run log has no end" in page.text


def test_that_a_log_that_was_damaged_since_it_was_read_is_no_error(failed_run: PipelineRun) -> None:
    failed_run.path.chmod(0o644)
    failed_run.path.write_bytes(b"\n" * failed_run.path.stat().st_size)
    page = page_of(failed_run)
    assert "Left out: the notebook of train" in page.text
    failed_run.path.unlink()
    assert "Left out: figure loss.png of train" in page_of(failed_run).text


def test_that_a_text_is_shown_as_what_it_is(tmp_path: Path, start_recording: Callable[..., Any]) -> None:
    recording = start_recording(tmp_path, "texts", {"train": []})
    log = recording.attempt("train")
    log.artifact("conclusion.md", "# Good <b>news</b>\n\n- *all*", ArtifactKind.TEXT)
    log.artifact("plain.txt", "<b> *x*", ArtifactKind.TEXT)
    log.artifact("chart.json", "{}", ArtifactKind.FIGURE)
    recording.end_attempt("train", 1, Result.SUCCESS)
    recording.end_task("train", Result.SUCCESS)
    page = page_of(read_run(recording.finish(Result.SUCCESS)))
    assert page.all("em")
    assert "Good <b>news</b>" in page.text
    assert "<b> *x*" in page.text
    assert "It is no picture but" in page.text


def test_ten_thousand_metrics_and_odd_numbers() -> None:
    task = a_task("train")
    task.attempts[0].metrics = [
        *(Metric(f"metric {number}", float(number), None, NOW_NS) for number in range(10_000)),
        *(Metric("loss", value, step, NOW_NS) for step, value in enumerate([1e308, -1e308, 0.5, float("inf"), 0.25])),
        Metric("nothing", float("nan"), None, NOW_NS),
    ]
    report = report_of(a_run(task), NOW_NS)
    page = CheckedPage(report.html)
    assert len(report.html) < 500_000
    assert "9,502 more metrics are left out" in page.text
    assert "more metrics stand at the tasks" in page.text


def test_that_the_history_of_a_metric_is_drawn() -> None:
    task = a_task("train")
    task.attempts[0].metrics = [Metric("loss", 1 / (step + 1), step, NOW_NS) for step in range(500)]
    page = page_of(a_run(task))
    (curve,) = page.all("polyline")
    assert len(curve["points"].split()) == 63
    assert "500 times" in page.text


def test_a_thousand_tasks_and_more() -> None:
    numbered = [a_task(f"work[n={number}]", needs=["start"]) for number in range(2999)]
    numbered[2990].result = numbered[2990].attempts[0].result = Result.FAILURE
    report = report_of(a_run(a_task("start"), *numbered, result=Result.FAILURE), NOW_NS)
    page = CheckedPage(report.html)
    assert len(report.html) < MOST_EMBEDDED
    assert "work ×2999" in page.text
    assert "2,000 more tasks that succeeded are left out" in page.text
    assert page.text.count("work[n=2990]") >= 3
    assert len(page.all("details", "task")) == 1000


def test_that_a_graph_that_nobody_could_read_is_left_out() -> None:
    tasks = [a_task(f"task{number}", needs=[f"task{number - 1}"] if number else []) for number in range(200)]
    page = page_of(a_run(*tasks))
    assert "The graph is left out: 200 tasks with 199 needs" in page.text


def test_needs_that_go_round_or_nowhere() -> None:
    tasks = [a_task("a", needs=["b", "a", "nobody"]), a_task("b", needs=["a", "a"])]
    page_of(a_run(*tasks))


def test_many_attempts() -> None:
    task = a_task("poll", Result.FAILURE)
    task.attempts = [
        Attempt(number=number, max=5000, start_ns=NOW_NS + number, end_ns=NOW_NS + number, result=Result.FAILURE)
        for number in range(1, 5001)
    ]
    task.attempts[-1].outputs = [OutputText("stdout", "x" * 1_000_000, NOW_NS, dropped_bytes=2048)]
    report = report_of(a_run(task, result=Result.FAILURE), NOW_NS)
    page = CheckedPage(report.html)
    assert "4950 earlier ones." in page.text
    assert "2.0 KiB more were printed and not recorded." in page.text
    assert len(report.html) < 500_000


def test_that_the_page_has_an_end(tmp_path: Path, start_recording: Callable[..., Any]) -> None:
    names = [f"train[n={number}]" for number in range(8)]
    recording = start_recording(tmp_path, "large", {name: [] for name in names})
    for number, name in enumerate(names):
        log = recording.attempt(name)
        outputs = [display(png=base64_text(png(shade=10 * number + part, padding=700_000))) for part in range(4)]
        log.artifact("train.ipynb", ipynb(code("draw()", *outputs), code("x", stream("end"))), ArtifactKind.NOTEBOOK)
        recording.end_attempt(name, 1, Result.SUCCESS)
        recording.end_task(name, Result.SUCCESS)
    report = report_of(read_run(recording.finish(Result.SUCCESS)), NOW_NS)
    assert 6_000_000 < len(report.html) < MOST_EMBEDDED + 500_000
    listed = CheckedPage(report.html).text.split("Left out\n")[-1].split("Made from the run log")[0].strip().split("\n")
    assert len(listed) == len(report.left_out) >= 10
    assert all(
        re.search(r"(image output of|more outputs of|more) cells? .*of the notebook of train\[n=", line)
        for line in listed
    )


def test_that_a_file_is_written_whole_or_not_at_all(tmp_path: Path, record_run: RecordRun) -> None:
    run = read_run(record_run(tmp_path))
    to = tmp_path / "new" / "folder" / "report.html"
    write_report(run, to, NOW_NS)
    assert to.read_text("utf-8").startswith("<!DOCTYPE html>\n<html")
    assert stat.S_IMODE(to.stat().st_mode) & 0o111 == 0
    to.write_text("<!doctype html>an older one")
    write_report(run, to, NOW_NS)
    assert "an older one" not in to.read_text("utf-8")
    assert [path.name for path in to.parent.iterdir()] == ["report.html"]


def test_that_other_files_stay(tmp_path: Path, record_run: RecordRun) -> None:
    run = read_run(record_run(tmp_path))
    before = run.path.read_bytes()
    with pytest.raises(UsageError, match="is no HTML page"):
        write_report(run, run.path, NOW_NS)
    with pytest.raises(UsageError, match="is a folder"):
        write_report(run, tmp_path, NOW_NS)
    with pytest.raises(UsageError, match="cannot be written"):
        write_report(run, run.path / "report.html", NOW_NS)
    assert run.path.read_bytes() == before


def test_that_nothing_is_left_behind_when_writing_fails(
    tmp_path: Path, record_run: RecordRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    run = read_run(record_run(tmp_path))
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(EngineError, match="No space left"):
        write_report(run, tmp_path / "to" / "report.html", NOW_NS)
    assert list((tmp_path / "to").iterdir()) == []
