"""Held tiers, periods, intervals and costs: the small parts that everything stands on."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from duecare.measure.costs import Rates, cost_cents, raw, shares
from duecare.measure.held import ALWAYS, Held
from duecare.measure.intervals import mean_interval, median_ranks, newcombe, wilson
from duecare.measure.periods import SECOND, local_days, midnight, period_of, said

CHANGES = st.lists(st.tuples(st.integers(0, 4), st.one_of(st.just(ALWAYS), st.integers(0, 20)), st.integers(0, 2)), max_size=12)


@given(CHANGES, st.lists(st.tuples(st.integers(-1, 6), st.integers(-1, 21)), min_size=1))
def test_a_customer_has_the_tier_of_the_last_change_and_the_last_tier_before(
    changes: list[tuple[int, int, int]], asked: list[tuple[int, int]]
) -> None:
    once = {(customer, at): (customer, at, tier) for customer, at, tier in changes}
    rows = list(once.values())
    held = Held(("a", "b", "c"), *(np.array([row[n] for row in rows], dtype=np.int64) for n in range(3)))
    found = held.of(np.array([c for c, _ in asked]), np.array([at for _, at in asked])).tolist()
    for (customer, at), tier in zip(asked, found, strict=True):
        before = [row for row in rows if row[0] == customer and row[1] <= at]
        assert tier == (max(before, key=lambda row: row[1])[2] if before else 2)


MOMENTS = st.integers(631_152_000, 2_208_988_800).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(MOMENTS, st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]))
def test_days_weeks_and_months_are_those_of_the_calendar(moment: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    at = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    local = moment.astimezone(zone).date()
    day = local_days(np.array([at]), zone)
    assert said(int(day[0]), "day") == local.isoformat()
    year, week, _ = local.isocalendar()
    assert said(int(period_of(day, "week")[0]), "week") == f"{year}-W{week:02d}"
    assert said(int(period_of(day, "month")[0]), "month") == f"{local:%Y-%m}"
    starts = midnight(int(day[0]), zone)
    assert starts <= at
    assert local_days(np.array([starts, starts - SECOND]), zone).tolist() == [int(day[0]), int(day[0]) - 1]


@given(st.integers(0, 300), st.integers(1, 300))
def test_the_interval_of_a_share_is_scipys(hits: int, cases: int) -> None:
    hits = min(hits, cases)
    low, high = wilson(np.array([hits]), np.array([cases]))
    theirs = binomtest(hits, cases).proportion_ci(0.95, "wilson")
    assert (low[0], high[0]) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_without_cases_there_is_no_interval() -> None:
    assert np.isnan(wilson(np.array([0]), np.array([0]))[0]).all()
    assert np.isnan(mean_interval(np.array([3.0]), np.array([9.0]), np.array([1]))[0]).all()


def test_a_difference_of_shares_has_newcombes_published_interval() -> None:
    """R. G. Newcombe (1998), table II, row (e) by method 10: 5/56 less 0/29."""
    assert newcombe((5, 0), (56, 29)) == pytest.approx((-0.0381, 0.1926), abs=1e-4)


def test_the_median_lies_within_its_ranks_in_95_of_100() -> None:
    chance = np.random.default_rng(1)
    low, high = (int(rank[0]) for rank in median_ranks(np.array([41])))
    drawn = np.sort(chance.normal(size=(4_000, 41)), axis=1)
    assert 0.935 < ((drawn[:, low - 1] <= 0) & (drawn[:, high - 1] >= 0)).mean() < 0.985


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=50), st.integers(-(10**10), 10**12))
def test_shares_come_to_the_total_and_none_is_off_by_a_cent(weights: list[int], total: int) -> None:
    found = shares(np.array(weights), total)
    if sum(weights) == 0:
        assert not found.any()
    else:
        assert int(found.sum()) == total
        assert all(
            abs(one - weight * total / sum(weights)) <= 1 + 1e-6 * abs(total) for one, weight in zip(found.tolist(), weights, strict=True)
        )


def test_a_month_that_the_books_tell_comes_to_their_sum_and_another_to_the_rates() -> None:
    rates = Rates(
        per_minute={"*": 0.6}, per_contact={"chat": 0.1}, default_per_minute=1.0, seconds_per_contact=300, books_cents={5: 12_345}
    )
    weight = raw(np.array([60, -1, 120]), np.array([0, 1, 1]), ("chat", "mail"), rates)
    assert cost_cents(weight, np.array([4, 4, 5]), rates).tolist() == [70, 300, 12_345]
