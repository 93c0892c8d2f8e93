from __future__ import annotations

import pytest
from report_page import CheckedPage

from pynb_dag_runner.report.page.frame import CONTENT_POLICY, framed, has_script, shows_something


def inside(content: str) -> str:
    (document,) = CheckedPage(framed(content, "output")).frames
    return document


def test_that_the_frame_may_do_nothing() -> None:
    document = inside("<table><tr><td>1</td></tr></table>")
    assert CONTENT_POLICY in document
    assert "script-src" not in CONTENT_POLICY
    assert "default-src 'none'" in CONTENT_POLICY
    assert document.endswith("<table><tr><td>1</td></tr></table>")


@pytest.mark.parametrize(
    "content",
    [
        '<link rel="preconnect" href="//e.org">',
        "<LINK rel=dns-prefetch href=//e.org>",
        "<link\nrel=stylesheet href=//e.org>",
        "<link/rel=icon href=//e.org>",
        '<meta http-equiv="refresh" content="0;url=//e.org">',
        "<base href=//e.org>",
        "<!-- --><link rel=prerender href=//e.org>",
        "</link><lInK rel=preload href=//e.org>",
        "<iframe src=//e.org></iframe><object data=//e.org></object><embed src=//e.org><frameset>",
        "<a href=//e.org>x</a><svg><a href=//e.org>x</a></svg><area href=//e.org><form action=//e.org></form>",
    ],
)
def test_that_tags_that_no_policy_stops_are_taken_out(content: str) -> None:
    document = inside(content)
    own = document[: document.index("</style>")]
    assert own.count("<meta") == 3
    assert "<base" not in own
    rest = document[document.index("</style>") :].lower()
    assert not [tag for tag in ("<link", "<meta", "<base", "<iframe", "<a ", "</a>", "<form") if tag in rest]
    assert "<x-" in rest


def test_that_other_tags_stay() -> None:
    assert inside("<article><abbr>x</abbr></article>").endswith("<article><abbr>x</abbr></article>")
    drawing = "<svg><use href='#a'/><use xlink:href=\"#b\"/></svg>"
    assert inside(drawing).endswith(drawing)
    assert "<x-use" in inside("<svg><use x='1' xlink:href = '//e.org/a#b'/></svg>")
    assert inside("<a>x</a>").endswith("<x-a>x</x-a>")


def test_that_content_cannot_leave_the_attribute() -> None:
    html = framed("\"></iframe><script>alert(1)</script>&quot;'", '"><b>')
    assert CheckedPage(html).tags[1][0] == "iframe"
    assert len(CheckedPage(html).tags) == 2


def test_that_a_frame_is_as_high_as_its_rows_within_limits() -> None:
    def height(content: str) -> int:
        return int(CheckedPage(framed(content, "x")).tags[0][1]["style"].removeprefix("height:").removesuffix("px"))

    few, more = height("<tr>" * 3), height("<tr>" * 9)
    assert 60 <= few < more < height("<tr>" * 5000) == height("<tr>" * 9000)
    assert height("<style>" + "<tr>" * 100 + "</style>x") == height("x")


def test_what_can_be_seen_without_scripts() -> None:
    assert not shows_something("<script>document.write('x')</script><style>b{}</style><!-- x --> <div id=plot></div>")
    assert not shows_something("<script>never closed")
    assert shows_something("<div>text</div><script>x</script>")
    assert shows_something("<svg></svg>")
    assert has_script("<SCRIPT src=x>")
    assert not has_script("<b>script</b>")


@pytest.mark.parametrize("piece", ["<", "<script", "<!--", "<tr", "</script ", "<a <"])
def test_that_odd_text_takes_no_time(piece: str) -> None:
    content = piece * (300_000 // len(piece))
    shows_something(content)
    framed(content, "x")


def test_that_what_has_its_own_colours_keeps_a_white_ground() -> None:
    assert "background:#fff" in inside('<b style="color:#111">x</b>')
    assert "prefers-color-scheme:dark" in inside("<table><tr><td>x</table>")
