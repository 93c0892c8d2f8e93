"""Markdown of notebooks and texts as HTML: no HTML of its own, no picture that is loaded, TeX left as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from pynb_dag_runner.report.page.code import code_html
from pynb_dag_runner.report.page.elements import Html, element, safe_href, visible

Picture = Callable[[str, str], Html]
"""Address and description of an image to what is shown in its place."""

_DEEPEST_HEADING = 6
_LONGEST_FORMULA = 200
"""Lines. Whether one that is never closed is a formula must not be asked of all that follows."""
_HEADINGS_ABOVE = 3
"""Headings of the page above those of a notebook, whose first level so becomes h4."""


def prose_html(markdown: str, picture: Picture) -> Html:
    """A block of Markdown; ``picture`` is asked for every image."""
    try:
        html = _parser().render(visible(markdown), {"picture": picture})
    except RecursionError:
        return element("pre", markdown, class_="text")
    return element("div", Html(html), class_="prose", dir="auto")


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = _Parser("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("escape", "math", _inline_math)
    parser.block.ruler.before(
        "fence", "math_block", _block_math, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    parser.core.ruler.push("harmless", _make_harmless)
    parser.add_render_rule("math", _render_math)
    parser.add_render_rule("math_block", _render_math)
    parser.add_render_rule("image", _render_image)
    parser.add_render_rule("fence", _render_fence)
    return parser


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802, RUF100 (the name is markdown-it's)
        """Every address is taken, and looked at later: a refused one would stand there as Markdown's signs."""
        return True


def _make_harmless(state: Any) -> None:
    """Headings below those of the page, and links only to where a click may lead."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + _HEADINGS_ABOVE, _DEEPEST_HEADING)}"
        if token.type == "inline":
            _check_links(token.children or [])


def _check_links(tokens: Sequence[Token]) -> None:
    is_safe: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            href = safe_href(token.attrs.get("href"))
            is_safe.append(href is not None)
            if href is None:
                token.tag = "span"
                token.attrs = {"class": "dead-link", "title": f"leads to {token.attrs.get('href')}"}
            else:
                token.attrs = {"href": href, "rel": "noopener noreferrer"}
        elif token.type == "link_close" and is_safe and not is_safe.pop():
            token.tag = "span"


def _inline_math(state: StateInline, silent: bool) -> bool:
    """``$a_i$`` and ``$$a_i$$``, whose signs are TeX's and not Markdown's."""
    if state.src[state.pos] != "$":
        return False
    fence = "$$" if state.src.startswith("$$", state.pos) else "$"
    start = state.pos + len(fence)
    end = state.src.find(fence, start, min(state.posMax, start + 20 * _LONGEST_FORMULA))
    inside = state.src[start:end]
    if end < 0 or not inside.strip() or (fence == "$" and (inside[0].isspace() or inside[-1].isspace())):
        return False
    if not silent:
        state.push("math", "", 0).content = f"{fence}{inside}{fence}"
    state.pos = end + len(fence)
    return True


def _block_math(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A block from a line with ``$$`` or ``\\begin{`` at its start to the line with its end."""
    first = _line(state, start_line)
    fence = "$$" if first.startswith("$$") else "\\end{" if first.startswith("\\begin{") else None
    if fence is None:
        return False
    last = start_line
    seen = first.removeprefix("$$")
    while fence not in seen:
        last += 1
        if last >= min(end_line, start_line + _LONGEST_FORMULA) or not (seen := _line(state, last)).strip():
            return False
    if not silent:
        token = state.push("math_block", "", 0)
        token.content = "\n".join(_line(state, line) for line in range(start_line, last + 1))
    state.line = last + 1
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _render_math(renderer: object, tokens: Sequence[Token], index: int, options: object, env: object) -> str:
    token = tokens[index]
    return element("div" if token.type == "math_block" else "span", token.content, class_="math")


def _render_image(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Mapping[str, Any]) -> str:
    token = tokens[index]
    description = renderer.renderInlineAsText(token.children or [], options, env)
    shown: Html = env["picture"](str(token.attrs.get("src", "")), description)
    return shown


def _render_fence(renderer: object, tokens: Sequence[Token], index: int, options: object, env: object) -> str:
    language = tokens[index].info.split()
    return code_html(tokens[index].content, language[0] if language else "text")
