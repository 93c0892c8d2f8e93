"""Values against annotations: only certain contradictions count."""

from __future__ import annotations

from typing import Any

import pytest

from pynb_dag_runner.project.annotations import contradicts


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        (1, "int"),
        (1, "float"),
        (1.5, "float"),
        (True, "bool"),
        ("a", "str"),
        (None, "int | None"),
        (None, "Optional[int]"),
        (None, "typing.Optional[int]"),
        ([1], "list[int]"),
        ([1], "Sequence[float]"),
        ({"a": 1}, "dict[str, int]"),
        ({"a": [None]}, "dict[str, list[int | None]]"),
        ("a", "Literal['a', 'b']"),
        (1, "Union[int, str]"),
        (1, None),
        (1, "Path"),
        (1, "numpy.ndarray"),
        ("x", "not valid ["),
        (1, "'int'"),
        (1, "Annotated[int, 'rows']"),
    ],
)
def test_fits(value: Any, annotation: str | None) -> None:
    assert not contradicts(value, annotation)


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        ("1", "int"),
        (True, "int"),
        (True, "float"),
        (1.5, "int"),
        (1, "bool"),
        (1, "str"),
        (None, "int"),
        ("a", "int | None"),
        ("a", "Optional[int]"),
        (["a"], "list[int]"),
        ({"a": "b"}, "dict[str, int]"),
        ("a", "list"),
        ([], "dict"),
        ("c", "Literal['a', 'b']"),
        (None, "Union[int, str]"),
        ("1", "'int'"),
    ],
)
def test_contradicts(value: Any, annotation: str) -> None:
    assert contradicts(value, annotation)
