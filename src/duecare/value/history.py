"""Purchase history: orders, contacts and rates become one row a customer.

The same SQL runs on every warehouse. Money is summed as exact decimals, so that the order
of rows never shows in a figure; margin is revenue minus refunds minus cost, and where an
order carries no cost the settings' gross margin stands in, and is counted.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from duecare.records import Warehouse, pieces
from duecare.value.costing import cost_to_serve
from duecare.value.terms import Money

if TYPE_CHECKING:
    from duecare.value.models.purchases import Purchases

BUYING = ("sold", "purchases", "orders_by_customer")
"""Steps that read orders alone."""

STEPS = ("service_by_customer", "referrals_by_customer", "history")
MADE = (*BUYING, *STEPS, "purchase_book")
READ = ("orders", "service_costs", "referrals", "members", "customers")


def history(warehouse: Warehouse, *, as_of: datetime, money: Money) -> str:
    """Make the table `history` and return its name; also `service_costs` and `service_months`.

    Reads `orders`, `contacts`, `contact_events`, `rates`, `ledger`, `referrals`, `members` and
    `customers`; nothing after *as_of* is seen. The table `sold` stays, for whoever looks at orders again.
    """
    bought(warehouse, as_of=as_of, money=money)
    cost_to_serve(warehouse, as_of=as_of, money=money)
    return _run(warehouse, STEPS, "", _values(as_of, money))


def bought(warehouse: Warehouse, *, as_of: datetime, money: Money, suffix: str = "") -> str:
    """Make one row a customer who has bought, from orders alone; every table made bears *suffix*; return its name."""
    return _run(warehouse, BUYING, suffix, _values(as_of, money))


def purchase_book(warehouse: Warehouse) -> "Purchases":
    """Return the purchases behind the table `history`, customers numbered by its rows; revenue before returns, day by day."""
    from duecare.value.models.purchases import Purchases

    _run(warehouse, ("purchase_book",), "", {})
    book = warehouse.arrow("SELECT place, day, spend FROM {purchase_book} ORDER BY place, day", purchase_book="purchase_book")
    warehouse.drop("purchase_book")
    return Purchases(*(book[name].to_numpy() for name in ("place", "day", "spend")))


def _run(warehouse: Warehouse, steps: tuple[str, ...], suffix: str, values: Mapping[str, object]) -> str:
    sql = pieces("duecare.value", "history.sql")
    tables = {name: name for name in READ} | {name: f"{name}{suffix}" for name in MADE}
    for step in steps:
        warehouse.run(tables[step], sql[step], _used(sql[step], values), **tables)
    return tables[steps[-1]]


def _values(as_of: datetime, money: Money) -> Mapping[str, object]:
    return {"as_of": as_of, "cost_share": 1.0 - money.gross_margin_percent / 100.0}


def _used(sql: str, values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if f"${name}" in sql}
