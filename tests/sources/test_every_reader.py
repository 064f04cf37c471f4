"""One table in whatever dress gives the same rows: CSV in its dialects, workbooks, Parquet, JSON, packed files, databases."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import create_engine, text

from duecare.sources import Input
from sources.bad_inputs import workbook
from sources.kitchen import Dish, cook, sums_hold

HEADERS = ("No", "Who", "When", "Sum", "Curr", "State")
ROWS: Sequence[Sequence[str]] = (
    ("001", "a", "2026-01-05T10:00:00+01:00", "1234.50", "EUR", "Paid"),
    ("002", "b", "2026-01-06T00:00:00Z", "-5.00", "EUR", "Cancelled"),
    ("003", "ü, \"x\"", "2026-02-07T23:59:59Z", "0.01", "EUR", ""),
    ("004", "", "2026-02-08T12:00:00Z", "7.00", "EUR", "Paid"),
    ("005", "c", "never", "7.00", "EUR", "Paid"),
)  # fmt: skip
COLUMNS = {"order_id": "No", "source_id": "Who", "ordered_at": "When", "revenue": "Sum", "currency": "Curr", "status": "State"}


def as_csv(delimiter: str = ",", end: str = "\n", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows([HEADERS, *ROWS])
    return out.getvalue().encode(encoding)


def as_objects() -> list[dict[str, Any]]:
    return [dict(zip(HEADERS, row, strict=True)) for row in ROWS]


def as_zip(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(name, as_csv())
    return out.getvalue()


def as_parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({name: [row[place] for row in ROWS] for place, name in enumerate(HEADERS)}), out)
    return out.getvalue()


def as_workbook(folder: Path) -> bytes:
    workbook(Orders=[HEADERS, *ROWS])(folder / "made.xlsx")
    return (folder / "made.xlsx").read_bytes()


DRESSES: Mapping[str, tuple[str, Callable[[Path], bytes]]] = {
    "CSV": ("t.csv", lambda _: as_csv()),
    "CSV with semicolons": ("t.csv", lambda _: as_csv(";")),
    "CSV with tabs": ("t.tsv", lambda _: as_csv("\t")),
    "CSV with bars and Windows' ends": ("t.txt", lambda _: as_csv("|", "\r\n")),
    "CSV as UTF-16": ("t.csv", lambda _: as_csv(encoding="utf-16")),
    "CSV of the west": ("t.csv", lambda _: as_csv(encoding="cp1252")),
    "CSV with a mark": ("t.csv", lambda _: as_csv(encoding="utf-8-sig")),
    "CSV in gzip": ("t.csv.gz", lambda _: gzip.compress(as_csv())),
    "CSV in zip": ("t.zip", lambda _: as_zip("orders.csv")),
    "Parquet": ("t.parquet", lambda _: as_parquet()),
    "a workbook": ("t.xlsx", as_workbook),
    "JSON lines": ("t.jsonl", lambda _: "\n".join(json.dumps(one) for one in as_objects()).encode()),
    "a list of JSON": ("t.json", lambda _: json.dumps(as_objects(), indent=2).encode()),
    "a page of JSON": ("t.json", lambda _: json.dumps({"rows": as_objects(), "next_page": None}).encode()),
    "JSON lines in gzip": ("t.jsonl.gz", lambda _: gzip.compress("\n".join(json.dumps(one) for one in as_objects()).encode())),
}


def read(folder: Path, **place: str) -> Dish:
    return cook(folder, replace(Input(name="orders", table="orders", source="shop", columns=COLUMNS), **place))


def as_expected(made: Dish) -> None:
    assert [(o["order_id"], o["source_id"], o["ordered_at"].isoformat(), float(o["revenue"]), o["status"]) for o in made["orders"]] == [
        ("001", "a", "2026-01-05T09:00:00+00:00", 1234.5, "paid"),
        ("002", "b", "2026-01-06T00:00:00+00:00", -5.0, "cancelled"),
        ("003", 'ü, "x"', "2026-02-07T23:59:59+00:00", 0.01, None),
    ]
    assert made.only.reasons == {"source_id is missing": 1, "ordered_at is not a time": 1}
    assert made.only.rows_read == 5
    assert sums_hold(made.only)


@pytest.mark.parametrize("dress", list(DRESSES))
def test_a_table_in_any_dress_gives_the_same_rows(dress: str, tmp_path: Path) -> None:
    name, make = DRESSES[dress]
    (tmp_path / name).write_bytes(make(tmp_path))
    as_expected(read(tmp_path, path=name))


def fill_database(url: str) -> None:
    names = ", ".join(f'"{name}" TEXT' for name in HEADERS)
    engine = create_engine(url)
    with engine.begin() as shop:
        shop.execute(text(f"CREATE TABLE sales ({names})"))
        places = ", ".join(f":{name}" for name in HEADERS)
        shop.execute(text(f"INSERT INTO sales VALUES ({places})"), as_objects())
    engine.dispose()


def test_a_table_of_sqlite_gives_the_same_rows(tmp_path: Path) -> None:
    fill_database(f"sqlite:///{tmp_path}/shop.db")
    as_expected(read(tmp_path, url="sqlite:///shop.db", query="sales"))
    as_expected(read(tmp_path, url="sqlite:///shop.db", query="SELECT * FROM sales WHERE \"No\" > '000';"))


def test_a_table_of_postgres_gives_the_same_rows(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = as_url(postgres)
    fill_database(url)
    monkeypatch.setenv("SHOP_DB", url)
    as_expected(read(tmp_path, url="env:SHOP_DB", query="sales"))


def test_typed_columns_of_postgres_are_read_as_what_they_are(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine(as_url(postgres))
    with engine.begin() as shop:
        shop.execute(text('CREATE TABLE typed ("No" INT, "Who" UUID, "When" TIMESTAMPTZ, "Sum" NUMERIC(12, 2), "Curr" TEXT, "State" TEXT)'))
        shop.execute(
            text("INSERT INTO typed VALUES (7, '00000000-0000-0000-0000-000000000001', '2026-01-05 10:00+01', 1234.50, 'EUR', NULL)")
        )
    engine.dispose()
    monkeypatch.setenv("SHOP_DB", as_url(postgres))
    (order,) = read(tmp_path, url="env:SHOP_DB", query="typed")["orders"]
    assert (order["order_id"], order["source_id"], float(order["revenue"])) == ("7", "00000000-0000-0000-0000-000000000001", 1234.5)
    assert order["ordered_at"].isoformat() == "2026-01-05T09:00:00+00:00"


def as_url(dsn: str) -> str:
    """Write the address of the tests' own Postgres, given as `key=value` words, as a URL."""
    said = dict(word.split("=", 1) for word in dsn.split())
    return f"postgresql+psycopg://{said['user']}@/postgres?host={said['host']}"


def test_typed_parquet_gives_what_its_text_gives(tmp_path: Path) -> None:
    good = ROWS[:3]
    typed = pa.table(
        {
            "No": [row[0] for row in good],
            "Who": [row[1] for row in good],
            "When": pa.array([datetime.fromisoformat(row[2]) for row in good], pa.timestamp("us", "UTC")),
            "Sum": pa.array([Decimal(row[3]) for row in good], pa.decimal128(12, 2)),
            "Curr": [row[4] for row in good],
            "State": [row[5] for row in good],
        }
    )
    pq.write_table(typed, tmp_path / "typed.parquet")
    (tmp_path / "t.csv").write_bytes(as_csv())
    assert read(tmp_path, path="typed.parquet")["orders"] == read(tmp_path, path="t.csv")["orders"]
