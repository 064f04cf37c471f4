"""Cleaning: from raw rows to rows of the contract, and rows set aside with a reason.

Every raw row is used (it fed at least one table) or set aside; nothing is guessed and nothing
is lost from the count. A mapping written in the settings and a preset go the same road: each
fill is cells of SQL over the raw row, read as the contract's kinds, and grouped where several
raw rows make one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from duecare.sources import amounts
from duecare.sources.contract import CONTRACT, Column, Table
from duecare.sources.kinds import TYPES, Manner, Native, Reader, Seen, complaint, emptied, look, native, quoted, reader, trimmed
from duecare.sources.presets import Aside, Cell, Fill, Role
from duecare.sources.times import Order, decide_order

if TYPE_CHECKING:
    from duecare.records import Warehouse
    from duecare.sources.raw import Raw

FILE_SHIFT = 40
"""A row's number bears the number of its file above this bit, where files are read together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is made of the raw rows."""

    roles: tuple[Role, ...]
    fills: tuple[Fill, ...]
    asides: tuple[Aside, ...] = ()
    missing: tuple[str, ...] = ()
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    """Values for SQL: zone, source, currency and others of the input."""
    decimal: amounts.Decimal = "."
    stated: bool = False
    """Whether `$time_format` is given."""
    plain: bool = False
    """Whether cells are bare headers, so that raw rows need no table of their own."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What cleaning made; counts are of raw rows."""

    read: int = 0
    used: int = 0
    reasons: dict[str, int] = field(default_factory=dict[str, int])
    emptied: dict[str, int] = field(default_factory=dict[str, int])
    notes: list[str] = field(default_factory=list[str])
    fills: list[dict[str, object]] = field(default_factory=list[dict[str, object]])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What the fills stand on: SQL for the rows of each role, and the parameters in it."""

    rows: Mapping[str, str]
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filled:
    """A fill after it has been read: `table` holds its rows, good and bad, `links` which raw row went where."""

    fill: Fill
    table: str
    links: str | None
    columns: tuple[str, ...]
    flags: tuple[str, ...]


def clean(warehouse: "Warehouse", plan: Plan, raws: Mapping[str, Sequence[tuple[int, "Raw"]]], out: Path) -> Outcome:
    """Read raw rows as the contract has it and write what is good and what is set aside into *out*.

    Args:
        warehouse: a scratch one, which knows the raw rows.
        plan: what is made of them.
        raws: the files of each role, with their numbers.
        out: a folder for the Parquet files.
    """
    outcome = Outcome()
    ground = _lay_out(warehouse, plan, raws)
    filled = [_fill(warehouse, plan, ground, fill, number, outcome) for number, fill in enumerate(plan.fills)]
    for number, one in enumerate(filled):
        _write_fill(warehouse, one, number, out, outcome)
    _settle_rows(warehouse, plan, filled, out)
    _count(warehouse, plan, raws, outcome)
    warehouse.write("aside", out / "aside.parquet")
    return outcome


# rows of a role, and those that a rule sets aside


def _lay_out(warehouse: "Warehouse", plan: Plan, raws: Mapping[str, Sequence[tuple[int, "Raw"]]]) -> _Ground:
    rows: dict[str, str] = {}
    ground: dict[str, object] = {}
    for role in plan.roles:
        parts = [_part(role, plan, number, raw, warehouse) for number, raw in raws.get(role.name, ())]
        params = {key: value for _, raw in raws.get(role.name, ()) for key, value in raw.params.items()}
        sql = " UNION ALL ".join(parts) or _no_rows(role)
        if plan.plain:
            rows[role.name] = f"({sql})"
            ground |= params
            continue
        rows[role.name] = quoted(_keep(warehouse, plan, role, _typed(warehouse, plan, role, sql, params), params))
    return _Ground(rows=rows, params=ground)


def _derived(role: Role, sql: str) -> str:
    if not role.derived:
        return sql
    return f"SELECT *, {', '.join(f'{made} AS {quoted(name)}' for name, made in role.derived.items())} FROM ({sql})"


def _keep(warehouse: "Warehouse", plan: Plan, role: Role, sql: str, params: Mapping[str, object]) -> str:
    """Make the table of a role, without the rows that a rule sets aside; those stay in `all_`."""
    sql = _derived(role, sql)
    rules = [rule for rule in plan.asides if rule.role == role.name]
    tests = " ".join(f"WHEN {rule.when} THEN {i}" for i, rule in enumerate(rules))
    rule = f"CASE {tests} END" if rules else "CAST(NULL AS INTEGER)"
    warehouse.run(_all(role), f"SELECT *, {rule} AS _rule FROM ({sql})", {**params, **plan_params(plan, sql + tests)})
    return warehouse.run(role.name, "SELECT * FROM {rows} WHERE _rule IS NULL", rows=_all(role))


def _part(role: Role, plan: Plan, number: int, raw: "Raw", warehouse: "Warehouse") -> str:
    schema = warehouse.arrow(f"SELECT * FROM {raw.rows} LIMIT 0", raw.params).schema
    by_fold = {header.casefold(): header for header in raw.headers}
    cells: list[str] = []
    for header in dict.fromkeys(role.headers):
        there = by_fold.get(header.casefold())
        if there is None:
            cells.append(f"CAST(NULL AS VARCHAR) AS {quoted(header)}")
            continue
        of = native(schema.field(there).type)
        cells.append(
            f"{quoted(there) if plan.plain else _neat_cell(quoted(there), of, plan.missing, strict=header in role.typed)} AS {quoted(header)}"
        )
    row = f"_row + {number << FILE_SHIFT}" if number else "_row"
    return f"SELECT {', '.join([f'CAST({row} AS BIGINT) AS _row', *cells])} FROM {raw.rows}"


def _neat_cell(x: str, of: Native, missing: Sequence[str], *, strict: bool) -> str:
    return emptied(trimmed(x, of), of, strict=strict, missing=missing)


def _no_rows(role: Role) -> str:
    cells = "".join(f", CAST(NULL AS VARCHAR) AS {quoted(header)}" for header in role.headers)
    return f"SELECT CAST(NULL AS BIGINT) AS _row{cells} WHERE false"


def _typed(warehouse: "Warehouse", plan: Plan, role: Role, sql: str, params: Mapping[str, object]) -> str:
    """SQL in which headers under `typed` have their kind; what cannot be read there is empty."""
    if not role.typed:
        return sql
    readers = _readers(
        warehouse, plan, sql, params, {header: Column(name=header, kind=kind, note="") for header, kind in role.typed.items()}
    )
    cells = [
        f"{readers[header].value} AS {quoted(header)}" if header in readers else quoted(header) for header in dict.fromkeys(role.headers)
    ]
    return f"SELECT _row, {', '.join(cells)} FROM ({sql})"


def plan_params(plan: Plan, sql: str) -> dict[str, object]:
    """Return the parameters of the plan that *sql* uses."""
    import re

    return {key: value for key, value in plan.params.items() if re.search(rf"\${key}\b", sql)}


def _readers(
    warehouse: "Warehouse", plan: Plan, sql: str, params: Mapping[str, object], columns: Mapping[str, Column]
) -> dict[str, Reader]:
    """Decide how each of *columns* is read, after a look at the whole of it; *sql* gives them neat."""
    schema = warehouse.arrow(f"SELECT * FROM ({sql}) LIMIT 0", params).schema
    natives: dict[str, Native] = {name: native(schema.field(name).type) for name in columns}
    asked = {
        name: column.kind for name, column in columns.items() if natives[name] in ("text", "whole", "real") and _asks(column, natives[name])
    }
    as_words = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in asked)
    seen = look(warehouse, f"SELECT {as_words} FROM ({sql})", asked, params) if asked else {}
    manner = Manner(
        decimal=plan.decimal,
        zone=None if plan.params.get("zone") == "UTC" else "$zone",
        stated="$time_format" if plan.stated else None,
        hint=_shared_order(seen),
    )
    return {name: reader(column, quoted(name), natives[name], manner, seen.get(name)) for name, column in columns.items()}


def _asks(column: Column, of: Native) -> bool:
    return of == "text" or column.kind in ("time", "date")


def _shared_order(seen: Mapping[str, Seen]) -> Order | None:
    """What one column of a file tells of day and month holds for the others."""
    told = {
        decide_order(one.witness)[0] for one in seen.values() if one.witness and one.witness.first_above_12 != one.witness.second_above_12
    }
    return told.pop() if len(told) == 1 else None


# one fill


def _fill(warehouse: "Warehouse", plan: Plan, ground: _Ground, fill: Fill, number: int, outcome: Outcome) -> _Filled:
    table = CONTRACT[fill.table]
    cells = _cells(ground, fill)
    params = {**plan_params(plan, cells), **ground.params}
    columns = {column.name: column for column in table.columns if column.name in fill.columns}
    neat_sql = _neat(warehouse, cells, params, table, columns, fill)
    readers = _readers(warehouse, plan, neat_sql, params, columns)
    outcome.notes.extend(f"{fill.table}.{note}" for one in readers.values() for note in one.notes)
    readers |= _own_currency(plan, fill, table, columns, readers)
    parts = [f"{one.value} AS {quoted('v:' + name)}, {one.given} AS {quoted('g:' + name)}" for name, one in readers.items()]
    groups = "".join(f", _g{i}" for i in range(len(fill.each)))
    read = f"SELECT _row{groups}, {', '.join(parts)} FROM ({neat_sql})"
    return _staged(warehouse, plan, fill, read, tuple(readers), number, {**plan_params(plan, read), **ground.params})


def _cells(ground: _Ground, fill: Fill) -> str:
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


def _staged(
    warehouse: "Warehouse", plan: Plan, fill: Fill, read: str, names: Sequence[str], number: int, params: Mapping[str, object]
) -> _Filled:
    table, links = CONTRACT[fill.table], None
    if fill.each:
        warehouse.run(f"read_{number}", read, params)
        links = _link(warehouse, fill, number)
        read, params = _grouped(fill, table, names, f"read_{number}"), {}
    why, where = _verdict(table, names)
    flags = tuple(name for name in names if name not in table.required and _may_fail(table.column(name)))
    parts = [
        "_row",
        *(f"{quoted('v:' + name)} AS {quoted(name)}" for name in names),
        f"{why} AS _why",
        f"{where} AS _column",
        *(f"({quoted('g:' + name)} AND {quoted('v:' + name)} IS NULL) AS {quoted('e:' + name)}" for name in flags),
    ]
    sql = f"SELECT {', '.join(parts)} FROM ({read})"
    if fill.needs:
        sql = _needing(sql, table, fill)
        warehouse.run(f"stage_{number}", sql, params, need=f"good_{fill.needs}")
    else:
        warehouse.run(f"stage_{number}", sql, params)
    if any(other.needs == table.name for other in plan.fills):
        key = quoted(_order_key(table))
        warehouse.run(f"good_{table.name}", f"SELECT DISTINCT {key} FROM {{stage}} WHERE _why IS NULL", stage=f"stage_{number}")
    return _Filled(fill=fill, table=f"stage_{number}", links=links, columns=tuple(names), flags=flags)


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


def _grouped(fill: Fill, table: Table, names: Sequence[str], rows: str) -> str:
    keys = ", ".join(f"_g{i}" for i in range(len(fill.each)))
    given = " AND ".join(f"_g{i} IS NOT NULL" for i in range(len(fill.each)))
    parts = [part for name in names for part in _taken(name, fill.columns.get(name, Cell(sql="")), table.column(name))]
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


# what was made of every raw row


def _write_fill(warehouse: "Warehouse", one: _Filled, number: int, out: Path, outcome: Outcome) -> None:
    kept = ", ".join(["_row", *map(quoted, one.columns)])
    warehouse.save(f"SELECT {kept} FROM {{stage}} WHERE _why IS NULL", out / f"fill_{number}.parquet", stage=one.table)
    outcome.fills.append({"table": one.fill.table, "columns": list(one.columns), "file": f"fill_{number}.parquet"})
    if one.flags:
        counts = ", ".join(f"count(*) FILTER ({quoted('e:' + name)}) AS {quoted(name)}" for name in one.flags)
        found = warehouse.arrow(f"SELECT {counts} FROM {{stage}} WHERE _why IS NULL", stage=one.table).to_pylist()[0]
        table = CONTRACT[one.fill.table]
        for name, count in found.items():
            if count:
                outcome.emptied[f"{table.name}.{name}: {complaint(table.column(name))}"] = int(count)


def _settle_rows(warehouse: "Warehouse", plan: Plan, filled: Sequence[_Filled], out: Path) -> None:
    """Make `fates` (each raw row's use or reason) and `aside`; write the links where a row may go several ways."""
    simple = plan.plain and len(filled) == 1 and filled[0].links is None
    if simple:
        sql = "SELECT _row, $table AS table_name, _column AS column_name, _why AS reason, true AS whole FROM {stage} WHERE _why IS NOT NULL"
        warehouse.run("aside", sql, {"table": filled[0].fill.table}, stage=filled[0].table)
        return
    parts = [_fate(one, number) for number, one in enumerate(filled) if not one.fill.everyone]
    warehouse.run("fates", " UNION ALL ".join(parts))
    warehouse.run("links", "SELECT _fill, _row, _to FROM {fates} WHERE _why IS NULL", fates="fates")
    warehouse.write("links", out / "links.parquet")
    warehouse.run(
        "used",
        "SELECT _row, bool_or(_why IS NULL) AS used, min(_fill) FILTER (_why IS NOT NULL) AS first FROM {fates} GROUP BY _row",
        fates="fates",
    )
    failed = "SELECT f._row, f._table AS table_name, f._column AS column_name, f._why AS reason, NOT u.used AS whole, f._fill = u.first AS told FROM {fates} f JOIN {used} u ON f._row = u._row WHERE f._why IS NOT NULL"
    left = " UNION ALL ".join(_unfilled(plan, role) for role in plan.roles if not role.lookup) if not plan.plain else ""
    both = f"SELECT _row, table_name, column_name, reason, whole FROM ({failed}) WHERE told OR NOT whole" + (
        f" UNION ALL {left}" if left else ""
    )
    warehouse.run("aside", both, fates="fates", used="used")


def _fate(one: _Filled, number: int) -> str:
    head = f"SELECT {number} AS _fill, '{one.fill.table}' AS _table"
    if one.links is None:
        return f"{head}, _row, _row AS _to, _why, _column FROM {quoted(one.table)}"
    key = next(name for name in CONTRACT[one.fill.table].key if name != "source")
    heard = "" if number == 0 else " WHERE l._to IS NOT NULL"  # only the main table misses a row that names no key
    why = f"CASE WHEN l._to IS NULL THEN '{key} is missing' ELSE s._why END"
    column = f"CASE WHEN l._to IS NULL THEN '{key}' ELSE s._column END"
    return f"{head}, l._row, l._to, {why} AS _why, {column} AS _column FROM {quoted(one.links)} l LEFT JOIN {quoted(one.table)} s ON l._to = s._row{heard}"


def _unfilled(plan: Plan, role: Role) -> str:
    rules = [rule for rule in plan.asides if rule.role == role.name]
    why = " ".join(f"WHEN {i} THEN '{rule.reason.replace(chr(39), chr(39) * 2)}'" for i, rule in enumerate(rules))
    where = " ".join(f"WHEN {i} THEN '{rule.column}'" for i, rule in enumerate(rules))
    reason = f"CASE _rule {why} ELSE 'there is nothing to use in it' END" if rules else "'there is nothing to use in it'"
    column = f"CASE _rule {where} END" if rules else "NULL"
    return f"SELECT _row, '' AS table_name, {column} AS column_name, {reason} AS reason, true AS whole FROM {quoted(_all(role))} WHERE _row NOT IN (SELECT _row FROM {{fates}} WHERE _row IS NOT NULL)"


def _count(warehouse: "Warehouse", plan: Plan, raws: Mapping[str, Sequence[tuple[int, "Raw"]]], outcome: Outcome) -> None:
    _add_refused(warehouse, plan, raws)
    counted = {role.name for role in plan.roles if not role.lookup}
    outcome.read = sum(raw.read for name, files in raws.items() if name in counted for _, raw in files)
    outcome.notes.extend(dict.fromkeys(note for files in raws.values() for _, raw in files for note in raw.notes))
    for row in warehouse.arrow(
        "SELECT reason, count(*) AS n FROM {aside} WHERE whole GROUP BY reason ORDER BY n DESC, reason", aside="aside"
    ).to_pylist():
        outcome.reasons[row["reason"]] = int(row["n"])
    partly = "SELECT table_name, reason, count(*) AS n FROM {aside} WHERE NOT whole GROUP BY ALL ORDER BY ALL"
    for row in warehouse.arrow(partly, aside="aside").to_pylist():
        outcome.emptied[f"{row['table_name']}: {row['reason']}"] = int(row["n"])
    outcome.used = outcome.read - sum(outcome.reasons.values())


def _add_refused(warehouse: "Warehouse", plan: Plan, raws: Mapping[str, Sequence[tuple[int, "Raw"]]]) -> None:
    import pyarrow as pa

    counted = {role.name for role in plan.roles if not role.lookup}
    lines = [
        ((number << FILE_SHIFT) + one.row, one.reason)
        for name, files in raws.items()
        if name in counted
        for number, raw in files
        for one in raw.refused
    ]
    if not lines:
        return
    rows, reasons = zip(*lines, strict=True)
    warehouse.put("refused", pa.table({"_row": pa.array(rows, pa.int64()), "reason": pa.array(reasons, pa.string())}))
    sql = "SELECT * FROM {aside} UNION ALL SELECT _row, '' AS table_name, NULL AS column_name, reason, true AS whole FROM {refused}"
    warehouse.run("aside_all", sql, aside="aside", refused="refused")
    warehouse.run("aside", "SELECT * FROM {all}", all="aside_all")


def _all(role: Role) -> str:
    return f"all_{role.name}"
