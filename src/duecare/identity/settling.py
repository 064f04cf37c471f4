"""Settling: the point at which the weights and what the pairs say by them agree.

Splink teaches how one person's records agree. Over all pairs that blocks bring together, this
finds the rest by expectation and maximisation: how many pairs are one person's and how many two
people's who share a home, what such people have in common, and how often strangers agree once
the other two are taken out of the count. Given names and birth dates of a home are held to be as
different as strangers' are: that is what tells a family from a person.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from duecare.identity.model import AT_HOME, LEAST, OF_NAMES, Model, Weights
from duecare.identity.pairing import UNSAID, Levels, Pairs, Reals
from duecare.identity.weighing import Common, Odds, called_alike, probability, weigh

STEPS = 40
NEAR = 1e-3
"""It is found when a step changes the number of pairs of one person by less than this share."""

SAMPLED = 1_500_000
"""So many pairs are enough to settle by."""

FLOOR, SAMPLED_FLOOR = 0.02, 0.2
"""What is left at least of how often strangers agree when the pairs of one person and of a home are taken out: of counts, and of samples."""

MOST_IN_COMMON = 0.03
"""No more of the pairs that share a home have a given name, or a birth date, in common: beyond, it is people whose records differ."""

FEW_PAIRS = 50.0
"""So many pairs of strangers called alike are taken to be as chance has it, before more are believed."""

SURE_BITS = 7.0
"""Two records are one person's, whatever their birth dates, from so many bits of all else on."""

FEWEST_SURE = 200
"""So many such pairs are needed to learn from."""

SMOOTH = 2.0
"""So many pairs are added to what a share is learnt from."""

SMOOTH_HOME = 20.0
"""So many, spread as among strangers, to what a home is learnt from: a few households must not make all agreement look like theirs."""


def settle(pairs: Pairs, learnt: Model, common: Mapping[str, Common], *, records: int, seed: int) -> Model:
    """Return the model at which the pairs' probabilities add up to its priors.

    Args:
        pairs: all pairs that blocks bring together.
        learnt: where to begin; its *u* is how often all pairs agree, whoever they are.
        common: how common the records' values are.
        records: how many records were compared.
        seed: of the sample, where there are too many pairs.
    """
    some, scale = _sample(pairs, seed)
    rough = _settled(learnt, learnt, some, common, records, scale)
    born = _birth_dates(rough, some, common, records)
    return _settled(born, learnt, some, common, records, scale)


def _settled(model: Model, learnt: Model, pairs: Pairs, common: Mapping[str, Common], records: int, scale: float) -> Model:
    for _ in range(STEPS):
        model = _cleared(model, learnt, records)
        after = _step(model, pairs, weigh(pairs, model, common, records), records, scale)
        change = abs(after.pairs_per_record / model.pairs_per_record - 1)
        model = after
        if change < NEAR:
            break
    return model


def _birth_dates(model: Model, pairs: Pairs, common: Mapping[str, Common], records: int) -> Model:
    """Return *model* with what one person's birth dates have in common learnt from pairs who are one person by all else.

    Training sees birth dates in the block of names alone, where people called alike are many, and takes
    some of them for one person who errs.
    """
    if "birth_date" not in model.columns:
        return model
    level = pairs.level(tuple(model.columns).index("birth_date"))
    held, ones = model.columns["birth_date"], (1.0,) * len(model.columns["birth_date"].m)
    blind = replace(model, columns={**model.columns, "birth_date": Weights(m=ones, u=ones, h=ones, n=ones)}, twins=0.0)
    sure = (weigh(pairs, blind, common, records).bits > SURE_BITS) & (level != UNSAID)
    if sure.sum() < FEWEST_SURE:
        return model
    counts = np.bincount(level[sure], minlength=len(held.m)).astype(np.float64) + SMOOTH / len(held.m)
    taught = replace(held, m=tuple((counts / counts.sum()).tolist()))
    return replace(model, columns={**model.columns, "birth_date": taught})


