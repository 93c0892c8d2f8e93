"""How much of a run log goes into its report. A page that no phone can open helps nobody."""

from __future__ import annotations

from dataclasses import dataclass, field

from pynb_dag_runner.report.page.elements import Html, element
from pynb_dag_runner.report.summary import size_text

MB = 1_000_000

MOST_EMBEDDED = 8 * MB
"""Characters of figures, notebooks, texts and printed output in one page."""
MOST_OF_ALL_FIGURES = 3 * MB
"""Bytes of the figures of the gallery, so that there is room for the notebook that failed."""
MOST_OF_AN_IMAGE = 2 * MB
MOST_OF_A_NOTEBOOK = 3 * MB
"""Of a notebook as it is shown."""
MOST_OF_A_TEXT = 100_000
"""Of printed output, of a text, of the source of a cell."""
MOST_READ_OF_A_NOTEBOOK = 64 * 1024 * 1024
MOST_READ = 256 * 1024 * 1024
"""Bytes of artifacts that are looked at for one page."""


@dataclass
class Budget:
    """What may still be embedded, and what was left out for want of room."""

    left: int = MOST_EMBEDDED
    left_to_read: int = MOST_READ
    left_out: list[tuple[str, int]] = field(default_factory=list)

    def take(self, size: int) -> bool:
        """Whether ``size`` more characters go in; they then count."""
        if size > self.left:
            return False
        self.left -= size
        return True

    def note(self, what: str, size: int, why: str) -> Html:
        """What stands in the place of something that was left out."""
        self.left_out.append((what, size))
        return left_out(f"Left out: {what}, {size_text(size)}, {why}. `pdr expand` writes it as a file.")


def left_out(text: str) -> Html:
    """A line that says what is not shown."""
    return element("p", text, class_="left-out")


def ending(text: str, limit: int = MOST_OF_A_TEXT) -> tuple[str, int]:
    """The last ``limit`` characters of a text, from the start of a line on, and how many stand before them."""
    if len(text) <= limit:
        return text, 0
    start = text.find("\n", len(text) - limit) + 1
    start = start if len(text) - limit < start < len(text) - limit // 2 else len(text) - limit
    return text[start:], start


def both_ends(text: str, limit: int = MOST_OF_A_TEXT) -> str:
    """Start and end of an overlong text, with a line between that says how much is missing."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half:,} characters left out …]\n{text[-half:]}"
