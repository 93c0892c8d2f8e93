"""An evaluated notebook, read without Jupyter and without trusting that it is one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class NotebookCell:
    """One cell; ``index`` counts from 0."""

    index: int
    kind: str
    source: str
    execution_count: int | None = None
    outputs: list[Mapping[str, Any]] = field(default_factory=list)
    attachments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_error(self) -> bool:
        """Whether the cell ended with an exception."""
        return any(output.get("output_type") == "error" for output in self.outputs)


@dataclass(frozen=True)
class Notebook:
    """Its cells and the language of their code."""

    cells: list[NotebookCell]
    language: str


def parsed_notebook(content: bytes) -> Notebook | None:
    """The notebook, None where ``content`` is no notebook of format 4."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
        return None
    cells = [_cell(index, cell) for index, cell in enumerate(document["cells"]) if isinstance(cell, dict)]
    return Notebook(cells, _language(document))


def text_of(value: object) -> str:
    """Text, which a notebook may hold as a list of lines; anything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return "" if value is None else json_text(value)


def json_text(value: object, indent: int | None = None) -> str:
    """``value`` as JSON for people; NaN stays NaN."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent)
    except (RecursionError, ValueError, TypeError):
        return "(too deeply nested to be shown)"


def _cell(index: int, cell: Mapping[str, Any]) -> NotebookCell:
    outputs = cell.get("outputs")
    attachments = cell.get("attachments")
    count = cell.get("execution_count")
    return NotebookCell(
        index=index,
        kind=text_of(cell.get("cell_type")),
        source=text_of(cell.get("source")),
        execution_count=count if isinstance(count, int) else None,
        outputs=[output for output in outputs if isinstance(output, dict)] if isinstance(outputs, list) else [],
        attachments=attachments if isinstance(attachments, dict) else {},
    )


def _language(document: Mapping[str, Any]) -> str:
    metadata = document.get("metadata")
    info = metadata.get("language_info") if isinstance(metadata, dict) else None
    language = (info.get("pygments_lexer") or info.get("name")) if isinstance(info, dict) else None
    return language if isinstance(language, str) else ""
