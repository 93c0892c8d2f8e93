"""HTML made of elements: what is not an element already is escaped, so that nothing can be forgotten."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import TypeAlias, Union

# Controls, signs that turn the direction of all text behind them, and halves of surrogate pairs.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_SAFE_LINK = re.compile(r"""(?:https?://|mailto:)[^\s"'<>\\`{}|^]+""", re.IGNORECASE)
_VOID = frozenset(("br", "hr", "img", "input", "link", "meta", "base"))

Attribute: TypeAlias = str | int | float | bool | None


class Html(str):
    """Text that is HTML; any other text counts as untrusted."""

    __slots__ = ()


Child: TypeAlias = Union[str, Html, "Iterable[Child]", None]

NOTHING = Html("")


def visible(text: str) -> str:
    """``text`` as it can stand in a page: what would be invisible there is written out (``\\x1b``)."""
    return _INVISIBLE.sub(_written_out, text.replace("\r\n", "\n"))


def escaped(text: str) -> Html:
    """Any text as HTML."""
    return text if isinstance(text, Html) else Html(html.escape(visible(text)))


def joined(children: Iterable[Child]) -> Html:
    """Children one after the other; None is left out."""
    return Html("".join(_flat(children)))


def element(tag: str, *children: Child, **attributes: Attribute) -> Html:
    """An element; ``class_`` is the attribute ``class``, ``aria_label`` is ``aria-label``, None and False are left out."""
    start = f"<{tag}{''.join(_attribute(name, value) for name, value in attributes.items())}>"
    return Html(start if tag in _VOID else f"{start}{joined(children)}</{tag}>")


def name(text: str, limit: int = 120) -> Html:
    """A name on one line; its own direction of writing stays inside."""
    line = " ".join(text[: 20 * limit].split()) or "(no name)"
    return element("bdi", line if len(line) <= limit else f"{line[: limit - 1]}…")


def link(url: object, label: Child) -> Html:
    """A link where ``url`` is http, https or mailto; else the label alone."""
    href = safe_href(url)
    return element("a", label, href=href, rel="noopener noreferrer") if href else joined([label])


def safe_href(url: object) -> str | None:
    """``url`` if a click on it can only open a page or a mail."""
    return url if isinstance(url, str) and len(url) <= 2000 and _SAFE_LINK.fullmatch(url) else None


def _flat(children: Iterable[Child]) -> Iterable[str]:
    for child in children:
        if isinstance(child, str):
            yield escaped(child)
        elif child is not None:
            yield from _flat(child)


def _attribute(attribute: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    plain = attribute.rstrip("_").replace("_", "-")
    return f" {plain}" if value is True else f' {plain}="{html.escape(visible(str(value)))}"'


def _written_out(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
