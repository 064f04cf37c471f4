"""The promise: a golden record says of a customer only what one of its records says, by rules that are declared, and says which."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.identity import Matching, e164
from duecare.identity.golden import FIELDS, golden
from duecare.identity.match import TOO_MANY
from identity.known import known
from shop import day, person

COLUMNS = (
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
ONE: Mapping[str, str] = dict.fromkeys(("a", "b", "c", "d"), "cu_1")
CHOICES: Mapping[str, Sequence[str | None]] = {
    "source": ["crm", "till", "web"],
    "given_name": ["Anna", "A", "test", None],
    "family_name": ["Weber", "Weper", None],
    "email": ["a@mail.example", "b@mail.example", "noreply@mail.example", None],
    "phone": ["0151 23456789", "+4915123456789", "000000", None],
    "street": ["Weg 1", "Allee 2", None],
    "postcode": ["10115", None],
    "city": ["Ulm", "Berlin", None],
    "country": ["DE", None],
    "loyalty_id": ["L-7777", "L8888", "1234", None],
    "username": ["anna1", None],
    "social_handle": ["@anna", None],
    "company": ["Acme GmbH", "privat", None],
}
PEOPLE = st.lists(st.fixed_dictionaries({name: st.sampled_from(said) for name, said in CHOICES.items()}), min_size=1, max_size=8)


def made(
    people: Sequence[Mapping[str, Any]], customer_of: Mapping[str, str], trust: Sequence[str] = ()
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Golden records by customer, and for each the record that each part comes from."""
    terms = Matching(country="DE", trust=tuple(trust))
    with TemporaryDirectory() as folder, known(Path(folder), people, customer_of, terms) as (warehouse, matched):
        golden(warehouse, matched, terms)
        rows = warehouse.arrow("SELECT * FROM {g} ORDER BY 1", g="golden").to_pylist()
        origins = warehouse.arrow("SELECT * FROM {o} ORDER BY 1, 2", o="golden_origins").to_pylist()
    from_record: dict[str, Any] = {row["customer_id"]: {} for row in rows}
    for row in origins:
        from_record[row["customer_id"]][row["field"]] = row["source_id"]
    return {row["customer_id"]: row for row in rows}, from_record


def one(*people: Mapping[str, Any], trust: Sequence[str] = ()) -> tuple[dict[str, Any], dict[str, Any]]:
    """The golden record of one customer, and where its parts come from."""
    found, origins = made(people, ONE, trust)
    return found["cu_1"], origins["cu_1"]


