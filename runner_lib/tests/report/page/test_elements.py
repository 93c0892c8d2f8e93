from __future__ import annotations

import pytest

from pynb_dag_runner.report.page.elements import Html, element, escaped, joined, link, name, safe_href, visible

ESCAPES = {
    "<script>alert(1)</script>": "&lt;script&gt;alert(1)&lt;/script&gt;",
    '" onload="x': "&quot; onload=&quot;x",
    "it's": "it&#x27;s",
    "&amp;": "&amp;amp;",
    "</style><!--": "&lt;/style&gt;&lt;!--",
    "a\x00b\x1b[31mc\x7f": "a\\x00b\\x1b[31mc\\x7f",
    "exe.\u202egpj": "exe.\\u202egpj",
    "\udc80": "\\udc80",
    "שלום 名前 é 👩‍🔬": "שלום 名前 é 👩‍🔬",
    "line\r\nnext\tcell": "line\nnext\tcell",
}


@pytest.mark.parametrize("text", ESCAPES)
def test_that_any_text_becomes_text(text: str) -> None:
    assert escaped(text) == ESCAPES[text]
    assert element("b", text) == f"<b>{ESCAPES[text]}</b>"
    assert element("b", title=text) == f'<b title="{ESCAPES[text]}"></b>'
    escaped(text).encode("utf-8")


def test_that_elements_nest_and_leave_out_what_is_not_there() -> None:
    assert element("p", element("b", "<"), None, [" & ", element("br")]) == "<p><b>&lt;</b> &amp; <br></p>"
    assert element("details", class_="a b", open=True, id=None, hidden=False) == '<details class="a b" open></details>'
    assert element("iframe", sandbox="") == '<iframe sandbox=""></iframe>'
    assert joined(part for part in ("<", Html("<hr>"))) == "&lt;<hr>"


def test_that_a_name_is_one_line_with_its_own_direction() -> None:
    assert name("a\n b\u202e") == "<bdi>a b\\u202e</bdi>"
    assert name("  ") == "<bdi>(no name)</bdi>"
    assert name("x" * 1000, 10) == f"<bdi>{'x' * 9}…</bdi>"


@pytest.mark.parametrize("url", ["https://e.org/a?b=c&d=%20#e", "HTTP://e.org", "mailto:a@b.org"])
def test_that_links_lead_to_pages_and_mails(url: str) -> None:
    assert safe_href(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "blob:https://e.org/1",
        "//e.org",
        "e.html",
        'https://e.org/"x',
        "https://e.org/ x",
        "https:\\\\e.org",
        "https://" + "x" * 3000,
        None,
        7,
    ],
)
def test_that_other_addresses_are_no_links(url: object) -> None:
    assert safe_href(url) is None
    assert link(url, "label") == "label"


def test_that_nothing_invisible_stays() -> None:
    shown = visible("".join(map(chr, range(0x300))) + "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe")
    assert [character for character in shown if ord(character) < 32] == ["\t", "\n"]
    assert "\u202e" not in shown
