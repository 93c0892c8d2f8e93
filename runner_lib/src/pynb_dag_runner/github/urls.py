"""Addresses: what a secret was made for, where an answer may lead, and what of an address people may see."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from pynb_dag_runner.github.problems import AnswerError

_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what a secret was made for.

    Raises:
        AnswerError: it is no address with http or https.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AnswerError("an address that cannot be read") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise AnswerError(f"{shown(url)} is no address with http or https")
    return parts.scheme, parts.hostname.lower(), port or _PORTS[parts.scheme]


def shown(url: str) -> str:
    """An address for people: without user, password and query, any of which may be a secret."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    path = "".join(character for character in parts.path[:200] if character.isprintable())
    return f"{parts.scheme}://{host}{port}{path}"


def redirect_target(url: str, location: str | None) -> str:
    """Where an answer from ``url`` leads.

    Raises:
        AnswerError: nowhere, or where nothing may be fetched from.
    """
    try:
        target = urljoin(url, location or "")
    except ValueError as error:
        raise AnswerError(f"{shown(url)} leads to an address that cannot be read") from error
    if not location or origin(target)[0] not in _PORTS:
        raise AnswerError(f"{shown(url)} leads nowhere")
    if origin(url)[0] == "https" and origin(target)[0] == "http":
        raise AnswerError(f"{shown(url)} leads to {shown(target)}, which anybody can read along: not followed")
    if "@" in urlsplit(target).netloc:
        raise AnswerError(f"{shown(url)} leads to an address with a password: not followed")
    return target
