"""The future: what the model that the past speaks for expects of every customer."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from duecare.value.backtest import Backtest, backtest
from duecare.value.forecasts import BLEND, BUYING, PAST, RFM, Asked, forecasts
from duecare.value.models import boosted, gamma_gamma, mbg_nbd
from duecare.value.models.buying import Buying, expected_orders
from duecare.value.models.purchases import Known, Purchases
from duecare.value.models.seen import Floats
from duecare.value.story import Spending


@dataclass(frozen=True, slots=True, kw_only=True)
class Future:
    """What is to come of n customers, in the order in which they are known."""

    orders: Floats
    """n x k expected purchases until each of k ends, rising along k."""
    spend_per_order: Floats
    """In the book's currency."""
    alive: Floats
    buying: Buying
    """The purchase model, by which what may come is drawn."""
    spending: gamma_gamma.Fitted | None
    """None where too few spent anything, or all the same."""
    model: Mapping[str, float | str | bool]
    """What was chosen, with the parameters."""
    past: Backtest | None
    """None where no book was given to hold the models to."""
    notes: tuple[str, ...]


NOTHING_TOLD = "these data do not tell customers apart, so all are expected to be worth the same: nobody is served worse for it"


def foresee(known: Known, ends_days: Floats, *, book: Purchases | None, day: int, seed: int = 1) -> Future:
    """Return what is to come of everybody *known*, by the model that the book's own past speaks for.

    Args:
        known: the customers, of whom enough came back to teach (`story.teaches`).
        ends_days: the ends of the future, days from the as-of day, rising.
        book: their purchases, customers numbered as in *known*; without it MBG/NBD is taken as it is.
        day: the as-of day, days since 1970.
        seed: of the trees, and of drawing customers again.
    """
    days = round(float(ends_days[-1]))
    past = backtest(book, day, days, seed=seed) if book is not None else None
    name = _buying(past)
    buying, money = BUYING[name](known.seen), Spending.of(known)
    orders, spend = expected_orders(buying, known.seen, ends_days), money.expected(known)
    chosen = name
    if past is not None and book is not None and past.scores:
        orders, chosen = _as_chosen(Asked(book, day, days, seed), past, name, orders, spend)
    spending = money.model if money.spread else None
    facts: dict[str, float | str | bool] = {"purchases": name, "spending": "Gamma-Gamma", "champion": chosen, "on_bound": buying.on_bound}
    facts |= {f"buying_{key}": value for key, value in buying.parameters._asdict().items()}
    facts |= {f"gg_{key}": value for key, value in spending.parameters._asdict().items()} if spending else {}
    notes = (*(past.notes if past else ()), *([NOTHING_TOLD] if chosen == NOBODY else []))
    return Future(
        orders=orders,
        spend_per_order=spend,
        alive=buying.alive(known.seen),
        buying=buying,
        spending=spending,
        model=facts,
        past=past,
        notes=notes,
    )


NOBODY = "everybody's mean"


def _as_chosen(asked: Asked, past: Backtest, buying: str, orders: Floats, spend: Floats) -> tuple[Floats, str]:
    """Scale everybody's orders so that orders times spend is what the champion expects, its total set right by the past."""
    champion = past.champion
    if champion is None:
        whole = float((orders[:, -1] * spend).sum()) / max(len(spend), 1)
        return _spread(np.full(len(spend), whole), orders, spend), NOBODY
    left_out = (set(BUYING) | {RFM, boosted.NAME}) - {champion, buying, mbg_nbd.NAME} - ({boosted.NAME} if champion == BLEND else set())
    _, made = forecasts(asked, without=left_out)
    if champion not in made:
        return orders, buying
    expected = made[champion]
    of_total = next(name for name in (boosted.NAME, buying) if name in made) if champion in (BLEND, PAST, RFM) else champion
    total = float(made[of_total].sum()) / past.bias_of(of_total)
    return _spread(expected * (total / max(float(expected.sum()), 1e-300)), orders, spend), champion


def _spread(expected: Floats, orders: Floats, spend: Floats) -> Floats:
    """Return n x k orders that come to the *expected* spend at the last end, month by month as the purchase model has them."""
    last = orders[:, -1]
    even = np.arange(1, orders.shape[1] + 1) / orders.shape[1]
    shape = np.where((last > 0)[:, None], orders / np.where(last > 0, last, 1.0)[:, None], even[None, :])
    return (expected / spend)[:, None] * shape


def _buying(past: Backtest | None) -> str:
    """The purchase model that did best on the past; MBG/NBD where that says nothing."""
    found = [score.model for score in past.scores if score.model in BUYING] if past else []
    return found[0] if found else mbg_nbd.NAME
