"""Makes a process that lives longer than the project's code forget it, so that the next import reads the files anew."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import linecache
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from pynb_dag_runner.project.files import is_own_code


def forget_own_code(project_dir: Path) -> list[str]:
    """Forget every module of the project that this process has imported; returns their names. Others stay.

    All of them go, whichever changed: a module keeps what it imported from another one.
    """
    names = [name for name, module in list(sys.modules.items()) if name != "__main__" and _is_own(module, project_dir)]
    for name in names:
        del sys.modules[name]
    importlib.invalidate_caches()
    linecache.clearcache()
    return names


def drop_byte_code(files: Iterable[Path]) -> None:
    """Remove what Python keeps of files that changed.

    It tells versions apart by size and whole seconds: of two saves within one second it could keep the first for good.
    """
    for file in files:
        if file.suffix == ".py":
            for level in ("", 1, 2):
                with contextlib.suppress(OSError):
                    Path(importlib.util.cache_from_source(str(file), optimization=level)).unlink()


def _is_own(module: ModuleType, project_dir: Path) -> bool:
    # What lies in sys.modules is now and then no module, and answers with an exception.
    with contextlib.suppress(Exception):
        file = getattr(module, "__file__", None)
        # A package without __init__.py has no file, but keeps its old modules as attributes.
        places = [file] if file else [str(place) for place in getattr(module, "__path__", ())]
        return bool(places) and all(is_own_code(place, project_dir) for place in places)
    return False
