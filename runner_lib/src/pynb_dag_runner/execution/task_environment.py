"""The environment variables that a task sees: a short list of harmless ones, those it names as secrets, and our own."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from fnmatch import translate
from functools import cache, lru_cache
from pathlib import Path

from pynb_dag_runner.conventions import Variable
from pynb_dag_runner.execution.requests import CONTEXT_FILE, AttemptRequest

ALLOWED = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TMPDIR", "TERM", "NO_COLOR"),
    *("PYTHON*", "VIRTUAL_ENV", "CONDA_PREFIX", "LD_LIBRARY_PATH", "DYLD_*", "XDG_*", "MPLCONFIGDIR"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy"),
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "CI", "GITHUB_ACTIONS"),
)
"""Patterns of the variables that every task sees as they are on its node."""
_IS_ALLOWED = lru_cache(1024)(re.compile("|".join(map(translate, ALLOWED))).match)


def task_environment(request: AttemptRequest, on_node: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of an attempt's processes on a node whose own environment is ``on_node``."""
    return {
        **with_sources(allowed(on_node), request.project_dir),
        **request.secrets,
        Variable.TRACEPARENT: request.traceparent,
        Variable.SPOOL_DIR: str(request.work_dir),
        Variable.CONTEXT: str(request.work_dir / CONTEXT_FILE),
        Variable.OUTPUT_DIR: request.context.outputs_dir,
        Variable.SECRETS: ",".join(request.secrets),
        Variable.ATTEMPT_MARK: request.mark,
        Variable.TRACER_PROVIDER: "pdr",
    }


def allowed(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that every task may see; a debugger that Ray has set in its workers is none of it."""
    return {name: value for name, value in environment.items() if name != "PYTHONBREAKPOINT" and _IS_ALLOWED(name)}


@cache
def keep_allowed() -> None:
    """Remove from this process, which only makes attempts, what no task may see; what belongs to Ray stays.

    Else it would be removed for each attempt, and come back after it. Once is enough: attempts leave the environment as it was.
    """
    for name in os.environ.keys() - allowed(os.environ).keys():
        if not name.startswith("RAY_"):
            del os.environ[name]


def with_sources(environment: Mapping[str, str], project_dir: Path) -> dict[str, str]:
    """The environment, such that ``python`` is the Python of this run and imports what ``pipeline.py`` can import."""
    extended = dict(environment)
    extended["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", os.defpath)])
    source_dir = project_dir / "src"
    if source_dir.is_dir():
        inherited = environment.get("PYTHONPATH")
        extended["PYTHONPATH"] = os.pathsep.join([str(source_dir), *([inherited] if inherited else [])])
    return extended
