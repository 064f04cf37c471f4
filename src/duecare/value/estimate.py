"""Valuation: the net present value of the profit of a customer's future business, by parts.

Expected orders by MBG/NBD, what an order brings by Gamma-Gamma and the customer's margin,
minus what serving them costs, discounted month by month. A customer who never bought has no
value yet, which is said with an empty value and never with a guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.value.models import gamma_gamma, mbg_nbd
from duecare.value.models.beta_geometric import Fitted
from duecare.value.models.buying import expected_orders
from duecare.value.models.seen import Seen
from duecare.value.npv import discounted_orders, month_ends_days
from duecare.value.rfm import Classes, classes, degenerate, percentile
from duecare.value.terms import Terms

if TYPE_CHECKING:
    import pyarrow as pa

Floats: TypeAlias = NDArray[np.float64]
Columns: TypeAlias = dict[str, Floats]

PRIOR_PURCHASES = 3.0
"""How many purchases of the average customer are mixed into one's own margin and cost to serve."""

AT_LEAST_REPEATS = 20
"""Fewer customers than this who came back cannot tell a purchase rate."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The valuation of every customer, with what the models said of themselves."""

    columns: "pa.Table"
    """One row a customer; see COLUMNS in docs/valuation.md for each column's unit."""
    model: Mapping[str, float | str | bool]
    notes: tuple[str, ...]


def estimate(history: "pa.Table", terms: Terms) -> Estimate:
    """Value every customer of *history* (see `history.sql` for its columns), in the same order."""
    import pyarrow as pa

    known: Columns = {name: history[name].cast(pa.float64()).to_numpy() for name in NEEDED}
    bought = known["purchase_days"] > 0
    seen: Columns = {name: values[bought] for name, values in known.items()}
    notes = _enough(seen)
    columns, model = (_unknown(seen), {}) if notes else _value(seen, terms)
    groups = _rfm(seen)
    columns |= {
        "clv_percentile": columns["clv"] if notes else percentile(columns["clv"].round(6)),  # sums differ in their last digits
        "revenue_percentile": percentile(seen["revenue"]),
    }
    spread = {name: _spread(values, bought) for name, values in columns.items()} | _rfm_columns(groups, bought)
    table = pa.table({"customer_id": history["customer_id"], **spread})
    return Estimate(table, model, tuple(notes + _doubts(model, groups)))


NEEDED = ("purchase_days", "recency_days", "age_days", "revenue", "refunded", "margin", "service_cost", "orders")


NOBODY = "nobody has bought anything, so nobody is given a CLV"


def _enough(seen: Columns) -> list[str]:
    if float(seen["revenue"].sum()) <= 0.0:
        return (
            ["all that was bought came back: there is no revenue to learn from, so nobody is given a CLV"]
            if len(seen["revenue"])
            else [NOBODY]
        )
    repeats = int((seen["purchase_days"] > 1).sum())
    if repeats >= AT_LEAST_REPEATS:
        return []
    return [f"only {repeats} customers bought on more than one day: a purchase rate cannot be learned, so nobody is given a CLV"]


def _value(seen: Columns, terms: Terms) -> tuple[Columns, dict[str, float | str | bool]]:
    times = Seen(seen["purchase_days"] - 1.0, seen["recency_days"], seen["age_days"])
    buying = mbg_nbd.fit(times)
    expected = expected_orders(buying, times, month_ends_days(terms.horizon_months))
    discounted = discounted_orders(expected, terms.discount_percent_per_year / 100.0)
    spend, spending = _spend(seen)
    margin_share, service_cost = _shrunk_margin(seen), _shrunk_service_cost(seen)
    columns: Columns = {
        "p_alive": buying.alive(times),
        "expected_orders": expected[:, -1],
        "discounted_orders": discounted,
        "spend_per_order": spend,
        "margin_share": margin_share,
        "service_cost_per_order": service_cost,
        "future_margin": discounted * spend * margin_share,
        "future_service_cost": discounted * service_cost,
    }
    columns["clv"] = columns["future_margin"] - columns["future_service_cost"]
    return columns, _model_facts(buying, spending)


def _spend(seen: Columns) -> tuple[Floats, gamma_gamma.Fitted]:
    """What a purchase day brings; who gave back all they bought teaches nothing of it, and counts as one who spends a cent."""
    kept = seen["revenue"] > 0.0
    mean = np.maximum(seen["revenue"] / seen["purchase_days"], 0.01)
    model = gamma_gamma.fit(seen["purchase_days"][kept], mean[kept].round(2))
    return model.expected_spend(seen["purchase_days"], mean), model


def _shrunk_margin(seen: Columns) -> Floats:
    """Margin as a share of revenue, refunds taken off, pulled towards everybody's by a few purchases' worth."""
    overall = float(seen["margin"].sum()) / float(seen["revenue"].sum())
    prior = PRIOR_PURCHASES * float(seen["revenue"].sum()) / float(seen["purchase_days"].sum())
    return (seen["margin"] + prior * overall) / (np.maximum(seen["revenue"], 0.0) + prior)


def _shrunk_service_cost(seen: Columns) -> Floats:
    """Cost to serve for each purchase, pulled towards everybody's."""
    overall = float(seen["service_cost"].sum()) / float(seen["purchase_days"].sum())
    return (seen["service_cost"] + PRIOR_PURCHASES * overall) / (seen["purchase_days"] + PRIOR_PURCHASES)


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
    "clv",
)


def _unknown(seen: Columns) -> Columns:
    return dict.fromkeys(VALUED, np.full(len(seen["orders"]), np.nan))


def _model_facts(buying: Fitted, spending: gamma_gamma.Fitted) -> dict[str, float | str | bool]:
    facts: dict[str, float | str | bool] = {"purchases": "MBG/NBD", "spending": "Gamma-Gamma", "on_bound": buying.on_bound}
    facts |= {f"mbg_{name}": value for name, value in buying.parameters._asdict().items()}
    return facts | {f"gg_{name}": value for name, value in spending.parameters._asdict().items()}


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
