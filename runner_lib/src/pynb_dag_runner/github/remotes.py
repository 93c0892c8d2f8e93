"""Names of repositories on GitHub, and the addresses that git has for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pynb_dag_runner.errors import UsageError

_OWNER = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:_[A-Za-z0-9]+)?"
_FULL_NAME = re.compile(rf"(?P<owner>{_OWNER})/(?P<name>[A-Za-z0-9._-]{{1,100}})")
_SCP_LIKE = re.compile(r"(?:[^@/:]+@)?(?P<host>[^/:@]+):(?P<path>[^:].*)")


@dataclass(frozen=True)
class FullName:
    """``owner/name``."""

    owner: str
    name: str

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"

    def is_same(self, other: FullName) -> bool:
        """Whether GitHub takes both for one: it does not mind capitals."""
        return str(self).casefold() == str(other).casefold()


def parse_full_name(text: str) -> FullName | None:
    """``owner/name`` taken apart; None where GitHub would not take it."""
    match = _FULL_NAME.fullmatch(text)
    if match is None or match["name"] in (".", "..") or match["name"].endswith(".git"):
        return None
    return FullName(match["owner"], match["name"])


def parse_remote(url: str) -> tuple[str, FullName] | None:
    """Host and repository that an address of git leads to; None for other addresses, such as folders."""
    if "://" in url:
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        if parts.scheme not in ("https", "http", "ssh", "git") or not parts.hostname:
            return None
        host, path = parts.hostname, parts.path
    elif match := _SCP_LIKE.fullmatch(url):
        host, path = match["host"], match["path"]
    else:
        return None
    name = parse_full_name(path.strip("/").removesuffix(".git"))
    # GitHub takes ssh on port 443, too, under a host name of its own.
    return None if name is None else (host.lower().removeprefix("ssh."), name)


def is_https(url: str) -> bool:
    """Whether git asks for a password there, which gh knows."""
    return url.startswith("https://")


def readme_leads_to(folder: Path) -> FullName | None:
    """The repository that the badges in a project's README show; None where there are none."""
    try:
        text = (folder / "README.md").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    match = re.search(r"https://github\.com/([^/\s]+/[^/\s]+)/actions/workflows/", text)
    return None if match is None else parse_full_name(match[1])


def project_facts(folder: Path) -> tuple[str, str]:
    """Name and description of the project in ``folder``, from its ``pyproject.toml``; the folder's name otherwise.

    Python 3.10 has no reader for TOML, and two plain lines of a generated file need none.

    Raises:
        UsageError: neither gives a name that GitHub takes.
    """
    try:
        text = (folder / "pyproject.toml").read_text(encoding="utf-8")
    except OSError:
        text = ""
    table = re.search(r"^\[project\]\s*$(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    facts = dict(re.findall(r'^(name|description)\s*=\s*"([^"\\]*)"', table[1] if table else "", re.MULTILINE))
    name = facts.get("name") or folder.name
    if parse_full_name(f"owner/{name}") is None:
        raise UsageError(f"GitHub takes no repository named {name!r}: give another one by --repository OWNER/NAME")
    return name, facts.get("description", "")
