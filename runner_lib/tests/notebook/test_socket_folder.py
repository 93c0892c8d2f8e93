"""Sockets need short paths, whatever TMPDIR says."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from pynb_dag_runner.errors import EngineError
from pynb_dag_runner.notebook.socket_folder import LONGEST_SOCKET_PATH, short_temporary_folder


def test_folder_of_the_user_where_it_is_short_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    room = LONGEST_SOCKET_PATH - len(os.fsencode(tmp_path))
    assert short_temporary_folder(room) == str(tmp_path)
    assert short_temporary_folder(room + 1) == "/tmp"


def test_no_folder_is_short_enough() -> None:
    with pytest.raises(EngineError, match="set TMPDIR to a shorter one"):
        short_temporary_folder(LONGEST_SOCKET_PATH)
