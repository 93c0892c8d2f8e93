"""Run logs, written with the library's own writer, in which a stranger has put an attack wherever he can."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attacks import ARTIFACTS, HTML, LATEX, MARKDOWN, PLOTLY, SVG, TEXTS, armed
from canary import Canary
from recording import START_NS, RunLogRecording
from report_page import base64_text, code, display, error, ipynb, markdown, png, stream
from script_attacks import ALONE, TOGETHER

from pynb_dag_runner.conventions import ArtifactKind, ResourceAttribute, Result
from pynb_dag_runner.runlog.attempt_log import AttemptLog
from pynb_dag_runner.runlog.origin import Origin, write_origin
from pynb_dag_runner.runlog.refusals import Refusal, write_refusals

PULL_REQUEST = "20261121T060000Z-0000a1"
"""A stranger's run that says it is of a pull request."""
ANOTHER = "20261121T070000Z-0000b2"
"""A stranger's run that says nothing of a pull request."""
SCRIPTS = "20261121T080000Z-0000c3"
"""A stranger's run whose notebooks consist of scripts."""
COLLECTED = [f"{19_000_000_000 + number}-1" for number in range(1, len(TEXTS) + 1)]
"""A stranger's runs that were collected: GitHub itself hands on the texts that he chose."""
NEIGHBOUR = "neighbour.html"
"""A page beside the site that talks to the canary when it is loaded."""


def record_runs(folder: Path, canary: Canary) -> None:
    """Write all of the stranger's run logs, and files that are none."""
    _record(folder, PULL_REQUEST, canary, {ResourceAttribute.CHANGE_ID: "12"})
    _record(folder, ANOTHER, canary, {})
    _record_scripts(folder, canary)
    for address, (name, text) in zip(COLLECTED, TEXTS.items(), strict=True):
        _collect(folder, address, armed(text, f"origin-{name}", canary))
    refused = [armed(text, f"refused-{name}", canary) for name, text in TEXTS.items()]
    write_refusals(
        folder / "runs", [Refusal(at, said, said, said, bool(at % 2)) for at, said in enumerate(refused, start=1)]
    )
    for name, text in TEXTS.items():
        file = armed(text, f"{name}-of-file", canary).replace("/", "\u2044").replace("\x00", "")[:60]
        (folder / "runs" / f"{file}.otlp.jsonl").write_text(armed(text, name, canary), "utf-8", "backslashreplace")
        RunLogRecording(
            folder / name, f"x{len(name)}", {}, resource={ResourceAttribute.RUN_ID: armed(text, name, canary)[:99]}
        ).close()
        (log,) = (folder / name / "runs").iterdir()
        log.rename(folder / "runs" / f"unreadable-{name}.otlp.jsonl")


def neighbour_page(canary: Canary) -> str:
    """A page without a content policy that reports whoever loads it."""
    return f"<!doctype html><img src='http://{canary.host}/neighbour'><script>fetch('http://{canary.host}/neighbour')</script>"


def all_names() -> list[str]:
    """The names of all attacks."""
    corpora: list[Mapping[str, Any]] = [HTML, MARKDOWN, LATEX, TEXTS, PLOTLY, ARTIFACTS, TOGETHER, ALONE]
    github = (f"{place}-{name}" for place in ("origin", "refused") for name in TEXTS)
    return [*_OTHERS, *github, *(name for corpus in corpora for name in corpus)]


_OTHERS = ("output-svg", "output-attachment", "output-widget", "output-types", "output-script", "notebook-metadata")


def _record(folder: Path, run_id: str, canary: Canary, resource: Mapping[str, Any]) -> None:
    texts = {armed(text, name, canary): name for name, text in TEXTS.items()}
    definition = {
        "environment": armed(TEXTS["text-formula"], "environment", canary),
        "python": armed(TEXTS["text-quotes"], "python", canary),
        "platform": armed(TEXTS["text-closing"], "platform", canary),
        "settings": {text: text for text in texts},
        "tags": {text: text for text in texts},
        "packages": {text: text for text in texts},
        "tasks": [
            _task("html", []),
            _task("words", ["html"]),
            _task("files", ["html"]),
            *(_task(text, ["files"], {other: other for other in texts}) for text in texts),
        ],
    }
    said = {**_resource(canary), **resource}
    recording = RunLogRecording(folder, run_id, {}, resource=said, definition={**definition, "facts": said})
    _notebook(recording, "html", _html_cells(canary))
    _notebook(recording, "words", _word_cells(canary), **_notebook_metadata(canary))
    files = recording.attempt("files")
    _files(files, canary)
    recording.end_attempt("files", 1, Result.SUCCESS)
    recording.end_task("files", Result.SUCCESS)
    for number, text in enumerate(texts):
        log = recording.attempt(text, 1, 2)
        for other in texts:
            log.metric(other, number / 7)
            log.value(other, {other: [other, {"__proto__": other}]})
            log.output("stdout", f"{other}\n")
            log.output("stderr", f"{other}\r{other}\n")
        log.metric("loss", 0.5, step=number)
        log.metric("loss", 0.25, step=number + 1)
        log.exception(text, text, "\n".join(texts), text, 3)
        log.finish_outputs()
        recording.end_attempt(text, 1, Result.FAILURE, text)
        recording.end_task(text, Result.FAILURE)
    recording.finish(Result.FAILURE)


