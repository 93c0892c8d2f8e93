"""What a notebook shows to its reader: figures and text. As a script it prints the text, and shows no figures."""

from __future__ import annotations

import io
from collections.abc import Callable

import IPython
import IPython.display
from matplotlib.figure import Figure

# IPython's own functions have no annotations.
_get_ipython: Callable[[], object] = IPython.get_ipython
_display: Callable[..., object] = IPython.display.display
_Image: Callable[..., object] = IPython.display.Image
_Markdown: Callable[..., object] = IPython.display.Markdown


def show_figure(figure: Figure) -> bytes:
    """Draw a figure and show it.

    Returns
    -------
    bytes
        The picture as PNG, for ``task.log_figure``: it need not be drawn again.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    picture = buffer.getvalue()
    if _is_notebook():
        _display(_Image(picture))
    return picture


def show_markdown(text: str) -> None:
    """Show text that is written in Markdown."""
    if _is_notebook():
        _display(_Markdown(text))
    else:
        print(text)


def _is_notebook() -> bool:
    return _get_ipython() is not None
