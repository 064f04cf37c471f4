"""The promise: who rings is certain only where it is safe to say so; else they are asked one good question, or nobody."""

import math
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.identity import Directory, Found, find
from duecare.identity.asking import ASKABLE, gain_bits
from duecare.identity.blocks import menu
from duecare.identity.directory import FLAGS
from duecare.identity.facing import MAY_BE_COMMON
from duecare.identity.looking import CERTAIN, LIKELY, RIGHT, STATED_BITS, stated
from duecare.identity.pairing import compare
from duecare.identity.placing import pattern, weighed
from duecare.identity.saying import SAYABLE
from duecare.identity.weighing import frequencies, weigh
from duecare.records import open_book, open_scratch
from identity.towns import STORIES, Town, index, make_town, run
from shop import person

pytestmark = pytest.mark.xdist_group("identity-town")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return make_town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def directory(town: Town) -> Iterator[Directory]:
    opened = town.directory()
    yield opened
    opened.index.close()


@pytest.fixture(scope="module")
def customer(town: Town) -> Mapping[str, str]:
    """The customer of each story."""
    held = town.customers()
    return {story["source_id"]: held[story["source"], story["source_id"]] for story in STORIES}


def said(who: str, *columns: str) -> dict[str, Any]:
    """What one of the stories says, all of it or some columns."""
    story = next(story for story in STORIES if story["source_id"] == who)
    return {column: story[column] for column in (columns or SAYABLE) if column in story}


@pytest.mark.parametrize("who", [story["source_id"] for story in STORIES])
def test_who_says_all_that_their_record_says_is_certain(directory: Directory, customer: Mapping[str, str], who: str) -> None:
    found = find(directory, said(who))
    assert (found.sure, found.customer_id, found.ask) == ("certain", customer[who], None)
    assert found.probability >= CERTAIN


def test_names_cut_off_and_spelt_otherwise_still_lead_home(directory: Directory, customer: Mapping[str, str]) -> None:
    ways = [
        {"name": "QUANDT, U.", "email": "Ute.Quandt+news@mail.example"},
        {"name": "Ute Quand", "phone": "0049 30 901820", "birth_date": date(1961, 4, 9)},
        {"given_name": "ute", "family_name": "quandt", "street": "Lindenweg 4", "postcode": "10115"},
    ]
    assert [find(directory, way).customer_id for way in ways] == [customer["ute"]] * len(ways)


def test_a_household_on_one_line_is_asked_and_the_answer_settles_it(directory: Directory, customer: Mapping[str, str]) -> None:
    ringing = {"phone": "030 901820"}
    found = find(directory, ringing)
    assert found.sure != "certain"
    assert {customer["ute"], customer["rolf"]} == {one.customer_id for one in found.candidates}
    assert found.ask in ("given_name", "birth_date")
    told = find(directory, ringing | said("ute", found.ask) | said("ute", "family_name"))
    assert (told.sure, told.customer_id) == ("certain", customer["ute"])


@pytest.mark.parametrize(("who", "column"), [("family1", "email"), ("before", "phone"), ("rolf", "phone")])
def test_what_several_customers_bear_makes_nobody_certain(directory: Directory, who: str, column: str) -> None:
    found = find(directory, said(who, column))
    assert found.sure != "certain"
    assert found.ask is not None


def test_no_identifier_of_several_customers_makes_anybody_certain(directory: Directory, town: Town) -> None:
    held, bearers = town.customers(), dict[tuple[str, str], set[str]]()
    for row in town.people:
        for column in ("email", "phone", "loyalty_id", "username", "social_handle"):
            if row.get(column):
                bearers.setdefault((column, row[column]), set()).add(held[row["source"], row["source_id"]])
    shared = [key for key, customers in bearers.items() if len(customers) > 1]
    assert len(shared) > 50
    assert [column for column, value in shared if find(directory, {column: value}).sure == "certain"] == []


def test_the_records_that_came_later_are_mostly_found_and_seldom_wrongly(directory: Directory, town: Town) -> None:
    sure = [find(directory, row).sure for row in town.newcomers]
    assert sure.count("certain") >= 0.6 * len(sure), "n=150"


@pytest.mark.parametrize(
    "nobody", [{}, {"email": "none@none.com"}, {"phone": "000000"}, {"email": "who.is.it@nowhere.example"}, {"age": 7}]
)
def test_who_leads_to_nobody_is_unknown_and_asked_for_an_identifier(directory: Directory, nobody: Mapping[str, object]) -> None:
    found = find(directory, nobody)
    assert (found.sure, found.customer_id, found.probability, found.candidates) == ("unknown", None, 0.0, ())
    assert found.ask in ("email", "phone")


ODD = st.none() | st.integers() | st.floats() | st.binary() | st.dates() | st.lists(st.text()) | st.text(st.characters())
TOLD = st.sampled_from([row[column] for row in STORIES for column in SAYABLE if column in row])


@given(st.dictionaries(st.sampled_from([*SAYABLE, "gender", ""]), ODD | TOLD))
def test_whatever_is_said_is_answered(directory: Directory, odd: dict[str, Any]) -> None:
    found = find(directory, odd)
    hold_together(found)
    assert found.ask is None or found.ask in ASKABLE


