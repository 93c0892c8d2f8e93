from __future__ import annotations

import hashlib
import io
import random
import tracemalloc
from collections.abc import Collection
from pathlib import Path

import pytest
from site_reading import modified, payload

from pynb_dag_runner.errors import EngineError, RunLogError
from pynb_dag_runner.site.folder import SiteFolder
from pynb_dag_runner.site.pieces import PIECE_BYTES, RunLogPieces, write_pieces


def line(size_bytes: int, seed: int = 0) -> bytes:
    """Random hexadecimal digits and a line end."""
    return random.Random(seed).randbytes(size_bytes // 2).hex().encode()[: size_bytes - 1].ljust(size_bytes - 1) + b"\n"


def cut(site: Path, content: bytes, left_out: Collection[int] = ()) -> RunLogPieces:
    return write_pieces(io.BytesIO(content), "a", left_out, SiteFolder(site))


def content_of(site: Path, number: int) -> bytes:
    kind, key, content = payload((site / f"data/runs/a/{number}.js").read_bytes())
    assert (kind, key) == ("piece", f"a/{number}")
    assert isinstance(content, bytes)
    return content


def test_pieces_are_the_file(tmp_path: Path) -> None:
    lines = [line(size, size) for size in (10, 100_000, 100_000, 100_000, 300_000, 5, PIECE_BYTES, PIECE_BYTES - 1, 7)]
    content = b"".join(lines)
    log = cut(tmp_path, content)
    assert [piece.size_bytes for piece in log.pieces] == [300_010, 300_000, 5, PIECE_BYTES, PIECE_BYTES - 1 + 7]
    assert b"".join(content_of(tmp_path, number) for number in range(5)) == content
    assert (log.size_bytes, log.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    sizes = [(tmp_path / f"data/runs/a/{number}.js").stat().st_size for number in range(5)]
    assert [piece.script_bytes for piece in log.pieces] == sizes


def test_each_line_is_found_again(tmp_path: Path) -> None:
    lines = [line(size, size) for size in (70_000, 90_000, 400_000, 120_000, 140_000, 20)]
    log = cut(tmp_path, b"".join(lines))
    offset = 0
    for expected in lines:
        number, start = log.place(offset)
        assert content_of(tmp_path, number)[start : start + len(expected)] == expected
        offset += len(expected)


def test_a_log_that_grows_changes_its_last_piece_alone(tmp_path: Path) -> None:
    content = b"".join(line(50_000, seed) for seed in range(20))
    cut(tmp_path, content)
    before = modified(tmp_path)
    cut(tmp_path, content + line(10))
    after = modified(tmp_path)
    assert {name for name in after if after[name] != before.get(name)} == {"data/runs/a/3.js"}


def test_a_torn_last_line_is_kept(tmp_path: Path) -> None:
    content = line(100) + b'{"torn'
    log = cut(tmp_path, content)
    assert content_of(tmp_path, 0) == content
    assert log.size_bytes == len(content)


def test_an_empty_file_has_no_pieces(tmp_path: Path) -> None:
    assert cut(tmp_path, b"").pieces == []


def test_lines_that_are_left_out_have_pieces_of_their_own_without_a_file(tmp_path: Path) -> None:
    lines = [line(10), line(900_000, 1), line(40, 2), line(50, 3)]
    content = b"".join(lines)
    log = cut(tmp_path, content, left_out={10, 10 + 900_000})
    assert [(piece.size_bytes, piece.is_left_out) for piece in log.pieces] == [
        (10, False),
        (900_000, True),
        (40, True),
        (50, False),
    ]
    assert sorted(path.name for path in (tmp_path / "data/runs/a").iterdir()) == ["0.js", "3.js"]
    assert content_of(tmp_path, 3) == lines[3]
    assert log.sha256 == hashlib.sha256(content).hexdigest()


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    content = line(600_000)
    cut(tmp_path / "one", content)
    cut(tmp_path / "two", content)
    assert (tmp_path / "one/data/runs/a/0.js").read_bytes() == (tmp_path / "two/data/runs/a/0.js").read_bytes()


def test_memory_does_not_depend_on_how_long_a_line_is(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as file:
        for _ in range(64):
            file.write(b"x" * 1024 * 1024)
        file.write(b"\n")
    with path.open("rb") as file:
        tracemalloc.start()
        write_pieces(file, "a", (), SiteFolder(tmp_path))
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak_bytes < 8 * 1024 * 1024


class _Failing(io.BytesIO):
    name = "log"

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(100)
        if not line:
            raise OSError(5, "Input/output error")
        return line


def test_a_disk_that_fails_while_reading_is_a_matter_of_the_run_log(tmp_path: Path) -> None:
    with pytest.raises(RunLogError, match="Input/output error"):
        write_pieces(_Failing(b"x" * 1000), "a", {0}, SiteFolder(tmp_path))


def test_a_folder_that_cannot_be_written_is_an_error_of_the_build(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, where there should be a folder")
    with pytest.raises(EngineError, match="cannot be written"):
        cut(tmp_path, line(10))
