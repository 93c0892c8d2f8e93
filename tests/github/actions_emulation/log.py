"""What a job prints: workflow commands in it are obeyed, secrets in it are masked, and all that is kept for the test to see."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from actions_emulation.errors import EmulationError, StepError

MOST_ANNOTATIONS = 10
"""GitHub shows no more of each kind from one step."""

_COMMAND = re.compile(r"::(?P<name>[A-Za-z-]+)(?: (?P<properties>[^:]*?))?::(?P<message>.*)")
_LEVELS = ("error", "warning", "notice")
_WITHOUT_EFFECT = ("debug", "group", "endgroup", "echo", "add-matcher", "remove-matcher")
_PROPERTIES = ("file", "line", "endLine", "col", "endColumn", "title")
_ESCAPES = (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))


@dataclass(frozen=True)
class Annotation:
    """A notice, warning or error that GitHub shows beside the run."""

    level: str
    message: str
    title: str = ""
    file: str = ""
    line: str = ""
    step: str = ""


@dataclass
class Log:
    """The log of one job."""

    lines: list[str] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)
    masks: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Workflow commands that the emulation does not know; the step that gave one ends the emulation."""
    step: str = ""
    _stop: str | None = None

    @property
    def text(self) -> str:
        """The whole log."""
        return "\n".join(self.lines) + "\n"

    def mask(self, secret: str) -> None:
        """From now on, shows ``***`` in place of a text."""
        self.masks += [part for part in {secret, *secret.splitlines()} if part.strip()]

    def say(self, line: str) -> None:
        """One line of output of a step."""
        match = _COMMAND.match(line.lstrip())
        if self._stop is not None:
            if line.strip() == f"::{self._stop}::":
                self._stop = None
        elif match is not None:
            self._obey(match["name"].lower(), match["properties"] or "", match["message"])
        self.lines.append(self._masked(line))

    def annotate(self, level: str, message: str, title: str = "", file: str = "", line: str = "") -> None:
        """A note beside the run; those above the limit are lost, as at GitHub."""
        of_kind = [one for one in self.annotations if one.level == level and one.step == self.step]
        if len(of_kind) < MOST_ANNOTATIONS:
            self.annotations.append(Annotation(level, self._masked(message), title, file, line, self.step))

    def check(self) -> None:
        """Raises EmulationError where a step gave commands that nobody here knows."""
        if self.unknown:
            raise EmulationError(f"the emulation does not know the workflow commands {self.unknown}")

    def _obey(self, name: str, properties: str, message: str) -> None:
        message = _unescape(message)
        if name in _LEVELS:
            given = dict(part.split("=", 1) for part in properties.split(",") if "=" in part)
            if set(given) - set(_PROPERTIES):
                self.unknown.append(f"{name} {properties}")
            known = {key: _unescape(value) for key, value in given.items()}
            self.annotate(name, message, known.get("title", ""), known.get("file", ""), known.get("line", ""))
        elif name == "add-mask":
            self.mask(message)
        elif name == "stop-commands":
            self._stop = message
        elif name not in _WITHOUT_EFFECT:
            self.unknown.append(name)

    def _masked(self, text: str) -> str:
        for secret in sorted(self.masks, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text


def _unescape(text: str) -> str:
    for escaped, plain in _ESCAPES:
        text = text.replace(escaped, plain)
    return text


def read_values(text: str) -> dict[str, str]:
    """What a step wrote into GITHUB_ENV or GITHUB_OUTPUT: ``name=value``, or ``name<<END``, lines, ``END``.

    Raises:
        StepError: it is neither.
    """
    values = {}
    lines = iter(text.splitlines())
    for line in lines:
        if not line:
            continue
        name, equals, value = line.partition("=")
        name_of_lines, arrow, end = line.partition("<<")
        if arrow and (not equals or len(name_of_lines) < len(name)):
            found = []
            for inner in lines:
                if inner == end:
                    break
                found.append(inner)
            else:
                raise StepError(f"Invalid value. Matching delimiter not found '{end}'")
            values[name_of_lines] = "\n".join(found)
        elif equals and name:
            values[name] = value
        else:
            raise StepError(f"Invalid format '{line}'")
    return values
