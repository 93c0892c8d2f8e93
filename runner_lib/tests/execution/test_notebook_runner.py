"""Notebooks in a worker process without Ray, in real kernels: what comes back, whatever happens to the kernel."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from kernel_kinds import OWN_KIND, both_kernels

from pynb_dag_runner.conventions import Result, Variable
from pynb_dag_runner.dag.task import TaskType
from pynb_dag_runner.execution.task_environment import allowed, with_sources
from pynb_dag_runner.execution.warm import FORKED
from pynb_dag_runner.notebook.server_start import kernel_server
from pynb_dag_runner.runlog.reader import artifact_content

MakeAttempt = Callable[..., Any]
pytestmark = pytest.mark.slow

SECRET = "hunter2-hunter2"


@pytest.fixture
def server(attempt_request: Any, kernels: str) -> Iterator[Path | None]:
    """The socket of a kernel server with the environment that a run would give it; None where kernels are fresh."""
    with contextlib.ExitStack() as stack:
        socket = None
        if kernels == FORKED:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pdr-test-"))  # sockets need a short path
            environment = with_sources(allowed(os.environ), attempt_request.project_dir)
            (socket,) = stack.enter_context(kernel_server(Path(folder), [[]], environment))
        yield socket


@pytest.fixture
def evaluate(attempt_request: Any, make_attempt: MakeAttempt, server: Path | None) -> Callable[..., Any]:
    """``evaluate(source)`` makes an attempt of a notebook with this text."""

    def make(source: str, **options: Any) -> Any:
        (attempt_request.project_dir / "notebooks").mkdir()
        (attempt_request.project_dir / "notebooks/nb.py").write_text(source)
        return make_attempt(TaskType.NOTEBOOK, "notebooks/nb.py", kernel_server=server, **options)

    return make


def _notebook(made: Any) -> dict[str, Any]:
    """The notebook as it was recorded."""
    path = made.request.spool_dir.parent / "joined.otlp.jsonl"
    content: dict[str, Any] = json.loads(b"".join(artifact_content(path, made.recorded.notebook)))
    return content


def _code(made: Any) -> list[dict[str, Any]]:
    return [cell for cell in _notebook(made)["cells"] if cell["cell_type"] == "code"]


def _marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(Variable.ATTEMPT_MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


@both_kernels
def test_kernel_is_of_the_kind_that_was_asked_for(evaluate: Callable[..., Any], kernels: str) -> None:
    assert evaluate(f"# %%\nimport os\nprint({OWN_KIND})\n").output() == f"{kernels}\n"


@both_kernels
def test_success(evaluate: Callable[..., Any]) -> None:
    made = evaluate(
        '# %% tags=["parameters"]\nsize: int = 1\n# %%\nprint("size", size)\n# %%\nsize * 2\n',
        parameters={"size": 21},
    )
    assert made.outcome.result is Result.SUCCESS
    assert made.output() == "size 21\n"
    assert _code(made)[-1]["outputs"][0]["data"]["text/plain"] == "42"
    assert [cell.failed for cell in made.recorded.cells] == [False] * 4
    assert not _marked(made.request.mark)


@both_kernels
def test_failing_cell_is_found_in_the_source(evaluate: Callable[..., Any]) -> None:
    made = evaluate('# %%\nprint("one")\n\n# %%\n# a comment\nvalue = 1\nvalue / 0\n\n# %%\nprint("three")\n')
    assert made.outcome.result is Result.FAILURE
    assert str(made.outcome.location) == "notebooks/nb.py:7"
    assert made.outcome.message == "ZeroDivisionError: division by zero"
    first, second, third = _code(made)
    assert first["outputs"][0]["text"] == "one\n"
    assert second["outputs"][-1]["ename"] == "ZeroDivisionError"
    assert third["outputs"] == []


_HANGS = """\
# %%
print("first")
# %%
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
code = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
subprocess.Popen(["sleep", "600"])
print("second", flush=True)
# %%
{hangs}
"""


@both_kernels
@pytest.mark.parametrize(
    "hangs", ["time.sleep(600)", "import re; re.match('(a+)+$', 'a' * 40 + 'b')", "while True: pass"]
)
def test_time_limit_keeps_what_was_evaluated_and_ends_kernel_and_grandchildren(
    evaluate: Callable[..., Any], hangs: str
) -> None:
    made = evaluate(_HANGS.format(hangs=hangs), timeout_s=3)
    assert made.outcome.result is Result.TIMEOUT
    assert made.outcome.message == "stopped at its time limit of 3 s"
    assert str(made.outcome.location) == "notebooks/nb.py:11"
    first, second, third = _code(made)
    assert first["outputs"][0]["text"] == "first\n"
    assert second["outputs"][0]["text"] == "second\n"
    assert third["outputs"][-1]["ename"] == "Timeout"
    assert not _marked(made.request.mark)


@both_kernels
def test_killed_kernel_is_an_error_of_the_system(evaluate: Callable[..., Any]) -> None:
    made = evaluate('# %%\nprint("first")\n# %%\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n')
    assert made.outcome.result is Result.ERROR
    assert "SIGKILL" in made.outcome.message
    assert _code(made)[0]["outputs"][0]["text"] == "first\n"


_SAYS_SECRET = """\
# %%
import os, sys, time
from IPython.display import HTML, display
from pynb_dag_runner import current_task
secret = os.environ["DATABASE_PASSWORD"]
print("secret:", secret)
sys.stdout.write(secret[:5]); sys.stdout.flush(); time.sleep(0.3); sys.stdout.write(secret[5:] + "\\n")
display(HTML(f"<b>{secret}</b>"))
task = current_task()
task.log_value("value", {"nested": [secret]})
task.log_text("report.md", f"it is {secret}")
task.log_artifact("blob.bin", b"before " + secret.encode() + b" after")
secret
# %%
raise ValueError(f"cannot log in with {secret}")
"""


@both_kernels
def test_secret_is_nowhere(evaluate: Callable[..., Any]) -> None:
    made = evaluate(_SAYS_SECRET, secrets={"DATABASE_PASSWORD": SECRET})
    assert made.outcome.result is Result.FAILURE
    assert SECRET not in made.outcome.message
    assert SECRET not in made.text
    for artifact in made.recorded.artifacts:
        content = b"".join(artifact_content(made.request.spool_dir.parent / "joined.otlp.jsonl", artifact))
        assert SECRET.encode() not in content
        assert b"[redacted:DATABASE_PASSWORD]" in content
    for path in filter(Path.is_file, [*made.request.work_dir.iterdir(), *made.request.spool_dir.rglob("*")]):
        assert SECRET.encode() not in path.read_bytes()


@both_kernels
def test_secret_that_is_spread_over_outputs_is_found(evaluate: Callable[..., Any]) -> None:
    made = evaluate(
        """# %%
import os, sys, time
def say(text, stream=sys.stdout):
    print(text, end="", file=stream, flush=True)
    time.sleep(0.3)
secret = os.environ["DATABASE_PASSWORD"]
say(secret[:3]); say("between", sys.stderr); say(secret[3:9])
# %%
say(secret[9:])
""",
        secrets={"DATABASE_PASSWORD": SECRET},
    )
    texts = [(out["name"], out["text"]) for cell in _code(made) for out in cell["outputs"]]
    assert texts == [("stdout", "[redacted:DATABASE_PASSWORD]"), ("stderr", "between"), ("stdout", ""), ("stdout", "")]


@both_kernels
def test_without_the_secret_named_it_would_be_everywhere(
    evaluate: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the test above would notice a redactor that does nothing."""
    source = _SAYS_SECRET.replace('os.environ["DATABASE_PASSWORD"]', repr(SECRET))
    made = evaluate(source)
    assert SECRET in made.outcome.message
    assert SECRET in made.text


def test_missing_notebook_is_told(make_attempt: MakeAttempt) -> None:
    made = make_attempt(TaskType.NOTEBOOK, "notebooks/absent.py")
    assert made.outcome.result is Result.ERROR
    assert "absent.py" in made.outcome.message
