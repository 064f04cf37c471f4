"""Contracts: what running subscriptions will yet bring, by how long such contracts have lasted.

A contract goes on where another of the same customer begins within a month of its last day: renewals, other plans and other
prices stand in rows of their own. One that is paid by orders which are in the book too is valued as orders, and not twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duecare.records import Warehouse, pieces
from duecare.value.models import lasting
from duecare.value.models.lasting import Lasting, Running
from duecare.value.models.seen import Floats, Places, distinct
from duecare.value.npv import discount_factors
from duecare.value.sales import sales_values, used, with_sales
from duecare.value.terms import Money, Terms

if TYPE_CHECKING:
    import pyarrow as pa

FEWEST_ENDED = 20
"""Fewer contracts than this that were ended cannot tell how long one lasts."""

GOES_ON_DAYS = 31
"""What begins so many days from a contract's last day, either way, is the same contract gone on."""

LEVELS = 16
"""What contracts bring is told by so many equally likely values."""

Days = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Worth:
    """What running contracts bring, one entry a customer who has one; in the book's currency, today's."""

    customer: Places
    """Their numbers, rising."""
    value: Floats
    """The margin to come."""
    cost: Floats
    """What serving them is to cost."""
    low: Floats
    high: Floats
    """What comes, the cost taken off, stays below the one with a probability of 5 %, below the other of 95 %."""
    levels: Floats
    """16 x customers equally likely values, the cost taken off, rising."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """Running contracts, one entry each, and how long such contracts last."""

    customer: Places
    """Whose each is, by number."""
    margin: Floats
    """What a month of each brings, in the book's currency."""
    running: Running
    months: Floats
    """Months under contract so far, of each customer by number."""
    model: Lasting
    goes_on: float
    """How often a contract went on after its last day."""
    facts: "dict[str, float | str | bool]"

    def worth(self, terms: Terms, cost_per_month: Floats) -> Worth:
        """Return what they bring under *terms*.

        A month counts at its end, if the contract lasts until then.

        Args:
            terms: horizon and discount.
            cost_per_month: what serving each customer costs for each month of a contract, by number.
        """
        customer, place = np.unique(self.customer, return_inverse=True)
        factors = discount_factors(terms.horizon_months, terms.discount_percent_per_year / 100.0)
        kinds, which = _kinds(self.running)
        chance = lasting.still_there(self.model, kinds, len(factors), goes_on=self.goes_on)
        mean, until = (chance @ factors)[which], np.concatenate(([0.0], np.cumsum(factors)))
        kept = self.margin - cost_per_month[self.customer]

        def total(each: Floats) -> Floats:
            return np.bincount(place, weights=each, minlength=len(customer)).astype(np.float64)

        def at(level: float) -> Floats:
            return total(kept * until[lasting.quantile(chance, level).astype(np.int64)][which])

        ends = np.sort(np.stack((at(0.05), at(0.95))), axis=0)
        levels = np.sort(np.stack([at((step + 0.5) / LEVELS) for step in range(LEVELS)]), axis=0)
        low, high = ends
        return Worth(customer, total(self.margin * mean), total((self.margin - kept) * mean), low, high, levels)


def _kinds(running: Running) -> tuple[Running, Places]:
    """The distinct kinds of running contracts, and which of them each is."""
    (lasted, sure), which, _ = distinct(running.lasted, np.nan_to_num(running.sure + 1.0))
    return Running(lasted, np.where(sure > 0, sure - 1.0, np.nan)), which


