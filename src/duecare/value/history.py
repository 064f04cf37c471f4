"""Purchase history: orders, contacts and rates become one row a customer.

The same SQL runs on every warehouse. Money is summed as exact decimals, so that the order
of rows never shows in a figure; margin is revenue minus refunds minus cost, and where an
order carries no cost the settings' gross margin stands in, and is counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from duecare.records import Warehouse, pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What the settings say of money."""

    currency: str = "EUR"
    """The book's currency, ISO 4217."""
    gross_margin_percent: float = 40.0
    """Share of revenue left after the cost of goods, where orders carry no cost."""
    service_cost_per_minute: float = 0.80
    """What a minute of an agent's work costs, where the `rates` table has no line for it."""
    service_minutes_per_contact: float = 8.0
    """How long a contact takes, where its handle time is not known."""


STEPS = (
    "purchases",
    "orders_by_customer",
    "activity_rates",
    "contacts_by_customer",
    "service_by_customer",
    "referrals_by_customer",
    "history",
)


def history(warehouse: Warehouse, *, as_of: datetime, money: Money) -> str:
    """Make the table `history` and return its name.

    Reads `orders`, `contacts`, `rates`, `referrals`, `members` and `customers`; nothing after
    *as_of* is seen.
    """
    sql = pieces("duecare.value", "history.sql")
    tables = {name: name for name in (*STEPS, "orders", "contacts", "rates", "referrals", "members", "customers")}
    for step in STEPS:
        warehouse.run(step, sql[step], _used(sql[step], _values(as_of, money)), **tables)
    return STEPS[-1]


def _values(as_of: datetime, money: Money) -> Mapping[str, object]:
    return {
        "as_of": as_of,
        "cost_share": 1.0 - money.gross_margin_percent / 100.0,
        "cost_per_minute": money.service_cost_per_minute,
        "seconds_per_contact": money.service_minutes_per_contact * 60.0,
    }


def _used(sql: str, values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if f"${name}" in sql}
