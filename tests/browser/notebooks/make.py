# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "bokeh",
#     "ipykernel",
#     "ipywidgets",
#     "jinja2",
#     "matplotlib",
#     "nbclient",
#     "nbformat",
#     "pandas",
#     "plotly",
#     "sympy",
#     "tqdm",
# ]
# ///
"""Evaluates the notebooks beside this file, with the libraries that people use: ``uv run tests/browser/notebooks/make.py``.

Not part of any test run: what it writes is committed. ``make.py NAME ...`` makes only these.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

HERE = Path(__file__).parent
Cells = list[Any]
MAKERS: dict[str, Callable[[], Any]] = {}


def notebook(maker: Callable[[], Any]) -> Callable[[], Any]:
    """Register a maker; the notebook gets its name."""
    MAKERS[maker.__name__] = maker
    return maker


def md(source: str, **metadata: Any) -> Any:
    """A Markdown cell."""
    return new_markdown_cell(source.strip("\n"), metadata=metadata)


def py(source: str, **metadata: Any) -> Any:
    """A code cell."""
    return new_code_cell(source.strip("\n"), metadata=metadata)


def evaluated(cells: Cells, *, until_error: bool = False) -> Any:
    """The cells, run by a real kernel."""
    made = new_notebook(cells=cells)
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    client = NotebookClient(made, timeout=120, allow_errors=not until_error, record_timing=False)
    try:
        client.execute()
    except Exception as error:
        if not until_error or type(error).__name__ != "CellExecutionError":
            raise
    return made


@notebook
def tables() -> Any:
    """Tables of pandas: plain, wide, long, nested, with gaps, with markup in them."""
    return evaluated(
        [
            md("# Tables\n\nAs pandas shows them."),
            py("import pandas as pd\nimport numpy as np"),
            py("frame = pd.DataFrame({'name': ['a', 'b', 'c'], 'value': [1.5, np.nan, -2]})\nframe"),
            py("pd.DataFrame(np.arange(600).reshape(15, 40), columns=[f'column_{n}' for n in range(40)])"),
            py("pd.DataFrame({'n': range(200)})"),
            py(
                "pd.DataFrame(np.eye(4), index=pd.MultiIndex.from_product([['x', 'y'], [1, 2]]), "
                "columns=pd.MultiIndex.from_product([['p', 'q'], ['r', 's']]))"
            ),
            py(
                "pd.DataFrame({'<b>bold</b>': ['<script>alert(1)</script>', 'A & B'], 'time': pd.date_range('2026', periods=2)})"
            ),
            py("frame['value']"),
            py("display(frame.describe())\nframe.dtypes"),
        ]
    )


@notebook
def styled_tables() -> Any:
    """pandas' Styler: colours, bars, captions, hidden parts."""
    return evaluated(
        [
            md("# Styled tables"),
            py(
                "import pandas as pd\nframe = pd.DataFrame({'a': [1, 5, 9], 'b': [-1.0, 0.5, 2.25]}, index=['x', 'y', 'z'])"
            ),
            py("frame.style.background_gradient(cmap='viridis').set_caption('A gradient').format(precision=2)"),
            py("frame.style.bar(color='#d65f5f').hide(axis='index')"),
            py(
                "frame.style.highlight_max(color='lightgreen').set_table_styles([{'selector': 'th', 'props': 'color: navy'}])"
            ),
        ]
    )


@notebook
def figures() -> Any:
    """Figures of matplotlib, with the sizes that a notebook notes of them."""
    return evaluated(
        [
            md("# Figures\n\n## Lines"),
            py("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 60"),
            py("plt.plot([1, 3, 2])\nplt.title('three points')\nplt.show()"),
            md("## Two at once"),
            py(
                "for n in range(2):\n    plt.figure(figsize=(3, 2))\n    plt.bar(range(3), [n, 1, 2])\n    plt.show()\n    print('figure', n)"
            ),
            md("## For a fine screen, and for a dark one"),
            py(
                "from matplotlib_inline.backend_inline import set_matplotlib_formats\n"
                "set_matplotlib_formats('retina')\n"
                "plt.figure(figsize=(3, 2))\nplt.plot([0, 1])"
            ),
            py(
                "with plt.style.context('dark_background'):\n"
                "    plt.figure(figsize=(3, 2))\n    plt.plot([1, 0])\n    plt.show()"
            ),
        ]
    )


