from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pynb_dag_runner.cli import site as verb
from pynb_dag_runner.cli.main import main
from pynb_dag_runner.site import build


@pytest.fixture(autouse=True)
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A front end that is quickly copied."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "index.html").write_text("<!DOCTYPE html><title>tracker</title>")
    monkeypatch.setitem(build.build_site.__kwdefaults__, "bundle", folder)
    return folder


def test_it_says_what_is_new_and_what_next(
    tmp_path: Path, record_run: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    record_run(tmp_path, "one")
    arguments = ["site", "--runs", str(tmp_path), "--to", str(tmp_path / "site")]
    assert main(arguments) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(f"{tmp_path / 'site'}: 1 run (1 added), ")
    assert told[-1] == f"Next: open {tmp_path / 'site' / 'index.html'}"
    assert (tmp_path / "site" / "index.html").is_file()

    record_run(tmp_path, "two")
    (tmp_path / "runs" / "\x1b[31mbad.otlp.jsonl").write_text("")
    assert main(arguments) == 0
    told = capsys.readouterr().out.splitlines()
    assert "2 runs (1 added, 1 unchanged, 1 unreadable)" in told[0]
    assert told[1] == "unreadable: runs/\\x1b[31mbad.otlp.jsonl: it is empty"


def test_many_unreadable_files_are_not_all_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(9):
        (tmp_path / f"{number}.otlp.jsonl").write_text("")
    assert main(["site", "--runs", str(tmp_path), "--to", str(tmp_path / "site")]) == 0
    told = capsys.readouterr().out
    assert told.count("it is empty") == 5
    assert "and 4 more, which the site lists" in told


def test_no_runs_are_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "runs").mkdir()
    assert main(["site", "--runs", str(tmp_path / "runs"), "--to", str(tmp_path / "site")]) == 0
    told = capsys.readouterr().out
    assert "0 runs, 0 B of data" in told
    assert "hold no file that ends in .otlp.jsonl" in told


def test_a_site_that_is_nearly_too_large_names_its_largest_runs(
    tmp_path: Path, record_run: Callable[..., Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb, "_WARN_AT_BYTES", 1000)
    record_run(tmp_path, "large")
    assert main(["site", "--runs", str(tmp_path), "--to", str(tmp_path / "site")]) == 0
    assert "warning: GitHub Pages takes 1 GB at most; the largest runs are large (" in capsys.readouterr().out


def test_wrong_folders_are_wrong_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("dear")
    runs, to = ["--runs", str(tmp_path / "runs")], ["--to", str(tmp_path / "site")]
    assert main(["site", "--runs", str(tmp_path / "missing"), *to]) == 2
    assert "there is no such folder" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()
    assert main(["site", *runs, "--to", str(tmp_path / "home")]) == 2
    assert "something else than a site" in capsys.readouterr().err
    assert main(["site", *runs, *to, "--previous", str(tmp_path / "missing")]) == 2
    assert "leave --previous out" in capsys.readouterr().err
    assert main(["site", *runs]) == 2


def test_an_installation_without_front_end_is_broken(
    tmp_path: Path, bundle: Path, record_run: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (bundle / "index.html").unlink()
    record_run(tmp_path, "one")
    assert main(["site", "--runs", str(tmp_path), "--to", str(tmp_path / "site")]) == 1
    assert "has no front end" in capsys.readouterr().err
    assert (tmp_path / "site/data/runs/one/run.js").is_file()


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["site", "--help"]) == 0
    told = capsys.readouterr().out
    assert "--previous DIR" in told
    assert "pdr site --runs downloaded-artifacts --previous published --to site" in told
