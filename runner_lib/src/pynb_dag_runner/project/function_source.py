"""Which code decides what a function does: the files of the project, and the values that it carries along."""

from __future__ import annotations

import ast
import enum
import functools
import inspect
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pynb_dag_runner.project.modules import OwnModules, sha256

_LOOKS_UP_NAMES = {"globals", "eval", "exec", "vars", "locals", "__import__"}
_IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass
class Code:
    """What was found of a function: files of the project, pieces of files by a name, and other things as text.

    ``unknown`` names a type of which nobody can tell whether its value changed.
    """

    files: set[Path] = field(default_factory=set)
    pieces: dict[str, str] = field(default_factory=dict)
    values: list[Any] = field(default_factory=list)
    unknown: str | None = None
    seen: dict[int, tuple[int, Any]] = field(default_factory=dict)
    """Number of each object that was described already, by its id; it is kept, so that no other gets this id."""


def function_code(function: Callable[..., object], modules: OwnModules) -> Code:
    """Everything that decides what the function does, except for what is installed."""
    code = Code()
    try:
        code.values.append(_described(function, modules, code))
    # Objects that a function carries have code of their own, which raises what it likes: a run must not end by it.
    except Exception as error:  # noqa: BLE001
        code.unknown = code.unknown or type(error).__name__
    return code


def _described(value: Any, modules: OwnModules, code: Code) -> Any:
    """A value as JSON that is the same on every machine; code that belongs to it is added to ``code``."""
    if value is None or isinstance(value, (bool, int, str)):
        return value if type(value) in (type(None), bool, int, str) else [type(value).__qualname__, str(value)]
    if isinstance(value, (float, complex, bytes, bytearray)):
        return [type(value).__name__, repr(value)]
    if id(value) in code.seen:
        return ["as above", code.seen[id(value)][0]]
    code.seen[id(value)] = (len(code.seen), value)

    def inner(item: Any) -> Any:
        return _described(item, modules, code)

    if isinstance(value, types.FunctionType):
        return _described_function(value, modules, code, inner)
    if isinstance(value, types.MethodType):
        return ["method", inner(value.__func__), inner(value.__self__)]
    if isinstance(value, functools.partial):
        return ["partial", inner(value.func), inner(value.args), inner(value.keywords)]
    if isinstance(value, (types.BuiltinFunctionType, types.ModuleType)) or inspect.isclass(value):
        _add_file_of(value, modules, code)
        return [getattr(value, "__module__", ""), getattr(value, "__qualname__", getattr(value, "__name__", ""))]
    if isinstance(value, enum.Enum):
        return [inner(type(value)), value.name]
    if isinstance(value, Path):
        own = modules.is_own(value)
        return ["path", value.relative_to(modules.project_dir).as_posix() if own else str(value)]
    if isinstance(value, Mapping):
        return ["mapping", [[inner(key), inner(item)] for key, item in value.items()]]
    if isinstance(value, (list, tuple)):
        return [type(value).__qualname__, [inner(item) for item in value]]
    if isinstance(value, (set, frozenset)):
        return [type(value).__qualname__, sorted(repr(inner(item)) for item in value)]
    return _described_object(value, code, inner)


def _described_object(value: Any, code: Code, inner: Callable[[Any], Any]) -> Any:
    wrapped = getattr(value, "__wrapped__", None)
    attributes = getattr(value, "__dict__", None)
    if wrapped is None and attributes is None:
        code.unknown = code.unknown or f"{type(value).__module__}.{type(value).__qualname__}"
    rest = {name: item for name, item in (attributes or {}).items() if name != "__wrapped__"}
    return [inner(type(value)), inner(wrapped), inner(rest)]


def _described_function(
    function: types.FunctionType, modules: OwnModules, code: Code, inner: Callable[[Any], Any]
) -> Any:
    path = Path(function.__code__.co_filename).resolve()
    name = [function.__module__, function.__qualname__]
    if not modules.is_own(path):
        return name if "<locals>" not in function.__qualname__ else [*name, *_carried(function, inner)]
    piece = _slice_of(function, path, modules)
    if piece is None:
        code.files |= modules.closure(path)
    else:
        code.pieces[f"{path.relative_to(modules.project_dir).as_posix()}: {function.__qualname__}"] = sha256(piece)
        code.files |= modules.imported([piece])
    return [*name, *_carried(function, inner)]


