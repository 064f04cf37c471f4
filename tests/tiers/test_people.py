"""The promise: what people say stands before what is computed, in one order, to the instant, and only ever for the better where it speaks of needs."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duecare.records import Book, Warehouse, open_book, open_scratch, verify
from duecare.tiers import People, PlanTerms, Policy, TierRule, make_plan
from duecare.tiers.words import NEEDS, end, held_by_law, holding, say, words
from duecare.words import BadSettings
from shop import person, stock

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
POLICY = Policy((TierRule(name="A", when="clv >= 30"), TierRule(name="B", when="clv >= 20"), TierRule(name="C")))
RANKS = ("A", "B", "C")
SAID: dict[str, Any] = {"why": "said so", "by": "ada", "at": NOW}


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with open_scratch(tmp_path, memory_gb=1) as made:
        yield made


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with open_book("sqlite:book.db", tmp_path) as made:
        yield made


def plan_of(
    warehouse: Warehouse, book: Book, people: list[Mapping[str, Any]], *, raise_to: str | None = None, now: datetime = NOW
) -> list[dict[str, Any]]:
    """Plan for customers, each a mapping of earned, granted, kind, objects, needs; return the rows by customer."""
    ids = [f"c{at:02}" for at in range(len(people))]
    entitlements = [
        {
            "source": "shop",
            "source_id": who,
            "level": RANKS[one["granted"]],
            "kind": one.get("kind", "bought"),
            "from_at": datetime(2026, 1, 1, tzinfo=UTC),
        }
        for who, one in zip(ids, people, strict=True)
        if one.get("granted") is not None
    ]
    rows = [
        person(who, consent_profiling=False if one.get("objects") else None, needs=one.get("needs"))
        for who, one in zip(ids, people, strict=True)
    ]
    made = stock(warehouse, None, people=rows, entitlements=entitlements)
    made.run("members", "SELECT source, source_id, source_id AS customer_id FROM {p}", p="people")
    clv = ", ".join(f"('{who}', {30.0 - 10.0 * one['earned']})" for who, one in zip(ids, people, strict=True))
    made.run(
        "valuation",
        f"SELECT *, 50.0 AS clv_percentile, 50.0 AS revenue_percentile, '222' AS rfm, 2 AS rfm_r, 2 AS rfm_f, 2 AS rfm_m, 0.5 AS p_alive, 1.0 AS expected_orders, 0.0 AS referral_value, 0.0 AS contract_value, 0.1 AS p_top1, 0.1 AS p_top5, 0.1 AS p_top10, 0.1 AS p_top20, 0.1 AS p_top50, 0.1 AS p_top10_within_year FROM (VALUES {clv}) AS v (customer_id, clv)",
    )
    made.run(
        "history",
        "SELECT customer_id, 1 AS orders, 1.0 AS revenue, 1.0 AS margin, 0.0 AS service_cost, 0 AS contacts, 0 AS referrals, 0 AS returns, 9.0 AS age_days, 1.0 AS recency_days FROM {v}",
        v="valuation",
    )
    make_plan(made, POLICY, book, as_of=NOW, now=now, terms=PlanTerms(people=People(raise_to=raise_to)))
    found = made.arrow("SELECT * FROM {p} ORDER BY customer_id", p="plan").to_pylist()
    assert [row["customer_id"] for row in found] == ids
    return found


def by_hand(one: Mapping[str, Any], raise_to: int | None) -> tuple[int, str]:
    """Where somebody stands, as the page says it in words."""
    earned = 2 if one.get("objects") else one["earned"]
    granted = one.get("granted")
    rank, origin = earned, "objection" if one.get("objects") else "earned"
    if granted is not None and (granted < earned or (granted == earned and one.get("objects"))):
        rank, origin = granted, one.get("kind", "bought")
    override = one.get("override")
    if override is not None and (granted is None or override <= granted):
        rank, origin = override, "override"
    if (one.get("need") or one.get("needs")) and raise_to is not None and raise_to < rank:
        rank, origin = raise_to, "need"
    return rank, origin


RANK = st.integers(0, 2)
PERSON = st.fixed_dictionaries(
    {"earned": RANK},
    optional={
        "granted": RANK,
        "kind": st.sampled_from(["bought", "contracted"]),
        "objects": st.booleans(),
        "needs": st.sampled_from([None, "more time"]),
        "override": RANK,
        "need": st.booleans(),
        "refuses": st.booleans(),
    },
)


def enter(book: Book, people: list[dict[str, Any]]) -> None:
    with book.write() as transaction:
        transaction.rows("DELETE FROM people_words")
        transaction.rows("DELETE FROM audit")
    for at, one in enumerate(people):
        who = f"c{at:02}"
        if one.get("override") is not None:
            say(book, "override", who, RANKS[one["override"]], until=LATER, **SAID)
        if one.get("need"):
            say(book, "need", who, "safety", **SAID)
        if one.get("refuses"):
            say(book, "objection", who, "", **SAID)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PERSON, min_size=1, max_size=12), st.none() | RANK)
def test_everybody_stands_in_one_tier_by_the_order_of_origins(
    warehouse: Warehouse, book: Book, people: list[dict[str, Any]], raise_to: int | None
) -> None:
    enter(book, people)
    told = [one | {"objects": bool(one.get("objects") or one.get("refuses"))} for one in people]
    rows = plan_of(
        warehouse,
        book,
        [one | {"objects": one.get("objects", False)} for one in people],
        raise_to=None if raise_to is None else RANKS[raise_to],
    )
    for row, one in zip(rows, told, strict=True):
        rank, origin = by_hand(one, raise_to)
        assert (row["tier"], row["origin"]) == (RANKS[rank], origin)
        if one["objects"] and one.get("override") is None and origin != "need":
            assert rank == min(
                2 if one.get("granted") is None else one["granted"], 2
            )  # the last, or what was bought or contracted: never less
        if one.get("granted") is not None:
            assert rank <= one["granted"]


def test_an_override_ends_at_its_instant(warehouse: Warehouse, book: Book) -> None:
    say(book, "override", "c00", "A", until=LATER, **SAID)
    tiers = [plan_of(warehouse, book, [{"earned": 2}], now=at)[0]["tier"] for at in (NOW, LATER - timedelta(microseconds=1), LATER)]
    assert tiers == ["A", "A", "C"]


def test_a_need_without_a_tier_to_raise_to_moves_nobody(warehouse: Warehouse, book: Book) -> None:
    say(book, "need", "c00", "call back", **SAID)
    assert plan_of(warehouse, book, [{"earned": 2, "needs": "more time"}])[0]["origin"] == "earned"


@pytest.mark.parametrize("until", [None, NOW, NOW + timedelta(days=367)])
def test_an_override_without_an_end_within_a_year_is_refused(book: Book, until: datetime | None) -> None:
    with pytest.raises(BadSettings):
        say(book, "override", "c00", "A", until=until, **SAID)


@pytest.mark.parametrize("cause", ["depression", "deaf", "she is 84", ""])
def test_a_cause_is_no_need(book: Book, cause: str) -> None:
    with pytest.raises(BadSettings, match="a cause never is"):
        say(book, "need", "c00", cause, **SAID)
    assert all(say(book, "need", "c00", one, **SAID).value == one for one in NEEDS)


def test_a_word_is_ended_once_and_never_deleted(book: Book) -> None:
    word = say(book, "hold", "c00", "", **SAID)
    assert held_by_law(book, "c00", NOW)
    assert not held_by_law(book, "c01", NOW)
    end(book, word.word, by="bo", at=LATER)
    assert held_by_law(book, "c00", LATER - timedelta(microseconds=1))
    assert not held_by_law(book, "c00", LATER)
    with pytest.raises(BadSettings, match="ended already"):
        end(book, word.word, by="bo", at=LATER)
    with pytest.raises(BadSettings, match="was never said"):
        end(book, 99, by="bo", at=LATER)
    assert [one.ended_by for one in words(book)] == ["bo"]
    assert verify(book) is None


def test_free_texts_and_names_of_customers_stay_out_of_the_audit_chain(book: Book) -> None:
    say(book, "appeal", "c00", "please call Ann Example, 0660 123", why="Ann wrote", by="ada", at=NOW, until=LATER)
    (detail,) = [str(row[0]) for row in book.rows("SELECT detail FROM audit")]
    assert "Ann" not in detail
    assert "0660" not in detail


def test_an_appeal_is_ended_by_an_outcome_and_nothing_else(book: Book) -> None:
    word = say(book, "appeal", "c00", "look again", until=LATER, **SAID)
    with pytest.raises(BadSettings, match="is an appeal"):
        end(book, word.word, by="bo", at=NOW)
    end(book, word.word, by="bo", at=LATER, outcome="upheld", why="right")
    (kept,) = words(book)
    assert (kept.outcome, kept.outcome_why) == ("upheld", "right")
    assert holding(words(book), LATER) == []


def test_words_follow_an_id_that_was_merged_away(warehouse: Warehouse, book: Book) -> None:
    with book.write() as transaction:
        for table, rows in {
            "customer_ids": [("old", "2026-01-01", "c00"), ("c00", "2026-01-01", None)],
        }.items():
            transaction.fill(table, ("customer_id", "minted_at", "merged_into"), rows)
        transaction.rows("INSERT INTO source_records VALUES (1, 'shop', 'c00')")
        transaction.rows("INSERT INTO memberships VALUES ('shop', 'c00', 'c00')")
        transaction.rows("INSERT INTO identity_acts VALUES (1, '2026-01-01', 'x', 'run', '', '')")
        transaction.rows("INSERT INTO identity_events VALUES (1, 1, 'mint', NULL, 'old', NULL, '1', '')")
        transaction.rows("INSERT INTO identity_events VALUES (2, 1, 'merge', 'old', 'c00', NULL, '1', '')")
        transaction.fill("identity_touched", ("record", "seq"), [(1, 1), (1, 2)])
    say(book, "override", "old", "A", until=LATER, **SAID)
    assert plan_of(warehouse, book, [{"earned": 2}])[0]["tier"] == "A"