def some(people: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Rows of people with numbers of their own, and three customers among them."""
    rows = [dict(row) | {"source_id": f"r{at}"} for at, row in enumerate(people)]
    return rows, {f"r{at}": f"cu_{at % 3}" for at in range(len(rows))}


@given(PEOPLE)
@settings(max_examples=25)
def test_every_golden_value_is_one_that_the_record_it_comes_from_says(people: list[Mapping[str, Any]]) -> None:
    rows, customer_of = some(people)
    found, origins = made(rows, customer_of)
    said = {row["source_id"]: row for row in rows}
    part = {"given_name": "name", "family_name": "name"} | dict.fromkeys(("street", "postcode", "city", "country"), "address")
    assert set(found) == set(customer_of.values())
    for name, record in found.items():
        for field in (*COLUMNS, "company"):
            if record[field] is not None:
                origin = origins[name][part.get(field, field)]
                spelt = said[origin][field]
                assert record[field] == (e164(spelt, "DE") if field == "phone" else spelt.strip())
                assert customer_of[origin] == name
    assert all(set(parts) <= set(FIELDS) for parts in origins.values())


@given(PEOPLE, st.randoms(use_true_random=False))
@settings(max_examples=15)
def test_the_order_of_rows_never_matters(people: list[Mapping[str, Any]], chance: random.Random) -> None:
    rows, customer_of = some(people)
    mixed = chance.sample(rows, len(rows))
    assert made(rows, customer_of, ["till"]) == made(mixed, customer_of, ["till"])


@given(PEOPLE)
@settings(max_examples=15)
def test_placeholders_survive_nowhere(people: list[Mapping[str, Any]]) -> None:
    rows, customer_of = some(people)
    found, _ = made(rows, customer_of)
    values = {value for record in found.values() for value in record.values()}
    assert not values & {"test", "noreply@mail.example", "000000", "1234", "privat"}


@pytest.mark.parametrize("trust", [["crm", "till"], ["till", "crm"], ["web"], []])
def test_the_most_trusted_source_has_the_word_even_if_it_is_the_oldest(trust: list[str]) -> None:
    rows = [
        person(who, source, email=f"{source}@mail.example", created_at=day(f"202{at}-01-01"))
        for at, (who, source) in enumerate([("a", "crm"), ("b", "till"), ("c", "web")])
    ]
    record, origins = one(*rows, trust=trust)
    due = trust[0] if trust else "web"
    assert (record["email"], origins["email"]) == (f"{due}@mail.example", {"crm": "a", "till": "b", "web": "c"}[due])


def test_a_trusted_source_that_says_nothing_leaves_the_word_to_the_next() -> None:
    record, origins = one(person("a", "crm", family_name="Weber"), person("b", "web", email="b@mail.example"), trust=["crm"])
    assert (record["email"], origins) == ("b@mail.example", {"name": "a", "email": "b"})


def test_the_newest_goes_before_the_more_frequent_and_what_has_no_date_comes_last() -> None:
    old: dict[str, Any] = {"created_at": day("2020-01-01")}
    new: dict[str, Any] = {"created_at": day("2020-01-02")}
    twice = [person("a", email="p@mail.example", **old), person("b", email="p@mail.example", **old)]
    assert one(*twice, person("c", email="q@mail.example", **new))[0]["email"] == "q@mail.example"
    assert one(*twice, person("c", email="a@mail.example"))[0]["email"] == "p@mail.example"


def test_of_equals_in_time_the_more_frequent_goes_first_then_the_order_of_the_texts() -> None:
    often = [person("a", email="z@mail.example"), person("b", "till", email="Z@mail.example"), person("c", email="y@mail.example")]
    assert one(*often)[0]["email"] == "z@mail.example"
    assert one(*often[1:])[0]["email"] == "y@mail.example"


def test_an_address_survives_whole_from_one_record_with_a_street_before_one_without() -> None:
    street = person("a", street="Weg 1", city="Ulm", created_at=day("2020-01-01"))
    town = person("b", postcode="10115", city="Berlin", created_at=day("2026-01-01"))
    record, origins = one(street, town)
    assert (record["street"], record["postcode"], record["city"], origins["address"]) == ("Weg 1", None, "Ulm", "a")
    newer = person("c", street="Allee 2", postcode="20095", created_at=day("2020-01-02"))
    assert one(street, town, newer)[1]["address"] == "c"


def test_a_full_name_goes_before_a_first_letter_and_a_half() -> None:
    full = person("a", given_name="Anna", family_name="Weber", created_at=day("2020-01-01"))
    record, origins = one(
        full, person("b", given_name="A", family_name="Schmidt", created_at=day("2026-01-01")), person("c", family_name="Graf")
    )
    assert (record["given_name"], record["family_name"], origins["name"]) == ("Anna", "Weber", "a")


@pytest.mark.parametrize("many", [TOO_MANY, TOO_MANY + 1])
def test_a_value_that_too_many_share_survives_nowhere(many: int) -> None:
    rows = [person(f"s{at}", phone="030 901820", family_name=f"Name{at}") for at in range(many)]
    found, _ = made(rows, {f"s{at}": f"cu_{at:02}" for at in range(many)})
    assert {record["phone"] for record in found.values()} == ({"+4930901820"} if many == TOO_MANY else {None})


def test_a_name_in_one_field_is_parted_and_a_customer_who_says_nothing_has_an_empty_record() -> None:
    assert one(person("a", name="Weber, Anna"))[0]["given_name"] == "Anna"
    record, origins = one(person("a"))
    assert (set(record.values()), origins) == ({"cu_1", None}, {})
