"""``r/RUN_ID/index.html``: a small page about a run for whoever follows no scripts, such as previews of links in chats."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from typing import Any

from pynb_dag_runner.report.escaping import one_line
from pynb_dag_runner.report.summary import duration_text, time_text
from pynb_dag_runner.site.rows import index_row

_GO = "location.replace(document.links[0].href)"
"""Where scripts run, the reader goes on to the run's real page; where they do not, the facts can be read here."""

_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; "
    f"script-src 'sha256-{base64.b64encode(hashlib.sha256(_GO.encode()).digest()).decode()}'"
)


def preview_page(document: Mapping[str, Any]) -> bytes:
    """The page about one run."""
    row = index_row(document)
    title = f"{row['pipeline']}: {row['status']}"
    facts = _facts(row)
    about = " · ".join(f"{name} {value}" for name, value in facts)
    items = "\n".join(f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>" for name, value in facts)
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{_text(title)}</title>
<meta name="description" content="{_text(about)}">
<meta property="og:type" content="website">
<meta property="og:title" content="{_text(title)}">
<meta property="og:description" content="{_text(about)}">
</head>
<body>
<h1>{_text(title)}</h1>
<p><a href="../../index.html#/run/{_text(row["run_id"])}">Run {_text(row["run_id"])} in the tracker</a></p>
<dl>
{items}
</dl>
<script>{_GO}</script>
</body>
</html>
""".encode()


def _facts(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    tasks = ", ".join(f"{count} {status}" for status, count in row["tasks"].items())
    problem = row["problem"]
    known = {
        "started": time_text(None if row["start"] is None else row["start"] * 1_000_000),
        "took": duration_text(row["duration_s"]),
        "tasks": tasks,
        "problem": f"{problem['task']}: {problem['error']}".removeprefix(": ") if problem else None,
        "environment": row["environment"],
        "trigger": row["trigger"],
        "branch": row["branch"],
        "pull request": row["pull_request"],
        "commit": row["commit"],
        **{f"{name} of {task}": str(value) for task, name, value in row["metrics"]},
    }
    return [(name, value) for name, value in known.items() if value]


def _text(text: str) -> str:
    return html.escape(one_line(text, 300))
