"""Evaluates one notebook in a kernel of its own, by papermill's engine, and tells a listener what happens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from papermill.engines import NBClientEngine, NotebookExecutionManager

from pynb_dag_runner.dag.parameters import Json
from pynb_dag_runner.notebook.client import KERNEL_DIED, Evaluation, EvaluationClient, NotebookListener
from pynb_dag_runner.notebook.failure import CellFailure
from pynb_dag_runner.notebook.kernel import new_kernel_manager
from pynb_dag_runner.notebook.source import cell_lines, load_notebook, with_parameters

__all__ = ["KERNEL_DIED", "EvaluatedNotebook", "NotebookListener", "execute_notebook"]


@dataclass(frozen=True)
class EvaluatedNotebook:
    """A notebook with its outputs, and why it did not reach its end.

    ``kernel_died`` says that the process of the kernel ended on its own or was killed; ``failure`` then has the type
    ``KernelDied`` and says how.
    """

    notebook: NotebookNode
    failure: CellFailure | None
    kernel_died: bool


def execute_notebook(
    path: Path,
    parameters: Mapping[str, Json],
    *,
    env: Mapping[str, str],
    socket_dir: Path,
    listener: NotebookListener,
    name: str | None = None,
    kernel_server: Path | None = None,
) -> EvaluatedNotebook:
    """Evaluate the notebook at ``path`` in a new kernel.

    The kernel's folder is that of the notebook, its environment ``env`` and nothing else. ``socket_dir`` is a private
    folder for the kernel's sockets. ``name`` is how messages call the notebook (default: its path). No other file is
    written. Neither this process's folder nor its event loop is touched.

    Raises:
        PipelineError: the notebook is missing or unreadable, or declares no parameters though some are given.
        EngineError: a kernel cannot be started at all.
    """
    path = path.absolute()
    notebook = with_parameters(load_notebook(path), parameters)
    evaluation = Evaluation(
        path=path,
        name=name or str(path),
        lines=cell_lines(path, notebook),
        env=env,
        socket_dir=socket_dir,
        listener=listener,
        kernel_server=kernel_server,
    )
    _Engine.execute_notebook(
        notebook,
        "python3",
        output_path=None,
        progress_bar=False,
        autosave_cell_every=0,
        evaluation=evaluation,
    )
    return EvaluatedNotebook(notebook, evaluation.failure, evaluation.kernel_died)


class _Engine(NBClientEngine):  # type: ignore[misc]
    """papermill's engine, with our own client and kernel."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, *, evaluation: Evaluation, **options: object
    ) -> None:
        """Evaluate all cells; called by papermill between its notes about start and end."""
        with new_kernel_manager(evaluation.socket_dir, evaluation.kernel_server) as manager:
            client = EvaluationClient(nb_man, evaluation, manager, kernel_name=kernel_name)
            _run(client.evaluate())


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run in a new event loop: here, or in another thread if this one runs a loop already (as in Jupyter)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(coroutine)
    else:
        with ThreadPoolExecutor(max_workers=1) as executor:
            executor.submit(asyncio.run, coroutine).result()
