"""Whether a JSON value fits the annotation of a parameter, for the annotations that JSON values can have."""

from __future__ import annotations

import ast
from collections.abc import Callable

from pynb_dag_runner.dag.parameters import Json


def _is_int(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_PLAIN: dict[str, Callable[[Json], bool]] = {
    "int": _is_int,
    "float": lambda value: _is_int(value) or isinstance(value, float),
    "bool": lambda value: isinstance(value, bool),
    "str": lambda value: isinstance(value, str),
    "list": lambda value: isinstance(value, list),
    "dict": lambda value: isinstance(value, dict),
    "None": lambda value: value is None,
}
_SAME_AS = {"List": "list", "Sequence": "list", "Dict": "dict", "Mapping": "dict"}


def contradicts(value: Json, annotation: str | None) -> bool:
    """Whether ``value`` certainly does not have the annotated type; False for annotations that are not understood."""
    if annotation is None:
        return False
    try:
        return _contradicts(value, ast.parse(annotation, mode="eval").body)
    except SyntaxError:
        return False


def _contradicts(value: Json, node: ast.expr) -> bool:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return contradicts(value, node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _contradicts(value, node.left) and _contradicts(value, node.right)
    if isinstance(node, ast.Subscript):
        return _contradicts_generic(value, _name(node.value), node.slice)
    name = "None" if isinstance(node, ast.Constant) and node.value is None else _name(node)
    fits = _PLAIN.get(_SAME_AS.get(name, name))
    return fits is not None and not fits(value)


def _contradicts_generic(value: Json, name: str, inner: ast.expr) -> bool:
    items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name == "Optional":
        return value is not None and _contradicts(value, inner)
    if name == "Union":
        return all(_contradicts(value, item) for item in items)
    if name == "Literal":
        allowed = [item.value for item in items if isinstance(item, ast.Constant)]
        return len(allowed) == len(items) and value not in allowed
    kind = _SAME_AS.get(name, name)
    if kind == "list":
        return not isinstance(value, list) or any(_contradicts(item, inner) for item in value)
    if kind == "dict":
        return not isinstance(value, dict) or any(_contradicts(item, items[-1]) for item in value.values())
    return False


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
