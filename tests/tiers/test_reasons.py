"""The promise: what a customer is told would have given another tier does give it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.records import open_scratch
from duecare.tiers import DOCUMENTS, Policy, TierRule, parse
from duecare.tiers.evaluating import holds, parsed, rank_of
from duecare.tiers.reasons import PLAIN, Instead, Scale, applied, instead, told

SCALE = Scale({90.0: 500.0, 75.0: 200.0, 50.0: 80.0})
NUMBERS = ("orders", "days_since_order", "clv", "clv_percentile", "rfm_f", "p_top10")
LINES: Mapping[str, st.SearchStrategy[float]] = {
    "orders": st.integers(0, 6).map(float),
    "days_since_order": st.sampled_from([30.0, 90.0, 365.0]),
    "clv": st.sampled_from([80.0, 200.0, 500.0]),
    "clv_percentile": st.sampled_from([50.0, 75.0, 90.0]),
    "rfm_f": st.integers(1, 4).map(float),
    "p_top10": st.sampled_from([0.25, 0.5]),
}
SIGNS = st.sampled_from(["<", "<=", "=", "<>", ">=", ">"])
LEAF = st.sampled_from(NUMBERS).flatmap(lambda name: st.tuples(SIGNS, LINES[name]).map(lambda one: f"{name} {one[0]} {one[1]:g}"))
WORD = st.sampled_from(["rfm = '111'", "rfm in ('111', '112')", "clv is null", "orders between 2 and 4", "not rfm <> '444'"])
CONDITION = st.recursive(
    LEAF | WORD,
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner) | inner.map("not ({})".format),
    max_leaves=4,
)


def policy_of(*conditions: str) -> Policy:
    names = [f"T{at}" for at in range(len(conditions) + 1)]
    return Policy((*[TierRule(name=name, when=when) for name, when in zip(names, conditions, strict=False)], TierRule(name=names[-1])))


@st.composite
def customers(draw: st.DrawFn) -> dict[str, Any]:
    clv = draw(st.none() | st.floats(-50, 900).map(lambda value: round(value, 2)))
    digits = [draw(st.integers(1, 4)) for _ in range(3)]
    return {
        "orders": float(draw(st.integers(0, 8))),
        "days_since_order": float(draw(st.integers(0, 400))),
        "tenure_days": float(draw(st.integers(0, 900))),
        "clv": clv,
        "clv_percentile": None if clv is None else SCALE.percentile(clv),
        "rfm": "".join(map(str, digits)),
        **dict(zip(("rfm_r", "rfm_f", "rfm_m"), map(float, digits), strict=True)),
        "p_top10": draw(st.none() | st.sampled_from([0.0, 0.25, 0.3, 0.5, 0.9])),
    }


def engine_ranks(warehouse: Any, policy: Policy, rows: list[dict[str, Any]]) -> list[int]:  # noqa: ANN401
    warehouse.put(
        "rows", pa.table({name: pa.array([row[name] for row in rows], pa.string() if name == "rfm" else pa.float64()) for name in rows[0]})
    )
    cases = " ".join(f"WHEN {parse(tier.when).sql} THEN {rank}" for rank, tier in enumerate(policy.tiers) if tier.when)
    return warehouse.arrow(f"SELECT CASE {cases} ELSE {len(policy.tiers) - 1} END AS rank FROM {{rows}}", rows="rows")["rank"].to_pylist()


def test_plain_python_places_everybody_as_the_engine_does_and_every_reason_is_true(tmp_path: Path) -> None:
    with open_scratch(tmp_path, memory_gb=1) as warehouse:

        @settings(max_examples=60, deadline=None)
        @given(st.lists(CONDITION, min_size=1, max_size=3), st.lists(customers(), min_size=1, max_size=6))
        def check(conditions: list[str], rows: list[dict[str, Any]]) -> None:
            policy = policy_of(*conditions)
            ranks = [rank_of(policy, row) for row in rows]
            assert ranks == engine_ranks(warehouse, policy, rows)
            changed = [
                (wanted, applied(row, found.changes, SCALE))
                for row, rank in zip(rows, ranks, strict=True)
                for wanted in range(len(policy.tiers))
                if wanted != rank and (found := instead(policy, row, SCALE, wanted=wanted))
            ]
            if changed:
                assert engine_ranks(warehouse, policy, [row for _, row in changed]) == [wanted for wanted, _ in changed]

        check()


@given(st.lists(CONDITION, min_size=1, max_size=3), customers())
def test_agents_and_customers_hear_only_of_orders_and_time(conditions: list[str], row: dict[str, Any]) -> None:
    policy = policy_of(*conditions)
    found = instead(policy, row, SCALE, wanted=0, only=PLAIN)
    if found and rank_of(policy, row) != 0:
        assert set(found.changes) <= set(PLAIN)
        assert rank_of(policy, applied(row, found.changes, SCALE)) == 0


def row(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "clv": 420.0,
        "clv_percentile": 75.0,
        "rfm": "242",
        "rfm_r": 2.0,
        "rfm_f": 4.0,
        "rfm_m": 2.0,
        "orders": 3.0,
        "days_since_order": 60.0,
    } | more


def test_money_is_told_to_analysts_as_the_difference_to_the_cut() -> None:
    found = instead(DOCUMENTS, row(), SCALE, wanted=0)
    assert found == Instead("Premium", {"clv_percentile": 90.0})
    assert found is not None
    assert told(found, row(), "EUR", SCALE) == "Premium with 80.00 EUR more value to come"


def test_the_smallest_change_is_told() -> None:
    found = instead(DOCUMENTS, row(), SCALE, wanted=1)
    assert found == Instead("Plus", {"rfm_m": 1.0})
    by_orders = policy_of("orders >= 9 or orders >= 4")
    assert told(instead(by_orders, row(), SCALE, wanted=0) or Instead("", {}), row(), "EUR", SCALE) == "T0 with 1 more order"


def test_two_changes_are_told_where_one_is_not_enough() -> None:
    both = policy_of("orders >= 5 and days_since_order < 30")
    found = instead(both, row(), SCALE, wanted=0)
    assert found is not None
    assert told(found, row(), "EUR", SCALE) == "T0 with 2 more orders and 29 days since the last purchase instead of 60"


def test_what_no_two_changes_give_is_not_promised() -> None:
    three = policy_of("orders >= 5 and days_since_order < 30 and rfm_f = 1")
    assert instead(three, row(), SCALE, wanted=0) is None
    assert instead(policy_of("clv_percentile >= 90"), row(), SCALE, wanted=0, only=PLAIN) is None


@pytest.mark.parametrize(
    ("text", "truth"),
    [("clv > 1", None), ("not clv > 1", None), ("clv is null", True), ("clv > 1 or orders = 3", True), ("clv > 1 and orders = 4", False)],
)
def test_what_is_not_known_is_neither_true_nor_false(text: str, truth: bool | None) -> None:
    (tree,) = parsed(policy_of(text))
    assert holds(tree, row(clv=None)) is truth
