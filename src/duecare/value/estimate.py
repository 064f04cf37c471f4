"""Valuation: the net present value of the profit of a customer's future business, by parts, with what may come of it.

Expected orders by the model that the book's own past speaks for, what an order brings by
Gamma-Gamma and the customer's margin, minus what serving them costs, plus what they bring by
referring others, discounted month by month. A customer who never bought has no value yet, which is
said with an empty value and never with a guess.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from duecare.value.backtest import Backtest
from duecare.value.contracts import Contracts
from duecare.value.future import Future, foresee
from duecare.value.models.buying import weighed_if_active
from duecare.value.models.purchases import Known, Purchases
from duecare.value.models.seen import Floats
from duecare.value.npv import factors_at, month_ends_days
from duecare.value.outlook import Outlook
from duecare.value.parts import YEAR_DAYS
from duecare.value.pricing import Columns, priced, rate_per_year, times
from duecare.value.rfm import Classes, classes, degenerate, percentile
from duecare.value.season import as_index
from duecare.value.sensitivity import otherwise
from duecare.value.signed import Signed
from duecare.value.story import FEWEST_REPEATS
from duecare.value.terms import Terms

if TYPE_CHECKING:
    import pyarrow as pa

LOW, HIGH = 0.05, 0.95
"""The value stays below the one, and below the other, with these probabilities."""

TOP = 0.1
TOPS = (1, 5, 10, 20, 50)
"""Of so many per cent at the top everybody's chance to be among them is told."""

PARTS = ("future_margin", "future_service_cost", "referral_value")
"""Parts of a value that come with purchases, each with an interval of its own."""

SIGNED = ("contract_value", "contract_value_low", "contract_value_high")
"""The part that comes with contracts, and its interval."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The valuation of every customer, with what the models said of themselves."""

    columns: "pa.Table"
    """One row a customer; see COLUMNS in docs/valuation.md for each column's unit."""
    model: Mapping[str, float | str | bool]
    notes: tuple[str, ...]
    past: Backtest | None = None
    """How the models did on the book's own past; None where they were not held to it."""
    above: Mapping[float, Floats] | None = None
    """For each cut asked for, the probability that each customer's value is the cut or more; NaN where none is known."""
    otherwise: Mapping[tuple[str, float], Floats] = field(default_factory=dict[tuple[str, float], Floats])
    """For each term and what else it could be, the CLV of each customer; NaN where none is known."""


def estimate(
    history: "pa.Table",
    terms: Terms,
    *,
    ends_days: Floats | None = None,
    book: Purchases | None = None,
    day: int = 0,
    contracts: Contracts | None = None,
    traits: Floats | None = None,
    cuts: Sequence[float] = (),
    seed: int = 1,
) -> Estimate:
    """Value every customer of *history* (see `history.sql` for its columns), in the same order.

    Args:
        history: one row a customer.
        terms: horizon, discount and what else is supposed.
        ends_days: the ends of the future, days from the as-of day, rising; those of the horizon's months when None.
        book: the purchases behind the history, customers numbered by their rows from 0 on; without it no model is held to its past.
        day: the as-of day, days since 1970, where there is a book.
        contracts: that run, customers numbered by the rows of the history.
        traits: rows of the history x traits, where predictors are declared (`predictors.traits_of`).
        cuts: values, in the book's currency, for which the probability of reaching them is asked.
        seed: of everything drawn.
    """
    import pyarrow as pa

    all_of: Columns = {name: history[name].cast(pa.float64()).to_numpy() for name in NEEDED if name in history.column_names}
    bought = all_of["purchase_days"] > 0
    seen: Columns = {name: values[bought] for name, values in all_of.items()}
    notes, future, outlook, soon = _enough(seen), None, None, None
    ends = month_ends_days(terms.horizon_months) if ends_days is None else ends_days
    columns = _unknown(seen)
    if not notes:
        known, season = _known(seen, bought) if book is None else book.until(day), as_index(terms.season_percent)
        future = foresee(known, ends, factors_at(ends, rate_per_year(terms)), book=book, day=day, seed=seed, traits=traits, season=season)
        seen["bought_for"] = known.spend
        columns, outlook, soon = _value(seen, future, ends, terms, seed)
    full = {name: _full(values, bought) for name, values in columns.items()}
    groups, model = _rfm(seen), (dict(future.model) if future else {}) | (contracts.facts if contracts else {})
    others = otherwise(seen, future, terms) if future and ends_days is None else {}
    others = {change: _full(clv, bought) for change, clv in others.items()}
    if contracts:
        signed = Signed.of(contracts, ~np.isnan(full["clv"]), all_of["service_cost"])
        outlook, soon = signed.outlooks(outlook, soon, terms)
        full, others = full | signed.columns(full, terms), signed.otherwise(others, terms)
    full |= _chances(outlook, soon, ~np.isnan(full["clv"]))
    full |= {"clv_percentile": _ranked(full["clv"]), "revenue_percentile": _full(percentile(seen["revenue"]), bought)}
    spread = {name: pa.array(values, mask=np.isnan(values)) for name, values in full.items()} | _rfm_columns(groups, bought)
    table = pa.table({"customer_id": history["customer_id"], **spread})
    above = {cut: _full(outlook.above(cut), ~np.isnan(full["clv"])) for cut in cuts} if outlook else None
    told = [*notes, *([BUT_CONTRACTS] if notes and contracts else []), *(future.notes if future else ()), *_doubts(model, groups)]
    return Estimate(table, model, tuple(told), future.past if future else None, above, others)


