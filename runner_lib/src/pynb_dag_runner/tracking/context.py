"""What a task's processes are told about their attempt, as one JSON file."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from pynb_dag_runner.dag.parameters import Json


@dataclass(frozen=True)
class NeedContext:
    """A task that this one needs: what it recorded, and the folder of its published outputs."""

    id: str
    name: str
    parameters: dict[str, Json]
    metrics: dict[str, float]
    values: dict[str, Json]
    outputs_dir: str
    returned_none: bool = False
    """It is a function that returned None and handed over no files, for which no folder is made."""


@dataclass(frozen=True)
class TaskContext:
    """One attempt, as its own code sees it."""

    run_id: str
    pipeline: str
    task_id: str
    task_name: str
    attempt: int
    max_attempts: int
    parameters: dict[str, Json]
    outputs_dir: str
    """Private to this attempt; published as a whole when the task succeeds."""
    needs: tuple[NeedContext, ...] = field(default_factory=tuple)

    def write(self, path: Path) -> None:
        """Write the context as JSON."""
        content = {**vars(self), "needs": [vars(need) for need in self.needs]}
        with open(path, "wb", opener=_open_as_it_is) as file:
            file.write(json.dumps(content, ensure_ascii=False).encode("utf-8"))
            file.truncate()

    @classmethod
    def read(cls, path: Path) -> TaskContext:
        """Read what :meth:`write` wrote."""
        data = json.loads(path.read_text(encoding="utf-8"))
        data["needs"] = tuple(NeedContext(**need) for need in data["needs"])
        return cls(**data)


def _open_as_it_is(path: str, flags: int) -> int:
    """Without emptying it: ext4 waits for the disk when a file that was emptied is closed."""
    return os.open(path, flags & ~os.O_TRUNC, 0o600)
