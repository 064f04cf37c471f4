"""Settling: one table out of many pieces. The latest wins, nothing comes from the future, money has a rate.

Every row that loses goes into `_killed` with its reason; a part is one fill of one piece, and
parts are numbered so that a later one wins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from duecare.sources.amounts import FAMILIES
from duecare.sources.cells import quoted
from duecare.sources.contract import CONTRACT, Table
from duecare.sources.kinds import TYPES

if TYPE_CHECKING:
    from duecare.records import Warehouse

TWICE = "the same row twice"
REPLACED = "replaced by a later row with the same key"
FUTURE = "in the future"
NO_RATE = "no rate for its currency"
NO_ORDER = "its order was set aside"

RATED: Mapping[str, str] = {
    "orders": 'CAST("ordered_at" AS DATE)',
    "subscriptions": 'CAST("from_at" AS DATE)',
    "rates": "DATE '9999-12-31'",
}
"""Tables whose money is converted, and the day that gives the rate: a row that tells no time takes the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One fill of one piece."""

    number: int
    """Its place among all parts; of two rows with one key the higher number wins."""
    input: int
    piece: int
    fill: int
    table: str
    columns: tuple[str, ...]
    parquet: Path


def settle(warehouse: "Warehouse", parts: Sequence[Part], *, currency: str, now: datetime) -> None:
    """Make every contract table, and `_killed`: the rows of parts that are in none."""
    order = ["fx", *(name for name in CONTRACT if name != "fx")]  # money needs its rates
    losers = [_table(warehouse, CONTRACT[name], [part for part in parts if part.table == name], currency, now) for name in order]
    none = "SELECT 0 AS _part, 0 AS _row, '' AS table_name, '' AS column_name, '' AS reason WHERE false"
    warehouse.run("_killed", " UNION ALL ".join([none, *(f"SELECT * FROM {quoted(name)}" for name in losers if name)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What a table's rows are, seen at once: whether the short road is open."""

    rows: int
    unique: bool
    ahead: int
    foreign: int


def _table(warehouse: "Warehouse", table: Table, parts: Sequence[Part], currency: str, now: datetime) -> str | None:
    """Make one table; return the name of the table of its losers, None when nothing was lost."""
    staged, params = _stage(table, parts)
    seen = _look(warehouse, table, staged, params, parts, currency, now)
    lost_orders = table.name == "order_lines" and {"_lost_orders", "_rates_of_orders"} & set(warehouse.tables())
    if seen.unique and not (seen.ahead or seen.foreign or lost_orders):
        cells = ", ".join(_in_book(table, column.name) for column in table.columns)
        warehouse.run(table.name, f"SELECT {cells} FROM ({staged})", params | _book(table, currency))
        return None
    return _long_road(warehouse, table, warehouse.run(f"_staged_{table.name}", staged, params), currency, now)


def _long_road(warehouse: "Warehouse", table: Table, staged: str, currency: str, now: datetime) -> str:
    losers, names = f"_killed_{table.name}", ", ".join(quoted(column.name) for column in table.columns)
    _kill(warehouse, table, staged, losers, now)
    rated = staged
    if table.name in RATED:
        rated = _rate(warehouse, table, staged, losers, currency)
    if table.name == "order_lines" and "_lost_orders" in warehouse.tables():
        _kill_orphans(warehouse, staged, losers)
    if table.name == "order_lines" and "_rates_of_orders" in warehouse.tables():
        rated = _rate_lines(warehouse, staged)
    alive = "WHERE NOT EXISTS (SELECT 1 FROM {killed} k WHERE k._part = s._part AND k._row = s._row)"
    warehouse.run(table.name, f"SELECT {names} FROM {{staged}} s {alive}", staged=rated, killed=losers)
    for name in {staged, rated}:
        warehouse.drop(name)
    return losers


def _in_book(table: Table, name: str) -> str:
    return f"CAST($book AS VARCHAR) AS {quoted(name)}" if name == "currency" and table.name in RATED else quoted(name)


def _book(table: Table, currency: str) -> dict[str, object]:
    return {"book": currency} if table.name in RATED else {}


def _stage(table: Table, parts: Sequence[Part]) -> tuple[str, dict[str, object]]:
    """SQL of all rows of a table, each with its part and row, and the parameters in it."""
    selects: list[str] = []
    for part in parts:
        cells = [
            f"CAST({quoted(c.name) if c.name in part.columns else 'NULL'} AS {TYPES[c.kind]}) AS {quoted(c.name)}" for c in table.columns
        ]
        selects.append(f"SELECT CAST({part.number} AS INTEGER) AS _part, _row, {', '.join(cells)} FROM read_parquet($part_{part.number})")
    empty = ", ".join(f"CAST(NULL AS {TYPES[c.kind]}) AS {quoted(c.name)}" for c in table.columns)
    sql = " UNION ALL ".join(selects) or f"SELECT CAST(0 AS INTEGER) AS _part, CAST(0 AS BIGINT) AS _row, {empty} WHERE false"
    return sql, {f"part_{part.number}": str(part.parquet) for part in parts}


