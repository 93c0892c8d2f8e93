"""Linters that others make: zizmor for security, check-jsonschema for structure, shellcheck for the scripts inside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from workflow_gates.files import Workflow

_BIN = Path(sys.executable).parent
# As GitHub starts `shell: bash`.
_SHELL = "#!/bin/bash\nset -eo pipefail\n"


def _run(*command: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, encoding="utf-8")


def zizmor(folder: Path) -> list[str]:
    """Findings in a ``.github`` folder, without those that a comment in the file excuses."""
    result = _run(
        _BIN / "zizmor",
        *("--offline", "--persona=pedantic", "--collect=all", "--strict-collection", "--no-progress", "--quiet"),
        *("--format=json-v1", folder),
    )
    try:
        findings = json.loads(result.stdout)
    except ValueError:
        return [result.stderr.strip()]
    return [f"{finding['ident']}: {finding['desc']}" for finding in findings if not finding["ignored"]]


def schema(name: str, *paths: Path) -> list[str]:
    """What one of the schemas that check-jsonschema brings says of files."""
    result = _run(_BIN / "check-jsonschema", "--no-cache", "--output-format=json", f"--builtin-schema={name}", *paths)
    said = json.loads(result.stdout)
    problems = [*said.get("errors", []), *said.get("parse_errors", [])]
    assert bool(problems) == (result.returncode != 0), result.stdout
    return [json.dumps(problem) for problem in problems]


def shellcheck(text: str) -> list[str]:
    """What shellcheck says of the scripts of a workflow."""
    problems = []
    for step in Workflow(text).steps:
        if step.run:
            result = _run(_BIN / "shellcheck", "--norc", "--format=gcc", "-", stdin=_SHELL + step.run)
            problems += [f"{step.where}: {line}" for line in result.stdout.splitlines()]
    return problems
