"""Docker where its engine answers, else podman, with an image to build from that is made here of Debian's packages.

Images and containers are thrown away afterwards. What is kept is the root file system from Debian, in ``build/containers``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import TypeAlias

import pytest

Run: TypeAlias = Callable[..., "CompletedProcess[str]"]

REPOSITORY = Path(__file__).parents[2]
DEBIAN = "bookworm"
BASE = "python:3.11-slim-bookworm"
"""What a project's Dockerfile asks for by default. Where there is no engine to pull it, ours has its name."""
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
PASSED = [f"{tool}_{name}" for tool in ("PIP", "UV") for name in ("INDEX_URL", "EXTRA_INDEX_URL", "DEFAULT_INDEX")]
"""Where this machine says that packages come from: builds in containers take them from there, too."""

# As little as possible is asked of the machine: a kernel with both kinds of control groups, no right to raise limits, no firewall.
CONTAINERS = """\
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=8192:8192"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
"""
STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{folder}/images"
runroot = "{folder}/running"
"""
# The dev container CLI asks podman for --userns=keep-id, which root cannot have, and needs not.
SHIM = """\
#!/bin/sh
for argument; do
  shift
  [ "$argument" = --userns=keep-id ] && [ "$(id -u)" = 0 ] || set -- "$@" "$argument"
done
exec podman "$@"
"""


@dataclass(frozen=True)
class Engine:
    """An engine that builds images and runs containers: a program that is called as docker is.

    Attributes:
        program: Its path, or its name.
        environment: Variables that it needs.
        is_podman: Whether it is podman.
    """

    program: str
    environment: dict[str, str]
    is_podman: bool


@pytest.fixture(scope="session")
def engine(machine: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Docker, or podman with a store of its own."""
    if _succeeds("docker", "info", environment=machine):
        yield Engine("docker", {}, is_podman=False)
        return
    for program in ("podman", "runc", "mmdebstrap", "catatonit"):
        assert shutil.which(program), f"these tests need Docker, or {program} (Debian: apt-get install {program})"
    folder = tmp_path_factory.mktemp("podman")
    for name, text in {"containers.conf": CONTAINERS, "storage.conf": STORAGE.format(folder=folder)}.items():
        (folder / name).write_text(text, encoding="utf-8")
    shim = folder / "docker"
    shim.write_text(SHIM, encoding="utf-8")
    shim.chmod(0o755)
    environment = {
        "CONTAINERS_CONF": str(folder / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
    }
    podman = Engine(str(shim), environment, is_podman=True)
    try:
        _make_base(podman, machine, folder)
        yield podman
    finally:
        _call(podman, machine, "rm", "--all", "--force", "--time=0")
        remove = ["rm", "-rf", str(folder / "images"), str(folder / "running")]
        subprocess.run(remove if os.getuid() == 0 else ["podman", "unshare", *remove], check=True)


def _succeeds(*command: str, environment: Mapping[str, str]) -> bool:
    try:
        return subprocess.run(command, env=dict(environment), capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _call(engine: Engine, machine: Mapping[str, str], *arguments: str | Path) -> str:
    result = subprocess.run(
        [engine.program, *arguments],
        env={**machine, **engine.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{arguments}\n{result.stdout}\n{result.stderr}"
    return result.stdout.strip()


def _make_base(engine: Engine, machine: Mapping[str, str], folder: Path) -> None:
    """Debian with Python and the certificates that this machine trusts, under the name of Python's official image."""
    tree = REPOSITORY / "build" / "containers" / f"{DEBIAN}.tar"
    if not tree.exists():
        tree.parent.mkdir(parents=True, exist_ok=True)
        half = tree.with_name(f"{os.getpid()}.tar")
        packages = "ca-certificates,python3,python3-venv"
        made = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={packages}", DEBIAN, str(half)]
        subprocess.run(made, env=dict(machine), check=True)
        half.rename(tree)
    _call(engine, machine, "import", "--quiet", tree, "debian-with-python")
    context = folder / "base"
    context.mkdir()
    shutil.copy2(os.environ.get("SSL_CERT_FILE", CERTIFICATES), context / "certificates.crt")
    passed = {name: os.environ[name] for name in PASSED if name in os.environ}
    variables = {"PIP_CERT": CERTIFICATES, "SSL_CERT_FILE": CERTIFICATES, **passed}
    lines = [
        "FROM debian-with-python",
        f"COPY certificates.crt {CERTIFICATES}",
        *(f'ENV {name}="{value}"' for name, value in variables.items()),
    ]
    (context / "Dockerfile").write_text("\n".join(lines), encoding="utf-8")
    _call(engine, machine, "build", "--quiet", "--tag", BASE, context)


@pytest.fixture(scope="session")
def call(engine: Engine, machine: Mapping[str, str]) -> Callable[..., str]:
    """``call("images", ...)`` calls the engine and returns what it printed."""
    return lambda *arguments: _call(engine, machine, *arguments)