def _collect(folder: Path, address: str, text: str) -> None:
    """A run of pull request 12, in which GitHub says this text wherever somebody could have written one."""
    resource = {ResourceAttribute.RUN_ID: text, ResourceAttribute.CHANGE_ID: text}
    recording = RunLogRecording(folder, address, {"train": []}, resource=resource, definition={"facts": resource})
    recording.attempt("train").exception(text, text, text, text, 3)
    recording.end_attempt("train", 1, Result.FAILURE, text)
    recording.end_task("train", Result.FAILURE)
    log = recording.finish(Result.FAILURE)
    content, run_id = log.read_bytes(), int(address.split("-")[0])
    page = f"https://github.com/owner/digits/actions/runs/{run_id}/attempts/1"
    origin = Origin(
        repository="owner/digits" if run_id % 2 == 0 else text,
        run_id=run_id,
        run_attempt=1,
        event=f"pull_request{text}",
        head_sha=text,
        head_branch=text,
        head_repository=text[::-1],
        pull_request=12,
        pull_request_title=text,
        workflow=f".github/workflows/{text}",
        conclusion=text,
        url=f"{page}{text}" if run_id % 2 == 0 else text,
        actor=text,
        started_ms=START_NS // 1_000_000,
        uploaded_ms=START_NS // 1_000_000 + 60_000,
        artifact_id=1,
        log_bytes=len(content),
        log_sha256=hashlib.sha256(content).hexdigest(),
    )
    write_origin(log, origin)


def _record_scripts(folder: Path, canary: Canary) -> None:
    tasks = ["together", *ALONE]
    facts = {"facts": {ResourceAttribute.CHANGE_ID: "12"}}
    recording = RunLogRecording(folder, SCRIPTS, {task: [] for task in tasks}, definition=facts)
    together = [_script_cell(name, script, canary) for name, script in TOGETHER.items()]
    _notebook(recording, "together", together)
    for name, script in ALONE.items():
        _notebook(recording, name, [_script_cell(name, script, canary)])
    recording.finish(Result.SUCCESS)


def _resource(canary: Canary) -> dict[str, Any]:
    """Everything that a run says of where it comes from."""
    said = {
        ResourceAttribute.PIPELINE_NAME: "text-img",
        ResourceAttribute.HEAD_NAME: "text-command",
        ResourceAttribute.HEAD_REVISION: "text-closing",
        ResourceAttribute.BASE_NAME: "text-img",
        ResourceAttribute.REPOSITORY_URL: "text-link",
        ResourceAttribute.RUN_URL: "text-link",
        ResourceAttribute.CHANGE_TITLE: "text-handler",
        ResourceAttribute.GITHUB_EVENT: "text-img",
        ResourceAttribute.GITHUB_ACTOR: "text-ansi",
        "__proto__": "text-proto",
        "constructor": "text-constructor",
    }
    return {key: armed(TEXTS[name], f"resource-{name}", canary) for key, name in said.items()}