NEEDED = ("purchase_days", "recency_days", "age_days", "revenue", "refunded", "margin", "service_cost", "orders", "referrals")


NOBODY = "nobody has bought anything, so nobody is given a CLV"
BUT_CONTRACTS = "but for who has a running contract, whose CLV is what that will bring"


def _ranked(clv: Floats) -> Floats:
    """The percentile of everybody who has a CLV; rounded, for sums differ in their last digits."""
    known = ~np.isnan(clv)
    return _full(percentile(clv[known].round(6)), known)


def _chances(outlook: Outlook | None, soon: Outlook | None, valued: NDArray[np.bool_]) -> Columns:
    """The interval of everybody who is valued, and their chances to be among the highest tenth."""
    if outlook is None or soon is None:
        return {}
    chances = {"clv_low": outlook.quantile(LOW), "clv_high": outlook.quantile(HIGH)}
    chances |= {f"p_top{top}": outlook.above(outlook.top_cut(top / 100.0)) for top in TOPS}
    chances["p_top10_within_year"] = soon.above(soon.top_cut(TOP))
    return {name: _full(values, valued) for name, values in chances.items()}


def _known(seen: Columns, bought: NDArray[np.bool_]) -> Known:
    return Known(np.flatnonzero(bought), times(seen), seen["purchase_days"], seen["revenue"])


def _enough(seen: Columns) -> list[str]:
    if float(seen["revenue"].sum()) <= 0.0:
        return (
            ["all that was bought came back: there is no revenue to learn from, so nobody is given a CLV"]
            if len(seen["revenue"])
            else [NOBODY]
        )
    repeats = int((seen["purchase_days"] > 1).sum())
    if repeats >= FEWEST_REPEATS:
        return []
    return [f"only {repeats} customers bought on more than one day: a purchase rate cannot be learned, so nobody is given a CLV"]


def _value(seen: Columns, future: Future, ends: Floats, terms: Terms, seed: int) -> tuple[Columns, Outlook, Outlook]:
    """What purchases bring, and what may come of them over the horizon and within a year."""
    columns: Columns = {
        "p_alive": future.alive,
        "expected_orders": future.orders,
        "discounted_orders": future.discounted,
        "spend_per_order": future.spend_per_order,
    } | priced(seen, future, future.discounted, ends, terms)
    columns |= dict.fromkeys(SIGNED, np.zeros(len(future.orders)))
    outlook = _outlook(seen, future, columns["clv"], float(ends[-1]), seed)
    year = min(YEAR_DAYS, float(ends[-1]))
    soon = _outlook(seen, future, columns["clv"] * _share_until(seen, future, ends, year), year, seed)
    for part in PARTS:
        of_part = outlook.part(columns[part], columns["clv"])
        columns |= {f"{part}_low": of_part.quantile(LOW), f"{part}_high": of_part.quantile(HIGH)}
    return columns, outlook, soon


def _outlook(seen: Columns, future: Future, value: Floats, days: float, seed: int) -> Outlook:
    made = Outlook.of(future.buying, future.spending, times(seen), value, days, seed=seed)
    return made.alike() if future.alike else made


def _share_until(seen: Columns, future: Future, ends: Floats, day: float) -> Floats:
    """What share of the purchases to come of each customer comes by a day."""
    both = np.array([day, max(float(ends[-1]), day + 1e-9)])
    whole, by_then = weighed_if_active(future.buying, times(seen), both, np.array([1.0, 0.0]))
    return np.divide(by_then, whole, out=np.ones(len(whole)), where=whole > 0)


def _rfm(seen: Columns) -> tuple[Classes, Classes, Classes]:
    return classes(seen["recency_days"] - seen["age_days"]), classes(seen["orders"]), classes(seen["revenue"])


def _rfm_columns(groups: tuple[Classes, Classes, Classes], bought: NDArray[np.bool_]) -> "dict[str, pa.Array]":
    r, f, m = groups
    together = _spread(100 * r + 10 * f + m, bought).cast("string")
    return {"rfm_r": _spread(r, bought), "rfm_f": _spread(f, bought), "rfm_m": _spread(m, bought), "rfm": together}


VALUED = (
    "p_alive",
    "expected_orders",
    "discounted_orders",
    "spend_per_order",
    "margin_share",
    "service_cost_per_order",
    "future_margin",
    "future_service_cost",
    "referral_value",
    *SIGNED,
    "clv",
    "clv_low",
    "clv_high",
    *(f"p_top{top}" for top in TOPS),
    "p_top10_within_year",
    *(f"{part}_{end}" for part in PARTS for end in ("low", "high")),
)


def _unknown(seen: Columns) -> Columns:
    return dict.fromkeys(VALUED, np.full(len(seen["orders"]), np.nan))


def _doubts(model: Mapping[str, float | str | bool], groups: tuple[Classes, Classes, Classes]) -> list[str]:
    doubts = (
        ["the purchase model ended on a bound: these data say little of who comes back, so take CLV with care"]
        if model.get("on_bound")
        else []
    )
    if degenerate(groups[1]):
        doubts.append("most customers bought equally often, so the classes of frequency are not quarters")
    return doubts


def _spread(values: Floats | Classes, where: NDArray[np.bool_]) -> "pa.Array":
    """Put values back in their rows; who never bought, or has none, gets null."""
    import pyarrow as pa

    full = np.zeros(len(where), dtype=values.dtype)
    full[where] = values
    empty = ~where | np.isnan(full)
    return pa.array(full, mask=empty)


def _full(values: Floats, where: NDArray[np.bool_]) -> Floats:
    full = np.full(len(where), np.nan)
    full[where] = values
    return full
