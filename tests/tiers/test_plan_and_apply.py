"""The promise: a plan says who gets what and why, and apply does exactly that, or nothing."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from duecare.records import Book, Draft, Runs, begin_forgetting, finish_forgetting, open_book, verify
from duecare.tiers import DOCUMENTS, Plan, PlanTerms, Policy, TierRule, apply_plan, held, make_plan, rules_hash
from duecare.tiers import apply as applying
from duecare.words import BadSettings
from shop import day, person, stock

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MANY = 1000


class Shop:
    """Customers cu_0000 to cu_0999 with a CLV that rises with their number."""

    def __init__(self, base: Path) -> None:
        self.base, self.runs, self.book = base, Runs.at("duckdb:warehouse", base), open_book("sqlite:book.db", base)

    def publish(self, policy: Policy = DOCUMENTS, **tables: Sequence[dict[str, Any]]) -> Plan:
        with self.runs.lock(), self.runs.draft(memory_gb=1) as draft:
            plan = self.plan(draft, policy, **tables)
            self.runs.publish(draft, {})
        return plan

    def plan(self, draft: Draft, policy: Policy, **tables: Sequence[dict[str, Any]]) -> Plan:
        everyone: dict[str, Sequence[dict[str, Any]]] = {"people": [person(f"{n:04}") for n in range(MANY)]}
        made = stock(draft.warehouse, None, **(everyone | tables))
        made.run("members", "SELECT source, source_id, 'cu_' || source_id AS customer_id FROM {p}", p="people")
        made.run("history", HISTORY)
        made.run("valuation", VALUATION)
        return make_plan(made, policy, self.book, as_of=NOW)

    def rows(self) -> dict[str, dict[str, Any]]:
        with self.runs.read() as published:
            return {row["customer_id"]: row for row in published.warehouse.arrow("SELECT * FROM {p}", p="plan").to_pylist()}

    def apply(self, plan: Plan, policy: Policy = DOCUMENTS) -> int:
        with self.runs.read() as published:
            return apply_plan(plan, published, self.book, policy_hash=rules_hash(policy, PlanTerms()), actor="ada", at=NOW)

    def tiers(self) -> dict[str, str]:
        rows = held(self.book).to_pylist()
        return {row["customer_id"]: row["tier"] for row in rows}


HISTORY = """
SELECT 'cu_' || lpad(CAST(n AS VARCHAR), 4, '0') AS customer_id, 3 AS orders, 30.0 AS revenue, 12.0 AS margin, 2.0 AS service_cost, 1 AS contacts,
       0 AS referrals, 0 AS returns, 100.0 AS age_days, 60.0 AS recency_days
FROM (SELECT unnest(range(1000)) AS n)
"""
VALUATION = """
SELECT 'cu_' || lpad(CAST(n AS VARCHAR), 4, '0') AS customer_id, CAST(n AS DOUBLE) AS clv, n / 10.0 AS clv_percentile, n / 10.0 AS revenue_percentile,
       CASE WHEN n = 5 THEN '111' WHEN n = 6 THEN '414' WHEN n = 7 THEN '441' ELSE '444' END AS rfm, CASE WHEN n = 5 THEN 1 ELSE 4 END AS rfm_r,
       CASE WHEN n IN (5, 6) THEN 1 ELSE 4 END AS rfm_f, CASE WHEN n IN (5, 7) THEN 1 ELSE 4 END AS rfm_m, 0.5 AS p_alive, 1.5 AS expected_orders,
       0.0 AS referral_value, 0.0 AS contract_value, n / 1000.0 AS p_top1, n / 1000.0 AS p_top5, n / 1000.0 AS p_top10, n / 1000.0 AS p_top20, n / 1000.0 AS p_top50, n / 1000.0 AS p_top10_within_year
FROM (SELECT unnest(range(1000)) AS n)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_the_documents_policy_cuts_exactly_on_the_line(shop: Shop) -> None:
    plan = shop.publish()
    rows = shop.rows()
    assert (rows["cu_0900"]["tier"], rows["cu_0899"]["tier"]) == ("Premium", "Standard")
    assert {who for who, row in rows.items() if row["tier"] == "Plus"} == {"cu_0005", "cu_0006", "cu_0007"}
    assert sum(row["tier"] == "Premium" for row in rows.values()) == 100
    assert (plan.customers, plan.movers) == (MANY, MANY)


def test_everybody_is_in_exactly_one_tier_and_has_a_reason_with_its_numbers(shop: Shop) -> None:
    shop.publish()
    rows = shop.rows()
    assert len(rows) == MANY
    assert rows["cu_0950"]["why"] == "clv_percentile >= 90 holds: clv_percentile is 95"
    assert rows["cu_0100"]["why"].startswith("no higher level's condition holds: clv_percentile is 10, rfm is 444")
    assert all(row["origin"] == "earned" for row in rows.values())


def test_a_run_proposes_and_only_apply_assigns(shop: Shop) -> None:
    plan = shop.publish()
    assert shop.tiers() == {}
    assert shop.apply(plan) == MANY
    assert shop.tiers() == {who: row["tier"] for who, row in shop.rows().items()}
    assert verify(shop.book) is None


