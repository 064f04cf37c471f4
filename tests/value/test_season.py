"""The promise: a season that is told or learnt moves totals and nobody's rank, and cancels out over whole years."""

from datetime import date, timedelta

import numpy as np
import pytest

from duecare.value import Terms
from duecare.value.alone import Bought, value_alone
from duecare.value.season import EPOCH, learnt, level, moved
from duecare.words import BadSettings

CHRISTMAS = np.array([0.85] * 10 + [1.75, 1.75])
TODAY = (date(2025, 9, 30) - EPOCH).days


def seasonal(seed: int, days: int = 1_100, customers: int = 1_500) -> Bought:
    """Customers who never leave, and buy more before Christmas; the book goes on after today."""
    chance = np.random.default_rng(seed)
    first = TODAY - days + chance.integers(0, 200, customers)
    rate = chance.gamma(1.5, 0.012, customers)
    counts = chance.poisson(rate * (days + 150) * CHRISTMAS.max())
    who = np.repeat(np.arange(customers), counts)
    day = TODAY - days + chance.integers(0, days + 150, len(who))
    months = np.array([(EPOCH + timedelta(days=int(one))).month - 1 for one in np.unique(day)])
    of_day = dict(zip(np.unique(day).tolist(), CHRISTMAS[months].tolist(), strict=True))
    kept = (chance.random(len(who)) < np.array([of_day[one] for one in day.tolist()]) / CHRISTMAS.max()) & (day > first[who])
    customer, when = np.r_[np.arange(customers), who[kept]], np.r_[first, day[kept]]
    return Bought(customer, when, np.round(chance.gamma(4, 5, len(when)), 2) + 0.01)


def test_a_season_is_learnt_from_full_years_and_drawn_towards_none() -> None:
    index = learnt(seasonal(1).book(), TODAY)
    assert index is not None
    assert index.mean() == pytest.approx(1)
    assert index[10:].min() > 1.25 > index[:10].max()
    assert learnt(seasonal(1, days=300).book(), TODAY) is None


def test_a_learnt_season_brings_the_total_before_christmas_nearer_to_what_comes() -> None:
    bought = seasonal(2)
    came = bought.book().within(bought.until(TODAY).book().until(TODAY), TODAY, TODAY + 92)[0].sum()
    with_it, without = (
        np.nansum(found["expected_orders"].to_numpy() * found["spend_per_order"].to_numpy())
        for found in (value_alone(bought, 1_500, day=TODAY, days=92, season_percent=season).columns for season in ((), tuple([100.0] * 12)))
    )
    assert abs(with_it / came - 1) < 0.7 * abs(without / came - 1)


def test_a_season_that_is_told_moves_the_total_and_nobodys_rank() -> None:
    bought = seasonal(3, days=360)
    plain, told = (
        value_alone(bought, 1_500, day=TODAY, days=92, season_percent=season).columns["clv"].to_numpy()
        for season in ((), tuple(CHRISTMAS * 100))
    )
    ratio = told / plain
    assert np.ptp(ratio) < 1e-9
    assert 1.1 < ratio[0] < 2.0


def test_over_whole_years_a_season_cancels_out() -> None:
    first, day = (date(2022, 1, 1) - EPOCH).days, (date(2024, 12, 31) - EPOCH).days
    assert level(CHRISTMAS, day, day + 365) == pytest.approx(CHRISTMAS.mean(), rel=0.01)
    assert moved(CHRISTMAS, first, day, 1096, []) == pytest.approx(1, rel=0.01)


def test_a_season_of_other_than_twelve_months_is_refused() -> None:
    for told in ((1.0,) * 11, (1.0,) * 11 + (-1.0,), (0.0,) * 12):
        with pytest.raises(BadSettings, match="season_percent"):
            Terms(season_percent=told)
