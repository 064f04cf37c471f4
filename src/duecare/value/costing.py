"""Costing: what serving each customer cost, by what was done for them, reconciled to the books.

A contact costs its minutes and its fee, a return its handling, each at the rates of its
channel (activity-based costing). Where the ledger has what service really cost in a month,
the costs of that month are scaled so that they come to exactly that sum. What belongs to no
customer, and what rounding leaves, stand in lines of their own: neither is spread in silence.

Source: R. S. Kaplan, S. R. Anderson (2004), "Time-driven activity-based costing", Harvard
Business Review 82 (11): minutes times the cost of a minute, and what the books say besides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from duecare.records import Warehouse, pieces
from duecare.value.sales import sales_values, used, with_sales
from duecare.value.terms import Money

if TYPE_CHECKING:
    import pyarrow as pa

STEPS = ("activity_rates", "worked", "priced", "booked", "months", "costed", "service_months", "service_costs")
MADE_ON_THE_WAY = ("handled", "worked", "priced", "booked", "months", "costed")
READ = ("rates", "contacts", "handled", "customers", "members", "orders", "ledger")

CLOCKED = """
SELECT count(*) AS contacts FROM {contacts} c
WHERE (c.handle_seconds IS NULL OR c.handle_seconds < 0) AND c.opened_at <= CAST($as_of AS TIMESTAMPTZ)
  AND c.contact_id IN (SELECT contact_id FROM {contact_events} WHERE kind = 'finished')
"""
"""Contacts without a handle time of their own, of which events tell one."""


def cost_to_serve(warehouse: Warehouse, *, as_of: datetime, money: Money) -> str:
    """Make `service_costs`, one row a customer and channel, and `service_months`, how each month agrees with the books.

    Reads `contacts`, `contact_events`, `rates`, `ledger`, `orders`, `customers` and `members` (see `sales`).
    """
    warehouse.put("handled", _handled(warehouse, as_of))
    sql = pieces("duecare.value", "costing.sql")
    tables = {name: name for name in (*STEPS, *READ)}
    for step in STEPS:
        asked = with_sales(sql[step])
        warehouse.run(step, asked, used(asked, _values(as_of, money)), **tables)
    for table in MADE_ON_THE_WAY:
        warehouse.drop(table)
    return STEPS[-1]


def not_over(as_of: datetime) -> str:
    """Return the first month whose sum the books cannot have yet; a month counts as over from its last day (UTC) on.

    >>> from datetime import UTC
    >>> not_over(datetime(2026, 3, 30, 23, tzinfo=UTC)), not_over(datetime(2026, 3, 31, 0, tzinfo=UTC))
    ('2026-03', '2026-04')
    """
    return f"{as_of + timedelta(days=1):%Y-%m}"


def _values(as_of: datetime, money: Money) -> dict[str, object]:
    return sales_values(as_of, money) | {
        "not_over": not_over(as_of),
        "cost_per_minute": money.service_cost_per_minute,
        "seconds_per_contact": money.service_minutes_per_contact * 60.0,
        "service_account": money.service_account,
        "returns_account": money.returns_account,
        "currency": money.currency,
    }


def _handled(warehouse: Warehouse, as_of: datetime) -> "pa.Table":
    """Return the handle time in seconds of contacts by their events, answered until finished, where it is needed at all."""
    import pyarrow as pa

    needed = warehouse.arrow(CLOCKED, {"as_of": as_of}, contacts="contacts", contact_events="contact_events")["contacts"][0].as_py()
    ids, seconds = _by_the_clock(warehouse, as_of) if needed else ([], [])
    return pa.table({"contact_id": pa.array(ids, pa.string()), "seconds": pa.array(seconds, pa.float64())})


def _by_the_clock(warehouse: Warehouse, as_of: datetime) -> tuple[list[str], list[float]]:
    from duecare.promises.clocks import spans
    from duecare.promises.instants import MISSING

    found = spans(warehouse, as_of=as_of)
    ended = found.of("handle_time") & (found.end != MISSING)
    contact, length_us = found.contact[ended], found.end[ended] - found.start[ended]
    known = np.unique(contact)
    seconds = np.bincount(contact, length_us / 1e6, len(found.contacts))[known]
    return [str(found.contacts[at]) for at in known], seconds.tolist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Won:
    """What winning a customer costs on one channel; it is past, and never taken off a CLV."""

    channel: str
    """Where the first order was placed; * where no order says."""
    customers: int
    cost_each: float | None
    """In the book's currency; None where `rates` has no line for it."""


def acquisition(warehouse: Warehouse, *, as_of: datetime, money: Money) -> list[Won]:
    """Return what winning one customer costs on each channel, most customers first; reads `orders`, `members` and `activity_rates`."""
    sql = with_sales(pieces("duecare.value", "costing.sql")["acquisition"])
    tables = {name: name for name in ("orders", "members", "activity_rates")}
    return [Won(**row) for row in warehouse.arrow(sql, sales_values(as_of, money), **tables).to_pylist()]
