from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pynb_dag_runner.cli.main import main

RecordRun = Callable[..., Path]


def test_that_it_writes_below_outputs_or_where_it_is_told(
    tmp_path: Path, record_run: RecordRun, capsys: pytest.CaptureFixture[str]
) -> None:
    record_run(tmp_path, "r1")
    assert main(["report", "--outputs", str(tmp_path)]) == 0
    page = tmp_path / "reports" / "r1.html"
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{page}: 4 tasks, ")
    assert second.split() == ["open", "it", page.as_uri()]
    assert "</html>" in page.read_text("utf-8")
    assert main(["report", "r1", "--to", str(tmp_path / "mine.html"), "--outputs", str(tmp_path)]) == 0
    assert "Why it did not succeed" in (tmp_path / "mine.html").read_text("utf-8")


def test_that_it_leads_to_the_tracker_where_its_address_is_known(tmp_path: Path, record_run: RecordRun) -> None:
    log, page = str(record_run(tmp_path, "r1")), tmp_path / "run-report-77-1.html"
    assert main(["report", log, "--to", str(page)]) == 0
    assert "Tracker" not in page.read_text("utf-8")
    assert main(["report", log, "--to", str(page), "--tracker", "https://octo.github.io/digits"]) == 0
    assert '<a href="https://octo.github.io/digits/#/run/r1" rel="noopener noreferrer">this run</a>' in page.read_text(
        "utf-8"
    )


@pytest.mark.parametrize("address", ["octo.github.io", "javascript:alert(1)", 'https://x"onclick="y', "mailto:a@b"])
def test_that_a_tracker_needs_an_address(
    address: str, tmp_path: Path, record_run: RecordRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(record_run(tmp_path)), "--to", str(tmp_path / "x.html"), "--tracker", address]) == 2
    assert "give an address, such as https://OWNER.github.io/NAME/" in capsys.readouterr().err
    assert not (tmp_path / "x.html").exists()


def test_that_a_run_log_is_never_replaced(
    tmp_path: Path, record_run: RecordRun, capsys: pytest.CaptureFixture[str]
) -> None:
    log = record_run(tmp_path, "r1")
    before = log.read_bytes()
    assert main(["report", "--outputs", str(tmp_path), "--to", str(log)]) == 2
    assert "is no HTML page" in capsys.readouterr().err
    assert log.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"{}\n", b'{"resourceSpans": []}\n', b"{" * 100_000])
def test_that_what_is_no_run_log_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    log = tmp_path / "foreign.otlp.jsonl"
    log.write_bytes(content)
    assert main(["report", str(log)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1


def test_that_a_hostile_run_id_stays_in_the_folder(tmp_path: Path, record_run: RecordRun) -> None:
    log = record_run(tmp_path, "r1")
    moved = tmp_path / "moved.otlp.jsonl"
    moved.write_bytes(log.read_bytes().replace(b'"r1"', b'"../../r\\u202e1"'))
    assert main(["report", str(moved), "--outputs", str(tmp_path / "deep" / "out")]) == 0
    (page,) = (tmp_path / "deep" / "out" / "reports").iterdir()
    assert page.suffix == ".html"
    assert "/" not in page.name
    assert not list(tmp_path.glob("*.html"))


@pytest.mark.slow
def test_that_it_needs_neither_ray_nor_jupyter(tmp_path: Path, record_run: RecordRun) -> None:
    record_run(tmp_path, "r1")
    program = f"""
import sys
for module in ("ray", "jupyter_client", "nbconvert", "nbformat", "papermill", "jupytext", "opentelemetry"):
    sys.modules[module] = None
from pynb_dag_runner.cli.main import main
sys.exit(main(["report", "--outputs", {str(tmp_path)!r}]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
