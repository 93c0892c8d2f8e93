"""Outputs of a notebook's cells: what a browser can show without a script, in the form that says most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pynb_dag_runner.report.page.ansi import ansi_html
from pynb_dag_runner.report.page.contents import Contents
from pynb_dag_runner.report.page.elements import NOTHING, Html, element, joined
from pynb_dag_runner.report.page.frame import framed, has_script, shows_something
from pynb_dag_runner.report.page.images import IMAGE_TYPES, decoded
from pynb_dag_runner.report.page.limits import MOST_OF_AN_IMAGE, both_ends, left_out
from pynb_dag_runner.report.page.notebook_json import json_text, text_of
from pynb_dag_runner.report.page.prose import prose_html
from pynb_dag_runner.report.summary import size_text

_INTERACTIVE = {
    "application/vnd.jupyter.widget-view+json": "A widget",
    "application/vnd.plotly.v1+json": "An interactive Plotly figure",
    "application/vnd.bokehjs_exec.v0+json": "An interactive Bokeh figure",
    "application/javascript": "A script",
}
_NO_SCRIPTS = "this page runs no scripts, `pdr ui` shows it."
_MOST_HTML = 1_000_000


class Outputs:
    """Renders the outputs of one notebook; ``owner`` names it where something is left out."""

    def __init__(self, contents: Contents, owner: str) -> None:
        self._contents = contents
        self._owner = owner

    def html(self, output: Mapping[str, Any], cell_number: int) -> Html:
        """One output."""
        kind = output.get("output_type")
        if kind == "stream":
            stream = "stderr" if output.get("name") == "stderr" else "stdout"
            return self._text(text_of(output.get("text")), f"output {stream}")
        if kind == "error":
            return self._text(_error_text(output), "output error")
        data = output.get("data")
        if not isinstance(data, dict):
            return left_out("An output without content.")
        return self._bundle(data, f"output of cell {cell_number}")

    def prose(self, markdown: str, attachments: Mapping[str, Any]) -> Html:
        """A Markdown cell, or Markdown that code displayed."""
        html = prose_html(both_ends(markdown), lambda url, label: self._linked_picture(url, label, attachments))
        return self._contents.embedded(html, f"Markdown of {self._owner}")

    def _bundle(self, data: Mapping[str, Any], label: str) -> Html:
        notice = _notice(data)
        kinds = [kind for kind in _by_preference(data) if not (kind == "text/html" and notice)]
        if not kinds and list(data) == ["text/html"]:
            return notice or NOTHING  # an empty place that a script would have filled
        if not kinds:
            return notice or left_out(f"An output of a kind that cannot be shown here: {', '.join(map(str, data))}.")
        return joined([notice, self._shown(kinds[0], data[kinds[0]], label)])

    def _shown(self, kind: str, value: Any, label: str) -> Html:
        if kind == "text/html":
            return self._frame(text_of(value), label)
        if kind in IMAGE_TYPES:
            return self._picture(kind, text_of(value), label)
        if kind == "text/markdown":
            return self.prose(text_of(value), {})
        if kind == "text/latex":
            return self._contents.embedded(element("div", both_ends(text_of(value)), class_="math"), label)
        if kind == "application/json":
            return self._text(json_text(value, indent=2), "output")
        return self._text(text_of(value), "output")

    def _text(self, text: str, style: str) -> Html:
        html = element("pre", ansi_html(both_ends(without_overwritten(text))), class_=style, tabindex="0")
        return self._contents.embedded(html, f"text printed by {self._owner}")

    def _frame(self, content: str, label: str) -> Html:
        what = f"HTML {label} of {self._owner}"
        if len(content) > _MOST_HTML:
            return self._contents.budget.note(what, len(content), f"more than {size_text(_MOST_HTML)}")
        hint = element("p", "Its scripts do not run here.", class_="left-out") if has_script(content) else None
        return joined([self._contents.embedded(framed(content, label), what), hint])

    def _picture(self, kind: str, text: str, label: str) -> Html:
        images, what = self._contents.images, f"image {label} of {self._owner}"
        if len(text) > 2 * MOST_OF_AN_IMAGE:
            return images.left_out(what, len(text) * 3 // 4)
        content = text.encode("utf-8", "replace") if kind == "image/svg+xml" else decoded(text)
        if content is None:
            return left_out("An image that is damaged.")
        return element("div", images.elsewhere(content, kind, f"image, {label}", what), class_="output-picture")

    def _linked_picture(self, url: str, label: str, attachments: Mapping[str, Any]) -> Html:
        """An image of Markdown: attached to the cell or within the address; nothing is ever loaded."""
        kind, text = _attached(url, attachments) or _within(url) or ("", "")
        if kind in IMAGE_TYPES and (content := decoded(text)) is not None:
            return self._contents.images.elsewhere(content, kind, label, f"image {label} of {self._owner}")
        shown = "data" if url.startswith("data:") else url[:200]
        return element("span", f"[image: {label or 'without description'}, {shown}]", class_="dead-link")


def without_overwritten(text: str) -> str:
    """Text as a terminal shows it in the end: what a carriage return overwrites (progress bars) is gone."""
    if "\r" not in text:
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)


def _by_preference(data: Mapping[str, Any]) -> list[str]:
    html = text_of(data.get("text/html")) if "text/html" in data else ""
    order = ["text/html"] if html and shows_something(html) else []
    order += ["text/markdown", "image/svg+xml", "text/latex", "image/png", "image/jpeg", "image/webp", "image/gif"]
    order += ["application/json", "text/plain"]
    texts = [kind for kind in data if str(kind).startswith("text/") and kind not in ("text/html", *order)]
    return [kind for kind in [*order, *texts] if kind in data]


def _notice(data: Mapping[str, Any]) -> Html | None:
    """A line on what is interactive, where something is."""
    for kind, title in _INTERACTIVE.items():
        if kind in data:
            return left_out(f"{title}: {_NO_SCRIPTS}")
    if any(str(kind).startswith("application/vnd.vega") for kind in data):
        return left_out(f"An interactive Vega figure: {_NO_SCRIPTS}")
    html = text_of(data.get("text/html"))
    if html and has_script(html) and not shows_something(html):
        title = _INTERACTIVE["application/vnd.plotly.v1+json"] if "Plotly" in html else "An interactive output"
        return left_out(f"{title}: {_NO_SCRIPTS}")
    return None


def _error_text(output: Mapping[str, Any]) -> str:
    trace = output.get("traceback")
    lines = [line for line in trace if isinstance(line, str)] if isinstance(trace, list) else []
    title = f"{text_of(output.get('ename'))}: {text_of(output.get('evalue'))}"
    return "\n".join(lines) if lines else title


def _attached(url: str, attachments: Mapping[str, Any]) -> tuple[str, str] | None:
    bundle = attachments.get(url.removeprefix("attachment:")) if url.startswith("attachment:") else None
    if not isinstance(bundle, dict):
        return None
    return next(((kind, text_of(bundle[kind])) for kind in IMAGE_TYPES if kind in bundle), None)


def _within(url: str) -> tuple[str, str] | None:
    kind, separator, text = url.removeprefix("data:").partition(";base64,")
    return (kind, text) if url.startswith("data:") and separator else None
