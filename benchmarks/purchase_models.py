"""MBG/NBD and Gamma-Gamma: fitting, and the CLV of 12 months, beside `lifetimes` and PyMC-Marketing on the same invented customers."""

import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import numpy as np

from buyers import invent
from duecare.value.models.buying import orders_ahead
from duecare.value.models.purchases import Known
from duecare.value.models.seen import Floats, Seen
from duecare.value.npv import discount_factors, month_ends_days
from duecare.value.story import Story

CUSTOMERS = 1_000_000
RATE_A_YEAR = 0.10
RATE_A_MONTH = (1.0 + RATE_A_YEAR) ** (1 / 12) - 1.0
T = TypeVar("T")


class Timed(NamedTuple):
    """Seconds of processor time for both fits and for the CLV of 12 months, the parameters, and the sum of all CLV."""

    fit_s: float
    clv_s: float
    parameters: dict[str, float]
    total: float


def compare() -> Iterator[str]:
    """Yield a line for each of the three; all must find the same parameters and totals."""
    known, timed = shop(CUSTOMERS), measured()
    yield f"{len(known.days):,} customers, fit and CLV of 12 months, seconds of processor time"
    for name, one in timed.items():
        found = ", ".join(f"{key} {value:.4g}" for key, value in one.parameters.items())
        ratios = f"{one.fit_s / timed['duecare'].fit_s:.1f} and {one.clv_s / timed['duecare'].clv_s:.1f} times"
        yield f"{name}: {one.fit_s:.2f} and {one.clv_s:.2f}, {ratios}; {found}; total {one.total:,.0f}"


def measured(customers: int = CUSTOMERS) -> dict[str, Timed]:
    """Time each on the same customers, once it is warm."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: dict[str, Timed] = {}
        for name, run in {"duecare": ours, "lifetimes": lifetimes, "PyMC-Marketing": pymc_marketing}.items():
            run(shop(2_000))
            found[name] = run(shop(customers))
    return found


def shop(customers: int) -> Known:
    """Invented customers with amounts."""
    frequency, recency, age, _ = invent(customers, seed=11)
    chance, days = np.random.default_rng(12), frequency + 1
    spend = chance.gamma(6.2 * days) / chance.gamma(3.7, 1 / 15.0, customers)
    return Known(np.arange(customers), Seen(frequency, np.minimum(np.ceil(recency), age), age), days, spend)


def ours(known: Known) -> Timed:
    """Both fits by Duecare."""
    fit_s, story = _timed(lambda: Story.of(known))
    clv_s, clv = _timed(lambda: _clv(story, known))
    return Timed(fit_s, clv_s, dict(story.buying.parameters._asdict()), float(clv.sum()))


def _clv(story: Story, known: Known) -> Floats:
    ends = month_ends_days(12)
    discounted = orders_ahead(story.buying, known.seen, ends, discount_factors(12, RATE_A_YEAR))[1]
    return discounted * story.spending.expected(known)


def lifetimes(known: Known) -> Timed:
    """Both fits by `lifetimes`, without a penalty."""
    from lifetimes import GammaGammaFitter, ModifiedBetaGeoFitter

    seen = known.seen
    fit_s, (buying, spending) = _timed(lambda: (ModifiedBetaGeoFitter().fit(*seen), GammaGammaFitter().fit(known.days, known.mean_spend)))
    terms = {"time": 12, "discount_rate": RATE_A_MONTH, "freq": "D"}
    clv_s, clv = _timed(lambda: _by_lifetimes(buying, spending, known, terms))
    return Timed(fit_s, clv_s, {name: float(value) for name, value in buying.params_.items()}, float(clv.sum()))


def _by_lifetimes(buying: Any, spending: Any, known: Known, terms: dict[str, Any]) -> Floats:  # noqa: ANN401 - it has no types
    import pandas as pd

    columns = [pd.Series(column) for column in (*known.seen, known.mean_spend)]
    return np.asarray(spending.customer_lifetime_value(buying, *columns, **terms))


def pymc_marketing(known: Known) -> Timed:
    """Both fits by PyMC-Marketing, the likeliest point (MAP) under its own priors."""
    import pandas as pd
    from pymc_marketing.clv import GammaGammaModel, ModifiedBetaGeoModel

    columns = {"frequency": known.seen.frequency, "recency": known.seen.recency_days, "T": known.seen.age_days}
    bought = pd.DataFrame({"customer_id": known.customer, **columns})
    paid = bought.assign(frequency=known.days, monetary_value=known.mean_spend)
    fit_s, (buying, spending) = _timed(
        lambda: (
            _fitted(ModifiedBetaGeoModel(data=bought)),
            _fitted(GammaGammaModel(data=paid[["customer_id", "frequency", "monetary_value"]])),
        )
    )
    asked = bought.assign(monetary_value=known.mean_spend, future_t=12)
    terms = {"future_t": 12, "discount_rate": RATE_A_MONTH, "time_unit": "D"}
    clv_s, clv = _timed(lambda: spending.expected_customer_lifetime_value(transaction_model=buying, data=asked, **terms))
    found = {name: float(buying.fit_result[name].mean()) for name in ("r", "alpha", "a", "b")}
    return Timed(fit_s, clv_s, found, float(np.asarray(clv.mean(("chain", "draw"))).sum()))


def _fitted(model: Any) -> Any:  # noqa: ANN401 - it has no types
    model.fit(method="map", progressbar=False)
    return model


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.process_time()
    made = work()
    return time.process_time() - began, made
