"""Filling: a contract table out of raw rows, each row with what it is worth or why it is set aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from duecare.sources import amounts
from duecare.sources.cells import Native, emptied, native, quoted, trimmed
from duecare.sources.contract import CONTRACT, Column, Table
from duecare.sources.ground import Ground, decide
from duecare.sources.kinds import TYPES, Reader, complaint
from duecare.sources.plan import Outcome, Plan, params_in
from duecare.sources.presets import Cell, Fill

if TYPE_CHECKING:
    from duecare.records import Warehouse


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A fill as it shall be read: SQL of its values, and whether something stood in each cell."""

    fill: Fill
    sql: str
    params: Mapping[str, object]
    columns: tuple[str, ...]

    @property
    def table(self) -> Table:
        return CONTRACT[self.fill.table]

    @property
    def flags(self) -> tuple[str, ...]:
        """Columns that a row may keep although they could not be read."""
        return tuple(name for name in self.columns if name not in self.table.required and _may_fail(self.table.column(name)))

    @property
    def judged(self) -> str:
        """SQL of each row with its values, why it is set aside, and which of its cells could not be read."""
        return self.judge(self.sql)

    def judge(self, rows: str) -> str:
        why, where = _verdict(self.table, self.columns)
        parts = [
            "_row",
            *(f"{quoted('v:' + name)} AS {quoted(name)}" for name in self.columns),
            f"{why} AS _why",
            f"{where} AS _column",
            *(f"({quoted('g:' + name)} AND {quoted('v:' + name)} IS NULL) AS {quoted('e:' + name)}" for name in self.flags),
        ]
        return f"SELECT {', '.join(parts)} FROM ({rows})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A fill after it has been read: `table` holds its rows, good and bad, `links` which raw row went where."""

    read: Read
    table: str
    links: str | None

    @property
    def fill(self) -> Fill:
        return self.read.fill


def read_fill(warehouse: "Warehouse", plan: Plan, ground: Ground, fill: Fill, outcome: Outcome) -> Read:
    """Decide how each column of a fill is read, after a look at the whole of it."""
    table = CONTRACT[fill.table]
    cells = _cells(ground, fill)
    params = {**params_in(plan, cells), **ground.params}
    columns = {column.name: column for column in table.columns if column.name in fill.columns}
    neat_sql = _neat(warehouse, cells, params, table, columns, fill)
    readers = decide(warehouse, plan, neat_sql, params, columns)
    outcome.notes.extend(f"{fill.table}.{note}" for one in readers.values() for note in one.notes)
    readers |= _own_currency(plan, fill, table, columns, readers)
    parts = [f"{one.value} AS {quoted('v:' + name)}, {one.given} AS {quoted('g:' + name)}" for name, one in readers.items()]
    groups = "".join(f", _g{i}" for i in range(len(fill.each)))
    sql = f"SELECT _row{groups}, {', '.join(parts)} FROM ({neat_sql})"
    return Read(fill=fill, sql=sql, params={**params_in(plan, sql), **ground.params}, columns=tuple(readers))


def fill_in(warehouse: "Warehouse", plan: Plan, ground: Ground, fill: Fill, number: int, outcome: Outcome) -> Filled:
    """Make the table of a fill: its rows, grouped where it says so, good and bad."""
    read = read_fill(warehouse, plan, ground, fill, outcome)
    sql, params, links = read.judged, read.params, None
    if fill.each:
        warehouse.run(f"read_{number}", read.sql, read.params)
        links = _link(warehouse, fill, number)
        sql, params = read.judge(_grouped(read, f"read_{number}")), {}
    if fill.needs:
        warehouse.run(f"stage_{number}", _needing(sql, read.table, fill), params, need=f"good_{fill.needs}")
    else:
        warehouse.run(f"stage_{number}", sql, params)
    if any(other.needs == fill.table for other in plan.fills):
        key = quoted(_order_key(read.table))
        warehouse.run(f"good_{fill.table}", f"SELECT DISTINCT {key} FROM {{stage}} WHERE _why IS NULL", stage=f"stage_{number}")
    return Filled(read=read, table=f"stage_{number}", links=links)


def _cells(ground: Ground, fill: Fill) -> str:
    parts = [f"{cell.sql} AS {quoted(name)}" for name, cell in fill.columns.items()]
    groups = "".join(f", {sql} AS _g{i}" for i, sql in enumerate(fill.each))
    where = f" WHERE {fill.where}" if fill.where else ""
    join = fill.join
    for role, rows in ground.rows.items():
        join = join.replace("{" + role + "}", rows)
    base = f'"all_{fill.base}"' if fill.everyone else ground.rows[fill.base]
    return f"SELECT {fill.base}._row AS _row{groups}, {', '.join(parts)} FROM {base} AS {fill.base} {join}{where}"


