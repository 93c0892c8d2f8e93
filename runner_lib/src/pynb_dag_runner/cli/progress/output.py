"""The stream that progress is written to: a reader who goes away does not break the run."""

from __future__ import annotations

from typing import TextIO


class ProgressOutput:
    """A text stream of our own around ``stream``, which is kept although ``sys.stdout`` may point elsewhere later.

    What the encoding lacks is written out, as in ``\\xe4``. When nobody reads any more (``pdr run | head``), writing
    does nothing from then on: the run is worth more than its display.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_broken = False

    @property
    def encoding(self) -> str:
        """The encoding of the stream."""
        return self._stream.encoding or "utf-8"

    def write(self, text: str) -> int:
        """Write ``text`` as it is."""
        if not self._is_broken:
            try:
                self._stream.write(text.encode(self.encoding, "backslashreplace").decode(self.encoding))
            except OSError:
                self._is_broken = True
        return len(text)

    def flush(self) -> None:
        """Hand over what was written, so that a log can be followed."""
        if not self._is_broken:
            try:
                self._stream.flush()
            except OSError:
                self._is_broken = True

    def isatty(self) -> bool:
        """Whether a person's terminal is at the other end."""
        return self._stream.isatty()
