"""Purchase history: orders, contacts and rates become one row a customer.

The same SQL runs on every warehouse. Money is summed as exact decimals, so that the order
of rows never shows in a figure; margin is revenue minus refunds minus cost, and where an
order carries no cost the settings' gross margin stands in, and is counted.
"""

from collections.abc import Mapping
from datetime import datetime

from duecare.records import Warehouse, pieces
from duecare.value.terms import Money

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