def _carried(function: types.FunctionType, inner: Callable[[Any], Any]) -> list[Any]:
    """What a function took along from where it was defined; defaults only there, since elsewhere they are in its source."""
    if "<locals>" not in function.__qualname__ and not hasattr(function, "__wrapped__"):
        return []
    cells = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    own = [cell for cell in cells if cell is not function]
    return [inner(own), inner(function.__defaults__), inner(function.__kwdefaults__)]


def _is_filled(cell: types.CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


def _add_file_of(value: Any, modules: OwnModules, code: Code) -> None:
    try:
        path = Path(inspect.getsourcefile(value) or "").resolve()
    except (TypeError, OSError):
        return
    if modules.is_own(path) and path.suffix == ".py":
        code.files |= modules.closure(path)


def _slice_of(function: types.FunctionType, path: Path, modules: OwnModules) -> str | None:
    """Of ``pipeline.py`` only the statements that a function of it uses, so that a new task does not touch it.

    None where the whole file counts: for other files, for functions inside of functions, and where names are looked up
    in ways that only running the file would tell.
    """
    if path != modules.project_dir / "pipeline.py" or "<locals>" in function.__qualname__:
        return None
    text = modules.text(path) or ""
    return _slices(text).get(function.__qualname__)


@functools.lru_cache(maxsize=4)
def _slices(text: str) -> dict[str, str]:
    """For each function at the top of a module, the statements that decide what it does; empty where that is not known."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    if any(
        isinstance(node, ast.Global) or (isinstance(node, ast.Name) and node.id in _LOOKS_UP_NAMES)
        for node in ast.walk(tree)
    ):
        return {}
    lines = text.split("\n")
    foreign = set().union(*(_bound(node) or set() for node in tree.body if isinstance(node, _IMPORTS)))
    statements = [(node, _bound(node, foreign), _used(node)) for node in tree.body if not _is_idle(node)]
    slices: dict[str, str] = {}
    for node, _, _ in statements:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if sum(node.name in others for _, others, _ in statements if others is not None) > 1:
            continue  # which of them counts is not known before it runs
        chosen = _needed(node, statements)
        slices[node.name] = "\n".join(_text(item, lines) for item, _, _ in statements if id(item) in chosen)
    return slices


def _needed(start: ast.stmt, statements: list[tuple[ast.stmt, set[str] | None, set[str]]]) -> set[int]:
    """The statements that a definition uses, directly or not, and all that do more than to bind names."""
    chosen = {id(start)} | {id(node) for node, bound, _ in statements if bound is None}
    names = set().union(*(used for node, _, used in statements if id(node) in chosen))
    while True:
        added = [(node, used) for node, bound, used in statements if bound and bound & names and id(node) not in chosen]
        if not added:
            return chosen
        chosen |= {id(node) for node, _ in added}
        names = names.union(*(used for _, used in added))


def _is_idle(node: ast.stmt) -> bool:
    """A text on its own, or what is meant for the call as a program."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    return isinstance(node, ast.If) and isinstance(node.test, ast.Compare) and "__main__" in ast.unparse(node.test)


def _bound(node: ast.stmt, foreign: Collection[str] = ()) -> set[str] | None:
    """The names that a statement gives values to; None where it may do more, as by setting something of ``foreign``."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, _IMPORTS):
        names = {(alias.asname or alias.name.split(".")[0]) for alias in node.names}
        return None if "*" in names else names
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = {inner.id for target in targets for inner in ast.walk(target) if isinstance(inner, ast.Name)}
        return None if names.intersection(foreign) else names
    return None


def _used(node: ast.stmt) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)} | {
        word
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and inner.value.isidentifier()
        for word in [inner.value]
    }


def _text(node: ast.stmt, lines: list[str]) -> str:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return "\n".join(lines[first - 1 : node.end_lineno])
