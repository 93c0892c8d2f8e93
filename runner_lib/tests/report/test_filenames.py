from __future__ import annotations

from pathlib import Path

import pytest

from pynb_dag_runner.report.filenames import FileNames, safe_name

HOSTILE = [
    "../../etc/passwd",
    "/etc/passwd",
    "C:\\Windows\\x.dll",
    "..",
    ".",
    "",
    "a\x00b",
    "a\nb",
    "\udc80",
    "\u202egnp.exe",
    "nul.txt",
    "COM1",
    "x" * 1000 + ".png",
    "é" * 1000 + ".png",
    "x." + "y" * 1000,
    "trailing. . ",
    "~/.ssh/id",
    "name:stream",
    "-rf",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_that_a_hostile_name_is_one_harmless_component(name: str, tmp_path: Path) -> None:
    safe = safe_name(name)
    assert safe not in ("", ".", "..")
    assert not set(safe) & set('/\\:*?"<>|\x00\n')
    assert len(safe.encode()) <= 151
    (tmp_path / safe).write_text("x")
    assert [path.name for path in tmp_path.iterdir()] == [safe]


@pytest.mark.parametrize("name", ["model.onnx", "confusion matrix.png", "Bericht-Größe.md", "a.tar.gz", "x_y=1,2"])
def test_that_an_ordinary_name_stays(name: str) -> None:
    assert safe_name(name) == name


def test_that_endings_survive_and_reserved_names_do_not() -> None:
    assert safe_name("x" * 1000 + ".png").endswith("x.png")
    assert safe_name("nul.txt") == "_nul.txt"
    assert safe_name("plots/a.png") == "plots-a.png"


def test_that_no_two_names_meet_on_any_file_system() -> None:
    names = FileNames()
    wanted = ["a.txt", "a.txt", "A.TXT", "a-2.txt", "e\u0301.txt", "\u00e9.txt", "\u00c9.txt", "ﬁ", "fi"]
    taken = [names.take(name) for name in wanted]
    assert taken[:4] == ["a.txt", "a-2.txt", "A-3.TXT", "a-2-2.txt"]
    assert len({name.casefold() for name in taken}) == len(wanted)
    assert taken[-1] == "fi-2"
