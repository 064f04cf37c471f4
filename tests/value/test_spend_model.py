"""The promise: spend is pulled towards everybody's by how little is known, and never nonsense."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.special import gammaln

from duecare.value.models import gamma_gamma

AT = [(0.0, 0.0, 0.0), (0.7, 1.0, 0.4), (2.0, 0.3, -1.0)]


@pytest.mark.parametrize("at", AT)
def test_the_likelihood_and_its_gradient_are_those_of_the_note(at: tuple[float, ...]) -> None:
    """Eq. (1a) of the note, summed over customers."""
    chance = np.random.default_rng(1)
    n, z = chance.integers(1, 30, 300), chance.gamma(2.0, 1.0, 300)
    p, q, v = np.exp(at)
    plain = gammaln(p * n + q) - gammaln(p * n) - gammaln(q) + q * np.log(v) + (p * n - 1) * np.log(z) + p * n * np.log(n)
    plain -= (p * n + q) * np.log(v + n * z)
    value, gradient = gamma_gamma._negative_mean(np.array(at), n, z, np.log(z))
    assert value == pytest.approx(-plain.mean(), rel=1e-12)
    numeric = approx_fprime(np.array(at), lambda point: gamma_gamma._negative_mean(point, n, z, np.log(z))[0], 1e-7)
    assert gradient == pytest.approx(numeric, abs=2e-5)


def test_the_model_finds_its_own_parameters() -> None:
    chance = np.random.default_rng(3)
    purchases = chance.integers(1, 20, 60_000).astype(float)
    scale = chance.gamma(3.7, 1 / 15.0, 60_000)
    p, q, v = gamma_gamma.fit(purchases, chance.gamma(6.2 * purchases, 1 / (scale * purchases))).parameters
    assert (p, q, v) == pytest.approx((6.2, 3.7, 15.0), rel=0.06)


def test_one_lucky_large_order_is_pulled_towards_everybodys_and_many_stand() -> None:
    model = gamma_gamma.Fitted(gamma_gamma.Parameters(6.25, 3.74, 15.44), 0.0)
    once, often = model.expected_spend(np.array([1.0, 100.0]), np.array([200.0, 200.0]))
    mean = 6.25 * 15.44 / (3.74 - 1)
    assert mean < once < often < 200.0
    assert often == pytest.approx(200.0, rel=0.02)


@given(st.lists(st.tuples(st.integers(1, 300), st.floats(0.01, 1e6)), min_size=1, max_size=60))
def test_any_spending_gives_a_finite_positive_expectation(rows: list[tuple[int, float]]) -> None:
    purchases, spend = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    expected = gamma_gamma.fit(purchases, spend).expected_spend(purchases, spend)
    assert np.isfinite(expected).all()
    assert (expected > 0).all()
