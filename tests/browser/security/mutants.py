"""Sites from which one wall is taken away: what `stroll` finds in them shows that it would notice."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

APP, PAGE, VIEWER, SCRIPTS = "assets/app.js", "index.html", "viewer.html", "viewer-scripts.html"
_SANDBOX = 'sandbox:"allow-scripts"'
_POLICY = r'<meta http-equiv="Content-Security-Policy" content="[^"]*">'
_GUARD = r"window\.parent===window\|\|window\.origin!==\"null\"\)return!1;"


@dataclass(frozen=True)
class Mutant:
    """What is replaced, in which files; how one of the things that are found then begins; whether it takes scripts to find it."""

    edits: Mapping[str, tuple[tuple[str, str], ...]]
    finds: tuple[str, ...]
    takes_scripts: bool = False


_CARELESS_FRAMES = dict.fromkeys((VIEWER, SCRIPTS), ((_GUARD, "0)return!1;return!0;"),))
_SAME_ORIGIN = (re.escape(_SANDBOX), 'sandbox:"allow-scripts allow-same-origin"')
_NO_SANDBOX = (re.escape(f"{_SANDBOX},"), "")
_DOORS = (("RTCPeerConnection", "x"), ("webkitx", "y"), ("iframe,frame,frameset,", ""))

MUTANTS: Mapping[str, Mutant] = {
    "allow-same-origin": Mutant({APP: (_SAME_ORIGIN,)}, ("a frame shows nothing",)),
    "allow-same-origin, in frames that do not look": Mutant(
        {APP: (_SAME_ORIGIN,), **_CARELESS_FRAMES}, ("stolen",), True
    ),
    "no sandbox": Mutant({APP: (_NO_SANDBOX,)}, ("a frame shows nothing",)),
    "no sandbox, around frames that do not look": Mutant(
        {APP: (_NO_SANDBOX,), **_CARELESS_FRAMES}, ("a window was opened",), True
    ),
    "no policy of the page": Mutant({PAGE: ((_POLICY, ""),)}, ("a request: probe",)),
    "no policy of the frame": Mutant({VIEWER: ((_POLICY, ""),)}, ("a request: css-import",)),
    "no policy of the frame with scripts": Mutant({SCRIPTS: ((_POLICY, ""),)}, ("a request: js-fetch",), True),
    "scripts that run in every frame": Mutant(
        {APP: ((r'"viewer\.html"', '"viewer-scripts.html"'),)}, ("a script ran",)
    ),
    "doors left open": Mutant({SCRIPTS: _DOORS}, ("a request: a datagram",), True),
    # The browser connects before the page's policy refuses; whether the page says so, too, is a matter of which comes first.
    "links that lead": Mutant(
        {VIEWER: ((r'"click","auxclick"', '"none"'),)}, ("content left its frame", "1 connections", "2 connections")
    ),
    "links to any address": Mutant({APP: ((r"/\^\(https\?:\|mailto:\)/i", "/^/"),)}, ("a link leads to javascript:",)),
}


ORIGIN_WIDE = Mutant(
    {APP: ((r"/\^https\?:\$/\.test\(location\.protocol\)", "!1"),)}, ("a request: neighbour",), takes_scripts=True
)
"""The page does not narrow its policy: of use over http alone, where others have the same origin."""


def make(mutant: Mutant, site: Path, folder: Path) -> Path:
    """A copy of the site with the mutant's edits."""
    shutil.copytree(site, folder, copy_function=os.link)
    for name, edits in mutant.edits.items():
        path = folder / name
        before = path.read_text(encoding="utf-8")
        after = before
        for pattern, replacement in edits:
            after, count = re.subn(pattern, lambda _, new=replacement: new, after)  # type: ignore[misc]
            assert count > 0, f"{name} holds no {pattern}"
        path.unlink()
        path.write_text(_with_hash(before, after), encoding="utf-8")
    return folder


def _with_hash(before: str, after: str) -> str:
    """A page whose policy names its program by hash goes on doing so."""
    return after.replace(_hash(before), _hash(after)) if "<script>" in before else after


def _hash(page: str) -> str:
    program = page.split("<script>")[1].split("</script>")[0]
    return f"sha256-{base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()}"
