"""The ground that fills stand on: the neat rows of each role, without those that a rule sets aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from duecare.sources.cells import Native, emptied, native, quoted, trimmed
from duecare.sources.contract import Column, Kind
from duecare.sources.kinds import Manner, Reader, reader
from duecare.sources.looking import Seen, look
from duecare.sources.plan import FILE_SHIFT, Plan, params_in
from duecare.sources.presets import Role
from duecare.sources.times import Order, decide_order

if TYPE_CHECKING:
    from duecare.records import Warehouse
    from duecare.sources.raw import Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the fills stand on: SQL for the rows of each role, and the parameters in it."""

    rows: Mapping[str, str]
    params: Mapping[str, object]


def lay_out(warehouse: "Warehouse", plan: Plan, raws: Mapping[str, Sequence[tuple[int, "Raw"]]]) -> Ground:
    """Make the rows of every role known to *warehouse*."""
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
    return Ground(rows=rows, params=ground)


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
    warehouse.run(everyone(role), f"SELECT *, {rule} AS _rule FROM ({sql})", {**params, **params_in(plan, sql + tests)})
    return warehouse.run(role.name, "SELECT * FROM {rows} WHERE _rule IS NULL", rows=everyone(role))


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
    readers = decide(warehouse, plan, sql, params, {header: Column(name=header, kind=kind, note="") for header, kind in role.typed.items()})
    cells = [
        f"{readers[header].value} AS {quoted(header)}" if header in readers else quoted(header) for header in dict.fromkeys(role.headers)
    ]
    return f"SELECT _row, {', '.join(cells)} FROM ({sql})"


def decide(warehouse: "Warehouse", plan: Plan, sql: str, params: Mapping[str, object], columns: Mapping[str, Column]) -> dict[str, Reader]:
    """Decide how each of *columns* is read, after a look at the whole of it; *sql* gives them neat."""
    schema = warehouse.arrow(f"SELECT * FROM ({sql}) LIMIT 0", params).schema
    natives: dict[str, Native] = {name: native(schema.field(name).type) for name in columns}
    asked: dict[str, Kind] = {
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
    told: set[Order] = {
        decide_order(one.witness)[0] for one in seen.values() if one.witness and one.witness.first_above_12 != one.witness.second_above_12
    }
    return told.pop() if len(told) == 1 else None


def everyone(role: Role) -> str:
    """Name the table of all rows of a role, those that a rule sets aside among them."""
    return f"all_{role.name}"
