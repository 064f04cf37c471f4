"""The future: what the model that the past speaks for expects of every customer."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from duecare.value.backtest import Backtest, backtest
from duecare.value.forecasts import BLEND, BUYING, PAST, PREDICTED, RFM, Asked, forecasts
from duecare.value.models import boosted, gamma_gamma, mbg_nbd
from duecare.value.models.buying import Buying, orders_ahead
from duecare.value.models.purchases import Known, Purchases
from duecare.value.models.seen import Floats
from duecare.value.season import learnt, moved
from duecare.value.story import Spending


@dataclass(frozen=True, slots=True, kw_only=True)
class Future:
    """What is to come of n customers, in the order in which they are known."""

    orders: Floats
    """Expected purchases until the last end."""
    discounted: Floats
    """The same, each piece of time at its discount."""
    spend_per_order: Floats
    """In the book's currency."""
    alive: Floats
    buying: Buying
    """The purchase model, by which what may come is drawn."""
    spending: gamma_gamma.Fitted | None
    """None where too few spent anything, or all the same."""
    alike: bool
    """Whether the past does not tell customers apart, so that all are to be worth the same."""
    model: Mapping[str, float | str | bool]
    """What was chosen, with the parameters."""
    past: Backtest | None
    """None where no book was given to hold the models to."""
    notes: tuple[str, ...]


NOTHING_TOLD = "these data do not tell customers apart, so all are worth the same: nobody is served worse for it"


def foresee(
    known: Known,
    ends_days: Floats,
    factors: Floats,
    *,
    book: Purchases | None,
    day: int,
    seed: int = 1,
    traits: Floats | None = None,
    season: Floats | None = None,
) -> Future:
    """Return what is to come of everybody *known*, by the model that the book's own past speaks for.

    Args:
        known: the customers, of whom enough came back to teach (`story.teaches`).
        ends_days: the ends of the future, days from the as-of day, rising.
        factors: what a purchase before each end counts for today.
        book: their purchases, customers numbered as in *known*; without it MBG/NBD is taken as it is.
        day: the as-of day, days since 1970.
        traits: customers by number x traits, where predictors are declared.
        season: index of each month of the year, 1 on the average; learnt where the book has a full year when None.
        seed: of the trees, and of drawing customers again.
    """
    days = round(float(ends_days[-1]))
    past = backtest(book, day, days, seed=seed, traits=traits) if book is not None else None
    story = _Story.of(known, past, traits)
    told, chosen = story.tell(ends_days, factors), story.name
    if past is not None and book is not None and past.asked:
        expected, chosen = _as_chosen(Asked(book, day, days, seed, traits), past, story.name, told.orders * told.spend)
        told = (told.alike() if chosen == NOBODY else told).spending(
            expected, _season(book, day, days, past, season), float(factors.mean())
        )
    return Future(
        orders=told.orders,
        discounted=told.discounted,
        spend_per_order=told.spend,
        alive=story.buying.alive(known.seen, story.traits),
        buying=story.buying,
        spending=story.spending,
        alike=chosen == NOBODY,
        model=story.facts(chosen),
        past=past,
        notes=(*(past.notes if past else ()), *([NOTHING_TOLD] if chosen == NOBODY else [])),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What is to come of n customers."""

    orders: Floats
    discounted: Floats
    spend: Floats
    """Of each order."""

    def alike(self) -> "_Told":
        """Everybody at everybody's mean."""
        return _Told(*(np.full(len(self.spend), float(column.mean())) for column in (self.orders, self.discounted, self.spend)))

    def spending(self, expected: Floats, season: float, discount: float) -> "_Told":
        """Return as many orders as come to what everybody is *expected* to spend, moved by the *season*, each at its own discount."""
        share = np.divide(self.discounted, self.orders, out=np.full(len(self.orders), discount), where=self.orders > 0)
        orders = expected / self.spend * season
        return _Told(orders, orders * share, self.spend)


@dataclass(frozen=True, slots=True)
class _Story:
    """The models of buying and of spending, fitted."""

    name: str
    known: Known
    buying: Buying
    money: Spending
    traits: Floats | None
    """Of the customers who are known, where the model looks at them."""

    @classmethod
    def of(cls, known: Known, past: Backtest | None, traits: Floats | None) -> "_Story":
        name = _buying(past)
        own = traits[known.customer] if traits is not None and name == PREDICTED else None
        buying = mbg_nbd.fit(known.seen, own) if name == PREDICTED else BUYING[name](known.seen)
        return cls(name, known, buying, Spending.of(known), own)

    @property
    def spending(self) -> gamma_gamma.Fitted | None:
        return self.money.model if self.money.spread else None

    def tell(self, ends_days: Floats, factors: Floats) -> _Told:
        orders, discounted = orders_ahead(self.buying, self.known.seen, ends_days, factors, self.traits)
        return _Told(orders, discounted, self.money.expected(self.known))

    def facts(self, chosen: str) -> dict[str, float | str | bool]:
        """What was chosen, with the parameters."""
        facts: dict[str, float | str | bool] = {
            "purchases": self.name,
            "spending": "Gamma-Gamma",
            "champion": chosen,
            "on_bound": self.buying.on_bound,
        }
        facts |= {f"buying_{key}": value for key, value in self.buying.parameters._asdict().items()}
        return facts | ({f"gg_{key}": value for key, value in self.spending.parameters._asdict().items()} if self.spending else {})


NOBODY = "everybody's mean"


def _as_chosen(asked: Asked, past: Backtest, buying: str, bought: Floats) -> tuple[Floats, str]:
    """Return what the champion expects everybody to spend, its total set right by the past, and its name.

    Args:
        asked: the book, the day and how far ahead.
        past: how the models did.
        buying: the purchase model.
        bought: what it expects everybody to spend.
    """
    champion = past.champion
    if champion is None:
        return np.full(len(bought), float(bought.sum()) / max(len(bought), 1)), NOBODY
    left_out = (
        (set(BUYING) | {RFM, boosted.NAME, PREDICTED}) - {champion, buying, mbg_nbd.NAME} - ({boosted.NAME} if champion == BLEND else set())
    )
    _, made = forecasts(asked, without=left_out)
    if champion not in made:
        return bought, buying
    of_total = next(name for name in (boosted.NAME, buying) if name in made) if champion in (BLEND, PAST, RFM) else champion
    total = float(made[of_total].sum()) / past.bias_of(of_total)
    return made[champion] * (total / max(float(made[champion].sum()), 1e-300)), champion


def _season(book: Purchases, day: int, days: int, past: Backtest, told: Floats | None) -> float:
    """What the season does to the total: as it was told, or as the book tells it."""
    index = learnt(book, day) if told is None else told
    return 1.0 if index is None or past.champion is None else moved(index, book.first_day, day, days, past.windows)


def _buying(past: Backtest | None) -> str:
    """The purchase model that did best on the past; MBG/NBD where that says nothing."""
    found = [score.model for score in past.scores if score.model in (*BUYING, PREDICTED)] if past else []
    return found[0] if found else mbg_nbd.NAME
