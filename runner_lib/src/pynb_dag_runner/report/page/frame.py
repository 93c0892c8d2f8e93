"""HTML that somebody else made: shown in a frame that can do nothing.

The frame's sandbox gives no permission at all: no script, no form, no window, no way to the page around it. The content
policy of the page holds inside too, so nothing is loaded. Yet a browser may connect to a host before it asks the policy: for
``<link>``, for a frame, for a link under the finger. These become elements that mean nothing; they could not work anyway.
"""

from __future__ import annotations

import re

from pynb_dag_runner.report.page.elements import Html, element, visible

CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

# A browser takes for a tag only what is spelled out like this: no entity, no other character makes one.
_UNWANTED_TAG = re.compile(
    r"<(/?)(?=(?:link|meta|base|iframe|frame|frameset|fencedframe|portal|object|embed|applet|a|area|form)\b"
    # A drawing that refers to another file, which the policy refuses, may keep the page from ever being loaded.
    r"""|use\b[^<>]*?href\s*=\s*["']?[^"'\s#])""",
    re.IGNORECASE,
)
_COLOURS = re.compile(r"colou?r\b|background|<svg", re.IGNORECASE)
_ROWS = re.compile(r"<(?:tr|li|p|div|br|pre|h[1-6]|hr|summary|dt|dd)\b", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style|template|noscript)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.I | re.S)
_TAG = re.compile(r"<[^<>]*>")
_PICTURE = re.compile(r"<(?:img|svg|table|canvas|progress|meter|hr)\b", re.IGNORECASE)

_STYLE = """
:root{color-scheme:light}
body{margin:4px 2px;font:14px/1.45 system-ui,sans-serif;color:#1d1f23;overflow-wrap:anywhere}
table{border-collapse:collapse;border:0}
th,td{border:0;border-bottom:1px solid #dcdcd6;padding:3px 10px;text-align:right;font-variant-numeric:tabular-nums}
pre,code{font-family:ui-monospace,monospace;white-space:pre-wrap}
img,svg{max-width:100%;height:auto}
"""
_OWN_GROUND = "body{background:#fff}"
_DARK = """
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark}body{color:#e8e9ec;background:#1c1f25}th,td{border-color:#363b44}a{color:#8fb4ff}}
"""


def framed(content: str, title: str) -> Html:
    """``content`` in a frame of a height that suits it; longer content scrolls."""
    inert = _UNWANTED_TAG.sub(r"<\1x-", visible(content))
    # What brings colours of its own was made for a white ground.
    style = _STYLE + (_OWN_GROUND if _COLOURS.search(inert) else _DARK)
    document = (
        f'<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{CONTENT_POLICY}">'
        f'<meta http-equiv="x-dns-prefetch-control" content="off"><title>Output</title>'
        f"<style>{style}</style>{inert}"
    )
    frame = element("iframe", sandbox="", srcdoc=document, title=title, loading="lazy")
    return element("div", frame, class_="frame", style=f"height:{_height(content)}px")


def shows_something(content: str) -> bool:
    """Whether anything of ``content`` can be seen without scripts."""
    rest = _HIDDEN.sub("", content)
    return bool(_PICTURE.search(rest) or _TAG.sub("", rest).strip())


def has_script(content: str) -> bool:
    """Whether ``content`` wants to run something."""
    return bool(re.search(r"<script\b", content, re.IGNORECASE))


def _height(content: str) -> int:
    rest = _HIDDEN.sub("", content)
    rows = len(_ROWS.findall(rest)) + len(_TAG.sub("", rest)) // 400
    pictures = len(re.findall(r"<(?:img|svg|canvas)\b", rest, re.IGNORECASE))
    return max(60, min(520, 30 + 28 * rows + 320 * pictures))
