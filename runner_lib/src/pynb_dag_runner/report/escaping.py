"""Text from a run log, made harmless for the place where it is shown.

Names, messages and parameters come from user code, or from a run log that somebody else made: none of them may write
Markdown, HTML, diagram syntax or terminal control sequences.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

_SPECIAL = re.compile(r"(?<![^\W_])_|_(?![^\W_])|[-+.](?=\s|$)|[^\w\s.,=/+_-]")
"""What Markdown, HTML or Mermaid could take for syntax; an underscore only where it is not inside a word."""

_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\]{1,4000}")

_KEPT_IN_TEXT = "\n\t"
_MOST_KNOWN = 0x3000


class _WrittenOut(dict[int, str]):
    """By code point, what stands for a character: many times as fast as to look at each one."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if not (character.isprintable() or character in _KEPT_IN_TEXT):
            escaped = character.encode("ascii", "backslashreplace").decode("ascii")
            character = escaped if code > 127 else repr(character)[1:-1]
        if code < _MOST_KNOWN:
            self[code] = character
        return character


_WRITTEN_OUT = _WrittenOut()


def printable(text: str) -> str:
    """``text`` with everything invisible written out (``\\x1b``), apart from line ends and tabs.

    That covers terminal control sequences, signs that turn the direction of text, and lone surrogates.
    """
    return text.replace("\r\n", "\n").translate(_WRITTEN_OUT)


def one_line(text: str, limit: int = 200) -> str:
    """``text`` on one line of at most ``limit`` characters."""
    # Messages can be megabytes long: far more than what fits is not looked at.
    line = " ".join(printable(text[: 20 * limit]).split())
    return line if len(line) <= limit and len(text) <= 20 * limit else f"{line[: limit - 1]}…"


def markdown_code(text: str, limit: int = 200) -> str:
    """``text`` as inline code for Markdown, in tables too; mentions, links and issue numbers in it stay plain text."""
    # The rest is not looked at, and need not be kept.
    return _code(text[: 20 * limit + 1], limit)


def markdown_text(text: str, limit: int = 300) -> str:
    """``text`` as plain words for Markdown."""
    # GitHub makes links of what begins so.
    return _entities(one_line(text, limit), "&#{};").replace("www.", "www&#46;")


def markdown_block(text: str, limit: int = 4000) -> str:
    """``text`` with its lines, as a preformatted block for Markdown."""
    shown = printable(text[:limit]) + ("…" if len(text) > limit else "")
    return f"<pre>{_entities(shown, '&#{};')}</pre>"


def markdown_link(url: str | None, markup: str) -> str:
    """``markup``, which is safe already, as a link for Markdown; alone where ``url`` is none that opens a page."""
    if url is None or not url.isascii() or _ADDRESS.fullmatch(url) is None:
        return markup
    return f'<a href="{html.escape(url)}">{markup}</a>'


def mermaid_label(text: str, limit: int = 80) -> str:
    """``text`` as a Mermaid label: special characters become Mermaid's own entity codes, such as ``#34;``."""
    return _entities(one_line(text, limit) or "unnamed", "#{};")


@lru_cache(maxsize=4096)
def _code(text: str, limit: int) -> str:
    """A summary shows the same names again and again, in several sizes."""
    return f"<code>{_entities(one_line(text, limit), '&#{};')}</code>"


def _entities(text: str, form: str) -> str:
    return _SPECIAL.sub(lambda match: "".join(form.format(ord(character)) for character in match.group()), text)
