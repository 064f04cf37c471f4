"""The promise: a value is its parts, nobody is valued by guessing, and the order of rows never shows."""

import numpy as np
import pyarrow as pa
import pytest

from buyers import invent
from duecare.value import Terms
from duecare.value.estimate import PARTS, estimate


def people(customers: int = 3000, seed: int = 4) -> pa.Table:
    """Customers of the model's own making, with money; the last hundred never bought."""
    frequency, recency, age, _ = invent(customers, seed)
    chance = np.random.default_rng(seed)
    revenue = (frequency + 1) * chance.gamma(6, 8, customers).round(2)
    never = np.arange(customers) >= customers - 100
    columns = {
        "customer_id": [f"cu_{n:05}" for n in range(customers)],
        "orders": np.where(never, 0, frequency + 1).astype(np.int64),
        "purchase_days": np.where(never, 0, frequency + 1).astype(np.int64),
        "recency_days": pa.array(recency, mask=never),
        "age_days": pa.array(age, mask=never),
        "revenue": np.where(never, 0.0, revenue),
        "refunded": np.zeros(customers),
        "margin": np.where(never, 0.0, revenue * chance.uniform(0.2, 0.6, customers)),
        "service_cost": chance.gamma(0.3, 10, customers),
    }
    return pa.table(columns)


@pytest.fixture(scope="module")
def valued() -> dict[str, np.ndarray]:
    made = estimate(people(), Terms()).columns
    return {name: made[name].to_numpy(zero_copy_only=False) for name in made.column_names}


def test_the_parts_sum_to_the_value(valued: dict[str, np.ndarray]) -> None:
    known = ~np.isnan(valued["clv"])
    parts = valued["future_margin"] - valued["future_service_cost"] + valued["referral_value"]
    assert np.abs(parts - valued["clv"])[known].max() < 1e-9
    product = valued["discounted_orders"] * valued["spend_per_order"] * valued["margin_share"]
    assert product[known] == pytest.approx(valued["future_margin"][known])


def test_who_never_bought_is_given_no_value(valued: dict[str, np.ndarray]) -> None:
    assert np.isnan(valued["clv"][-100:]).all()
    assert not np.isnan(valued["clv"][:-100]).any()
    assert all(rfm is None for rfm in valued["rfm"][-100:])


def test_discounting_makes_orders_fewer_but_never_negative(valued: dict[str, np.ndarray]) -> None:
    known = ~np.isnan(valued["clv"])
    assert (valued["discounted_orders"][known] <= valued["expected_orders"][known]).all()
    assert (valued["discounted_orders"][known] >= 0).all()


def test_the_order_of_rows_never_shows(valued: dict[str, np.ndarray]) -> None:
    rows = people()
    shuffled = rows.take(pa.array(np.random.default_rng(9).permutation(len(rows))))
    again = estimate(shuffled, Terms()).columns.sort_by("customer_id")
    assert again["clv"].to_numpy(zero_copy_only=False) == pytest.approx(valued["clv"], rel=1e-6, nan_ok=True)
    assert again["rfm"].to_pylist() == list(valued["rfm"])


def test_a_shop_where_nobody_comes_back_values_nobody_and_says_so() -> None:
    rows = people(500)
    once = rows.set_column(rows.schema.get_field_index("purchase_days"), "purchase_days", pa.array(np.minimum(rows["purchase_days"], 1)))
    made = estimate(once, Terms())
    assert made.columns["clv"].null_count == 500
    assert "cannot be learned" in made.notes[0]
    assert made.columns["rfm"].null_count == 100


def test_nobody_at_all_is_no_error() -> None:
    made = estimate(people().slice(0, 0), Terms())
    assert len(made.columns) == 0
    assert made.notes


def test_customers_who_are_alike_get_one_value_wherever_they_stand() -> None:
    rows = people(900)
    one = rows.slice(5, 1)
    twins = pa.concat_tables([rows, *[one] * 64]).take(pa.array(np.random.default_rng(3).permutation(964)))
    made = estimate(twins, Terms()).columns
    mine = np.array(twins["customer_id"].to_pylist()) == one["customer_id"][0].as_py()
    for name in ("clv_percentile", "discounted_orders", "spend_per_order"):
        assert len(set(made[name].to_numpy()[mine])) == 1, name


