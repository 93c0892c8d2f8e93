from __future__ import annotations

import math
from typing import Any

import pytest
from site_reading import payload

from pynb_dag_runner.site.scripts import json_text, number, parse_script, rounded, script, strict

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "'); alert(1); ('",
    "\\'); alert(1); (\\'",
    "ends with \\",
    "\\x3c \\u2028 \\u003c are plain text",
    "line\nreturn\rtab\tnull\0bell\x07",
    "\u2028 and \u2029",
    "\u202egnp.exe\u202c \u200f",
    "\U0001f600 ä 漢 \ufeff \ufffe",
    "${alert(1)} `x` ]]>",
    "\udc80 lone \ud800",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_gets_out_of_its_string(text: str) -> None:
    kind, key, value = payload(script("run", "a-1", {text: [text, {"deeper": text}]}))
    assert (kind, key) == ("run", "a-1")
    assert value == {text: [text, {"deeper": text}]}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_site_reads_what_it_wrote(text: str) -> None:
    assert parse_script(script("index", "2026-11-0", [text])) == ("index", "2026-11-0", [text])


def test_names_of_objects_own_methods_are_keys_as_others() -> None:
    value = {"__proto__": {"polluted": 1}, "constructor": 2, "toString": 3}
    assert payload(script("run", "a", value))[2] == value


def test_what_json_lacks_is_text() -> None:
    value = payload(script("run", "a", [math.nan, math.inf, -math.inf, {1: None}, (True, b"x")]))[2]
    assert value == ["NaN", "Infinity", "-Infinity", {"1": None}, [True, "b'x'"]]


def test_nothing_is_nested_without_end() -> None:
    value: Any = "innermost"
    for _ in range(5000):
        value = [value]
    text = json_text(value)
    assert "nested too deeply" in text
    assert len(text) < 500


def test_numbers_take_few_characters_and_lose_nothing() -> None:
    assert json_text([1797.0, 0.1, 1e300, -0.5, 2.0**53]) == "[1797,0.1,1e+300,-0.5,9007199254740992.0]"
    assert number(3.0) == 3


def test_rounding_keeps_whole_numbers_and_can_be_repeated() -> None:
    assert rounded(1234567890.0, 6) == 1234567890
    assert rounded(0.123456789, 6) == 0.123457
    assert rounded(math.nan, 6) == "NaN"
    for value in (0.1 + 0.2, 1 / 3, 1e-17 / 7, 123456.789):
        once = rounded(value, 8)
        assert isinstance(once, float)
        assert rounded(once, 8) == once


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"alert(1)",
        b'pdr.add("run","a",JSON.parse(\'{"cut":',
        b'pdr.add("run","a",JSON.parse(\'{}\'));\nalert(1)',
        b"\xff\xfe",
        script("run", "a", 1).replace(b"1'", b"[1'"),
    ],
)
def test_damaged_files_are_errors(content: bytes) -> None:
    with pytest.raises(ValueError):
        parse_script(content)


def test_mappings_and_sequences_are_copied_as_json_has_them() -> None:
    assert strict({"a": ({"b": 1.0},)}) == {"a": [{"b": 1}]}
