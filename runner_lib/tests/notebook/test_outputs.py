"""Limits of what a notebook may put out."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_output

from pynb_dag_runner.notebook.outputs import OutputLimits, shortened, without_overwritten


def test_streams_are_cut_at_the_limit() -> None:
    limits = OutputLimits(max_stream_characters=5)
    assert [limits.keep_of_stream(text) for text in ("abc", "def", "ghi")] == ["abc", "de", ""]
    marker = limits.marker()
    assert marker is not None
    assert "4 printed characters" in marker
    limits.forget_dropped()
    assert limits.marker() is None


def test_cleared_outputs_make_room() -> None:
    limits = OutputLimits(max_output_bytes=3000)
    shown = {"data": {"text/plain": "x" * 1500}, "metadata": {}}
    output = new_output("display_data", **shown)
    assert limits.keeps_output(shown)
    assert not limits.keeps_output(shown)
    limits.give_back([output])
    assert limits.keeps_output(shown)


def test_shortened_keeps_both_ends() -> None:
    text = shortened("a" * 50 + "b" * 50, limit=10)
    assert text.startswith("aaaaa\n[... 90 characters dropped ...]")
    assert text.endswith("bbbbb")
    assert shortened("short", limit=10) == "short"


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("10%\r20%\r30%\n", "30%\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("first\nx\ry", "first\ny"),
        ("none", "none"),
    ],
)
def test_carriage_returns(printed: str, shown: str) -> None:
    assert without_overwritten(printed) == shown
