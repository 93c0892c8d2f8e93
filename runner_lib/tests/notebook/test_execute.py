"""Notebooks evaluated in real kernels, as they are meant to be and as they should not be."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from pynb_dag_runner.errors import PipelineError
from pynb_dag_runner.notebook import client, execute
from pynb_dag_runner.notebook.execute import KERNEL_DIED

pytestmark = pytest.mark.slow

PARAMETERS = '# %% tags=["parameters"]\nsize: int = 1\nname = "none"\n'


def printed(evaluated: execute.EvaluatedNotebook, cell_index: int = -1) -> str:
    """What a cell of the notebook printed."""
    outputs = evaluated.notebook.cells[cell_index].outputs
    return "".join(output.text for output in outputs if output.output_type == "stream")


def test_parameters_and_events(bench: Any, listener: Any) -> None:
    text = 'é "quoted" \\ \n line'
    source = f"# %% [markdown]\n# # Title\n\n{PARAMETERS}\n# %%\nprint(size + 1, repr(name))\n"
    evaluated = bench.evaluate(source, {"size": 600, "name": text}, listener=listener)

    assert evaluated.failure is None
    assert not evaluated.kernel_died
    assert printed(evaluated) == f"601 {text!r}\n"
    assert listener.printed == [("stdout", f"601 {text!r}\n", 3)]
    assert listener.events == [
        ("started", 1, 5),
        ("ended", 1, 5, False),
        ("started", 2, None),
        ("ended", 2, None, False),
        ("started", 3, 9),
        ("ended", 3, 9, False),
    ]
    assert listener.copies[-1].cells == evaluated.notebook.cells
    nbformat.validate(evaluated.notebook)
    assert evaluated.notebook.metadata.papermill.parameters == {"size": 600, "name": text}


def test_kernel_sees_its_folder_and_the_given_variables_only(
    bench: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PDR_TEST_LEAK", "leaked")
    profile = tmp_path / "home" / ".ipython" / "profile_default" / "startup"
    profile.mkdir(parents=True)
    (profile / "00.py").write_text("from_profile = True")
    before = Path.cwd()
    evaluated = bench.evaluate(
        "# %%\nimport os\nprint(os.getcwd())\nprint('PDR_TEST_LEAK' in os.environ, os.environ['GIVEN'])\n"
        "print('from_profile' in globals())",
        env={"GIVEN": "yes", "HOME": str(tmp_path / "home"), "MPLBACKEND": "agg"},
    )
    assert printed(evaluated).splitlines() == [str(tmp_path / "notebooks"), "False yes", "False"]
    assert Path.cwd() == before


def test_kernel_opens_no_port_and_leaves_nothing(bench: Any, listener: Any, tmp_path: Path) -> None:
    connections: list[Any] = []
    listener.when_cell_started = lambda pid: connections.extend(psutil.Process(pid).net_connections(kind="inet"))
    bench.evaluate("# %%\nimport subprocess\nprint(subprocess.Popen(['sleep', '1000']).pid)", listener=listener)
    assert connections == []
    assert not psutil.pid_exists(listener.pid)
    assert list((tmp_path / "s").iterdir()) == []
    child = int(listener.printed[0][1])
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_failure_names_the_line_that_raised(bench: Any, listener: Any) -> None:
    source = "# %%\ndef check(value):\n    raise ValueError(f'bad \\x1b[31m{value}')\n\n\n# %%\nprint('on')\ncheck(3)\n"
    evaluated = bench.evaluate(source + "# %%\nprint('never')\n", listener=listener)
    failure = evaluated.failure
    assert failure is not None
    assert (failure.type, failure.message) == ("ValueError", "bad 3")
    assert (failure.cell_index, failure.file, failure.line) == (1, "notebooks/work.py", 3)
    assert "(notebooks/work.py:8)" in failure.stacktrace
    assert "\x1b" not in failure.stacktrace
    assert not evaluated.kernel_died
    assert [cell.execution_count for cell in evaluated.notebook.cells] == [1, 2, None]
    assert listener.events[-1] == ("ended", 1, 7, True)


def test_syntax_error_has_its_line(bench: Any) -> None:
    failure = bench.evaluate("# %%\nx = 1\n\n# %%\ny = 2\nz = = 3\n").failure
    assert (failure.type, failure.line) == ("SyntaxError", 6)


def test_cells_that_are_allowed_to_raise_or_to_be_left_out(bench: Any) -> None:
    evaluated = bench.evaluate(
        '# %% tags=["raises-exception"]\n1 / 0\n# %% tags=["skip-execution"]\n1 / 0\n# %%\nprint("on")\n'
    )
    assert evaluated.failure is None
    assert printed(evaluated) == "on\n"


@pytest.mark.parametrize(("code", "is_failure"), [("0", False), ("", False), ("'bad data'", True)])
def test_sys_exit(bench: Any, code: str, is_failure: bool) -> None:
    evaluated = bench.evaluate(f"# %%\nimport sys\nsys.exit({code})\n# %%\nprint('never')\n")
    assert (evaluated.failure is not None) is is_failure
    assert evaluated.notebook.cells[1].outputs == []


def test_killed_kernel_keeps_outputs(bench: Any, listener: Any) -> None:
    def kill_later(pid: int) -> None:
        def kill() -> None:
            while not listener.printed:
                time.sleep(0.01)
            os.kill(pid, signal.SIGKILL)

        threading.Thread(target=kill).start()

    listener.when_started = kill_later
    evaluated = bench.evaluate("# %%\nprint('before', flush=True)\nimport time\ntime.sleep(1000)\n", listener=listener)
    assert evaluated.kernel_died
    assert (evaluated.failure.type, evaluated.failure.cell_index) == (KERNEL_DIED, 0)
    assert "SIGKILL" in evaluated.failure.message
    assert printed(evaluated) == "before\n"
    assert evaluated.notebook.cells[0].outputs[-1].ename == KERNEL_DIED
    assert listener.events[-1] == ("ended", 0, 2, True)
    nbformat.validate(evaluated.notebook)


def test_kernel_killed_before_its_first_cell(bench: Any, listener: Any) -> None:
    listener.when_started = lambda pid: os.kill(pid, signal.SIGKILL)
    evaluated = bench.evaluate("# %%\nprint(1)\n", listener=listener)
    assert evaluated.kernel_died
    assert evaluated.failure.cell_index is None
    assert listener.events == []


def test_kernel_that_ends_itself(bench: Any) -> None:
    evaluated = bench.evaluate("# %%\nimport os\nos._exit(3)\n")
    assert evaluated.kernel_died
    assert "exited with code 3" in evaluated.failure.message


def test_crash_in_c_names_the_python_line(bench: Any) -> None:
    evaluated = bench.evaluate("# %%\nimport ctypes\nctypes.string_at(0)\n")
    assert evaluated.kernel_died
    assert "SIGSEGV" in evaluated.failure.message
    assert "string_at" in evaluated.failure.stacktrace


def test_printed_text_is_limited(bench: Any, listener: Any) -> None:
    evaluated = bench.evaluate(
        "# %%\nprint('x' * 50_000_000)\n# %%\nfor _ in range(20): print('y' * 1_000_000)\n", listener=listener
    )
    assert evaluated.failure is None
    kept = 10 * 1024 * 1024
    assert kept <= len(printed(evaluated, 0)) + len(printed(evaluated, 1)) < kept + 1000
    assert "39514241 printed characters" in printed(evaluated, 0)
    assert "20000020 printed characters" in printed(evaluated, 1)
    assert sum(len(text) for _, text, _ in listener.printed) < kept + 1000


def test_no_output_is_lost_when_it_comes_fast(bench: Any, listener: Any) -> None:
    evaluated = bench.evaluate("# %%\nfor i in range(5000): print(i, flush=True)\n", listener=listener)
    assert printed(evaluated) == "".join(f"{i}\n" for i in range(5000))
    assert len(evaluated.notebook.cells[0].outputs) == 1


def test_any_bytes_can_be_printed(bench: Any) -> None:
    evaluated = bench.evaluate(
        "# %%\nimport os, sys\nprint('\\x00\\ud800é')\nsys.stdout.flush()\nos.write(1, b'\\xff!\\n');\n"
    )
    assert printed(evaluated) == "\x00\ufffdé\n\ufffd!\n"
    nbformat.writes(evaluated.notebook).encode("utf-8")


def test_children_and_shells_print_into_the_notebook(bench: Any) -> None:
    evaluated = bench.evaluate(
        "# %%\nimport os\nif os.fork() == 0:\n    print('forked', flush=True)\n    os._exit(0)\nos.wait();\n# %%\n!echo shell\n"
    )
    assert printed(evaluated, 0) == "forked\n"
    assert printed(evaluated, 1) == "shell\n"


def test_overwritten_lines_of_a_progress_bar_are_dropped(bench: Any) -> None:
    evaluated = bench.evaluate("# %%\nfor i in range(3): print(f'\\r{i}/2', end='', flush=True)\nprint()\n")
    assert printed(evaluated) == "2/2\n"


def test_figures_are_kept(bench: Any) -> None:
    evaluated = bench.evaluate("# %%\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n")
    assert "image/png" in evaluated.notebook.cells[0].outputs[0].data


def test_animation_keeps_its_last_picture(bench: Any) -> None:
    evaluated = bench.evaluate(
        "# %%\nfrom IPython.display import HTML, clear_output, display\nfor i in range(200):\n"
        "    clear_output(wait=True)\n    display(HTML(f'{i}' + 'x' * 500_000))\n"
    )
    (output,) = evaluated.notebook.cells[0].outputs
    assert output.data["text/html"].startswith("199x")


def test_outputs_are_limited(bench: Any) -> None:
    evaluated = bench.evaluate(
        "# %%\nfrom IPython.display import HTML, display\nfor i in range(80): display(HTML('x' * 1_000_000))\n"
    )
    assert len(nbformat.writes(evaluated.notebook)) < 68_000_000
    assert "not kept: 13 outputs" in printed(evaluated)


def test_listener_gets_copies_while_a_cell_runs(bench: Any, listener: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "NOTIFY_INTERVAL_S", 0.2)

    def release() -> None:
        while not any("started" in str(copy.cells[0].outputs) for copy in listener.copies):
            time.sleep(0.01)
        (bench.folder / "notebooks" / "go").touch()

    thread = threading.Thread(target=release)
    thread.start()
    evaluated = bench.evaluate(
        "# %%\nimport os, time\nprint('started', flush=True)\nwhile not os.path.exists('go'): time.sleep(0.01)\n",
        listener=listener,
    )
    thread.join()
    assert evaluated.failure is None


def test_exit_handlers_run(bench: Any) -> None:
    bench.evaluate("# %%\nimport atexit, pathlib\natexit.register(pathlib.Path('left').touch);\n")
    assert (bench.folder / "notebooks" / "left").exists()


def test_works_inside_a_running_event_loop(bench: Any) -> None:
    async def inside() -> str:
        return printed(bench.evaluate("# %%\nimport asyncio\nawait asyncio.sleep(0)\nprint('ok')\n"))

    assert asyncio.run(inside()) == "ok\n"


def test_errors_of_a_listener_end_the_kernel(bench: Any, listener: Any) -> None:
    def refuse(pid: int) -> None:
        raise OSError("disk full")

    listener.when_cell_started = refuse
    with pytest.raises(OSError, match="disk full"):
        bench.evaluate("# %%\nprint(1)\n", listener=listener)
    assert not psutil.pid_exists(listener.pid)


def test_parameters_without_a_cell_for_them_are_refused(bench: Any) -> None:
    with pytest.raises(PipelineError, match="no cell has the tag 'parameters'"):
        bench.evaluate("# %%\nprint(1)\n", {"size": 1})


def test_missing_notebook(tmp_path: Path, listener: Any) -> None:
    with pytest.raises(PipelineError, match=r"there is no notebook .*none\.py"):
        execute.execute_notebook(tmp_path / "none.py", {}, env={}, socket_dir=tmp_path, listener=listener)


def test_kernel_that_the_listener_ended_says_why(bench: Any, listener: Any) -> None:
    def end(pid: int) -> None:
        listener.reason = "Timeout", "stopped at its time limit of 1 s"
        os.kill(pid, signal.SIGKILL)

    listener.when_cell_started = end
    evaluated = bench.evaluate("# %%\nimport time\ntime.sleep(1000)\n", listener=listener)
    assert evaluated.kernel_died
    assert evaluated.failure.type == "Timeout"
    (output,) = evaluated.notebook.cells[0].outputs
    assert (output.ename, output.evalue) == ("Timeout", "stopped at its time limit of 1 s")
