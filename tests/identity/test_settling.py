"""The promise: the weights settle where what pairs say by them adds up to them, and find what was planted.

An invented world of pairs: levels are drawn for each kind of pair by shares that are known, so
that what is found can be held against them.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from duecare.identity.comparing import COMPARED
from duecare.identity.model import AT_HOME, Model, Weights, fixed
from duecare.identity.pairing import Pairs
from duecare.identity.settling import MOST_IN_COMMON, NEAR, settle
from duecare.identity.weighing import FREQUENT, Common, probability, weigh

RECORDS = 1500
COLUMNS = ("given", "family", "birth_date", "phone", "street", "postcode")
ONE, HOME = 0.7, 0.5
"""Pairs of one person, and of two people who share a home, for each record."""

PLANTED_M: Mapping[str, tuple[float, ...]] = {
    "given": (0.85, 0.02, 0.005, 0.02, 0.02, 0.03, 0.02, 0.015, 0.02),
    "family": (0.88, 0.005, 0.005, 0.01, 0.05, 0.02, 0.03),
    "birth_date": (0.95, 0.005, 0.025, 0.01, 0.01),
    "phone": (0.70, 0.05, 0.02, 0.23),
    "address": (0.60, 0.06, 0.10, 0.05, 0.01, 0.03, 0.05, 0.10),
}
PLANTED_H: Mapping[str, tuple[float, ...]] = {
    "family": (0.70, 0.01, 0.01, 0.04, 0.05, 0.02, 0.17),
    "phone": (0.05, 0.25, 0.01, 0.69),
    "address": (0.70, 0.05, 0.08, 0.03, 0.01, 0.02, 0.03, 0.08),
}


def whole(shares: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(share / sum(shares) for share in shares)


@pytest.fixture(scope="module")
def planted() -> Model:
    model = fixed(COLUMNS)
    weights = {
        name: Weights(m=whole(PLANTED_M[name]), u=whole(held.u), h=whole(PLANTED_H.get(name, held.u)), n=whole(held.u))
        for name, held in model.columns.items()
    }
    return replace(model, columns=weights, pairs_per_record=ONE, home_pairs_per_record=HOME, learnt=True, juniors=0.0, twins=0.0)


@pytest.fixture(scope="module")
def pairs(planted: Model) -> Pairs:
    """All pairs of the records, in three kinds."""
    a, b = (side.astype(np.int32) for side in np.triu_indices(RECORDS, 1))
    chance = np.random.default_rng(3)
    kind = chance.permutation(
        np.repeat([0, 1, 2], [int(ONE * RECORDS), int(HOME * RECORDS), len(a) - int(ONE * RECORDS) - int(HOME * RECORDS)])
    )
    pattern = np.zeros(len(a), np.int64)
    for place, weights in enumerate(planted.columns.values()):
        level = np.zeros(len(a), np.int64)
        for one, shares in enumerate((weights.m, weights.h, weights.u)):
            level[kind == one] = chance.choice(len(shares), int((kind == one).sum()), p=shares)
        pattern |= level << (4 * place)
    return Pairs(a, b, pattern)


@pytest.fixture(scope="module")
def common(planted: Model) -> dict[str, Common]:
    """Every value is as common as the shares of strangers have it."""
    said = 10**6
    own = {name: 1 + 2 * planted.pairs_per_record * planted.columns[name].m[0] for name in ("given", "family")}
    city = COMPARED[6].levels[6]
    bearers = {name: planted.columns[name].u[0] * said + own[name] for name in own} | {"city": city.u * said}
    return {name: Common(np.full(RECORDS, bearers[name]), said) for name in FREQUENT}


@pytest.fixture(scope="module")
def settled(planted: Model, pairs: Pairs, common: dict[str, Common]) -> Model:
    """Settled from a start that knows what is seen of all pairs, and a wrong number of each kind."""
    seen = {}
    for place, (name, held) in enumerate(planted.columns.items()):
        share = np.bincount(pairs.level(place), minlength=len(held.u)) / len(pairs)
        mixed = AT_HOME.get(name, 0.0)
        home = tuple(mixed * m + (1 - mixed) * u for m, u in zip(held.m, share, strict=True))
        seen[name] = Weights(m=held.m, u=tuple(share.tolist()), h=home, n=tuple(share.tolist()))
    start = replace(planted, columns=seen, pairs_per_record=ONE / 3, home_pairs_per_record=HOME / 4, juniors=0.01, twins=0.005)
    return settle(pairs, start, common, records=RECORDS, seed=1)


def test_the_pairs_add_up_to_the_priors(settled: Model, pairs: Pairs, common: dict[str, Common]) -> None:
    odds = weigh(pairs, settled, common, RECORDS)
    assert probability(odds.bits).sum() / RECORDS == pytest.approx(settled.pairs_per_record, rel=10 * NEAR)
    assert odds.home_share.sum() / RECORDS == pytest.approx(settled.home_pairs_per_record, rel=0.02)


def test_the_number_of_pairs_of_each_kind_is_found(settled: Model) -> None:
    assert settled.pairs_per_record == pytest.approx(ONE, rel=0.03), "n=1,050 planted"
    assert settled.home_pairs_per_record == pytest.approx(HOME, rel=0.15), "n=750 planted"


@pytest.mark.parametrize("column", PLANTED_H)
def test_what_a_home_has_in_common_is_found(settled: Model, planted: Model, column: str) -> None:
    """Within a tenth: people of one home who differ in all of these are strangers to anybody who looks."""
    found, wanted = settled.columns[column].h, planted.columns[column].h
    assert [level for level, share in enumerate(wanted) if abs(found[level] - share) > 0.1] == []


@pytest.mark.parametrize("column", ["given", "family", "birth_date"])
def test_how_often_strangers_agree_is_found_once_the_others_are_taken_out(settled: Model, planted: Model, column: str) -> None:
    found, wanted = settled.columns[column].u, planted.columns[column].u
    assert found[0] == pytest.approx(wanted[0], rel=0.25, abs=5e-5)
    assert found[-1] == pytest.approx(wanted[-1], abs=0.005)


def test_given_names_and_birth_dates_of_a_home_are_held_to_be_as_strangers_are(settled: Model) -> None:
    for column in ("given", "birth_date"):
        assert settled.columns[column].h == pytest.approx(settled.columns[column].u, abs=1e-3)
    assert max(settled.juniors, settled.twins) <= MOST_IN_COMMON


def test_it_settles_alike_each_time(settled: Model, planted: Model, pairs: Pairs, common: dict[str, Common]) -> None:
    once, again = (settle(pairs, planted, common, records=RECORDS, seed=1) for _ in range(2))
    assert once.version == again.version
    assert once.pairs_per_record == pytest.approx(settled.pairs_per_record, rel=0.02)


def test_no_pairs_at_all_are_no_trouble(planted: Model) -> None:
    none = {name: Common(np.full(3, np.nan), 0) for name in FREQUENT}
    settled = settle(Pairs.none(), planted, none, records=3, seed=1)
    assert settled.pairs_per_record == pytest.approx(1e-6)