def _neat(warehouse: "Warehouse", cells: str, params: Mapping[str, object], table: Table, columns: Mapping[str, Column], fill: Fill) -> str:
    """SQL of the cells without blanks, null where a word says 'empty': in two steps, so that each is done once."""
    schema = warehouse.arrow(f"SELECT * FROM ({cells}) LIMIT 0", params).schema
    natives: dict[str, Native] = {name: native(schema.field(name).type) for name in columns}
    strict = set(table.key) | {
        column.name for column in table.columns if column.kind != "text" or column.choices or column.name.endswith("_id")
    }
    groups = "".join(f", _g{i}" for i in range(len(fill.each)))
    bare = [f"{trimmed(quoted(name), of)} AS {quoted(name)}" for name, of in natives.items()]
    parts = [f"{emptied(quoted(name), of, strict=name in strict)} AS {quoted(name)}" for name, of in natives.items()]
    return f"SELECT _row{groups}, {', '.join(parts)} FROM (SELECT _row{groups}, {', '.join(bare)} FROM ({cells}))"


def _own_currency(plan: Plan, fill: Fill, table: Table, columns: Mapping[str, Column], readers: Mapping[str, Reader]) -> dict[str, Reader]:
    """The currency of a row: what its column or its amounts say, else the input's."""
    if not any(column.name == "currency" and not column.required for column in table.columns) or table.name == "fx":
        return {}
    stated = "$currency" if plan.params.get("currency") else "NULL"
    if "currency" in fill.columns:
        return {
            "currency": replace(
                readers["currency"],
                value=f"(CASE WHEN {readers['currency'].given} THEN {_meant(readers['currency'].value, plan)} ELSE {stated} END)",
            )
        }
    money = next(
        (name for name, column in columns.items() if (column.kind == "money" and "amount" not in name) or column.name == "amount"), None
    )
    signed = money is not None and "regexp_full_match" in readers[money].value
    value = f"coalesce({_meant(amounts.currency_sql(quoted(money)), plan)}, {stated})" if signed and money else stated
    return {"currency": Reader(given=f"({value}) IS NOT NULL", value=f"CAST({value} AS VARCHAR)")}


def _meant(code: str, plan: Plan) -> str:
    """A sign that several currencies share means the input's, where that is one of them."""
    stated = plan.params.get("currency")
    shared = [sign for sign, family in amounts.FAMILIES.items() if stated in family]
    return f"(CASE WHEN {code} = '{shared[0]}' THEN $currency ELSE {code} END)" if shared else code


def _order_key(table: Table) -> str:
    return "contact_id" if table.name in ("contacts", "contact_events", "surveys") else "order_id"


def _needing(sql: str, table: Table, fill: Fill) -> str:
    key = quoted(_order_key(table))
    lost = f"its {fill.needs.removesuffix('s')} was set aside"
    return f"SELECT * REPLACE (CASE WHEN _why IS NULL AND {key} NOT IN (SELECT {key} FROM {{need}}) THEN '{lost}' ELSE _why END AS _why) FROM ({sql})"


def _link(warehouse: "Warehouse", fill: Fill, number: int) -> str:
    keys = ", ".join(f"_g{i}" for i in range(len(fill.each)))
    given = " AND ".join(f"_g{i} IS NOT NULL" for i in range(len(fill.each)))
    sql = f"SELECT _row, CASE WHEN {given} THEN min(_row) OVER (PARTITION BY {keys}) END AS _to FROM {{rows}}"
    return warehouse.run(f"links_{number}", sql, rows=f"read_{number}")


def _grouped(read: Read, rows: str) -> str:
    fill = read.fill
    keys = ", ".join(f"_g{i}" for i in range(len(fill.each)))
    given = " AND ".join(f"_g{i} IS NOT NULL" for i in range(len(fill.each)))
    parts = [part for name in read.columns for part in _taken(name, fill.columns.get(name, Cell(sql="")), read.table.column(name))]
    return f"SELECT min(_row) AS _row, {', '.join(parts)} FROM {quoted(rows)} WHERE {given} GROUP BY {keys}"


def _taken(name: str, cell: Cell, column: Column) -> tuple[str, str]:
    value, given = quoted("v:" + name), quoted("g:" + name)
    bad = f"bool_or({given} AND {value} IS NULL)"
    takes = {
        "first": f"arg_min({value}, _row)",
        "last": f"arg_max({value}, _row)",
        "min": f"min({value})",
        "max": f"max({value})",
        "sum": f"CASE WHEN {bad} THEN NULL ELSE CAST(sum({value}) AS {TYPES[column.kind]}) END",
    }
    return f"{takes[cell.take]} AS {value}", f"coalesce(bool_or({given}), false) AS {given}"


def _may_fail(column: Column) -> bool:
    return column.kind != "text" or bool(column.choices)


def _verdict(table: Table, names: Sequence[str]) -> tuple[str, str]:
    """SQL of why a row is set aside (null when it is good), and of the column that made it so."""
    failing: list[tuple[str, str, str]] = []
    for name in names:
        column, value, given = table.column(name), quoted("v:" + name), quoted("g:" + name)
        if name in table.required:
            failing.append((f"{value} IS NULL AND NOT {given}", f"{name} is missing", name))
        if name in table.required and _may_fail(column):
            failing.append((f"{value} IS NULL", f"{name} {complaint(column)}", name))
        elif name in table.required:
            failing.append((f"{value} IS NULL", f"{name} is missing", name))
        if name == "currency":
            failing.append((f"{value} IS NULL AND {given}", "currency is not a code of three letters", name))
    why = " ".join(f"WHEN {test} THEN '{reason}'" for test, reason, _ in failing)
    where = " ".join(f"WHEN {test} THEN '{name}'" for test, _, name in failing)
    return f"(CASE {why} END)", f"(CASE {where} END)"
