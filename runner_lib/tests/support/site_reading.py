"""A site's data as a browser would read it, by a parser that shares nothing with the writer and takes no liberties."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_CALL = re.compile(r'pdr\.add\("([a-z]+)","([0-9A-Za-z._/-]*)",(.*)\);\n', re.DOTALL)
_ESCAPES = {"\\\\": "\\", "\\'": "'", "\\x3c": "<", "\\u2028": "\u2028", "\\u2029": "\u2029"}
_ESCAPE = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|.)")


def payload(content: bytes) -> tuple[str, str, Any]:
    """Kind, key and payload of one file.

    Raises:
        AssertionError: it could mean something else to a browser.
    """
    text = content.decode("utf-8")
    match = _CALL.fullmatch(text)
    assert match is not None, text[:200]
    kind, key, argument = match.groups()
    if kind == "piece":
        assert re.fullmatch(r'"[A-Za-z0-9+/]*={0,2}"', argument)
        return kind, key, gzip.decompress(base64.b64decode(argument[1:-1], validate=True))
    assert argument.startswith("JSON.parse('")
    assert argument.endswith("')")
    return kind, key, json.loads(_string(argument[len("JSON.parse('") : -len("')")]), parse_constant=_refuse)


def _string(source: str) -> str:
    # What is left between escapes must neither end the string nor the script element.
    assert not re.search(r"['<\n\r\u2028\u2029\\]", _ESCAPE.sub("", source))
    return _ESCAPE.sub(lambda match: _ESCAPES[match.group()], source)


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def read_site(root: Path) -> dict[tuple[str, str], Any]:
    """All data files of a site."""
    found: dict[tuple[str, str], Any] = {}
    for path in sorted((root / "data").rglob("*.js")):
        kind, key, value = payload(path.read_bytes())
        assert path.relative_to(root).as_posix() == place(kind, key)
        found[kind, key] = value
    return found


def place(kind: str, key: str) -> str:
    """Where a page looks for a file."""
    if kind == "manifest":
        return "data/manifest.js"
    if kind in ("index", "details"):
        return f"data/{kind}/{key}.js"
    return f"data/runs/{key}/run.js" if kind == "run" else f"data/runs/{key}.js"


def index_rows(root: Path) -> dict[str, dict[str, Any]]:
    """Rows of the index by run id, decoded without help of the writer."""
    found: dict[str, dict[str, Any]] = {}
    for (kind, _), chunk in read_site(root).items():
        if kind == "index":
            for at, run_id in enumerate(chunk["run_id"]):
                found[run_id] = {
                    name: None if column["at"][at] == -1 else column["values"][column["at"][at]]
                    for name, column in chunk.items()
                    if isinstance(column, dict)
                }
                found[run_id]["start"] = None if chunk["start"][at] is None else chunk["start"][at] + chunk["base_ms"]
                found[run_id]["duration_s"] = chunk["duration_s"][at]
    return found


def unreadable(root: Path) -> dict[str, tuple[str | None, str]]:
    """Run id and reason of each file that could not be read."""
    listed = read_site(root)["manifest", ""]["unreadable"]
    return {row["file"]: (row["run_id"], row["reason"]) for row in listed}


def check_usable(root: Path) -> list[str]:
    """The runs that the site shows; everything that a page could ask for is there and fits together."""
    data = read_site(root)
    shown: list[str] = []
    for chunk in data["manifest", ""]["chunks"]:
        index, details = data["index", chunk["name"]], data["details", chunk["name"]]
        assert index["run_id"] == sorted(index["run_id"])
        assert set(index["run_id"]) & set(details["run_id"])
        shown.extend(index["run_id"])
    for run_id in shown:
        check_run(data, run_id)
        assert (root / "r" / run_id / "index.html").is_file()
    return shown


def check_run(data: Mapping[tuple[str, str], Any], run_id: str) -> bytes | None:
    """The run log as the pieces have it, None where some are left out."""
    document = data["run", run_id]
    parts: list[bytes] = []
    for number, piece in enumerate(document["log"]["pieces"]):
        if not piece["left_out"]:
            parts.append(data["piece", f"{run_id}/{number}"])
            assert len(parts[-1]) == piece["size_bytes"]
    for task in document["tasks"]:
        for attempt in task["attempts"]:
            assert attempt["more"] is None or ("more", f"{run_id}/{attempt['more']}") in data
    return b"".join(parts) if len(parts) == len(document["log"]["pieces"]) else None


def files(root: Path) -> dict[str, bytes]:
    """Every file of a folder with its content."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def modified(root: Path) -> dict[str, int]:
    """Every file of a folder with the time when it was written."""
    return {
        path.relative_to(root).as_posix(): path.stat().st_mtime_ns for path in sorted(root.rglob("*")) if path.is_file()
    }
