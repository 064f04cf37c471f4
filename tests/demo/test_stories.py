"""Promise: each planted story can be found in the exports alone, and is told in `truth/stories.json`."""

import json
import re
from typing import Any

import numpy as np
import pytest

from demo.asking import Ask
from duecare.demo import Shop

Told = dict[str, dict[str, Any]]

BUYERS = """
    WITH linked AS (SELECT source, source_id, lower(replace(email, '+shop', '')) AS who FROM people WHERE email IS NOT NULL),
    buyers AS (
        SELECT who, sum(revenue) AS revenue, count(*) AS orders, max(ordered_at) AS last, percent_rank() OVER (ORDER BY sum(revenue)) AS rank
        FROM orders JOIN linked USING (source, source_id) WHERE status <> 'cancelled' GROUP BY who)
"""
"""People known by one e-mail address, however they came: good enough to find the stories by."""


@pytest.fixture(scope="module")
def told(whole: Shop) -> Told:
    return {story["key"]: story["ids"] for story in json.loads((whole.truth / "stories.json").read_text())}


def of(person: dict[str, Any], source: str) -> str:
    """Return a person's id in a source."""
    return next(record["source_id"] for record in person["records"] if record["source"] == source)


@pytest.fixture(scope="module")
def by_phone(asked: Ask) -> dict[str, list[tuple[Any, ...]]]:
    """The records behind each telephone number."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    rows = asked("""
        SELECT '+49' || regexp_replace(regexp_replace(phone, '[^0-9]', '', 'g'), '^(0049|49|0)', ''),
            source, source_id, coalesce(name, given_name || ' ' || family_name), email, epoch(created_at), street
        FROM people WHERE length(phone) > 10""")
    for phone, *record in rows:
        found.setdefault(phone, []).append(tuple(record))
    return found


def test_seven_stories_are_told(told: Told) -> None:
    assert set(told) == {
        "lapsed_big_spender",
        "small_customer_with_large_referrals",
        "vulnerable_standard_customer",
        "biased_proxy_column",
        "faulty_product_surge",
        "shared_household_phone",
        "recycled_phone_number",
    }


def test_a_lapsed_big_spender_is_among_the_best_and_has_long_been_gone(asked: Ask, told: Told) -> None:
    rows = asked(f"""{BUYERS}
        SELECT source_id FROM buyers JOIN linked USING (who)
        WHERE rank > 0.995 AND orders >= 15 AND last < TIMESTAMPTZ '2025-11-01 00:00:00Z' AND source = 'webshop'""")
    assert (of(told["lapsed_big_spender"], "webshop"),) in rows
    assert len(rows) <= 8


def test_the_one_with_the_most_referrals_spends_little_and_brought_much(asked: Ask, told: Told) -> None:
    story = told["small_customer_with_large_referrals"]
    (referrer, brought), (_, second) = asked("SELECT referrer, count(*) FROM referrals GROUP BY 1 ORDER BY 2 DESC LIMIT 2")
    assert referrer == of(story, "webshop")
    assert brought == len(story["referees"]) == 16 > 1.3 * second
    rank, theirs = asked(f"""{BUYERS}
        SELECT any_value(b.rank) FILTER (source_id = '{referrer}'), avg(b.rank) FILTER (source_id IN {tuple(story["referees"])})
        FROM buyers b JOIN linked USING (who) WHERE source = 'webshop'""")[0]
    assert rank < 0.5
    assert theirs > 0.9


def test_a_need_that_the_desk_alone_knows_belongs_to_someone_who_spends_little(asked: Ask, told: Told) -> None:
    story = told["vulnerable_standard_customer"]
    rows = asked(f"""{BUYERS}
        SELECT d.source_id, w.source_id, rank FROM people d JOIN linked l ON (l.source, l.source_id) = (d.source, d.source_id)
        JOIN linked w ON w.who = l.who AND w.source = 'webshop' JOIN buyers ON buyers.who = l.who
        WHERE d.source = 'desk' AND d.needs IS NOT NULL""")
    ranks = {(desk, shop): rank for desk, shop, rank in rows}
    assert ranks[of(story, "desk"), of(story, "webshop")] < 0.6
    assert asked(f"SELECT count(needs) FROM people WHERE source_id = '{of(story, 'webshop')}'") == [(0,)]
    assert asked(f"SELECT count(*) >= 3 FROM contacts WHERE source_id = '{of(story, 'desk')}'") == [(True,)]
    assert 20 < asked("SELECT count(needs) FROM people")[0][0] < 400


def test_the_proxy_foretells_spend_overall_and_nothing_within_a_group(asked: Ask, told: Told) -> None:
    story = told["biased_proxy_column"]
    rows = asked(f"""
        SELECT g.value, t.value = '{story["value"]}', ln(avg(revenue)) FROM traits t
        JOIN audit_groups g USING (source, source_id) JOIN orders USING (source, source_id)
        WHERE t.name = '{story["trait"]}' AND g.group = '{story["group"]}' GROUP BY t.source_id, g.value, t.value""")
    group, theme, spend = (np.asarray(column) for column in zip(*rows, strict=True))
    assert _z(spend, theme) < -4
    assert all(abs(_z(spend[group == g], theme[group == g])) < 2.576 for g in ("women", "men"))
    assert _z(spend, group == "women") < -8
    assert np.mean(theme[group == "women"]) - np.mean(theme[group == "men"]) == pytest.approx(0.55, abs=0.03)


def _z(values: np.ndarray, flag: np.ndarray) -> float:
    """Return the difference of two means in standard errors."""
    one, two = values[flag], values[~flag]
    return float((one.mean() - two.mean()) / np.sqrt(one.var() / len(one) + two.var() / len(two)))


def test_one_product_brings_complaints_and_returns_in_its_weeks_as_no_other_does(asked: Ask, told: Told) -> None:
    story = told["faulty_product_surge"]
    rows = asked("""
        SELECT product_id, strftime(opened_at, '%Y-%m') AS month, count(*) FROM contacts
        WHERE reason = 'faulty_product' AND product_id IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 2""")
    assert rows[0][:2] == (story["product_id"], "2026-07")
    (worst, supplier, share), (_, _, next_share) = asked(f"""
        SELECT product_id, any_value(supplier), avg((returned > 0)::INT) AS share FROM order_lines JOIN orders USING (order_id)
        WHERE ordered_at BETWEEN TIMESTAMPTZ '{story["from"]}' AND TIMESTAMPTZ '{story["to"]}'
        GROUP BY 1 HAVING count(*) >= 30 ORDER BY 3 DESC LIMIT 2""")
    assert (worst, supplier) == (story["product_id"], story["supplier"])
    assert share > 0.3
    assert share > 1.5 * next_share


def test_a_household_shares_the_telephone_in_the_hall(told: Told, by_phone: dict[str, list[tuple[Any, ...]]]) -> None:
    story = told["shared_household_phone"]
    records = by_phone[story["phone"]]
    assert {(source, source_id) for source, source_id, *_ in records} == {
        (r["source"], r["source_id"]) for person in story["persons"] for r in person["records"]
    }
    mails = {mail for *_, mail, _, _ in records if mail}
    assert len(mails) == 3
    names = {_turned(name) for _, _, name, *_ in records if name}
    assert len(names) == 2, "the child bears a parent's name"


def _turned(name: str) -> str:
    """Return a name with the given name first."""
    return re.sub(r"^([^,]+), (.+)$", r"\2 \1", name)


def test_a_telephone_number_came_from_one_stranger_to_another(asked: Ask, told: Told, by_phone: dict[str, list[tuple[Any, ...]]]) -> None:
    story = told["recycled_phone_number"]
    records = by_phone[story["phone"]]
    former, latter = ({(r["source"], r["source_id"]) for r in story[who]["records"]} for who in ("former", "latter"))
    assert {(source, source_id) for source, source_id, *_ in records} == former | latter
    mails, streets = ({record[place] for record in records if record[place]} for place in (3, 5))
    assert len(mails) == 2
    assert len(streets) >= 2
    last = asked(f"SELECT epoch(max(ordered_at)) FROM orders WHERE source_id = '{of(story['former'], 'webshop')}'")[0][0]
    assert all(created > last for source, source_id, _, _, created, _ in records if (source, source_id) in latter)


def test_other_numbers_are_recycled_too(told: Told, by_phone: dict[str, list[tuple[Any, ...]]]) -> None:
    shared = [phone for phone in told["recycled_phone_number"]["all_phones"] if len({record[3] for record in by_phone.get(phone, [])}) > 1]
    assert len(told["recycled_phone_number"]["all_phones"]) == 21
    assert len(shared) >= 5
