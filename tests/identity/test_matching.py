"""The promise: the same person is found under many spellings, and a family is never made one customer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.identity import Matching, e164
from duecare.identity.clusters import clusters_of
from duecare.identity.match import match
from duecare.records import open_scratch
from shop import day, person, stock

NOW = day("2026-11-01")

GIVEN = [
    "anna",
    "bernd",
    "carla",
    "david",
    "elif",
    "farid",
    "greta",
    "hans",
    "ines",
    "jonas",
    "karin",
    "levin",
    "maren",
    "nils",
    "olga",
    "pavel",
]
FAMILY = [
    "abel",
    "brandt",
    "celik",
    "dietz",
    "ebert",
    "fuchs",
    "graf",
    "horn",
    "ivers",
    "jansen",
    "kraus",
    "lorenz",
    "moser",
    "nagel",
    "otto",
    "pohl",
]


def crowd(many: int = 400) -> list[dict[str, Any]]:
    """People of two sources, each known to both under the same e-mail; they teach the weights."""
    chance = np.random.default_rng(7)
    rows: list[dict[str, Any]] = []
    for n in range(many):
        who = {
            "given_name": str(chance.choice(GIVEN)),
            "family_name": str(chance.choice(FAMILY)) + str(chance.choice(FAMILY)),
            "birth_date": day(
                f"{1950 + int(chance.integers(50))}-{1 + int(chance.integers(12)):02}-{1 + int(chance.integers(28)):02}"
            ).date(),
            "phone": f"+49 151 {20000000 + int(chance.integers(10**7))}",
            "email": f"p{n}@mail.example",
            "loyalty_id": f"L{chance.integers(10**9):09}",
            "postcode": f"{10000 + int(chance.integers(300))}",
        }
        rows += [person(f"s{n}", "shop", **who), person(f"d{n}", "desk", **(who | {"loyalty_id": None}))]
    return rows


STORIES: Mapping[str, list[dict[str, Any]]] = {
    "two at one phone": [
        person("ann", given_name="Ann", family_name="Ferber", phone="030 901820", birth_date=day("1960-01-01").date()),
        person("tom", given_name="Tom", family_name="Ferber", phone="+49 30 901820", birth_date=day("1990-06-15").date()),
    ],
    "a recycled number": [
        person("old", given_name="Olga", family_name="Zeiss", phone="+49 170 5554443", email="olga.z@mail.example"),
        person("new", given_name="Karim", family_name="Yilmaz", phone="+49 170 5554443", email="karim.y@mail.example"),
    ],
    "nobody's address": [
        person("n1", given_name="Ida", family_name="Wolter", email="none@none.com", phone="000000"),
        person("n2", given_name="Rosa", family_name="Stein", email="none@none.com", phone="000000"),
    ],
    "one person, two spellings": [
        person("m1", given_name="Márta", family_name="Kovács-Lindt", email="marta.k@mail.example", phone="+49 171 1234567"),
        person("m2", "desk", given_name="MARTA", family_name="Kovacs Lindt", email="Marta.K@mail.example", phone="0171/1234567"),
    ],
    "one loyalty card": [
        person("c1", given_name="Wim", family_name="Terstegen", loyalty_id="LC-88 77 123", postcode="10115"),
        person("c2", "till", given_name="Wim", family_name="Terstegen", loyalty_id="lc8877123", postcode="10115"),
    ],
}
ONE = {"one person, two spellings", "one loyalty card"}


@pytest.fixture(scope="module")
def customer_of(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """The cluster of every record of the crowd and the stories together."""
    people = crowd() + [row for story in STORIES.values() for row in story]
    with open_scratch(tmp_path_factory.mktemp("scratch"), memory_gb=1) as warehouse:
        matched = match(stock(warehouse, people=people), Matching(country="DE"), as_of=NOW)
        assert matched.links is not None
        records = warehouse.arrow("SELECT source_id FROM {r} ORDER BY record", r=matched.records)["source_id"].to_pylist()
        found = clusters_of(warehouse.arrow("SELECT a, b FROM {l}", l=matched.links), len(records))
        return dict(zip(records, found.tolist(), strict=True))


@pytest.mark.parametrize("story", STORIES)
def test_each_story_ends_as_it_should(customer_of: dict[str, int], story: str) -> None:
    found = {customer_of[row["source_id"]] for row in STORIES[story]}
    assert len(found) == (1 if story in ONE else 2)


def test_the_crowd_is_paired_and_nobody_is_wrongly_joined(customer_of: dict[str, int]) -> None:
    paired = sum(customer_of[f"s{n}"] == customer_of[f"d{n}"] for n in range(400))
    assert paired >= 396, "n=400"
    assert len({customer_of[f"s{n}"] for n in range(400)}) == 400


def test_people_without_any_identifier_are_each_a_customer_of_their_own(tmp_path: Path) -> None:
    with open_scratch(tmp_path, memory_gb=1) as warehouse:
        matched = match(stock(warehouse, people=[person("1"), person("2")]), Matching(), as_of=NOW)
        assert matched.links is None


def test_an_identifier_that_everybody_shares_joins_nobody(tmp_path: Path) -> None:
    shared = [row | {"email": "info@shop.example"} for row in crowd(60)]
    with open_scratch(tmp_path, memory_gb=1) as warehouse:
        matched = match(stock(warehouse, people=shared), Matching(), as_of=NOW)
        assert warehouse.arrow("SELECT count(email) AS n FROM {f}", f="faces")["n"].to_pylist() == [0]
        assert matched.links is not None
        found = clusters_of(warehouse.arrow("SELECT a, b FROM {l}", l=matched.links), 120)
        assert len(set(found.tolist())) == 60


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_a_number(text: str) -> None:
    number = e164(text)
    assert number is None or (number.startswith("+") and number[1:].isdigit() and 8 <= len(number) <= 20)


@pytest.mark.parametrize("spelt", ["+49 151 23456789", "0049 151 23456789", "0151/234-567-89", "(0151) 23456789", "+49 (0)151 23456789"])
def test_spellings_of_one_number_are_one_number(spelt: str) -> None:
    assert e164(spelt, "DE") == "+4915123456789"


@pytest.mark.parametrize("spelt", ["000000", "0000000000", "11111111", "+49 99999999", "n/a", "", "-", "12"])
def test_placeholders_are_no_number(spelt: str) -> None:
    assert e164(spelt, "DE") is None
