"""Peers in environments of their own: what each is installed from, and what its programs print when they run there."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEERS = HERE / "peers"
BUILD = HERE.parent / "build" / "benchmark"
NO_TELEMETRY = {
    "DO_NOT_TRACK": "1",
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "KEDRO_DISABLE_TELEMETRY": "1",
    "PLOOMBER_STATS_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "RAY_USAGE_STATS_ENABLED": "0",
}
_DEFAULT_LIMIT_S = 1800.0
_LONG_PATH = re.compile(r"(?:/[\w.+@-]+){2,}/")


class PeerFailedError(Exception):
    """A peer cannot do the work here; the text says why and names no folder of this machine."""


def measured_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of everything that is measured, both sides alike.

    A machine that forbids byte code would make every process compile again what it imports: no person's machine does.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **NO_TELEMETRY, **(more or {})}


def compile_ours() -> None:
    """Byte code for the runner, which is installed in place: peers' packages are compiled when they are installed."""
    source = HERE.parent / "runner_lib" / "src"
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(source)], env=measured_environment(), check=True)


def our_python() -> str:
    """An interpreter that sees the environment of `make setup`, and besides what only benchmarks import: pandas.

    Raises:
        PeerFailedError: that cannot be installed.
    """
    python = peer_python("ours", "--no-deps")
    own = sysconfig.get_path("purelib")
    (packages,) = (Path(python).parents[1] / "lib").glob("python*/site-packages")
    # addsitedir, since the runner itself is there by a .pth file, as everything that is installed in place.
    (packages / "own.pth").write_text(f"import site; site.addsitedir({own!r})\n")
    return python


def peer_python(peer: str, *options: str) -> str:
    """The interpreter of a peer's environment, made when it is first asked for, anew when what it is made of changes.

    Raises:
        PeerFailedError: it cannot be installed.
    """
    folder = BUILD / "environments" / peer
    python = folder / "bin" / "python"
    requirements = PEERS / "requirements" / f"{peer}.txt"
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    ready = folder / ".ready"
    if not ready.is_file() or ready.read_text() != wanted:
        print(f"installing {peer} ...", file=sys.stderr, flush=True)  # noqa: T201 (it takes a while)
        shutil.rmtree(folder, ignore_errors=True)
        _uv("venv", "--python", sys.executable, str(folder))
        _uv("pip", "install", "--python", str(python), "--compile-bytecode", *options, "-r", str(requirements))
        ready.write_text(wanted)
    return str(python)


def pinned(peers: Sequence[str]) -> dict[str, str]:
    """The version of each peer that its environment has."""
    versions = {}
    for peer in peers:
        lines = (PEERS / "requirements" / f"{peer}.txt").read_text().splitlines()
        (line,) = [line for line in lines if line.startswith(f"{peer}==")]
        versions[peer] = line.partition("==")[2].partition(" ")[0]
    return versions


def _uv(*arguments: str) -> None:
    own = Path(sys.executable).parent / "uv"
    program = str(own) if own.is_file() else "uv"
    done = subprocess.run([program, *arguments, "--quiet"], stdout=subprocess.DEVNULL, stderr=sys.stderr)
    if done.returncode != 0:
        # What uv says names package indexes and folders: it goes to the terminal only.
        raise PeerFailedError(f"it cannot be installed for Python {sys.version_info.major}.{sys.version_info.minor}")


def asked(
    command: Sequence[str],
    cwd: Path,
    log: Path,
    environment: Mapping[str, str] | None = None,
    limit_s: float = _DEFAULT_LIMIT_S,
) -> dict[str, Any]:
    """What a program says of itself: the JSON object that is the last line of its output; the rest goes to ``log``.

    Raises:
        PeerFailedError: it did not succeed, or not in ``limit_s`` seconds.
    """
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, cwd=cwd, env=measured_environment(environment), stdout=subprocess.PIPE, stderr=errors
        )
        try:
            output, _ = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.communicate()
            raise PeerFailedError(f"it was not done after {limit_s:.0f} s") from None
    lines = output.decode(errors="replace").splitlines()
    if process.returncode != 0 or not lines:
        told = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
        print("\n".join(told[-30:]), file=sys.stderr)  # noqa: T201 (the whole story is for the terminal)
        raise PeerFailedError(f"exit code {process.returncode}: {without_paths(told[-1])}")
    said: dict[str, Any] = json.loads(lines[-1])
    return said


def without_paths(text: str) -> str:
    """A text fit for the repository: of each absolute path only the last part is left."""
    return _LONG_PATH.sub("", text)[:300]
