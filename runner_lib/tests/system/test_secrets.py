"""A secret, said everywhere it can be said, is nowhere in run log, expanded files and terminal."""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kernel_kinds import OWN_KIND, both_kernels
from pipeline_project import HANG_S, PDR_RUN, EndedRun, PipelineProject

pytestmark = pytest.mark.system

_SECRET = "hunter2+/hunter2=&<b>"

_PIPELINE = """
import logging
from opentelemetry import trace

def says():
    secret = os.environ[NAME]
    print("printed", secret, flush=True)
    logging.getLogger("user").warning("logged %s", secret)
    for piece in (secret[:6], secret[6:] + chr(10)):
        os.write(1, piece.encode())
        time.sleep(0.4)
    subprocess.run(["printenv", NAME], check=True)
    task = current_task()
    task.log_value("value", {secret: [secret]})
    task.log_text("report.md", f"text {secret}")
    task.log_artifact("blob.bin", b"x" * 8_388_600 + secret.encode() + b"y" * 100)
    with trace.get_tracer("user").start_as_current_span(f"span {secret}", attributes={"secret": secret}):
        pass
    raise ValueError(f"raised {secret}")

NAME = os.environ["WHICH"]

def build(environment):
    pipeline = Pipeline("secrets")
    named = [os.environ["NAMED"]] if "NAMED" in os.environ else []
    pipeline.function(says, secrets=named)
    pipeline.notebook("says", id="notebook", secrets=named)
    pipeline.command(["sh", "-c", f'echo "a command ${NAME}"; echo "${NAME}" >&2; exit 3'], name="command", secrets=named)
    return pipeline
"""

_NOTEBOOK = f"# %%\nimport os\nprint({OWN_KIND})\n" + """\
from IPython.display import HTML, display
from matplotlib import pyplot
secret = os.environ.get("LOGIN_PHRASE", "")
print("printed", secret)
display(HTML(f"<i>{secret}</i>"))
figure, axes = pyplot.subplots()
axes.set_title("a figure")
pyplot.show()
{"drawn": secret}
# %%
raise ValueError(f"raised {secret}")
"""


def _everything(project: PipelineProject, run: EndedRun) -> dict[str, bytes]:
    """Run log, expanded files, and what was printed by ``run``, ``show`` and ``expand``, by their names."""
    said = {"run": run.printed.encode(), "run log": run.path.read_bytes()}
    to = project.folder / "expanded"
    shutil.rmtree(to, ignore_errors=True)
    for verb in (["show"], ["show", "--format", "markdown"], ["show", "--format", "json"], ["expand", "--to", str(to)]):
        done = subprocess.run(
            [sys.executable, "-m", "pynb_dag_runner", *verb],
            cwd=project.folder,
            capture_output=True,
            timeout=HANG_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said[" ".join(verb)] = done.stdout + done.stderr
    files = [path for path in to.rglob("*") if path.is_file()]
    assert files
    return said | {str(path.relative_to(to)): path.read_bytes() for path in files}


def _leaks(said: dict[str, bytes], secret: str) -> list[str]:
    forms = {
        secret.encode(),
        base64.b64encode(secret.encode()),
        secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode(),
    }
    return [name for name, content in said.items() if any(form in content for form in forms)]


@both_kernels
def test_a_secret_is_nowhere(project: PipelineProject) -> None:
    project.command = PDR_RUN
    project.pipeline(_PIPELINE)
    project.write("notebooks/says.py", _NOTEBOOK)
    run = project.run(WHICH="LOGIN_PHRASE", LOGIN_PHRASE=_SECRET, NAMED="LOGIN_PHRASE")
    assert run.exit_code == 1
    assert run.results() == {"says": "failure", "notebook": "failure", "command": "failure"}
    assert run.output("notebook").startswith(f"{project.kernels}\n")
    said = _everything(project, run)
    assert _leaks(said, _SECRET) == []
    assert b"[redacted:LOGIN_PHRASE]" in said["run log"]
    assert run.output("command").strip() == "a command [redacted:LOGIN_PHRASE]"
    assert "raised [redacted:LOGIN_PHRASE]" in (run.attempt("notebook").message or "")


@both_kernels
def test_without_redaction_it_would_be_everywhere(project: PipelineProject) -> None:
    """The same pipeline with a value that nobody called a secret: so the test above can fail."""
    project.pipeline(
        _PIPELINE.replace("os.environ[NAME]", repr(_SECRET)).replace('["printenv", NAME]', f'["echo", {_SECRET!r}]')
    )
    project.write("notebooks/says.py", _NOTEBOOK.replace('os.environ.get("LOGIN_PHRASE", "")', repr(_SECRET)))
    run = project.run(WHICH="LOGIN_PHRASE")
    leaks = _leaks(_everything(project, run), _SECRET)
    assert {"run", "run log", "show"} <= set(leaks)
    assert any(name.endswith(".ipynb") for name in leaks)
    assert any(name.endswith(".html") for name in leaks)
    assert any(Path(name).name == "stdout.txt" for name in leaks)
