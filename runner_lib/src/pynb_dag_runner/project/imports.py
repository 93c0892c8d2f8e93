"""Which third-party modules a project's notebooks import: what a kernel server imports beforehand."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import TaskType
from pynb_dag_runner.errors import PipelineError
from pynb_dag_runner.notebook.source import load_notebook

_NOT_SAFE_TO_FORK = {"torch", "tensorflow", "jax", "jaxlib", "cupy", "ray", "pyspark", "mxnet", "onnxruntime"}
"""These start threads or open devices that a forked process cannot use."""


def third_party_imports(pipeline: Pipeline, project_dir: Path) -> list[str]:
    """Modules outside the standard library and the project that notebooks, and the project's modules that they use, import.

    Imports inside functions count too. Notebooks that cannot be read are left out: checking tells what is wrong with them.
    """
    found: dict[str, None] = {}
    seen: set[Path] = set()
    sources = [
        source
        for path in dict.fromkeys(str(task.target) for task in pipeline if task.type is TaskType.NOTEBOOK)
        for source in _cells(project_dir / path)
    ]
    while sources:
        for module in _imported(sources.pop()):
            own = _own_file(module, project_dir)
            if own is not None:
                if own not in seen:
                    seen.add(own)
                    sources.append(own.read_text(encoding="utf-8", errors="replace"))
            elif _is_third_party(module, project_dir):
                found[module] = None
    return list(found)


def _cells(path: Path) -> Iterator[str]:
    try:
        notebook = load_notebook(path)
    except PipelineError:
        return
    for cell in notebook.cells:
        if cell.cell_type == "code":
            yield cell.source


def _imported(source: str) -> Iterator[str]:
    """Every module that the source imports, and what it imports from one, which may be a module too."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # IPython's own syntax, or a mistake that the notebook will show
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*")


def _own_file(module: str, project_dir: Path) -> Path | None:
    relative = Path(*module.split("."))
    for folder in (project_dir / "src", project_dir):
        for candidate in (folder / relative.with_suffix(".py"), folder / relative / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None


def _is_third_party(module: str, project_dir: Path) -> bool:
    top = module.split(".")[0]
    is_own = top == "pynb_dag_runner" or _own_file(top, project_dir) is not None
    return not is_own and top not in sys.stdlib_module_names and top not in _NOT_SAFE_TO_FORK
