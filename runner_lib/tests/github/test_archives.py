"""What is in an artifact was decided by whoever ran the workflow: one run log, or nothing."""

from __future__ import annotations

import hashlib
import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from collecting import zipped

from pynb_dag_runner.github.archives import Caps, unpack_log
from pynb_dag_runner.github.problems import HostileError

RECORD = b'{"resourceSpans":[]}\n'
NAME = "20261121T060000Z-0a1b2c.otlp.jsonl"
MIB = 1024 * 1024


def unpacked(folder: Path, content: bytes, caps: Caps | None = None) -> tuple[bool, bytes]:
    """Whether the run log is one without an end, and the log."""
    archive, to = folder / "archive", folder / "log"
    archive.write_bytes(content)
    log = unpack_log(archive, to, caps or Caps())
    written = to.read_bytes()
    assert (log.size_bytes, log.sha256) == (len(written), hashlib.sha256(written).hexdigest())
    assert stat.S_IMODE(to.stat().st_mode) == 0o444
    return log.is_partial, written


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("name", [NAME, f"{NAME}.part"])
def test_a_run_log_comes_out_as_it_was(tmp_path: Path, method: int, name: str) -> None:
    log = RECORD * 50_000
    assert unpacked(tmp_path, zipped({name: log}, method)) == (name.endswith(".part"), log)


def test_an_artifact_that_is_not_packed_is_the_run_log_itself(tmp_path: Path) -> None:
    assert unpacked(tmp_path, RECORD) == (False, RECORD)


def test_an_archive_written_as_a_stream_is_read(tmp_path: Path) -> None:
    """The action that uploads does not know sizes before it packs."""

    class Unseekable(io.RawIOBase):
        def __init__(self) -> None:
            self.content = b""

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.content += bytes(data)  # type: ignore[call-overload]
            return len(bytes(data))  # type: ignore[call-overload]

    stream = Unseekable()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        archive.writestr(NAME, RECORD)
    assert unpacked(tmp_path, stream.content) == (False, RECORD)


def _with(change: Callable[[zipfile.ZipInfo], None], name: str = NAME, content: bytes = RECORD) -> bytes:
    member = zipfile.ZipInfo(name)
    change(member)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return buffer.getvalue()


def _mode(mode: int) -> Callable[[zipfile.ZipInfo], None]:
    return lambda member: setattr(member, "external_attr", mode << 16)


def _flagged(flag: int) -> bytes:
    """An archive whose member claims a flag, in both of its headers."""
    content = bytearray(zipped({NAME: RECORD}))
    directory = content.index(b"PK\x01\x02")
    for offset in (6, directory + 8):
        content[offset : offset + 2] = struct.pack("<H", flag)
    return bytes(content)


def _claiming(size_bytes: int, content: bytes = RECORD) -> bytes:
    """An archive whose list of members claims another size."""
    archive = bytearray(zipped({NAME: content}))
    directory = archive.index(b"PK\x01\x02")
    archive[directory + 24 : directory + 28] = struct.pack("<I", size_bytes)
    return bytes(archive)


def _damaged() -> bytes:
    archive = bytearray(zipped({NAME: bytes(range(256)) * 400}, zipfile.ZIP_STORED).replace(b"\x00\x01", b"{\x01", 1))
    archive[5000] ^= 0xFF
    return bytes(archive)


