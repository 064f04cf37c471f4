"""Raw rows: a table with a file's own headers and the number of each row, nothing read yet.

CSV, workbooks, JSON lines and database answers are text; Parquet keeps its types.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from duecare.sources.delimited import Refused

if TYPE_CHECKING:
    from duecare.records import Warehouse


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """The rows of one file, before they are read."""

    rows: str
    """SQL that may stand after FROM; has `_row` and one column for each header."""
    headers: tuple[str, ...]
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    read: int
    """Rows read, refused ones among them."""
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()


def text_rows(warehouse: "Warehouse", name: str, headers: Sequence[str], rows: Iterator[tuple[int, Sequence[str | None]]]) -> int:
    """Put rows of text, each with its number, under *name*, and return how many there are."""
    import pyarrow as pa

    schema = pa.schema([("_row", pa.int64()), *((header, pa.string()) for header in headers)])
    numbers: list[int] = []
    columns: list[list[str | None]] = [[] for _ in headers]
    for number, cells in rows:
        numbers.append(number)
        for place, column in enumerate(columns):
            column.append(cells[place] if place < len(cells) else None)
    warehouse.put(name, pa.table([pa.array(numbers, pa.int64()), *(pa.array(column, pa.string()) for column in columns)], schema=schema))
    return len(numbers)


def cell_text(cell: object) -> str | None:
    """Write one value of a workbook or a database as text, null when it is empty.

    >>> cell_text(12.0), cell_text(True), cell_text("")
    ('12', 'true', None)
    """
    from datetime import date, datetime

    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat() if isinstance(cell, date) else str(cell)
