"""A tiny invented shop: contract tables filled from plain rows, for tests of the rooms above sources."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from duecare.records import Warehouse
from duecare.sources.contract import CONTRACT, Column, Table

TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "time": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "money": pa.decimal128(18, 4),
    "number": pa.float64(),
    "count": pa.int64(),
    "flag": pa.bool_(),
}

Row = Mapping[str, Any]


def stock(warehouse: Warehouse, only: Iterable[str] | None = None, **tables: Iterable[Row]) -> Warehouse:
    """Fill every contract table, or *only* some; the ones not named are empty, columns not named are null."""
    for table in (CONTRACT[name] for name in (only or CONTRACT)):
        warehouse.put(table.name, _rows(table, list(tables.get(table.name, ()))))
    return warehouse


def know(warehouse: Warehouse, of: str = "people", prefix: str = "") -> None:
    """Make `members` and `customers`: whoever a table is *of* is a customer by their own id, after a *prefix*."""
    made = f"concat('{prefix}', source_id)"
    number = "CAST(dense_rank() OVER (ORDER BY source_id) - 1 AS INTEGER)"
    rows = "(SELECT DISTINCT source, source_id FROM {rows}) AS told"
    warehouse.run("members", f"SELECT source, source_id, {made} AS customer_id, {number} AS customer_number FROM {rows}", rows=of)
    sql = "SELECT customer_id, customer_number, count(*) AS records FROM {members} GROUP BY customer_id, customer_number"
    warehouse.run("customers", sql, members="members")


def day(text: str, hour: int = 12) -> datetime:
    """Noon in UTC, or another hour, of an ISO day."""
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC).replace(hour=hour)


def order(number: str, who: str, when: str, revenue: float, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"order_id": number, "source": "shop", "source_id": who, "ordered_at": day(when), "revenue": revenue, **more}


def person(who: str, source: str = "shop", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"source": source, "source_id": who, **more}


def contact(number: str, who: str, when: str, channel: str = "phone", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"contact_id": number, "source": "shop", "source_id": who, "channel": channel, "opened_at": day(when), **more}


def _rows(table: Table, rows: list[Row]) -> pa.Table:
    names = {column.name for column in table.columns}
    assert all(set(row) <= names for row in rows), f"{table.name} has no such column"
    return pa.table({column.name: pa.array([_value(column, row) for row in rows], TYPES[column.kind]) for column in table.columns})


def _value(column: Column, row: Row) -> object:
    value = row.get(column.name)
    return Decimal(str(value)).quantize(Decimal("0.0001")) if column.kind == "money" and value is not None else value
