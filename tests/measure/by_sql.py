"""The same figures by SQL, from the events themselves and along another road than the clocks."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

from duecare.records import Warehouse
from duecare.records.warehouse import parse_pieces
from duecare.value.terms import Money

PIECES = {piece.name: piece.sql for piece in parse_pieces((Path(__file__).parent / "by_sql.sql").read_text("utf-8"))}
LENGTHS = ("first_response", "next_reply", "full_resolution", "queue_wait")
STEPS = ("happened", "solves", "facts")
RATIOS = ("cost_per_resolution", "occupancy")
"""Of these a piece also gives what is below the line."""
NO_TIER = ("occupancy",)
STAKE_CENTS = 10_000
"""What every customer is worth where breaches are told by it."""
TABLES = (
    "contacts",
    "contact_events",
    "members",
    "surveys",
    "orders",
    "activity_rates",
    "service_months",
    "agent_events",
    "held_now",
    "targets",
    *STEPS,
)

Figures: TypeAlias = Mapping[tuple[str, ...], Mapping[str, Any]]
"""By the words of the group: cases, numerator, denominator, and of lengths the median and p90."""

ADDED = """
SELECT {dims} {count} AS cases, sum(amount) AS numerator,
       {rank} FROM (SELECT *, row_number() OVER (PARTITION BY {part} ORDER BY amount) AS rank, count(*) OVER (PARTITION BY {part}) AS many FROM cases) ranked
{grouped}
"""


def prepare(warehouse: Warehouse, *, as_of: datetime, held: pa.Table, targets: Mapping[str, int]) -> None:
    """Make what the questions read: who holds which tier, the targets of the first response in minutes, and the steps."""
    warehouse.put("held_now", held)
    warehouse.put("targets", pa.table({"tier": list(targets), "target_minutes": list(targets.values())}))
    for step in STEPS:
        warehouse.run(step, PIECES[step], {"as_of": as_of} if "$as_of" in PIECES[step] else None, **{name: name for name in TABLES})


def asked(warehouse: Warehouse, name: str, *, as_of: datetime, money: Money, by: tuple[str, ...] = ()) -> Figures:
    """Return the figures of one KPI, in total or by tier and channel."""
    known: dict[str, object] = {
        "as_of": as_of,
        "seconds": round(money.service_minutes_per_contact * 60),
        "per_minute": money.service_cost_per_minute,
        "account": money.service_account,
        "stake_cents": STAKE_CENTS,
    }
    piece = PIECES[name].replace("{cost_per_contact}", PIECES["cost_per_contact"])
    used = {key: value for key, value in known.items() if f"${key}" in piece}
    part = ", ".join(f"coalesce({one}, 'not told')" for one in by) or "1"
    dims = "".join(f"coalesce({one}, 'not told') AS {one}, " for one in by)
    rank = (
        "max(CASE WHEN rank = (many + 1) // 2 THEN amount END) AS value, max(CASE WHEN rank = (9 * many + 9) // 10 THEN amount END) AS p90"
    )
    count = "CAST(sum(below) AS BIGINT)" if name in RATIOS else "count(*)"
    sql = f"WITH cases AS ({piece})" + ADDED.format(count=count, dims=dims, rank=rank, part=part, grouped=f"GROUP BY {part}" if by else "")
    rows = warehouse.arrow(sql, used, **{name: name for name in TABLES}).to_pylist()
    return {
        tuple(row[one] for one in by): {
            "cases": row["cases"],
            "numerator": int(row["numerator"]),
            **({"value": row["value"], "p90": row["p90"]} if name in LENGTHS else {}),
        }
        for row in rows
        if row["cases"]
    }


def names() -> list[str]:
    """Return the KPIs that are asked for here."""
    return [name for name in PIECES if name not in STEPS]


def alike(rows: list[dict[str, Any]], by: tuple[str, ...], name: str) -> Figures:
    """Return rows of `figures.table` in the same form."""
    return {
        tuple(row[one] for one in by): {
            "cases": row["cases"],
            "numerator": row["numerator"],
            **({"value": int(row["value"]), "p90": row["p90"]} if name in LENGTHS else {}),
        }
        for row in rows
        if row["cases"]
    }
