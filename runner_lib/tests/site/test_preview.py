from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pynb_dag_runner.runlog.reader import read_run
from pynb_dag_runner.site.document import run_document
from pynb_dag_runner.site.pieces import Piece, RunLogPieces
from pynb_dag_runner.site.preview import preview_page


class Tags(HTMLParser):
    """All tags with their attributes, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def page(record_run: Callable[..., Path], tmp_path: Path) -> Callable[..., str]:
    """The page about a run whose document was changed."""

    def make(**changes: object) -> str:
        run = read_run(record_run(tmp_path))
        document = run_document(run, RunLogPieces([Piece(0, 0, 0, False)]))[0]
        return preview_page({**document, **changes}).decode("utf-8")

    return make


def test_facts_can_be_read_without_scripts(page: Callable[..., str]) -> None:
    parsed = Tags(page())
    metas = {
        attributes.get("property") or attributes.get("name"): attributes["content"]
        for tag, attributes in parsed.tags
        if tag == "meta" and "content" in attributes
    }
    assert metas["og:title"] == "digits: failure"
    assert "train[size=600]: KeyError: 'pixels'" in (metas["og:description"] or "")
    assert "1 failure, 1 skip, 2 success" in parsed.text
    links = [attributes["href"] for tag, attributes in parsed.tags if tag == "a"]
    assert links == ["../../index.html#/run/20261121-000000-abc"]


def test_the_policy_allows_one_script_and_nothing_else(page: Callable[..., str]) -> None:
    text = page()
    (script,) = re.findall(r"<script>(.*?)</script>", text)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', text)
    assert policy == f"default-src 'none'; base-uri 'none'; form-action 'none'; script-src 'sha256-{digest}'"
    assert text.index("Content-Security-Policy") < text.index("<title>")


def test_nothing_from_a_run_log_is_markup(page: Callable[..., str]) -> None:
    hostile = '"><script>alert(1)</script><meta http-equiv=refresh content="0;url=//evil"><a href=javascript:x>\u202e\0'
    resource = dict.fromkeys(("vcs.ref.head.name", "vcs.change.id", "pdr.github.event"), hostile)
    kinds = [tag for tag, _ in Tags(page()).tags]
    more = Tags(page(pipeline=hostile, environment=hostile, resource=resource))
    assert {tag for tag, _ in more.tags} == set(kinds)
    assert [tag for tag, _ in more.tags].count("script") == [tag for tag, _ in more.tags].count("a") == 1
    assert "alert(1)" in more.text