def hold_together(found: Found) -> None:
    """What is true of every answer."""
    chances = [one.probability for one in found.candidates]
    assert all(0 <= chance <= 1 for chance in chances)
    assert sum(chances) <= 1 + 1e-9
    assert (found.customer_id is None) == (found.sure == "unknown")
    if found.sure == "certain":
        assert found.probability >= CERTAIN
    if found.sure == "likely":
        assert sum(chances) >= LIKELY


def test_an_answer_holds_ids_and_nothing_else_of_anybody(directory: Directory) -> None:
    told = repr([find(directory, said(story["source_id"])) for story in STORIES]).lower()
    values = [str(value).lower() for story in STORIES for column, value in story.items() if column not in ("source", "source_id")]
    assert [value for value in values if value in told] == []


@pytest.mark.parametrize("bits", STATED_BITS)
def test_the_stated_probability_is_the_measured_one_on_its_points_and_grows_between(bits: float) -> None:
    assert stated(bits) == pytest.approx(RIGHT[STATED_BITS.index(bits)])
    assert stated(bits - 0.01) <= stated(bits) <= stated(bits + 0.01)


def test_a_question_is_worth_the_doubt_that_its_answer_takes_away() -> None:
    half = [{"a": 0.5, "b": 0.5}, {"c": 1.0}]
    assert gain_bits([0.5, 0.5], half) == pytest.approx(1.0)
    assert gain_bits([0.25] * 4, [{"x": 1.0}, {"x": 1.0}, {"y": 1.0}, {"y": 1.0}]) == pytest.approx(1.0)
    assert gain_bits([1.0], [{"x": 1.0}]) == pytest.approx(0.0)
    assert 0 < gain_bits([0.5, 0.5], [{"a": 0.9, "": 0.1}, {"": 1.0}]) < 1


def test_one_contact_is_weighed_as_a_run_weighs_millions_of_pairs(town: Town, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("weighed")
    with open_scratch(folder / "scratch", memory_gb=1) as warehouse, open_book(f"sqlite:{town.folder / 'book.db'}") as book:
        matched = run(warehouse, book, town.people)
        directory = Directory.of(index(folder, warehouse, matched))
        assert matched.model is not None
        present = ("given", "family", "street", "postcode", "birth_date")
        pairs = compare(warehouse, matched.model, [*matched.blocks, *menu(present)])
        odds = weigh(pairs, matched.model, frequencies(warehouse, matched.many), directory.faces)
        faces = {row["unique_id"] - 1: row for row in warehouse.arrow("SELECT * FROM {f}", f="faces").to_pylist()}
    for at in np.random.default_rng(5).choice(len(pairs), 3000, replace=False).tolist():
        a, b = int(pairs.a[at]), int(pairs.b[at])
        assert pattern(matched.model, directory.face(a), directory.face(b)) == pairs.pattern[at]
        alone = weighed(directory, matched.model, directory.face(a), [b], new=False)
        told = (float(alone.odds.one[0]), float(alone.odds.strangers[0]), float(alone.odds.home[0]))
        assert told == pytest.approx((odds.one[at], odds.strangers[at], odds.home[at]), abs=1e-6)
    assert {record: _as_kept(face) for record, face in faces.items()} == {record: dict(directory.face(record)) for record in faces}


def _as_kept(face: Mapping[str, Any]) -> dict[str, Any]:
    return {column: bool(value) if column in FLAGS else value for column, value in face.items() if column != "unique_id"}


def test_a_record_that_says_it_all_again_has_the_face_that_the_run_gave_it(directory: Directory, town: Town) -> None:
    rows = {(row["source"], row["source_id"]): row for row in town.people}
    for key, row in list(rows.items())[:600]:
        (record,) = directory.index.find("record", *key)
        again, face = directory.face_of(row), directory.face(record)
        assert {column: again[column] for column in face} == dict(face), key


def test_a_value_is_a_homes_when_a_second_name_comes_with_it(directory: Directory) -> None:
    faces = (directory.face(record) for record in range(directory.records))
    one = next(face for face in faces if face["given_known"] and face["email"] and not face["email_common"])
    other = "anna" if one["given"] != "anna" else "peter"
    same = {"given_name": one["given"], "family_name": one["family"], "email": one["email"]}
    assert directory.index.count("known", other) == 1
    assert [directory.face_of(who)["email_common"] for who in (same, same | {"given_name": other})] == [False, True]
    assert set(MAY_BE_COMMON) == {"email", "phone", "loyalty"}


def test_an_address_of_nobody_who_is_named_is_no_homes(tmp_path: Path) -> None:
    people = [person(f"p{n}", email=f"x{n}@mail.example", loyalty_id=f"QX770012{n}") for n in range(3)]
    with open_scratch(tmp_path / "scratch", memory_gb=1, threads=1) as warehouse, open_book(f"sqlite:{tmp_path / 'book.db'}") as book:
        directory = Directory.of(index(tmp_path, warehouse, run(warehouse, book, people)))
    assert [directory.face_of(one)["email_common"] for one in people] == [directory.face(at)["email_common"] for at in range(3)]
    assert not directory.face_of(people[0])["email_common"]
    assert directory.face_of(people[0] | {"given_name": "Emil"})["email_common"]


@settings(max_examples=30)
@given(st.floats(-200, 200))
def test_a_lead_of_any_size_has_a_probability(bits: float) -> None:
    assert 0 < stated(bits) < 1
    assert not math.isnan(stated(bits))
