"""The promise: what was planted in the demo is found by walking the street, and by nothing but its exports.

That the proxy column is unfair, and that a product is faulty, are found by rooms that are not built yet.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.calling import duecare, rows
from duecare.app import report
from duecare.records import Runs
from duecare.tiers import DOCUMENTS, FACTS

pytestmark = pytest.mark.xdist_group("demo-shop")

Who = Mapping[str, Any]

STANDING = """
SELECT m.source_id AS record, f.*, p.tier, p.origin
FROM {members} m JOIN {facts} f USING (customer_id) JOIN {plan} p USING (customer_id)
"""


@pytest.fixture(scope="module")
def told(demo: Path) -> dict[str, Any]:
    return {story["key"]: story["ids"] for story in json.loads((demo / "truth" / "stories.json").read_text("utf-8"))}


@pytest.fixture(scope="module")
def standing(demo: Path) -> dict[str, dict[str, Any]]:
    """What is known of the customer behind each source record."""
    return {row["record"]: row for row in rows(demo, STANDING, "members", "facts", "plan")}


def of(person: Who, standing: Mapping[str, Who]) -> Who:
    """The one customer that all records of a person are."""
    found = [standing[one["source_id"]] for one in person["records"]]
    assert len({one["customer_id"] for one in found}) == 1
    return found[0]


def middle(standing: Mapping[str, Who], name: str) -> float:
    """The median of a fact over customers who bought."""
    every = sorted(one[name] for one in {one["customer_id"]: one for one in standing.values()}.values() if one["orders"])
    return every[len(every) // 2]


def test_a_lapsed_big_spender_brought_much_and_is_worth_little(told: dict[str, Any], standing: dict[str, dict[str, Any]]) -> None:
    lapsed = of(told["lapsed_big_spender"], standing)
    assert lapsed["revenue"] * 100 == pytest.approx(told["lapsed_big_spender"]["revenue_cents"], rel=0.001)
    assert lapsed["revenue_percentile"] > 99
    assert lapsed["p_alive"] < 0.05
    assert lapsed["clv_percentile"] < 50
    assert lapsed["tier"] != "Premium"


def test_a_small_customer_with_large_referrals_is_seen(told: dict[str, Any], standing: dict[str, dict[str, Any]]) -> None:
    story = told["small_customer_with_large_referrals"]
    small = of(story, standing)
    assert small["referrals"] == len(story["referees"]) == max(one["referrals"] for one in standing.values())
    assert small["revenue"] < middle(standing, "revenue")
    assert sum(standing[one]["revenue"] for one in story["referees"]) > 100 * small["revenue"]


def test_a_need_that_the_desk_knows_belongs_to_the_customer_who_buys_in_the_webshop(
    demo: Path, told: dict[str, Any], standing: dict[str, dict[str, Any]]
) -> None:
    story = told["vulnerable_standard_customer"]
    vulnerable = of(story, standing)
    sql = "SELECT DISTINCT m.customer_id FROM {people} p JOIN {members} m USING (source, source_id) WHERE p.needs IS NOT NULL"
    assert {"customer_id": vulnerable["customer_id"]} in rows(demo, sql, "people", "members")
    assert vulnerable["tier"] == DOCUMENTS.names[-1]
    assert vulnerable["orders"] > 0


def test_a_household_that_shares_a_telephone_stays_three_customers(told: dict[str, Any], standing: dict[str, dict[str, Any]]) -> None:
    persons = told["shared_household_phone"]["persons"]
    assert len({of(person, standing)["customer_id"] for person in persons}) == 3


def test_a_recycled_number_makes_no_customer_of_two(demo: Path, told: dict[str, Any], standing: dict[str, dict[str, Any]]) -> None:
    story = told["recycled_phone_number"]
    former, latter = of(story["former"], standing), of(story["latter"], standing)
    assert former["customer_id"] != latter["customer_id"]
    shared = duecare("explain", story["phone"], folder=demo)
    assert shared.code == 1
    assert all(one["customer_id"] in shared.err for one in (former, latter))


def test_nobody_stands_outside_the_policy_and_only_premium_is_rationed(standing: dict[str, dict[str, Any]]) -> None:
    customers = {one["customer_id"]: one for one in standing.values()}
    buyers = [one for one in customers.values() if one["orders"]]
    earned = [one for one in customers.values() if one["tier"] == "Premium" and one["origin"] == "earned"]
    assert {one["tier"] for one in customers.values()} == set(DOCUMENTS.names)
    assert 0 < len(earned) <= len(buyers) / 10
    assert all(one["clv_percentile"] >= 90 for one in earned)


def test_the_proxy_column_is_nothing_that_a_tier_may_rest_on(demo: Path, told: dict[str, Any]) -> None:
    assert rows(demo, "SELECT count(*) > 0 AS there FROM {traits} WHERE name = 'app_theme'", "traits") == [{"there": True}]
    read = set(rows(demo, "SELECT * FROM {facts} LIMIT 1", "facts")[0])
    assert read - {"customer_id"} == set(FACTS)
    assert told["biased_proxy_column"]["trait"] not in read


def test_the_report_tells_what_the_models_of_the_run_learnt(demo: Path) -> None:
    with Runs.at("duckdb:warehouse", demo).read() as published:
        said = report.render(dict(published.facts))
    assert "an active customer buys every" in said
    assert "not published" not in said
