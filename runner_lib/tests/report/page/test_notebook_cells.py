from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from report_page import CheckedPage, base64_text, code, display, error, ipynb, markdown, png, stream

from pynb_dag_runner.report.page.contents import Contents
from pynb_dag_runner.report.page.limits import MOST_OF_A_NOTEBOOK, MOST_OF_A_TEXT
from pynb_dag_runner.report.page.notebook_cells import failed_cell, notebook_html
from pynb_dag_runner.report.page.notebook_json import parsed_notebook
from pynb_dag_runner.runlog.records import Cell, PipelineRun

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><text>drawn</text></svg>'


class Shown(CheckedPage):
    """A notebook as the page shows it, and what was left out of it."""

    def __init__(self, *cells: dict[str, Any], timings: tuple[Cell, ...] = ()) -> None:
        self.contents = Contents(PipelineRun(path=Path("missing")))
        notebook = parsed_notebook(ipynb(*cells).encode())
        assert notebook is not None
        self.html = notebook_html(notebook, self.contents, "train", timings, "failed-here")
        super().__init__(self.html)


def test_that_cells_stand_in_their_order() -> None:
    page = Shown(markdown("# Title"), code("x = 1\nx", display(plain="1"), count=3), code("y", count=None), code(" "))
    assert page.text.split() == ["Title", "In", "[3]", "x", "=", "1", "x", "1", "not", "run", "y", "In", "[1]"]
    assert '<span class="mi">1</span>' in page.html


