"""Tables and lists of facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pynb_dag_runner.report.page.elements import Child, Html, element


@dataclass(frozen=True)
class Column:
    """A column's heading; numbers are aligned to the right. ``style`` is a class of its cells."""

    title: Child
    is_number: bool = False
    style: str | None = None

    @property
    def classes(self) -> str | None:
        """The classes of its cells."""
        return " ".join(part for part in ("number" if self.is_number else None, self.style) if part) or None


def table(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Child]], style: str = "") -> Html:
    """A table that scrolls sideways where it is too wide; the first column heads its rows."""
    heads = [element("th", column.title, scope="col", class_=column.classes) for column in columns]
    body = [_row(columns, row) for row in rows]
    content = element(
        "table",
        element("caption", caption, class_="hidden"),
        element("thead", element("tr", heads)),
        element("tbody", body),
    )
    return element("div", content, class_=f"table {style}".rstrip(), tabindex="0", role="group", aria_label=caption)


def facts(pairs: Iterable[tuple[Child, Child]]) -> Html | None:
    """Names and values side by side; None where there are none."""
    rows = [element("div", element("dt", name), element("dd", value)) for name, value in pairs]
    return element("dl", rows, class_="facts") if rows else None


def _row(columns: Sequence[Column], row: Sequence[Child]) -> Html:
    first, *rest = zip(columns, row, strict=True)
    head = element("th", first[1], scope="row", class_=first[0].classes)
    return element("tr", head, [element("td", value, class_=column.classes) for column, value in rest])
