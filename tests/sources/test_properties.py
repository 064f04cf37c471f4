"""What holds for any input: nothing is lost from the count, and what is read is what was written."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.records import Warehouse, open_scratch
from duecare.sources import CONTRACT, Input, Proposal, Proposed, read_inputs, settings_text
from duecare.sources.amounts import amount_sql
from duecare.sources.kinds import Manner, reader
from duecare.sources.looking import look
from duecare.words import DuecareError
from sources.kitchen import cook, sums_hold


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with open_scratch(tmp_path_factory.mktemp("scratch"), memory_gb=1.0, threads=1) as opened:
        yield opened


# settings

HEADERS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(lambda text: bool(text.split()))
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
ORDERS = [column.name for column in CONTRACT["orders"].columns]
INPUTS = st.builds(
    Input,
    name=st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True),
    path=HEADERS,
    table=st.just("orders"),
    source=st.none() | HEADERS,
    delimiter=st.sampled_from([None, ";", "\t", "|"]),
    encoding=st.sampled_from([None, "utf-16"]),
    decimal=st.sampled_from([".", ","]),
    time_format=st.none() | HEADERS,
    zone=st.sampled_from(["UTC", "Europe/Berlin"]),
    currency=st.sampled_from([None, "EUR"]),
    lines=st.sampled_from([None, "add", "repeat"]),
    columns=st.dictionaries(st.sampled_from(ORDERS), HEADERS, max_size=6),
)


@given(st.lists(INPUTS, max_size=3), st.dictionaries(st.sampled_from([*ORDERS, "zone", "currency"]), WORDS, max_size=4), st.dictionaries(HEADERS, WORDS, max_size=3))  # fmt: skip
def test_settings_that_are_written_are_read_back(inputs: list[Input], marks: dict[str, str], left_out: dict[str, str]) -> None:
    made = Proposal(inputs=tuple(Proposed(input=one, marks=marks, left_out=left_out) for one in inputs), not_understood={})
    assert read_inputs(settings_text(made)) == inputs


@given(INPUTS)
def test_an_input_that_lacks_a_column_is_written_as_a_remark(one: Input) -> None:
    made = Proposal(inputs=(Proposed(input=one, lacking=("revenue",)),), not_understood={"x.csv": "is empty"})
    assert read_inputs(settings_text(made)) == []


# amounts

AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False)


def amounts(warehouse: Warehouse, texts: list[str], decimal: str) -> list[Decimal | None]:
    warehouse.put("texts", pa.table({"n": list(range(len(texts))), "x": pa.array(texts, pa.string())}))
    sql = f"SELECT {amount_sql('x', ',' if decimal == ',' else '.', 'DECIMAL(18, 4)')} AS v FROM {{texts}} ORDER BY n"
    return warehouse.arrow(sql, texts="texts")["v"].to_pylist()


def written(amount: Decimal, decimal: str, thousands: str, sign: str) -> str:
    plain = f"{abs(amount):,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)
    return (
        {"minus": f"-{plain}", "brackets": f"({plain})", "after": f"{plain}-", "euro": f"-€{plain}", "code": f"-{plain} EUR"}[sign]
        if amount < 0
        else plain
    )


@given(st.lists(AMOUNTS, min_size=1, max_size=20), st.sampled_from([".", ","]), st.data())
def test_an_amount_is_read_as_it_was_meant(warehouse: Warehouse, values: list[Decimal], decimal: str, data: st.DataObject) -> None:
    thousands = data.draw(st.sampled_from(["", " ", "'", "\u00a0", "." if decimal == "," else ","]))
    sign = data.draw(st.sampled_from(["minus", "brackets", "after", "euro", "code"]))
    assert amounts(warehouse, [written(value, decimal, thousands, sign) for value in values], decimal) == values


@given(
    st.lists(st.from_regex(r"-?[0-9]{1,6}([.,' ][0-9]{1,4}){0,3}", fullmatch=True), min_size=1, max_size=20), st.sampled_from([".", ","])
)
def test_an_amount_keeps_its_order_of_magnitude_or_is_none(warehouse: Warehouse, texts: list[str], decimal: str) -> None:
    for text, value in zip(texts, amounts(warehouse, texts, decimal), strict=True):
        if value is not None:
            whole, _, cents = text.partition(decimal)
            digits = "".join(c for c in whole if c.isdigit())
            assert abs(value) == Decimal(f"{digits or 0}.{cents or 0}")
            assert (value < 0) == (text.startswith("-") and value != 0)


# times

MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31)).map(lambda moment: moment.replace(microsecond=0))  # noqa: DTZ001 - naive is meant
FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%d.%m.%Y %H:%M:%S", "%Y%m%d%H%M%S", "%d %b %Y %H:%M:%S", "%b %d, %Y %I:%M:%S %p", "%Y/%m/%d %H:%M:%S")  # fmt: skip
TELLING = datetime(2020, 5, 31)  # noqa: DTZ001


def times(warehouse: Warehouse, texts: list[str], zone: str) -> list[datetime | None]:
    """Read a column of texts as the house reads it: after a look at the whole."""
    warehouse.put("texts", pa.table({"n": list(range(len(texts))), "x": pa.array(texts, pa.string())}))
    seen = look(warehouse, 'SELECT x FROM "texts"', {"x": "time"}, {})
    made = reader(CONTRACT["orders"].column("ordered_at"), '"x"', "text", Manner(zone=None if zone == "UTC" else "$zone"), seen["x"])
    params = {"zone": zone} if "$zone" in made.value else {}
    return warehouse.arrow(f"SELECT {made.value} AS v FROM {{texts}} ORDER BY n", params, texts="texts")["v"].to_pylist()


@given(st.lists(MOMENTS, min_size=1, max_size=10), st.sampled_from(FORMS), st.sampled_from(["UTC", "Asia/Kolkata"]))
def test_a_time_is_read_as_it_was_meant_once_a_day_above_twelve_tells_the_order(
    warehouse: Warehouse, moments: list[datetime], form: str, zone: str
) -> None:
    told = [TELLING, *moments]
    expected = [moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for moment in told]
    assert times(warehouse, [moment.strftime(form) for moment in told], zone) == expected


@given(
    st.lists(st.tuples(MOMENTS, st.integers(-11, 13)), min_size=1, max_size=10),
    st.sampled_from(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S %z"]),
)
def test_a_time_with_an_offset_is_the_same_instant_whatever_the_zone_of_the_file(
    warehouse: Warehouse, given_: list[tuple[datetime, int]], form: str
) -> None:
    moments = [moment.replace(tzinfo=timezone(timedelta(hours=hours))) for moment, hours in given_]
    texts = [moment.strftime(form) for moment in moments]
    assert times(warehouse, texts, "Asia/Kolkata") == times(warehouse, texts, "UTC") == [moment.astimezone(UTC) for moment in moments]


# any file at all

CELLS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(
        ["", "1", "NULL", "2026-01-01", "31/12/2025", "9.5", "1,5", "nan", "EUR", '"', "a\nb", "\0", "=1+1", "1e999", "2031-01-01"]
    ),
)
NAMES = ("order_id", "source_id", "ordered_at", "revenue", "currency", "delivered_at")
RAW = st.one_of(
    st.lists(st.lists(CELLS, min_size=0, max_size=8), max_size=12).map(lambda rows: as_csv([list(NAMES), *rows])),
    st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=12).map(lambda rows: as_csv([list(NAMES), *rows])),
    st.tuples(st.just(",".join(NAMES).encode() + b"\n"), st.binary(max_size=200)).map(b"".join),
    st.binary(max_size=200),
)  # fmt: skip


def as_csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


@given(RAW, st.sampled_from([None, "add", "repeat"]), st.sampled_from([".", ","]))
@settings(max_examples=60)
def test_of_any_file_every_row_is_used_or_set_aside_or_the_file_is_refused(data: bytes, lines: str | None, decimal: str) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "orders.csv").write_bytes(data)
        inp = Input(name="any", path="orders.csv", table="orders", source="s", columns={name: name for name in NAMES}, lines="add" if lines == "add" else "repeat" if lines else None, decimal="," if decimal == "," else ".")  # fmt: skip
        try:
            made = cook(folder, inp)
        except DuecareError as error:
            assert error.mend  # noqa: PT017 - either way is right
            return
        assert sums_hold(made.only)
        assert len(made.aside) == made.only.rows_aside
        assert len(made["orders"]) == made.only.rows_used or lines is not None
        assert all(
            order["order_id"] and order["source_id"] and order["ordered_at"] and order["revenue"] is not None for order in made["orders"]
        )
