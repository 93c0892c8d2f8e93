"""The tracker's pages in Chromium: sizes, time until one can use them, and how soon they answer.

Wall time is what is wanted; the main thread's own processor time stands beside it, since on a machine that does something
else meanwhile, the first says little.
"""

# ruff: noqa: T201 (it prints its findings)

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from browsing import Tab, chromium, served
from many_rows import many_rows_site
from measuring import MIB, pdr, row, surroundings
from playwright.sync_api import Browser, Locator
from recorded_runs import START_NS, many_attempts, many_edges, many_metrics, many_spans, record
from run_copies import DEMO, demo_log

from pynb_dag_runner.site.build import BUNDLE, build_site

FOLDER = Path("build/benchmark/tracker")
FILTER = "result:failure metric.best_roc_auc>0.9 branch:main"
PAUSE_MS = 120
COMPARED = [f"20261121T06{number // 60:02}{number % 60:02}Z-c0ffee" for number in range(100)]
SPANS, ATTEMPTS, EDGES = "20261121T070000Z-000001", "20261121T070000Z-000002", "20261121T070000Z-000003"
NO_RUN_PAGE = "document.querySelector('article') === null && document.querySelector('tr[data-row]') !== null"


def main() -> None:
    """Make the sites, look at them, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each page is opened")
    parser.add_argument("--log", type=Path, help=f"run log of the demo (default: the newest in {DEMO})")
    parser.add_argument("--keep", action="store_true", help="keep the sites")
    arguments = parser.parse_args()
    if not (BUNDLE / "index.html").is_file():
        parser.error("the front end has not been built: make bundle")
    log: Path = arguments.log or demo_log()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    try:
        print(row("front end", "found", "of which processor", "wanted"))
        print(row("---", "---", "---", "---"))
        sizes()
        report(log)
        with chromium() as browser:
            for count, most in ((1_000, "0.5 s"), (10_000, "1 s")):
                many_rows_site(log, count, FOLDER / f"{count}")
                starts(browser, FOLDER / f"{count}", count, most, arguments.rounds)
            keystrokes(browser, FOLDER / "10000", arguments.rounds)
            recorded = recorded_site(FOLDER / "recorded")
            comparison(browser, recorded, arguments.rounds)
            timeline(browser, recorded, arguments.rounds)
            graph(browser, recorded, arguments.rounds)
            browser_version = browser.version
        load = os.getloadavg()[0]
        print(f"\n{arguments.rounds} rounds, medians. Chromium {browser_version}, load {load:.1f}. {surroundings()}")
    finally:
        if not arguments.keep:
            shutil.rmtree(FOLDER, ignore_errors=True)


def sizes() -> None:
    """Bytes of the front end as it ships."""
    files = {path.relative_to(BUNDLE).as_posix(): path.read_bytes() for path in BUNDLE.rglob("*") if path.is_file()}
    packed = {name: len(gzip.compress(content, 9, mtime=0)) for name, content in files.items()}
    at_start = [name for name in files if name in ("index.html", "assets/app.js", "assets/app.css")]
    start = sum(packed[name] for name in at_start)
    print(row("what is loaded at the start, gzip", f"{start / 1000:.1f} kB", "", "at most 120 kB"))
    for name in sorted(files.keys() - set(at_start)):
        print(row(f"{name}, loaded where it is needed, gzip", f"{packed[name] / 1000:.1f} kB", "", ""))
    raw = sum(map(len, files.values()))
    plotly = len(files["assets/plotly.js"])
    print(row("the front end in the package", f"{raw / 1000:.0f} kB, {plotly / 1000:.0f} kB of it Plotly", "", ""))


def report(log: Path) -> None:
    """Size of the demo's run report."""
    path = FOLDER / "report.html"
    subprocess.run([pdr(), "report", str(log), "--to", str(path)], check=True, stdout=subprocess.DEVNULL)
    print(row("run report of the demo", f"{path.stat().st_size / MIB:.2f} MiB", "", "at most 2 MB"))


def starts(browser: Browser, site: Path, count: int, most: str, rounds: int) -> None:
    """Time to interactive: the first rows are drawn, and the last task of more than 50 ms is over."""
    with served(site) as address:
        for protocol, url in (("file", f"{site.resolve().as_uri()}/index.html"), ("http", f"{address}/index.html")):
            found = [_start(browser, url, count) for _ in range(rounds)]
            first, every, interactive, processor = map(statistics.median, zip(*found, strict=True))
            about = f"first rows after {first:.0f} ms, all after {every:.0f} ms"
            print(
                row(
                    f"time to interactive, {count} runs, {protocol}",
                    f"{interactive:.0f} ms ({about})",
                    f"{processor:.0f} ms",
                    f"at most {most}",
                )
            )


def _start(browser: Browser, url: str, count: int) -> tuple[float, float, float, float]:
    with Tab(browser) as tab:
        tab.before_load(
            "const said = () => document.getElementById('filter-said')?.textContent ?? '';"
            "probe.first = probe.drawn(() => document.querySelector('tr[data-row]') !== null);"
            f"probe.all = probe.drawn(() => said() === {f'{count:,} runs'!r});"
        )
        before = tab.processor_ms()
        tab.page.goto(url, wait_until="commit")
        first, every = tab.page.evaluate("Promise.all([probe.first, probe.all])")
        processor = tab.processor_ms() - before
        return first, every, max(first, tab.page.evaluate("probe.idle()")), processor


