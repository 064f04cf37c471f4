"""The promise: millions of pairs and the one caller are compared alike: SQL and Python find the same level."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.identity.comparing import COMPARED
from duecare.identity.levels import Compared
from duecare.identity.model import fixed
from duecare.identity.pairing import UNSAID, compare_these
from duecare.records import Warehouse, open_scratch
from identity.facing import COLUMNS, face, put_faces, two_faces

BY_COLUMN = {one.column: one for one in COMPARED}
MODEL = fixed(COLUMNS)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return open_scratch(tmp_path_factory.mktemp("levels"), memory_gb=1, threads=1)


def by_engine(warehouse: Warehouse, pairs: Sequence[tuple[Any, Any]]) -> list[dict[str, int]]:
    """The level of every column, pair by pair, as the engine finds it."""
    put_faces(warehouse, [one for pair in pairs for one in pair])
    first = np.arange(0, 2 * len(pairs), 2, dtype=np.int64)
    found = compare_these(warehouse, MODEL, first, first + 1)
    return [{one.column: int(found.level(place)[at]) for place, one in enumerate(COMPARED)} for at in range(len(pairs))]


def by_hand(one: Compared, a: Any, b: Any) -> int:  # noqa: ANN401 - a face
    level = one.level(a, b)
    return UNSAID if level is None else level


@given(seed=st.integers(0, 10**9))
@settings(max_examples=30)
def test_any_two_records_fall_into_the_same_level_by_both(scratch: Warehouse, seed: int) -> None:
    chance = random.Random(seed)
    pairs = [two_faces(chance) for _ in range(60)]
    said = [{one.column: by_hand(one, a, b) for one in COMPARED} for a, b in pairs]
    assert by_engine(scratch, pairs) == said


LINES: Sequence[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("given", {"given": "edebf"}, {"given": "edebb"}, "nearly the same"),  # 0.92
    ("given", {"given": "caccgceafg"}, {"given": "cfccagceafgg"}, "nearly the same"),  # 0.92 but for a last digit
    ("given", {"given": "ebeadcc"}, {"given": "eebadgcc"}, "alike"),  # 0.9196
    ("given", {"given": "bfdege"}, {"given": "bdede"}, "alike"),  # 0.84
    ("given", {"given": "ddfeeffd"}, {"given": "dfdfefgd"}, "different"),  # 0.8393
    ("given", {"given": "edebf", "given_known": True}, {"given": "edebb", "given_known": True}, "different"),
    ("given", {"given": "edebf", "given_known": True}, {"given": "edebb"}, "nearly the same"),
    ("given", {"given": "abc"}, {"given": "abcd"}, "one is how the other begins"),
    ("given", {"given": "ab"}, {"given": "abcd"}, "alike"),
    ("given", {"given": "a"}, {"given": "abcdef"}, "one is the other's first letter"),
    ("given", {"given": "a"}, {"given": "bcdef"}, "different"),
    ("given", {"given": "anna lena"}, {"given": "lena"}, "one is a part of the other"),
    ("given", {"given": "annalena"}, {"given": "lena"}, "different"),
    ("given", {"given": "bill"}, {"given": "william"}, "forms of one name"),
    ("given", {"given": "aedcd", "family": "xyz"}, {"given": "xyz", "family": "afdcd"}, "given and family name changed places"),  # 0.88
    ("given", {"given": "eebfcbacb", "family": "xyz"}, {"given": "xyz", "family": "eebbfcbacbg"}, "different"),  # 0.8798
    ("family", {"family": "edebf"}, {"family": "edebb"}, "nearly the same"),
    ("family", {"family": "ebeadcc"}, {"family": "eebadgcc"}, "alike"),
    ("family", {"family": "bfdege"}, {"family": "bdede"}, "alike"),
    ("family", {"family": "ddfeeffd"}, {"family": "dfdfefgd"}, "different"),
    ("birth_date", {"birth_date": "1980-03-05"}, {"birth_date": "1980-05-03"}, "day and month changed places"),
    ("birth_date", {"birth_date": "1980-03-05"}, {"birth_date": "1980-03-15"}, "one slip apart"),
    ("birth_date", {"birth_date": "1980-03-05"}, {"birth_date": "1980-03-50"}, "one slip apart"),
    ("birth_date", {"birth_date": "1980-03-05"}, {"birth_date": "1981-03-15"}, "2 slips apart"),
    ("birth_date", {"birth_date": "1980-03-05"}, {"birth_date": "1991-03-15"}, "different"),
    ("birth_date", {"birth_date": "1630-08-1"}, {"birth_date": "1630-08-10"}, "one slip apart"),
    ("email", {"email": "anna@x.example"}, {"email": "anna@y.example"}, "the same before the @"),
    ("email", {"email": "annabert@x.example"}, {"email": "annabreht@y.example"}, "two letters apart before the @"),
    ("email", {"email": "annabert@x.example"}, {"email": "annaberts77@x.example"}, "alike"),
    ("phone", {"phone": "+49151234567"}, {"phone": "+49151234576"}, "one slip apart"),
    ("phone", {"phone": "+49151234567"}, {"phone": "+49151234667"}, "one slip apart"),
    ("phone", {"phone": "+49151234567"}, {"phone": "+49151234675"}, "different"),
    (
        "phone",
        {"phone": "+491", "phone_common": True},
        {"phone": "+491", "phone_common": True},
        "the same, borne under several given names",
    ),
    ("loyalty", {"loyalty": "gcacae"}, {"loyalty": "gcacaf"}, "one slip apart"),
    ("loyalty", {"loyalty": "ab12"}, {"loyalty": "ba12"}, "one slip apart"),
    ("loyalty", {"loyalty": "abc"}, {"loyalty": "xbc"}, "different"),
    ("address", {"street": "edebf", "city": "ulm"}, {"street": "edebb", "city": "ulm"}, "nearly the same street, in the same place"),
    ("address", {"street": "edebf"}, {"street": "edebb"}, "different"),
    ("address", {"street": "lee 7", "city": "ulm"}, {"street": "lee 7"}, "the same street and number"),
    ("address", {"street": "lee 7", "city": "ulm"}, {"street": "lee 7", "city": "bonn"}, "the same street, another place"),
    ("address", {"postcode": "10115"}, {"postcode": "10116"}, "postcodes one slip apart"),
    ("address", {"postcode": "10115"}, {"postcode": "10126"}, "different"),
    ("login_name", {"username": "nightowl"}, {"username": "nightowl22"}, "user names or handles two letters apart"),
    ("login_name", {"username": "nightowl"}, {"username": "nightowl222"}, "different"),
    ("login_name", {"username": "nightowl"}, {"email": "nightowl@x.example"}, "user name or handle is the other's e-mail up to the @"),
]


def test_each_cut_lies_where_it_is_said_to(scratch: Warehouse) -> None:
    pairs = [(face(**a), face(**b)) for _, a, b, _ in LINES]
    columns, said = [column for column, *_ in LINES], [says for *_, says in LINES]
    hand = [BY_COLUMN[column].levels[BY_COLUMN[column].level(a, b) or 0].says for column, (a, b) in zip(columns, pairs, strict=True)]
    assert list(zip(columns, hand, strict=True)) == list(zip(columns, said, strict=True))
    for found, (column, (a, b)) in zip(by_engine(scratch, pairs), zip(columns, pairs, strict=True), strict=True):
        assert found[column] == by_hand(BY_COLUMN[column], a, b)


@pytest.mark.parametrize("one", COMPARED, ids=lambda one: one.column)
def test_whoever_says_nothing_is_not_compared(scratch: Warehouse, one: Compared) -> None:
    told = face(**dict.fromkeys(COLUMNS, "a@b.example"))
    pairs = [(face(), face()), (face(), told), (told, face())]
    assert [one.level(a, b) for a, b in pairs] == [None] * 3
    assert [found[one.column] for found in by_engine(scratch, pairs)] == [UNSAID] * 3


@pytest.mark.parametrize("one", COMPARED, ids=lambda one: one.column)
def test_the_levels_of_a_column_add_up_to_all_pairs(one: Compared) -> None:
    assert sum(level.m for level in one.levels) == pytest.approx(1, abs=0.03)
    assert sum(level.u for level in one.levels) == pytest.approx(1, abs=0.03)
    assert len(one.levels) < UNSAID
