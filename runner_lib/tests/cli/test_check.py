"""The verb ``pdr check``, as the command that people type."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

GOOD = """\
from pynb_dag_runner import Pipeline


def build(environment: str = "dev") -> Pipeline:
    pipeline = Pipeline("p")
    first = pipeline.notebook("a", parameters={"size": {"dev": 1, "ci": 2}[environment]})
    pipeline.notebook("b", needs=[first], id="b")
    return pipeline
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pipeline.py").write_text(GOOD)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "a.py").write_text('# %% tags=["parameters"]\nsize: int = 1\n')
    (tmp_path / "notebooks" / "b.py").write_text("# %%\nprint(1)\n")
    return tmp_path


def check(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``pdr check`` in a process of its own."""
    command = [sys.executable, "-m", "pynb_dag_runner", "check", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def test_nothing_wrong(project: Path) -> None:
    ended = check(project, "--environment", "ci")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "OK: 2 tasks, 1 edge\n", "")


def test_all_problems_are_printed(project: Path) -> None:
    (project / "notebooks" / "a.py").write_text('# %% tags=["parameters"]\nsizes: int = 1\n')
    (project / "notebooks" / "b.py").write_text("# %%\nx = 1\nprint(\n")
    ended = check(project)
    assert ended.returncode == 2
    first, second = ended.stdout.splitlines()
    assert first.startswith("pipeline.py:6: error: task a[size=1]: ")
    assert "did you mean sizes?" in first
    assert second.startswith("notebooks/b.py:3: error: ")
    assert ended.stderr == ""


def test_broken_pipeline(project: Path) -> None:
    (project / "pipeline.py").write_text("1 / 0\n")
    ended = check(project)
    assert (ended.returncode, ended.stdout) == (2, "pipeline.py:1: error: ZeroDivisionError: division by zero\n")


def test_neither_ray_nor_a_kernel_nor_a_server_is_imported(project: Path) -> None:
    program = (
        "import sys; from pynb_dag_runner.cli.main import main; code = main(['check']);"
        "print([name for name in ('ray', 'papermill', 'nbclient', 'IPython', 'zmq', 'tornado') if name in sys.modules], code)"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[] 0"
