"""The promise: each model of purchases finds its own parameters in invented data, forecasts what comes, and never answers nonsense.

One suite for all of them; likelihoods are held to what the papers print, worked out slowly.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.special import betaln, gammaln, hyp2f1

from buyers import AHEAD_DAYS, PARETO, TRUE, Floats, invent, invent_pareto, seen_of
from duecare.value.models import beta_geometric, bg_nbd, mbg_nbd, pareto_nbd
from duecare.value.models.buying import Buying, expected_orders
from duecare.value.models.seen import Seen, distinct
from duecare.value.npv import month_ends_days

NO_TRAITS = np.zeros(0)


@dataclass(frozen=True)
class Kind:
    """A model with invented data of its own story."""

    fit: Callable[..., Buying]
    story: Callable[[int, int], tuple[Floats, Floats, Floats, Floats]]
    true: Buying


KINDS = {
    "BG/NBD": Kind(bg_nbd.fit, lambda n, seed: invent(n, seed, first=0), beta_geometric.Fitted(TRUE, 0.0, False, 0, NO_TRAITS)),
    "MBG/NBD": Kind(mbg_nbd.fit, invent, beta_geometric.Fitted(TRUE, 0.0, False, 1, NO_TRAITS)),
    "Pareto/NBD": Kind(pareto_nbd.fit, invent_pareto, pareto_nbd.Fitted(PARETO, 0.0, False, NO_TRAITS)),
}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@each_kind
def test_a_model_forecasts_what_comes_and_finds_its_own_rate(kind: Kind) -> None:
    columns = kind.story(12_000, 5)
    seen, later = seen_of(columns), columns[3]
    fitted = kind.fit(seen)
    assert not fitted.on_bound
    found, true = (model.parameters[0] / model.parameters[1] for model in (fitted, kind.true))
    assert found == pytest.approx(true, rel=0.12)
    expected = expected_orders(fitted, seen, np.array([AHEAD_DAYS]))[:, 0]
    interval_99 = 2.576 * later.std() * np.sqrt(len(later))
    assert abs(expected.sum() - later.sum()) < interval_99, f"n={len(later)}"


@each_kind
def test_who_is_alive_is_told_as_often_as_it_is_true(kind: Kind) -> None:
    """Of those who are said to be active with a chance of p, a share of p buys again, given long enough."""
    columns = kind.story(20_000, 7)
    seen, later = seen_of(columns), columns[3]
    alive, orders = kind.true.alive(seen), expected_orders(kind.true, seen, np.array([AHEAD_DAYS]))[:, 0]
    for low, high in ((0.0, 0.3), (0.3, 0.7), (0.7, 1.01)):
        some = (alive >= low) & (alive < high)
        if some.sum() > 500:
            assert later[some].sum() == pytest.approx(orders[some].sum(), abs=2.576 * later[some].std() * np.sqrt(some.sum()))


@each_kind
def test_draws_have_the_mean_that_is_expected(kind: Kind) -> None:
    frequency, age = np.array([0.0, 0.0, 5.0, 40.0]), np.array([3.0, 400.0, 400.0, 700.0])
    count, mean = kind.true.draw_if_active(frequency, age, 365.0, 100_000, np.random.default_rng(1))
    expected = kind.true.if_active(frequency, age, np.array([365.0]))[:, 0]
    for drawn in (count, mean):
        assert np.all(np.abs(drawn.mean(axis=1) - expected) < 5 * drawn.std(axis=1) / np.sqrt(drawn.shape[1]))


@each_kind
def test_traits_that_make_customers_buy_more_are_found(kind: Kind) -> None:
    one, other = kind.story(4_000, 3), kind.story(4_000, 4)
    seen = Seen(*(np.concatenate(both) for both in zip(one[:3], other[:3], strict=True)))
    often = Seen(seen.frequency, seen.recency_days, seen.age_days)
    noise = np.random.default_rng(2).integers(0, 2, len(seen.frequency)).astype(float)
    fitted: Any = kind.fit(often, noise[:, None])
    assert abs(float(fitted.slopes[0])) < 0.15  # a trait that means nothing
    bought = (seen.frequency > 1).astype(float)
    fitted = kind.fit(often, bought[:, None])
    assert float(fitted.slopes[0]) > 0.5
    pair = fitted.if_active(np.array([2.0, 2.0]), np.array([300.0, 300.0]), np.array([100.0]), np.array([[0.0], [1.0]]))
    assert pair[1, 0] > pair[0, 0]


@each_kind
@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_no_history_gives_nonsense(kind: Kind, seed: int) -> None:
    chance = np.random.default_rng(seed)
    many = int(chance.integers(1, 30))
    age = chance.integers(0, [1, 50, 4000][int(chance.integers(3))], many).astype(float)
    frequency = np.minimum(chance.integers(0, [1, 4, 2000][int(chance.integers(3))], many), age)
    seen = Seen(frequency, np.where(frequency > 0, np.floor(age * chance.random(many)), 0.0), age)
    fitted = kind.fit(seen)
    orders, alive = expected_orders(fitted, seen, month_ends_days(24)), fitted.alive(seen)
    assert np.isfinite(orders).all()
    assert (orders >= 0).all()
    assert (np.diff(orders, axis=1) >= 0).all()
    assert ((alive >= 0) & (alive <= 1)).all()


def beta_geometric_plain(point: tuple[float, float, float, float], first: int, x: float, t_x: float, age: float) -> float:
    """Log likelihood as eq. (3) of the BG/NBD paper has it; MBG/NBD with one chance to leave more."""
    r, alpha, a, b = point
    k = x + first
    stay = betaln(a, b + k) - betaln(a, b) - (r + x) * math.log(alpha + age)
    left = betaln(a + 1, b + k - 1) - betaln(a, b) - (r + x) * math.log(alpha + t_x) if k else -math.inf
    return float(gammaln(r + x) - gammaln(r) + r * math.log(alpha) + np.logaddexp(stay, left))


def pareto_plain(point: tuple[float, float, float, float], history: tuple[float, float, float]) -> float:
    """Log likelihood by the integral over the time of leaving, which scipy works out, in pieces."""
    r, alpha, s, beta = point
    x, t_x, age = history
    base = gammaln(r + x) - gammaln(r) + r * math.log(alpha) + s * math.log(beta)
    stay = -(r + x) * math.log(alpha + age) - s * math.log(beta + age)

    def left(log_y: float) -> float:
        y = math.exp(log_y) - 1e-3
        return s * math.exp(-(r + x) * math.log(alpha + y) - (s + 1) * math.log(beta + y) - stay + log_y)

    ends = np.linspace(math.log(t_x + 1e-3), math.log(age + 1e-3), 60)
    whole = sum(quad(left, low, high, epsabs=0, epsrel=1e-12)[0] for low, high in pairwise(ends))
    return float(base + stay + math.log1p(whole))


HISTORIES = [(0.0, 0.0, 30.0), (0.0, 0.0, 900.0), (1.0, 3.0, 500.0), (7.0, 480.0, 500.0), (60.0, 300.0, 600.0), (400.0, 999.0, 1000.0)]


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("first", [0, 1])
def test_the_likelihood_is_that_of_the_paper(history: tuple[float, float, float], first: int) -> None:
    point = (0.4, 30.0, 0.8, 2.5)
    data = beta_geometric._Data(
        first, np.array([history[0]]).astype(np.int64), np.array([history[1]]), np.array([history[2]]), np.zeros((1, 0)), np.ones(1)
    )
    assert -beta_geometric._negative_mean(np.log(point), data)[0] == pytest.approx(beta_geometric_plain(point, first, *history), rel=1e-12)


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("point", [(0.55, 70.0, 0.6, 80.0), (0.2, 5.0, 1.5, 900.0), (1.8, 900.0, 0.3, 4.0), (0.4, 0.5, 0.4, 0.2)])
def test_the_pareto_likelihood_is_the_integral(point: tuple[float, float, float, float], history: tuple[float, float, float]) -> None:
    data = pareto_nbd._Data(np.array([history[0]]), np.array([history[1]]), np.array([history[2]]), np.zeros((1, 0)), np.ones(1))
    assert -pareto_nbd._value(np.log(point), data) == pytest.approx(pareto_plain(point, history), abs=1e-8)


@pytest.mark.parametrize("at", [(0.0, 0.0, 0.0, 0.0, 0.1), (0.7, -1.0, 0.4, 1.2, -0.5), (-2.0, 2.0, -1.0, 3.0, 0.9)])
@pytest.mark.parametrize("first", [0, 1])
def test_the_gradient_is_that_of_the_likelihood(at: tuple[float, ...], first: int) -> None:
    frequency, recency, age, _ = invent(400, seed=2)
    traits = np.random.default_rng(1).normal(size=(400, 1))
    data = beta_geometric._Data(first, frequency.astype(np.int64), recency / 50, age / 50, traits, np.full(400, 1 / 400))
    numeric = approx_fprime(np.array(at), lambda p: beta_geometric._negative_mean(p, data)[0], 1e-7)
    assert beta_geometric._negative_mean(np.array(at), data)[1] == pytest.approx(numeric, abs=3e-6)


@pytest.mark.parametrize(("x", "age", "end"), [(0.0, 100.0, 365.0), (5.0, 400.0, 730.0), (40.0, 700.0, 30.0)])
def test_the_forecast_is_that_of_the_paper(x: float, age: float, end: float) -> None:
    """Eq. (10) of the BG/NBD paper; for MBG/NBD with b + x + 1 for b + x."""
    r, alpha, a, b = TRUE
    for first, name in ((0, "BG/NBD"), (1, "MBG/NBD")):
        k = x + first
        z = end / (alpha + age + end)
        plain = (a + b + k - 1) / (a - 1) * (1 - ((alpha + age) / (alpha + age + end)) ** (r + x) * hyp2f1(r + x, b + k, a + b + k - 1, z))
        found = KINDS[name].true.if_active(np.array([x]), np.array([age]), np.array([end]))[0, 0]
        assert found == pytest.approx(plain, rel=1e-9)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 300)), min_size=1, max_size=40))
def test_distinct_rows_are_counted_and_found_again(rows: list[tuple[int, int]]) -> None:
    columns = tuple(np.array([row[at] for row in rows], np.float64) for at in range(2))
    for scale in (1.0, 0.37):  # whole numbers are packed into one, others are numbered
        scaled = tuple(column * scale for column in columns)
        some, which, counts = distinct(*scaled)
        assert all(np.array_equal(few[which], column) for few, column in zip(some, scaled, strict=True))
        assert int(counts.sum()) == len(rows)
        assert len(counts) == len(set(rows))
