"""Which systems know whom: the source records of each person, and their ids.

A person has 1.7 records on average. Some have an account in the webshop, a card at the till,
both, or neither; who asks for help more often is known to the desk. A few have a second account.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from duecare.demo.cast import CAST_SIZE, FAMILY, FORMER, LAPSED, LATTER, VULNERABLE
from duecare.demo.chunk import Chunk
from duecare.demo.columns import Flags, Ints, ids, pc, pick, take
from duecare.demo.habits import Habits

SOURCES = ("webshop", "till", "desk", "social")
WEBSHOP, TILL, DESK, SOCIAL, SECOND_ACCOUNT = range(5)
"""The places a person may have a record at; a second account is one of the webshop too."""

KNOWN_AT = (0.50, 0.20, 0.27, 0.03)
"""Shares of people with a webshop account alone, a card alone, both, neither."""
SOCIAL_SHARE, SECOND_SHARE = 0.08, 0.03
DESK_HAZARD = 0.28
"""How much likelier the desk knows someone with each unit of their propensity to ask for help."""

ID_LETTERS = ("W", "T", "D", "S")
ID_SPACE, ID_STRIDES = 1_000_000_000, (618_033_989, 414_213_561, 732_050_807, 236_067_977)
"""Each system numbers its records in an order of its own, so that ids tell nothing about who is who."""


@dataclass(frozen=True, slots=True)
class Records:
    """One value a source record, ordered by person."""

    person: Ints
    """Place of the person in the chunk."""
    source: Ints
    """Place in SOURCES."""
    source_id: pa.Array
    second: Flags
    """Whether it is a second account of the same person."""
    of: Ints
    """The record of each person (rows) at each of the five places (columns); -1: none."""

    @property
    def size(self) -> int:
        return len(self.person)

    def names(self) -> pa.Array:
        """Return the source of each record by name."""
        return take(pa.array(SOURCES), self.source)

    def who(self, record: Ints) -> dict[str, pa.Array]:
        """Return the two columns by which a row of another table names its customer."""
        return {"source": take(pa.array(SOURCES), self.source[record]), "source_id": take(self.source_id, record)}


def make_records(chunk: Chunk, habits: Habits) -> Records:
    """Return the source records of a chunk's persons."""
    known = _known(chunk, habits)
    person, place = np.nonzero(known)
    of = np.full(known.shape, -1, np.int64)
    of[person, place] = np.arange(len(person))
    source = np.where(place == SECOND_ACCOUNT, WEBSHOP, place)
    number = ((chunk.first + person) * 8 + place + 1) * np.asarray(ID_STRIDES)[source] % ID_SPACE
    return Records(person, source, _source_ids(source, number), place == SECOND_ACCOUNT, of)


def _known(chunk: Chunk, habits: Habits) -> Flags:
    """Return which of the five places (columns) know each person (rows); everybody is known somewhere."""
    chances, n = chunk.chances("records"), chunk.size
    kind = pick(KNOWN_AT, chances.random(n))
    known = np.zeros((n, 5), np.bool_)
    known[:, WEBSHOP] = (kind == 0) | (kind == 2)
    known[:, TILL] = (kind == 1) | (kind == 2)
    known[:, DESK] = (kind == 3) | (chances.random(n) < -np.expm1(-DESK_HAZARD * habits.care))
    known[:, SOCIAL] = chances.random(n) < SOCIAL_SHARE
    known[:, SECOND_ACCOUNT] = known[:, WEBSHOP] & (chances.random(n) < SECOND_SHARE)
    if chunk.has_cast:
        known[:CAST_SIZE] = (True, False, False, False, False)
        known[[LAPSED, *FAMILY], TILL] = True
        known[[LAPSED, VULNERABLE, FORMER, LATTER, *FAMILY], DESK] = True
    return known


def _source_ids(source: Ints, number: Ints) -> pa.Array:
    return pc.binary_join_element_wise(take(pa.array(ID_LETTERS), source), ids("", number, 9), "")
