"""Promise: the same four numbers give the same bytes, and how customers are parted into chunks changes nothing.

Memory stays that of one chunk, for each is written before the next is made.
"""

import gc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from duecare.demo import make
from duecare.demo.chunk import Chunk, chunks
from duecare.demo.days import window
from duecare.demo.effect import Effect
from duecare.demo.purchases import Orders
from duecare.demo.records import Records
from duecare.demo.shop import Plan, make_in_chunks
from duecare.demo.truth import truths
from duecare.demo.world import World, exports, live, set_up
from duecare.words import BadSettings

SETTING = set_up(window(24), Effect(1.0))


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def quietly(done: int, of: int) -> None:
    assert done <= of


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, form: str) -> None:
    for name in ("one", "two"):
        make(tmp_path / name, customers=300, seed=7, form="csv" if form == "csv" else "parquet")
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")


def test_each_number_changes_the_bytes(tmp_path: Path) -> None:
    make(tmp_path / "as is", customers=100)
    make(tmp_path / "seed", customers=100, seed=2)
    make(tmp_path / "effect", customers=100, effect=0)
    make(tmp_path / "months", customers=100, months=12)
    orders = [bytes_of(tmp_path / name)["exports/orders.csv"] for name in ("as is", "seed", "effect", "months")]
    assert len(set(orders)) == 4


def test_months_set_where_the_window_begins(tmp_path: Path) -> None:
    shop = make(tmp_path, customers=300, months=12)
    first = shop.exports["orders"][0].read_text("utf-8").splitlines()[1]
    assert ",2025-11-0" in first.replace('"', "")


def test_chunks_come_out_the_same_in_any_order() -> None:
    pieces = list(chunks(900, seed=3, per_chunk=300))
    forth = [exports(live(piece, SETTING)) for piece in pieces]
    back = [exports(live(piece, SETTING)) for piece in reversed(pieces)]
    assert all(a[name].equals(b[name]) for a, b in zip(forth, reversed(back), strict=True) for name in a)


def test_a_full_chunk_is_the_same_in_a_larger_shop(tmp_path: Path) -> None:
    make_in_chunks(tmp_path / "less", Plan(customers=600, form="parquet", per_chunk=300), quietly)
    make_in_chunks(tmp_path / "more", Plan(customers=900, form="parquet", per_chunk=300), quietly)
    less, more = (bytes_of(tmp_path / name) for name in ("less", "more"))
    parts = [name for name in less if name.endswith(("part-000.parquet", "part-001.parquet"))]
    assert len(parts) == 2 * 15
    assert all(less[name] == more[name] for name in parts)
    assert less["truth/stories.json"] == more["truth/stories.json"]


def test_no_id_stands_in_two_chunks() -> None:
    worlds = [live(piece, SETTING) for piece in chunks(600, seed=1, per_chunk=300)]
    for table, column in (("people", "source_id"), ("orders", "order_id"), ("contacts", "contact_id"), ("agents", "agent_id")):
        one, two = (set(exports(world)[table].column(column).to_pylist()) for world in worlds)
        assert not one & two, table
    one, two = (set(truths(world)["customers"].column("person_id").to_pylist()) for world in worlds)
    assert not one & two


def test_parts_lie_in_a_folder_of_the_tables_name_with_the_same_columns(tmp_path: Path) -> None:
    shop = make_in_chunks(tmp_path, Plan(customers=500, form="parquet", per_chunk=200), quietly)
    assert [path.relative_to(tmp_path).as_posix() for path in shop.exports["orders"]] == [
        f"exports/orders/part-{k:03d}.parquet" for k in range(3)
    ]
    assert len({pq.read_schema(path) for path in shop.exports["orders"]}) == 1
    assert sum(pq.read_metadata(path).num_rows for path in shop.exports["orders"]) == shop.counts["orders"]
    assert [path.name for path in shop.exports["ledger"]] == ["ledger.parquet"]


def test_progress_is_told_after_each_chunk(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    make_in_chunks(tmp_path, Plan(customers=500, per_chunk=200), lambda done, of: told.append((done, of)))
    assert told == [(200, 500), (400, 500), (500, 500)]


def test_memory_stays_that_of_one_chunk(tmp_path: Path) -> None:
    """When a chunk is written nothing of it is left but the sums per customer."""
    left: list[tuple[int, int]] = []

    gc.collect()
    before = pa.total_allocated_bytes()  # other tests of this process may hold some

    def count(done: int, of: int) -> None:
        worlds = sum(isinstance(thing, World | Orders | Records) for thing in gc.get_objects())
        left.append((worlds, pa.total_allocated_bytes() - before))
        assert done <= of

    make_in_chunks(tmp_path, Plan(customers=1_200, form="parquet", per_chunk=300), count)
    assert [worlds for worlds, _ in left] == [0] * 4
    assert max(held for _, held in left) < 2 * 2**20


def test_the_last_chunk_may_hold_a_single_customer() -> None:
    tables = exports(live(Chunk(seed=1, place=1, first=300, size=1), SETTING))
    assert tables["people"].num_rows >= 1


@pytest.mark.parametrize(
    ("customers", "months", "effect", "seed"),
    [(99, 24, 1, 1), (10_000_001, 24, 1, 1), (100, 11, 1, 1), (100, 24, -0.1, 1), (100, 24, 1, -1)],
)
def test_numbers_out_of_range_are_refused_before_anything_is_written(
    folder: Path, customers: int, months: int, effect: float, seed: int
) -> None:
    with pytest.raises(BadSettings, match="To mend: take"):
        make(folder, customers=customers, months=months, effect=effect, seed=seed)
    assert not folder.exists()


@pytest.mark.parametrize("customers", [100, 101, 137])
def test_the_smallest_shops_have_all_their_stories(folder: Path, customers: int) -> None:
    shop = make(folder, customers=customers, effect=3, months=12)
    assert shop.counts["people"] >= customers
    assert (shop.truth / "stories.json").stat().st_size > 1_000


def test_a_folder_with_a_shop_of_another_form_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    make(tmp_path, customers=100, form="csv")
    before = bytes_of(tmp_path)
    with pytest.raises(BadSettings, match="another shop"):
        make(tmp_path, customers=100, form="parquet")
    assert bytes_of(tmp_path) == before
    make(tmp_path, customers=100, form="csv")
    assert bytes_of(tmp_path) == before
