"""The promise: a step written once gives the same rows on every engine."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import pyarrow as pa
import pytest

from duecare.records import Index, IndexDraft, Warehouse, open_warehouse, reopen_warehouse
from duecare.records.engines import warehouse_folder
from duecare.words import BadSettings
from house import lacking

ENGINES = ["duckdb:unused", pytest.param("spark:local[2]@unused", marks=pytest.mark.xdist_group("spark"))]
Opener = Callable[[str], Warehouse]


@pytest.fixture(params=ENGINES)
def where(request: pytest.FixtureRequest) -> str:
    if request.param.startswith("spark") and (find_spec("pyspark") is None or which("java") is None):
        lacking("Spark needs pyspark and Java")
    return request.param


@pytest.fixture
def warehouse(where: str, tmp_path: Path) -> Warehouse:
    return open_warehouse(where, tmp_path / "run", memory_gb=1)


ORDERS = pa.table(
    {
        "who": ["ada", "bo", "ada"],
        "money": pa.array([Decimal("1.25"), Decimal("2.50"), Decimal("0.05")], pa.decimal128(18, 4)),
        "moment": pa.array([datetime(2026, 3, day, 9, tzinfo=UTC) for day in (1, 2, 3)], pa.timestamp("us", "UTC")),
    }
)


def test_a_step_reads_tables_by_name_and_values_by_parameter(warehouse: Warehouse) -> None:
    warehouse.put("orders", ORDERS)
    sql = "SELECT who, sum(money) AS money FROM {all_orders} WHERE moment < CAST($as_of AS TIMESTAMPTZ) GROUP BY who ORDER BY who"
    warehouse.run("sums", sql, {"as_of": datetime(2026, 3, 3, 9, tzinfo=UTC)}, all_orders="orders")
    assert warehouse.arrow("SELECT * FROM {sums} ORDER BY who", sums="sums").to_pylist() == [
        {"who": "ada", "money": Decimal("1.2500")},
        {"who": "bo", "money": Decimal("2.5000")},
    ]


def test_times_come_back_as_the_same_instants_in_utc(warehouse: Warehouse) -> None:
    warehouse.put("orders", ORDERS)
    found = warehouse.arrow("SELECT moment FROM {orders} ORDER BY moment", orders="orders")["moment"].cast(pa.timestamp("us", "UTC"))
    assert found.to_pylist() == ORDERS["moment"].to_pylist()


def test_a_day_is_counted_in_utc_whatever_the_machine_says(warehouse: Warehouse) -> None:
    warehouse.put("orders", ORDERS)
    found = warehouse.arrow("SELECT CAST(CAST(moment AS DATE) AS VARCHAR) AS day FROM {orders} ORDER BY 1", orders="orders")
    assert found["day"].to_pylist() == ["2026-03-01", "2026-03-02", "2026-03-03"]


def test_a_table_made_twice_is_the_second_one(warehouse: Warehouse) -> None:
    warehouse.run("n", "SELECT 1 AS n")
    warehouse.run("n", "SELECT n + 1 AS n FROM {n}", n="n")
    assert warehouse.arrow("SELECT * FROM {n}", n="n")["n"].to_pylist() == [2]


def test_columns_and_tables_are_named_and_a_dropped_table_is_gone(warehouse: Warehouse) -> None:
    warehouse.put("orders", ORDERS)
    warehouse.run("n", "SELECT 1 AS n")
    assert warehouse.columns("orders") == ("who", "money", "moment")
    warehouse.drop("n")
    warehouse.drop("n")
    assert warehouse.tables() == ("orders",)


def test_a_table_written_as_parquet_is_read_back_alike_in_pieces(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.put("orders", ORDERS)
    file = warehouse.write("orders", tmp_path / "out" / "orders.parquet")
    warehouse.read("again", [file])
    assert sum(batch.num_rows for batch in warehouse.batches("again", rows=2)) == 3
    assert max(batch.num_rows for batch in warehouse.batches("again", rows=2)) <= 2
    streamed = list(warehouse.stream("SELECT * FROM {t}", rows=2, t="again"))
    assert (sum(batch.num_rows for batch in streamed), max(batch.num_rows for batch in streamed)) == (3, 2)


def test_files_with_different_columns_are_read_together_by_name(warehouse: Warehouse, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": ["x"]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"b": ["y"], "a": ["z"]}), tmp_path / "2.parquet")
    warehouse.read("both", [tmp_path / "1.parquet", tmp_path / "2.parquet"])
    found = warehouse.arrow("SELECT a, b FROM {both} ORDER BY a", both="both")
    assert found.to_pylist() == [{"a": "x", "b": None}, {"a": "z", "b": "y"}]


def test_a_finished_warehouse_is_reopened_with_all_its_tables(where: str, tmp_path: Path) -> None:
    with open_warehouse(where, tmp_path / "run", memory_gb=1) as first:
        first.put("orders", ORDERS)
    with reopen_warehouse(where, tmp_path / "run") as again:
        assert again.arrow("SELECT count(*) AS n FROM {orders}", orders="orders")["n"].to_pylist() == [3]


TEXTS = ["kleinlehmstadter", "kleinregenhaur", "winterbecker", "winterbrock", "юлия", "юлий", "Kovács-Müller", "", None, "a$", "x y"]
COMPARED = """
SELECT l.t AS one, r.t AS other, round(jaro_winkler_similarity(l.t, r.t), 9) AS alike, damerau_levenshtein(l.t, r.t) AS slips,
       levenshtein(l.t, r.t) AS letters, list_has_any(l.parts, r.parts) AS related, starts_with(l.t, left(r.t, 2)) AS begins,
       contains(l.t, r.t) AS within, translate(strip_accents(lower(l.t)), 'łø', 'lo') AS plain, regexp_matches(l.t, '^x.*y$') AS ends,
       regexp_replace(l.t, '[^a-z]+', ' ', 'g') AS words, trim(l.t, 'ax') AS bare, concat(l.t, $more) AS longer
