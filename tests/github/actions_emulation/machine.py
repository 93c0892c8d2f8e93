"""The machine of a job: fresh folders, and no environment variable but those that are documented.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from actions_emulation.processes import TRACKING

_OURS = str(Path(sys.executable).parent)
_NETWORK = re.compile(
    r"(https?|all|no)_proxy|SSL_CERT_(FILE|DIR)|\w+_CA_(BUNDLE|CERTS)|GIT_SSL_CAINFO|PIP_\w+", re.IGNORECASE
)
"""How this machine reaches package indexes: the one thing that a job gets from outside."""


@dataclass(frozen=True)
class Tools:
    """What is there before any job: uv, which setup-uv gives, and its cache, which setup-uv would have restored."""

    uv: Path
    uv_cache: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    """How programs find the imitation that look for GitHub under names of their own, as gh does."""

    @classmethod
    def of_this_machine(cls) -> Tools:
        """The uv of these tests, with the cache of whoever runs them."""
        uv = shutil.which("uv", path=f"{_OURS}{os.pathsep}{os.environ['PATH']}")
        assert uv is not None, "these tests need uv: make setup"
        cache = os.environ.get("UV_CACHE_DIR") or Path.home() / ".cache/uv"
        return cls(Path(uv), Path(cache))


class Machine:
    """Folders and variables of one job; ``folder`` is its own, and new."""

    def __init__(self, folder: Path, repository_name: str, tracking_id: str, tools: Tools) -> None:
        self.home = folder / "home"
        self.workspace = folder / "work" / repository_name / repository_name
        self.temp = folder / "work" / "_temp"
        self.tool_cache = folder / "tools"
        self.files = self.temp / "_runner_file_commands"
        self.tools = tools
        self.path: list[str] = []
        """Folders that steps put in front of PATH, newest first."""
        self.tracking_id = tracking_id
        for one in (self.home, self.workspace, self.files, self.tool_cache):
            one.mkdir(parents=True)

    @property
    def runner_context(self) -> dict[str, Any]:
        """The ``runner`` context."""
        return {
            "os": "Linux",
            "arch": "X64",
            "name": "Emulation 1",
            "temp": str(self.temp),
            "tool_cache": str(self.tool_cache),
            "environment": "github-hosted",
        }

    def variables(self) -> dict[str, str]:
        """What each process of the job gets, apart from what belongs to the run."""
        inherited = [part for part in os.environ["PATH"].split(os.pathsep) if part and part != _OURS]
        runner = {f"RUNNER_{name.upper()}": value for name, value in self.runner_context.items()}
        return {
            **{name: value for name, value in os.environ.items() if _NETWORK.fullmatch(name)},
            **self.tools.variables,
            **runner,
            TRACKING: self.tracking_id,
            "CI": "true",
            "HOME": str(self.home),
            "ImageOS": "ubuntu24",
            "ImageVersion": "20261116.1.0",
            "LANG": "C.UTF-8",
            "PATH": os.pathsep.join([*self.path, *inherited]),
            "USER": "runner",
        }


_FROM_CONTEXT = (
    *("actor", "actor_id", "api_url", "base_ref", "event_name", "event_path", "graphql_url", "head_ref", "job"),
    *("ref", "ref_name", "ref_protected", "ref_type", "repository", "repository_id", "repository_owner"),
    *("repository_owner_id", "retention_days", "run_attempt", "run_id", "run_number", "server_url", "sha"),
    *("triggering_actor", "workflow", "workflow_ref", "workflow_sha", "workspace"),
)


def github_variables(github: Mapping[str, Any]) -> dict[str, str]:
    """The ``GITHUB_*`` variables, which say what the ``github`` context says."""
    return {"GITHUB_ACTIONS": "true", **{f"GITHUB_{name.upper()}": _text(github[name]) for name in _FROM_CONTEXT}}


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