@notebook
def pictures() -> Any:
    """Images of other kinds, with sizes of their own."""
    return evaluated(
        [
            md("# Pictures"),
            py(
                "import io\nfrom IPython.display import Image, display\nfrom PIL import Image as Picture\n"
                "picture = Picture.new('RGB', (64, 40), (200, 80, 40))\n"
                "def encoded(kind):\n    file = io.BytesIO()\n    picture.save(file, kind)\n    return file.getvalue()"
            ),
            py("Image(encoded('JPEG'), format='jpeg')"),
            py("Image(encoded('PNG'), width=200, height=50, alt='a wide one')"),
            py("Image(encoded('GIF'), format='gif')"),
            py("display({'image/webp': __import__('base64').b64encode(encoded('WEBP')).decode()}, raw=True)"),
            py("picture"),
        ]
    )


@notebook
def vectors() -> Any:
    """SVG, from matplotlib and by hand, with a script that must not run."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><script>alert(1)</script>'
        '<rect width="120" height="40" fill="teal"/><text x="8" y="25" fill="white">an SVG é</text></svg>'
    )
    return evaluated(
        [
            md("# Vectors"),
            py(
                "%config InlineBackend.figure_formats = ['svg']\nimport matplotlib.pyplot as plt\nplt.figure(figsize=(3, 2))\nplt.plot([3, 1, 2])"
            ),
            py(f"from IPython.display import SVG\nSVG({svg!r})"),
            py(f"from IPython.display import HTML\nHTML({svg!r})"),
        ]
    )


@notebook
def scripted_html() -> Any:
    """HTML with scripts, handlers, forms, frames, styles and broken markup."""
    return evaluated(
        [
            md("# HTML that does things"),
            py("from IPython.display import HTML, Javascript, IFrame, display"),
            py(
                "HTML('''<div id=\"counter\">not yet</div>\n"
                "<script>document.getElementById('counter').textContent = 'the script ran';</script>''')"
            ),
            py(
                "HTML('''<button onclick=\"this.textContent = 'clicked'\">click</button> "
                '<img src="x" onerror="this.after(\'handled\')" alt="no picture">\'\'\')'
            ),
            py("Javascript(\"element.append('written by JavaScript');\")"),
            py("HTML('''<style>.mine { font-weight: bold }</style><p class=\"mine\">styled</p>''')"),
            py(
                'HTML(\'<details open><summary>more</summary>folded</details><form action="/x"><input value="1"></form>\')'
            ),
            py("display(HTML('<b>first</b>'), HTML('<i>second</i>'))"),
            md('The end: <span style="color: crimson">in colour</span>, <kbd>Ctrl</kbd>.'),
        ]
    )


@notebook
def broken_markup() -> Any:
    """Markup that closes what it never opened, and the other way round: it stays within its output."""
    return evaluated(
        [
            py("from IPython.display import HTML\nHTML('<p>stays open <b>and bold <table><tr><td>in a table')"),
            py("print('after the first')"),
            py("HTML('</td></div></div></section></main></body>closed too much')"),
            md("# After the second <i>open"),
            md("<!-- a comment without an end"),
            py("print('after the comment')"),
            py("HTML('<script>never ends')"),
            py("HTML('<textarea>neither does this')"),
            py("print('the end')"),
        ]
    )


@notebook
def widgets() -> Any:
    """ipywidgets: they need a kernel, so their text is what remains."""
    return evaluated(
        [
            md("# Widgets"),
            py("import ipywidgets\nipywidgets.IntSlider(value=3, description='size')"),
            py("ipywidgets.HBox([ipywidgets.Label('a label'), ipywidgets.Checkbox(description='on')])"),
            py(
                "from tqdm.notebook import tqdm\ntotal = 0\nfor n in tqdm(range(5), desc='steps'):\n    total += n\ntotal"
            ),
            py("print('after the widgets')"),
        ]
    )


@notebook
def formulas() -> Any:
    """LaTeX in Markdown and in outputs."""
    return evaluated(
        [
            md(r"""
# Formulas $e^{i\pi}$

Inline $x_1 * y_2 * z_3$ and $\alpha_{i}$, with *emphasis* around $a < b$; a price: \$5.

