"""Notebooks as pages that load nothing."""

from __future__ import annotations

import re

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from pynb_dag_runner.notebook.html import notebook_html


def test_page_shows_a_partial_notebook_and_loads_nothing() -> None:
    figure = new_output("display_data", data={"image/png": "iVBORw0KGgo="})
    error = new_output("error", ename="ValueError", evalue="bad", traceback=["\x1b[31mValueError\x1b[0m: bad"])
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": {}, "version_major": 2, "version_minor": 0}}
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# A *title*\n\n$x^2$\n\n```mermaid\ngraph LR\n```"),
            new_code_cell("plot()", outputs=[figure, error], execution_count=1),
            new_code_cell("never()"),
        ],
        metadata={"widgets": widgets, "language_info": {"name": "python"}},
    )
    page = notebook_html(nbformat.writes(notebook), title="eda <1>")
    for shown in ("A <em>title</em>", "data:image/png;base64,iVBORw0KGgo=", "ValueError", "never", "eda &lt;1&gt;"):
        assert shown in page
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", page)
    assert not re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", page)
