"""The plugin for pytest, in a pytest of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FAILING = """\
import shlex
from pathlib import Path

import pytest


def halve(number):
    assert number == int(
        4.0
    ), "not four"


def test_plain():
    assert [1, 2] == [1, 3]


def test_in_a_helper():
    halve(5)


def test_library():
    shlex.split("'")


class TestSecond:
    @pytest.mark.parametrize("number", [1, 2])
    def test_number(self, number):
        assert number == 1


@pytest.fixture
def broken():
    raise KeyError("missing")


def test_fixture(broken):
    pass


def test_no_such_fixture(nothing):
    pass


def test_chained():
    try:
        halve(4).real
    except AttributeError as error:
        raise RuntimeError("two\\nlines") from error


@pytest.mark.xfail(strict=True)
def test_passes_against_expectation():
    pass


def test_passes():
    pass


@pytest.mark.skip(reason="for a reason")
def test_skipped():
    assert False
"""


def problems(folder: Path, *arguments: str) -> list[str]:
    """The lines that pytest prints below ``problems``, without its last one."""
    command = [sys.executable, "-m", "pytest", "-p", "pynb_dag_runner.cli.pytest_problems", "-rN", *arguments]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout
    _, found, below = said.partition(f" problems {'=' * 35}\n")
    assert found, said
    return [line for line in below.splitlines()[:-1] if not line.startswith("!")]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "my project"
    (folder / "tests").mkdir(parents=True)
    (folder / "pytest.ini").write_text("[pytest]\n")
    return folder


@pytest.mark.parametrize("arguments", [(), ("--tb=short", "-q")])
def test_every_test_that_does_not_pass_has_one_line(project: Path, arguments: tuple[str, ...]) -> None:
    (project / "tests" / "test_of-all.py").write_text(FAILING)
    expected = [
        ('raise KeyError("missing")', "[test_fixture] KeyError: 'missing'"),
        ("def test_no_such_fixture", "[test_no_such_fixture] fixture 'nothing' not found"),
        ("assert [1, 2]", "[test_plain] assert [1, 2] == [1, 3]"),
        ("assert number == int(", "[test_in_a_helper] AssertionError: not four assert 5 == 4 + where 4 = int(4.0)"),
        ('shlex.split("\'")', "[test_library] ValueError: No closing quotation"),
        ("assert number == 1", "[TestSecond::test_number[2]] assert 2 == 1"),
        ("raise RuntimeError", "[test_chained] RuntimeError: two lines"),
        ("@pytest.mark.xfail", "[test_passes_against_expectation] [XPASS(strict)]"),
    ]
    assert problems(project, *arguments) == [
        f"tests/test_of-all.py:{FAILING.partition(code)[0].count(chr(10)) + 1}: error: {message}"
        for code, message in expected
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import no_such_module\n", "1: error: ModuleNotFoundError: No module named 'no_such_module'"),
        ("\nx = (\n", "2: error: SyntaxError: '(' was never closed"),
        ("import pytest\n\n1 / 0\n", "3: error: ZeroDivisionError: division by zero"),
    ],
)
def test_a_file_that_cannot_be_imported(project: Path, text: str, line: str) -> None:
    (project / "tests" / "test_a.py").write_text(text)
    assert problems(project) == [f"tests/test_a.py:{line}"]


def test_that_a_fault_in_a_module_is_told_there(project: Path) -> None:
    (project / "own.py").write_text("def half(number):\n    return number / 0\n")
    (project / "tests" / "test_a.py").write_text("import own\n\n\ndef test_half():\n    own.half(3)\n")
    assert problems(project, "-o", "pythonpath=.") == [
        "own.py:2: error: [test_half] ZeroDivisionError: division by zero"
    ]


def test_that_libraries_in_the_project_are_not_its_own_code(project: Path) -> None:
    for folder in ("runner_lib", ".venv/lib/site-packages"):
        (project / folder).mkdir(parents=True)
        (project / folder / "own.py").write_text("def half(number):\n    return number / 0\n")
        (project / "tests" / "test_a.py").write_text("import own\n\n\ndef test_half():\n    own.half(3)\n")
        assert problems(project, "-o", f"pythonpath={folder}") == [
            "tests/test_a.py:5: error: [test_half] ZeroDivisionError: division by zero"
        ]


def test_nothing_is_added_where_all_pass(project: Path) -> None:
    (project / "tests" / "test_a.py").write_text("def test_a():\n    pass\n")
    command = [sys.executable, "-m", "pytest", "-p", "pynb_dag_runner.cli.pytest_problems", "-rN"]
    ended = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    assert "problems" not in ended.stdout
    assert " error:" not in ended.stdout
