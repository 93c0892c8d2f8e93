"""GitHub's own parser of workflows and its own evaluation of expressions, in a Node program that answers line by line."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from actions_emulation.errors import EmulationError

_FOLDER = Path(__file__).parents[1]
_PROGRAM = Path(__file__).with_name("official.mjs")
STRICT = "$strict"
"""Key of a context: names that may be missing. All others that are missing are errors."""


class Official:
    """The Node program, for as long as the block runs; ``folder`` takes its bundle."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Official:
        bundle = self._folder / "official.cjs"
        # Node 20 cannot import the JSON files of these packages as they are.
        options = ("--bundle", "--platform=node", "--format=cjs", "--target=node20", "--log-level=warning")
        esbuild = str(_FOLDER / "node_modules/.bin/esbuild")
        subprocess.run([esbuild, str(_PROGRAM), *options, f"--outfile={bundle}"], check=True)
        self._process = subprocess.Popen(
            ["node", bundle], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.communicate()

    def parse(self, name: str, content: str) -> dict[str, Any]:
        """The workflow as plain data; what is an expression is ``{"$expression": text}``.

        Raises:
            EmulationError: GitHub's parser finds it wrong.
        """
        answer = self._ask({"do": "parse", "name": name, "content": content}, name)
        return dict(answer["workflow"])

    def evaluate(
        self, expression: str, contexts: Mapping[str, Any], status: Mapping[str, bool], workspace: Path | None = None
    ) -> tuple[Any, str]:
        """The value of an expression, and its text; ``status`` are the functions ``success()`` and so on.

        With ``workspace`` there is ``hashFiles()``, too.

        Raises:
            EmulationError: it is wrong, or wants what is in none of the contexts.
        """
        folder = None if workspace is None else str(workspace)
        request = {"do": "evaluate", "expression": expression, "contexts": contexts, "status": status, "folder": folder}
        answer = self._ask(request, f"${{{{ {expression} }}}}")
        return answer["value"], answer["text"]

    def _ask(self, request: Mapping[str, Any], what: str) -> dict[str, Any]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        with self._lock:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
        if "errors" in answer:
            raise EmulationError(f"{what}: {'; '.join(answer['errors'])}")
        return answer


def strict(value: Any, absent: tuple[str, ...] = ()) -> Any:
    """A copy of a context in which missing names are errors, apart from ``absent`` ones at its top."""
    if isinstance(value, dict):
        return {STRICT: list(absent), **{name: strict(inner) for name, inner in value.items()}}
    return [strict(one) for one in value] if isinstance(value, list) else value


def truth(value: Any) -> bool:
    """What GitHub takes for true."""
    return value not in (None, False, 0, "")
