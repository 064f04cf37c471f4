"""The promise: an id stays with the customer who holds most of its records, and is never given twice."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.identity import guard
from duecare.identity.guard import connected
from duecare.identity.merge import merge, mint
from duecare.identity.moves import keep_ids
from duecare.records import Book, Warehouse, open_book, open_scratch, verify
from shop import person, stock

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PARTITIONS = st.lists(st.tuples(st.integers(0, 6), st.integers(-1, 8)), min_size=1, max_size=40)


def numbered(labels: list[int]) -> np.ndarray:
    """Clusters as 0, 1, 2, ... in the order of their first record."""
    first: dict[int, int] = {}
    return np.array([first.setdefault(label, len(first)) for label in labels])


@given(PARTITIONS)
def test_no_id_is_kept_by_two_customers(rows: list[tuple[int, int]]) -> None:
    kept = keep_ids(numbered([c for c, _ in rows]), np.array([h for _, h in rows]))
    used = [int(k) for k in kept if k != -1]
    assert len(used) == len(set(used))


@given(PARTITIONS)
def test_a_customer_keeps_an_id_only_of_its_own_records(rows: list[tuple[int, int]]) -> None:
    cluster, held = numbered([c for c, _ in rows]), np.array([h for _, h in rows])
    for number, kept in enumerate(keep_ids(cluster, held).tolist()):
        assert kept == -1 or kept in held[cluster == number]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40))
def test_when_nothing_changed_everyone_keeps_their_id(labels: list[int]) -> None:
    cluster = numbered(labels)
    assert keep_ids(cluster, cluster + 100).tolist() == sorted(set((cluster + 100).tolist()))


def brute_clusters(links: list[tuple[int, int]], records: int) -> list[set[int]]:
    groups = [{n} for n in range(records)]
    for a, b in links:
        left, right = (next(group for group in groups if n in group) for n in (a - 1, b - 1))
        if left is not right:
            groups.remove(right)
            left |= right
    return groups


@given(st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(1, n), st.integers(1, n)), max_size=15))))
def test_clusters_are_what_links_connect_numbered_by_first_record(world: tuple[int, list[tuple[int, int]]]) -> None:
    records, links = world
    a, b = (np.array([link[side] - 1 for link in links], np.int64) for side in (0, 1))
    found = connected(a, b, records)
    groups = {frozenset(np.flatnonzero(found == number).tolist()) for number in set(found.tolist())}
    assert groups == {frozenset(group) for group in brute_clusters(links, records)}
    assert guard.numbered(found).tolist() == numbered(found.tolist()).tolist()


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return open_book("sqlite:book.db", tmp_path)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = stock(open_scratch(tmp_path / "scratch", memory_gb=1), people=[person(who) for who in "abcd"])
    made.run("records", "SELECT row_number() OVER (ORDER BY source_id) AS record, source, source_id FROM {people}", people="people")
    return made


@dataclass(frozen=True)
class Numbered:
    records: str


def merged(warehouse: Warehouse, book: Book, *links: tuple[int, int]) -> dict[str, str]:
    """Who has which id when these records, numbered from 1, are linked."""
    many = int(warehouse.arrow("SELECT count(*) AS n FROM {r}", r="records")["n"][0].as_py())
    groups = brute_clusters(list(links), many)
    cluster = numbered([next(at for at, group in enumerate(groups) if n in group) for n in range(many)])
    merge(warehouse, Numbered("records"), book, at=NOW, cluster=cluster)
    rows = warehouse.arrow("SELECT source_id, customer_id FROM {m}", m="members").to_pylist()
    return {row["source_id"]: row["customer_id"] for row in rows}


def test_a_second_run_renames_nobody_and_writes_nothing(warehouse: Warehouse, book: Book) -> None:
    first = merged(warehouse, book, (1, 2))
    assert first["a"] == first["b"]
    assert len(set(first.values())) == 3
    before = book.rows("SELECT count(*) FROM audit")
    assert merged(warehouse, book, (1, 2)) == first
    assert book.rows("SELECT count(*) FROM audit") == before


def test_an_id_that_was_merged_away_points_to_the_one_that_has_its_records(warehouse: Warehouse, book: Book) -> None:
    first = merged(warehouse, book, (1, 2))
    second = merged(warehouse, book, (1, 2), (2, 3))
    assert second["c"] == first["a"]
    assert book.rows("SELECT merged_into FROM customer_ids WHERE customer_id = ?", (first["c"],)) == [(first["a"],)]


def test_after_a_split_the_larger_part_keeps_the_id_and_the_other_gets_a_new_one(warehouse: Warehouse, book: Book) -> None:
    first = merged(warehouse, book, (1, 2), (2, 3))
    second = merged(warehouse, book, (1, 2))
    assert second["a"] == second["b"] == first["a"]
    assert second["c"] not in set(first.values())
    assert verify(book) is None


def test_ids_are_opaque_and_none_is_given_twice() -> None:
    ids = mint(5000) + mint(5000)
    assert len(set(ids)) == 10_000
    assert all(name.startswith("cu_") and len(name) == 23 for name in ids)


def retell(warehouse: Warehouse, *present: str) -> None:
    """Take only these people into the run."""
    wanted = ", ".join(f"'{who}'" for who in present)  # letters of this test
    warehouse.run(
        "records",
        f"SELECT row_number() OVER (ORDER BY source_id) AS record, source, source_id FROM {{people}} WHERE source_id IN ({wanted})",
        people="people",
    )


def retired(book: Book) -> dict[str, str]:
    return {
        str(gone): str(into) for gone, into in book.rows("SELECT customer_id, merged_into FROM customer_ids WHERE merged_into IS NOT NULL")
    }


def test_an_id_of_a_record_that_is_away_is_not_retired(tmp_path: Path) -> None:
    made = stock(open_scratch(tmp_path / "scratch", memory_gb=1), people=[person(who) for who in "abcde"])
    with open_book("sqlite:book.db", tmp_path) as book:
        retell(made, *"abcde")
        first = merged(made, book, (1, 2), (3, 4), (4, 5))
        retell(made, *"acde")
        assert merged(made, book, (1, 2), (2, 3), (3, 4))["a"] == first["c"]
        assert retired(book) == {}
        retell(made, *"abcde")
        assert merged(made, book, (1, 3), (3, 4), (4, 5))["b"] == first["a"]
        assert merged(made, book, (1, 2), (1, 3), (3, 4), (4, 5))["b"] == first["c"]
        assert retired(book) == {first["a"]: first["c"]}