@pytest.mark.parametrize("revenue", [-500.0, -240.0, -230.0, -20.0, 0.0])
def test_who_brought_back_more_than_they_bought_is_never_worth_a_fortune(revenue: float) -> None:
    rows = people(900)
    place = rows.schema.get_field_index
    changed = {name: rows[name].to_numpy(zero_copy_only=False).copy() for name in ("revenue", "margin")}
    changed["revenue"][0], changed["margin"][0] = revenue, revenue * 0.6 - 10
    for name, values in changed.items():
        rows = rows.set_column(place(name), name, pa.array(values))
    made = estimate(rows, Terms()).columns
    typical = np.nanmedian(estimate(people(900), Terms()).columns["margin_share"].to_numpy())
    assert made["margin_share"][0].as_py() < typical
    assert np.isfinite(made["clv"][0].as_py())


def test_a_shop_that_took_everything_back_values_nobody_and_says_so() -> None:
    rows = people(500)
    nothing = rows.set_column(rows.schema.get_field_index("revenue"), "revenue", pa.array(np.zeros(500)))
    made = estimate(nothing, Terms())
    assert made.columns["clv"].null_count == 500
    assert "came back" in made.notes[0]


def test_an_interval_goes_round_the_value_and_a_tenth_is_expected_in_the_top_tenth(valued: dict[str, np.ndarray]) -> None:
    known = ~np.isnan(valued["clv"])
    low, high, clv = (valued[name][known] for name in ("clv_low", "clv_high", "clv"))
    assert (low <= high).all()
    assert ((low <= clv) | (clv < 0)).all()
    assert valued["p_top10"][known].mean() == pytest.approx(0.1, abs=0.005)


def test_who_refers_others_is_worth_more_up_to_the_cap_and_nothing_is_counted_twice() -> None:
    rows = people(900)
    referrals = np.zeros(900)
    referrals[:40] = 30
    plain, told = estimate(rows, Terms()), estimate(rows.append_column("referrals", pa.array(referrals)), Terms(referral_cap_percent=10))
    mine, own = (np.array(one.columns["clv"].to_pylist()[:800]) for one in (told, plain))
    assert (mine >= own - 1e-9).all()
    assert (mine <= np.maximum(own, 0) * 1.1 + np.minimum(own, 0) + 1e-9).all()
    nothing = estimate(rows.append_column("referrals", pa.array(referrals)), Terms(referral_cap_percent=0)).columns["clv"].to_pylist()[:800]
    assert nothing == pytest.approx(own.tolist())


def test_the_probability_of_a_cut_falls_with_the_cut() -> None:
    made = estimate(people(900), Terms(), cuts=(-1e9, 10.0, 100.0, 1e9))
    assert made.above is not None
    told = [made.above[cut][:800] for cut in (-1e9, 10.0, 100.0, 1e9)]
    assert (np.diff(np.array(told), axis=0) <= 1e-12).all()
    assert np.allclose(told[0], 1)
    assert np.allclose(told[-1], 0, atol=1e-3)
    assert np.isnan(made.above[10.0][-100:]).all()


def test_each_part_has_an_interval_around_it_and_shares_the_value_s_own(valued: dict[str, np.ndarray]) -> None:
    known = ~np.isnan(valued["clv"])
    for part in PARTS:
        low, mean, high = (valued[f"{part}{end}"][known] for end in ("_low", "", "_high"))
        assert (low <= high + 1e-9).all()
        assert (low <= np.maximum(mean, 0) + 1e-9).all()
    own = valued["future_margin_high"][known] - valued["future_service_cost_high"][known]
    assert own == pytest.approx(np.where(valued["clv"][known] >= 0, valued["clv_high"][known], valued["clv_low"][known]), abs=1e-6)