def test_a_plan_on_unchanged_data_moves_nobody_and_applying_twice_changes_nothing(shop: Shop) -> None:
    plan = shop.publish()
    shop.apply(plan)
    assert shop.apply(plan) == 0
    again = shop.publish()
    assert again.movers == 0
    before = shop.tiers()
    assert shop.apply(again) == 0
    assert shop.tiers() == before


def test_apply_refuses_when_the_policy_changed_since(shop: Shop) -> None:
    plan = shop.publish()
    with pytest.raises(BadSettings, match="changed since"):
        shop.apply(plan, Policy((TierRule(name="Standard"),)))
    assert shop.tiers() == {}


def test_apply_refuses_when_another_plan_came_between(shop: Shop) -> None:
    first = shop.publish()
    other = Policy((TierRule(name="Gold", when="clv >= 500"), TierRule(name="Standard")))
    second = shop.publish(other)
    shop.apply(second, other)
    with pytest.raises(BadSettings, match="another plan was applied"):
        shop.apply(first)


def test_a_plan_that_is_overtaken_while_it_is_applied_never_counts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = shop.publish()
    whole = applying._begin

    def slow(*begun: Any) -> None:  # noqa: ANN401
        whole(*begun)
        with shop.book.write() as transaction:
            transaction.rows("INSERT INTO plans (plan_hash, seq, run_id, policy_hash, state) VALUES ('other', 9, 'r', 'p', 'applied')")

    monkeypatch.setattr(applying, "_begin", slow)
    with pytest.raises(BadSettings, match="another plan was applied"):
        shop.apply(plan)
    assert shop.tiers() == {}


def test_who_is_forgotten_while_a_plan_is_applied_does_not_come_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, whole = shop.publish(), applying._begin

    def slow(*begun: Any) -> None:  # noqa: ANN401
        whole(*begun)
        forget(shop.book)

    monkeypatch.setattr(applying, "_begin", slow)
    with pytest.raises(BadSettings, match="somebody was forgotten meanwhile"):
        shop.apply(plan)
    assert shop.book.rows("SELECT count(*) FROM assignments") == [(0,)]
    monkeypatch.undo()
    with pytest.raises(BadSettings, match="forgetting 1 is not done yet"):
        shop.apply(plan)
    finish_forgetting(shop.book, [1], at=NOW)
    assert shop.apply(plan) == MANY


def forget(book: Book) -> None:
    with book.write() as transaction:
        begin_forgetting(transaction, [("record", "shop", "0007")], customers=1, by="ada", why="they asked", at=NOW)


def test_a_killed_apply_counts_for_nothing_and_is_taken_up_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, calls = shop.publish(), iter(range(10))
    whole = applying._write

    def dies(book: Book, planned: Plan, rows: pa.RecordBatch, gone: int) -> None:
        whole(book, planned, rows, gone)
        if next(calls) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(applying, "BATCH", 100)
    monkeypatch.setattr(applying, "_write", dies)
    with pytest.raises(KeyboardInterrupt):
        shop.apply(plan)
    assert shop.tiers() == {}
    monkeypatch.undo()
    assert shop.apply(plan) == MANY
    assert len(shop.tiers()) == MANY


ENTITLED = {"source": "shop", "from_at": day("2026-01-01")}


def granted(who: str, level: str, kind: str = "contracted", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return ENTITLED | {"source_id": who, "level": level, "kind": kind} | more


def test_a_bought_or_contracted_level_holds_where_it_is_better_and_while_it_runs(shop: Shop) -> None:
    shop.publish(
        entitlements=[
            granted("0100", "premium"),
            granted("0101", "Plus", "bought", to_at=day("2026-05-31")),  # over
            granted("0102", "Plus", "bought", to_at=day("2026-06-02")),
            granted("0950", "Plus"),  # earned more
            granted("0103", "Plus", from_at=day("2026-07-01")),  # not yet
            granted("0104", "Platinum"),  # no such level
        ]
    )
    rows = shop.rows()
    found = {who: (rows[f"cu_{who}"]["tier"], rows[f"cu_{who}"]["origin"]) for who in ("0100", "0101", "0102", "0950", "0103", "0104")}
    assert found == {
        "0100": ("Premium", "contracted"),
        "0101": ("Standard", "earned"),
        "0102": ("Plus", "bought"),
        "0950": ("Premium", "earned"),
        "0103": ("Standard", "earned"),
        "0104": ("Standard", "earned"),
    }


def test_who_objects_to_profiling_is_standard_or_what_was_contracted_never_less(shop: Shop) -> None:
    people = [person(f"{n:04}", consent_profiling=False if n in {950, 951} else None) for n in range(MANY)]
    shop.publish(people=people, entitlements=[granted("0951", "Plus")])
    rows = shop.rows()
    assert (rows["cu_0950"]["tier"], rows["cu_0950"]["why"]) == ("Standard", "no profiling, as they asked")
    assert (rows["cu_0951"]["tier"], rows["cu_0951"]["origin"]) == ("Plus", "contracted")


def test_one_level_for_everybody_is_a_policy_too(shop: Shop) -> None:
    equal = Policy((TierRule(name="Everyone"),))
    shop.publish(equal)
    assert {row["tier"] for row in shop.rows().values()} == {"Everyone"}


@pytest.fixture(autouse=True)
def close(shop: Shop) -> Iterator[None]:
    yield
    shop.book.close()
