"""The promise: questions about orders and segments, scopes and levels mean what they say, and each customer has one tier."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from duecare.records import Book, Warehouse, open_book, open_scratch
from duecare.tiers import NamedSegment, Option, Policy, Scope, TierRule, conditions, make_plan, parse
from duecare.tiers.frozen import freeze
from duecare.tiers.plan import earned_sql
from duecare.words import BadSettings
from shop import contact, day, order, person, stock

NOW = datetime(2026, 6, 1, tzinfo=UTC)
WHO = ("a", "b", "c", "d")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with open_scratch(tmp_path, memory_gb=1) as made:
        yield made


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with open_book("sqlite:book.db", tmp_path) as made:
        yield made


VALUATION = """
SELECT customer_id, clv, 25.0 * (row_number() OVER (ORDER BY clv) - 1) AS clv_percentile, 50.0 AS revenue_percentile, '111' AS rfm, 1 AS rfm_r, 1 AS rfm_f, 1 AS rfm_m,
       0.5 AS p_alive, 1.5 AS expected_orders, 0.0 AS referral_value, 0.0 AS contract_value, 0.1 AS p_top1, 0.1 AS p_top5, 0.1 AS p_top10, 0.2 AS p_top20, 0.5 AS p_top50,
       0.1 AS p_top10_within_year
FROM (SELECT unnest(['a', 'b', 'c', 'd']) AS customer_id, unnest([10.0, 20.0, 30.0, 40.0]) AS clv)
"""
HISTORY = """
SELECT unnest(['a', 'b', 'c', 'd']) AS customer_id, unnest([1, 2, 3, 4]) AS orders, 30.0 AS revenue, 12.0 AS margin, 2.0 AS service_cost, 1 AS contacts,
       0 AS referrals, 0 AS returns, 100.0 AS age_days, 60.0 AS recency_days
