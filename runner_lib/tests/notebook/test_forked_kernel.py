"""Kernels forked from a process that has everything imported: as separate from each other as kernels that were started."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import forked_kernels
import psutil
import pytest
from forked_kernels import ENVIRONMENT, printed
from waiting import wait_until

from pynb_dag_runner.conventions import Variable
from pynb_dag_runner.notebook import forked_kernel
from pynb_dag_runner.notebook.execute import EvaluatedNotebook
from pynb_dag_runner.notebook.forked_kernel import forked_process
from pynb_dag_runner.notebook.server_start import kernel_server


def test_modules_are_there_and_random_numbers_differ(folder: Path, evaluate: Callable[..., EvaluatedNotebook]) -> None:
    source = "import sys, random; print('numpy' in sys.modules, numpy.random.rand(), random.random(), os.getppid())"
    source = f"import sys; was = 'numpy' in sys.modules; import numpy, os\n{source}; assert was"
    with kernel_server(folder, [["numpy"]], ENVIRONMENT) as (server,):
        first, second = (printed(evaluate(source, server)).split() for _ in range(2))
    assert first[3] == second[3] != str(os.getpid()), "both are children of the server"
    assert first[1] != second[1]
    assert first[2] != second[2]


def test_figures_appear(folder: Path, evaluate: Callable[..., EvaluatedNotebook]) -> None:
    source = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    with kernel_server(folder, [["matplotlib.pyplot"]], ENVIRONMENT) as (server,):
        outputs = evaluate(source, server).notebook.cells[0].outputs
    assert [list(out.data) for out in outputs if out.output_type == "display_data"] == [["text/plain", "image/png"]]


def test_environment_is_the_kernels_own(folder: Path, evaluate: Callable[..., EvaluatedNotebook]) -> None:
    source = "import os; print(os.environ.get('OF_SERVER'), os.environ['OF_TASK'], os.environ.get('PDR_RUN_MARK'))"
    with kernel_server(folder, [[]], {**ENVIRONMENT, "OF_SERVER": "x", "PDR_RUN_MARK": "run"}) as (server,):
        assert printed(evaluate(source, server, OF_TASK="secret")).split() == ["None", "secret", "None"]
        assert printed(evaluate("import os; print(os.environ.get('OF_TASK'))", server)).strip() == "None"


def test_other_interpreter_settings_get_a_fresh_kernel(
    folder: Path, evaluate: Callable[..., EvaluatedNotebook]
) -> None:
    with kernel_server(folder, [["numpy"]], ENVIRONMENT) as (server,):
        source = "import sys; print('numpy' in sys.modules, sys.flags.optimize)"
        assert printed(evaluate(source, server, PYTHONOPTIMIZE="1")).split() == ["False", "1"]
        assert printed(evaluate(source, server)).split() == ["True", "0"]


def test_module_that_starts_a_thread_is_left_out(
    folder: Path, tmp_path: Path, evaluate: Callable[..., EvaluatedNotebook]
) -> None:
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "threaded.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=[9]).start()"
    )
    (modules / "broken.py").write_text("raise SystemExit('no')")
    (modules / "harmless.py").write_text("")
    environment = {"PYTHONPATH": str(modules)}
    with kernel_server(folder, [["broken", "threaded", "harmless"]], {**ENVIRONMENT, **environment}) as (server,):
        source = "import sys; print('threaded' in sys.modules, 'harmless' in sys.modules)"
        assert printed(evaluate(source, server, **environment)).split() == ["False", "True"]


def test_server_that_imports_for_too_long_is_not_waited_for(
    folder: Path, tmp_path: Path, evaluate: Callable[..., EvaluatedNotebook], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forked_kernel, "_ANSWER_LIMIT_S", 0.5)
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules/endless.py").write_text("import time\ntime.sleep(99)")
    environment = {"PYTHONPATH": str(tmp_path / "modules")}
    with kernel_server(folder, [["endless"]], {**ENVIRONMENT, **environment}) as (server,):
        assert printed(evaluate("import os; print(os.getppid())", server, **environment)).strip() == str(os.getpid())


def test_without_a_server_the_kernel_is_started(tmp_path: Path, evaluate: Callable[..., EvaluatedNotebook]) -> None:
    assert printed(evaluate("print(1)", tmp_path / "nobody")).strip() == "1"


_HANGING_CLIENT = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from forked_kernels import ENVIRONMENT, Silent
from pynb_dag_runner.notebook.execute import execute_notebook
class Telling(Silent):
    def kernel_started(self, pid):
        print("kernel", pid, flush=True)
execute_notebook(Path({notebook!r}), {{}}, env=ENVIRONMENT, socket_dir=Path({sockets!r}), listener=Telling(),
                 kernel_server=Path({server!r}))
"""


