"""The promise: a table of people is read as it is: every row stays, in its order, and what is written is not lost."""

import gzip
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.records import Warehouse, open_scratch
from duecare.sources.anybody import Anybody, read_anybody, record_ids
from duecare.sources.contract import CONTRACT
from sources.bad_inputs import workbook


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Warehouse]:
    with open_scratch(tmp_path / "scratch", memory_gb=1, threads=1) as warehouse:
        yield warehouse


def read(warehouse: Warehouse, file: Path, id_column: str | None = None, **columns: str) -> Anybody:
    return read_anybody(warehouse, file, work=file.parent, id_column=id_column, columns=columns or None)


def said(warehouse: Warehouse, *columns: str) -> list[tuple[Any, ...]]:
    """What `people` says, in the order of its numbers."""
    rows = warehouse.arrow(f"SELECT {', '.join(columns)} FROM {{people}} ORDER BY source_id", people="people").to_pylist()
    return [tuple(row.values()) for row in rows]


def born(warehouse: Warehouse, folder: Path, *dates: str) -> list[str | None]:
    file = folder / "born.csv"
    file.write_text("\n".join(["nr,date of birth", *(f'{n},"{text}"' for n, text in enumerate(dates))]) + "\n", "utf-8")
    read(warehouse, file, birth_date="date of birth")
    return [row[0] for row in said(warehouse, "birth_date")]


BORN: Mapping[str, tuple[list[str], list[str | None]]] = {
    "as the world writes it": (["1980-03-05", "1980-3-5"], ["1980-03-05", "1980-03-05"]),
    "with the day first": (["25.12.1980", "03.04.1981"], ["1980-12-25", "1981-04-03"]),
    "with the month first": (["12/25/1980", "03/04/1981"], ["1980-12-25", "1981-03-04"]),
    "in eight digits": (["19800305", " 19801332"], ["1980-03-05", "1980-13-32"]),
    "with an hour": (["1980-03-05 00:00:00"], ["1980-03-05"]),
    "in words": (["5 March 1980"], ["1980-03-05"]),
    "long ago": (["1630-08-01", "1630-08-1", "-0050-01-0", "1850"], ["1630-08-01", "1630-08-1", "-0050-01-0", "1850"]),
    "as nobody reads it": (["spring 1980", "1980-03-05", "n/a"], ["spring 1980", "1980-03-05", None]),
}


@pytest.mark.parametrize("how", BORN)
def test_a_birth_date_is_a_date_where_it_is_one_and_else_as_it_is_written(scratch: Warehouse, tmp_path: Path, how: str) -> None:
    written, wanted = BORN[how]
    assert born(scratch, tmp_path, *written) == wanted


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12), min_size=1, max_size=6))
@settings(max_examples=6)
def test_no_birth_date_is_ever_lost(tmp_path_factory: pytest.TempPathFactory, dates: list[str]) -> None:
    folder = tmp_path_factory.mktemp("born")
    with open_scratch(folder / "scratch", memory_gb=1, threads=1) as warehouse:
        pq.write_table(pa.table({"born": dates}), folder / "born.parquet")
        read(warehouse, folder / "born.parquet", birth_date="born")
        assert len(said(warehouse, "birth_date")) == len(dates)


def test_blanks_around_headers_and_values_are_gone_and_empty_cells_say_nothing(scratch: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("rec id, first name , surname\n a-1 ,  Ada , None\nb,   ,Null\n", "utf-8")
    assert read(scratch, tmp_path / "p.csv").columns == {"given_name": "first name", "family_name": "surname"}
    assert said(scratch, "given_name", "family_name") == [("Ada", "None"), (None, "Null")]
    assert record_ids(scratch) == ["a-1", "b"]


def test_columns_of_any_type_are_read_as_text(scratch: Warehouse, tmp_path: Path) -> None:
    rows = {
        "id": [2, 1],
        "zip": [1067.0, None],
        "dob": [date(1980, 3, 5), None],
        "born": [datetime(1980, 3, 5, 9, tzinfo=UTC), None],
        "name": ["Ada B", "Bo"],
    }
    pq.write_table(pa.table(rows), tmp_path / "p.parquet")
    read(scratch, tmp_path / "p.parquet", postcode="zip", birth_date="dob", name="name")
    assert said(scratch, "postcode", "birth_date", "name") == [("1067", "1980-03-05", "Ada B"), (None, None, "Bo")]
    read(scratch, tmp_path / "p.parquet", birth_date="born")
    assert said(scratch, "birth_date") == [("1980-03-05",), (None,)]
    assert record_ids(scratch) == ["2", "1"]


def test_headers_make_one_column_together(scratch: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,house no,street,a+b\n1,7,Lindenallee,x\n2,,Ringweg,y\n", "utf-8")
    assert read(scratch, tmp_path / "p.csv").columns == {"street": "house no + street"}
    assert said(scratch, "street") == [("7 Lindenallee",), ("Ringweg",)]
    assert read(scratch, tmp_path / "p.csv", name="a+b").columns == {"name": "a+b"}


def test_a_record_of_a_system_is_named_with_it(scratch: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("source,source_id,email\nshop,1,a@x.example\ndesk,1,a@x.example\n", "utf-8")
    assert read(scratch, tmp_path / "p.csv").id_column == "source + source_id"
    assert record_ids(scratch) == ["shop:1", "desk:1"]


def test_what_cannot_be_parted_is_counted(scratch: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text('id,name\n1,Ada Byron\n2,"Bo\n3,Cy Dee,too,much\n4,Di Eff\n', "utf-8")
    found = read(scratch, tmp_path / "p.csv")
    assert (found.many, record_ids(scratch)) == (2, ["1", "4"])
    assert found.notes == ("2 lines could not be parted into fields and have no record",)


@pytest.mark.parametrize("name", ["p.csv.gz", "p.xlsx"])
def test_packed_files_and_workbooks_are_read(scratch: Warehouse, tmp_path: Path, name: str) -> None:
    if name.endswith(".gz"):
        (tmp_path / name).write_bytes(gzip.compress(b"id;name\n1;J\xf6rg A\n2;Bo B\n"))
    else:
        workbook(People=[["id", "name"], ["1", "Jörg A"], ["2", "Bo B"]])(tmp_path / name)
    found = read(scratch, tmp_path / name)
    assert (found.many, said(scratch, "name")) == (2, [("Jörg A",), ("Bo B",)])


def test_every_other_table_of_the_contract_is_there_and_empty(scratch: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,name\n1,Ada Byron\n", "utf-8")
    read(scratch, tmp_path / "p.csv")
    assert set(scratch.tables()) == {*CONTRACT, "rows"}
    sizes = {name: scratch.arrow("SELECT count(*) AS n FROM {t}", t=name)["n"][0].as_py() for name in CONTRACT}
    assert [name for name, many in sizes.items() if many] == ["people"]
