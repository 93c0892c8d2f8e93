"""Diagrams of job summaries, drawn by Mermaid itself in a real browser: GitHub draws them with the same program."""

from __future__ import annotations

import hashlib
import re
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from summary_runs import fan_out_tasks, run_of, task_run

from pynb_dag_runner.report.diagrams import MOST_EDGES, MOST_NODES, dag_diagram, gantt_diagram
from pynb_dag_runner.report.mermaid import dag, gantt
from pynb_dag_runner.runlog.records import PipelineRun

pytestmark = pytest.mark.system

REPOSITORY = Path(__file__).parents[2]
GOLDEN = REPOSITORY / "runner_lib" / "tests" / "report" / "golden"
FOLDER = REPOSITORY / "build" / "mermaid"
PACKAGE = "mermaid@11.17.2"
SCRIPT = "package/dist/mermaid.min.js"
SHA256 = "581ed7d74bd9048d0e3a91363927d72ef22942d7722546b27f7cc29e35390eb8"

HOSTILE = [
    "end",
    'a"b',
    "x]{(>",
    "#35;",
    "`code` **bold** _it_",
    "1. list",
    "<script>globalThis.taken = 1</script>",
    "<img src=x onerror='globalThis.taken = 1'>",
    "%%{init: {'securityLevel': 'loose'}}%%",
    '"]:::failure',
    "t0 --> t1",
    "click t0 href",
    "a:b;c,d",
    "section x",
    "title y",
    "$$x^2$$",
    "::icon(fa fa-x)",
    "javascript:alert(1)",
    "名前 ü",
]

Draw = Callable[[str], list[str]]


@pytest.fixture(scope="session")
def mermaid() -> str:
    """The whole of Mermaid as one script, as npm has it."""
    path = FOLDER / SCRIPT
    if not path.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=FOLDER, check=True, capture_output=True, timeout=300)
        (archive,) = FOLDER.glob("mermaid-*.tgz")
        with tarfile.open(archive) as package:
            source = package.extractfile(SCRIPT)
            assert source is not None
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source.read())
        archive.unlink()
    content = path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == SHA256, f"{path} is another program: delete it"
    return content.decode("utf-8")


@pytest.fixture
def draw(page: Page, mermaid: str) -> Draw:
    """``draw(text)`` gives the texts of a diagram as a reader sees them; what does not parse fails."""
    page.set_content("<div id='out'></div>")
    page.add_script_tag(content=mermaid)
    page.evaluate("mermaid.initialize({startOnLoad: false})")

    def texts(diagram: str) -> list[str]:
        found = page.evaluate(
            """async (text) => {
                await mermaid.parse(text);
                document.getElementById("out").innerHTML = (await mermaid.render("drawn", text)).svg;
                const labels = document.querySelectorAll("#out .nodeLabel, #out .sectionTitle, #out .taskText, #out .titleText");
                return [...labels].map((label) => label.textContent.trim());
            }""",
            diagram,
        )
        assert page.evaluate("globalThis.taken") is None
        assert page.locator("#out script, #out img, #out a").count() == 0
        return list(found)

    return texts


def test_every_golden_diagram(draw: Draw) -> None:
    diagrams = [
        (path.stem, diagram)
        for path in sorted(GOLDEN.glob("*.md"))
        for diagram in re.findall(r"```mermaid\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    ]
    assert len(diagrams) > 10
    for name, diagram in diagrams:
        assert draw(diagram), name


def test_that_names_are_shown_as_they_are_and_do_nothing(draw: Draw) -> None:
    run = run_of([task_run(name, at, at + 1, HOSTILE[max(0, at - 1) : at]) for at, name in enumerate(HOSTILE)])
    for name in HOSTILE:
        run.pipeline = name
        assert draw(gantt(run))
    shown = [label.split(" · ")[0] for label in draw(dag(run))]
    assert shown == HOSTILE
    sections = draw(gantt_diagram(run, None) or "")
    assert set(HOSTILE) <= set(sections)


def test_the_largest_diagrams_that_a_summary_holds(draw: Draw) -> None:
    tasks = [task_run(f"{'<' * 20}{number}", number, number + 1) for number in range(MOST_NODES)]
    edges = 0
    for at, task in enumerate(tasks):
        needs = [other.id for other in tasks[max(0, at - 10) : at]][: MOST_EDGES - edges]
        task.needs, edges = needs, edges + len(needs)
    assert edges == MOST_EDGES
    run = run_of(tasks)
    assert len(draw(dag_diagram(run) or "")) == MOST_NODES
    assert len(draw(gantt_diagram(run, None) or "")) > MOST_NODES


@pytest.mark.parametrize("width", [13, 998])
def test_a_wide_run(width: int, draw: Draw) -> None:
    run: PipelineRun = run_of(fan_out_tasks(width, failing=1))
    shown = draw(dag_diagram(run) or "")
    assert len(shown) == 4
    assert any(label.startswith(f"fold ×{width - 1} · success, ") for label in shown)
