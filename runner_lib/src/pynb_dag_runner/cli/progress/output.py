"""The stream that progress is written to: it never breaks a run, and user text cannot command what reads it."""

from __future__ import annotations

import re
from typing import TextIO

_COMMAND_AT_START = re.compile(r"^(\s*):(?=:)", re.MULTILINE)
_COMMAND_ANYWHERE = "##["


class ProgressOutput:
    """A text stream of our own around ``stream``, which is kept although ``sys.stdout`` may point elsewhere later.

    What the encoding lacks is written out, as in ``\\xe4``. When nobody reads any more (``pdr run | head``), writing
    does nothing from then on: the run is worth more than its display.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.is_broken = False

    @property
    def encoding(self) -> str:
        """The encoding of the stream."""
        return self._stream.encoding or "utf-8"

    def write(self, text: str) -> int:
        """Write ``text`` as it is."""
        if not self.is_broken:
            try:
                self._stream.write(text.encode(self.encoding, "backslashreplace").decode(self.encoding))
            except OSError:
                self.is_broken = True
        return len(text)

    def flush(self) -> None:
        """Hand over what was written, so that a log can be followed."""
        if not self.is_broken:
            try:
                self._stream.flush()
            except OSError:
                self.is_broken = True

    def isatty(self) -> bool:
        """Whether a person's terminal is at the other end."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """The stream's file descriptor, from which the size of a terminal is known."""
        return self._stream.fileno()


class HarmlessOutput(ProgressOutput):
    """Output for a GitHub Actions log, from which the runner would take commands: here it finds none.

    The runner looks for ``::command::`` at the start of a line and for ``##[command]`` anywhere in it. Text that holds
    one of these, the id of a task or an exception's message, gets a space in between.
    """

    def write(self, text: str) -> int:
        """Write ``text``, whole lines of it, without commands."""
        super().write(harmless(text))
        return len(text)


def harmless(text: str) -> str:
    """``text`` in which the runner of GitHub Actions finds no command."""
    return _COMMAND_AT_START.sub(r"\1: ", text).replace(_COMMAND_ANYWHERE, "# #[")
