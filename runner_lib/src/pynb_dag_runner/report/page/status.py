"""How something stands: a mark of its own shape and a word, never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from pynb_dag_runner.report.page.elements import Html, element

_CIRCLE = "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13z"


@dataclass(frozen=True)
class Look:
    """A word, one character for text inside drawings, and an outline on a field of 16 by 16."""

    word: str
    glyph: str
    path: str


# The same words and marks as in the tracker.
LOOKS = {
    "success": Look("success", "✓", "M3 8.5l3.3 3.3L13 5"),
    "reused": Look("reused", "↻", "M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3"),
    "failure": Look("failure", "✗", "M4 4l8 8M12 4l-8 8"),
    "error": Look("error", "!", "M8 2l6.5 11.5h-13zM8 6.5v3.2M8 11.6v.4"),
    "timeout": Look("timeout", "◷", f"{_CIRCLE}M8 4.5V8l2.5 2"),
    "cancellation": Look("cancelled", "⊘", f"{_CIRCLE}M3.5 12.5l9-9"),
    "skip": Look("skipped", "»", "M3 4l4 4-4 4M8.5 4l4 4-4 4"),
    "waiting": Look("waiting", "…", "M3 8h.1M8 8h.1M13 8h.1"),
    "running": Look("running", "▶", "M5 3.5l7 4.5-7 4.5z"),
    "interrupted": Look("interrupted", "≁", "M1.5 8l3-4 3 6 2-4 2 3 3-3"),
    "done": Look("unknown", "?", _CIRCLE),  # it ended, and its result is not recorded
}

WORST_FIRST = (
    "failure",
    "error",
    "timeout",
    "interrupted",
    "cancellation",
    "running",
    "skip",
    "waiting",
    "done",
    "reused",
    "success",
)
"""Which status stands for several."""


def badge(status: str, large: bool = False) -> Html:
    """Mark and word on a coloured ground."""
    return element("span", mark(status), LOOKS[status].word, class_=f"badge {status}{' large' if large else ''}")


def mark(status: str) -> Html:
    """The mark alone, for beside a word."""
    path = element("path", d=LOOKS[status].path)
    return element("svg", path, class_=f"mark {status}", viewBox="0 0 16 16", aria_hidden="true")
