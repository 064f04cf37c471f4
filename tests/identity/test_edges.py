"""The promise: the guard hears what tells two apart, and is wary where parent and child, or twins, could be taken for one."""

from typing import Any

import numpy as np
import pytest

from duecare.identity.edges import (
    BEYOND_DOUBT_BITS,
    CAUTION_BITS,
    EITHER,
    IN_DOUBT,
    MOST_BITS,
    NAMESAKES,
    NEVER,
    TWIN_CAUTION_BITS,
    Edges,
    edges,
)
from duecare.identity.evidence import pattern
from duecare.identity.model import Model, fixed
from duecare.identity.pairing import Pairs
from duecare.identity.weighing import Odds
from identity.facing import face

ANNA = {"given": "anna", "family": "weber", "street": "weg 1", "postcode": "10115"}
BORN, LATER = {"birth_date": "1980-03-05"}, {"birth_date": "2004-11-21"}
MAIL, CARD = {"email": "anna.weber@a.example"}, {"loyalty": "77001"}


@pytest.fixture(scope="module")
def model() -> Model:
    return fixed(("given", "family", "birth_date", "email", "phone", "loyalty", "street", "postcode", "username"))


def seen(model: Model, one: dict[str, Any], other: dict[str, Any], bits: float = 0.0, *, home: float = -30.0, known: bool = True) -> Edges:
    """Two records as the guard sees them, of whom strangers are as likely as it takes to make so many *bits*."""
    pairs = Pairs(np.array([0], np.int32), np.array([1], np.int32), np.array([pattern(model, face(**one), face(**other))]))
    odds = Odds(np.array([0.0]), np.array([-bits]), np.array([home]))
    return edges(pairs, odds, model, np.array([known, known]))


@pytest.mark.parametrize(
    ("one", "other", "caution"),
    [
        (ANNA, ANNA, CAUTION_BITS),
        (ANNA, ANNA | {"given": "anne"}, CAUTION_BITS + TWIN_CAUTION_BITS),
        (ANNA | MAIL, ANNA | MAIL | {"given": "anne"}, CAUTION_BITS),
        (ANNA | BORN, ANNA | LATER | {"given": "anne"}, CAUTION_BITS),
        (ANNA | BORN, ANNA | BORN | {"given": "a"}, CAUTION_BITS + TWIN_CAUTION_BITS),
        (ANNA | BORN, ANNA | BORN | {"given": None}, CAUTION_BITS + TWIN_CAUTION_BITS),
        (ANNA, ANNA | {"given": "a"}, CAUTION_BITS),
    ],
)
def test_a_home_is_held_to_be_likelier_than_it_is_and_more_so_where_twins_could_be_meant(
    model: Model, one: dict[str, Any], other: dict[str, Any], caution: float
) -> None:
    assert seen(model, one, other, 500.0, home=-10.0).bits[0] == pytest.approx(10 - caution)


def test_no_pair_says_more_than_the_most(model: Model) -> None:
    assert seen(model, ANNA, ANNA, 90.0, home=-90.0).bits[0] == MOST_BITS


def test_given_names_that_many_bear_keep_two_apart_unless_the_pair_is_beyond_doubt(model: Model) -> None:
    other = ANNA | {"given": "bernd"}
    doubts = [BEYOND_DOUBT_BITS - 0.1, BEYOND_DOUBT_BITS + 0.1]
    assert [int(seen(model, ANNA, other, bits).apart[0]) for bits in doubts] == [NEVER, 0]
    assert int(seen(model, ANNA, other, known=False).apart[0]) == 0


def test_birth_dates_put_in_doubt_what_the_rest_does_not_make_likely(model: Model) -> None:
    one, other = ANNA | BORN, ANNA | LATER
    assert [int(seen(model, one, other, bits).apart[0]) for bits in (-0.1, 0.1)] == [IN_DOUBT, 0]
    assert int(seen(model, one | MAIL, other | MAIL, -0.1).apart[0]) == 0


@pytest.mark.parametrize(
    ("one", "other", "called"),
    [
        (ANNA | BORN, ANNA | BORN, 0),
        (ANNA | BORN, ANNA, EITHER),
        (ANNA | CARD, ANNA | CARD, EITHER),
        (ANNA | MAIL, ANNA | MAIL, 0),
        (ANNA | BORN, ANNA | LATER, NAMESAKES),
        (ANNA | BORN, ANNA | LATER | {"given": "bernd"}, EITHER),
        (ANNA | BORN | MAIL, ANNA | LATER | MAIL, 0),
    ],
)
def test_birth_dates_that_differ_show_two_of_a_home_who_are_called_alike(
    model: Model, one: dict[str, Any], other: dict[str, Any], called: int
) -> None:
    assert int(seen(model, one, other, 2.0, home=-1.0).called[0]) == called


def test_strangers_who_are_called_alike_are_no_home_and_who_is_one_beyond_doubt_is_not_two(model: Model) -> None:
    one, other = ANNA | BORN, ANNA | LATER
    assert int(seen(model, one, other, 2.0, home=-3.0).called[0]) == EITHER
    assert int(seen(model, one, other, 60.0, home=-BEYOND_DOUBT_BITS - CAUTION_BITS - 0.1).called[0]) == EITHER
