"""The promise: inequality comes to what it is by definition, ties are never parted, and a claim's interval holds what is true."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.value.claims import FEWEST, Claim, claims
from duecare.value.curves import share_that_makes_all, top_share, whale_curve
from duecare.value.inequality import deciles, gini, lorenz, moved_deciles
from house import lacking

MEASURES = st.lists(st.floats(-50, 1_000, allow_subnormal=False), min_size=1, max_size=60).map(np.array)
SUPERSTORE = Path(__file__).parents[3] / "shared" / "data" / "clv" / "superstore.parquet"


@given(MEASURES)
def test_gini_is_the_mean_difference_of_two_over_twice_the_mean(measure: np.ndarray) -> None:
    if measure.sum() > 1e-6:
        plain = np.abs(measure[:, None] - measure[None, :]).mean() / (2 * measure.mean())
        assert gini(measure) == pytest.approx(plain, rel=1e-6, abs=1e-9)


@given(MEASURES)
def test_gini_is_twice_the_area_between_the_lorenz_curve_and_the_even_line(measure: np.ndarray) -> None:
    if measure.sum() > 1e-6:
        customers, share = lorenz(measure)
        assert gini(measure) == pytest.approx(1 - 2 * np.trapezoid(share, customers), rel=1e-6, abs=1e-9)


def test_without_a_total_nothing_is_said() -> None:
    assert gini(np.array([1.0, -1.0])) is None
    with pytest.raises(ValueError, match="more than nothing"):
        lorenz(np.array([]))


@given(MEASURES)
def test_every_customer_stands_in_one_tenth_and_who_are_alike_in_the_same(measure: np.ndarray) -> None:
    rows = deciles(measure)
    assert sum(row.customers for row in rows) == len(measure)
    assert sum(row.sum for row in rows) == pytest.approx(measure.sum(), abs=1e-6)
    least = [row.least for row in rows]
    assert all(a > b for a, b in pairwise(least))


def test_of_ten_customers_turned_round_nobody_stays_in_their_tenth() -> None:
    moved = moved_deciles(np.arange(10.0), -np.arange(10.0))
    assert (moved == np.fliplr(np.eye(10))).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_interval_of_a_share_is_that_of_drawing_customers_again(seed: int) -> None:
    chance = np.random.default_rng(seed)
    revenue = chance.lognormal(0, 1.03, 12_000)
    profit = 0.4 * revenue - chance.lognormal(-1.3, 0.8, 12_000)
    picks = [chance.integers(0, 12_000, 12_000) for _ in range(400)]
    found = {claim.name: claim.interval_99 for claim in claims(revenue, profit)}
    for name, share, of in (("revenue_10", lambda v: top_share(v, 0.1), revenue), ("profit_100", share_that_makes_all, profit)):
        plain = np.quantile(np.array([share(of[pick]) for pick in picks], np.float64), [0.005, 0.995])
        assert found[name] is not None
        assert np.array(found[name]) == pytest.approx(plain, abs=0.15 * np.ptp(plain) + 0.002)


def test_groups_are_compared_with_their_sizes_and_small_ones_are_not() -> None:
    chance = np.random.default_rng(4)
    social = np.arange(4_000) % 4 == 0
    revenue = chance.gamma(2, 10, 4_000) * np.where(social, 1.3, 1.0)
    few = np.arange(4_000) < FEWEST - 1
    told, untold = claims(revenue, revenue, social, few)[2:]
    assert told.customers == (1_000, 3_000)
    assert told.interval_99 is not None
    assert told.interval_99[0] < 0.3 < told.interval_99[1]
    assert (untold.yours, untold.holds) == (None, None)


def test_a_claim_holds_where_what_is_true_may_lie_in_the_documents_range() -> None:
    for interval, holds in (((0.1, 0.15), True), ((0.1, 0.1499), False), ((0.2, 0.4), True), ((0.2001, 0.4), False)):
        assert Claim(name="n", says="s", low=0.15, high=0.20, yours=0.5, interval_99=interval).holds is holds


def test_the_whale_of_superstore_peaks_where_it_is_known_to() -> None:
    if not SUPERSTORE.exists():
        lacking("the data of superstore are not here")
    import duckdb

    rows = duckdb.connect().sql(f"SELECT sum(profit) AS profit FROM '{SUPERSTORE}' GROUP BY customer_id").fetchnumpy()
    customers, share = whale_curve(np.asarray(rows["profit"], np.float64))
    peak = int(np.argmax(share))
    assert (round(100 * share[peak], 1), round(100 * customers[peak], 1)) == (124.9, 80.5)
