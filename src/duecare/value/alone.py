"""Alone: a valuation of nothing but a table of transactions; columns in, columns out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from duecare.value.estimate import Estimate, estimate
from duecare.value.models.purchases import Marks, Purchases
from duecare.value.models.seen import Floats, Places
from duecare.value.npv import days_ends
from duecare.value.terms import Terms

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Bought:
    """Transactions of n customers, numbered from 0 on, in any order."""

    customer: Places
    day: Places
    """Days since 1970."""
    amount: Floats | None
    """Below zero for a return; None where purchases are only counted."""
    profit: Floats | None = None
    """What is left of each amount after costs; None where it is not known, and the amount itself counts."""

    def until(self, day: int) -> "Bought":
        return self._where(self.day <= day)

    def _where(self, some: Marks) -> "Bought":
        amount, profit = (None if column is None else column[some] for column in (self.amount, self.profit))
        return Bought(self.customer[some], self.day[some], amount, profit)

    def book(self) -> Purchases:
        """Return the purchases: what was paid, day by day; returns are no purchase."""
        spend = np.ones(len(self.day)) if self.amount is None else self.amount
        paid = spend > 0.0
        return Purchases.of(self.customer[paid], self.day[paid], spend[paid])


def value_alone(
    bought: Bought,
    many: int,
    *,
    day: int,
    days: int,
    discount_percent_per_year: float = 10.0,
    season_percent: tuple[float, ...] = (),
    seed: int = 1,
) -> Estimate:
    """Value *many* customers by their transactions until a day, for so many days after it.

    Args:
        bought: their transactions; later ones than the day are not looked at.
        many: how many customers there are.
        day: the as-of day, days since 1970.
        days: how far ahead profit counts, in days.
        discount_percent_per_year: what a year of waiting takes off a sum.
        season_percent: what is bought in each month from January on, as a share of the average month; learnt where it can be if empty.
        seed: of everything drawn.

    Returns:
        The valuation, one row a customer by number; who had not bought by the day has none. Without amounts `clv` and its
        interval are in purchases, discounted; without profit they are of what is spent, returns taken off.
    """
    seen = bought.until(day)
    book = seen.book()
    terms = Terms(discount_percent_per_year=discount_percent_per_year, season_percent=season_percent)
    return estimate(_history(seen, book, many, day), terms, ends_days=days_ends(days), book=book, day=day, seed=seed)


def table_of(ids: "pa.Array", valued: Estimate, *, counted: bool) -> "pa.Table":
    """Return one row a customer with what a valuation alone has to say.

    Args:
        ids: of the customers, by number.
        valued: their valuation.
        counted: whether amounts are not known, so that nothing is said of money.

    Returns:
        customer_id, expected_orders, expected_spend, clv, clv_low, clv_high (of the horizon; the first two not discounted),
        p_alive and p_top10; empty for who had not bought.
    """
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    columns: dict[str, Any] = {name: valued.columns[name] for name in valued.columns.column_names}
    columns["expected_spend"] = pc.multiply(columns["expected_orders"], columns["spend_per_order"])
    nothing = pa.nulls(len(ids), pa.float64())
    told = {name: nothing if counted and name in OF_MONEY else pc.add(pc.round(columns[name], 6), 0.0) for name in TOLD}
    return pa.table({"customer_id": ids, **told})


OF_MONEY = ("expected_spend", "clv", "clv_low", "clv_high")
TOLD = ("expected_orders", *OF_MONEY, "p_alive", "p_top10")


def _history(seen: Bought, book: Purchases, many: int, day: int) -> "pa.Table":
    """One row a customer, as `history.sql` has it."""
    import pyarrow as pa

    known = book.until(day)
    columns = {name: np.zeros(many) for name in ("purchase_days", "recency_days", "age_days", "revenue", "orders")}
    values = (known.days, known.seen.recency_days, known.seen.age_days, known.spend, known.days)
    for column, value in zip(columns.values(), values, strict=True):
        column[known.customer] = value
    amount = np.ones(len(seen.day)) if seen.amount is None else seen.amount
    back = np.bincount(seen.customer, weights=np.maximum(-amount, 0.0), minlength=many)
    kept = amount if seen.profit is None else seen.profit
    margin = np.bincount(seen.customer, weights=kept, minlength=many)
    nothing = np.zeros(many)
    return pa.table({"customer_id": pa.array(np.arange(many)), **columns, "refunded": back, "margin": margin, "service_cost": nothing})
