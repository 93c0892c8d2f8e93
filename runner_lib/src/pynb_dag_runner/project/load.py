"""Loads the pipeline that a project's ``pipeline.py`` defines."""

from __future__ import annotations

import inspect
import os
import sys
import sysconfig
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from pynb_dag_runner.dag.pipeline import Pipeline, shortest_path
from pynb_dag_runner.errors import PipelineError, SourceLocation

MODULE_NAME = "pipeline"
_LIBRARY = str(Path(__file__).parents[1])


def load_pipeline(project_dir: Path, environment: str) -> Pipeline:
    """Import ``pipeline.py`` anew, with its folder and ``src/`` importable, and call ``build(environment=...)``.

    The module is ``pipeline`` in :data:`sys.modules`, so that its functions can be pickled.

    Raises:
        PipelineError: there is no such file, it raises, or it builds no pipeline; with the innermost line of user code.
    """
    project_dir = project_dir.resolve()
    file = project_dir / "pipeline.py"
    if not file.is_file():
        raise PipelineError(
            f"there is no pipeline.py in {project_dir}: change to the folder of your project, "
            "or write one that defines build(environment) and returns a pynb_dag_runner.Pipeline"
        )
    _make_importable(project_dir)
    module = _import(file, project_dir)
    build = _build_function(module, file)
    try:
        pipeline = build(environment=environment)
    except PipelineError:
        raise
    except KeyError as error:
        known = _environments(module, environment) if error.args == (environment,) else {}
        if not known:
            raise _located(error, file, project_dir) from error
        names = "; ".join(f"{name} has {', '.join(keys)}" for name, keys in known.items())
        location = _innermost(error, project_dir) or SourceLocation(shortest_path(str(file)), 1)
        raise PipelineError(f"unknown environment {environment!r}: {names}", location) from error
    except (Exception, SystemExit) as error:
        raise _located(error, file, project_dir) from error
    line = SourceLocation(shortest_path(str(file)), build.__code__.co_firstlineno if hasattr(build, "__code__") else 1)
    if not isinstance(pipeline, Pipeline):
        raise PipelineError(f"build() returned {_short(pipeline)}: return the pynb_dag_runner.Pipeline it makes", line)
    if not len(pipeline):
        raise PipelineError(f"the pipeline {pipeline.name!r} has no tasks: add some, pipeline.notebook(...)", line)
    return pipeline


def _make_importable(project_dir: Path) -> None:
    """Put the project's folders first on the path, and forget what was imported from this project or the one before.

    Another thread may import Ray meanwhile, which adds to the path and looks through it. So the path is never replaced by what
    was read of it before, and nothing is taken out that may stay: the project's folders may stand further behind as well.
    """
    folders = [project_dir, project_dir / "src"]
    before = getattr(sys.modules.get(MODULE_NAME), "__file__", None)
    stale = [Path(before).parent, Path(before).parent / "src"] if before else []
    for entry in [entry for entry in sys.path if Path(entry) in stale and Path(entry) not in folders]:
        sys.path.remove(entry)
    first = [str(folder) for folder in folders]
    if sys.path[: len(first)] != first:
        sys.path[:0] = first
    sources = [os.path.join(folder, "") for folder in (*folders, *stale) if folder.name == "src"]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name == MODULE_NAME or (file and file.startswith(tuple(sources))):
            del sys.modules[name]


def _import(file: Path, project_dir: Path) -> ModuleType:
    module = ModuleType(MODULE_NAME)
    module.__file__ = str(file)
    sys.modules[MODULE_NAME] = module
    try:
        # Not by importlib, whose cache of byte code overlooks a second change within the same second.
        exec(compile(file.read_bytes(), str(file), "exec", dont_inherit=True), module.__dict__)
    except PipelineError:
        raise
    except (Exception, SystemExit) as error:
        raise _located(error, file, project_dir) from error
    return module


def _build_function(module: ModuleType, file: Path) -> Callable[..., Any]:
    location = SourceLocation(shortest_path(str(file)), 1)
    build = getattr(module, "build", None)
    if not callable(build):
        raise PipelineError(
            "there is no function build: define build(environment: str) that returns the pipeline", location
        )
    try:
        inspect.signature(build).bind(environment="dev")
    except TypeError as error:
        code = getattr(build, "__code__", None)
        line = SourceLocation(location.file, code.co_firstlineno if code else 1)
        raise PipelineError(f"build is called as build(environment=...), but {error}", line) from error
    return build  # type: ignore[no-any-return]


def _environments(module: ModuleType, environment: str) -> dict[str, list[str]]:
    """The keys of the module's dictionaries that could have had a key for ``environment``."""
    return {
        name: list(value)
        for name, value in vars(module).items()
        if isinstance(value, dict)
        and not name.startswith("__")
        and value
        and all(isinstance(key, str) for key in value)
        and environment not in value
    }


def _located(error: BaseException, file: Path, project_dir: Path) -> PipelineError:
    """An exception of user code as one message, at the innermost line of user code."""
    if isinstance(error, SyntaxError) and error.filename:
        return PipelineError(
            f"{type(error).__name__}: {error.msg}", SourceLocation(shortest_path(error.filename), error.lineno or 1)
        )
    location = _innermost(error, project_dir) or SourceLocation(shortest_path(str(file)), 1)
    text = str(error).strip()
    return PipelineError(f"{type(error).__name__}: {text}" if text else type(error).__name__, location)


def _innermost(error: BaseException, project_dir: Path) -> SourceLocation | None:
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if _is_user_code(frame.filename, project_dir):
            return SourceLocation(shortest_path(frame.filename), frame.lineno or 1)
    return None


def _is_user_code(file: str, project_dir: Path) -> bool:
    installed = tuple({sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), _LIBRARY})
    return file.startswith(os.path.join(project_dir, "")) and not file.startswith(installed)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"a {type(value).__name__}"
