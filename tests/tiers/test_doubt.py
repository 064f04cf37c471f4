"""The promise: chances of tiers are those of the value that comes true, and a cut is moved by points of chance, never by anything else."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.records import Warehouse, open_scratch
from duecare.tiers import DOCUMENTS, FACTS, Policy, TierRule
from duecare.tiers.doubt import CHANCES, TOPS, Cut, chance_sql, cuts, doubted_sql, lines, make_doubted

MANY = 2_000
THREE = Policy(
    (
        TierRule(name="Best", when="clv_percentile >= 90 and orders > 1"),
        TierRule(name="Good", when="not clv < 500 or p_top10_within_year > 0.3"),
        TierRule(name="Rest"),
    )
)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with open_scratch(tmp_path, memory_gb=1) as made:
        made.put("facts", customers())
        yield made


def customers() -> pa.Table:
    """Customers whose value is spread around their CLV, with the chances that follow; the last ten have none."""
    chance = np.random.default_rng(5)
    clv = np.sort(chance.gamma(1.0, 400.0, MANY))
    draws = np.sort(clv[:, None] * chance.gamma(4.0, 0.25, (1, 400)), axis=1)
    tops = {f"p_top{top}": (draws >= np.quantile(draws, 1 - top / 100)).mean(axis=1) for top in TOPS}
    known: dict[str, np.ndarray] = {
        "clv": clv,
        "clv_percentile": 100 * np.arange(MANY) / MANY,
        **tops,
        "p_top10_within_year": tops["p_top10"] / 2,
    }
    table = {name: pa.array([*values, *[None] * 10], pa.float64()) for name, values in known.items()}
    rest = {name: pa.array(np.arange(MANY + 10) % 4, pa.int64()) for name in FACTS if name not in table and name != "rfm"}
    return pa.table({"customer_id": [f"cu_{at:04}" for at in range(MANY + 10)], "rfm": ["444"] * (MANY + 10), **rest, **table})


def test_cuts_are_found_wherever_they_stand_and_however_they_are_written() -> None:
    written = Policy((TierRule(name="A", when="90 <= clv_percentile or not (clv < -5) and rfm = '111'"), TierRule(name="B")))
    assert cuts(written) == [Cut("clv_percentile", "GTE", 90.0), Cut("clv", "LT", -5.0)]


@given(st.floats(0, 100))
def test_the_chance_of_any_percentile_lies_between_those_of_its_neighbours(percentile: float) -> None:
    import duckdb

    known = dict(zip(CHANCES, (0.05, 0.1, 0.3, 0.4, 0.8), strict=True))
    sql = f"SELECT {chance_sql(percentile)} FROM (SELECT {', '.join(f'{value} AS {name}' for name, value in known.items())})"
    (found,) = duckdb.connect().execute(sql).fetchall()[0]
    wanted = np.interp(percentile, [0, 50, 80, 90, 95, 99, 100], [1.0, 0.8, 0.4, 0.3, 0.1, 0.05, 0.0])
    assert float(found) == pytest.approx(wanted)


def test_as_many_have_a_lines_chance_as_are_above_its_cut(warehouse: Warehouse) -> None:
    line = lines(warehouse, DOCUMENTS)[Cut("clv_percentile", "GTE", 90.0)]
    reach = warehouse.arrow(f"SELECT count(*) AS n FROM {{f}} WHERE {chance_sql(90.0)} >= {line.chance!r} AND clv IS NOT NULL", f="facts")
    assert reach["n"][0].as_py() == pytest.approx(0.1 * MANY, abs=20)  # ties in the draws
    money = Policy((TierRule(name="A", when="clv > 1e9"), TierRule(name="B")))
    assert lines(warehouse, money) == {}


def test_no_points_of_doubt_is_the_policy_itself_and_more_points_only_raise(warehouse: Warehouse) -> None:
    found, plain = lines(warehouse, THREE), doubted_sql(THREE, {}, 0.0)
    ranks = {
        by: warehouse.arrow(f"SELECT {doubted_sql(THREE, found, by)} AS rank FROM {{f}} ORDER BY customer_id", f="facts")["rank"].to_numpy()
        for by in (-10.0, 0.0, 10.0, 20.0)
    }
    own = warehouse.arrow(f"SELECT {plain} AS rank FROM {{f}} ORDER BY customer_id", f="facts")["rank"].to_numpy()
    assert (ranks[0.0] <= own).all()
    assert (ranks[0.0] != own).mean() < 0.02  # who has the same chance as one above the cut
    assert (ranks[20.0] <= ranks[10.0]).all()
    assert (ranks[10.0] <= ranks[0.0]).all()
    assert (ranks[0.0] <= ranks[-10.0]).all()
    assert (ranks[10.0] < own).any()
    assert (ranks[-10.0] > own).any()


def test_chances_of_tiers_sum_to_one_and_are_how_often_each_would_come_true(warehouse: Warehouse) -> None:
    make_doubted(warehouse, THREE, 10.0)
    found = warehouse.arrow(
        "SELECT f.*, d.p_0, d.p_1, d.p_2, d.expected_rank FROM {f} f JOIN {d} d ON d.customer_id = f.customer_id ORDER BY 1",
        f="facts",
        d="doubted",
    )
    p = np.stack([found[f"p_{rank}"].to_numpy() for rank in range(3)])
    assert p.min() >= -1e-12
    assert p.sum(axis=0) == pytest.approx(1.0)
    assert found["expected_rank"].to_numpy() == pytest.approx(p[1] + 2 * p[2])
    orders, top10 = found["orders"].to_numpy(), np.nan_to_num(found["p_top10"].to_numpy())
    assert p[0] == pytest.approx(np.where(orders > 1, top10, 0.0))  # the first cut alone, for who ordered enough
    unknown = slice(MANY, None)
    assert (p[2][unknown] == 1.0).all()  # no value known: the last tier, surely


def test_one_tier_for_all_is_sure(warehouse: Warehouse) -> None:
    make_doubted(warehouse, Policy((TierRule(name="All"),)), 10.0)
    assert warehouse.arrow("SELECT DISTINCT rank, p_0, borderline, expected_rank FROM {d}", d="doubted").to_pylist() == [
        {"rank": 0, "p_0": 1.0, "borderline": False, "expected_rank": 0.0}
    ]
