"""What all tests of the library share."""

import pytest
from collecting import there
from recording import record_run, start_recording

__all__ = ["record_run", "start_recording", "there"]


@pytest.fixture(autouse=True)
def terminal_of_any_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Output goes to a pipe, which has no width, whatever terminal or runner of tests is around."""
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("LINES", raising=False)
