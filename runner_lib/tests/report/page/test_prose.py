from __future__ import annotations

import pytest
from report_page import CheckedPage

from pynb_dag_runner.report.page.elements import Html, element
from pynb_dag_runner.report.page.prose import prose_html


def shown(markdown: str) -> str:
    return prose_html(markdown, lambda url, label: element("i", f"{label}|{url}"))


def test_that_markdown_is_shown_below_the_headings_of_the_page() -> None:
    html = shown("# One\n\n##### Five\n\n*a* **b** `c` ~~d~~\n\n- e\n\n| x | y |\n|---|--:|\n| 1 | 2 |\n\n> q")
    for part in ("<h4>One</h4>", "<h6>Five</h6>", "<em>a</em>", "<strong>b</strong>", "<code>c</code>", "<s>d</s>"):
        assert part in html
    for part in ("<li>e</li>", '<td style="text-align:right">2</td>', "<blockquote>"):
        assert part in html
    CheckedPage(html)


def test_that_fenced_code_has_colours() -> None:
    assert '<span class="k">def</span>' in shown("```python\ndef f(): pass\n```")
    assert "&lt;x&gt;" in shown("```no-such-language\n<x>\n```")


@pytest.mark.parametrize(
    "formula",
    [
        "$a_i * b_j * c_k$",
        "$$x_1 \\\\ y_2$$",
        "$$\na \\\\\n- b\n= c\n$$",
        "\\begin{align}\nx &= 1 \\\\\n\\end{align}",
        "$<b>$",
    ],
)
def test_that_formulas_stay_as_they_are(formula: str) -> None:
    page = CheckedPage(shown(formula))
    assert page.text.strip() == formula
    assert not page.all("em")
    assert not page.all("h5")


def test_that_money_is_no_formula() -> None:
    assert "<em>" in shown("from $5 *up* to $ 6")


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<iframe src='//e.org'></iframe>",
        "[a](javascript:alert(1))",
        "[a](JAVASCRIPT:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "[a](<java\tscript:alert(1)>)",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "[a](file:///etc/passwd)",
        "[a](//e.org)",
        "[a](relative.html)",
        "<javascript:alert(1)>",
        '[a](https://e.org "x\\" onclick=\\"alert(1)")',
        "[a][b]\n\n[b]: javascript:alert(1)",
        "![a](javascript:alert(1))",
        "`` ` <b> ``",
        "# <svg onload=alert(1)>",
        "| <b> |\n|---|\n| <i onclick=x> |",
        "\x00\x1b[31m\u202e",
        "\udc80",
    ],
)
def test_that_nothing_in_it_acts(markdown: str) -> None:
    page = CheckedPage(shown(markdown))
    assert set(page.links) <= {"https://e.org"}
    for tag, attributes in page.tags:
        assert tag in {"div", "p", "a", "span", "i", "code", "h4", "table", "thead", "tbody", "tr", "th", "td"}
        assert set(attributes) <= {"class", "dir", "href", "rel", "title", "style"}


def test_that_links_are_kept_where_they_lead_to_pages() -> None:
    page = CheckedPage(shown("[a](https://e.org/ä?b=c) <https://f.org> [m](mailto:a@b.org) [r](data/x.csv)"))
    assert page.links == ["https://e.org/%C3%A4?b=c", "https://f.org", "mailto:a@b.org"]
    assert page.all("span", "dead-link")[0]["title"] == "leads to data/x.csv"


def test_that_images_are_asked_for() -> None:
    html = shown("![a **b**](http://e.org/x.png) ![c](attachment:d.png)")
    assert "<i>a b|http://e.org/x.png</i>" in html
    assert "<i>c|attachment:d.png</i>" in html
    assert isinstance(prose_html("", lambda url, label: Html("")), Html)


@pytest.mark.parametrize("piece", ["[", "![", "> ", "- ", "*a ", "`", "$", "$$\n", "\\begin{\n", "|a\n", "~~", "&"])
def test_that_repeated_signs_do_no_harm(piece: str) -> None:
    CheckedPage(shown(piece * 3000))