@pytest.mark.parametrize("victim", ["client", "server"])
def test_no_kernel_outlives_its_client_or_its_server(
    folder: Path, tmp_path: Path, victim: str, evaluate: Callable[..., EvaluatedNotebook]
) -> None:
    notebook = tmp_path / "hang.py"
    notebook.write_text("# %%\nimport signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(99)")
    with kernel_server(folder, [[]], ENVIRONMENT) as (server,):
        program = _HANGING_CLIENT.format(
            tests=str(Path(forked_kernels.__file__).parent),
            notebook=str(notebook),
            sockets=str(tmp_path / "s"),
            server=str(server),
        )
        client = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        assert client.stdout is not None
        match = re.fullmatch(r"kernel (\d+)\n", client.stdout.readline())
        assert match is not None
        kernel = psutil.Process(int(match[1]))
        server_pid = kernel.ppid()
        os.kill(client.pid if victim == "client" else kernel.ppid(), signal.SIGKILL)
        wait_until(lambda: not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE)
        client.kill()
        client.wait()
        client.stdout.close()
        is_served = printed(evaluate("import os; print(os.getppid())", server)).strip() == str(server_pid)
        assert is_served == (victim == "client"), "a client's end must not end the server, nor the kernels of others"


def test_request_that_never_comes_and_client_that_gave_up_hold_nobody_up(
    folder: Path, evaluate: Callable[..., EvaluatedNotebook]
) -> None:
    with kernel_server(folder, [[]], ENVIRONMENT) as (server,), contextlib.ExitStack() as clients:
        for message in (b"", b"{", b"no json\n", b"{}\n"):
            client = clients.enter_context(socket.socket(socket.AF_UNIX))
            client.connect(str(server))
            client.sendall(message)
        with socket.socket(socket.AF_UNIX) as hasty:
            hasty.connect(str(server))
            hasty.sendall(b'{"arguments": []')
        first, second = (printed(evaluate("import os; print(os.getppid())", server)) for _ in range(2))
    assert first == second != f"{os.getpid()}\n"


def test_many_clients_at_once_leave_no_descriptors(folder: Path, evaluate: Callable[..., EvaluatedNotebook]) -> None:
    def refused(number: int) -> bytes:
        with socket.socket(socket.AF_UNIX) as client, open(os.devnull, "wb") as nowhere:
            client.connect(str(server))
            request = {"arguments": [], "environment": {"PYTHONHASHSEED": str(number)}, "folder": "/"}
            socket.send_fds(client, [json.dumps(request).encode() + b"\n"], [nowhere.fileno(), nowhere.fileno()])
            return client.recv(4096)

    source = "import os; print(os.getppid(), len(os.listdir(f'/proc/{os.getppid()}/fd')))"
    with kernel_server(folder, [[]], ENVIRONMENT) as (server,):
        before = printed(evaluate(source, server))
        with ThreadPoolExecutor(max_workers=100) as executor:
            answers = list(executor.map(refused, range(100)))
        assert all(b"PYTHONHASHSEED" in answer for answer in answers)
        assert printed(evaluate(source, server)) == before


def test_mark_of_the_attempt_is_seen_on_what_a_kernel_forks(
    folder: Path, evaluate: Callable[..., EvaluatedNotebook]
) -> None:
    source = "import os, time\nchild = os.fork()\nif not child:\n    os.setsid()\n    time.sleep(99)\nprint(child)"
    with kernel_server(folder, [[]], {**ENVIRONMENT, Variable.RUN_MARK: "run"}) as (server,):
        child = psutil.Process(int(printed(evaluate(source, server, PDR_ATTEMPT_MARK="run/task/1"))))
        environment = child.environ()
        child.kill()
    assert environment == {Variable.ATTEMPT_MARK: "run/task/1", Variable.RUN_MARK: "run"}


def test_exit_code_of_a_kernel_that_ends_at_once(folder: Path) -> None:
    with kernel_server(folder, [[]], ENVIRONMENT) as (server,), open(os.devnull, "wb") as nowhere:
        environment = {**ENVIRONMENT, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        options = {"env": environment, "cwd": "/no such folder", "stdout": nowhere, "stderr": nowhere}
        process = forked_process(str(server), ["-f", "nothing"], options)
        assert process is not None
        assert process.wait() == process.poll() == 1
