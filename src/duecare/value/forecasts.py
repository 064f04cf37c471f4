"""Forecasts: what each model expects every customer to spend within some days of one day; nothing later is seen.

The purchase models times the spend model; boosted trees; what was spent before, as an honest
baseline; RFM cells; and the blend of those that see different things.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from duecare.value.models import bg_nbd, boosted, gamma_gamma, mbg_nbd, pareto_nbd
from duecare.value.models.buying import Buying, expected_orders
from duecare.value.models.purchases import Known, Purchases
from duecare.value.models.seen import Floats
from duecare.value.rfm import classes

BUYING: Mapping[str, Callable[..., Buying]] = {module.NAME: module.fit for module in (bg_nbd, mbg_nbd, pareto_nbd)}
PAST, RFM, BLEND = "past spend", "RFM cells", "blend"
BLENDED = (mbg_nbd.NAME, PAST, boosted.NAME)
"""They see different things: a story of buying and leaving, money, and whatever else repeats itself."""

TOTALS = (boosted.NAME, mbg_nbd.NAME, PAST)
"""Whose total the blend has, the first that is there."""

FEWEST_REPEATS = 20
"""Fewer customers than this who came back cannot tell a purchase rate."""

LEAST_SPEND = 0.01
"""A mean spend counts as at least this: who gave back all they bought is somebody who buys for next to nothing."""

Forecasts: TypeAlias = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Asked:
    """A book, a day of it, and for how many days from then on."""

    purchases: Purchases
    day: int
    days: int
    seed: int = 1

    @property
    def share_of_book(self) -> float:
        """How long the future is beside the past."""
        return self.days / max(self.day - self.purchases.first_day, 1)


def forecasts(asked: Asked, *, without: Collection[str] = ()) -> tuple[Known, Forecasts]:
    """Return everybody who had bought by the day, and what each model expects them to spend; some may be left out to save time."""
    known = asked.purchases.until(asked.day)
    spend, fits = expected_spend(known), {name: fit for name, fit in BUYING.items() if name not in without}
    made: Forecasts = {name: _bought(fit, known, asked.days) * spend for name, fit in fits.items()} if teaches(known) else {}
    made[PAST] = np.maximum(known.spend, 0.0) * asked.share_of_book
    if RFM not in without and (cells := _rfm_cells(asked, known)) is not None:
        made[RFM] = cells
    if boosted.NAME not in without and mbg_nbd.NAME in made and (trees := _boosted(asked, made[mbg_nbd.NAME])) is not None:
        made[boosted.NAME] = trees
    return known, made | _blend(made)


def _blend(made: Forecasts) -> Forecasts:
    """The purchase model, past spend and the trees in equal parts; the total is the trees', who learn amounts as they were, if there are any."""
    parts = [made[name] for name in BLENDED if name in made and made[name].sum() > 0]
    if len(parts) < 2:
        return {}
    total = next(made[name].sum() for name in TOTALS if name in made and made[name].sum() > 0)
    return {BLEND: total * np.mean([one / one.sum() for one in parts], axis=0)}


def teaches(known: Known) -> bool:
    """Whether enough customers came back to tell a purchase rate."""
    return int((known.days > 1).sum()) >= FEWEST_REPEATS


def expected_spend(known: Known) -> Floats:
    """Return what each customer is to spend on a day of buying; the mean of all where nobody spent anything."""
    kept = known.spend > 0.0
    mean = np.maximum(known.mean_spend, LEAST_SPEND)
    if kept.sum() < FEWEST_REPEATS:
        return np.full(len(mean), max(float(mean.mean()), LEAST_SPEND) if len(mean) else LEAST_SPEND)
    return gamma_gamma.fit(known.days[kept], known.mean_spend[kept]).expected_spend(known.days, mean)


def _bought(fit: Callable[..., Buying], known: Known, days: int) -> Floats:
    return expected_orders(fit(known.seen), known.seen, np.array([float(days)]))[:, 0]


def _rfm_cells(asked: Asked, known: Known) -> Floats | None:
    """What customers of the same RFM cell spent in a window before, on average; a cell of few leans on everybody."""
    window = boosted.window_days(asked.purchases, asked.day, asked.days)
    before = asked.purchases.until(asked.day - window)
    if window < boosted.LEAST_DAYS or not len(before.customer):
        return None
    spent, _ = asked.purchases.within(before, asked.day - window, asked.day)
    cell, cells = _cells(before), _cells(known)
    count, total = (np.bincount(cell, weights=weights, minlength=200) for weights in (None, np.maximum(spent, 0.0)))
    mean = (total + SMOOTH * total.sum() / max(count.sum(), 1)) / (count + SMOOTH)
    return mean[cells] * asked.days / window


SMOOTH = 5.0


def _cells(known: Known) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    seen = known.seen
    r, f, m = classes(seen.recency_days - seen.age_days), classes(known.days), classes(known.spend)
    return 25 * r + 5 * f + m


def _boosted(asked: Asked, expected: Floats) -> Floats | None:
    """Boosted trees of the window that the book can teach, drawn out to the days asked for as the purchase model has it."""
    window = boosted.window_days(asked.purchases, asked.day, asked.days)
    taught = [_described(asked.purchases, origin, window) for origin in boosted.origins(asked.purchases, asked.day, window)]
    trees = boosted.learn([table for table, _, _ in taught], [spent for _, spent, _ in taught], seed=asked.seed)
    if trees is None:
        return None
    table, _, near = _described(asked.purchases, asked.day, window)
    further = np.divide(expected, near, out=np.ones_like(near), where=near > 0)
    return np.maximum(trees.predict(table, num_threads=1 if len(table) < boosted.ROWS_OF_TWO else 2), 0.0) * further


def _described(purchases: Purchases, day: int, window: int) -> tuple[boosted.Table, Floats, Floats]:
    """Everybody's row on a day, what they spent in the window after it, and what the purchase model expects them to."""
    known = purchases.until(day)
    if not teaches(known):
        return np.zeros((0, 0)), np.zeros(0), np.zeros(0)
    buying, spend = mbg_nbd.fit(known.seen), expected_spend(known)
    orders = expected_orders(buying, known.seen, np.array([float(window)]))[:, 0]
    expected = (buying.alive(known.seen), orders, spend, orders * spend)
    return boosted.describe(purchases, known, day, window, expected), purchases.within(known, day, day + window)[0], orders * spend
