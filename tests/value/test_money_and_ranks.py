"""The promise: discounting, ranking and the curves agree with their closed forms, ties and edges included."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.value.claims import Claim, claims
from duecare.value.curves import percentile_table, share_that_makes_all, thinned, top_share, whale_curve
from duecare.value.models.buying import weighed
from duecare.value.npv import discount_factors, present_value
from duecare.value.rfm import classes, degenerate, percentile

MONEY = st.lists(st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 2)), min_size=1, max_size=80)


def test_a_level_stream_is_worth_what_the_annuity_formula_says() -> None:
    monthly = 1.10 ** (1 / 12) - 1
    assert present_value([50.0] * 36, 0.10) == pytest.approx(50.0 * (1 - (1 + monthly) ** -36) / monthly)


def test_without_a_discount_the_value_is_the_sum() -> None:
    assert present_value([3.0, -1.0, 2.5], 0.0) == 4.5


def test_a_rate_of_minus_one_has_no_meaning() -> None:
    with pytest.raises(ValueError, match="above -1"):
        discount_factors(12, -1.0)


def test_orders_are_discounted_in_the_month_they_come() -> None:
    expected = np.array([[1.0, 1.0, 3.0]])
    assert weighed(expected, discount_factors(3, 0.21))[0] == pytest.approx(1.21 ** (-1 / 12) + 2 * 1.21 ** (-3 / 12))


@given(MONEY, st.floats(0.001, 1000))
def test_classes_and_percentiles_do_not_change_with_the_unit(values: list[float], unit: float) -> None:
    measure = np.array(values)
    order = np.unique(measure, return_inverse=True)[1].astype(float)
    assert classes(measure).tolist() == classes(order * unit).tolist()
    assert percentile(measure).tolist() == percentile(order * unit).tolist()


@given(MONEY)
def test_who_has_more_is_never_in_a_worse_class_and_equals_stand_together(values: list[float]) -> None:
    measure = np.array(values)
    rank = np.argsort(-measure, kind="stable")
    down, group = measure[rank], classes(measure)[rank]
    assert (np.diff(group) >= 0).all()
    assert (np.diff(group)[np.diff(down) == 0] == 0).all()
    assert set(group.tolist()) <= {1, 2, 3, 4}


@given(MONEY)
def test_at_or_above_90_is_never_more_than_a_tenth(values: list[float]) -> None:
    assert (percentile(np.array(values)) >= 90).sum() <= len(values) / 10


def test_the_cut_at_90_lies_exactly_on_the_line() -> None:
    stands = percentile(np.arange(1000.0))
    assert stands[900] == 90.0
    assert (stands >= 90).sum() == 100


def test_quarters_are_quarters_when_nobody_is_alike() -> None:
    assert np.bincount(classes(np.arange(100.0)))[1:].tolist() == [25, 25, 25, 25]


def test_most_buying_once_is_said_to_be_degenerate() -> None:
    assert degenerate(classes(np.array([1.0] * 90 + [2.0] * 10)))
    assert not degenerate(classes(np.arange(100.0)))


@given(MONEY)
def test_the_whale_curve_ends_at_everything_and_rises_then_falls(values: list[float]) -> None:
    profit = np.array([*values, sum(abs(v) for v in values) + 1.0])
    customers, share = whale_curve(profit)
    assert (customers[0], share[0]) == (0.0, 0.0)
    assert (customers[-1], share[-1]) == (1.0, pytest.approx(1.0))
    peak = int(np.argmax(share))
    assert (np.diff(share[: peak + 1]) >= 0).all()
    assert (np.diff(share[peak:]) <= 1e-15).all()


def test_a_curve_without_profit_is_refused() -> None:
    with pytest.raises(ValueError, match="more than nothing"):
        whale_curve(np.array([1.0, -1.0]))


def test_a_thinned_curve_keeps_its_ends_and_its_peak() -> None:
    x = np.linspace(0, 1, 10_001)
    y = np.sin(3 * x)
    few_x, few_y = thinned(x, y, points=50)
    assert len(few_x) <= 51
    assert (few_x[0], few_x[-1], few_y.max()) == (0.0, 1.0, y.max())


def test_a_log_normal_revenue_of_sigma_1_03_gives_the_documents_40_per_cent() -> None:
    """A published fact of log-normal shares: the top tenth holds Phi(sigma - 1.2816) of the total."""
    revenue = np.exp(np.random.default_rng(1).normal(0, 1.03, 400_000))
    assert top_share(revenue, 0.10) == pytest.approx(0.40, abs=0.01)


def test_claims_are_checked_on_ones_own_numbers_and_unknown_ones_are_left_open() -> None:
    revenue = np.array([40.0] + [60 / 9] * 9)
    found = {claim.name: claim for claim in claims(revenue, np.array([-1.0] * 10))}
    assert found["revenue_10"].yours == pytest.approx(0.40)
    assert found["revenue_10"].holds is True
    assert found["profit_100"].yours is None
    assert found["profit_100"].holds is None


@pytest.mark.parametrize(("yours", "holds"), [(0.15, True), (0.20, True), (0.1499, False), (0.2001, False)])
def test_a_claim_holds_exactly_up_to_its_ends(yours: float, holds: bool) -> None:
    assert Claim(name="n", says="s", low=0.15, high=0.20, yours=yours).holds is holds


def test_the_share_that_makes_all_is_found_on_the_line() -> None:
    assert share_that_makes_all(np.array([5.0, 5.0, 0.0, 0.0])) == 0.5
    assert share_that_makes_all(np.array([9.0, 1.0, 1.0, -1.0])) == 0.5
    assert share_that_makes_all(np.array([-1.0])) is None
    assert share_that_makes_all(np.array([])) is None


@given(MONEY)
def test_every_row_of_the_percentile_table_sums_what_it_says(values: list[float]) -> None:
    measure = np.abs(np.array(values)) + 1.0
    table = percentile_table(measure)
    assert table[-1]["share"] == pytest.approx(1.0)
    for row in table:
        best = np.sort(measure)[::-1][: int(row["customers"])]
        assert row["sum"] == pytest.approx(best.sum())
        assert row["least"] == best[-1]
