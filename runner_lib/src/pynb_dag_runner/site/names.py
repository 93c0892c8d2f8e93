"""Names of a site's files: the only ones that are ever made from what a log, a state or another machine says."""

from __future__ import annotations

import re

FORMAT = 1
"""Of the site's data, as in ``ui/src/data/contract.ts``."""

STATE = "data/state.json"
MANIFEST = "data/manifest.js"

RUN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,79}")
"""A run's id becomes the name of a folder and part of an address."""

ADDRESS = re.compile(r"\d+-\d+")
"""Id of a run that was collected: that of the workflow run at GitHub, and its attempt. No log gives itself one."""

MONTH = re.compile(r"\d{4}-\d{2}")

CHUNK = re.compile(rf"{MONTH.pattern}-\d{{1,6}}")
"""Name of a chunk: year, month, and a number from 0."""

_OF_RUN = re.compile(r"run|\d{1,9}|more-\d{1,9}-\d{1,9}")


def run_folder(run_id: str) -> str:
    """Where the data of a run lie."""
    return f"data/runs/{run_id}"


def page_of_run(run_id: str) -> str:
    """The small page about a run."""
    return f"r/{run_id}/index.html"


def is_file_of_run(name: str, run_id: str) -> bool:
    """Whether a file of that name can belong to the run: never a path that leads elsewhere."""
    if name == page_of_run(run_id):
        return True
    start = f"{run_folder(run_id)}/"
    return (
        name.startswith(start)
        and name.endswith(".js")
        and _OF_RUN.fullmatch(name[len(start) : -len(".js")]) is not None
    )


def chunk_files(name: str) -> tuple[str, str]:
    """The two files of a chunk: index and details."""
    return f"data/index/{name}.js", f"data/details/{name}.js"
