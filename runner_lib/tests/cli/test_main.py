from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pynb_dag_runner import __version__
from pynb_dag_runner.cli.main import VERBS, build_parser, main
from pynb_dag_runner.conventions import Result


def test_that_help_names_every_verb_and_imports_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"    {verb} " in text for verb in VERBS)


def test_that_help_stays_light() -> None:
    code = (
        "import sys; from pynb_dag_runner.cli.main import main; main(['--help'])\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('ray', 'rich', 'nbformat', 'opentelemetry')])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.endswith("[]\n")


def test_that_the_module_can_be_run() -> None:
    ended = subprocess.run([sys.executable, "-m", "pynb_dag_runner", "--version"], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (0, f"pdr {__version__}\n")


@pytest.mark.parametrize("verb", ["show", "expand", "runs", "clean", "graph"])
def test_that_every_verb_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "--help"]) == 0
    text = capsys.readouterr().out
    assert "example:\n  pdr" in text
    assert max(len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize("arguments", [[], ["fly"], ["show", "--format", "pdf"], ["clean"], ["show", "a", "b"]])
def test_that_a_wrong_call_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "error: " in captured.err
    assert "Traceback" not in captured.err


def test_that_an_unknown_option_points_to_the_help_of_its_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--enviroment", "ci"]) == 2
    assert "pdr check does not take --enviroment ci; " in capsys.readouterr().err
    assert main([]) == 2
    assert "--help lists the verbs" in capsys.readouterr().err


def test_that_an_expected_error_is_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--outputs", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: there is no run log in ")
    assert captured.err.count("\n") == 1


def test_that_a_reader_who_goes_away_is_no_error(tmp_path: Path, record_run: Callable[..., Path]) -> None:
    log = record_run(tmp_path)
    for format in ("text", "json"):
        pdr = subprocess.Popen(
            [sys.executable, "-m", "pynb_dag_runner", "show", str(log), "--format", format],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert pdr.stdout is not None
        pdr.stdout.close()
        _, errors = pdr.communicate()
        assert errors == b""


def test_that_a_locale_without_unicode_is_no_error(tmp_path: Path, start_recording: Callable[..., Any]) -> None:
    log = start_recording(tmp_path, "r", {"größe-名前": []}).finish(Result.SUCCESS)
    for format in ("text", "mermaid-dag"):
        ended = subprocess.run(
            [sys.executable, "-m", "pynb_dag_runner", "show", str(log), "--format", format],
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert r"gr\xf6\xdfe" in ended.stdout


def test_that_only_the_verb_that_is_called_is_imported() -> None:
    parser = build_parser(["runs"])
    assert parser.parse_args(["runs"]).handler.__module__ == "pynb_dag_runner.cli.runs"