def _look(
    warehouse: "Warehouse", table: Table, staged: str, params: Mapping[str, object], parts: Sequence[Part], currency: str, now: datetime
) -> _Look:
    if not parts:
        return _Look(rows=0, unique=True, ahead=0, foreign=0)
    key = ", ".join(quoted(name) for name in table.key)
    ahead = f"count(*) FILTER ({quoted(table.happened)} > CAST($now AS TIMESTAMPTZ))" if table.happened else "0"
    foreign = f"count(*) FILTER (currency NOT IN ({_own(currency)}))" if table.name in RATED else "0"
    once = (
        f"count(DISTINCT hash({key}, _part)) = count(DISTINCT hash({key}))" if table.grouped else f"count(*) = count(DISTINCT hash({key}))"
    )
    sql = f"SELECT count(*) AS n, {once} AS once, {ahead} AS ahead, {foreign} AS strange FROM ({staged})"
    row = warehouse.arrow(sql, {**params, "now": now} if table.happened else params).to_pylist()[0]
    return _Look(rows=row["n"], unique=row["once"], ahead=row["ahead"], foreign=row["strange"])


def _kill(warehouse: "Warehouse", table: Table, staged: str, losers: str, now: datetime) -> None:
    head = f"SELECT _part, _row, '{table.name}' AS table_name"
    if table.happened is None:
        ahead = f"{head}, '' AS column_name, '' AS reason FROM {{staged}} WHERE false"
        warehouse.run(f"{losers}_ahead", ahead, staged=staged)
    else:
        ahead = f"{head}, '{table.happened}' AS column_name, '{FUTURE}' AS reason FROM {{staged}} WHERE {quoted(table.happened)} > CAST($now AS TIMESTAMPTZ)"
        warehouse.run(f"{losers}_ahead", ahead, {"now": now}, staged=staged)
    present = "SELECT * FROM {staged} s WHERE NOT EXISTS (SELECT 1 FROM {ahead} k WHERE k._part = s._part AND k._row = s._row)"
    key = ", ".join(quoted(name) for name in table.key)
    if table.grouped:
        later = f"SELECT _part, _row, max(_part) OVER (PARTITION BY {key}) AS last, '{REPLACED}' AS reason FROM ({present})"
        later = f"SELECT * FROM ({later}) WHERE _part < last"
    else:
        alike = ", ".join(quoted(c.name) for c in table.columns)
        ranked = f"SELECT _part, _row, hash({alike}) AS h, row_number() OVER w AS place, first_value(hash({alike})) OVER w AS best FROM ({present}) WINDOW w AS (PARTITION BY {key} ORDER BY _part DESC, _row DESC)"
        later = f"SELECT _part, _row, 0 AS last, CASE WHEN h = best THEN '{TWICE}' ELSE '{REPLACED}' END AS reason FROM ({ranked}) WHERE place > 1"
    sql = f"SELECT * FROM {{ahead}} UNION ALL SELECT _part, _row, '{table.name}', '{table.key[-1]}', reason FROM ({later})"
    warehouse.run(losers, sql, staged=staged, ahead=f"{losers}_ahead")
    warehouse.drop(f"{losers}_ahead")


def _kill_orphans(warehouse: "Warehouse", staged: str, losers: str) -> None:
    """Lines of an order that was set aside for its own fault go with it."""
    sql = (
        "SELECT * FROM {losers} UNION ALL SELECT s._part, s._row, 'order_lines', 'order_id', "
        f"'{NO_ORDER}' FROM {{staged}} s WHERE s.order_id IN (SELECT order_id FROM _lost_orders) "
        "AND NOT EXISTS (SELECT 1 FROM {losers} k WHERE k._part = s._part AND k._row = s._row)"
    )
    if "_lost_orders" in warehouse.tables():
        warehouse.run(f"{losers}_all", sql, staged=staged, losers=losers)
        warehouse.run(losers, "SELECT * FROM {all}", all=f"{losers}_all")
        warehouse.drop(f"{losers}_all")


# money of other lands


