"""Forecasts: what each model expects every customer to spend within some days of one day; nothing later is seen.

The purchase models times the spend model; boosted trees; what was spent before, as an honest
baseline; RFM cells; and the blend of those that see different things.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from duecare.value.models import bg_nbd, boosted, mbg_nbd, pareto_nbd
from duecare.value.models.buying import Buying, expected_orders
from duecare.value.models.purchases import Known, Purchases
from duecare.value.models.seen import Floats
from duecare.value.rfm import classes
from duecare.value.story import Spending, Story, teaches
from duecare.value.trees import taught

BUYING: Mapping[str, Callable[..., Buying]] = {module.NAME: module.fit for module in (bg_nbd, mbg_nbd, pareto_nbd)}
PREDICTED = "MBG/NBD with predictors"
PAST, RFM, BLEND = "past spend", "RFM cells", "blend"
BLENDED = (mbg_nbd.NAME, PAST, boosted.NAME)
"""They see different things: a story of buying and leaving, money, and whatever else repeats itself."""

TOTALS = (boosted.NAME, mbg_nbd.NAME, PAST)
"""Whose total the blend has, the first that is there."""

Forecasts: TypeAlias = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Asked:
    """A book, a day of it, and for how many days from then on."""

    purchases: Purchases
    day: int
    days: int
    seed: int = 1
    traits: Floats | None = None
    """Customers by number x traits, where predictors are declared."""

    @property
    def share_of_book(self) -> float:
        """How long the future is beside the past."""
        return self.days / max(self.day - self.purchases.first_day, 1)


def forecasts(asked: Asked, *, without: Collection[str] = ()) -> tuple[Known, Forecasts]:
    """Return everybody who had bought by the day, and what each model expects them to spend; some may be left out to save time."""
    known = asked.purchases.until(asked.day)
    spending, fits = Spending.of(known), {name: fit for name, fit in BUYING.items() if name not in without}
    stories = {name: Story(fit(known.seen), spending).told(known, asked.days) for name, fit in fits.items()} if teaches(known) else {}
    made: Forecasts = {name: expected for name, (_, _, _, expected) in stories.items()}
    if asked.traits is not None and stories and PREDICTED not in without:
        made[PREDICTED] = _predicted(asked, known, asked.traits[known.customer]) * spending.expected(known)
    made[PAST] = np.maximum(known.spend, 0.0) * asked.share_of_book
    if RFM not in without and (cells := _rfm_cells(asked, known)) is not None:
        made[RFM] = cells
    if (
        boosted.NAME not in without
        and mbg_nbd.NAME in made
        and (trees := taught(asked.purchases, known, asked.day, asked.days, made[mbg_nbd.NAME], seed=asked.seed)) is not None
    ):
        made[boosted.NAME] = trees
    return known, made | (_blend(made, stories[mbg_nbd.NAME][0]) if mbg_nbd.NAME in made else {})


def _blend(made: Forecasts, alive: Floats) -> Forecasts:
    """The purchase model, past spend of who is still active, and the trees, in equal parts.

    The total is the trees', who learn amounts as they were, if there are any.
    """
    parts = [made[name] * (alive if name == PAST else 1.0) for name in BLENDED if name in made]
    parts = [one for one in parts if one.sum() > 0]
    if len(parts) < 2:
        return {}
    total = next(made[name].sum() for name in TOTALS if name in made and made[name].sum() > 0)
    return {BLEND: total * np.mean([one / one.sum() for one in parts], axis=0)}


def _predicted(asked: Asked, known: Known, traits: Floats) -> Floats:
    return expected_orders(mbg_nbd.fit(known.seen, traits), known.seen, np.array([float(asked.days)]), traits)[:, 0]


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
