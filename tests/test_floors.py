"""What import-linter cannot say: which modules know OpenTelemetry's SDK."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "runner_lib" / "src" / "pynb_dag_runner"
WRITERS = {"runlog/writer.py", "tracking/provider.py"}
WRITING = ("opentelemetry.sdk", "opentelemetry.exporter")


def imported(module: Path) -> set[str]:
    """Names of all modules that a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update({node.module, *(f"{node.module}.{alias.name}" for alias in node.names)})
    return names


def test_only_writers_know_the_sdk_of_opentelemetry() -> None:
    knowing = {
        module.relative_to(SOURCE).as_posix()
        for module in SOURCE.rglob("*.py")
        if any(name.startswith(WRITING) for name in imported(module))
    }
    assert "runlog/writer.py" in knowing
    assert knowing <= WRITERS
