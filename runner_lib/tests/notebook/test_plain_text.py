"""Text for files and for readers without a terminal."""

from __future__ import annotations

from pynb_dag_runner.notebook.plain_text import clean_content, without_ansi


def test_escape_sequences_go() -> None:
    assert without_ansi("\x1b[0;31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07 \x1b(") == "red link \x1b("


def test_half_surrogates_are_replaced_everywhere() -> None:
    assert clean_content({"a\ud800": ["b\udc00", 1, None]}) == {"a\ufffd": ["b\ufffd", 1, None]}
    assert clean_content("ü\ud83d\ude00") == "ü😀"
