"""The promise: what millions of pairs weigh is what the formula says of each, reckoned one by one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.identity.comparing import COMPARED
from duecare.identity.model import LEAST, OF_NAMES, Model, Weights
from duecare.identity.pairing import UNSAID, Pairs
from duecare.identity.weighing import ALIKE_LEVELS, ALIKE_TWINS, CHANGED_PLACES, FREQUENT, Common, probability, weigh

RECORDS = 6


@dataclass(frozen=True)
class Weighed:
    """Pairs to weigh, by a model."""

    model: Model
    levels: list[list[int]]
    """For each pair, the level of each column of the model."""
    ends: list[tuple[int, int]]
    bearers: Mapping[str, list[float]]
    said: int


def worlds(seed: int) -> Weighed:
    """A world by its seed: some columns of all, shares of which one in ten is nothing, a few pairs."""
    chance = np.random.default_rng(seed)
    taken = set(chance.choice(len(COMPARED), chance.integers(1, len(COMPARED) + 1), replace=False).tolist())
    columns = [one for place, one in enumerate(COMPARED) if place in taken]
    model = Model(
        columns={one.column: _weights(chance, len(one.levels)) for one in columns},
        pairs_per_record=float(chance.uniform(1e-6, 2)),
        home_pairs_per_record=float(chance.uniform(1e-6, 2)),
        juniors=float(chance.uniform(0, 0.5)),
        twins=float(chance.uniform(0, 0.5)),
        called_alike=float(chance.uniform(1, 50)),
        learnt=True,
    )
    levels = [[int(chance.choice([*range(len(one.levels)), 0, UNSAID])) for one in columns] for _ in range(8)]
    ends = [(int(a), int(b)) for a, b in chance.integers(0, RECORDS, (8, 2))]
    bearers = {column: chance.integers(1, 40, RECORDS).astype(float).tolist() for column in FREQUENT}
    return Weighed(model, levels, ends, bearers, int(chance.integers(0, 90)))


def _weights(chance: np.random.Generator, many: int) -> Weights:
    shares = [chance.uniform(0, 1, many) * (chance.uniform(0, 1, many) > 0.1) for _ in range(4)]
    m, u, h, n = (tuple(share.tolist()) for share in shares)
    return Weights(m=m, u=u, h=h, n=n)


def log(share: float) -> float:
    return math.log2(max(share, LEAST))


def plain(world: Weighed, pair: int) -> tuple[float, float, float]:
    """How likely a pair is one person, two strangers, two people who share a home, in log2, by the formula as it is told."""
    model, level = world.model, dict(zip(world.model.columns, world.levels[pair], strict=True))
    p, q = model.prior(RECORDS), model.home_prior(RECORDS)
    one, strangers, home = math.log2(p), math.log2(max(1 - p - q, LEAST)), math.log2(q)
    last = {compared.column: len(compared.levels) - 1 for compared in COMPARED}
    alike = all(name in level and level[name] < last[name] for name in ("given", "family"))
    for compared in model.compared:
        name, at = compared.column, level[compared.column]
        if at == UNSAID:
            continue
        weights, frequency = model.columns[name], compared.levels[at].frequency
        m, u, h = log(weights.m[at]), log(weights.n[at] if alike and name in OF_NAMES else weights.u[at]), log(weights.h[at])
        if name == "birth_date" and at == 0:
            h = math.log2(model.twins + (1 - model.twins) * weights.u[0]) if model.twins or weights.u[0] else -math.inf
        if frequency is not None:
            own = 1 + 2 * model.pairs_per_record * weights.m[at]
            rare = max(world.bearers[frequency][world.ends[pair][0]] - own, 1.0) / max(world.said, 1)
            u = math.log2(rare)
            h = math.log2(model.juniors + (1 - model.juniors) * rare) if name == "given" else h
        one, strangers, home = one + m, strangers + u, home + h
    if level.get("birth_date") == 0 and level.get("given") in ALIKE_LEVELS:
        home += max(math.log2(ALIKE_TWINS / max(model.columns["given"].h[level["given"]], LEAST)), 0.0)
    if level.get("given") == CHANGED_PLACES and "family" in level:
        given, family = model.columns["given"], model.columns["family"]
        home += log(given.m[CHANGED_PLACES] * model.juniors + given.u[CHANGED_PLACES]) - log(given.h[CHANGED_PLACES])
        home += 0 if level["family"] == UNSAID else log(family.m[level["family"]]) - log(family.h[level["family"]])
    return one, strangers + (math.log2(model.called_alike) if alike else 0.0), home


def pairs_of(world: Weighed) -> Pairs:
    patterns = [sum(level << (4 * place) for place, level in enumerate(levels)) for levels in world.levels]
    a, b = (np.array([end[side] for end in world.ends], np.int32) for side in (0, 1))
    return Pairs(a, b, np.array(patterns, np.int64))


@given(st.integers(0, 10**9).map(worlds))
def test_weights_are_those_of_the_formula(world: Weighed) -> None:
    common = {column: Common(np.array(bearers), world.said) for column, bearers in world.bearers.items()}
    odds = weigh(pairs_of(world), world.model, common, RECORDS)
    for pair in range(len(world.ends)):
        one, strangers, home = plain(world, pair)
        assert odds.one[pair] == pytest.approx(one, rel=1e-9)
        assert odds.strangers[pair] == pytest.approx(strangers, rel=1e-9)
        assert odds.home[pair] == pytest.approx(home, rel=1e-9)
        shares = np.exp2(np.array([one, strangers, home]) - max(one, strangers, home))
        assert odds.home_share[pair] == pytest.approx(shares[2] / shares.sum(), abs=1e-9)
        assert probability(odds.bits)[pair] == pytest.approx(shares[0] / shares.sum(), abs=1e-4)


def test_a_rare_value_says_more_than_a_common_one_and_ones_own_records_do_not_make_it_common() -> None:
    common = Common(np.array([2.0, 50.0, 900.0]), 1000)
    assert common.rare(np.array([0, 1, 2]), own=2.0).tolist() == [0.001, 0.048, 0.898]


@pytest.mark.parametrize(("bits", "share"), [(0.0, 0.5), (1.0, 2 / 3), (-1.0, 1 / 3), (500.0, 1.0), (-500.0, 0.0)])
def test_bits_are_odds_of_two(bits: float, share: float) -> None:
    assert probability(np.array([bits]))[0] == pytest.approx(share, abs=1e-12)
