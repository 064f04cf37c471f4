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
from duecare.value.sales import sales_values, used, with_sales
from duecare.value.terms import Money

if TYPE_CHECKING:
    from duecare.value.models.purchases import Purchases

AFTER_SERVICE = ("service_by_customer", "referrals_by_customer", "history")
READ = ("orders", "members", "customers", "service_costs", "referrals")


def history(warehouse: Warehouse, *, as_of: datetime, money: Money) -> str:
    """Make the table `history` and return its name; also `service_costs` and `service_months`.

    Reads `orders`, `contacts`, `contact_events`, `rates`, `ledger`, `referrals`, `members` and
    `customers`; nothing after *as_of* is seen.
    """
    bought(warehouse, as_of=as_of, money=money)
    cost_to_serve(warehouse, as_of=as_of, money=money)
    for step in AFTER_SERVICE:
        _run(warehouse, step, step, sales_values(as_of, money))
    return AFTER_SERVICE[-1]


def bought(warehouse: Warehouse, *, as_of: datetime, money: Money, suffix: str = "") -> str:
    """Make one row a customer who has bought, by number, from orders alone; the table's name bears *suffix* and is returned."""
    return _run(warehouse, "orders_by_customer", f"orders_by_customer{suffix}", sales_values(as_of, money))


def purchase_book(warehouse: Warehouse, *, as_of: datetime, money: Money) -> "Purchases":
    """Return the purchases behind the table `history`, customers numbered by its rows; revenue before returns, day by day."""
    from duecare.value.models.purchases import Purchases

    sql = with_sales(pieces("duecare.value", "history.sql")["purchase_book"])
    orders = warehouse.arrow(sql, sales_values(as_of, money), orders="orders", members="members")
    return Purchases.of(*(orders[name].to_numpy() for name in ("customer_number", "day", "spend")))


def _run(warehouse: Warehouse, step: str, name: str, values: Mapping[str, object]) -> str:
    sql = with_sales(pieces("duecare.value", "history.sql")[step])
    return warehouse.run(name, sql, used(sql, values), **{table: table for table in (*READ, "orders_by_customer", *AFTER_SERVICE)})
