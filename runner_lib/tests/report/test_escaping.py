from __future__ import annotations

import html
import re

import pytest

from pynb_dag_runner.report.escaping import markdown_block, markdown_code, mermaid_label, one_line, printable

TEXTS = ['a"b', "`x`", "a|b|c", "<b>&amp;</b>", "#35;", "@someone #12", "*x* _y_ ~z~", "1. x", "- x", "nr_images=6"]


def test_that_control_sequences_are_written_out() -> None:
    assert printable("\x1b[31mred\u202e\udc80\x00") == r"\x1b[31mred\u202e\udc80\x00"
    assert printable("a\r\n\tb\rc") == "a\n\tb\\rc"


def test_that_a_line_is_one_line_of_limited_length() -> None:
    assert one_line(" a\n\n b\tc ") == "a b c"
    assert one_line("x" * 50, 10) == "x" * 9 + "…"


@pytest.mark.parametrize("text", TEXTS)
def test_that_markdown_shows_the_text_and_has_no_syntax_in_it(text: str) -> None:
    content = markdown_code(text).removeprefix("<code>").removesuffix("</code>")
    assert html.unescape(content) == text
    assert not re.search(r"[|`<>@*~\[\]]|\b_|_\b", re.sub(r"&#\d+;", "", content))
    assert not re.match(r"\s*(\d+\.|[-+*])\s", content)


def test_that_a_block_cannot_be_closed_from_inside() -> None:
    assert markdown_block("a</pre>\n\n```\n# b").count("</pre>") == 1


@pytest.mark.parametrize("text", TEXTS)
def test_that_a_mermaid_label_shows_the_text_and_has_no_syntax_in_it(text: str) -> None:
    label = mermaid_label(text)
    assert re.sub(r"#(\d+);", lambda match: chr(int(match[1])), label) == text
    assert not re.search(r'["`<>|{}\[\]();:%#]', re.sub(r"#\d+;", "", label))


def test_that_plain_ids_stay_readable_and_a_label_is_never_empty() -> None:
    assert mermaid_label("train-model nr_train_images=600") == "train-model nr_train_images=600"
    assert mermaid_label("名前") == "名前"
    assert mermaid_label(" \n") == "unnamed"
