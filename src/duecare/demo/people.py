"""Persons and households as they truly are, before any system has written them down.

Persons of a household stand side by side; the first is its head. Couples, grown children
with a parent's full name, and twins are what makes telling people apart hard.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from duecare.demo.cast import CAST_HOMES, FAMILY, recycled
from duecare.demo.chunk import Chunk
from duecare.demo.columns import DAY_S, Flags, Floats, Ints, pick
from duecare.demo.days import END
from duecare.demo.names import CITIES, FAMILIES, MEN, ORIGIN_SHARES, ORIGINS, STREETS, WOMEN

HOME_SHARES = (0.938, 0.043, 0.013, 0.006)
"""Households of 1, 2, 3 and 4 persons: about 14 % of people share one."""

MOBILE_SPACE, MOBILE_STRIDE = 40_000_000, 22_695_477
"""Mobile numbers of four German prefixes; a stride without common factor visits each once."""
LANDLINE_SPACE, LANDLINE_STRIDE = 80_000_000, 31_415_927

YEAR_DAYS = 365.25
TODAY = END // DAY_S
GIVEN = tuple(name for lists in (WOMEN, MEN) for names in lists for name in names)
FAMILY_NAMES = tuple(name for names in FAMILIES for name in names)


@dataclass(frozen=True, slots=True)
class People:
    """One value a person; names, streets and towns as places in their lists, numbers as whole numbers."""

    number: Ints
    """Over the whole shop."""
    home: Ints
    """The number of the household's head."""
    shares_home: Flags
    woman: Flags
    origin: Ints
    given: Ints
    family: Ints
    birth_day: Ints
    """Days since 1970."""
    mobile: Ints
    landline: Ints
    """-1: none."""
    street: Ints
    house: Ints
    city: Ints
    postcode: Ints
    """The last three digits."""

    @property
    def size(self) -> int:
        return len(self.number)


def make_people(chunk: Chunk) -> People:
    """Return the persons of a chunk."""
    chances, n = chunk.chances("people"), chunk.size
    head, rank, crowd = _homes(chunk, chances.random(n))
    woman = _genders(chances, rank)
    if chunk.has_cast:
        woman[list(FAMILY)] = (False, True, False)
    origin = pick(ORIGIN_SHARES, chances.random(n))[head]
    keeps_name = (rank == 1) & (chances.random(n) < 0.2)
    family = _names(FAMILIES, origin, chances.random(n))
    given = _given(woman, origin, chances.random(n))
    namesake = (rank == 2) & (woman == woman[head]) & (chances.random(n) < 0.25)
    if chunk.has_cast:
        namesake[FAMILY[2]] = True
    number = chunk.first + np.arange(n)
    return People(
        number=number,
        home=number[head],
        shares_home=crowd > 1,
        woman=woman,
        origin=origin,
        given=np.where(namesake, given[head], given),
        family=np.where(keeps_name, family, family[head]),
        birth_day=_birth_days(chances, head, rank),
        mobile=_mobiles(chunk, number),
        landline=_landlines(number[head], (crowd > 1) | (chances.random(n) < 0.3)[head]),
        street=(chances.random(n) * len(STREETS)).astype(np.int64)[head],
        house=1 + (chances.random(n) ** 2 * 140).astype(np.int64)[head],
        city=pick([1 / (k + 3) for k in range(len(CITIES))], chances.random(n))[head],
        postcode=(chances.random(n) * 1000).astype(np.int64)[head],
    )


def _homes(chunk: Chunk, chances: Floats) -> tuple[Ints, Ints, Ints]:
    """Return for each person the place of the head, the rank in the household (0 head) and its size."""
    sizes = 1 + pick(HOME_SHARES, chances)
    if chunk.has_cast:
        sizes[: len(CAST_HOMES)] = CAST_HOMES
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    head = np.repeat(starts, sizes)[: chunk.size]
    return head, np.arange(chunk.size) - head, np.bincount(head, minlength=chunk.size)[head]


def _genders(chances: np.random.Generator, rank: Ints) -> Flags:
    """Return who is a woman; nine couples in ten are mixed."""
    woman = chances.random(len(rank)) < 0.5
    partner = np.flatnonzero((rank == 1) & (chances.random(len(rank)) < 0.9))
    woman[partner] = ~woman[partner - 1]
    return woman


def _names(lists: tuple[Sequence[str], ...], origin: Ints, chances: Floats) -> Ints:
    """Draw a place in the joined lists, in the list of one's origin, the first names the commonest."""
    places, offset = np.zeros(len(origin), np.int64), 0
    for code in range(len(ORIGINS)):
        here = origin == code
        places[here] = offset + pick([1 / (k + 4) ** 0.8 for k in range(len(lists[code]))], chances[here])
        offset += len(lists[code])
    return places


def _given(woman: Flags, origin: Ints, chances: Floats) -> Ints:
    women = sum(len(names) for names in WOMEN)
    return np.where(woman, _names(WOMEN, origin, chances), women + _names(MEN, origin, chances))


def _birth_days(chances: np.random.Generator, head: Ints, rank: Ints) -> Ints:
    """Return birthdays: heads are 22 to 85, partners near them, children a generation younger, nobody under 18; some are twins."""
    n = len(head)
    born = TODAY - (22 + 63 * chances.beta(1.6, 2.0, n)) * YEAR_DAYS
    born = np.where(rank == 1, born[head] + chances.normal(0, 3, n) * YEAR_DAYS, born)
    born = np.where(rank >= 2, born[head] + chances.uniform(20, 34, n) * YEAR_DAYS, born)
    twin = np.flatnonzero((rank == 3) & (chances.random(n) < 0.3))
    born[twin] = born[twin - 1]
    youngest = TODAY - 18 * YEAR_DAYS - chances.random(n) * 700
    return np.minimum(born, np.where(np.isin(np.arange(n), twin), born, youngest)).astype(np.int64)


def _mobiles(chunk: Chunk, number: Ints) -> Ints:
    mobile = (number * MOBILE_STRIDE + chunk.seed * 7_919) % MOBILE_SPACE
    pairs = recycled(chunk)
    mobile[pairs.latter] = mobile[pairs.former]
    return mobile


def _landlines(home: Ints, has_one: Flags) -> Ints:
    return np.where(has_one, (home * LANDLINE_STRIDE) % LANDLINE_SPACE + 20_000_000, -1)
