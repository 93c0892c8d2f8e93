"""How kernels start and end."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest
from nbclient.exceptions import DeadKernelError

from pynb_dag_runner.notebook.kernel import kernel_folder, new_kernel_manager


def test_folder_is_private_and_goes(tmp_path: Path) -> None:
    with kernel_folder(tmp_path / "s") as folder:
        assert folder.parent == tmp_path / "s"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "file").touch()
    assert not folder.exists()


def test_folder_with_a_long_path_is_made_elsewhere(tmp_path: Path) -> None:
    with kernel_folder(tmp_path / ("x" * 120)) as folder:
        assert len(str(folder)) < 90
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


@pytest.mark.slow
def test_kernel_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "ipykernel.py").write_text("import sys; sys.exit('broken installation')")

    async def start() -> str:
        with new_kernel_manager(tmp_path / "s") as manager:
            await manager.start(
                {**os.environ, "PYTHONPATH": str(tmp_path)}, tmp_path, Path(manager.connection_file).parent
            )
            client = manager.client(context=manager.context)
            client.start_channels()
            try:
                with pytest.raises(DeadKernelError):
                    await client.wait_for_ready()
                assert manager.exit_code == 1
                return manager.stderr_tail()
            finally:
                client.stop_channels()
                await manager.end(now=True)
                await manager.cleanup_resources()

    assert asyncio.run(start()) == "broken installation"


def test_tail_of_what_a_kernel_wrote_is_whole_lines(tmp_path: Path) -> None:
    with new_kernel_manager(tmp_path / "s") as manager:
        assert manager.stderr_tail() == ""
        manager.stderr_path.write_text("one secret\n")
        assert manager.stderr_tail() == "one secret"
        manager.stderr_path.write_text("one secret\n" * 1000)
        assert set(manager.stderr_tail().splitlines()) == {"one secret"}