$$
\int_0^1 x^2 \, dx = \frac{1}{3}
$$

\begin{align}
a &= b + c \\
  &= d
\end{align}

- in a list: $\sum_{i=1}^n i$
- and \\(f(x)\\), and \\[ g(x) \\]

| in | a table |
|----|---------|
| $p$ | $q^2$ |

`$not math$`, and a line
    with $$\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}$$ in it.
"""),
            md(r"$$\newcommand{\loss}{\mathcal{L}}$$ Defined here: $\loss(x)$."),
            md(r"Used here: $\loss(y)$, and wrong: $\frac{1$ done."),
            py(r"from IPython.display import Latex, Math, display" "\n" r"Math(r'\hat{y} = \beta_0 + \beta_1 x')"),
            py(r"Latex(r'\begin{equation} E = m c^2 \end{equation}')"),
            py(r"Latex(r'Words, then $a^2$, then words.')"),
            py("import sympy\nx = sympy.symbols('x')\nsympy.Integral(sympy.sqrt(1 / x), x)"),
            py("sympy.Matrix([[1, x], [x**2, 0]])"),
        ]
    )


@notebook
def failed() -> Any:
    """A run that ended at an exception with a cause: cells after it were not run."""
    return evaluated(
        [
            md("# A run that failed\n\n## Load"),
            py("values = {'a': 1}\nprint('loaded')"),
            md("## Train"),
            py(
                "def train(values):\n    try:\n        return values['b']\n    except KeyError as error:\n"
                "        raise RuntimeError('<no> model & no luck') from error\n\ntrain(values)"
            ),
            md("## Report"),
            py("print('never')"),
        ],
        until_error=True,
    )


@notebook
def several_errors() -> Any:
    """Errors of all sorts, and the run went on."""
    return evaluated(
        [
            py("1 / 0"),
            py("def f(:"),
            py("import sys\nsys.exit(3)"),
            py("raise Exception('first line\\nsecond <b>line</b>')"),
            py("assert False"),
            py("print('still there')"),
            py("raise ExceptionGroup('several', [ValueError(1), KeyError('k')])"),
        ]
    )


@notebook
def streams() -> Any:
    """Printed text: two streams in turn, colours, lines that are printed over."""
    return evaluated(
        [
            py(
                "import sys, time\nfor n in range(3):\n    print('out', n, flush=True)\n    print('err', n, file=sys.stderr, flush=True)\n    time.sleep(0.05)"
            ),
            py("for n in range(5):\n    print(f'\\rprogress {n * 25:3d} %', end='', flush=True)\nprint('\\ndone')"),
            py(
                "for code in [1, 2, 3, 4, 7, 9, *range(30, 38), *range(40, 48), *range(90, 98)]:\n    print(f'\\x1b[{code}mlook {code}\\x1b[0m', end=' ')"
            ),
            py(
                "print('\\x1b[38;5;208mpalette\\x1b[0m \\x1b[38;2;10;120;200mtrue colour\\x1b[48;5;22m on green\\x1b[0m \\x1b[1;31mbold red\\x1b[22m red\\x1b[39m plain')"
            ),
            py("import warnings\nwarnings.warn('be warned')"),
            py(
                "from tqdm import tqdm\nfor n in tqdm(range(3), file=sys.stdout, mininterval=0, ncols=40, bar_format='{desc}{n_fmt}/{total_fmt}'):\n    pass"
            ),
            py("print('<b>not bold</b> & \"quoted\"')\nprint('tab\\tstop   spaces')\nprint()"),
            py("import logging\nlogging.basicConfig(format='%(levelname)s %(message)s')\nlogging.error('logged')"),
        ]
    )


@notebook
def plotly_data() -> Any:
    """Plotly as data: bars, lines, a pie; and a kind that is not drawn here."""
    return evaluated(
        [
            md("# Plotly"),
            py(
                "import plotly.graph_objects as go\nimport plotly.io\nplotly.io.renderers.default = 'plotly_mimetype'\nplotly.io.templates.default = 'plotly_white'"
            ),
            py("go.Figure(go.Bar(x=['apples', 'pears'], y=[3, 5]), layout={'title': {'text': 'Fruit'}}).show()"),
            py("go.Figure([go.Scatter(y=[1, 3, 2], name='first'), go.Scatter(y=[2, 1, 3], name='second')]).show()"),
            py("go.Figure(go.Pie(labels=['yes', 'no'], values=[60, 40])).show()"),
            py("go.Figure(go.Heatmap(z=[[1, 2], [3, 4]])).show()"),
            py("print('after the figures')"),
        ]
    )


@notebook
def plotly_html() -> Any:
    """Plotly as HTML with scripts, as its renderers for notebooks and its ``to_html`` write it."""
    return evaluated(
        [
            py(
                "import plotly.graph_objects as go\nimport plotly.io\nfrom IPython.display import HTML\n"
                "plotly.io.templates.default = 'none'\n"
                "figure = go.Figure(go.Bar(x=['a \"b\" ]', 'c,d'], y=[1, 2]), layout={'title': {'text': 'Bars [in HTML]'}})"
            ),
            py("HTML(figure.to_html(include_plotlyjs='cdn', full_html=False))"),
            py("figure.show(renderer='notebook_connected')"),
        ]
    )


@notebook
def markdown() -> Any:
    """Markdown of every sort, in cells and in outputs."""
    return evaluated(
        [
            md("""