def contracts(warehouse: Warehouse, *, customers: int, as_of: datetime, money: Money) -> "tuple[Contracts | None, tuple[str, ...]]":
    """Return the running contracts that can be valued, None without any, and what is to be said of them.

    Reads `subscriptions`, `orders` and `members`; how many *customers* are numbered is told.
    """
    sql = pieces("duecare.value", "contracts.sql")["contract_rows"]
    rows = _Rows.of(warehouse.arrow(sql, {"as_of": as_of}, subscriptions="subscriptions", members="members"))
    day = np.datetime64(as_of.astimezone(UTC).date())
    runs, last = ~rows.over, ~rows.followed
    if not runs.any():
        return None, ()
    if (ended := int((rows.over & last).sum())) < FEWEST_ENDED:
        return None, (_not_learnt(int((runs & last).sum()), ended),)
    lasted = months_between(rows.begun, np.where(rows.over, rows.ends, day))
    name, model = lasting.fit(np.where(rows.over, np.maximum(lasted[1], 1.0), lasted[0])[last], rows.over[last].astype(np.float64))
    paid, some = _paid_by_orders(warehouse, rows, lasted[0], as_of, money), runs & last
    valued = some & ~paid
    found = Contracts(
        customer=rows.place[valued],
        margin=rows.margin(money)[valued],
        running=Running(lasted[0][valued], np.where(np.isnat(rows.ends), np.nan, months_between(day, rows.ends)[0])[valued]),
        months=np.bincount(rows.place[last], weights=lasted[1][last], minlength=customers).astype(np.float64),
        model=model,
        goes_on=float(rows.followed[rows.over].mean()),
        facts={"contracts": name, "contracts_running": float(some.sum()), "contracts_ended": float(ended)},
    )
    notes = [*_twice(int((paid & some).sum())), *_assumed(int((valued & np.isnan(rows.cost)).sum()), money)]
    return (found if valued.any() else None), tuple(notes)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Subscriptions, by customer and first day."""

    place: Places
    price: Floats
    cost: Floats
    """NaN where none is told."""
    begun: Days
    """The first day of the contract that the row goes on with, its own where it begins one."""
    ends: Days
    over: NDArray[np.bool_]
    """Whether the last day is past."""
    followed: NDArray[np.bool_]
    """Whether another row goes on with it."""

    @classmethod
    def of(cls, rows: "pa.Table") -> "_Rows":
        named: dict[str, Any] = {name: rows[name].to_numpy() for name in ("customer_number", "price", "cost", "begins", "ends", "over")}
        begins, ends = (named[name].astype("datetime64[D]") for name in ("begins", "ends"))
        place = named["customer_number"].astype(np.int64)
        last = np.where(np.isnat(ends), np.iinfo(np.int64).max // 2, ends.astype(np.int64))
        before = _goes_on_from(place, begins.astype(np.int64), last)
        followed, root = np.zeros(len(place), np.bool_), np.arange(len(place))
        followed[before[before >= 0]] = True
        for row in np.flatnonzero(before >= 0):  # earlier rows come first
            root[row] = root[before[row]]
        price, cost = (named[name].astype(np.float64) for name in ("price", "cost"))
        return cls(place, price, cost, begins[root], ends, named["over"] > 0, followed)

    def margin(self, money: Money) -> Floats:
        """What a month of each brings."""
        return np.where(np.isnan(self.cost), self.price * money.gross_margin_percent / 100.0, self.price - self.cost)


@nb.njit(cache=True)
def _goes_on_from(place: Places, begins: Places, ends: Places) -> Places:
    """The row that each row goes on with, -1 where it begins a contract: one of the customer's that ended nearest to its first day."""
    before = np.full(place.size, -1, np.int64)
    followed = np.zeros(place.size, np.bool_)
    for at in range(place.size):
        nearest, other = GOES_ON_DAYS + 1, at - 1
        while other >= 0 and place[other] == place[at]:
            apart = abs(begins[at] - ends[other])
            if apart < nearest and not followed[other] and ends[other] < ends[at]:
                nearest, before[at] = apart, other
            other -= 1
        if before[at] >= 0:
            followed[before[at]] = True
    return before


def months_between(begin: Days | np.datetime64, end: Days) -> tuple[Floats, Floats]:
    """Return the whole months of the calendar from one day to another, and the same with a begun month as a whole one; no end, no number.

    >>> month = np.array(["2024-02-01", "2024-02-29", "2024-03-02"], "datetime64[D]")
    >>> [many.tolist() for many in months_between(np.datetime64("2024-01-01"), month)]
    [[1.0, 1.0, 2.0], [1.0, 2.0, 3.0]]
    """
    month = [np.asarray(one).astype("datetime64[M]") for one in (begin, end)]
    day = [(np.asarray(one) - of.astype("datetime64[D]")).astype(np.float64) for one, of in zip((begin, end), month, strict=True)]
    there = ~np.isnat(end)
    apart = np.where(there, (month[1] - month[0]).astype(np.float64), np.nan)
    return apart - (day[1] < day[0]), apart + (day[1] > day[0])


def _paid_by_orders(warehouse: Warehouse, rows: _Rows, lasted: Floats, as_of: datetime, money: Money) -> NDArray[np.bool_]:
    """Whether at least half the months of each running contract stand among the orders."""
    import pyarrow as pa

    some = np.flatnonzero(~rows.over & ~rows.followed)
    columns = {
        "contract": some,
        "customer_number": rows.place[some],
        "price": rows.price[some],
        "begins": pa.array(rows.begun[some], pa.date32()),
    }
    warehouse.put("running_contracts", pa.table(columns))
    sql = with_sales(pieces("duecare.value", "contracts.sql")["paid_by_orders"])
    tables = {name: name for name in ("running_contracts", "orders", "members")}
    found = warehouse.arrow(sql, used(sql, sales_values(as_of, money)), **tables)
    warehouse.drop("running_contracts")
    paid = np.zeros(len(rows.place))
    paid[found["contract"].to_numpy()] = found["months"].to_numpy()
    return paid >= np.maximum(0.5 * lasted, 1.0)


def _not_learnt(running: int, ended: int) -> str:
    return f"{running:,} subscriptions run and {ended} were ended: how long one lasts cannot be learned, so what they bring is in no CLV"


def _twice(paid: int) -> Sequence[str]:
    why = "are paid by orders that are in the book too: they are valued as orders, and not twice"
    return [f"{paid:,} running subscriptions {why}"] if paid else []


def _assumed(many: int, money: Money) -> Sequence[str]:
    why = f"carry no cost, so a gross margin of {money.gross_margin_percent:g} % stands in"
    return [f"assumed: {many:,} running subscriptions {why}"] if many else []
