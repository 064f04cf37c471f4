"""The promise: a plan is the same, row for row, whichever engine makes it."""

from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from duecare.records import Warehouse, open_book, open_scratch, open_warehouse
from duecare.tiers import NamedSegment, PlanTerms, Policy, TierRule, make_plan
from duecare.tiers.words import People, say
from house import lacking
from shop import contact, day, order, person, stock
from tiers.test_questions import HISTORY, VALUATION

NOW = datetime(2026, 6, 1, tzinfo=UTC)
POLICY = Policy(
    (
        TierRule(name="Best", when="clv_percentile >= 50 and p_top10 >= 0.05", within={"Dear": "clv >= 40 or nps > 8"}),
        TierRule(name="Good", when="ordered_since('product', 'p', DATE '2026-01-01') or complaints > 0 and days_since_contact <= 100"),
        TierRule(name="Rest"),
    ),
    (NamedSegment(name="Dear", when="clv > 20"),),
)


def stocked(warehouse: Warehouse, small: dict[str, Any]) -> Warehouse:
    made = stock(
        warehouse,
        None,
        people=[person(who, consent_profiling=False if who == "d" else None) for who in "abcd"],
        orders=[order("1", "a", "2026-02-01", 5)],
        order_lines=[{"order_id": "1", "product_id": "p", "quantity": 1, "amount": 5}],
        contacts=[contact("1", "b", "2026-05-01", reason="complaint")],
        surveys=[{"source": "shop", "source_id": "c", "at": day("2026-02-01"), "kind": "nps", "score": 9}],
        entitlements=[{"source": "shop", "source_id": "b", "level": "Best", "kind": "bought", "from_at": day("2026-01-01")}],
    )
    made.run("members", "SELECT source, source_id, source_id AS customer_id FROM {p}", p="people")
    for name, rows in small.items():
        made.put(name, rows)
    return made


@pytest.mark.xdist_group("spark")
def test_a_plan_is_the_same_on_spark(tmp_path: Path) -> None:
    if find_spec("pyspark") is None or which("java") is None:
        lacking("Spark needs pyspark and Java")
    with open_scratch(tmp_path / "here", memory_gb=1) as here, open_book("sqlite:book.db", tmp_path) as book:
        small = {"history": here.arrow(HISTORY), "valuation": here.arrow(VALUATION)}
        say(book, "override", "a", "Good", why="x", by="ada", at=NOW, until=datetime(2026, 12, 1, tzinfo=UTC))
        there = open_warehouse("spark:local[2]@unused", tmp_path / "there")
        plans, rows = [], []
        for warehouse in (stocked(here, small), stocked(there, small)):
            plans.append(make_plan(warehouse, POLICY, book, as_of=NOW, terms=PlanTerms(people=People(raise_to="Good"))))
            rows.append(
                warehouse.arrow(
                    "SELECT customer_id, tier, why, origin, kept, round(chance, 6) AS chance, borderline FROM {p} ORDER BY customer_id",
                    p="plan",
                ).to_pylist()
            )
    assert rows[0] == rows[1]
    assert plans[0] == plans[1]
    assert len({row["tier"] for row in rows[0]}) > 1
