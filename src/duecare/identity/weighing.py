"""Weighing: what the agreement of two records says for and against their being one person.

Plain arithmetic over the saved weights, the same for millions of pairs as for one caller.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duecare.identity.comparing import GIVEN
from duecare.identity.levels import Compared, crossed_over, initial
from duecare.identity.model import LEAST, OF_NAMES, Model
from duecare.identity.pairing import UNSAID, Integers, Levels, Pairs, Reals
from duecare.records import Warehouse

ALIKE_LEVELS = tuple(index for index, level in enumerate(GIVEN.levels) if level.alike)
"""The levels of given names that are alike and not the same."""

CHANGED_PLACES, INITIAL = (next(at for at, level in enumerate(GIVEN.levels) if level.holds is held) for held in (crossed_over, initial))
"""The levels of given names that stand in the family name's place, and of which one is a first letter."""

ALIKE_TWINS = 0.03
"""Share of twins whose names fall into any one of those: Tim and Tom, Anna and Anne; our assumption."""

FREQUENT = ("given", "family", "city")
"""Columns in whose rare values to agree says more."""


@dataclass(frozen=True, slots=True)
class Common:
    """How common a column's values are."""

    bearers: Reals
    """For each record, how many records bear its value; NaN where it says none."""
    said: int
    """How many records say one."""

    def rare(self, at: Integers | NDArray[np.int32], own: float) -> Reals:
        """Return how likely a stranger bears the value of records *at*, when about *own* of its bearers are the record's own person."""
        return np.maximum(self.bearers[at] - own, 1.0) / max(self.said, 1)


def frequencies(warehouse: Warehouse, records: int, faces: str = "faces") -> dict[str, Common]:
    """Return for each column of `FREQUENT` how common the values of so many records are."""
    counts = ", ".join(
        f"CASE WHEN {column} IS NOT NULL THEN CAST(count(*) OVER (PARTITION BY {column}) AS DOUBLE) END AS {column}" for column in FREQUENT
    )
    found = warehouse.arrow(f"SELECT unique_id - 1 AS record, {counts} FROM {{faces}}", faces=faces)
    at, made = found["record"].to_numpy(), dict[str, Common]()
    for column in FREQUENT:
        bearers = np.full(records, np.nan)
        bearers[at] = found[column].to_numpy(zero_copy_only=False)
        made[column] = Common(bearers, int(np.isfinite(bearers).sum()))
    return made


@dataclass(frozen=True, slots=True)
class Odds:
    """How likely each pair's agreement is, in log2, if the two are one person, strangers, or people who share a home; priors within."""

    one: Reals
    strangers: Reals
    home: Reals

    @property
    def bits(self) -> NDArray[np.float32]:
        """Log2 of the odds that a pair is one person."""
        return (self.one - np.logaddexp2(self.strangers, self.home)).astype(np.float32)

    @property
    def home_share(self) -> Reals:
        """How probable a pair is two people who share a home."""
        total = np.logaddexp2(np.logaddexp2(self.one, self.strangers), self.home)
        return np.exp2(self.home - total)


def weigh(pairs: Pairs, model: Model, common: Mapping[str, Common], records: int) -> Odds:
    """Return how likely each pair is under each of the three, by the saved weights.

    Args:
        pairs: compared in the columns of *model*.
        model: the weights.
        common: how common the records' values are, as `frequencies` gives it.
        records: how many records were compared, for the prior.
    """
    p, home, alike = model.prior(records), model.home_prior(records), called_alike(pairs, model)
    odds = Odds(*(np.full(len(pairs), np.log2(prior)) for prior in (p, max(1 - p - home, LEAST), home)))
    for place, compared in enumerate(model.compared):
        weights, level = model.columns[compared.column], pairs.level(place)
        odds.one[:] += _table(weights.m)[level]
        odds.home[:] += _table(weights.h)[level]
        odds.strangers[:] += np.where(alike & (compared.column in OF_NAMES), _table(weights.n)[level], _table(weights.u)[level])
        _by_frequency(odds, compared, level, pairs, model, common)
    odds.strangers[alike] += np.log2(model.called_alike)
    odds.home[:] += _twins(pairs, model) + _changed_places(pairs, model)
    return odds


def _by_frequency(odds: Odds, compared: Compared, level: Levels, pairs: Pairs, model: Model, common: Mapping[str, Common]) -> None:
    """Let the frequency of a value stand in for how often strangers agree, and in a home too where a value is each person's own."""
    weights = model.columns[compared.column]
    if compared.column == "birth_date":
        odds.home[level == 0] += _mixed(model.twins, weights.u[0]) - _log(weights.h[0])
    for index, kind in enumerate(compared.levels):
        if kind.frequency is None:
            continue
        agree = level == index
        rare = common[kind.frequency].rare(pairs.a[agree], 1 + 2 * model.pairs_per_record * weights.m[index])
        odds.strangers[agree] += np.log2(rare) - _log(weights.u[index])
        if compared.column == "given":
            odds.home[agree] += _mixed(model.juniors, rare) - _log(weights.h[index])


def _mixed(share: float, chance: Any) -> Any:  # noqa: ANN401 - one number or many
    return np.log2(share + (1 - share) * chance)


def _log(share: float) -> float:
    return float(np.log2(max(share, LEAST)))


def _twins(pairs: Pairs, model: Model) -> Reals:
    """What it adds to sharing a home that twins are often given names alike: those born on one day with alike names."""
    more = np.zeros(len(pairs))
    columns = tuple(model.columns)
    if not {"given", "birth_date"} <= set(columns):
        return more
    level, born = pairs.level(columns.index("given")), pairs.level(columns.index("birth_date"))
    for index in ALIKE_LEVELS:
        more[(born == 0) & (level == index)] = max(np.log2(ALIKE_TWINS / max(model.columns["given"].h[index], LEAST)), 0.0)
    return more


def _changed_places(pairs: Pairs, model: Model) -> Reals:
    """What it adds to sharing a home that names which changed places may be those of two who are called the same.

    The family name then says nothing more: names change places together.
    """
    more = np.zeros(len(pairs))
    columns = tuple(model.columns)
    if {"given", "family"} <= set(columns):
        given, family = model.columns["given"], model.columns["family"]
        called_so = given.m[CHANGED_PLACES] * model.juniors + given.u[CHANGED_PLACES]
        crossed = pairs.level(columns.index("given")) == CHANGED_PLACES
        more[crossed] = _log(called_so) - _log(given.h[CHANGED_PLACES])
        more[crossed] += (_table(family.m) - _table(family.h))[pairs.level(columns.index("family"))][crossed]
    return more


def called_alike(pairs: Pairs, model: Model) -> NDArray[np.bool_]:
    """Return which pairs agree, more or less, in both given and family name."""
    agree = np.full(len(pairs), {"given", "family"} <= set(model.columns))
    for place, compared in enumerate(model.compared):
        if compared.column in ("given", "family"):
            agree &= pairs.level(place) < len(compared.levels) - 1
    return agree


def _table(shares: Sequence[float]) -> Reals:
    """Log2 of each level's share; nothing for what was not compared."""
    table = np.zeros(UNSAID + 1)
    table[: len(shares)] = np.log2(np.maximum(shares, LEAST))
    return table


def probability(bits: NDArray[np.floating[Any]]) -> Reals:
    """Return the probability that so many bits come to.

    >>> probability(np.array([0.0, 1.0])).round(3).tolist()
    [0.5, 0.667]
    """
    return 1.0 / (1.0 + np.exp2(-np.clip(bits.astype(np.float64), -200, 200)))
