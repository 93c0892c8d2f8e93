"""Ray's start in a process of its own, where it does not work at once."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pipeline_project import HANG_S

_IMPORTS_TWICE = """
import sys
from pynb_dag_runner.execution.ray_start import imported_ray

sys.modules["ray._private.worker"] = None
try:
    imported_ray()
except ImportError as error:
    print(error.name)
print(imported_ray()._private.worker.global_worker.mode)
"""


@pytest.mark.slow
def test_import_that_failed_can_be_made_again() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTS_TWICE], capture_output=True, text=True, timeout=HANG_S, check=False
    )
    assert done.stdout.split() == ["ray._private.worker", "None"], done.stderr
