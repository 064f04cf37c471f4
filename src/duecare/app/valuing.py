"""Value alone and the backtest: any table of transactions becomes what its customers are worth, and how well that could be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

from duecare.app.handed import refuse_endings, refuse_place, write_table
from duecare.app.past import past_facts, past_lines
from duecare.app.progress import Progress
from duecare.app.report.wording import many
from duecare.app.shown import print_json
from duecare.records import Warehouse, open_scratch
from duecare.sources.transactions import Transactions, read_transactions
from duecare.value.alone import Bought, table_of, value_alone
from duecare.value.backtest import backtest
from duecare.value.estimate import Estimate
from duecare.words import BadRows, BadSettings

if TYPE_CHECKING:
    import pyarrow as pa

EPOCH = date(1970, 1, 1)
MEMORY_GB = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command was told."""

    file: Path
    columns: Mapping[str, str] | None
    as_of: datetime | None
    horizon_days: int
    discount_percent_per_year: float = 10.0
    seed: int = 1
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class _Opened:
    """The transactions of a file."""

    read: Transactions
    ids: "pa.Array"
    bought: Bought
    day: int
    """The as-of day, since 1970."""


def value_file(asked: Asked, *, as_json: bool) -> None:
    """Value the customers of a file of transactions, write what each is worth, and print what came of it."""
    if asked.out is None:
        raise BadSettings("where to write is not told", mend="--out values.csv")
    refuse_endings(asked.out)
    refuse_place("--out", asked.out, asked.file, "the transactions")
    progress = Progress(quiet=as_json)
    with progress.step("read"):
        opened = _open(asked)
    with progress.step("value"):
        rate = asked.discount_percent_per_year
        valued = value_alone(
            opened.bought, len(opened.ids), day=opened.day, days=asked.horizon_days, discount_percent_per_year=rate, seed=asked.seed
        )
    write_table(table_of(opened.ids, valued, counted=opened.bought.amount is None), asked.out)
    facts = _facts(asked, opened) | _worth(valued, opened) | {"out": str(asked.out), "seconds": progress.seconds}
    if as_json:
        print_json(facts)
    else:
        typer.echo("\n".join(_value_lines(facts)))


def backtest_file(asked: Asked, *, as_json: bool) -> None:
    """Hold every model to the past of a file of transactions, and print how they did."""
    progress = Progress(quiet=as_json)
    with progress.step("read"):
        opened = _open(asked)
    with progress.step("backtest"):
        book = opened.bought.until(opened.day).book()
        if not len(book.customer):
            raise BadRows("nobody had bought anything by that day", mend="a later --as-of, or a file with purchases")
        past = past_facts(backtest(book, opened.day, asked.horizon_days, seed=asked.seed))
    facts = _facts(asked, opened) | {"past": past, "seconds": progress.seconds}
    if as_json:
        print_json(facts)
    else:
        typer.echo("\n".join([*_read_lines(facts), *past_lines(past)]))


def _open(asked: Asked) -> _Opened:
    with TemporaryDirectory(prefix="duecare-") as folder, open_scratch(Path(folder) / "scratch", memory_gb=MEMORY_GB) as warehouse:
        read = read_transactions(warehouse, asked.file, work=Path(folder), columns=asked.columns)
        ids, bought = _columns(warehouse, read)
    newest = int(bought.day.max())
    day = newest if asked.as_of is None else (asked.as_of.astimezone(UTC).date() - EPOCH).days
    return _Opened(read, ids, bought, day)


NUMBERED = """
SELECT CAST(dense_rank() OVER (ORDER BY customer) - 1 AS BIGINT) AS number, customer, CAST(day AS BIGINT) AS day, amount, profit FROM {transactions}
"""
IDS = "SELECT DISTINCT customer FROM {transactions} ORDER BY customer"


def _columns(warehouse: Warehouse, read: Transactions) -> "tuple[pa.Array, Bought]":
    """The ids of the customers in their order, and the transactions by number."""
    ids = warehouse.arrow(IDS, transactions="transactions")["customer"].combine_chunks()
    rows = warehouse.arrow(NUMBERED, transactions="transactions")
    said = {"amount": "amount" in read.columns, "profit": "profit" in read.columns or {"amount", "cost"} <= set(read.columns)}
    money = {name: rows[name].to_numpy().astype(np.float64) if there else None for name, there in said.items()}
    return ids, Bought(rows["number"].to_numpy(), rows["day"].to_numpy(), money["amount"], money["profit"])


def _facts(asked: Asked, opened: _Opened) -> dict[str, Any]:
    """What was read; counts and names of columns, and nobody's data."""
    later = int((opened.bought.day > opened.day).sum())
    return {
        "file": opened.read.name,
        "rows": opened.read.rows,
        "left_out": dict(opened.read.left_out) | ({"later than the as-of day": later} if later else {}),
        "columns": dict(opened.read.columns),
        "customers": len(opened.ids),
        "as_of": (EPOCH + timedelta(days=opened.day)).isoformat(),
        "horizon_days": asked.horizon_days,
        "notes": list(opened.read.notes),
    }


def _worth(valued: Estimate, opened: _Opened) -> dict[str, Any]:
    """What all are worth together, and by which model."""
    orders, clv = (valued.columns[name].to_numpy() for name in ("expected_orders", "clv"))
    return {
        "valued": int(np.isfinite(clv).sum()),
        "expected_orders": float(np.nansum(orders)),
        "clv": None if opened.bought.amount is None else float(np.nansum(clv)),
        "model": dict(valued.model),
        "past": past_facts(valued.past) if valued.past else None,
        "notes": [*opened.read.notes, *valued.notes],
    }


def _read_lines(facts: Mapping[str, Any]) -> list[str]:
    columns = ", ".join(f"{name} = {header}" for name, header in facts["columns"].items())
    aside = [f"  {rows:,} left out: {why}" for why, rows in facts["left_out"].items()]
    return [
        f"{many(facts['rows'], 'row')}, {many(facts['customers'], 'customer')}, as of {facts['as_of']}, {many(facts['horizon_days'], 'day')} ahead",
        f"read: {columns}",
        *aside,
        *(f"note: {note}" for note in facts["notes"]),
    ]


def _value_lines(facts: Mapping[str, Any]) -> list[str]:
    money = "no amounts: purchases are counted, and nothing is said of money" if facts["clv"] is None else f"CLV {facts['clv']:,.0f} in all"
    if not facts["valued"]:
        return [*_read_lines(facts), f"written: {facts['out']}, all values empty"]
    return [
        *_read_lines(facts),
        f"{many(facts['valued'], 'customer')} valued: {facts['expected_orders']:,.0f} orders to come, {money}",
        f"by: {facts['model']['champion']}; duecare backtest tells how the models did",
        f"written: {facts['out']}",
    ]