FROM {texts} l CROSS JOIN {texts} r ORDER BY l.n, r.n
"""


def test_texts_are_compared_alike_on_every_engine(warehouse: Warehouse, tmp_path: Path) -> None:
    texts = pa.table({"n": range(len(TEXTS)), "t": TEXTS, "parts": [None if t is None else [t[:2], t[-2:]] for t in TEXTS]})
    here = open_warehouse("duckdb:unused", tmp_path / "here", memory_gb=1)
    for one in (here, warehouse):
        one.put("texts", texts)
    found, wanted = (one.arrow(COMPARED, {"more": "$1"}, texts="texts").to_pylist() for one in (warehouse, here))
    assert found == wanted


def test_an_index_is_found_in_alike_whatever_engine_made_it(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.put("told", pa.table({"word": ["anna", "bärbel", None, "anna"], "other": ["x", None, "z", "y"], "number": [0, 1, 2, 3]}))
    draft = IndexDraft.under(tmp_path)
    draft.keys("words", warehouse, "SELECT concat_ws(chr(31), 'a', word) AS word, number FROM {t} WHERE word IS NOT NULL", t="told")
    draft.rows(
        "told", ("word", "other"), warehouse, "SELECT number AS place, * FROM {t} WHERE number <> $left_out", {"left_out": 2}, t="told"
    )
    draft.close()
    index = Index.of(tmp_path)
    assert [index.find("words", "a", word) for word in ("anna", "bärbel", "x")] == [[0, 3], [1], []]
    assert [index.row("told", place) for place in range(4)] == [
        {"word": "anna", "other": "x"},
        {"word": "bärbel", "other": None},
        {"word": None, "other": None},
        {"word": "anna", "other": "y"},
    ]


@pytest.mark.parametrize("address", ["mysql:x", "duckdb:", "spark:local[2]", ""])
def test_an_address_without_an_engine_or_a_folder_is_refused(address: str) -> None:
    with pytest.raises(BadSettings, match="names no engine"):
        warehouse_folder(address)


def test_tables_made_beside_a_finished_warehouse_stand_before_its_own_and_are_not_kept(where: str, tmp_path: Path) -> None:
    with open_warehouse(where, tmp_path / "run", memory_gb=1) as made:
        made.put("orders", ORDERS)
        made.put("others", ORDERS)
    with reopen_warehouse(where, tmp_path / "run", tmp_path / "beside") as beside:
        beside.run("orders", "SELECT who FROM {orders} WHERE who = 'bo'", orders="orders")
        assert beside.arrow("SELECT count(*) AS n FROM {orders}", orders="orders")["n"][0].as_py() == 1
        assert beside.arrow("SELECT count(*) AS n FROM {others}", others="others")["n"][0].as_py() == 3
        beside.save("SELECT * FROM {orders}", tmp_path / "out.parquet", orders="orders")
    with reopen_warehouse(where, tmp_path / "run") as again:
        assert again.arrow("SELECT count(*) AS n FROM {orders}", orders="orders")["n"][0].as_py() == 3
