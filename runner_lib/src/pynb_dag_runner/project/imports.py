"""Which third-party modules a project's notebooks import: what a kernel server imports beforehand, and in which order."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterator
from pathlib import Path

from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.dag.task import TaskType
from pynb_dag_runner.errors import PipelineError
from pynb_dag_runner.notebook.source import load_notebook

_NOT_SAFE_TO_FORK = {"torch", "tensorflow", "jax", "jaxlib", "cupy", "ray", "pyspark", "mxnet", "onnxruntime"}
"""These start threads or open devices that a forked process cannot use."""

_KEPT = 256
"""Several notebooks use the same modules of the project; each source is read once."""


def third_party_imports(pipeline: Pipeline, project_dir: Path) -> dict[str, list[str]]:
    """For each notebook, in the order of the pipeline, what it and the project's modules that it uses import.

    These are modules outside the standard library and the project; imports inside functions count too. A notebook that cannot be
    read imports nothing: checking tells what is wrong with it.
    """
    notebooks = dict.fromkeys(str(task.target) for task in pipeline if task.type is TaskType.NOTEBOOK)
    return {path: _third_party_imports(list(_cells(project_dir / path)), project_dir) for path in notebooks}


def _third_party_imports(sources: list[str], project_dir: Path) -> list[str]:
    found: dict[str, None] = {}
    seen: set[Path] = set()
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


@functools.lru_cache(maxsize=_KEPT)
def _imported(source: str) -> list[str]:
    """Every module that the source imports, and what it imports from one, which may be a module too."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # IPython's own syntax, or a mistake that the notebook will show
        return []
    modules: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*")]
    return modules


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
