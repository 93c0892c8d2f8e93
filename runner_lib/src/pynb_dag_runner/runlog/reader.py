"""Reads run logs line by line: memory depends on how much was recorded, not on how large the artifacts are."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pynb_dag_runner.conventions import PARTIAL_SUFFIX, RUN_LOG_SUFFIX, ResourceAttribute
from pynb_dag_runner.errors import RunLogError, UsageError
from pynb_dag_runner.runlog.builder import NewerRunLogError, RunBuilder
from pynb_dag_runner.runlog.otlp import parse_line
from pynb_dag_runner.runlog.records import Artifact, Chunk, PipelineRun, State

_LONGEST_LINE_BYTES = 64 * 1024 * 1024
"""No record is longer: content comes in chunks of 8 MiB, which base64 makes a third larger."""


def read_run(path: Path) -> PipelineRun:
    """Read a run log, finished or not.

    A log without its end, or with a torn last line, is read as far as it goes: its state is ``running`` while its driver
    is alive, else ``interrupted``, and ``warnings`` says what is missing. The log of a run that has ended since its path was
    looked up is found under its last name.

    Raises:
        RunLogError: the file cannot be opened, is no run log, or is one of a newer version.
    """
    is_writing = is_live(path)
    try:
        with _opened(path) as file:
            path = Path(file.name)
            builder = RunBuilder(path)
            _add_lines(builder, file, path)
    except OSError as error:
        raise RunLogError(f"{path}: cannot be read: {error.strerror}") from error
    if not builder.run.run_id:
        raise RunLogError(f"{path}: is no run log: it has no complete line")
    run = builder.finish(is_writing)
    if run.state is State.INTERRUPTED:
        run.warnings.append("the run log has no end: the run was interrupted, or the file was cut off")
    return run


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        if not path.name.endswith(PARTIAL_SUFFIX):
            raise
        return path.with_name(path.name.removesuffix(PARTIAL_SUFFIX)).open("rb")


def _add_lines(builder: RunBuilder, file: BinaryIO, path: Path) -> None:
    for number, offset, line in _lines(file):
        is_torn = not line.endswith(b"\n")
        try:
            if line.strip():
                builder.add(line, offset)
        except NewerRunLogError as error:
            raise RunLogError(f"{path}:{number}: {error}") from error
        except RunLogError as error:
            if not builder.run.run_id:
                what = "it has no complete line" if is_torn and number == 1 else str(error)
                raise RunLogError(f"{path}:{number}: is no run log that can be read: {what}") from error
            builder.run.warnings.append(f"line {number} {'is torn and ' if is_torn else ''}was left out: {error}")


def _lines(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """Number, offset and content of each line; of a line that is too long to be one of ours, only its start."""
    number, offset = 0, 0
    while line := file.readline(_LONGEST_LINE_BYTES):
        number += 1
        yield number, offset, line
        offset += len(line)
        while len(line) == _LONGEST_LINE_BYTES and not line.endswith(b"\n"):
            line = file.readline(_LONGEST_LINE_BYTES)
            offset += len(line)


def is_live(path: Path) -> bool:
    """Whether a driver is writing this run log right now (it holds a lock on the file for as long as it lives)."""
    if not path.name.endswith(PARTIAL_SUFFIX):
        return False
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True
    except OSError:
        return False


def artifact_content(run_path: Path, artifact: Artifact) -> Iterator[bytes]:
    """The content of an artifact, chunk by chunk of at most 8 MiB.

    Raises:
        RunLogError: a chunk is missing, the file cannot be read, or size or hash are not those that were recorded. What
            was yielded before is then not to be trusted.
    """
    digest, size = hashlib.sha256(), 0
    numbers = [chunk.number for chunk in artifact.chunks]
    if not artifact.is_complete or numbers != list(range(len(numbers))):
        raise RunLogError(f"{run_path}: artifact {artifact.name!r} is incomplete: its process ended while it wrote")
    for line, chunk in _chunk_lines(run_path, artifact):
        content = _chunk_content(line, artifact, chunk)
        digest.update(content)
        size += len(content)
        yield content
    if size != artifact.size_bytes or digest.hexdigest() != artifact.sha256:
        raise RunLogError(f"{run_path}: artifact {artifact.name!r} is damaged: size or SHA-256 do not match")


def _chunk_lines(run_path: Path, artifact: Artifact) -> Iterator[tuple[bytes, Chunk]]:
    try:
        with run_path.open("rb") as file:
            for chunk in artifact.chunks:
                file.seek(chunk.offset)
                yield file.read(chunk.length), chunk
    except OSError as error:
        raise RunLogError(f"{run_path}: artifact {artifact.name!r} cannot be read: {error.strerror}") from error


def _chunk_content(line: bytes, artifact: Artifact, chunk: Chunk) -> bytes:
    for log in parse_line(line).logs:
        body = log.body
        return body if isinstance(body, bytes) else str(body or "").encode("utf-8", "surrogatepass")
    raise RunLogError(f"artifact {artifact.name!r}: chunk {chunk.number} is not where it was")


def find_run_logs(outputs: Path) -> list[Path]:
    """The run logs below ``outputs``, finished and partial, newest first (run ids start with the time)."""
    runs = outputs / "runs"
    found = [*runs.glob(f"*{RUN_LOG_SUFFIX}"), *runs.glob(f"*{RUN_LOG_SUFFIX}{PARTIAL_SUFFIX}")]
    return sorted(found, key=lambda path: path.name.removesuffix(PARTIAL_SUFFIX), reverse=True)


def pipeline_of(path: Path) -> str | None:
    """The name of the pipeline whose run a log is, by its first line alone; None where that cannot be read."""
    try:
        with path.open("rb") as file:
            line = parse_line(file.readline(_LONGEST_LINE_BYTES))
    except (OSError, RunLogError):
        return None
    name = line.resource.get(ResourceAttribute.PIPELINE_NAME)
    return name if isinstance(name, str) else None


def run_id_of(path: Path) -> str:
    """The run id that a run log's file name says."""
    return path.name.removesuffix(PARTIAL_SUFFIX).removesuffix(RUN_LOG_SUFFIX)


def resolve_run_log(text: str | None, outputs: Path) -> Path:
    """The run log that ``text`` means: a path, a run id or the unique start of one, or the newest where it is None.

    Raises:
        UsageError: there is none, or several.
    """
    logs = find_run_logs(outputs)
    if text is None:
        if not logs:
            raise UsageError(
                f"there is no run log in {(outputs / 'runs').absolute()}: start a run with `pdr run`, name a file, "
                "or change to the folder of your project"
            )
        return logs[0]
    if Path(text).is_file():
        return Path(text)
    matches = [path for path in logs if run_id_of(path) == text] or [
        path for path in logs if run_id_of(path).startswith(text)
    ]
    if not matches:
        raise UsageError(
            f"there is no run log {text}: give a file, or the id of a run in {(outputs / 'runs').absolute()} "
            "(`pdr runs` lists them)"
        )
    if len(matches) > 1:
        raise UsageError(f"{text} fits several runs: {', '.join(run_id_of(path) for path in matches)}")
    return matches[0]
