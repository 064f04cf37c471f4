"""The promise: a comparison of levels draws evenly, by its seed alone, keeps whom it has drawn, and takes nobody who should not take part."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from duecare.records import Book, Warehouse, open_book, open_scratch
from duecare.tiers import Experiment
from duecare.tiers.arms import STRATA, draw
from duecare.words import BadSettings

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MANY = 1_000


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with open_scratch(tmp_path, memory_gb=1) as made:
        yield made


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with open_book("sqlite:book.db", tmp_path) as made:
        yield made


def experiment(**more: Any) -> Experiment:  # noqa: ANN401
    said: dict[str, Any] = {
        "name": "spring",
        "hold_out_percent": 10.0,
        "tiers": ("Premium", "Plus"),
        "begins": date(2026, 5, 1),
        "ends": date(2026, 6, 1),
    }
    return Experiment(**(said | more))


def drawn(
    warehouse: Warehouse,
    book: Book,
    one: Experiment,
    *,
    many: int = MANY,
    at: datetime = NOW,
    origin: str = "earned",
    shuffled: bool = False,
) -> dict[str, tuple[str, int, int]]:
    """Arm, rank and stratum by customer; customer n is worth n and in tier n mod 4, of which the fourth takes no part."""
    order = np.random.default_rng(2).permutation(many) if shuffled else np.arange(many)
    ids = [f"cu_{at:05}" for at in order]
    rank = pa.array(np.minimum(order % 4, 2), pa.int32())
    origins = ["bought" if at % 4 == 3 else origin for at in order]
    warehouse.put("placed", pa.table({"customer_id": ids, "rank": rank, "origin": origins}))
    warehouse.put("facts", pa.table({"customer_id": ids, "clv": order.astype(float)}))
    warehouse.put("tiers", pa.table({"rank": pa.array(range(3), pa.int32()), "name": ["Premium", "Plus", "Standard"]}))
    warehouse.put("needing", pa.table({"customer_id": ["cu_00000", "cu_00001"], "rank": pa.array([None, None], pa.int32())}))
    draw(warehouse, one, book, at=at)
    return {
        row["customer_id"]: (row["arm"], row["rank"], row["stratum"]) for row in warehouse.arrow("SELECT * FROM {d}", d="drawn").to_pylist()
    }


def store(book: Book, found: dict[str, tuple[str, int, int]]) -> None:
    with book.write() as transaction:
        transaction.many(
            "INSERT INTO arms VALUES ('spring', ?, ?, 'Premium', ?, 'h')", [(who, arm, stratum) for who, (arm, _, stratum) in found.items()]
        )


def test_each_part_of_each_tier_holds_out_its_share_to_within_one(warehouse: Warehouse, book: Book) -> None:
    found = drawn(warehouse, book, experiment())
    parts = Counter((rank, stratum) for _, rank, stratum in found.values())
    out = Counter((rank, stratum) for arm, rank, stratum in found.values() if arm == "held out")
    assert set(parts) == {(rank, stratum) for rank in (0, 1) for stratum in range(STRATA)}
    assert max(parts.values()) - min(parts.values()) <= 1
    assert all(abs(out[part] - 0.1 * many) <= 0.5 for part, many in parts.items())


def test_whose_level_was_bought_who_has_a_need_and_the_last_tier_take_no_part(warehouse: Warehouse, book: Book) -> None:
    found = drawn(warehouse, book, experiment())
    assert {int(who[3:]) % 4 for who in found} == {0, 1}
    assert not {"cu_00000", "cu_00001"} & set(found)
    assert drawn(warehouse, book, experiment(), origin="objection") == {}


def test_the_seed_alone_decides_and_the_order_of_rows_never(warehouse: Warehouse, book: Book) -> None:
    one = drawn(warehouse, book, experiment())
    assert drawn(warehouse, book, experiment(), shuffled=True) == one
    other = drawn(warehouse, book, experiment(seed=2))
    assert {who for who, row in one.items() if row[0] == "held out"} != {who for who, row in other.items() if row[0] == "held out"}


def test_who_was_drawn_stays_when_others_come_and_shares_stay_right(warehouse: Warehouse, book: Book) -> None:
    one = drawn(warehouse, book, experiment(), many=600)
    store(book, one)
    grown = drawn(warehouse, book, experiment(), many=1200)
    assert all(grown[who][0] == arm for who, (arm, _, _) in one.items())
    assert sum(arm == "held out" for arm, _, _ in grown.values()) == pytest.approx(0.1 * len(grown), abs=2 * STRATA)


@pytest.mark.parametrize(
    ("at", "on"),
    [
        (datetime(2026, 4, 30, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 5, 1, tzinfo=UTC), True),
        (datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 6, 2, tzinfo=UTC), False),
    ],
)
def test_it_runs_from_its_first_day_to_its_last(warehouse: Warehouse, book: Book, at: datetime, on: bool) -> None:
    assert bool(drawn(warehouse, book, experiment(), at=at)) is on
    assert drawn(warehouse, book, Experiment(), at=at) == {}


def test_a_comparison_says_what_is_compared_and_when() -> None:
    for lacking in ({"tiers": ()}, {"begins": None}, {"ends": None}, {"ends": date(2026, 4, 1)}):
        with pytest.raises(BadSettings, match="not whole"):
            experiment(**lacking)
