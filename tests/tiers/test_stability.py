"""The promise: rising is never delayed, and a tier is kept for the reasons that the settings name, each exactly to its line."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duecare.records import Book, Warehouse, open_book, open_scratch
from duecare.tiers import DOCUMENTS, Stability
from duecare.tiers.stability import steady

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
LOOSE = Stability(doubt_points=0, minimum_stay_days=0, grace_days=0, demotions_percent_per_month=100)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with open_scratch(tmp_path, memory_gb=1) as made:
        yield made


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with open_book("sqlite:book.db", tmp_path) as made:
        yield made


def one(earned: int, held: int | None = None, *, in_doubt: int | None = None, days: float = 1000.0, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    since = (AS_OF - timedelta(days=days)).isoformat()
    told = {"earned": earned, "held": held, "in_doubt": earned if in_doubt is None else in_doubt, "since": since}
    return told | {"origin": "earned", "expected": float(earned), "noticed": None} | more


def steadied(warehouse: Warehouse, book: Book, people: list[dict[str, Any]], stability: Stability) -> list[tuple[int, str | None]]:
    """Rank and reason to stay of each, in order."""
    ids = [f"cu_{at:03}" for at in range(len(people))]
    names = DOCUMENTS.names
    warehouse.put("tiers", pa.table({"rank": pa.array(range(3), pa.int32()), "name": list(names)}))
    warehouse.put(
        "earned", pa.table({"customer_id": ids, "rank": pa.array([p["earned"] for p in people], pa.int32()), "why": ["w"] * len(ids)})
    )
    doubted = {
        "customer_id": ids,
        "rank": pa.array([p["in_doubt"] for p in people], pa.int32()),
        "expected_rank": [p["expected"] for p in people],
    }
    warehouse.put("doubted", pa.table(doubted))
    held = [(who, names[p["held"]], p["origin"], p["since"]) for who, p in zip(ids, people, strict=True) if p["held"] is not None]
    columns = zip(("customer_id", "tier", "origin", "since"), zip(*held, strict=True) if held else [()] * 4, strict=True)
    warehouse.put("held", pa.table({name: pa.array(values, pa.string()) for name, values in columns}))
    _told(book, [(who, names[p["held"]], p["noticed"]) for who, p in zip(ids, people, strict=True) if p["noticed"]])
    steady(warehouse, DOCUMENTS, stability, book, as_of=AS_OF)
    rows = warehouse.arrow("SELECT rank, kept FROM {s} ORDER BY customer_id", s="steadied").to_pylist()
    return [(row["rank"], row["kept"]) for row in rows]


def _told(book: Book, notices: list[tuple[str, str, str]]) -> None:
    with book.write() as transaction:
        transaction.rows("DELETE FROM notices")
        transaction.rows("DELETE FROM plans")
        transaction.rows("INSERT INTO plans (plan_hash, seq, run_id, policy_hash, state) VALUES ('last', 1, 'r', 'p', 'applied')")
        transaction.many("INSERT INTO notices (customer_id, tier, since, plan_hash) VALUES (?, ?, ?, 'last')", notices)


def test_who_rises_or_is_new_is_placed_at_once(warehouse: Warehouse, book: Book) -> None:
    people = [one(0, 2, days=0), one(1), one(1, 1), one(0, 1, days=0.5)]
    assert steadied(warehouse, book, people, Stability()) == [(0, None), (1, None), (1, None), (0, None)]


def test_a_level_stays_while_it_is_in_doubt_whether_less_is_due(warehouse: Warehouse, book: Book) -> None:
    people = [one(2, 0, in_doubt=0), one(2, 0, in_doubt=1), one(2, 1, in_doubt=0)]
    assert steadied(warehouse, book, people, LOOSE) == [(0, "doubt"), (2, None), (1, "doubt")]


def test_a_level_stays_for_the_least_time_to_the_instant(warehouse: Warehouse, book: Book) -> None:
    instant = timedelta(microseconds=1) / timedelta(days=1)
    people = [one(2, 0, days=90), one(2, 0, days=90 - instant), one(2, 0, days=90 + instant)]
    found = steadied(warehouse, book, people, replace(LOOSE, minimum_stay_days=90))
    assert found == [(2, None), (0, "stay"), (2, None)]


def test_a_level_stays_for_a_while_after_it_was_first_found_due_no_more(warehouse: Warehouse, book: Book) -> None:
    told = [(AS_OF - timedelta(days=days)).isoformat() for days in (29, 30, 31)]
    people = [one(2, 0), *[one(2, 0, noticed=at) for at in told]]
    found = steadied(warehouse, book, people, replace(LOOSE, grace_days=30))
    assert found == [(0, "notice"), (0, "notice"), (2, None), (2, None)]
    since = warehouse.arrow("SELECT noticed FROM {s} ORDER BY customer_id", s="steadied")["noticed"].to_pylist()
    assert since == [AS_OF.isoformat(), told[0], None, None]


def test_only_so_many_fall_and_the_least_likely_to_belong_there_first(warehouse: Warehouse, book: Book) -> None:
    people = [one(2, 0, expected=expected) for expected in (1.1, 1.9, 1.5)] + [one(0, 0)] * 37
    found = steadied(warehouse, book, people, replace(LOOSE, demotions_percent_per_month=5.0))
    assert found[:3] == [(0, "budget"), (2, None), (2, None)]  # 5 % of 40 are two


def test_who_fell_lately_is_counted_in_the_month(warehouse: Warehouse, book: Book) -> None:
    people = [one(2, 0)] * 3 + [one(0, 0)] * 37
    steadied(warehouse, book, people, LOOSE)
    inside, outside = ((AS_OF - timedelta(days=days)).isoformat() for days in (29.9, 30))
    with book.write() as transaction:
        for seq, as_of in ((2, inside), (3, outside)):
            transaction.rows(
                "INSERT INTO plans (plan_hash, seq, run_id, policy_hash, state, as_of) VALUES (?, ?, 'r', 'p', 'applied', ?)",
                (f"p{seq}", seq, as_of),
            )
            transaction.rows(
                "INSERT INTO assignments (customer_id, plan_hash, tier, why, origin, tier_before, fell) VALUES (?, ?, 'Plus', '', 'earned', 'Premium', 1)",
                (f"gone{seq}", f"p{seq}"),
            )
    steady(warehouse, DOCUMENTS, replace(LOOSE, demotions_percent_per_month=5.0), book, as_of=AS_OF)
    kept = warehouse.arrow("SELECT kept FROM {s} ORDER BY customer_id", s="steadied")["kept"].to_pylist()
    assert kept[:3] == [None, "budget", "budget"]


def test_what_was_bought_or_contracted_ends_with_its_contract(warehouse: Warehouse, book: Book) -> None:
    people = [one(2, 0, origin="bought", days=0), one(2, 0, origin="contracted", in_doubt=0)]
    assert steadied(warehouse, book, people, Stability()) == [(2, None), (2, None)]


RANK = st.integers(0, 2)
PERSON = st.builds(
    lambda earned, held, better, days, noticed, expected, origin: one(
        earned,
        held,
        in_doubt=max(0, earned - better),
        days=days,
        noticed=None if held is None or noticed is None else (AS_OF - timedelta(days=noticed)).isoformat(),
        expected=expected,
        origin=origin,
    ),
    RANK,
    st.none() | RANK,
    RANK,
    st.sampled_from([0, 10, 89, 90, 91, 400]),
    st.none() | st.sampled_from([0, 29, 30, 31]),
    st.floats(0, 2).map(lambda value: round(value, 3)),
    st.sampled_from(["earned", "bought"]),
)
TERMS = st.builds(
    Stability,
    doubt_points=st.just(10.0),
    minimum_stay_days=st.sampled_from([0, 90]),
    grace_days=st.sampled_from([0, 30]),
    demotions_percent_per_month=st.sampled_from([10.0, 34.0, 100.0]),
)


def by_hand(people: list[dict[str, Any]], terms: Stability) -> list[tuple[int, str | None]]:
    """The same, one by one."""
    found = [_by_hand(person, terms) for person in people]
    for tier in range(3):
        holders = [at for at, p in enumerate(people) if p["held"] == tier and p["origin"] == "earned"]
        falls = sorted((at for at in holders if found[at][0] > tier), key=lambda at: (-people[at]["expected"], at))
        for at in falls[math.ceil(terms.demotions_percent_per_month / 100 * len(holders)) :]:
            found[at] = (tier, "budget")
    return found


def _by_hand(person: dict[str, Any], terms: Stability) -> tuple[int, str | None]:
    earned, held = person["earned"], person["held"] if person["origin"] == "earned" else None
    if held is None or earned <= held:
        return earned, None
    if person["in_doubt"] <= held:
        return held, "doubt"
    if datetime.fromisoformat(person["since"]) > AS_OF - timedelta(days=terms.minimum_stay_days):
        return held, "stay"
    noticed = person["noticed"] and datetime.fromisoformat(person["noticed"])
    if terms.grace_days and (noticed is None or noticed > AS_OF - timedelta(days=terms.grace_days)):
        return held, "notice"
    return earned, None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PERSON, min_size=1, max_size=20), TERMS)
def test_everybody_stands_as_the_rules_read_one_by_one(
    warehouse: Warehouse, book: Book, people: list[dict[str, Any]], terms: Stability
) -> None:
    found = steadied(warehouse, book, people, terms)
    assert found == by_hand(people, terms)
    for (rank, kept), person in zip(found, people, strict=True):
        assert rank in {person["earned"], person["held"]}
        assert (kept is None) == (rank == person["earned"] or person["held"] is None) or rank == person["earned"]