def _rate(warehouse: "Warehouse", table: Table, staged: str, losers: str, currency: str) -> str:
    """Convert foreign money by the latest rate on or before the day; rows without one are set aside."""
    own = _own(currency)
    foreign = f"coalesce(currency, '{currency}') NOT IN ({own})"
    day = RATED[table.name]
    sql = (
        "SELECT s._part, s._row, arg_max(f.rate, f.day) AS rate FROM "
        f"(SELECT _part, _row, currency, {day} AS day FROM {{staged}} WHERE {foreign}) s "
        "JOIN fx f ON f.currency = s.currency AND f.day <= s.day GROUP BY s._part, s._row"
    )
    warehouse.run("_rates", sql, staged=staged)
    lacking = (
        f"SELECT s._part, s._row, '{table.name}' AS table_name, 'currency' AS column_name, '{NO_RATE}' AS reason FROM {{staged}} s "
        f"LEFT JOIN _rates r ON r._part = s._part AND r._row = s._row WHERE {foreign.replace('currency,', 's.currency,')} AND r.rate IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM {losers} k WHERE k._part = s._part AND k._row = s._row)"
    )
    warehouse.run(f"{losers}_all", f"SELECT * FROM {{losers}} UNION ALL {lacking}", staged=staged, losers=losers)
    warehouse.run(losers, "SELECT * FROM {all}", all=f"{losers}_all")
    warehouse.drop(f"{losers}_all")
    if table.name == "orders":
        warehouse.run(
            "_rates_of_orders",
            "SELECT s.order_id, r.rate FROM {staged} s JOIN _rates r ON r._part = s._part AND r._row = s._row",
            staged=staged,
        )
        lost = f"SELECT DISTINCT s.order_id FROM {{staged}} s JOIN {{losers}} k ON k._part = s._part AND k._row = s._row WHERE k.reason IN ('{NO_RATE}', '{FUTURE}')"
        warehouse.run("_lost_orders", lost, staged=staged, losers=losers)
    return _converted(warehouse, table, staged, currency)


def _own(currency: str) -> str:
    """The words that mean the book's own currency: its code, and a shared sign that may be it."""
    return ", ".join(f"'{word}'" for word in (currency, *(sign for sign, family in FAMILIES.items() if currency in family)))


def _converted(warehouse: "Warehouse", table: Table, staged: str, currency: str) -> str:
    cells = [
        f"CAST(s.{quoted(c.name)} * coalesce(r.rate, 1) AS {TYPES[c.kind]}) AS {quoted(c.name)}"
        if c.kind == "money"
        else f"CAST($book AS VARCHAR) AS {quoted(c.name)}"
        if c.name == "currency"
        else f"s.{quoted(c.name)}"
        for c in table.columns
    ]
    sql = f"SELECT s._part, s._row, {', '.join(cells)} FROM {{staged}} s LEFT JOIN _rates r ON r._part = s._part AND r._row = s._row"
    return warehouse.run(f"{staged}_rated", sql, {"book": currency}, staged=staged)


def _rate_lines(warehouse: "Warehouse", staged: str) -> str:
    """Lines are converted by the rate of their order."""
    table = CONTRACT["order_lines"]
    cells = [
        f"CAST(s.{quoted(c.name)} * coalesce(r.rate, 1) AS {TYPES[c.kind]}) AS {quoted(c.name)}"
        if c.kind == "money"
        else f"s.{quoted(c.name)}"
        for c in table.columns
    ]
    sql = f"SELECT s._part, s._row, {', '.join(cells)} FROM {{staged}} s LEFT JOIN (SELECT order_id, max(rate) AS rate FROM _rates_of_orders GROUP BY order_id) r ON r.order_id = s.order_id"
    return warehouse.run(f"{staged}_rated", sql, staged=staged)


# what looks wrong


def notes(warehouse: "Warehouse") -> list[str]:
    """Say what looks wrong in the tables as they are."""
    made: list[str] = []
    by_source = "SELECT source, count(*) AS n, count(DISTINCT source_id) AS who FROM orders GROUP BY source ORDER BY source"
    for row in warehouse.arrow(by_source).to_pylist():
        if row["n"] >= MANY and row["who"] >= 0.995 * row["n"]:
            made.append(
                f"{row['source']}: source_id is different for every order ({row['who']} of {row['n']}): value per customer cannot be learned; "
                "check whether another column names the person"
            )
        elif row["n"] >= MANY and row["who"] >= 0.95 * row["n"]:
            made.append(
                f"{row['source']}: hardly anybody orders twice ({row['n']} orders of {row['who']} customers): little can be learned of value per customer"
            )
    unknown = "SELECT source, count(DISTINCT source_id) AS n FROM orders o WHERE NOT EXISTS (SELECT 1 FROM people p WHERE p.source = o.source AND p.source_id = o.source_id) GROUP BY source ORDER BY source"
    return made + [f"{row['source']}: {row['n']} customers of orders have no row in people" for row in warehouse.arrow(unknown).to_pylist()]


MANY = 50
"""Orders from which on a pattern is worth a word."""
