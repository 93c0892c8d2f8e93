"""Looks at a report as a browser would, and holds it to what it promises."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "link", "img", "br", "hr", "input", "base"}
BLOCKS = {"p", "div", "pre", "td", "th", "li", "dt", "dd", "summary", "h1", "h2", "h3", "h4", "h5", "h6", "figcaption"}
ALLOWED_SCHEMES = ("https://", "http://", "mailto:")


class CheckedPage(HTMLParser):
    """The page's texts, tags and attributes.

    Raises:
        AssertionError: it is not well-formed, or holds anything that acts or loads.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.frames: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []
        self._check()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        assert len(attributes) == len(attrs), f"an attribute twice: {attrs}"
        self.tags.append((tag, attributes))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID, tag
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes something else"
        if tag in BLOCKS:
            self.text += "\n"

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.text += data

    def all(self, tag: str, style: str | None = None) -> list[dict[str, str]]:
        """Attributes of each element of that tag, and of that class."""
        return [
            attributes
            for found, attributes in self.tags
            if found == tag and (style is None or style in attributes.get("class", "").split())
        ]

    def _check(self) -> None:
        ids = [attributes["id"] for _, attributes in self.tags if "id" in attributes]
        assert len(ids) == len(set(ids)), "an id twice"
        for tag, attributes in self.tags:
            assert tag not in ("script", "object", "embed", "base", "form", "input", "button", "template"), tag
            assert not [name for name in attributes if name.startswith("on")]
            assert "src" not in attributes or attributes["src"].startswith("data:image/"), attributes
            assert "url(" not in attributes.get("style", "")
            if tag == "iframe":
                assert attributes["sandbox"] == ""
                assert "src" not in attributes
                self.frames.append(attributes["srcdoc"])
            if tag == "link":
                assert attributes["rel"] == "icon"
            if "href" in attributes:
                self._check_link(tag, attributes["href"], ids)

    def _check_link(self, tag: str, href: str, ids: Sequence[str]) -> None:
        if href.startswith("#"):
            assert href[1:] in ids, f"{href} leads nowhere"
        elif tag in ("link", "image"):
            assert href.startswith("data:image/")
        else:
            assert tag == "a"
            assert href.lower().startswith(ALLOWED_SCHEMES), href
            self.links.append(href)


def png(width: int = 2, height: int = 2, shade: int = 0, padding: int = 0) -> bytes:
    """A real PNG; ``padding`` bytes more make it large."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\x00" + bytes([shade]) * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + (chunk(b"tEXt", b"note\x00" + b"x" * padding) if padding else b"")
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def base64_text(content: bytes) -> str:
    """As a notebook holds an image."""
    return base64.b64encode(content).decode("ascii")


def code(source: str, *outputs: dict[str, Any], count: int | None = 1) -> dict[str, Any]:
    """A code cell."""
    return {"cell_type": "code", "source": source, "execution_count": count, "metadata": {}, "outputs": list(outputs)}


def markdown(source: str, **more: Any) -> dict[str, Any]:
    """A Markdown cell."""
    return {"cell_type": "markdown", "source": source, "metadata": {}, **more}


def display(**data: Any) -> dict[str, Any]:
    """An output by the last part of its types, such as ``html=...`` or ``png=...``."""
    types = {
        "html": "text/html",
        "plain": "text/plain",
        "latex": "text/latex",
        "markdown": "text/markdown",
        "png": "image/png",
        "svg": "image/svg+xml",
        "json": "application/json",
        "javascript": "application/javascript",
        "plotly": "application/vnd.plotly.v1+json",
        "widget": "application/vnd.jupyter.widget-view+json",
    }
    return {"output_type": "display_data", "metadata": {}, "data": {types[key]: value for key, value in data.items()}}


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    """Printed text."""
    return {"output_type": "stream", "name": name, "text": text}


def error(name: str, message: str, *trace: str) -> dict[str, Any]:
    """What an exception leaves."""
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": list(trace)}


def ipynb(*cells: dict[str, Any]) -> str:
    """A notebook file."""
    metadata = {"language_info": {"name": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": list(cells)})
