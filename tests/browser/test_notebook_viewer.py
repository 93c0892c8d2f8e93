"""Evaluated notebooks in the tracker, in a real browser: the same text and images as in nbconvert's HTML of them."""

from __future__ import annotations

import base64
import re
import warnings
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Frame, Page, expect
from recording import RunLogRecording
from traitlets.config import Config

from pynb_dag_runner.conventions import RUN_LOG_VERSION, ArtifactKind, Result
from pynb_dag_runner.site.build import build_site

pytestmark = pytest.mark.system

NOTEBOOKS = Path(__file__).parent / "notebooks"
NAMES = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
RUN_ID = "20261121T060000Z-0000aa"

# What differs on purpose, in order: the words that nbconvert has, those that the tracker has instead, and why.
PLOTLY = "nbconvert knows no Plotly, and its HTML asks a server for it"
DIFFERENCES: dict[str, list[tuple[str, str, str]]] = {
    "broken_markup": [
        (
            "",
            "closed too much After the second open print('after the comment') after the comment "
            "HTML('<script>never ends') HTML('<textarea>neither does this') print('the end') the end",
            "in nbconvert's page an output's markup swallows all that follows; here it ends with its output",
        )
    ],
    "data_outputs": [
        (
            "<IPython.core.display.JSON object>",
            '{ "html": "<b>", "name": "run", "values": [ 1, 2, null, true ] }',
            "nbconvert shows no JSON",
        ),
        ("", "graph TD; A-->B", "nbconvert lets a script draw it, which is not there"),
    ],
    "pictures": [("<IPython.core.display.Image object>", "", "nbconvert shows no GIF; see EXTRA_IMAGES")],
    "plotly_data": [
        ("", "Fruit", PLOTLY),
        ("", "first second", PLOTLY),
        ("", "60% 40% yes no", PLOTLY),
    ],
    "plotly_html": [("", "Bars [in HTML]", PLOTLY)] * 2,
    "raw_cells": [("", r"\section{for LaTeX}", "nbconvert keeps raw cells for the format that they name")],
    "widgets": [
        ("", words, "nbconvert leaves widgets to a script from elsewhere; here is the text that they leave")
        for words in (
            "IntSlider(value=3, description='size')",
            "HBox(children=(Label(value='a label'), Checkbox(value=False, description='on')))",
            "steps: 0%| | 0/5 [00:00<?, ?it/s]",
        )
    ],
}
# Kinds of images that nbconvert does not show.
EXTRA_IMAGES = ("data:image/gif", "data:image/webp")

# Those that are offered to run their scripts.
WITH_SCRIPTS = {"bokeh_plots", "broken_markup", "plotly_html", "scripted_html", "shell", "vectors"}

# Words that are the viewer's own are left out, and the numbers at axes, which depend on the fonts; formulas count as their LaTeX, which goes with the MathML.
READ = """
(selector) => {
  const root = document.querySelector(selector);
  for (const own of root.querySelectorAll(".own, .xtick, .ytick")) own.remove();
  for (const details of root.querySelectorAll("details")) details.open = true;
  for (const math of root.querySelectorAll("math")) {
    math.replaceWith(math.querySelector("annotation").textContent);
  }
  const images = [...root.querySelectorAll("img")].map((image) => [
    image.naturalWidth, image.naturalHeight, image.src.startsWith("data:") ? image.src : null,
  ]);
  return { text: root.innerText, images };
}
"""


