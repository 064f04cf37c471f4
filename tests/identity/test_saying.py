"""The promise: what one contact says is cleaned, sign by sign, as the engine cleans millions of records."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.identity import Matching
from duecare.identity.match import MADE, prepare
from duecare.identity.saying import SAYABLE, cleaned, plain, written
from duecare.records import Warehouse, open_scratch
from shop import person, stock

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SIGNS = st.one_of(
    st.characters(max_codepoint=0x52F, exclude_categories=["Cn", "Cs", "Co"], exclude_characters="\0"),
    st.sampled_from("aeiouAEIOUäöüßéñłøđıİČőŞ ,.-_@+'/0123456789\t\n\u00a0\u2009\u3000ﬁΣς"),
)
TEXT = st.text(SIGNS, max_size=14)
HOUSES = st.sampled_from(["gmail.com", "googlemail.com", "GMAIL.COM", "x.de", "none.com", "test.org", "b-c.co", "gmail.com ", "x.d\n"])
E_MAIL = st.one_of(
    TEXT, st.builds("{}@{}".format, TEXT, HOUSES), st.sampled_from(["none@none.com", " A.b+c@gmail.com", "n.a@x.de", "+@x.de"])
)
STREET = st.one_of(
    TEXT, st.sampled_from(["Hauptstraße 5", "Haupt Str. 12a", " St. Johann str", "Straße des 17. Juni", "Weststr.5", "1st street"])
)
NAME = st.one_of(
    TEXT, st.builds("{}, {}".format, TEXT, TEXT), st.builds(" {} {} ".format, TEXT, TEXT), st.sampled_from(["Kunde", "N/A", "xx"])
)
PHONE = st.one_of(TEXT, st.from_regex(r"(\+49|0|00)[0-9 /()-]{3,12}", fullmatch=True), st.sampled_from(["000000", "+49 (0)30 901820"]))
CARD = st.one_of(TEXT, st.sampled_from(["1111", "LC-77 8", "1234", "none", "a1b"]))
HANDLE = st.one_of(TEXT, st.builds("@{} ".format, TEXT))
DAYS = st.dates(date(1890, 1, 1)) | st.sampled_from([date(1900, 1, 1), date(1999, 9, 9)])
ANYBODY = st.fixed_dictionaries(
    {},
    optional={
        "name": NAME, "given_name": NAME, "family_name": NAME, "email": E_MAIL, "phone": PHONE, "street": STREET, "postcode": TEXT, "city": TEXT,
        "country": st.sampled_from(["DE", "AT", "us", "x"]), "birth_date": DAYS, "loyalty_id": CARD, "username": TEXT, "social_handle": HANDLE,
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with open_scratch(tmp_path_factory.mktemp("scratch"), memory_gb=1, threads=1) as opened:
        yield opened


@settings(max_examples=25)
@given(st.lists(ANYBODY, min_size=1, max_size=40))
def test_sql_and_python_clean_alike(warehouse: Warehouse, people: list[dict[str, Any]]) -> None:
    rows = [person(f"{at:03}", **row) for at, row in enumerate(people)]
    stock(warehouse, people=rows)
    prepare(warehouse, Matching(), as_of=NOW)
    for table, clean in (("written", written), ("keys", cleaned)):
        assert table in MADE
        for made in warehouse.arrow("SELECT * FROM {t} ORDER BY record", t=table).to_pylist():
            said = {column: _text(value) for column, value in people[made["record"] - 1].items()}
            found = clean(said)
            assert {column: made[column] for column in found} == found, table


@given(
    st.dictionaries(st.sampled_from([*SAYABLE, "gender", "salary"]), st.none() | st.integers() | st.binary() | st.text() | st.lists(TEXT))
)
def test_whatever_is_said_is_heard_as_texts_or_not_at_all(said: dict[str, Any]) -> None:
    heard = plain(said)
    assert set(heard) <= set(SAYABLE)
    assert all(isinstance(text, str) and text.strip() and len(text) <= 300 for text in heard.values())
    assert set(cleaned(heard)) == set(cleaned({}))


def test_a_moment_is_heard_as_its_day_and_a_novel_is_cut_short() -> None:
    assert plain({"birth_date": datetime(1980, 5, 3, 12, tzinfo=UTC), "city": "x" * 10_000}) == {
        "birth_date": "1980-05-03",
        "city": "x" * 300,
    }


def _text(value: object) -> str | None:
    return value.isoformat() if isinstance(value, date) else None if value is None else str(value)


def test_the_example_of_the_documents_is_read() -> None:
    said = plain({"name": "Müller, Jörg", "email": "J.Mueller+shop@GMail.com", "phone": "0151 234-56789", "loyalty_id": "LC-88 77"})
    told = {column: value for column, value in cleaned(said).items() if value}
    assert told == {"given": "jorg", "family": "muller", "email": "jmueller@gmail.com", "phone": "+4915123456789", "loyalty": "LC8877"}
