"""What runs need and can share: Ray, a janitor, and a server that forks kernels. One run has its own, a session keeps them."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from pynb_dag_runner.conventions import Variable
from pynb_dag_runner.dag.pipeline import Pipeline
from pynb_dag_runner.execution.janitor import janitor, note_run
from pynb_dag_runner.execution.ray_cluster import RayCluster
from pynb_dag_runner.execution.task_environment import allowed, with_sources
from pynb_dag_runner.execution.workers import RayWorkers
from pynb_dag_runner.notebook.server_start import kernel_server
from pynb_dag_runner.project.imports import third_party_imports

_CLUSTER_TIMEOUT_S = 60.0
_JANITOR_LIMIT_S = 20.0
_OWN_MODULES = ("pynb_dag_runner.tracking.task", "pynb_dag_runner.runlog.attempt_log", "pynb_dag_runner.runlog.writer")
"""Parts of this library that a notebook loads when it records something."""

FORKED, FRESH = "forked", "fresh"


class WarmParts:
    """Workers that are starting, or those of a cluster that is up; in the end they and all they left are gone.

    ``mark`` is what the processes carry: a run's id, or that of a session, which must tell of its runs by :meth:`begin_run`.
    """

    def __init__(self, address: str, mark: str, kernels: str = FORKED) -> None:
        self._mark = mark
        self._kernels = kernels
        self._stack = contextlib.ExitStack()
        self._server = contextlib.ExitStack()
        self._sockets: list[Path] = []
        self._stage_of: dict[str, int] = {}
        self._imported: set[str] = set()
        self._environment: dict[str, str] = {}
        self._janitor: subprocess.Popen[bytes] | None = None
        self.cluster = RayCluster(address, mark)
        self.workers = RayWorkers(self.cluster)

    def __enter__(self) -> WarmParts:
        with contextlib.ExitStack() as on_failure:
            self._janitor = on_failure.enter_context(janitor(self._mark, str(self.cluster.folder or "")))
            on_failure.callback(self.cluster.stop)
            on_failure.callback(self.workers.close)
            self.cluster.start()
            if not self.cluster.is_ours:
                # A wrong address must not leave a run log behind; a cluster that is up answers at once.
                self.cluster.wait_until_started(_CLUSTER_TIMEOUT_S)
            on_failure.callback(self._server.close)
            self._stack = on_failure.pop_all()
        return self

    def __exit__(
        self, type: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def wait_until_clean(self) -> None:
        """After the end: wait until the janitor has looked for what was left. A process that goes on cannot leave it alone."""
        if self._janitor is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._janitor.wait(_JANITOR_LIMIT_S)

    def begin_run(self, run_id: str) -> None:
        """One more run whose processes and folders the janitor ends, should this process not come to it."""
        if self._janitor is not None:
            note_run(self._janitor, run_id)

    def kernel_sockets(self, pipeline: Pipeline, project_dir: Path) -> Mapping[str, Path]:
        """For each notebook, where forking is safe, the socket of a server that forks kernels for it.

        Its imports overlap with Ray's start, and those of later notebooks with earlier notebooks. A server stays as long as it has
        imported what the notebooks import.
        """
        folder = self.cluster.folder
        if folder is None or self._kernels != FORKED or sys.platform != "linux":
            return {}
        imports = third_party_imports(pipeline, project_dir)
        if not imports:
            return {}
        environment = {
            # As Ray sets it for a task with one processor; it also keeps numerical libraries from starting threads.
            "OMP_NUM_THREADS": "1",
            **with_sources(allowed(os.environ), project_dir.absolute()),
            Variable.RUN_MARK: self._mark,
        }
        stages, stage_of = import_stages(_OWN_MODULES, imports)
        modules = set(itertools.chain(*stages))
        if not self._sockets or not self._imported.issuperset(modules) or self._environment != environment:
            self._server.close()
            self._sockets = self._server.enter_context(kernel_server(folder, stages, environment))
            self._stage_of, self._imported, self._environment = stage_of, modules, environment
        # A notebook that the server was not told of imports what others do.
        return {notebook: self._sockets[self._stage_of.get(notebook, -1)] for notebook in imports}


def import_stages(own: Sequence[str], imports: Mapping[str, Sequence[str]]) -> tuple[list[list[str]], dict[str, int]]:
    """What a kernel server imports for each notebook after what it has imported for those before, and which stage completes it.

    ``own`` are modules for all of them; ``imports`` are those of each notebook.
    """
    stages = [list(own)]
    stage_of: dict[str, int] = {}
    for notebook, modules in imports.items():
        known = set(itertools.chain(*stages))
        new = [module for module in modules if module not in known]
        if new and stage_of:
            stages.append(new)
        else:
            stages[-1] += new
        stage_of[notebook] = len(stages) - 1
    return stages, stage_of
