"""Cleaning: from raw rows to rows of the contract, and rows set aside with a reason.

Every raw row is used (it fed at least one table) or set aside; nothing is guessed and nothing
is lost from the count. A mapping written in the settings and a preset go the same road: each
fill is cells of SQL over the raw row, read as the contract's kinds, and grouped where several
raw rows make one.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from duecare.sources.cells import quoted
from duecare.sources.fates import count, count_fill, settle_rows, write_fill
from duecare.sources.filling import fill_in, read_fill
from duecare.sources.ground import Ground, lay_out
from duecare.sources.plan import Outcome, Plan

if TYPE_CHECKING:
    from duecare.records import Warehouse
    from duecare.sources.raw import Raw


def clean(warehouse: "Warehouse", plan: Plan, raws: Mapping[str, Sequence[tuple[int, "Raw"]]], out: Path) -> Outcome:
    """Read raw rows as the contract has it and write what is good and what is set aside into *out*.

    Args:
        warehouse: a scratch one, which knows the raw rows.
        plan: what is made of them.
        raws: the files of each role, with their numbers.
        out: a folder for the Parquet files.
    """
    outcome = Outcome()
    ground = lay_out(warehouse, plan, raws)
    if plan.plain and len(plan.fills) == 1 and not plan.fills[0].each:
        _one_to_one(warehouse, plan, ground, out, outcome)
    else:
        filled = [fill_in(warehouse, plan, ground, fill, number, outcome) for number, fill in enumerate(plan.fills)]
        for number, one in enumerate(filled):
            write_fill(warehouse, one, number, out, outcome)
        settle_rows(warehouse, plan, filled, out)
    count(warehouse, plan, raws, outcome)
    warehouse.write("aside", out / "aside.parquet")
    return outcome


def _one_to_one(warehouse: "Warehouse", plan: Plan, ground: Ground, out: Path, outcome: Outcome) -> None:
    """Clean where each raw row makes one row of one table: in one pass, straight into the file.

    The pass writes bad rows too; only if there are any is the file written again without them.
    """
    read = read_fill(warehouse, plan, ground, plan.fills[0], outcome)
    every, good = out / "every.parquet", out / "fill_0.parquet"
    warehouse.save(read.judged, every, read.params)
    rows, where = "read_parquet($every)", {"every": str(every)}
    count_fill(warehouse, read, rows, where, 0, outcome)
    aside = f"SELECT _row, $table AS table_name, _column AS column_name, _why AS reason, true AS whole FROM {rows} WHERE _why IS NOT NULL"
    warehouse.run("aside", aside, {**where, "table": read.fill.table})
    if not warehouse.arrow("SELECT count(*) AS n FROM {aside}", aside="aside")["n"][0].as_py():
        every.rename(good)
        return
    kept = ", ".join(["_row", *map(quoted, read.columns)])
    warehouse.save(f"SELECT {kept} FROM {rows} WHERE _why IS NULL", good, where)
    every.unlink()