def _task(task_id: str, needs: list[str], parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {
        "id": task_id,
        "name": task_id,
        "type": "notebook" if needs != ["files"] else task_id,
        "source": task_id,
        "folder": task_id,
        "needs": needs,
        "parameters": dict(parameters or {"size": 600}),
        "options": {"attempts": 2, task_id: task_id},
    }


def _notebook(recording: RunLogRecording, task: str, cells: list[dict[str, Any]], **metadata: Any) -> None:
    content = json.dumps({**json.loads(ipynb(*cells)), **metadata})
    log = recording.attempt(task)
    log.artifact(f"{task}.ipynb", content, ArtifactKind.NOTEBOOK)
    recording.end_attempt(task, 1, Result.SUCCESS)
    recording.end_task(task, Result.SUCCESS)


def _html_cells(canary: Canary) -> list[dict[str, Any]]:
    cells = []
    for name, html in HTML.items():
        cells.append(code(f"# {name}", display(html=armed(html, name, canary), plain="x")))
        cells.append(markdown(f"{name}\n\n{armed(html, f'{name}-in-markdown', canary)}"))
    return cells


def _word_cells(canary: Canary) -> list[dict[str, Any]]:
    cells = [
        cell
        for name, text in MARKDOWN.items()
        for cell in (
            markdown(armed(text, name, canary)),
            code("", display(markdown=armed(text, f"{name}-put-out", canary))),
        )
    ]
    for name, text in LATEX.items():
        cells += [markdown(armed(text, name, canary)), code("", display(latex=armed(text, f"{name}-put-out", canary)))]
    for name, text in TEXTS.items():
        said = armed(text, f"{name}-in-cell", canary)
        outputs = [stream(said), error(said, said, said), display(plain=said), {"output_type": said}]
        cells += [code(said, *outputs), {"cell_type": "raw", "source": said, "metadata": {}}]
    for name, text in PLOTLY.items():
        figure = _figure(armed(text, name, canary))
        data = {"application/vnd.plotly.v1+json": figure, "text/plain": "figure"}
        html = f"<div id=p></div><script>Plotly.newPlot('p', {json.dumps(figure['data'])}, {json.dumps(figure['layout'])})</script>"
        cells += [code("", _output(data)), code("", display(html=html))]
    return cells + _other_cells(canary)


def _other_cells(canary: Canary) -> list[dict[str, Any]]:
    nasty = armed(TEXTS["text-img"], "output-types", canary)
    script = armed("RUN;fetch('HIT')", "output-script", canary)
    svg = armed(SVG, "output-svg", canary)
    attached = base64_text(armed(SVG, "output-attachment", canary).encode())
    types = {
        nasty: nasty,
        "audio/mpeg": f'"><{nasty}',
        "image/png": f"x' onerror='{nasty}",
        "application/json": {"__proto__": nasty},
        "text/vnd.mermaid": f"graph TD; a[{nasty}]; click a href 'javascript:{script}'",
        "application/pdf": nasty,
    }
    return [
        code("", display(svg=svg), _output({"application/javascript": script})),
        code("", *(_output({name: content}) for name, content in types.items())),
        code("", _output({"application/vnd.jupyter.widget-view+json": {"model_id": nasty}, "text/plain": nasty})),
        {**markdown("![a](attachment:a.svg) ![b](attachment:__proto__)"), "attachments": _attachments(attached, nasty)},
        {**code("", stream("x")), "id": nasty, "metadata": {"tags": ["injected-parameters", nasty], nasty: nasty}},
        {"cell_type": nasty, "source": [nasty, 1, None], "metadata": nasty, "outputs": nasty},
    ]


def _attachments(svg: str, nasty: str) -> dict[str, Any]:
    return {"a.svg": {"image/svg+xml": svg, nasty: nasty}, "__proto__": {"image/png": f'x" onerror="{nasty}'}}


def _notebook_metadata(canary: Canary) -> dict[str, Any]:
    nasty = armed(TEXTS["text-img"], "notebook-metadata", canary)
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": {nasty: {"model_name": nasty}}}}
    language = {"name": nasty, "file_extension": nasty, "pygments_lexer": nasty}
    return {
        "metadata": {
            "language_info": language,
            "kernelspec": {"display_name": nasty},
            "widgets": widgets,
            "title": nasty,
        }
    }


def _output(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {name: {"width": name} for name in data}, "data": dict(data)}


def _figure(text: str) -> dict[str, Any]:
    trace = {"type": "scatter", "x": [1, 2], "y": [1, 2], "mode": "lines+text", "text": [text, text], "name": text}
    picture = {"source": text, "x": 0, "y": 1, "sizex": 1, "sizey": 1, "xref": "paper", "yref": "paper"}
    words = {
        "title": {"text": text},
        "annotations": [{"text": text, "x": 1, "y": 1}],
        "xaxis": {"title": {"text": text}},
    }
    font = {"family": f"a;background:url({text})"}
    layout = {**words, "images": [picture], "font": font, "template": {"layout": words}, "meta": text}
    return {
        "data": [trace, {**trace, "hovertemplate": text, "customdata": [text]}],
        "layout": layout,
        "config": {"plotlyServerURL": text},
    }


def _files(log: AttemptLog, canary: Canary) -> None:
    log.artifact("fine.png", png(shade=9), ArtifactKind.FIGURE)
    for name, (file, content) in ARTIFACTS.items():
        kind = ArtifactKind.FIGURE if file.endswith(".svg") else ArtifactKind.ARTIFACT
        log.artifact(armed(file, name, canary), armed(content, name, canary), kind)


def _script_cell(name: str, script: str, canary: Canary) -> dict[str, Any]:
    body = armed(script, name, canary).replace("NEIGHBOUR", f"'../{NEIGHBOUR}'")
    guarded = f"self.stolen=self.stolen||[];self.ran=[...(self.ran||[]),'{name}'];try{{{body}}}catch(e){{}}"
    return code(f"# {name}", _output({"application/javascript": guarded}))
