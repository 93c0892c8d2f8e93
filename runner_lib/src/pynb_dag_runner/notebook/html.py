"""A notebook as one HTML page that needs nothing else: no network, no server."""

from __future__ import annotations

import logging
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

import nbformat

if TYPE_CHECKING:
    from nbconvert.exporters import HTMLExporter

# nbconvert complains about figures without a description.
_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())
_log.propagate = False

# nbconvert's usual page loads require.js, MathJax, Mermaid and widget code from the network when it is opened. Formulas
# are shown as TeX text instead.
_TEMPLATE = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
"""


def notebook_html(ipynb: str, title: str = "Notebook") -> str:
    """The page for a notebook given as the text of an ``.ipynb`` file, be it evaluated to its end or not."""
    with warnings.catch_warnings():
        # nbformat warns of cells without an id and adds one.
        warnings.simplefilter("ignore")
        notebook = nbformat.reads(ipynb, as_version=4)  # type: ignore[no-untyped-call]
        # The state of widgets says nothing without the code that draws them.
        notebook.metadata.pop("widgets", None)
        html, _ = _exporter().from_notebook_node(notebook, resources={"metadata": {"name": title}})
    return str(html)


@lru_cache(maxsize=1)
def _exporter() -> HTMLExporter:
    from nbconvert.exporters import HTMLExporter

    return HTMLExporter(raw_template=_TEMPLATE, embed_images=False, log=_log)  # type: ignore[no-untyped-call]