def _with_64_bit_end() -> bytes:
    archive = zipped({NAME: RECORD})
    end = archive.index(b"PK\x05\x06")
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 100, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    return archive[:end] + record + locator + archive[end:]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"<html>502 Bad Gateway</html>", "it does not begin with a record"),
        (b"PK\x03\x04", "a damaged zip archive"),
        (zipped({}), "it does not begin with a record"),
        (zipped({NAME: b""}), "it is empty"),
        (zipped({NAME: b"\x00" * 100}), "it does not begin with a record"),
        (zipped({NAME: zipped({NAME: RECORD})}), "it does not begin with a record"),
        (zipped({NAME: RECORD, "second.otlp.jsonl": RECORD}), "a zip archive of 2 files"),
        (zipped({str(number): b"" for number in range(70_000)}, zipfile.ZIP_STORED), "a zip archive of 65535 files"),
        (zipped({"model.onnx": RECORD}), "'model.onnx', which is no name of a run log"),
        (zipped({f"{NAME}.exe": RECORD}), "which is no name of a run log"),
        (zipped({".otlp.jsonl": RECORD}), "which is no name of a run log"),
        (zipped({f"../{NAME}": RECORD}), "which is no name of a run log"),
        (zipped({f"/etc/{NAME}": RECORD}), "which is no name of a run log"),
        (zipped({f"runs/{NAME}": RECORD}), "which is no name of a run log"),
        (zipped({f"..\\{NAME}": RECORD}), "which is no name of a run log"),
        (zipped({f"C:\\{NAME}": RECORD}), "which is no name of a run log"),
        (zipped({f"{NAME}/": b""}), "which is no name of a run log"),
        (zipped({f"{NAME}...": RECORD}).replace(b"...", b"\x00\x1b["), "which is no name of a run log"),
        (_with(_mode(stat.S_IFLNK | 0o777), content=b"/etc/passwd"), "a link or a device"),
        (_with(_mode(stat.S_IFIFO | 0o644)), "a link or a device"),
        (_with(_mode(stat.S_IFDIR | 0o755)), "a link or a device"),
        (_flagged(0x1), "it is encrypted"),
        (_flagged(0x41), "it is encrypted"),
        (zipped({NAME: RECORD}, zipfile.ZIP_LZMA), "packed by a method"),
        (zipped({NAME: RECORD}, zipfile.ZIP_BZIP2), "packed by a method"),
        (zipped({NAME: RECORD}) + b"more", "something behind its end"),
        (zipped({NAME: RECORD})[:-30], "a damaged zip archive"),
        (zipped({NAME: RECORD * 50_000})[:2000] + zipped({NAME: RECORD})[-22:], "damaged"),
        (_claiming(5), "damaged"),
        (_claiming(5000), "damaged|ends before it should"),
        (_damaged(), "its content is damaged"),
        (_with_64_bit_end(), "a zip archive of"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(HostileError, match=reason) as caught:
        unpacked(tmp_path, content)
    assert str(caught.value).isprintable()
    assert {path.name for path in tmp_path.iterdir()} <= {"archive", "log"}


def test_a_bomb_is_refused_by_its_ratio_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = zipped({NAME: b"{" + b" " * (40 * MIB)})
    assert len(bomb) < 100_000
    with pytest.raises(HostileError, match="unpacks to more than 200 times its size"):
        unpacked(tmp_path, bomb)
    assert not (tmp_path / "log").exists()


def test_a_bomb_that_hides_its_size_is_cut_off(tmp_path: Path) -> None:
    bomb = _claiming(1000, b"{" + b" " * (40 * MIB))
    with pytest.raises(HostileError, match="damaged"):
        unpacked(tmp_path, bomb)
    assert (tmp_path / "log").stat().st_size <= 1000


@pytest.mark.parametrize(
    ("log", "caps", "reason"),
    [
        (RECORD * 100, Caps(log_bytes=1000), "more than 1000 bytes"),
        (RECORD * 100, Caps(lines=99), "more than 99 lines"),
        (b"{}\n{" + b" " * MIB + b"}\n{}\n", Caps(line_bytes=MIB // 2), f"one of more than {MIB // 2}"),
        (b"{" + b" " * MIB, Caps(line_bytes=MIB // 2), f"one of more than {MIB // 2}"),
    ],
)
@pytest.mark.parametrize("is_packed", [True, False])
def test_a_log_that_is_too_large_is_refused(
    tmp_path: Path, log: bytes, caps: Caps, reason: str, is_packed: bool
) -> None:
    content = zipped({NAME: log}, zipfile.ZIP_STORED) if is_packed else log
    with pytest.raises(HostileError, match=reason):
        unpacked(tmp_path, content, caps)


def test_a_log_within_the_caps_is_taken(tmp_path: Path) -> None:
    log = RECORD * 100
    caps = Caps(log_bytes=len(log), lines=100, line_bytes=len(log))
    assert unpacked(tmp_path, zipped({NAME: log}, zipfile.ZIP_STORED), caps) == (False, log)