def test_that_a_cell_says_how_long_it_took() -> None:
    second = 1_000_000_000
    page = Shown(code("x"), code("y"), timings=(Cell(0, 3 * second, index=0), Cell(0, second // 100, index=1)))
    assert page.text.count("3.00 s") == 1
    assert "0.01 s" not in page.text


def test_that_the_cell_that_failed_can_be_found() -> None:
    bad = code("1 / 0", error("ZeroDivisionError", "division by zero", "\x1b[31mZeroDivisionError\x1b[0m: division"))
    page = Shown(code("x"), bad, code("y", count=None))
    assert [cell.get("id") for cell in page.all("div", "cell")] == [None, "failed-here", None]
    assert '<span class="ansi-fg-1">ZeroDivisionError</span>: division' in page.html
    assert "This cell failed." in page.text


def test_that_the_record_tells_which_cell_failed_where_its_outputs_do_not() -> None:
    notebook = parsed_notebook(ipynb(code("a", error("A", "expected")), code("b"), code("c")).encode())
    assert notebook is not None
    found = failed_cell(notebook, [Cell(index=0), Cell(index=2, failed=True)])
    assert found is not None
    assert found.source == "c"


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (stream("printed\n"), "printed"),
        (stream("warned\n", "stderr"), "warned"),
        (stream("10 %\r50 %\r100 %\n"), "100 %"),
        ({"output_type": "stream", "name": "stdout", "text": ["a\n", "b\n"]}, "a\nb"),
        (error("KeyError", "'x'"), "KeyError: 'x'"),
        (display(plain="<Figure>"), "<Figure>"),
        (display(plain=["array([", "1])"]), "array([1])"),
        (display(latex="$\\frac{a}{b}$"), "$\\frac{a}{b}$"),
        (display(markdown="**bold**", plain="x"), "bold"),
        (display(json={"a": [1, float("nan")]}, plain="x"), "NaN"),
        (display(html="", plain="the repr"), "the repr"),
        (
            display(plotly={"data": []}, html="<script>Plotly.newPlot()</script>"),
            "An interactive Plotly figure: this page runs no scripts",
        ),
        (
            display(html="<div><script>window.Plotly.newPlot('a')</script></div>"),
            "An interactive Plotly figure: this page runs no scripts",
        ),
        (display(html="<div></div><script>draw()</script>", plain="Chart"), "An interactive output: this page runs"),
        (display(widget={"model_id": "1"}, plain="IntSlider(value=1)"), "IntSlider(value=1)"),
        (display(javascript="alert(1)"), "A script: this page runs no scripts"),
        ({"output_type": "display_data", "data": {"application/x-new": 1}}, "cannot be shown here: application/x-new"),
        ({"output_type": "display_data", "data": {"text/vnd.mermaid": "graph TD"}}, "graph TD"),
        (display(html="<div id='plot'></div>"), "x\n"),
        ({"output_type": "display_data"}, "An output without content."),
        ({"output_type": "display_data", "data": []}, "An output without content."),
        ({}, "An output without content."),
        (display(png="no base64 at all!"), "An image that is damaged."),
        (display(png={"a": 1}), "An image that is damaged."),
    ],
)
def test_what_outputs_show(output: dict[str, Any], text: str) -> None:
    assert text in Shown(code("x", output)).text


def test_that_images_are_data_and_an_svg_is_only_an_image() -> None:
    page = Shown(code("x", display(png=base64_text(png()), plain="y"), display(svg=SVG)))
    first, second = page.all("img")
    assert first["src"] == f"data:image/png;base64,{base64_text(png())}"
    assert second["src"] == f"data:image/svg+xml;base64,{base64_text(SVG.encode())}"
    assert first["alt"]


def test_that_html_is_only_in_frames() -> None:
    table = '<table onclick="alert(1)"><tr><td>7</td></tr></table><script>alert(1)</script>'
    page = Shown(code("x", display(html=table, plain="y")))
    (frame,) = page.frames
    assert frame.endswith(table)
    assert "Its scripts do not run here." in page.text
    assert "alert" not in page.text


def test_pictures_of_markdown() -> None:
    attached = markdown("![mine](attachment:a.png)", attachments={"a.png": {"image/png": base64_text(png())}})
    inside = markdown(f"![mine](data:image/png;base64,{base64_text(png(shade=9))})")
    assert len(Shown(attached, inside).all("img")) == 2
    for url in ("http://e.org/x.png", "attachment:none.png", "x.png", "data:text/html;base64,eA=="):
        page = Shown(markdown(f"![mine]({url})"))
        assert not page.all("img")
        assert "[image: mine, " in page.text


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[]", b"{}", b'{"cells": 1}', b"\xff\xfe", b"[" * 100_000, b'{"worksheets": [{"cells": []}]}'],
)
def test_what_is_no_notebook(content: bytes) -> None:
    assert parsed_notebook(content) is None


def test_that_odd_cells_are_shown_as_far_as_they_go() -> None:
    odd = [
        None,
        7,
        {},
        {"cell_type": 5, "source": {"a": 1}, "outputs": "x", "execution_count": "many"},
        {"cell_type": "code", "source": ["a", 1, None], "outputs": [None, 1, {"output_type": ["x"]}]},
        {"cell_type": "raw", "source": "<b>"},
        {"cell_type": "markdown", "source": None, "attachments": [1]},
        {"cell_type": "code", "source": "\udc80 \x00", "outputs": [error("\udc80", "x", "\x1b[")]},
    ]
    notebook = parsed_notebook(json.dumps({"cells": odd, "metadata": {"language_info": []}}).encode())
    assert notebook is not None
    html = notebook_html(notebook, Contents(PipelineRun(path=Path("missing"))), "train")
    html.encode("utf-8")
    assert "<b>" in CheckedPage(html).text


def test_that_long_texts_keep_both_ends() -> None:
    page = Shown(code("x", stream("first\n" + "y" * 10 * MOST_OF_A_TEXT + "\nlast\n")))
    assert len(page.html) < 2 * MOST_OF_A_TEXT
    for part in ("first", "last", "characters left out"):
        assert part in page.text


def test_that_a_large_output_is_named_with_its_size() -> None:
    page = Shown(code("x", display(html="<p>" + "y" * 3_000_000)))
    assert page.frames == []
    assert "Left out: HTML output of cell 1 of train, 2.9 MiB, more than" in page.text


def test_that_a_notebook_of_50_mb_says_what_it_leaves_out() -> None:
    outputs = [display(png=base64_text(png(shade=number % 250, padding=1_000_000 + number))) for number in range(38)]
    cells = [code(f"draw({number})", output) for number, output in enumerate(outputs)]
    assert len(ipynb(*cells)) > 50_000_000
    page = Shown(*cells)
    assert len(page.html) < MOST_OF_A_NOTEBOOK + 2_000_000
    assert len(page.all("img")) >= 2
    assert "more cells of train" in page.text


def test_that_a_cell_of_many_outputs_is_cut() -> None:
    page = Shown(code("x", *[stream(f"{number}\n") for number in range(1000)]))
    assert "Left out: 800 more outputs of cell 1 of train, " in page.text


def test_that_a_notebook_of_many_cells_is_cut() -> None:
    page = Shown(*[code("x = 1") for _ in range(5_000)])
    assert len(page.all("div", "cell")) == 2000
    assert "Left out: 3000 more cells of train" in page.text
