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


def test_what_was_pruned_and_dropped_is_told(
    tmp_path: Path, record_run: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two", "three"):
        record_run(tmp_path, name)
    arguments = ["site", "--runs", str(tmp_path), "--to", str(tmp_path / "site")]
    assert main([*arguments, "--most-bytes", "1kB", "--drop", "three"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert "2 runs (2 added, 1 dropped), " in told[0]
    assert told[1] == "dropped: run three is removed for good"
    assert told[2] == "pruned: outputs and details of 2 runs, to keep the site within its size"
    assert "more than --most-bytes, and no heavy part is left to remove; runs are never removed" in told[3]
    # Nothing more can be done about it, and that is no error.
    assert main([*arguments, "--most-bytes", "1kB", "--drop", "three"]) == 0
    assert "pruned:" not in capsys.readouterr().out
    assert main([*arguments, "--most-bytes", "1GB"]) == 0
    assert "warning" not in capsys.readouterr().out


def test_a_run_that_would_be_lost_is_an_error_that_says_how_to_go_on(
    tmp_path: Path, record_run: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    log = record_run(tmp_path, "one")
    arguments = ["site", "--runs", str(tmp_path), "--to", str(tmp_path / "site")]
    assert main(arguments) == 0
    log.unlink()
    (tmp_path / "site/data/runs/one/0.js").unlink()
    capsys.readouterr()
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert "1 run of the earlier site would be lost: files of one are missing or damaged" in told
    assert "--drop RUN_ID gives a run up for good" in told
    assert main([*arguments, "--drop", "one"]) == 0
    assert main([*arguments, "--drop", "none"]) == 2
    assert "neither the site nor --runs has such a run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("800MB", 800_000_000),
        ("1GB", 10**9),
        ("500MiB", 500 * 1024**2),
        ("2 GiB", 2 * 1024**3),
        ("64k", 64_000),
        ("1KiB", 1024),
        ("17", 17),
        ("17B", 17),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert verb.size_bytes(text) == size


@pytest.mark.parametrize("text", ["", "0", "0MB", "-1", "1.5GB", "many", "1TB", "1iB", "1e9", "9" * 16])
def test_what_is_no_size_is_a_wrong_call(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    arguments = ["site", "--runs", str(tmp_path), "--to", str(tmp_path / "site"), f"--most-bytes={text}"]
    assert main(arguments) == 2
    assert "is no size: write 800MB" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["site", "--help"]) == 0
    told = capsys.readouterr().out
    assert "--previous DIR" in told
    assert "pdr site --runs downloaded-artifacts --previous published --to site" in told
