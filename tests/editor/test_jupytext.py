"""Notebooks of a generated project in Jupyter: opened, run and saved without a trace in git but what a person wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

SCRIPTS = Path(sys.executable).parent
_SESSION = Path(__file__).with_name("jupyter_session.py")


def notebooks(project: Path) -> list[Path]:
    """The notebooks of a project."""
    found = sorted((project / "notebooks").glob("*.py"))
    assert found
    return found


def test_through_ipynb_and_back_a_notebook_is_the_same(
    project: Path, machine: Mapping[str, str], tmp_path: Path
) -> None:
    """Jupytext's own program, with the project's settings."""
    folder = tmp_path / "project"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "pyproject.toml").write_bytes((project / "pyproject.toml").read_bytes())
    for notebook in notebooks(project):
        copy = folder / "notebooks" / notebook.name
        copy.write_bytes(notebook.read_bytes())
        stored = copy.with_suffix(".ipynb")
        jupytext = [str(SCRIPTS / "jupytext"), "--quiet", "--to"]
        subprocess.run([*jupytext, "ipynb", str(copy)], cwd=folder, env=dict(machine), check=True)
        content = json.loads(stored.read_text(encoding="utf-8"))
        for cell in content["cells"]:
            cell["metadata"]["execution"] = {"iopub.status.busy": "2026-01-01"}
            if cell["cell_type"] == "code":
                cell["execution_count"] = 7
                cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "an output"}]
        content["metadata"]["language_info"] = {"name": "python", "version": "3.11.7"}
        stored.write_text(json.dumps(content), encoding="utf-8")
        copy.unlink()
        subprocess.run([*jupytext, "py:percent", str(stored)], cwd=folder, env=dict(machine), check=True)
        assert copy.read_text(encoding="utf-8") == notebook.read_text(encoding="utf-8")


def test_git_takes_no_notebook_with_outputs(project: Path, machine: Mapping[str, str]) -> None:
    names = ["notebooks/ingest.ipynb", "notebooks/old/a b.ipynb", "notebooks/.ipynb_checkpoints/ingest-checkpoint.py"]
    command = ["git", "check-ignore", "--no-index", *names, "notebooks/ingest.py"]
    ended = subprocess.run(command, cwd=project, env=dict(machine), capture_output=True, text=True, check=True)
    assert ended.stdout.replace('"', "").splitlines() == names


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with JupyterLab's server, which a project does not bring."""
    folder = tmp_path_factory.mktemp("jupyter")
    packages = ["jupyter-server", "jupytext", "nbclient"]
    uv = str(SCRIPTS / "uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, "--clear", str(folder)], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), *packages], check=True)
    return folder / "bin" / "python"


@pytest.mark.system
def test_a_notebook_is_opened_run_and_saved(
    project: Path, starter: str, machine: Mapping[str, str], jupyter: Path, tmp_path: Path
) -> None:
    environment = {**machine, "JUPYTER_PATH": str(tmp_path / "share" / "jupyter"), "HOME": str(tmp_path)}
    kernel = [sys.executable, "-m", "ipykernel", "install", "--prefix", str(tmp_path), "--name", "python3"]
    subprocess.run(kernel, env=environment, check=True, capture_output=True)
    name = "notebooks/ingest.py" if starter == "mnist-digits" else "notebooks/plain.py"
    copy = tmp_path / "project"
    for file in ("pyproject.toml", ".gitignore"):
        (copy / "notebooks").mkdir(parents=True, exist_ok=True)
        (copy / file).write_bytes((project / file).read_bytes())
    source = project / name
    if source.exists():
        text = source.read_text(encoding="utf-8")
    else:
        head = notebooks(project)[0].read_text(encoding="utf-8").partition("# %%")[0]
        text = f'{head}# %%\nprint("an output")\n\n# %% tags=["a"]\n1 + 1\n'
    (copy / name).write_text(text, encoding="utf-8")
    git = {"cwd": copy, "env": environment, "check": True, "capture_output": True, "text": True}
    for arguments in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *arguments], **git)  # type: ignore[call-overload]

    ended = subprocess.run(
        [jupyter, _SESSION, name],
        cwd=copy,
        env={**environment, "PYTHONPATH": os.pathsep.join([str(project / "src")])},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told = json.loads(ended.stdout)
    assert told["outputs"] >= 2
    assert told["cells_again"] == told["cells"]
    assert (copy / name).read_text(encoding="utf-8") == text
    status = subprocess.run(["git", "status", "--porcelain"], **git).stdout  # type: ignore[call-overload]
    assert [line for line in status.splitlines() if not line.startswith("A  ")] == []
