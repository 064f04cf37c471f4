"""The promise: other terms give what a valuation by those terms gives, and growth looks a year ahead."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from duecare.value import Terms
from duecare.value.estimate import estimate
from duecare.value.sensitivity import OTHERWISE
from value.test_estimate import people

ROWS = people(1_500).append_column("referrals", pa.array((np.arange(1_500) % 40 == 0).astype(np.int64)))


def test_other_terms_give_what_a_valuation_by_them_gives() -> None:
    now = estimate(ROWS, Terms())
    assert set(now.otherwise) == {
        (name, value) for name, values in OTHERWISE.items() for value in values if value != getattr(Terms(), name)
    }
    for (name, value), clv in now.otherwise.items():
        by_them = estimate(ROWS, replace(Terms(), **{name: value})).columns["clv"].to_numpy()
        assert clv[~np.isnan(clv)] == pytest.approx(by_them[~np.isnan(by_them)], rel=1e-6, abs=1e-6)


def test_the_top_tenth_within_a_year_is_a_tenth_and_not_the_same_as_over_the_horizon() -> None:
    found = estimate(ROWS, Terms()).columns
    soon, later = (found[name].drop_null().to_numpy() for name in ("p_top10_within_year", "p_top10"))
    assert soon.mean() == pytest.approx(0.1, abs=0.01)
    assert 0.8 < np.corrcoef(soon, later)[0, 1] < 1
    within = estimate(ROWS, Terms(horizon_months=12)).columns
    assert within["p_top10_within_year"].equals(within["p_top10"]) or np.allclose(
        within["p_top10_within_year"].drop_null(), within["p_top10"].drop_null(), atol=0.02
    )
