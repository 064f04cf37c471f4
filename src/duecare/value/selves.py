"""Selves: a customer is another one to each brand, shop or product; what each of these selves bought and is worth.

What was bought is each self's own, to the cent. What serving the customer cost, and what they will yet be worth, is one for
the whole customer: it is parted by what each self bought, so that the parts add up to it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from duecare.records import Warehouse, pieces
from duecare.value.sales import sales_values, with_sales
from duecare.value.terms import Money
from duecare.words import BadSettings, nearest

if TYPE_CHECKING:
    import pyarrow as pa

NOT_SAID = "not said"

OF_ORDERS = ("brand", "outlet", "category", "channel", "source")
OF_PEOPLE = ("city", "country")
"""By the customer's own address, as their golden record has it."""

LEVELS: Mapping[str, tuple[str, str]] = {
    "person": ("x.customer_id", ""),
    "household": ("g.household_id", "LEFT JOIN {households} g ON g.customer_id = x.customer_id"),
    "account": ("g.account_id", "LEFT JOIN {accounts} g ON g.customer_id = x.customer_id"),
}
"""For whom selves are put together; who is in no household or account stands for themselves."""

READ = ("orders", "members", "history", "valuation", "households", "accounts", "golden")


def selves(warehouse: Warehouse, *, by: str, level: str, as_of: datetime, money: Money) -> "pa.Table":
    """Return one row for each person, household or account and self.

    Args:
        warehouse: of a run.
        by: brand, outlet, category, channel or source of the orders, or city or country of the customer.
        level: person, household or account.
        as_of: nothing later is seen; what is to come, and what serving cost, is that of the run.
        money: how cost is assumed where orders carry none.

    Returns:
        id, self, orders, revenue, refunded, margin, service_cost, clv (sums in the book's currency) and last_day.

    Raises:
        BadSettings: no such self or level.
    """
    _refuse("--by", by, (*OF_ORDERS, *OF_PEOPLE))
    _refuse("--level", level, tuple(LEVELS))
    sql = pieces("duecare.value", "selves.sql")
    own = f"coalesce(s.{by}, '{NOT_SAID}')" if by in OF_ORDERS else f"coalesce(k.{by}, '{NOT_SAID}')"
    beside = "" if by in OF_ORDERS else "LEFT JOIN {golden} k ON k.customer_id = s.customer_id"
    group, joined = LEVELS[level]
    apart = sql["selves"].replace("{self}", own).replace("{beside}", beside)
    whole = (
        sql["together"].replace("{group}", group).replace("{joined}", joined).replace("{shared}", sql["shared"].replace("{selves}", apart))
    )
    return warehouse.arrow(with_sales(whole), sales_values(as_of, money), **{name: name for name in READ})


def _refuse(option: str, said: str, known: tuple[str, ...]) -> None:
    if said not in known:
        near = nearest(said, known)
        raise BadSettings(f"{option} {said!r} is none", mend=f"write {' or '.join(near or known)}")
