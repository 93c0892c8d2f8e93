"""Secrets never reach the run log: every text and every byte passes through here before it is encoded.

Two kinds of secrets are known: values (those a task names in ``secrets=[...]``, and those of environment variables whose
name says that they are secret), and shapes (tokens of well-known services, private keys, passwords in addresses).
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.dag.task import MIN_SECRET_LENGTH

_SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSW|(^|_)KEY|CREDENTIAL|AUTH|COOKIE|(^|_)DSN|(^|_)CONN", re.IGNORECASE)
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
_LONGEST_SHAPE = 9000
_KEY_START, _KEY_END = "-----BEGIN ", "PRIVATE KEY-----"


def secrets_by_name(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables whose name says that their value is secret and whose value is long enough to be told apart."""
    return {
        name: value
        for name, value in environment.items()
        if len(value) >= _MIN_LENGTH_BY_NAME and _SECRET_NAME.search(name)
    }


class Redactor:
    """Replaces secrets by ``[redacted:NAME]``; stateless, so that one serves all threads of a process."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        """``secrets`` maps the name of each secret to its value; values below four characters are left alone."""
        self._names: dict[str, str] = {}
        for name, value in (secrets or {}).items():
            if len(value) >= MIN_SECRET_LENGTH:
                for form in _forms(value):
                    self._names.setdefault(form, name)
        forms = sorted(self._names, key=len, reverse=True)
        self._literals = re.compile("|".join(re.escape(form) for form in forms)) if forms else None
        self._byte_forms = {form.encode("utf-8", "surrogatepass"): name for form, name in self._names.items()}
        self._longest_literal = max((len(form.encode("utf-8", "surrogatepass")) for form in forms), default=1)

    def text(self, text: str) -> tuple[str, int]:
        """The text without secrets, and how many were replaced."""
        count = 0
        for start, end, replacement in reversed(list(self._matches(text))):
            text = f"{text[:start]}{replacement}{text[end:]}"
            count += 1
        return text, count

    def json(self, value: Json) -> tuple[Json, int]:
        """A JSON value with every string in it, keys too, redacted."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            items = [self.json(item) for item in value]
            return [item for item, _ in items], sum(count for _, count in items)
        if isinstance(value, dict):
            pairs = [(self.text(key), self.json(item)) for key, item in value.items()]
            redacted = {key: item for (key, _), (item, _) in pairs}
            return redacted, sum(in_key + in_item for (_, in_key), (_, in_item) in pairs)
        return value, 0

    def bytes(self, content: bytes) -> tuple[bytes, int]:
        """Bytes without the known values; shapes are looked for in text only, since bytes may hold them by chance."""
        count = 0
        for form in sorted(self._byte_forms, key=len, reverse=True):
            found = content.count(form)
            if found:
                content = content.replace(form, f"[redacted:{self._byte_forms[form]}]".encode())
                count += found
        return content, count

    def text_stream(self) -> TextStream:
        """A filter for text that arrives in pieces."""
        return TextStream(self)

    def byte_stream(self) -> ByteStream:
        """A filter for bytes that arrive in pieces."""
        return ByteStream(self, self._longest_literal)

    def safe_length(self, text: str) -> int:
        """How much of the start of ``text`` holds no secret that more text could still complete."""
        last_space = max(text.rfind(" "), text.rfind("\n"), text.rfind("\t"), text.rfind("\r"))
        cut = max(last_space + 1, len(text) - _LONGEST_SHAPE)
        key_start = text.rfind(_KEY_START)
        if 0 <= key_start and len(text) - key_start < _LONGEST_SHAPE and text.count(_KEY_END, key_start) < 2:
            cut = min(cut, key_start)
        for form in self._names:
            for length in range(min(len(form) - 1, len(text)), 0, -1):
                if text.endswith(form[:length]):
                    cut = min(cut, len(text) - length)
                    break
        for start, end, _ in self._matches(text):
            if start < cut < end:
                cut = start
        return cut

    def _matches(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Start, end and replacement of every secret, in order and without overlap."""
        found: list[tuple[int, int, str]] = []
        if self._literals is not None:
            found += [
                (match.start(), match.end(), f"[redacted:{self._names[match.group()]}]")
                for match in self._literals.finditer(text)
            ]
        for name, (pattern, hints) in _SHAPES.items():
            if any(hint in text for hint in hints):
                replacement = f"[redacted:{name}]"
                found += [(match.start(), match.end(), replacement) for match in re.finditer(pattern, text)]
        end_of_last = 0
        for start, end, replacement in sorted(found, key=lambda match: (match[0], -match[1])):
            if start >= end_of_last:
                yield start, end, replacement
                end_of_last = end
            elif end > end_of_last:
                yield end_of_last, end, replacement
                end_of_last = end


class TextStream:
    """Redacts text across the borders of its pieces by holding back what may be the start of a secret.

    Whole lines usually pass at once, so that output is seen while a task runs.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._pending = ""

    def feed(self, text: str) -> tuple[str, int]:
        """Take the next piece; returns what is safe to write by now, and how many secrets were replaced."""
        self._pending += text
        cut = self._redactor.safe_length(self._pending)
        ready, self._pending = self._pending[:cut], self._pending[cut:]
        return self._redactor.text(ready)

    def finish(self) -> tuple[str, int]:
        """What was held back."""
        ready, self._pending = self._pending, ""
        return self._redactor.text(ready)


class ByteStream:
    """As :class:`TextStream`, for bytes."""

    def __init__(self, redactor: Redactor, overlap: int) -> None:
        self._redactor = redactor
        self._overlap = overlap
        self._pending = b""

    def feed(self, content: bytes) -> tuple[bytes, int]:
        """Take the next piece; returns what is safe to write by now, and how many secrets were replaced."""
        redacted, count = self._redactor.bytes(self._pending + content)
        cut = max(0, len(redacted) - self._overlap + 1)
        self._pending = redacted[cut:]
        return redacted[:cut], count

    def finish(self) -> tuple[bytes, int]:
        """What was held back."""
        ready, self._pending = self._pending, b""
        return self._redactor.bytes(ready)


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
        raw.hex(),
    }
    for shift in range(3):
        # Inside a longer base64 text a value can start at any of three positions; only whole groups are the same there.
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        core = encoded[(shift * 8 + 5) // 6 : len(encoded) - (4 if (len(raw) + shift) % 3 else 0)]
        forms |= {core, core.replace("+", "-").replace("/", "_")}
    lines = [line.strip() for line in value.splitlines()]
    if len(lines) > 1:
        forms |= {line for line in lines if len(line) >= _MIN_LINE_LENGTH}
    return {form for form in forms if len(form) >= MIN_SECRET_LENGTH}
