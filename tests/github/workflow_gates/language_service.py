"""GitHub's own language service: what an editor with GitHub's extension would mark in a workflow."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from workflow_gates.files import NODE

ACTIONS = {
    "actions/checkout": {
        "inputs": ["fetch-depth", "fetch-tags", "path", "persist-credentials", "ref", "repository"],
        "outputs": ["commit", "ref"],
    },
    "astral-sh/setup-uv": {
        "inputs": ["enable-cache", "python-version", "version", "working-directory"],
        "outputs": ["cache-hit", "uv-path", "uv-version"],
    },
    "actions/upload-artifact": {
        "inputs": [
            "archive",
            "compression-level",
            "if-no-files-found",
            "include-hidden-files",
            "name",
            "overwrite",
            "path",
            "retention-days",
        ],
        "outputs": ["artifact-digest", "artifact-id", "artifact-url"],
    },
    "actions/upload-pages-artifact": {"inputs": ["name", "path", "retention-days"], "outputs": ["artifact_id"]},
    "actions/deploy-pages": {"inputs": ["artifact_name", "timeout"], "outputs": ["page_url"]},
}
"""What the actions that are used here take and give, as their ``action.yml`` says. The service would fetch that."""


class LanguageService:
    """Bundled once into ``folder``: as they are, Node 20 cannot import the JSON files that the packages hold."""

    def __init__(self, folder: Path) -> None:
        self._program = folder / "language_service.cjs"
        source = Path(__file__).with_suffix(".mjs")
        esbuild = NODE / "node_modules" / ".bin" / "esbuild"
        options = ["--bundle", "--platform=node", "--format=cjs", "--target=node20", "--log-level=warning"]
        subprocess.run([esbuild, source, *options, f"--outfile={self._program}"], check=True)

    def problems(self, files: Mapping[str, str], *check: str) -> dict[str, list[str]]:
        """What is wrong with the files named in ``check``, by name; ``files`` also has those that they call."""
        asked = json.dumps({"files": dict(files), "check": check, "actions": ACTIONS})
        result = subprocess.run(["node", self._program], input=asked, capture_output=True, check=True, encoding="utf-8")
        # It reports what it stumbles over on stderr, and goes on.
        assert not result.stderr, result.stderr
        answers: dict[str, list[str]] = json.loads(result.stdout)
        return answers
