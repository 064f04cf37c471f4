"""The promise: models are held to the past without a look at what came after, and no signal is claimed where there is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.value.backtest import RARE, RESAMPLED, backtest, by_lot, captured, windows
from duecare.value.forecasts import BLEND, PAST, Asked, forecasts
from duecare.value.future import NOBODY, foresee
from duecare.value.models.purchases import Purchases

AS_OF = 800


def book(customers: int = 3_000, seed: int = 1, *, alike: bool = False) -> Purchases:
    """A shop of two years: customers with rates and spending of their own, who leave; or all alike, who never do."""
    chance = np.random.default_rng(seed)
    first = chance.integers(0, 500, customers)
    rate = np.full(customers, 0.01) if alike else chance.gamma(0.7, 0.02, customers)
    scale = np.full(customers, 30.0) if alike else chance.gamma(2.0, 25.0, customers)
    gone = np.full(customers, 10_000.0) if alike else first + chance.exponential(500, customers)
    many = chance.poisson(rate * 1_100)
    customer = np.repeat(np.arange(customers), many)
    day = first[customer] + chance.integers(1, 1_100, many.sum())
    kept = (day <= gone[customer]) & (day <= 1_100)
    customer, day = np.r_[np.arange(customers), customer[kept]], np.r_[first, day[kept]]
    return Purchases.of(customer.astype(np.int64), day.astype(np.int64), scale[customer] * chance.gamma(4.0, 0.25, len(customer)))


@pytest.fixture(scope="module")
def shop() -> Purchases:
    return book()


def test_nothing_after_the_day_is_seen() -> None:
    """Whatever is written into the book after the day, the forecasts and the verdict are the same."""
    shop = book(800, 2)
    before = shop.day <= AS_OF
    known = Purchases(shop.customer[before], shop.day[before], shop.spend[before])
    lied = Purchases(shop.customer, shop.day, np.where(before, shop.spend, 1e6))
    assert backtest(known, AS_OF, 200) == backtest(lied, AS_OF, 200)
    true, also = (forecasts(Asked(one, AS_OF, 200))[1] for one in (known, lied))
    assert all(np.array_equal(true[name], also[name]) for name in true)
    assert len(true) == len(also) == 7


def test_the_champion_puts_the_best_first_in_the_future_too(shop: Purchases) -> None:
    known, day = shop.until(AS_OF), AS_OF
    future = foresee(known, np.array([100.0, 200.0, 300.0]), np.array([1.0, 0.9, 0.8]), book=shop, day=day)
    spent, _ = shop.within(known, day, day + 300)
    mine = captured(future.orders * future.spend_per_order, spent)
    assert future.past is not None
    assert future.past.signal
    assert mine >= captured(known.spend, spent) - 0.01
    assert mine > 2 * by_lot(spent)
    assert ((future.discounted >= 0.8 * future.orders - 1e-9) & (future.discounted <= future.orders)).all()
    assert (future.orders * future.spend_per_order).sum() == pytest.approx(spent.sum(), rel=0.15)


def test_customers_who_are_all_alike_are_told_from_nobody() -> None:
    alike = book(1_500, 3, alike=True)
    known = alike.until(AS_OF)
    future = foresee(known, np.array([200.0]), np.ones(1), book=alike, day=AS_OF)
    assert future.past is not None
    if not future.past.signal:  # who came first has bought more often, which by chance may pass for a signal
        assert future.model["champion"] == NOBODY
        worth = future.orders * future.spend_per_order
        assert worth == pytest.approx(np.full(len(worth), worth.mean()))
    best = max(score.captured for score in future.past.scores)
    assert best < 2 * future.past.chance


def test_a_book_too_short_is_said(shop: Purchases) -> None:
    found = backtest(shop, shop.first_day + 25, 300)
    assert found.champion is None
    assert "too short" in found.notes[0]


def test_the_same_seed_gives_the_same_scores_and_the_best_is_first() -> None:
    shop = book(800, 5)
    found = backtest(shop, AS_OF, 200, seed=4)
    assert found == backtest(shop, AS_OF, 200, seed=4)
    assert [score.captured for score in found.scores] == sorted((score.captured for score in found.scores), reverse=True)
    assert {BLEND, PAST} <= {score.model for score in found.scores}
    assert RESAMPLED >= 200
    assert all(day + length <= AS_OF for day, length in found.windows)


@given(st.integers(1, 3_000), st.integers(1, 2_000))
def test_windows_end_by_the_day_and_begin_within_the_book(past: int, days: int) -> None:
    one = Purchases.of(np.zeros(2, np.int64), np.array([0, past]), np.ones(2))
    found = windows(one, past, days)
    assert all(start > 0 and start + length <= past for start, length in found)
    for _, length in found[:1] if past > 200 and days <= past else []:  # as long beside its past as the days asked for are beside the book
        assert length / (past - length) == pytest.approx(days / past, rel=0.1, abs=0.05)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), min_size=1, max_size=80))
def test_captured_value_lies_between_nothing_and_all_and_the_truth_captures_all(rows: list[tuple[int, int]]) -> None:
    expected, spent = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    found = captured(expected, spent)
    assert -1e-12 <= found <= 1 + 1e-12
    if spent.any():
        assert captured(spent, spent) == pytest.approx(1.0)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 60), st.integers(1, 99)), min_size=1, max_size=60), st.integers(0, 70))
def test_what_is_known_is_what_was_bought_by_then(rows: list[tuple[int, int, int]], day: int) -> None:
    customer, days, spend = (np.array(column) for column in zip(*rows, strict=True))
    known = Purchases.of(customer.astype(np.int64), days.astype(np.int64), spend.astype(float)).until(day)
    for place, who in enumerate(known.customer.tolist()):
        mine = sorted({at for one, at, _ in rows if one == who and at <= day})
        assert known.days[place] == len(mine)
        assert known.seen.recency_days[place] == mine[-1] - mine[0]
        assert known.seen.age_days[place] == day - mine[0]
        assert known.spend[place] == sum(paid for one, at, paid in rows if one == who and at <= day)
    assert set(known.customer.tolist()) == {one for one, at, _ in rows if at <= day}


def test_who_has_surely_left_is_expected_to_spend_little_however_much_they_spent(shop: Purchases) -> None:
    """A thousand times the usual in the first months of the book, and nothing since."""
    whale = int(shop.customer.max()) + 1
    days = shop.first_day + np.arange(0, 60, 3)
    with_whale = Purchases.of(
        np.r_[shop.customer, np.full(len(days), whale)],
        np.r_[shop.day, days],
        np.r_[shop.spend, np.full(len(days), 1e3 * shop.spend.mean())],
    )
    known, made = forecasts(Asked(with_whale, int(shop.day.max()), 200))
    expected = made[BLEND][known.customer == whale]
    assert (made[PAST] <= made[PAST][known.customer == whale]).all()
    assert np.mean(made[BLEND] < expected) < 0.5


def test_where_hardly_anybody_of_many_comes_back_nobody_is_told_apart() -> None:
    once = Purchases.of(np.arange(2_000), 19_000 + np.arange(2_000) // 4, np.linspace(1, 50, 2_000))
    found = backtest(once, 19_600, 200)
    assert (found.asked, found.champion, found.notes) == (True, None, (RARE,))
