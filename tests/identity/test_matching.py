"""The promise: the same person is found under many spellings, and a family is never made one customer."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.identity import e164
from duecare.identity.match import TOO_MANY
from identity.people import NOW, Found, crowd, find
from shop import day, order, person

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


one_worker = pytest.mark.xdist_group("crowd")
"""All who ask the crowd, so that it is matched once."""


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """The crowd and the stories together."""
    return find(tmp_path_factory.mktemp("scratch"), crowd() + [row for story in STORIES.values() for row in story])


@one_worker
@pytest.mark.parametrize("story", STORIES)
def test_each_story_ends_as_it_should(crowded: Found, story: str) -> None:
    found = {crowded.of[row["source_id"]] for row in STORIES[story]}
    assert len(found) == (1 if story in ONE else 2)


@one_worker
def test_the_crowd_is_paired_and_nobody_is_wrongly_joined(crowded: Found) -> None:
    paired = sum(crowded.of[f"s{n}"] == crowded.of[f"d{n}"] for n in range(400))
    assert paired >= 396, "n=400"
    assert len({crowded.of[f"s{n}"] for n in range(400)}) == 400


@one_worker
def test_who_is_alone_is_sure_and_who_is_joined_is_nearly_so(crowded: Found) -> None:
    alone = {who: crowded.of[who] for who in ("ann", "old", "n1")}
    confidence = dict(zip(crowded.of, crowded.clustered.confidence.tolist(), strict=True))
    assert [confidence[who] for who in alone] == [1.0] * 3
    assert all(0.9 < confidence[f"s{n}"] < 1 for n in range(400) if crowded.of[f"s{n}"] == crowded.of[f"d{n}"])


@one_worker
def test_a_pinned_model_finds_the_same_again(crowded: Found, tmp_path: Path) -> None:
    assert crowded.matched.model is not None
    again = find(tmp_path, crowd(), pinned=crowded.matched.model)
    assert again.matched.model == crowded.matched.model
    assert sum(again.of[f"s{n}"] == again.of[f"d{n}"] for n in range(400)) >= 396, "n=400"


def test_people_without_any_identifier_are_each_a_customer_of_their_own(tmp_path: Path) -> None:
    found = find(tmp_path, [person("1"), person("2")])
    assert (len(found.matched.pairs), found.of, found.clustered.confidence.tolist()) == (0, {"1": 0, "2": 1}, [1.0, 1.0])


def test_an_identifier_that_everybody_shares_joins_nobody(tmp_path: Path) -> None:
    found = find(tmp_path, [row | {"email": "info@shop.example"} for row in crowd(60)])
    assert "email" not in found.matched.compared
    assert sorted(found.together(), key=min) == sorted((frozenset({f"s{n}", f"d{n}"}) for n in range(60)), key=min)


def test_a_third_record_does_not_chain_two_people_of_one_phone(tmp_path: Path) -> None:
    home = {"family_name": "Ferber", "phone": "030 901820"}
    people = [person("anna", given_name="Anna", **home), person("boris", given_name="Boris", **home), person("x", "desk", **home)]
    found = find(tmp_path, people)
    assert found.of["anna"] != found.of["boris"]


def test_people_who_came_later_are_no_customers_yet_unless_something_speaks_of_them(tmp_path: Path) -> None:
    later = NOW + timedelta(days=3)
    people = [person("early", created_at=NOW - timedelta(days=3)), person("undated"), person("late", created_at=later)]
    orders = [order("o1", "bought", "2026-10-01", 9.0)]
    people.append(person("bought", created_at=later))
    assert set(find(tmp_path / "a", people, orders, known_until=NOW).of) == {"early", "undated", "bought"}
    assert set(find(tmp_path / "b", people, orders).of) == {"early", "undated", "bought", "late"}


def test_names_are_not_compared_where_placeholders_fill_the_birth_date(tmp_path: Path) -> None:
    filler = day("1980-01-01").date()
    found = find(tmp_path, [person(f"p{n}", given_name="Thomas", birth_date=filler) for n in range(5 * TOO_MANY + 1)])
    assert found.together() == set()


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