def _sample(pairs: Pairs, seed: int) -> tuple[Pairs, float]:
    if len(pairs) <= SAMPLED:
        return pairs, 1.0
    at = np.sort(np.random.default_rng(seed).choice(len(pairs), SAMPLED, replace=False))
    return Pairs(pairs.a[at], pairs.b[at], pairs.pattern[at]), len(pairs) / SAMPLED


def _step(model: Model, pairs: Pairs, odds: Odds, records: int, scale: float) -> Model:
    one, home = probability(odds.bits), odds.home_share
    strangers = np.maximum(1 - one - home, 0)
    alike = called_alike(pairs, model)
    columns: dict[str, Weights] = {}
    for place, compared in enumerate(model.compared):
        held, level = model.columns[compared.column], pairs.level(place)
        h = _spread(level, home, held) if compared.column in AT_HOME else held.u
        n = _spread(level[alike], strangers[alike], held) if compared.column in OF_NAMES else held.u
        columns[compared.column] = replace(held, h=h, n=n)
    return replace(
        model,
        columns=columns,
        pairs_per_record=max(scale * float(one.sum()) / max(records, 1), 1e-6),
        home_pairs_per_record=max(scale * float(home.sum()) / max(records, 1), 1e-6),
        juniors=_in_common(model, pairs, home, "given", model.juniors),
        twins=_in_common(model, pairs, home, "birth_date", model.twins),
        called_alike=_called_alike(model, pairs, strangers, records, scale),
    )


def _in_common(model: Model, pairs: Pairs, home: Reals, column: str, before: float) -> float:
    """Of pairs that share a home and say a column, the share that says the same, within bounds."""
    if column not in model.columns:
        return before
    level = pairs.level(tuple(model.columns).index(column))
    same, said = float(home[level == 0].sum()), float(home[level != UNSAID].sum())
    return min((same + SMOOTH * before) / (said + SMOOTH), MOST_IN_COMMON)


def _called_alike(model: Model, pairs: Pairs, strangers: Reals, records: int, scale: float) -> float:
    """How many strangers have the very same names, by how many would by chance; 1 at least."""
    if not {"given", "family"} <= set(model.columns):
        return 1.0
    places = {compared.column: place for place, compared in enumerate(model.compared)}
    same = (pairs.level(places["given"]) == 0) & (pairs.level(places["family"]) == 0)
    chance = model.columns["given"].u[0] * model.columns["family"].u[0] * records * (records - 1) / 2
    return max((scale * float(strangers[same].sum()) + FEW_PAIRS) / (chance + FEW_PAIRS), 1.0)


def _spread(level: Levels, share: Reals, held: Weights) -> tuple[float, ...]:
    """How pairs that are counted by *share* fall into the levels."""
    counts = np.bincount(level, weights=share, minlength=UNSAID + 1)[: len(held.u)] + SMOOTH_HOME * np.asarray(held.u)
    return tuple(np.maximum(counts / counts.sum(), LEAST).tolist())


def _cleared(model: Model, observed: Model, records: int) -> Model:
    """Return *model* with the pairs of one person and of a home taken out of what was *observed* to agree among all pairs.

    observed = p m + q h + (1 - p - q) u, solved for u; a share of it is always left.
    """
    p, q = model.prior(records), model.home_prior(records)

    def clear(name: str, held: Weights) -> Weights:
        seen, counted = observed.columns[name].u, next(one.equal for one in model.compared if one.column == name)
        floors = (FLOOR if index in counted else SAMPLED_FLOOR for index in range(len(seen)))
        left = ((s - p * m - q * h) / (1 - p - q) for s, m, h in zip(seen, held.m, held.h, strict=True))
        return replace(held, u=tuple(max(u, floor * s, LEAST) for u, floor, s in zip(left, floors, seen, strict=True)))

    return replace(model, columns={name: clear(name, held) for name, held in model.columns.items()})
