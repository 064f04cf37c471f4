"""The promise: whatever columns a table of people has, matching comes to an end, joins copies and never strangers."""

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.identity.model import fixed
from duecare.records import Warehouse, open_scratch
from identity.people import USED, crowd, find, found_in, somebody
from shop import day, person, stock

COLUMNS: Sequence[tuple[str, ...]] = (
    ("email",),
    ("phone",),
    ("loyalty_id",),
    ("username",),
    ("social_handle",),
    ("username", "social_handle"),
    ("email", "phone"),
    ("email", "given_name", "family_name"),
    ("given_name", "family_name", "postcode"),
    ("email", "given_name", "family_name", "phone", "loyalty_id", "birth_date", "postcode"),
)
COPIED: Mapping[str, int] = {"nobody": 0, "every tenth": 10, "everybody": 1}


CROWDS = [
    *product(COLUMNS, ["every tenth", "everybody"], (30,)),
    (COLUMNS[-1], "nobody", 30),
    (COLUMNS[-1], "everybody", 1),
    (COLUMNS[-1], "every tenth", 300),
]


@pytest.mark.parametrize(("columns", "copied", "many"), CROWDS, ids=lambda said: "+".join(said) if isinstance(said, tuple) else str(said))
def test_copies_are_joined_and_strangers_are_not(tmp_path: Path, columns: Sequence[str], copied: str, many: int) -> None:
    step = COPIED[copied]
    written = [{column: somebody(n)[column] for column in columns} for n in range(many)]
    doubled = [n for n in range(many) if step and n % step == 0]
    people = [person(f"s{n}", **row) for n, row in enumerate(written)] + [person(f"d{n}", "desk", **written[n]) for n in doubled]
    found = find(tmp_path, people).of
    assert len({found[f"s{n}"] for n in range(many)}) == many
    if many > 1 or columns != ("given_name", "family_name", "postcode"):  # two records that have no more than that in common may be two
        assert [n for n in doubled if found[f"s{n}"] != found[f"d{n}"]] == []


@pytest.mark.parametrize("column", ["email", "phone", "loyalty_id"])
def test_two_records_that_say_one_and_the_same_thing_are_one_person(tmp_path: Path, column: str) -> None:
    said = {column: somebody(1)[column]}
    found = find(tmp_path, [person("a", **said), person("b", "desk", **said)]).of
    assert found["a"] == found["b"]


@pytest.mark.parametrize("postcode", ["10115", None])
def test_a_name_that_thousands_share_brings_nobody_together(tmp_path: Path, postcode: str | None) -> None:
    people = [person(f"w{n}", given_name="Walkin", family_name="Customer", postcode=postcode) for n in range(3000)]
    assert len(set(find(tmp_path, people).of.values())) == 3000


FACES = ("given", "family", "birth_date", "email", "phone", "loyalty", "street", "postcode", "city", "username", "handle")
SHARED: Mapping[str, Any] = {
    "email": "family@mail.example",
    "phone": "+49 30 901820",
    "loyalty_id": "LC8877123",
    "username": "nightowl",
    "social_handle": "@nightowl",
    "street": "Lindenallee 7",
    "postcode": "10115",
    "city": "Aachen",
    "birth_date": day("1981-04-17").date(),
    "given_name": "Ottokar",
    "family_name": "Wessel",
}


@pytest.mark.parametrize(("column", "many"), [*product(SHARED, (3,)), *product(("email", "phone", "loyalty_id", "street"), (60,))])
def test_nobody_is_merged_through_one_value_that_several_share(tmp_path: Path, column: str, many: int) -> None:
    joined = find(tmp_path, sharing(column, many), pinned=fixed(FACES)).together()
    assert [group for group in joined if len({who[1:] for who in group}) > 1] == []


@pytest.mark.parametrize("column", ["email", "birth_date"])
def test_nor_where_the_data_have_taught_the_weights(tmp_path: Path, column: str) -> None:
    joined = find(tmp_path, sharing(column, 10)).together()
    assert [group for group in joined if len({who[1:] for who in group}) > 1] == []


def sharing(column: str, many: int) -> list[dict[str, Any]]:
    """A crowd of whom the first ones have a value in common."""
    rows = crowd(100)
    return [row | {column: SHARED[column]} for row in rows[: 2 * many]] + rows[2 * many :]


def test_five_thousand_records_of_one_address_are_five_thousand_customers(tmp_path: Path) -> None:
    rows = [person(f"n{n}", email="info@shop.example", given_name=somebody(n)["given_name"]) for n in range(5000)]
    assert len(set(find(tmp_path, rows).of.values())) == 5000


def test_a_block_of_identical_rows_is_guarded(tmp_path: Path) -> None:
    """So many like rows are a fault of the export, or a till's own card: nobody can tell, so none is merged."""
    rows = [person(f"n{n}", **somebody(1)) for n in range(3000)] + crowd(30)
    found = find(tmp_path, rows)
    assert len({found.of[f"n{n}"] for n in range(3000)}) == 3000
    assert all(found.of[f"s{n}"] == found.of[f"d{n}"] for n in range(30))


@pytest.mark.parametrize("many", [0, 1])
def test_no_record_and_one_record_are_no_trouble(tmp_path: Path, many: int) -> None:
    found = find(tmp_path, [person("a", **somebody(1))][:many])
    assert (found.matched.many, found.clustered.confidence.tolist()) == (many, [1.0] * many)


ODD = [
    "",
    " ",
    "\u0000",
    "İ",
    "ß",
    "é",
    "e\u0301",
    "👩‍👧",
    "عمر",
    "李",
    "\u200b",
    "'",
    '"',
    "%",
    "_",
    "\\",
    "a" * 300,
    "o'neil",
    "-",
    "x@y.zz",
    "0",
    "𝔘",
]
WORDS = st.one_of(st.none(), st.sampled_from(ODD), st.text(max_size=12))
TEXTS = (
    "name",
    "given_name",
    "family_name",
    "email",
    "phone",
    "street",
    "postcode",
    "city",
    "country",
    "loyalty_id",
    "username",
    "social_handle",
)
ROWS = st.lists(
    st.fixed_dictionaries({}, optional=dict.fromkeys(TEXTS, WORDS) | {"birth_date": st.one_of(st.none(), st.dates())}), max_size=8
)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return open_scratch(tmp_path_factory.mktemp("any"), memory_gb=1, threads=1)


@given(rows=ROWS)
@settings(max_examples=12)
def test_any_people_at_all_come_to_an_end(scratch: Warehouse, rows: list[dict[str, Any]]) -> None:
    people = [person(f"n{n}", **row) for n, row in enumerate(rows)]
    found = found_in(stock(scratch, USED, people=people))
    assert len(found.of) == len(rows)
    assert all(0 < sure <= 1 for sure in found.clustered.confidence)


@given(st.data())
@settings(max_examples=2)
def test_the_same_data_give_the_same_customers_whatever_the_order_of_rows(scratch: Warehouse, data: st.DataObject) -> None:
    rows = crowd(60)
    for at in data.draw(st.lists(st.integers(0, 119), max_size=40)):
        column = data.draw(st.sampled_from(sorted(SHARED)))
        rows[at] = rows[at] | {column: data.draw(st.sampled_from([None, SHARED[column]]))}
    found = found_in(stock(scratch, USED, people=rows))
    again = found_in(stock(scratch, USED, people=data.draw(st.permutations(rows))))
    assert (found.of, found.clustered.confidence.tolist()) == (again.of, again.clustered.confidence.tolist())
