"""Fates: what became of every raw row, and the counts of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from duecare.sources.cells import quoted
from duecare.sources.contract import CONTRACT
from duecare.sources.filling import Filled, Read
from duecare.sources.ground import everyone
from duecare.sources.kinds import complaint
from duecare.sources.plan import FILE_SHIFT, Outcome, Plan
from duecare.sources.presets import Role

if TYPE_CHECKING:
    from duecare.records import Warehouse
    from duecare.sources.raw import Raw


def write_fill(warehouse: "Warehouse", one: Filled, number: int, out: Path, outcome: Outcome) -> None:
    """Write the good rows of a fill and count its cells that could not be read."""
    kept = ", ".join(["_row", *map(quoted, one.read.columns)])
    warehouse.save(f"SELECT {kept} FROM {{stage}} WHERE _why IS NULL", out / f"fill_{number}.parquet", stage=one.table)
    count_fill(warehouse, one.read, quoted(one.table), {}, number, outcome)


def count_fill(warehouse: "Warehouse", read: Read, rows: str, params: Mapping[str, object], number: int, outcome: Outcome) -> None:
    """Enter a fill into the outcome, with how often a cell of each column could not be read."""
    outcome.fills.append({"table": read.fill.table, "columns": list(read.columns), "file": f"fill_{number}.parquet"})
    if not read.flags:
        return
    counts = ", ".join(f"count(*) FILTER ({quoted('e:' + name)}) AS {quoted(name)}" for name in read.flags)
    found = warehouse.arrow(f"SELECT {counts} FROM {rows} WHERE _why IS NULL", params).to_pylist()[0]
    for name, count in found.items():
        if count:
            outcome.emptied[f"{read.table.name}.{name}: {complaint(read.table.column(name))}"] = int(count)


def settle_rows(warehouse: "Warehouse", plan: Plan, filled: Sequence[Filled], out: Path) -> None:
    """Make `fates` (each raw row's use or reason) and `aside`; write the links where a row may go several ways."""
    parts = [_fate(one, number) for number, one in enumerate(filled) if not one.fill.everyone]
    warehouse.run("fates", " UNION ALL ".join(parts))
    warehouse.run("links", "SELECT _fill, _row, _to FROM {fates} WHERE _why IS NULL", fates="fates")
    warehouse.write("links", out / "links.parquet")
    warehouse.run("used", _USED, fates="fates")
    left = [_unfilled(plan, role) for role in plan.roles if not role.lookup and not plan.plain]
    warehouse.run("aside", " UNION ALL ".join([_FAILED, *left]), fates="fates", used="used")


_USED = "SELECT _row, bool_or(_why IS NULL) AS used, min(_fill) FILTER (_why IS NOT NULL) AS first FROM {fates} GROUP BY _row"

_FAILED = """
SELECT _row, table_name, column_name, reason, whole FROM (
    SELECT f._row, f._table AS table_name, f._column AS column_name, f._why AS reason, NOT u.used AS whole, f._fill = u.first AS told
    FROM {fates} f JOIN {used} u ON f._row = u._row WHERE f._why IS NOT NULL
) WHERE told OR NOT whole
"""
"""A row that is set aside is told once, by the first fill that missed it."""


def _fate(one: Filled, number: int) -> str:
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
    return f"SELECT _row, '' AS table_name, {column} AS column_name, {reason} AS reason, true AS whole FROM {quoted(everyone(role))} WHERE _row NOT IN (SELECT _row FROM {{fates}} WHERE _row IS NOT NULL)"


def count(warehouse: "Warehouse", plan: Plan, raws: Mapping[str, Sequence[tuple[int, "Raw"]]], outcome: Outcome) -> None:
    """Enter into the outcome what was read, used and set aside."""
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
