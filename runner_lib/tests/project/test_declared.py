"""What tasks declare."""

from __future__ import annotations

import functools
from typing import Any

from pynb_dag_runner.project.declared import function_parameters, placeholders


def test_placeholders() -> None:
    assert placeholders(["a", "{size}-{rate}", "{size}", "{}", "{1}", "{ x }", "{a b}"]) == ["size", "rate"]


def test_function_parameters() -> None:
    def function(first: int, /, second: "list[int]", third=3, *rest: int, fourth: int | None, **others: int) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001, UP037
        pass

    assert function_parameters(function, 1) == {"second": "'list[int]'", "third": None, "fourth": "int | None"}
    assert function_parameters(function, 3) == {"fourth": "int | None"}


def test_callables_without_a_plain_signature() -> None:
    assert function_parameters(functools.partial(int, base=2), 0) in ({}, {"base": None})
    assert function_parameters(dict, 0) == {}

    class Step:
        def __call__(self, data: Any, size: int) -> None:
            pass

    assert function_parameters(Step(), 1) == {"size": "int"}
