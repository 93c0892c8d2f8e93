"""What a notebook prints and shows, kept within fixed limits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nbformat import NotebookNode

if TYPE_CHECKING:
    from pynb_dag_runner.runlog.redaction import Redactor

MAX_STREAM_CHARACTERS = 10 * 1024 * 1024
"""Text printed by one notebook (stdout and stderr together) that is kept."""

MAX_OUTPUT_BYTES = 64 * 1024 * 1024
"""All outputs of one notebook that are kept: figures, tables, printed text."""

MAX_ERROR_CHARACTERS = 1024 * 1024
"""Message, and each part of a traceback."""

_BYTES_PER_OUTPUT = 1024  # what an output costs besides its content, so that their number is limited too


def shortened(text: str, limit: int = MAX_ERROR_CHARACTERS) -> str:
    """The start and end of an overlong text, with a marker between that counts what is missing."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters dropped ...]\n{text[-half:]}"


def size_bytes(value: Any) -> int:
    """About the bytes that a JSON value takes in a file."""
    if isinstance(value, str):
        return len(value)
    return len(json.dumps(value, default=str))


def without_overwritten(text: str) -> str:
    """Text as a terminal shows it in the end: what a carriage return overwrites (progress bars) is gone."""
    if "\r" not in text:
        return text
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))


def redacted_notebook(notebook: NotebookNode, redactor: Redactor) -> Any:
    """The notebook without secrets, as plain JSON.

    What was printed is looked at as a whole, too: a secret may begin in one output and end in another, or in the next cell.
    """
    redacted: Any = redactor.json(notebook)[0]
    printed = [out for cell in redacted["cells"] for out in cell.get("outputs", []) if out["output_type"] == "stream"]
    for names in (("stdout",), ("stderr",), ("stdout", "stderr")):
        outputs = [out for out in printed if out["name"] in names]
        for out, text in zip(outputs, redactor.pieces([out["text"] for out in outputs]), strict=True):
            out["text"] = text
    return redacted


class OutputLimits:
    """Counts what one notebook put out, and says how much of the next piece is kept."""

    def __init__(
        self, max_stream_characters: int = MAX_STREAM_CHARACTERS, max_output_bytes: int = MAX_OUTPUT_BYTES
    ) -> None:
        self._max_stream_characters = max_stream_characters
        self._max_output_bytes = max_output_bytes
        self._stream_characters = 0
        self._output_bytes = 0
        self.dropped_stream_characters = 0
        self.dropped_outputs = 0

    def keep_of_stream(self, text: str) -> str:
        """The part of a printed text that is still within the limit."""
        kept = text[: max(self._max_stream_characters - self._stream_characters, 0)]
        self._stream_characters += len(kept)
        self.dropped_stream_characters += len(text) - len(kept)
        return kept

    def keeps_output(self, output: NotebookNode) -> bool:
        """Whether a figure or other display is still within the limit."""
        size = _BYTES_PER_OUTPUT + size_bytes(output)
        if self._output_bytes + size > self._max_output_bytes:
            self.dropped_outputs += 1
            return False
        self._output_bytes += size
        return True

    def give_back(self, outputs: list[NotebookNode]) -> None:
        """Outputs were cleared (an animation, say), so that others may take their place; printed text stays counted."""
        cleared = sum(_BYTES_PER_OUTPUT + size_bytes(out) for out in outputs if out.output_type != "stream")
        self._output_bytes = max(self._output_bytes - cleared, 0)

    def forget_dropped(self) -> None:
        """Start counting what is dropped anew, after a marker told of it."""
        self.dropped_stream_characters = self.dropped_outputs = 0

    def marker(self) -> str | None:
        """What was dropped, as a line of text; None if nothing was."""
        parts = []
        if self.dropped_stream_characters:
            limit = f"a notebook may print {self._max_stream_characters}"
            parts.append(f"{self.dropped_stream_characters} printed characters ({limit})")
        if self.dropped_outputs:
            limit = f"the limit is {self._max_output_bytes} bytes per notebook"
            parts.append(f"{self.dropped_outputs} outputs ({limit})")
        return f"[pdr: not kept: {' and '.join(parts)}]" if parts else None
