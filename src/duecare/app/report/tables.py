"""Tables: the numbers behind a picture, to be read on the page and taken along as CSV."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

from duecare.app.report.wording import UNKNOWN, capital

Value: TypeAlias = float | str | None


def plain(value: Value) -> str:
    """Show a word as it is."""
    return UNKNOWN if value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    head: str
    show: Callable[..., str] = plain
    """How its values are written on the page; the CSV has them as they were worked out."""
    term: str | None = None
    """The entry of the glossary that defines it."""

    @property
    def title(self) -> str:
        return capital(self.head)

    @property
    def words(self) -> bool:
        return self.show is plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of one kind."""

    name: str
    """Also the name of the CSV file."""
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]

    @property
    def shown(self) -> list[list[str]]:
        return [[column.show(value) for column, value in zip(self.columns, row, strict=True)] for row in self.rows]

    @property
    def csv(self) -> str:
        """The whole table as text, with the numbers in full."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([_safe(column.head) for column in self.columns])
        writer.writerows([[_safe(value) for value in row] for row in self.rows])
        return out.getvalue()

    @property
    def link(self) -> str:
        """The CSV as an address that needs no network."""
        return f"data:text/csv;charset=utf-8,{quote(self.csv)}"


def _safe(value: Value) -> Value:
    """Keep a spreadsheet from taking a word for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
