from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pynb_dag_runner.errors import RunLogError
from pynb_dag_runner.site.logs import Fingerprints, FoundLog, Unreadable, find_logs, peek_run_id, sha256_of


def names(folder: Path, site: Path | None = None) -> list[str]:
    found = find_logs(folder, site or folder / "site", Fingerprints())
    return [log.name if isinstance(log, FoundLog) else log.file for log in found]


def reasons(folder: Path) -> dict[str, str]:
    found = find_logs(folder, folder / "site", Fingerprints())
    return {log.file: log.reason for log in found if isinstance(log, Unreadable)}


def test_run_logs_are_found_in_folders_below(tmp_path: Path) -> None:
    for name in (
        "runs/a.otlp.jsonl",
        "runs/a.spool/1.otlp.jsonl",
        "runs/b.otlp.jsonl.part",
        "data-lake/a/t/copy.otlp.jsonl",
        "expanded/a/copy.otlp.jsonl",
        "artifact-1/data-lake/c.otlp.jsonl",
        "site/d.otlp.jsonl",
        "notes.txt",
        "x.jsonl",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert names(tmp_path) == ["artifact-1/data-lake/c.otlp.jsonl", "runs/a.otlp.jsonl", "runs/b.otlp.jsonl.part"]
    assert names(tmp_path / "runs") == ["a.otlp.jsonl", "b.otlp.jsonl.part"]


def test_beside_its_finished_log_a_partial_one_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.otlp.jsonl").write_text("x")
    (tmp_path / "a.otlp.jsonl.part").write_text("x")
    assert names(tmp_path) == ["a.otlp.jsonl"]


def test_what_is_no_file_that_can_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "loop.otlp.jsonl").symlink_to("loop.otlp.jsonl")
    (tmp_path / "dangling.otlp.jsonl").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.otlp.jsonl")
    (tmp_path / "down").mkdir()
    (tmp_path / "down" / "up").symlink_to(tmp_path)
    assert reasons(tmp_path) == {
        "loop.otlp.jsonl": "it cannot be read: Too many levels of symbolic links",
        "dangling.otlp.jsonl": "it cannot be read: No such file or directory",
        "pipe.otlp.jsonl": "it is no regular file",
    }


def test_what_may_not_be_read_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Tests may run as root, who may read everything.
    (tmp_path / "closed.otlp.jsonl").write_text("x")

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    assert reasons(tmp_path) == {"closed.otlp.jsonl": "it cannot be read: Permission denied"}


def test_a_folder_that_may_not_be_listed_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    scan = os.scandir

    def refused(path: Any) -> Any:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refused)
    assert reasons(tmp_path) == {"closed": "this folder cannot be read: Permission denied"}


def test_names_that_are_no_utf8_are_written_out(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.otlp.jsonl")).write_text("x")
    assert names(tmp_path) == ["\\udcff.otlp.jsonl"]


@pytest.mark.parametrize("size_bytes", [0, 1, 16_384, 16_385, 32_768, 32_769, 400_000])
def test_fingerprints_tell_sizes_and_both_ends_apart(tmp_path: Path, size_bytes: int) -> None:
    content = bytearray(os.urandom(size_bytes))
    variants = [bytes(content), bytes(content) + b"x"]
    for place in (0, -1) if size_bytes else ():
        changed = bytearray(content)
        changed[place] ^= 1
        variants.append(bytes(changed))
    found = set()
    for number, variant in enumerate(dict.fromkeys(variants)):
        path = tmp_path / f"{number}"
        path.write_bytes(variant)
        found.add(Fingerprints().of(path))
    assert len(found) == len(set(variants))


def test_a_file_that_stays_as_it_is_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.otlp.jsonl"
    path.write_text("x")
    fingerprints = Fingerprints()
    first = fingerprints.of(path)
    opened: list[Path] = []
    monkeypatch.setattr(Path, "open", lambda self, *_: opened.append(self))
    assert fingerprints.of(path) == first
    assert opened == []


def test_a_driver_that_dies_changes_the_fingerprint(tmp_path: Path, start_recording: Callable[..., Any]) -> None:
    recording = start_recording(tmp_path, "a", {"t": []})
    fingerprints = Fingerprints()
    live = fingerprints.of(recording.path)
    recording.close()
    assert fingerprints.of(recording.path) != live


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"\n \n", "it is empty"),
        (b'{"resourceLogs": [{"resou', "no complete line"),
        (b'{"some": "json"}\n', "no OTLP record"),
        (b"[1, 2]\n", "no OTLP record"),
        (b"plain text\n", "no OTLP JSON"),
        (bytes(range(256)) * 10 + b"\n", "no OTLP JSON"),
        (b'{"resourceLogs": []}\n', "of no pipeline run"),
        (b"[" * 100_000 + b"\n", "no OTLP JSON"),
    ],
)
def test_what_is_no_run_log(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.otlp.jsonl"
    path.write_bytes(content)
    with pytest.raises(RunLogError, match=reason):
        peek_run_id(path)


@pytest.mark.parametrize(
    "run_id", ["../../etc", "..", ".hidden", "a/b", "a\\b", "x" * 81, "é", "a b", "<script>", "a\n", "-a"]
)
def test_run_ids_that_are_no_names(tmp_path: Path, copy_run: Callable[..., Path], run_id: str) -> None:
    path = copy_run(tmp_path, "ordinary")
    replacement = run_id.replace("\\", "\\\\").replace("\n", "\\n").encode()
    path.write_bytes(path.read_bytes().replace(b'"ordinary"', b'"%s"' % replacement))
    with pytest.raises(RunLogError, match="is not one that pdr makes"):
        peek_run_id(path)


def test_run_ids_that_are_names(tmp_path: Path, copy_run: Callable[..., Path]) -> None:
    for run_id in ("20261121T121733Z-609603", "a", "A.b_c-1", "0" * 80):
        assert peek_run_id(copy_run(tmp_path, run_id)) == run_id


def test_sha256(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
