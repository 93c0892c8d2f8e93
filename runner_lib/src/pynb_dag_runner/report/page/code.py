"""Source code with its syntax in colours."""

from __future__ import annotations

from functools import lru_cache

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import TextLexer, get_lexer_by_name
from pygments.util import ClassNotFound

from pynb_dag_runner.report.page.elements import Html, element, escaped, joined, visible

_MOST_COLOURED = 100_000
"""Characters: a lexer takes seconds for megabytes."""


def code_html(source: str, language: str) -> Html:
    """``source`` as a block; of a language that nobody knows, or very long, without colours."""
    return element("pre", element("code", _coloured(source, language)), class_="code", tabindex="0")


def numbered_code(source: str, language: str, first_line: int, marked_line: int | None) -> Html:
    """A block with line numbers from ``first_line`` on, and one line marked."""
    rows = []
    for number, line in enumerate(_coloured(source, language).split("\n"), first_line):
        is_marked = number == marked_line
        text = element("span", str(number), class_="line-number", aria_hidden="true")
        note = element("span", "this line: ", class_="hidden") if is_marked else None
        rows.append(element("span", text, note, Html(f"{line}\n"), class_="line marked" if is_marked else "line"))
    return element("pre", element("code", joined(rows)), class_="code numbered", tabindex="0")


def _coloured(source: str, language: str) -> Html:
    source = visible(source).rstrip("\n")
    if len(source) > _MOST_COLOURED:
        return escaped(source)
    # The formatter closes its spans at the end of each line.
    return Html(highlight(source, _lexer(language), HtmlFormatter(nowrap=True)).rstrip("\n"))


@lru_cache(maxsize=20)
def _lexer(language: str) -> Lexer:
    known = {"ipython3": "python", "ipython": "python", "": "python"}.get(language, language)
    try:
        return get_lexer_by_name(known, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return TextLexer(stripnl=False, ensurenl=False)