# Markdown & <em>HTML</em>

A paragraph with **bold**, *italic*, ~~gone~~, `code <b>`, a [link](https://example.com "title"),
<https://example.com/auto>, a [relative one](other.ipynb), and [one within](#Lists-and-more).

## Lists and more

1. one
2. two
   - nested
   - again

- [x] done
- [ ] to do

> quoted
> twice

| left | centre | right |
|:-----|:------:|------:|
| 1    | **2**  | 3     |
| `a`  | b & c  |       |

```python
def f(x: int) -> str:
    return f"{x}"
```

```
no language
```

    indented code

---

Line one  
line two<br>line three

<div style="border: 1px solid">

**inside** a division

</div>

![no such picture](missing.png)

Entities: &amp; &lt; &copy; &mdash;, snake_case_name, 2 * 3 * 4, C:\\\\path, \\*stars\\*
"""),
            py("from IPython.display import Markdown, display\nMarkdown('## From code\\n\\n- *item* 1\\n- `item` 2')"),
            py("display(Markdown('| a | b |\\n|---|---|\\n| 1 | 2 |'))\nprint('after')"),
            md("Setext heading\n==============\n\nand\n\nanother\n-------\n\n###### Six"),
        ]
    )


@notebook
def data_outputs() -> Any:
    """JSON, and types that nobody knows."""
    return evaluated(
        [
            py(
                "from IPython.display import JSON, display\nJSON({'name': 'run', 'values': [1, 2, None, True], 'html': '<b>'})"
            ),
            py("{'a': [1, 2], 'b': {'c': None}}"),
            py(
                "display({'application/vnd.vegalite.v5+json': {'mark': 'bar'}, 'text/plain': 'a Vega-Lite chart'}, raw=True)"
            ),
            py("display({'application/x-unknown': 'content'}, raw=True)"),
            py("display({'text/vnd.mermaid': 'graph TD; A-->B'}, raw=True)"),
            py("None"),
            py("'a string with \\'quotes\\' and\\nnewline'"),
        ]
    )


@notebook
def attachments() -> Any:
    """Images within Markdown cells."""
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGNQjlmHFTEMLQkA0h83gSLV7aYAAAAASUVORK5CYII="
    cell = md(
        f"# Attached\n\n![one](attachment:one.png) and ![again](attachment:one.png)\n\n![inline](data:image/png;base64,{pixel})"
    )
    cell["attachments"] = {"one.png": {"image/png": pixel}}
    other = md("![with a space](attachment:two%20words.png)")
    other["attachments"] = {"two%20words.png": {"image/png": pixel}}
    return evaluated([cell, other, py("print('no picture')")])


@notebook
def raw_cells() -> Any:
    """Raw cells are for converters."""
    made = evaluated([md("Before"), py("1 + 1"), md("After")])
    made.cells.insert(1, new_raw_cell("plain raw text: $x$"))
    made.cells.insert(2, new_raw_cell(r"\section{for LaTeX}", metadata={"raw_mimetype": "text/latex"}))
    return made


@notebook
def old_version() -> Any:
    """nbformat 3, as of 2014."""
    made = evaluated(
        [
            md("## An old one"),
            py("print('hello')\n6 * 7"),
            py("from IPython.display import HTML\nHTML('<b>rich</b>')"),
            py("1 / 0"),
            py(
                "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.figure(figsize=(2, 1))\nplt.plot([1, 2])\nplt.show()"
            ),
        ]
    )
    return nbformat.convert(made, 3)


@notebook
def hidden_parts() -> Any:
    """Cells that their author folded, and the parameters that papermill injects."""
    return evaluated(
        [
            py("rate = 0.1", tags=["parameters"]),
            py("rate = 0.5", tags=["injected-parameters"]),
            py("print('source hidden')", jupyter={"source_hidden": True}),
            py("print('outputs hidden')", jupyter={"outputs_hidden": True}),
            py("print('collapsed')", collapsed=True),
            py("", tags=["empty"]),
            py("rate * 2"),
        ]
    )


@notebook
def languages() -> Any:
    """Scripts of all directions, emoji, marks that turn text round."""
    return evaluated(
        [
            md(
                "# Ελληνικά, 日本語, العربية, עברית 🚀\n\nA family: 👩‍👩‍👧‍👦, flags: 🇫🇮, accents: e\u0301 é, ligature: ﬁ"
            ),
            py(
                "name = 'مرحبا بالعالم'\nprint(name, '😀', 'שלום')\nprint('a\\u202egnp.exe\\u202c b', '\\u200bzero width\\ufeff')"
            ),
            py("import pandas as pd\npd.DataFrame({'城市': ['北京', 'Zürich'], '🙂': [1, 2]})"),
            py("raise ValueError('Ошибка: файл не найден 📁')"),
        ]
    )


@notebook
def long_text() -> Any:
    """Lines without end, and outputs with many of them."""
    return evaluated(
        [
            py("print('x' * 20_000)"),
            py("for n in range(1500):\n    print('line', n)"),
            py("list(range(1200))"),
            py("text = '" + "a long line of source " * 60 + "'\nlen(text)"),
            py("from IPython.display import display\nfor n in range(60):\n    display(n)"),
        ]
    )


@notebook
def bokeh_plots() -> Any:
    """Bokeh: an HTML element that a script fills, from libraries that are not there."""
    return evaluated(
        [
            py(
                "from bokeh.io import output_notebook, show\nfrom bokeh.plotting import figure\nfrom bokeh.resources import CDN\noutput_notebook(CDN, hide_banner=True)"
            ),
            py("plot = figure(width=300, height=200)\nplot.line([1, 2, 3], [3, 1, 2])\nshow(plot)"),
            py("print('after the plot')"),
        ]
    )


@notebook
def shell() -> Any:
    """Shell commands and magics."""
    return evaluated(
        [
            py("!echo from the shell\n%env LANG"),
            py('%%bash\nfor n in 1 2; do echo "number $n"; done\necho oops >&2'),
            py("%%html\n<em>by a magic</em>"),
            py("%%latex\n$\\sqrt{2}$"),
            py("%%javascript\nelement.append('magic script');"),
            py("len?"),
        ]
    )


@notebook
def media() -> Any:
    """Sound and video within the notebook."""
    return evaluated(
        [
            py(
                "import numpy\nfrom IPython.display import Audio, Video, YouTubeVideo\nAudio(numpy.zeros(80), rate=8000)"
            ),
            py("Video(b'not really a film', embed=True, mimetype='video/mp4')"),
            py("YouTubeVideo('abcdefghijk', width=200, height=100)"),
        ]
    )


def main() -> None:
    """Make those that are named, or all."""
    for name in sys.argv[1:] or MAKERS:
        made = MAKERS[name]()
        for number, cell in enumerate(made.get("cells", [])):
            cell["id"] = f"{name}-{number}"
        text = without_places(nbformat.writes(made, version=made.nbformat))
        (HERE / f"{name}.ipynb").write_text(text + "\n", encoding="utf-8")
        sys.stdout.write(f"{name}: {len(text)} bytes\n")


def without_places(text: str) -> str:
    """Tracebacks and warnings name folders of the machine that made them."""
    text = re.sub(re.escape(sys.prefix) + r"/lib/python[\d.]+/", "/opt/python/", text)
    return re.sub(r"/tmp/ipykernel_\d+/", "/tmp/ipykernel_1/", text)


if __name__ == "__main__":
    main()
