"""Folders for Unix sockets, whose paths are short: Linux allows 107 bytes, macOS 103."""

from __future__ import annotations

import os
import tempfile

from pynb_dag_runner.errors import EngineError

LONGEST_SOCKET_PATH = 103


def short_temporary_folder(below_bytes: int) -> str:
    """A folder for temporary files in which a socket's path fits that goes on for ``below_bytes`` more bytes.

    That of the user where it is short enough; the one that macOS gives each user often is not.

    Raises:
        EngineError: there is none.
    """
    for folder in (tempfile.gettempdir(), "/tmp"):
        if len(os.fsencode(folder)) + below_bytes <= LONGEST_SOCKET_PATH and os.access(folder, os.W_OK):
            return folder
    raise EngineError(
        f"no folder for temporary files has a path short enough for sockets (at most {LONGEST_SOCKET_PATH - below_bytes} "
        "bytes): set TMPDIR to a shorter one"
    )