"""


def placed(warehouse: Warehouse, book: Book, policy: Policy, **tables: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401
    made = stock(warehouse, None, **({"people": [person(who) for who in WHO]} | tables))
    made.run("members", "SELECT source, source_id, source_id AS customer_id FROM {p}", p="people")
    made.run("history", HISTORY)
    made.run("valuation", VALUATION)
    made.run("households", "SELECT 'h1' AS household_id, unnest(['a', 'd']) AS customer_id")
    made.run("accounts", "SELECT 'x' AS account_id, unnest(['a', 'b']) AS customer_id")
    make_plan(made, policy, book, as_of=NOW)
    rows = made.arrow("SELECT * FROM {p} ORDER BY customer_id", p="plan").to_pylist()
    assert [row["customer_id"] for row in rows] == list(WHO)
    return {row["customer_id"]: row for row in rows}


def tiers(rows: dict[str, dict[str, Any]]) -> str:
    return "".join(row["tier"][0] for row in rows.values())


def two(when: str, **more: Any) -> Policy:  # noqa: ANN401
    return Policy((TierRule(name="Best", when=when), TierRule(name="Rest")), **more)


ORDERS = [
    order("1", "a", "2026-01-01", 5, brand="X") | {"ordered_at": datetime(2026, 1, 1, tzinfo=UTC)},
    order("2", "b", "2026-01-01", 5, brand="X") | {"ordered_at": datetime(2025, 12, 31, 23, 59, 59, 999999, UTC)},
    order("3", "c", "2026-02-01", 5, brand="Y", outlet="Graz"),
    order("4", "d", "2026-06-02", 5, brand="X"),  # after the moment of the plan
]


def test_who_ordered_since_a_day_is_counted_from_its_first_instant(warehouse: Warehouse, book: Book) -> None:
    rows = placed(warehouse, book, two("ordered_since('brand', 'X', DATE '2026-01-01')"), orders=ORDERS)
    assert tiers(rows) == "BRRR"
    assert rows["a"]["why"] == "ordered_since('brand', 'X', DATE '2026-01-01') holds: ordered_since('brand', 'X', DATE '2026-01-01') is so"
    assert rows["b"]["why"].endswith("is not so")
    assert (
        tiers(placed(warehouse, book, two("not ordered_since('outlet', 'Graz', DATE '2026-01-01') and orders > 1"), orders=ORDERS))
        == "RBRB"
    )


def test_lines_tell_the_product(warehouse: Warehouse, book: Book) -> None:
    lines = [{"order_id": "3", "product_id": "it's", "quantity": 1, "amount": 5}]
    assert (
        tiers(placed(warehouse, book, two("ordered_since('product', 'it''s', DATE '2026-01-01')"), orders=ORDERS, order_lines=lines))
        == "RRBR"
    )


SEGMENTS = (
    NamedSegment(name="Often", when="orders >= 3"),
    NamedSegment(name="Dear", when="clv >= 20"),
    NamedSegment(name="Both", when="in_segment('Often') and in_segment('Dear')"),
)


def test_segments_are_reused_and_combined(warehouse: Warehouse, book: Book) -> None:
    assert tiers(placed(warehouse, book, two("in_segment('Both') and not clv > 30", segments=SEGMENTS))) == "RRBR"


def test_a_segment_that_is_defined_by_itself_or_not_there_is_refused() -> None:
    circle = (NamedSegment(name="A", when="in_segment('B')"), NamedSegment(name="B", when="orders > 1 or in_segment('A')"))
    with pytest.raises(BadSettings, match="defined by itself: A → B"):
        parse("in_segment('A')", circle)
    with pytest.raises(BadSettings, match="Often"):
        parse("in_segment('Oftn')", SEGMENTS)


def test_a_static_segment_holds_who_was_written_down_and_nobody_before(warehouse: Warehouse, book: Book) -> None:
    static = two("in_segment('First') or clv > 35", segments=(NamedSegment(name="First", when="orders > 3", kind="static"),))
    with pytest.raises(BadSettings, match="nobody was written down"):
        placed(warehouse, book, static)
    freeze(book, "First", "orders > 3", ["a", "c"], actor="ada", at=NOW)
    assert tiers(placed(warehouse, book, static)) == "BRBB"
    freeze(book, "First", "orders > 3", ["b"], actor="ada", at=NOW)
    assert tiers(placed(warehouse, book, static)) == "RBRB"


def test_within_a_segment_its_own_condition_holds_and_the_first_segment_counts(warehouse: Warehouse, book: Book) -> None:
    scoped = Policy(
        (TierRule(name="Best", when="clv >= 40", within={"Often": "clv >= 30", "Dear": "clv < 0"}), TierRule(name="Rest")),
        segments=SEGMENTS,
    )
    assert tiers(placed(warehouse, book, scoped)) == "RRBB"  # b goes by Dear, where nobody earns it; a by what holds elsewhere
    elsewhere = Policy((TierRule(name="Best", when="clv >= 10", within={"Dear": "clv > 30"}), TierRule(name="Rest")), segments=SEGMENTS)
    assert tiers(placed(warehouse, book, elsewhere)) == "BRRB"


def test_a_level_that_is_never_earned_is_only_bought_or_contracted(warehouse: Warehouse, book: Book) -> None:
    bought = Policy((TierRule(name="Paid", earned=False), TierRule(name="Rest")))
    entitlements = [{"source": "shop", "source_id": "b", "level": "Paid", "kind": "bought", "from_at": day("2026-01-01")}]
    rows = placed(warehouse, book, bought, entitlements=entitlements)
    assert tiers(rows) == "RPRR"
    assert rows["a"]["why"] == "no level is earned here"


@pytest.mark.parametrize(("level", "found"), [("person", "RRRB"), ("household", "BRRB"), ("account", "RRRB")])
def test_who_is_placed_together_stands_together(warehouse: Warehouse, book: Book, level: Any, found: str) -> None:  # noqa: ANN401
    assert tiers(placed(warehouse, book, two("clv >= 40", scope=Scope(level=level)))) == found


def test_a_group_is_worth_what_its_members_are_together(warehouse: Warehouse, book: Book) -> None:
    assert tiers(placed(warehouse, book, two("clv >= 30", scope=Scope(level="account")))) == "BBBB"
    rows = warehouse.arrow("SELECT customer_id, clv, clv_percentile, orders FROM {f} ORDER BY 1", f="facts").to_pylist()
    assert [(row["clv"], row["orders"]) for row in rows] == [(30.0, 3), (30.0, 3), (30.0, 3), (40.0, 4)]
    assert [row["clv_percentile"] for row in rows] == [pytest.approx(one) for one in (0.0, 0.0, 0.0, 200 / 3)]


def test_complaints_and_answers_are_facts(warehouse: Warehouse, book: Book) -> None:
    contacts = [contact("1", "a", "2026-05-01", reason="Complaint"), contact("2", "b", "2026-05-22", reason="other")]
    surveys = [
        {"source": "shop", "source_id": "c", "at": day("2026-01-01"), "kind": "nps", "score": 10},
        {"source": "shop", "source_id": "c", "at": day("2026-02-01"), "kind": "NPS", "score": 3},
        {"source": "shop", "source_id": "d", "at": day("2026-02-01"), "kind": "csat", "score": 5},
    ]
    given = {"contacts": contacts, "surveys": surveys}
    assert tiers(placed(warehouse, book, two("complaints > 0 or nps <= 3"), **given)) == "BRBR"
    assert tiers(placed(warehouse, book, two("days_since_contact <= 10"), **given)) == "RBRR"
    assert tiers(placed(warehouse, book, two("csat = 5 and churn_risk = 0.5"), **given)) == "RRRB"


@pytest.mark.parametrize(
    "text",
    [
        "ordered_since('brand', 'X')",
        "ordered_since('brand', 'X', '2026-01-01')",
        "ordered_since(brand, 'X', DATE '2026-01-01')",
        "ordered_since('postcode', 'X', DATE '2026-01-01')",
        "ordered_since('brand', 'X', DATE '2026-02-30')",
        "ordered_since('brand', 'X', DATE '2026-01-01') = 1",
        "in_segment(Often)",
        "in_segment('Often', 'Dear')",
        "in_segment('Often') + 1 = 2",
        "asked_0123456789ab = 1",
        "orders >= DATE '2026-01-01'",
        "in_segment(ordered_since('brand', 'X', DATE '2026-01-01'))",
    ],
)
def test_a_question_that_is_put_otherwise_is_refused(text: str) -> None:
    with pytest.raises(BadSettings):
        parse(text, SEGMENTS)


@pytest.mark.parametrize(
    ("tier", "more", "told"),
    [
        ({"options": ("perk",)}, {}, "names the option 'perk'"),
        ({"within": {"Oftn": "orders > 1"}}, {"segments": SEGMENTS}, "Often"),
        ({"earned": False}, {}, "never earned and has a condition"),
        ({}, {"segments": (SEGMENTS[0], SEGMENTS[0])}, "stands twice"),
        ({}, {"options": (Option(name="a", says="b"), Option(name="A", says="c"))}, "stands twice"),
    ],
)
def test_a_policy_that_names_what_is_not_there_is_refused(tier: dict[str, Any], more: dict[str, Any], told: str) -> None:
    with pytest.raises(BadSettings, match=told):
        Policy((replace(TierRule(name="Best", when="orders > 1"), **tier), TierRule(name="Rest")), **more)


def test_every_condition_has_a_reason_that_runs(warehouse: Warehouse, book: Book) -> None:
    hard = "in_segment('Often') or ordered_since('brand', '{it''s', DATE '2026-01-01')".replace("{", "")
    policy = Policy((TierRule(name="Best", when="clv > 1", within={"Often": hard}), TierRule(name="Rest")), segments=SEGMENTS)
    assert "asked_" in earned_sql(policy)
    assert len(conditions(policy)[0].asked) == 1
    assert len(placed(warehouse, book, policy)) == len(WHO)
