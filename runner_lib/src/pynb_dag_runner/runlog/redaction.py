"""Secrets never reach the run log: every text and every byte passes through here before it is encoded.

Two kinds of secrets are known: values (those a task names in ``secrets=[...]``, and those of environment variables whose
name says that they are secret), and shapes (tokens of well-known services, private keys, passwords in addresses).
"""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import AnyStr, TypeAlias
from urllib.parse import quote, quote_plus

from pynb_dag_runner.conventions import Variable
from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.dag.task import MIN_SECRET_LENGTH

# Not AUTHOR (git's variables hold names that logs are full of), and neither PWD nor OLDPWD.
_SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|(^|_)PASS(_|$)|_PWD$|KEYS?(_|$)|CREDENTIAL|AUTH(?!OR)|COOKIE|(^|_)(DSN|CONN)",
    re.IGNORECASE,
)
_MIN_LENGTH_BY_NAME = 8
_MIN_LINE_LENGTH = 8

# Shape, and a text that every match contains: looking for that text first keeps large artifacts fast.
_SHAPES = {
    "github-token": (r"gh[pousr]_[A-Za-z0-9._-]{36,1024}", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    "github-pat": (r"github_pat_\w{22,255}", ("github_pat_",)),
    "aws-key": (r"(?:AKIA|ASIA)[0-9A-Z]{16}", ("AKIA", "ASIA")),
    "slack-token": (r"xox[baprs]-[A-Za-z0-9-]{10,255}", ("xox",)),
    "api-key": (r"\bsk-[A-Za-z0-9_-]{20,255}", ("sk-",)),
    "jwt": (r"eyJ[A-Za-z0-9_-]{8,2048}\.eyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{8,1024}", ("eyJ",)),
    "private-key": (
        r"-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----[\s\S]{0,8192}?-----END [A-Z ]{0,32}PRIVATE KEY-----",
        ("PRIVATE KEY-----",),
    ),
    "password": (r"(?<=://)[^\s/:@\"'<>]{1,255}:[^\s/:@\"'<>]{1,255}(?=@)", ("://",)),
}
_HINTS = tuple(hint for _, hints in _SHAPES.values() for hint in hints)
_ANY_HINT = re.compile("|".join(map(re.escape, _HINTS)))
_LONGEST_SHAPE = 9000
# Most texts are short, and the same ones again: names of attributes, ids, words for results.
_SHORT, _MOST_REMEMBERED = 100, 4096
Bytes: TypeAlias = bytes  # inside Redactor the name ``bytes`` is a method
_KEY_START, _KEY_END = "-----BEGIN ", "PRIVATE KEY-----"


def secrets_by_name(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables whose name says that their value is secret and whose value is long enough to be told apart."""
    return {
        name: value
        for name, value in environment.items()
        # The names of secrets stand in a variable of our own, and are none themselves.
        if name != Variable.SECRETS and len(value) >= _MIN_LENGTH_BY_NAME and _SECRET_NAME.search(name)
    }


class Redactor:
    """Replaces secrets by ``[redacted:NAME]``; one serves all threads of a process."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        """``secrets`` maps the name of each secret to its value; values below four characters are left alone."""
        self._names: dict[str, str] = {}
        for name, value in (secrets or {}).items():
            if len(value) >= MIN_SECRET_LENGTH:
                for form in _forms(value):
                    self._names.setdefault(form, name)
        self._byte_forms = {form.encode("utf-8", "surrogatepass"): name for form, name in self._names.items()}
        self._longest_form_bytes = max(map(len, self._byte_forms), default=1)
        self._short_text = lru_cache(_MOST_REMEMBERED)(self._any_text)

    def text(self, text: str) -> tuple[str, int]:
        """The text without secrets, and how many were replaced."""
        return self._short_text(text) if len(text) <= _SHORT else self._any_text(text)

    def _any_text(self, text: str) -> tuple[str, int]:
        matches = self._matches(text)
        return (_replaced(text, matches), len(matches)) if matches else (text, 0)

    def pieces(self, texts: Sequence[str]) -> list[str]:
        """Texts that are read one after the other, without the secrets that begin in one of them and end in another."""
        matches = self._matches("".join(texts))
        redacted: list[str] = []
        start = 0
        for text in texts:
            end = start + len(text)
            own = [
                (max(first - start, 0), min(last, end) - start, name if first >= start else "")
                for first, last, name in matches
                if first < end and last > start
            ]
            redacted.append(_replaced(text, own))
            start = end
        return redacted

    def json(self, value: Json) -> tuple[Json, int]:
        """A JSON value with every string in it, keys too, redacted."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, (list, tuple)):
            items = [self.json(item) for item in value]
            return [item for item, _ in items], sum(count for _, count in items)
        if isinstance(value, dict):
            pairs = [(self.text(key), self.json(item)) for key, item in value.items()]
            redacted = {key: item for (key, _), (item, _) in pairs}
            return redacted, sum(in_key + in_item for (_, in_key), (_, in_item) in pairs)
        return value, 0

    def json_text(self, value: Json) -> tuple[str, int]:
        """A JSON value as text, with every string in it redacted; and how many secrets there were.

        Raises:
            TypeError, ValueError: it is no JSON value.
        """
        text = json.dumps(value, ensure_ascii=False)
        # As JSON writes it every secret is one of the forms, and a hint stays what it is: most values need no second look.
        if not any(hint in text for hint in _HINTS) and not any(form in text for form in self._names):
            return text, 0
        redacted, count = self.json(json.loads(text))
        return json.dumps(redacted, ensure_ascii=False), count

    def bytes(self, content: Bytes) -> tuple[Bytes, int]:
        """Bytes without the known values; shapes are looked for in text only, since bytes may hold them by chance."""
        matches = _merged(_occurrences(content, self._byte_forms))
        return _replaced(content, [(start, end, text.encode()) for start, end, text in matches]), len(matches)

    def text_stream(self) -> TextStream:
        """A filter for text that arrives in pieces."""
        return TextStream(self)

    def byte_stream(self) -> ByteStream:
        """A filter for bytes that arrive in pieces."""
        return ByteStream(self)

    def take(self, text: str) -> tuple[str, int, str]:
        """Of text that goes on: what can be written by now, without secrets; how many were replaced; and the rest.

        The rest may be the start of a secret that more text completes.
        """
        matches = self._matches(text)
        cut = _outside(self._safe_length(text), matches)
        done = [match for match in matches if match[1] <= cut]
        return _replaced(text[:cut], done), len(done), text[cut:]

    def take_bytes(self, content: Bytes) -> tuple[Bytes, int, Bytes]:
        """As :meth:`take`, for bytes."""
        matches = _merged(_occurrences(content, self._byte_forms))
        cut = _outside(max(0, len(content) - self._longest_form_bytes + 1), matches)
        done = [(start, end, replacement.encode()) for start, end, replacement in matches if end <= cut]
        return _replaced(content[:cut], done), len(done), content[cut:]

    def _safe_length(self, text: str) -> int:
        last_space = max(text.rfind(" "), text.rfind("\n"), text.rfind("\t"), text.rfind("\r"))
        cut = max(last_space + 1, len(text) - _LONGEST_SHAPE)
        key_start = text.rfind(_KEY_START)
        if key_start >= 0 and len(text) - key_start < _LONGEST_SHAPE and text.count(_KEY_END, key_start) < 2:
            cut = min(cut, key_start)
        return min([cut, *(_start_of_prefix(text, form) for form in self._names)])

    def _matches(self, text: str) -> list[tuple[int, int, str]]:
        """Start, end and replacement of every secret, in order; secrets that overlap become one."""
        found = _occurrences(text, self._names)
        # One pattern of all hints is quicker than one search for each, but only in a short text.
        if len(text) <= _SHORT and not _ANY_HINT.search(text):
            return _merged(found)
        for name, (pattern, hints) in _SHAPES.items():
            if any(hint in text for hint in hints):
                found += [(match.start(), match.end(), name) for match in re.finditer(pattern, text)]
        return _merged(found)


class TextStream:
    """Redacts text across the borders of its pieces by holding back what may be the start of a secret.

    Whole lines usually pass at once, so that output is seen while a task runs.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._pending = ""

    def feed(self, text: str) -> tuple[str, int]:
        """Take the next piece; returns what is safe to write by now, and how many secrets were replaced."""
        ready, count, self._pending = self._redactor.take(self._pending + text)
        return ready, count

    def finish(self) -> tuple[str, int]:
        """What was held back."""
        ready, self._pending = self._pending, ""
        return self._redactor.text(ready)


class ByteStream:
    """As :class:`TextStream`, for bytes."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._pending = b""

    def feed(self, content: bytes) -> tuple[bytes, int]:
        """Take the next piece; returns what is safe to write by now, and how many secrets were replaced."""
        ready, count, self._pending = self._redactor.take_bytes(self._pending + content)
        return ready, count

    def finish(self) -> tuple[bytes, int]:
        """What was held back."""
        ready, self._pending = self._pending, b""
        return self._redactor.bytes(ready)


def _occurrences(content: AnyStr, names: Mapping[AnyStr, str]) -> list[tuple[int, int, str]]:
    """Every place of every form, overlapping ones too. One search per form is faster than one pattern of all forms."""
    found = []
    for form, name in names.items():
        start = content.find(form)
        while start >= 0:
            found.append((start, start + len(form), name))
            start = content.find(form, start + 1)
    return found


def _merged(found: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    merged: list[tuple[int, int, str]] = []
    for start, end, name in sorted(found, key=lambda match: (match[0], -match[1])):
        if merged and start < merged[-1][1]:
            first_start, first_end, replacement = merged[-1]
            merged[-1] = (first_start, max(first_end, end), replacement)
        else:
            merged.append((start, end, f"[redacted:{name}]"))
    return merged


def _replaced(content: AnyStr, matches: Iterable[tuple[int, int, AnyStr]]) -> AnyStr:
    pieces: list[AnyStr] = []
    position = 0
    for start, end, replacement in matches:
        pieces += (content[position:start], replacement)
        position = end
    pieces.append(content[position:])
    return content[:0].join(pieces)


def _start_of_prefix(text: str, form: str) -> int:
    """Where at its end ``text`` holds the longest beginning of ``form``; its length where it holds none."""
    start = text.find(form[0], max(0, len(text) - len(form) + 1))
    while start >= 0 and not form.startswith(text[start:]):
        start = text.find(form[0], start + 1)
    return start if start >= 0 else len(text)


def _outside(cut: int, matches: list[tuple[int, int, str]]) -> int:
    """``cut``, moved to the start of the match that it would cut through."""
    before = bisect_left(matches, (cut,)) - 1
    return matches[before][0] if before >= 0 and matches[before][1] > cut else cut


def _forms(value: str) -> set[str]:
    """A secret as it may turn up: as it is, escaped, encoded, and line by line."""
    raw = value.encode("utf-8", "surrogatepass")
    forms = {
        value,
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        quote(raw, safe=""),
        quote(raw),
        quote_plus(raw),
        html.escape(value),
        html.escape(value, quote=False),
        html.escape(value).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        json.dumps(json.dumps(value)[1:-1])[1:-1],
        _json_in_html(value),
        shlex.quote(value)[1:-1] if "'" in value else value,
        raw.hex(),
        raw.hex().upper(),
    }
    for shift in range(3):
        # Inside a longer base64 text a value can start at any of three positions; the characters at its ends also
        # depend on its neighbours, those between them do not.
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        core = encoded[(shift * 8 + 5) // 6 : (len(raw) + shift) * 8 // 6]
        forms |= {core, core.replace("+", "-").replace("/", "_")}
    lines = [line.strip() for line in value.splitlines()]
    if len(lines) > 1:
        forms |= {line for line in lines if len(line) >= _MIN_LINE_LENGTH}
    return {form for form in forms if len(form) >= MIN_SECRET_LENGTH}


def _json_in_html(value: str) -> str:
    """As templates write JSON into a page: ``<``, ``>``, ``&`` and ``'`` are escaped."""
    text = json.dumps(value)[1:-1]
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
