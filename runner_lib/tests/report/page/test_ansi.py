from __future__ import annotations

import pytest

from pynb_dag_runner.report.page.ansi import ansi_html


def test_that_colours_and_weights_become_spans() -> None:
    text = "\x1b[1;31mbad\x1b[0m <b> \x1b[92mgood\x1b[39m plain"
    assert ansi_html(text) == (
        '<span class="ansi-bold ansi-fg-1">bad</span> &lt;b&gt; <span class="ansi-fg-10">good</span> plain'
    )


@pytest.mark.parametrize(
    ("code", "style"),
    [
        ("38;5;9", 'class="ansi-fg-9"'),
        ("48;5;1", 'class="ansi-bg-1"'),
        ("38;5;28", 'class="ansi-fg-rgb" style="--light:#006c00;--dark:#80c380'),
        ("38;2;255;255;0", 'class="ansi-fg-rgb" style="--light:#'),
        ("48;2;1;2;3", 'class="ansi-bg-rgb" style="--ground:#010203"'),
        ("4;3;7", 'class="ansi-underline ansi-italic ansi-inverse"'),
        ("38:5:9", 'class="ansi-fg-9"'),
    ],
)
def test_codes(code: str, style: str) -> None:
    assert ansi_html(f"\x1b[{code}mx").startswith(f"<span {style}")


def test_that_text_of_any_colour_can_be_read_on_both_grounds() -> None:
    def luminance(colour: str) -> float:
        red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2

    for colour in ("0;0;0", "255;255;255", "255;255;0", "0;0;255", "120;120;120"):
        style = ansi_html(f"\x1b[38;2;{colour}mx").split('style="')[1].split('"')[0]
        light, dark = (rule.partition(":")[2] for rule in style.split(";"))
        assert luminance(light) <= 0.12
        assert luminance(dark) >= 0.4


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[2Ka",
        "\x1b]8;;https://e.org\x1b\\a\x1b]8;;\x1b\\",
        "\x1b]0;title\x07a",
        "\x1b[?25la",
        "\x1b[999999999999999999999ma",
        "\x1b[38;5ma",
        "\x1b[38;2;1ma\x1b[0m",
    ],
)
def test_that_other_sequences_leave_only_the_text(text: str) -> None:
    shown = ansi_html(text)
    assert "\x1b" not in shown
    assert "e.org" not in shown
    assert "a" in shown


def test_that_an_end_that_is_no_sequence_is_written_out() -> None:
    assert ansi_html('\x1b"><script>') == "\\x1b&quot;&gt;&lt;script&gt;"
