"""Edges: pairs of records as the guard sees them: what they say for being one person, and what tells two apart.

A family is not made one person lightly. That two share a home counts as so many times likelier
than it is, and more so where twins might be meant. Birth dates and given names that differ tell
two apart; and a pair may show that two of a home are called alike, or be of either of such two.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.identity.comparing import BIRTH_DATE, FAMILY, GIVEN
from duecare.identity.model import Model
from duecare.identity.pairing import UNSAID, Integers, Levels, Pairs, Reals
from duecare.identity.weighing import ALIKE_LEVELS, INITIAL, Odds

Marks: TypeAlias = NDArray[np.bool_]

CAUTION_BITS = 3.5
"""To make two of a home one person is held to be eleven times as bad as to leave one person two."""

TWIN_CAUTION_BITS = 3.0
"""And eight times as bad again, where given names are only alike, or tell nothing, and nothing else is one person's own."""

MOST_BITS, LEAST_BITS = 20.0, -20.0
"""No pair says more for or against than this, so that one slip does not outweigh all else."""

TELLING_BITS = -3.0
"""Birth dates, and given names that many bear, tell two people apart when they differ, where to differ says so much against being one."""

BEYOND_DOUBT_BITS = 6.0
"""A pair that says so much is one person for all that names differ or are alike; and it shows nobody two who are called the same."""

IN_DOUBT, NEVER = np.int8(1), np.int8(2)

EITHER, NAMESAKES = np.int8(1), np.int8(2)

OWN = ("email", "phone", "loyalty", "login_name")
"""Columns whose best level is an identifier of one person's own."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs of records with what they say: bits for being one person, and whether something tells the two apart."""

    a: Integers
    b: Integers
    bits: Reals
    apart: NDArray[np.int8]
    """Whether something tells the two apart: 0 nothing, `IN_DOUBT` unless all told they are one, `NEVER`."""
    called: NDArray[np.int8]
    """`NAMESAKES` shows two of a home who are called alike, `EITHER` could be of two such; 0 agrees in something that is one person's own."""

    def __len__(self) -> int:
        return len(self.a)

    @classmethod
    def none(cls) -> "Edges":
        return cls.plain(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))

    @classmethod
    def plain(cls, a: Integers, b: Integers, bits: Reals) -> "Edges":
        """Return edges of which nothing else is known."""
        return cls(a, b, bits, np.zeros(len(a), np.int8), np.zeros(len(a), np.int8))

    def where(self, chosen: NDArray[Any]) -> "Edges":
        return Edges(*(part[chosen] for part in self.parts()))

    def and_(self, more: "Edges") -> "Edges":
        return Edges(*(np.concatenate(both) for both in zip(self.parts(), more.parts(), strict=True)))

    def parts(self) -> tuple[NDArray[Any], ...]:
        return self.a, self.b, self.bits, self.apart, self.called


def edges(pairs: Pairs, odds: Odds, model: Model, known: Marks) -> Edges:
    """Return the pairs as the guard sees them.

    Args:
        pairs: compared.
        odds: how likely each is under each of the three.
        model: whose columns the patterns are of.
        known: of each record, whether its given name is one that many bear.
    """
    names = known[pairs.a] & known[pairs.b]
    bits = odds.one - np.logaddexp2(odds.strangers, odds.home + CAUTION_BITS + TWIN_CAUTION_BITS * _maybe_twins(pairs, model))
    apart, called = _apart(pairs, model, bits, names), _called(pairs, odds, model, bits)
    return Edges(pairs.a.astype(np.int64), pairs.b.astype(np.int64), np.clip(bits, LEAST_BITS, MOST_BITS), apart, called)


def _apart(pairs: Pairs, model: Model, bits: Reals, named: Marks) -> NDArray[np.int8]:
    """What tells two apart; *named* says of which pairs both given names are ones that many bear."""
    apart = np.zeros(len(pairs), np.int8)
    given, born, own = _levels(pairs, model, "given"), _levels(pairs, model, "birth_date"), _owned(pairs, model, OWN)
    twins = (born == 0) & np.isin(given, ALIKE_LEVELS) & named
    apart[twins & (bits < BEYOND_DOUBT_BITS) & ~own] = IN_DOUBT
    if _telling(model, "birth_date"):
        apart[(born == OTHER_BIRTH_DATE) & (bits < 0) & ~own] = IN_DOUBT
    if _telling(model, "given"):
        apart[(given == OTHER_GIVEN) & named & (bits < BEYOND_DOUBT_BITS)] = NEVER
    return apart


def _maybe_twins(pairs: Pairs, model: Model) -> Marks:
    """Whether two could be twins for all that is said: names alike, or a first letter or none beside one birth date."""
    given, born = _levels(pairs, model, "given"), _levels(pairs, model, "birth_date")
    alike = np.isin(given, ALIKE_LEVELS) & (born != OTHER_BIRTH_DATE)
    silent = ((given == INITIAL) | (given == UNSAID)) & (born == 0)
    return (alike | silent) & ~_owned(pairs, model, OWN)


def _called(pairs: Pairs, odds: Odds, model: Model, bits: Reals) -> NDArray[np.int8]:
    """Whether a pair shows two of a home who are called alike, or could be of two such.

    A loyalty card is no proof here: parent and child may use one, and it then is borne under one name.
    """
    given, family, born = (_levels(pairs, model, column) for column in ("given", "family", "birth_date"))
    either = (born >= OTHER_BIRTH_DATE) & ~_owned(pairs, model, ("email", "phone", "login_name"))
    alike = (born == OTHER_BIRTH_DATE) & (given < OTHER_GIVEN) & (family < OTHER_FAMILY)
    called = np.where(either, EITHER, np.int8(0))
    called[either & alike & (odds.home > odds.strangers) & (bits < BEYOND_DOUBT_BITS)] = NAMESAKES
    return called


OTHER_GIVEN, OTHER_FAMILY, OTHER_BIRTH_DATE = (len(one.levels) - 1 for one in (GIVEN, FAMILY, BIRTH_DATE))


def _levels(pairs: Pairs, model: Model, column: str) -> Levels:
    """The level of a column; nothing to compare where the model does not know it."""
    columns = tuple(model.columns)
    return pairs.level(columns.index(column)) if column in columns else np.full(len(pairs), UNSAID, np.int8)


def _owned(pairs: Pairs, model: Model, columns: tuple[str, ...]) -> Marks:
    """Whether two records share an identifier that is one person's own."""
    return np.logical_or.reduce([_levels(pairs, model, column) == 0 for column in columns])


def _telling(model: Model, column: str) -> bool:
    """Whether two records that differ in a column are hardly one person."""
    return column in model.columns and model.columns[column].bits()[-1] < TELLING_BITS
