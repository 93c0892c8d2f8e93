"""Text with the colours of a terminal, as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from pynb_dag_runner.report.page.elements import Html, element, escaped, joined

_ESCAPE = re.compile(r"\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_STYLES = {1: "bold", 2: "faint", 3: "italic", 4: "underline", 7: "inverse", 9: "struck"}
_ENDS = {22: ("bold", "faint"), 23: ("italic",), 24: ("underline",), 27: ("inverse",), 29: ("struck",)}
_LEVELS = (0, 95, 135, 175, 215, 255)
_DARK, _LIGHT = 0.12, 0.4
"""Luminance of text that stands out from a light, and from a dark ground."""

_Rgb: TypeAlias = tuple[int, int, int]


def ansi_html(text: str) -> Html:
    """``text`` with colours and weights as spans; other control sequences are left out."""
    if "\x1b" not in text:
        return escaped(text)
    return joined(_pieces(text))


def _pieces(text: str) -> Iterator[Html]:
    pen = _Pen()
    end = 0
    for match in _ESCAPE.finditer(text):
        if match.start() > end:
            yield pen.written(text[end : match.start()])
        end = match.end()
        if match[2] == "m":
            pen.set(match[1])
    yield pen.written(text[end:])


class _Pen:
    """What the control sequences so far have set."""

    def __init__(self) -> None:
        self._styles: dict[str, None] = {}
        self._colours: dict[str, int | _Rgb] = {}

    def written(self, text: str) -> Html:
        """``text`` as it is written now."""
        classes = [f"ansi-{style}" for style in self._styles]
        rules = []
        for ground, colour in self._colours.items():
            if isinstance(colour, int):
                classes.append(f"ansi-{ground}-{colour}")
            else:
                classes.append(f"ansi-{ground}-rgb")
                rules.append(_readable(colour) if ground == "fg" else f"--ground:{_hex(colour)}")
        if not text or not (classes or rules):
            return escaped(text)
        return element("span", text, class_=" ".join(classes) or None, style=";".join(rules) or None)

    def set(self, codes: str) -> None:
        """Follow one sequence ``ESC [ codes m``."""
        numbers = [int(code) if code.isdecimal() and len(code) < 4 else 0 for code in re.split("[;:]", codes)]
        rest = iter(numbers)
        for number in rest:
            if number == 0:
                self._styles.clear()
                self._colours.clear()
            elif number in _STYLES:
                self._styles[_STYLES[number]] = None
            elif number in _ENDS:
                for style in _ENDS[number]:
                    self._styles.pop(style, None)
            elif number in (38, 48):
                self._take("fg" if number == 38 else "bg", _extended(rest))
            else:
                self._set_colour(number)

    def _set_colour(self, number: int) -> None:
        if number in (39, 49):
            self._colours.pop("fg" if number == 39 else "bg", None)
        for first, ground, brightness in ((30, "fg", 0), (40, "bg", 0), (90, "fg", 8), (100, "bg", 8)):
            if first <= number < first + 8:
                self._colours[ground] = number - first + brightness

    def _take(self, ground: str, colour: int | _Rgb | None) -> None:
        if colour is not None:
            self._colours[ground] = colour


def _extended(rest: Iterator[int]) -> int | _Rgb | None:
    """The colour behind 38 or 48: one of 256, or red, green and blue."""
    kind = next(rest, 0)
    if kind == 2:
        red, green, blue = (min(next(rest, 0), 255) for _ in range(3))
        return red, green, blue
    if kind != 5:
        return None
    number = min(next(rest, 0), 255)
    if number < 16:
        return number
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return grey, grey, grey
    number -= 16
    return _LEVELS[number // 36], _LEVELS[number // 6 % 6], _LEVELS[number % 6]


def _readable(colour: _Rgb) -> str:
    """The colour as two custom properties: dark enough for a light page, and light enough for a dark one."""
    return f"--light:{_hex(_towards(colour, 0))};--dark:{_hex(_towards(colour, 255))}"


def _towards(colour: _Rgb, end: int) -> _Rgb:
    """``colour`` mixed with black (0) or white (255) as far as text needs it to be read."""
    for step in range(10):
        red, green, blue = (round(part + (end - part) * step / 10) for part in colour)
        luminance = (0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2) / 255**2.2
        if luminance <= _DARK if end == 0 else luminance >= _LIGHT:
            return red, green, blue
    return end, end, end


def _hex(colour: _Rgb) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)