def keystrokes(browser: Browser, site: Path, rounds: int) -> None:
    """Real keys into the filter of a list of 10,000 runs, and clicks on heads of columns."""
    with Tab(browser) as tab:
        page = tab.page
        page.goto(f"{site.resolve().as_uri()}/index.html")
        page.locator("#filter-said", has_text="10,000 runs").wait_for()
        page.evaluate("probe.idle()")
        page.evaluate("probe.listen()")
        page.locator("#filter").focus()
        keys = [*FILTER, *["Backspace"] * len(FILTER)]
        # The key that first names a metric makes the page load the metrics of all runs.
        print_answers("keys in the filter, 10,000 runs, at first", *answered(tab, keys), None)
        print_answers("keys in the filter, 10,000 runs, all loaded", *answered(tab, keys * rounds), 50)
        heads = [head for head in page.locator("button.sort").all() for _ in range(3)]
        print_answers("sorting 10,000 runs", *answered(tab, heads), 50)


def answered(tab: Tab, acts: Sequence[str | Locator]) -> tuple[list[float], list[float]]:
    """For each key, or thing to click at: milliseconds until the page showed what came of it, and of the processor."""
    answers, processor = [], []
    for act in acts:
        if not isinstance(act, str):
            act.hover(force=True)
            tab.page.wait_for_timeout(PAUSE_MS)
        before = tab.processor_ms()
        if isinstance(act, str):
            tab.page.keyboard.press(act)
        else:
            tab.page.mouse.down()
            tab.page.mouse.up()
        tab.page.wait_for_timeout(PAUSE_MS)
        answers += tab.page.evaluate("probe.heard()")
        processor.append(tab.processor_ms() - before)
    return answers, processor


def print_answers(what: str, answers: Sequence[float], processor: Sequence[float], most: int | None) -> None:
    """A row about many keys or clicks."""
    found = f"p95 {p95(answers):.0f} ms, median {statistics.median(answers):.0f} ms, longest {max(answers):.0f} ms"
    wanted = "" if most is None else f"p95 at most {most} ms"
    print(row(f"{what} ({len(answers)})", found, f"p95 {p95(processor):.0f} ms", wanted))


def p95(values: Sequence[float]) -> float:
    """What 19 of 20 do not exceed."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def recorded_site(folder: Path) -> Path:
    """The site of 100 runs to compare, and of runs with many spans, many attempts and many edges."""
    runs = folder / "runs"
    runs.mkdir(parents=True)
    for number, run_id in enumerate(COMPARED):
        record(runs, run_id, many_metrics(number), START_NS + number * 3600 * 10**9)
    for run_id, tasks in ((SPANS, many_spans()), (ATTEMPTS, many_attempts()), (EDGES, many_edges())):
        record(runs, run_id, tasks)
    build_site(runs, folder / "site")
    return folder / "site"


def from_list(tab: Tab, route: str, is_there: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """Times to go from the list of runs to ``route``: when its data is not loaded, and when it is."""
    tab.page.locator("tr[data-row]").first.wait_for()
    tab.page.evaluate("probe.idle()")
    cold = tab.timed(f"location.hash = '#/{route}'", is_there)
    tab.page.evaluate("probe.idle()")
    tab.timed("location.hash = '#/'", NO_RUN_PAGE)
    tab.page.evaluate("probe.idle()")
    return cold, tab.timed(f"location.hash = '#/{route}'", is_there)


def opened(browser: Browser, site: Path, what: str, route: str, is_there: str, most: int | None, rounds: int) -> None:
    """Rows about a page that is opened within the site."""
    found = []
    for _ in range(rounds):
        with Tab(browser) as tab:
            tab.page.goto(f"{site.resolve().as_uri()}/index.html")
            found.append(from_list(tab, route, is_there))
    for name, times in zip(("data not loaded", "data loaded"), zip(*found, strict=True), strict=True):
        elapsed, processor = map(statistics.median, zip(*times, strict=True))
        wanted = "" if most is None else f"at most {most} ms"
        print(row(f"{what}, {name}", f"{elapsed:.0f} ms", f"{processor:.0f} ms", wanted))


def comparison(browser: Browser, site: Path, rounds: int) -> None:
    """From the list of runs to the drawn table."""
    what = f"comparison of {len(COMPARED)} runs with 200 metrics"
    is_there = "document.querySelector('.compare-table td.other') !== null"
    opened(browser, site, what, f"compare?runs={','.join(COMPARED)}", is_there, 300, rounds)


def timeline(browser: Browser, site: Path, rounds: int) -> None:
    """From the list of runs to the drawn timeline of the run's page; then clicks in it."""
    is_there = "document.querySelector('.gantt-row') !== null"
    opened(browser, site, "run page until the timeline of 5,000 spans", f"run/{SPANS}", is_there, 300, rounds)
    opened(browser, site, "the same, of 2,500 tasks in a fan-out", f"run/{ATTEMPTS}", is_there, 300, rounds)
    answers: list[float] = []
    processor: list[float] = []
    for _ in range(rounds):
        with Tab(browser) as tab:
            tab.page.goto(f"{site.resolve().as_uri()}/index.html#/run/{SPANS}")
            tab.page.locator(".gantt-row").first.wait_for()
            tab.page.evaluate("probe.idle()")
            tab.page.evaluate("probe.listen()")
            button = partial(tab.page.locator(".gantt").get_by_role, "button", exact=True)
            buttons = [button(name=name) for name in ("Expand all", "Zoom in", "Zoom out", "Collapse all")]
            for found, more in zip((answers, processor), answered(tab, buttons), strict=True):
                found += more
    print_answers("clicks in the timeline of 5,000 spans", answers, processor, 50)


def graph(browser: Browser, site: Path, rounds: int) -> None:
    """From the list of runs to the drawn graph of the run's page."""
    is_there = "document.querySelectorAll('.dag-node').length === 300"
    opened(browser, site, "run page until the graph of 300 nodes, 1,000 edges", f"run/{EDGES}", is_there, 500, rounds)


if __name__ == "__main__":
    main()
