"""Where the workflows are, and what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[3]
PROJECT = REPOSITORY / "{{cookiecutter.project_slug}}"
NODE = REPOSITORY / "tests" / "github"


@dataclass(frozen=True)
class Kept:
    """The ``.github`` of the template or of the generated project; both lie here as GitHub reads them."""

    name: str
    folder: Path

    @property
    def workflows(self) -> dict[str, Path]:
        """All workflows by the names of their files."""
        return {path.name: path for path in sorted((self.folder / "workflows").glob("*.yml"))}


OURS = Kept("template", REPOSITORY / ".github")
THEIRS = Kept("project", PROJECT / ".github")
WORKFLOWS = {f"{kept.name}/{name}": path for kept in (OURS, THEIRS) for name, path in kept.workflows.items()}


@dataclass(frozen=True)
class Step:
    """A step of a job. ``where`` names it in messages."""

    job: str
    content: dict[str, Any]
    where: str

    @property
    def run(self) -> str:
        """Its script, or nothing."""
        return str(self.content.get("run", ""))

    @property
    def action(self) -> str:
        """The action that it uses, without version, or nothing."""
        return str(self.content.get("uses", "")).partition("@")[0]

    @property
    def inputs(self) -> dict[str, Any]:
        """What stands below ``with``."""
        return dict(self.content.get("with", {}))


class Workflow:
    """A workflow as YAML says it. Where it is not well-formed, GitHub's own parser is who says so."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.content: dict[Any, Any] = yaml.safe_load(text)

    @property
    def triggers(self) -> dict[str, Any]:
        """What starts it. YAML 1.1 reads the word ``on`` as True."""
        triggers: Any = self.content.get(True, self.content.get("on"))
        if isinstance(triggers, dict):
            return dict(triggers)
        return dict.fromkeys([triggers] if isinstance(triggers, str) else map(str, triggers))

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        """All jobs."""
        return dict(self.content["jobs"])

    @property
    def steps(self) -> Iterator[Step]:
        """All steps of all jobs."""
        for name, job in self.jobs.items():
            for number, step in enumerate(job.get("steps", []), start=1):
                yield Step(name, step, f"job {name}, step {step.get('name', number)}")