@pytest.fixture(scope="module")
def notebooks_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of one run of all notebooks."""
    runs = tmp_path_factory.mktemp("runs")
    recording = RunLogRecording(runs, RUN_ID, {name: [] for name in NAMES}, RUN_LOG_VERSION)
    for name in NAMES:
        content = (NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8")
        recording.attempt(name).artifact(f"{name}.ipynb", content, ArtifactKind.NOTEBOOK)
        recording.end_attempt(name, 1, Result.SUCCESS)
        recording.end_task(name, Result.SUCCESS)
    recording.finish(Result.SUCCESS)
    folder = tmp_path_factory.mktemp("site")
    build_site(runs, folder, processes=1)
    return folder


@pytest.fixture(scope="module")
def converter() -> HTMLExporter:
    """nbconvert, without the numbers and marks that are no content."""
    return HTMLExporter(  # type: ignore[no-untyped-call]
        config=Config(
            {
                "CoalesceStreamsPreprocessor": {"enabled": True},
                "HTMLExporter": {
                    "exclude_input_prompt": True,
                    "exclude_output_prompt": True,
                    "exclude_anchor_links": True,
                },
            }
        )
    )


@pytest.fixture(scope="module")
def theirs(
    browser: Browser, converter: HTMLExporter, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, bool], dict[str, Any]]]:
    """``theirs(name, scripts)`` reads nbconvert's page of a notebook, with the network off."""
    folder = tmp_path_factory.mktemp("nbconvert")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    without = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True, java_script_enabled=False)

    def read(name: str, scripts: bool) -> dict[str, Any]:
        notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Your element with mimetype")
            html, _ = converter.from_notebook_node(notebook)
        path = folder / f"{name}.html"
        path.write_text(html, encoding="utf-8")
        page = (context if scripts else without).new_page()
        page.goto(path.as_uri())
        result: dict[str, Any] = page.evaluate(READ, "main")
        page.close()
        return result

    yield read
    context.close()
    without.close()


def notebook_frame(page: Page) -> Frame:
    """The viewer's frame, when all of the notebook is in it."""
    element = page.locator(".notebook-frame iframe").element_handle()
    frame = element.content_frame()
    assert frame is not None
    # The document before it is still there for a moment when the source has changed.
    frame.wait_for_url(f"**/{element.get_attribute('src')}")
    frame.wait_for_selector("main[data-shown]", state="attached")
    for figure in frame.query_selector_all("[data-figure]"):
        figure.wait_for_selector(".main-svg", state="attached")
    return frame


def words(text: str) -> list[str]:
    """Without white space, and without what marks formulas in nbconvert's HTML."""
    return re.sub(r"\$+|\\[()\[\]]", "", text).split()


def differences(theirs: str, ours: str) -> list[tuple[str, str]]:
    """Where two texts differ: the words of the one, and those that the other has instead."""
    left, right = words(theirs), words(ours)
    steps = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    return [(" ".join(left[a:b]), " ".join(right[c:d])) for kind, a, b, c, d in steps if kind != "equal"]


def pictures(images: list[tuple[int, int, str | None]]) -> list[tuple[int, int, bytes | None]]:
    """Size and content of each image that nbconvert shows too."""
    return [
        (width, height, None if source is None else base64.b64decode(unquote(source.partition(",")[2])))
        for width, height, source in images
        if not (source or "").startswith(EXTRA_IMAGES)
    ]


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """A page in which a notebook's own scripts may fail."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("scripts", [False, True], ids=["without scripts", "with scripts"])
@pytest.mark.parametrize("name", NAMES)
def test_shows_the_text_and_images_that_nbconvert_shows(
    name: str, scripts: bool, notebooks_site: Path, theirs: Callable[[str, bool], dict[str, Any]], tab: Page
) -> None:
    tab.goto("about:blank")
    tab.goto(f"{notebooks_site.as_uri()}/index.html#/run/{RUN_ID}/task/{name}")
    frame = notebook_frame(tab)
    run = tab.get_by_role("button", name="Run this notebook’s scripts")
    assert run.count() == (name in WITH_SCRIPTS)
    if scripts and name in WITH_SCRIPTS:
        run.click()
        expect(tab.locator(".notebook-frame iframe")).to_have_attribute("src", "viewer-scripts.html")
        frame = notebook_frame(tab)
    ours = frame.evaluate(READ, "main")
    expected = theirs(name, scripts)
    assert differences(expected["text"], ours["text"]) == [(a, b) for a, b, _ in DIFFERENCES.get(name, [])]
    assert pictures(ours["images"]) == pictures(expected["images"])
    assert words(ours["text"]), "an empty page is like another empty page"


def test_there_are_notebooks_of_all_kinds() -> None:
    assert len(NAMES) >= 20
    assert set(DIFFERENCES) <= set(NAMES)
