"""The promise: the models find their own parameters in invented data and never answer nonsense."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime

from buyers import TRUE, invent
from duecare.value.models import gamma_gamma, mbg_nbd
from duecare.value.npv import month_ends_days


def test_mbg_nbd_finds_its_own_parameters_and_forecasts_what_comes() -> None:
    frequency, recency, age, later = invent(40_000, seed=5)
    fitted = mbg_nbd.fit(frequency, recency, age)
    assert not fitted.on_bound
    assert fitted.parameters.r / fitted.parameters.alpha == pytest.approx(TRUE.r / TRUE.alpha, rel=0.06)
    leaving = fitted.parameters.a / (fitted.parameters.a + fitted.parameters.b)
    assert leaving == pytest.approx(TRUE.a / (TRUE.a + TRUE.b), rel=0.10)
    expected = fitted.expected_orders(frequency, recency, age, np.array([180.0]))[:, 0]
    interval_99 = 2.576 * later.std() * np.sqrt(len(later))
    assert abs(expected.sum() - later.sum()) < interval_99, f"n={len(later)}"


def test_the_forecast_of_one_customer_is_the_mean_over_what_is_known_of_them() -> None:
    fitted = mbg_nbd.Fitted(TRUE, 0.0, on_bound=False)
    chance, many = np.random.default_rng(1), 400_000
    for x, t_x, age, ahead in ((0, 0, 100, 365), (5, 300, 400, 730), (40, 690, 700, 1000)):
        rate, leaves = chance.gamma(TRUE.r + x, 1 / (TRUE.alpha + age), many), chance.beta(TRUE.a, TRUE.b + x + 1, many)
        drawn = (1 - np.exp(-rate * leaves * ahead)) / leaves
        alive = fitted.alive(np.array([float(x)]), np.array([float(t_x)]), np.array([float(age)]))[0]
        told = fitted.expected_orders(np.array([float(x)]), np.array([float(t_x)]), np.array([float(age)]), np.array([float(ahead)]))[0, 0]
        assert told == pytest.approx(alive * drawn.mean(), abs=4 * drawn.std() / np.sqrt(many))


@pytest.mark.parametrize("at", [(0.0, 0.0, 0.0, 0.0), (0.7, -1.0, 0.4, 1.2), (-2.0, 2.0, -1.0, 3.0)])
def test_the_gradients_are_those_of_the_likelihoods(at: tuple[float, ...]) -> None:
    frequency, recency, age, _ = invent(400, seed=2)
    data = mbg_nbd._Data(frequency.astype(np.int64), recency / 50, age / 50, np.full(400, 1 / 400))
    numeric = approx_fprime(np.array(at), lambda p: mbg_nbd._negative_mean(p, data)[0], 1e-7)
    assert mbg_nbd._negative_mean(np.array(at), data)[1] == pytest.approx(numeric, abs=2e-6)
    arguments = (frequency + 1, 1.0 + recency / 300, np.full(400, 1 / 400))
    numeric = approx_fprime(np.array(at[:3]), lambda p: gamma_gamma._negative_mean(p, *arguments)[0], 1e-7)
    assert gamma_gamma._negative_mean(np.array(at[:3]), *arguments)[1] == pytest.approx(numeric, abs=2e-5)


def test_gamma_gamma_finds_its_own_parameters() -> None:
    chance = np.random.default_rng(3)
    purchases = chance.integers(1, 20, 60_000).astype(float)
    scale = chance.gamma(3.7, 1 / 15.0, 60_000)
    p, q, v = gamma_gamma.fit(purchases, chance.gamma(6.2 * purchases, 1 / (scale * purchases))).parameters
    assert (p, q, v) == pytest.approx((6.2, 3.7, 15.0), rel=0.06)


def test_one_lucky_large_order_is_pulled_towards_everybodys_and_many_stand() -> None:
    model = gamma_gamma.Fitted(gamma_gamma.Parameters(6.25, 3.74, 15.44))
    once, often = model.expected_spend(np.array([1.0, 100.0]), np.array([200.0, 200.0]))
    mean = 6.25 * 15.44 / (3.74 - 1)
    assert mean < once < often < 200.0
    assert often == pytest.approx(200.0, rel=0.02)


HISTORIES = st.lists(st.tuples(st.integers(0, 300), st.floats(0, 1), st.integers(0, 4000)), min_size=1, max_size=60)


@settings(max_examples=40, deadline=None)
@given(HISTORIES)
def test_any_history_gives_finite_forecasts_that_never_fall_with_the_horizon(rows: list[tuple[int, float, int]]) -> None:
    age = np.array([age for _, _, age in rows], dtype=float)
    recency = np.array([np.ceil(share * age) if x else 0.0 for x, share, age in rows])
    frequency = np.minimum([x for x, _, _ in rows], recency)  # at most one purchase a day
    fitted = mbg_nbd.fit(frequency, recency, age)
    expected = fitted.expected_orders(frequency, recency, age, month_ends_days(36))
    assert np.isfinite(expected).all()
    assert (expected >= 0).all()
    assert (np.diff(expected, axis=1) >= -1e-9 * np.maximum(expected[:, 1:], 1)).all()
    alive = fitted.alive(frequency, recency, age)
    assert ((alive >= 0) & (alive <= 1)).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 300), st.floats(0.01, 1e6)), min_size=1, max_size=60))
def test_any_spending_gives_a_finite_positive_expectation(rows: list[tuple[int, float]]) -> None:
    purchases, spend = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    expected = gamma_gamma.fit(purchases, spend).expected_spend(purchases, spend)
    assert np.isfinite(expected).all()
    assert (expected > 0).all()
