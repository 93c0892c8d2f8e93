from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

from pynb_dag_runner.cli.main import main

PDR = Path(sys.executable).parent / "pdr"


def test_a_damaged_run_locks_nobody_out(tmp_path: Path, record_run: Callable[..., Path]) -> None:
    outputs = tmp_path / "pipeline-outputs"
    record_run(outputs, "whole")
    log = record_run(outputs, "damaged")
    assert main(["site", "--runs", str(outputs / "runs"), "--to", str(outputs / "site")]) == 0
    log.unlink()
    (outputs / "site/data/runs/damaged/0.js").unlink()
    process = subprocess.Popen(
        [PDR, "ui", "--port", "0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    with process.stdout as lines:
        told = [lines.readline().rstrip("\n") for _ in range(3)]
        # Once it answers, it is ready to be ended.
        with urlopen(f"{told[0].split()[-1]}data/manifest.js") as answer:
            assert b'"live":true' in answer.read()
        process.send_signal(signal.SIGINT)
        told += lines.read().splitlines()
    assert process.wait(20) == 0
    assert told[0].startswith("2 runs at  http://127.0.0.1:")
    runs, site = Path("pipeline-outputs/runs"), Path("pipeline-outputs/site")
    assert told[1] == (
        f"Files of run damaged are damaged: its run log in {runs} mends them, "
        f"`pdr site --runs {runs} --to {site} --drop damaged` gives it up."
    )
    assert told[2:] == ["Ctrl-C ends it.", "ended"]
    # What it says works.
    assert main(["site", "--runs", str(outputs / "runs"), "--to", str(outputs / "site"), "--drop", "damaged"]) == 0
    assert not (outputs / "site/data/runs/damaged").exists()
