"""Where a collected run log comes from, as GitHub's API says it: never what the log says of itself.

A pull request can come from anybody, and its run log is whatever its author made of it. So whoever collects a log writes
``<name>.origin.json`` beside ``<name>.otlp.jsonl``; a site trusts that file alone in who ran what, and why.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from pynb_dag_runner.conventions import PARTIAL_SUFFIX, RUN_LOG_SUFFIX
from pynb_dag_runner.errors import RunLogError

ORIGIN_SUFFIX = ".origin.json"

_VERSION = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PULL_REQUEST = "pull_request"


@dataclass(frozen=True)
class Origin:
    """One attempt of a workflow run at GitHub, and the artifact that its run log was in.

    Attributes:
        repository: ``owner/name`` of the repository whose artifact it is.
        run_id: GitHub's id of the workflow run.
        run_attempt: Attempt of the workflow run, from 1.
        event: What started it: ``push``, ``schedule``, ``pull_request`` ...
        head_sha: Commit that was pushed; for a pull request not the merge commit.
        head_branch: Branch or tag, None where it has none.
        head_repository: ``owner/name`` of the repository that the commit is in; None where that was deleted.
        pull_request: Number, None where there is none or it is not known.
        pull_request_title: Its title when it was collected; written by whoever opened it.
        workflow: Path of the workflow's file in the repository.
        conclusion: ``success``, ``failure``, ``cancelled`` ...
        url: The attempt's page at GitHub.
        actor: Login of who started it.
        started_ms: Start of the attempt, milliseconds since 1970 (UTC).
        uploaded_ms: When the artifact was made, milliseconds since 1970 (UTC).
        artifact_id: GitHub's id of the artifact.
        log_bytes: Size of the run log.
        log_sha256: SHA-256 of the run log, in hexadecimal digits.
    """

    repository: str
    run_id: int
    run_attempt: int
    event: str
    head_sha: str
    head_branch: str | None
    head_repository: str | None
    pull_request: int | None
    pull_request_title: str | None
    workflow: str
    conclusion: str | None
    url: str
    actor: str | None
    started_ms: int
    uploaded_ms: int
    artifact_id: int
    log_bytes: int
    log_sha256: str

    @property
    def address(self) -> str:
        """What the run is called in a site: its id there, and part of its addresses."""
        return f"{self.run_id}-{self.run_attempt}"

    @property
    def is_pull_request(self) -> bool:
        """Whether a pull request started it, whether or not its number is known."""
        return self.event.startswith(_PULL_REQUEST)

    @property
    def is_fork(self) -> bool:
        """Whether the code is of another repository; also where that repository is gone."""
        return self.is_pull_request and self.head_repository != self.repository


def origin_path(log: Path) -> Path:
    """Where the origin of a run log lies."""
    name = log.name.removesuffix(PARTIAL_SUFFIX).removesuffix(RUN_LOG_SUFFIX)
    return log.with_name(f"{name}{ORIGIN_SUFFIX}")


def read_origin(log: Path) -> Origin | None:
    """The origin of a run log, None where there is none beside it.

    Raises:
        RunLogError: the file is there, but is damaged, or of a newer version.
    """
    path = origin_path(log)
    try:
        said = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise RunLogError(f"its origin {path.name} cannot be read: {error}") from error
    if isinstance(said, dict) and isinstance(said.get("version"), int) and said["version"] > _VERSION:
        raise RunLogError(f"its origin {path.name} was written by a newer pdr: update pdr")
    try:
        return parse_origin(said)
    except ValueError as error:
        raise RunLogError(f"its origin {path.name} is damaged: {error}") from error


def write_origin(log: Path, origin: Origin) -> None:
    """Write the origin beside a run log, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    path = origin_path(log)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(f"{json.dumps({'version': _VERSION, **asdict(origin)}, indent=1)}\n", encoding="utf-8")
    os.replace(temporary, path)


def parse_origin(said: Any) -> Origin:
    """The origin that a mapping tells, as :func:`write_origin` writes it; names that it does not know are passed over.

    Raises:
        ValueError: something is missing, or is not what it should be.
    """
    if not isinstance(said, dict):
        raise ValueError("it is no mapping")
    values: dict[str, Any] = {}
    for field in fields(Origin):
        value = said.get(field.name)
        wanted = int if "int" in str(field.type) else str
        is_missing = value is None and "None" in str(field.type)
        if not is_missing and (not isinstance(value, wanted) or isinstance(value, bool)):
            raise ValueError(f"{field.name} is {value!r}")
        values[field.name] = value
    origin = Origin(**values)
    if origin.run_id < 1 or origin.run_attempt < 1 or not _SHA256.fullmatch(origin.log_sha256):
        raise ValueError("its numbers or its hash cannot be")
    return origin
