"""The promise: of what is said to come with a probability, that share comes; intervals hold, and cuts are reached as often as told."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buyers import AHEAD_DAYS, Floats, invent, invent_pareto, invent_with_mean, seen_of
from duecare.value.models import bg_nbd, gamma_gamma, mbg_nbd, pareto_nbd
from duecare.value.models.buying import Buying, expected_orders
from duecare.value.models.seen import Seen
from duecare.value.outlook import DRAWS, Outlook

STORIES: dict[str, tuple[Callable[[Seen], Buying], Callable[[int, int], tuple[Floats, Floats, Floats, Floats]]]] = {
    "BG/NBD": (bg_nbd.fit, lambda n, seed: invent(n, seed, first=0)),
    "MBG/NBD": (mbg_nbd.fit, invent),
    "Pareto/NBD": (pareto_nbd.fit, invent_pareto),
}


@dataclass(frozen=True)
class World:
    """Invented buyers whose spending is known, and the outlook on it."""

    outlook: Outlook
    spent: Floats
    orders: Floats


@pytest.fixture(scope="module", params=STORIES)
def world(request: pytest.FixtureRequest) -> World:
    fit, story = STORIES[request.param]
    return invented(fit, story(8_000, 17), 17)


def invented(fit: Callable[[Seen], Buying], columns: tuple[Floats, Floats, Floats, Floats], seed: int) -> World:
    seen, later, chance = seen_of(columns), columns[3], np.random.default_rng(seed + 99)
    scale, days = chance.gamma(3.7, 1 / 15.0, len(later)), seen.frequency + 1
    mean = chance.gamma(6.2 * days) / (scale * days)
    spent = np.where(later > 0, chance.gamma(np.maximum(6.2 * later, 1e-9)) / scale, 0.0)
    model, spending = fit(seen), gamma_gamma.fit(days, mean)
    value = expected_orders(model, seen, np.array([AHEAD_DAYS]))[:, 0] * spending.expected_spend(days, mean)
    return World(Outlook.of(model, spending, seen, value, AHEAD_DAYS), spent, later)


def test_nine_in_ten_stay_within_an_interval_of_nine_in_ten(world: World) -> None:
    """Nothing may come with a large probability, so what lies on a step counts by a share that is drawn."""
    placed = placed_in(world, 5)
    assert 0.87 < np.mean((placed > 0.05) & (placed < 0.95)) < 0.93
    assert np.abs(np.histogram(placed, 10, (0, 1))[0] / len(placed) - 0.1).max() < 0.02


def placed_in(world: World, seed: int) -> Floats:
    """Where each outcome lies in its own distribution, from 0 to 1."""
    below, up_to = 1 - outlook_above(world.outlook, world.spent), 1 - outlook_above(world.outlook, np.nextafter(world.spent, np.inf))
    return below + (up_to - below) * np.random.default_rng(seed).random(len(below))


def test_nine_in_ten_true_means_lie_within_an_interval_of_the_mean() -> None:
    """Who has left has a mean of nothing, which lies on a step and counts by a share that is drawn."""
    *columns, mean = invent_with_mean(8_000, 23)
    seen, chance = seen_of((columns[0], columns[1], columns[2], columns[3])), np.random.default_rng(5)
    model = mbg_nbd.fit(seen)
    value = expected_orders(model, seen, np.array([AHEAD_DAYS]))[:, 0]
    outlook = Outlook.of(model, None, seen, value, AHEAD_DAYS, of_mean=True)
    below, up_to = 1 - outlook_above(outlook, mean), 1 - outlook_above(outlook, np.nextafter(mean, np.inf))
    placed = below + (up_to - below) * chance.random(len(below))
    assert 0.87 < np.mean((placed > 0.05) & (placed < 0.95)) < 0.93


@pytest.mark.parametrize("customers", [250, 1_000])
def test_of_few_customers_it_is_less_sure_and_still_keeps_its_word(customers: int) -> None:
    placed = np.concatenate([placed_in(invented(mbg_nbd.fit, invent(customers, seed), seed), seed) for seed in range(8_000 // customers)])
    assert 0.87 < np.mean((placed > 0.05) & (placed < 0.95)) < 0.93


def outlook_above(outlook: Outlook, values: Floats) -> Floats:
    """The probability that each customer reaches a value of their own: by asking of each as of everybody."""
    scaled = Outlook(outlook.which, outlook.table, outlook.alive, outlook.scale / np.maximum(values, 1e-300))
    return np.where(values > 0, scaled.above(1.0), 1.0)


def test_a_cut_is_reached_as_often_as_is_told(world: World) -> None:
    cut = world.outlook.top_cut()
    told, reached = world.outlook.above(cut), world.spent >= cut
    assert told.mean() == pytest.approx(0.1, abs=1e-3)
    tenths = np.array_split(np.argsort(told, kind="stable"), 10)
    off = [abs(float(told[part].mean() - reached[part].mean())) for part in tenths]
    assert np.mean(off) <= 0.03


def test_the_mean_of_the_outlook_is_the_value(world: World) -> None:
    levels = (np.arange(400) + 0.5) / 400
    mean = np.mean([world.outlook.quantile(float(level)) for level in levels], axis=0)
    value = world.outlook.alive * world.outlook.scale * world.outlook.table.mean(axis=1)[world.outlook.which]
    assert mean.sum() == pytest.approx(value.sum(), rel=0.02)


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_quantiles_rise_with_the_level_and_agree_with_what_is_above(seed: int) -> None:
    chance = np.random.default_rng(seed)
    many = int(chance.integers(1, 20))
    table = np.sort(np.where(chance.random((3, DRAWS)) < 0.3, 0.0, chance.gamma(0.5, 2.0, (3, DRAWS))), axis=1)
    scale = chance.normal(0, 10, many) * (chance.random(many) > 0.2)
    outlook = Outlook(chance.integers(0, 3, many), table, chance.random(many), scale)
    levels = [0.01, 0.05, 0.3, 0.5, 0.9, 0.99]
    values = np.array([outlook.quantile(level) for level in levels])
    assert (np.diff(values, axis=0) >= -1e-12).all()
    assert (values[:, scale >= 0] >= 0).all()
    assert (values[:, scale <= 0] <= 0).all()
    for level, value in zip(levels, values, strict=True):
        for at in range(many):
            assert outlook.above(float(value[at]) + 1e-9)[at] <= 1 - level + 2 / DRAWS + 1e-9


def test_who_is_surely_gone_is_worth_nothing_whatever_the_level() -> None:
    outlook = Outlook(np.zeros(1, np.int64), np.ones((1, DRAWS)), np.zeros(1), np.ones(1))
    assert [outlook.quantile(level)[0] for level in (0.1, 0.5, 0.9)] == [0, 0, 0]
    assert outlook.above(0.5)[0] == 0
    assert outlook.above(0.0)[0] == 1
