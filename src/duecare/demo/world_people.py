"""The people of an identity world as they truly are, and as they were before they moved, married or changed their number.

People of a household stand side by side, the head first. A day is a whole number of days since
the world's time began; what changes has a value before and one from a day on.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from duecare.demo.chunk import Chunk
from duecare.demo.columns import Floats, Ints, pick
from duecare.demo.names import CITIES, ORIGIN_SHARES, STREETS
from duecare.demo.people import LANDLINE_SPACE, LANDLINE_STRIDE, MOBILE_SPACE, MOBILE_STRIDE, TODAY, YEAR_DAYS
from duecare.demo.world_names import ALIKE, draw_family, draw_given
from duecare.demo.world_rates import Rates

CODES_PER_CITY = 200
"""Postcodes of a town: 8,000 in all, about as many as Germany has."""

QUARANTINE_DAYS = 180
"""How long a mobile number rests before somebody else gets it. Assumed."""


@dataclass(frozen=True, slots=True)
class Changing:
    """What had one value before a day and another from then on; a day of 0 says it never changed."""

    before: Ints
    now: Ints
    day: Ints

    def on(self, day: Ints, person: Ints) -> Ints:
        """Return the value that held for each of the persons on a day."""
        return np.where(day < self.day[person], self.before[person], self.now[person])


class Homes(NamedTuple):
    """Who lives with whom; places within the chunk, -1 for nobody."""

    head: Ints
    rank: Ints
    """0 for the head, 1 for the next, and so on."""
    crowd: Ints
    """How many they are."""
    twin: Ints
    """The other twin."""
    parent: Ints
    """The parent of whom a junior has the name."""


class Addresses(NamedTuple):
    """Streets and towns as places in their lists, by number of the address."""

    street: Ints
    house: Ints
    city: Ints
    code: Ints
    """The last three digits of the postcode."""


@dataclass(frozen=True, slots=True)
class Folk:
    """One value a person."""

    number: Ints
    """Over the whole world."""
    homes: Homes
    woman: Ints
    given: Ints
    family: Changing
    birth_day: Ints
    """Days since 1970."""
    mobile: Changing
    number_from: Ints
    """Who had the mobile number before; -1: nobody."""
    landline: Changing
    """-1: none."""
    switchboard: Ints
    """The number of the firm one works at; -1: none."""
    address: Changing
    """A number of an address."""
    addresses: Addresses
    email: Changing
    """A number of an e-mail address."""
    card: Changing

    @property
    def size(self) -> int:
        return len(self.number)


def make_folk(chunk: Chunk, rates: Rates) -> Folk:
    """Return the people of a chunk."""
    chances, n = chunk.chances("people"), chunk.size
    number, span = chunk.first + np.arange(n), int(rates.span_years * YEAR_DAYS)
    homes = _homes(rates, n, chances)
    woman = _women(homes, chances)
    origin = pick(ORIGIN_SHARES, chances.random(n))[homes.head]
    given = _twins_named(homes, woman, origin, draw_given(woman, origin, chances.random(n)), rates, chances)
    moves = np.where(chances.random(n) < rates.moved_share, _days(span, n, chances), 0)[homes.head]
    mobile, number_from = _mobiles(number, homes, span, rates, chances)
    listed = (chances.random(n) < rates.landline_homes_share)[homes.head]
    calls = [np.where(listed, _lines(3 * number[homes.head] + k), -1) for k in (0, 1)]
    return Folk(
        number=number,
        homes=homes,
        woman=woman,
        given=np.where(homes.parent >= 0, given[homes.parent], given),
        family=_families(homes, origin, span, rates, chances),
        birth_day=_birth_days(homes, chances),
        mobile=mobile,
        number_from=number_from,
        landline=Changing(calls[1], calls[0], moves),
        switchboard=_switchboards(number, rates, chances),
        address=Changing(homes.head + n, homes.head, moves),
        addresses=_addresses(n, chances),
        email=_changing(2 * number, rates.email_changed_share, span, chances),
        card=_changing(2 * number, rates.replaced_card_share, span, chances),
    )


def _days(span: int, n: int, chances: np.random.Generator) -> Ints:
    return chances.integers(1, span, n)


def _changing(first: Ints, share: float, span: int, chances: np.random.Generator) -> Changing:
    """Number two values a person, of which a *share* had both."""
    days = _days(span, len(first), chances)
    return Changing(first + 1, first, np.where(chances.random(len(first)) < share, days, 0))


def _homes(rates: Rates, n: int, chances: np.random.Generator) -> Homes:
    """Form households, then choose in which of them the youngest two are twins, or the youngest bears the head's name."""
    sizes = 1 + pick(rates.home_shares, chances.random(n))
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    head = np.repeat(starts, sizes)[:n]
    rank, crowd = np.arange(n) - head, np.bincount(head, minlength=n)[head]
    twin, parent = np.full(n, -1), np.full(n, -1)
    twins, juniors = (round(rate * n / 1000) for rate in (rates.twin_pairs_per_1000_people, rates.juniors_per_1000_people))
    lasts = np.flatnonzero((crowd > 1) & (rank == crowd - 1))
    chosen = chances.permutation(lasts)[: twins + juniors]
    second, junior = chosen[:twins], chosen[twins:]
    twin[second], twin[second - 1] = second - 1, second
    parent[junior] = head[junior]
    return Homes(head, rank, crowd, twin, parent)


def _women(homes: Homes, chances: np.random.Generator) -> Ints:
    """Return who is a woman: nine couples in ten are mixed, two twin pairs in three alike, juniors as their parent."""
    n = len(homes.head)
    woman = chances.integers(0, 2, n)
    mixed = (homes.rank == 1) & (chances.random(n) < 0.9)
    woman = np.where(mixed, 1 - woman[homes.head], woman)
    alike = (homes.twin >= 0) & (homes.twin < np.arange(n)) & (chances.random(n) < 2 / 3)
    woman = np.where(alike, woman[homes.twin], woman)
    return np.where(homes.parent >= 0, woman[homes.parent], woman)


def _twins_named(homes: Homes, woman: Ints, origin: Ints, given: Ints, rates: Rates, chances: np.random.Generator) -> Ints:
    """Name twins: some alike, none the same."""
    second = np.flatnonzero(homes.twin >= 0)[1::2]
    first = homes.twin[second]
    same = second[given[second] == given[first]]
    given = given.copy()
    given[same] = draw_given(woman[same], origin[same], (np.arange(len(same)) + 0.5) / max(len(same), 1))
    alike = (chances.random(len(second)) < rates.twins_alike_share) | (given[second] == given[first])
    for gender, pairs in enumerate(ALIKE):
        here = alike & (woman[second] == gender)
        pair = pairs[chances.integers(0, len(pairs), int(here.sum()))]
        given[first[here]], given[second[here]] = pair[:, 0], pair[:, 1]
    return given


def _families(homes: Homes, origin: Ints, span: int, rates: Rates, chances: np.random.Generator) -> Changing:
    """Give a family one name; some partners keep theirs, and some people bore another before they married."""
    n = len(origin)
    family, maiden = draw_family(origin, chances.random(n)), draw_family(origin, chances.random(n))
    kin = (homes.twin >= 0) | (homes.parent >= 0)
    own = (homes.rank == 1) & (chances.random(n) < rates.partner_keeps_name_share) & ~kin
    now = np.where(own, family, family[homes.head])
    changed = (chances.random(n) < rates.name_changed_share) & ~kin & (maiden != now)
    return Changing(maiden, now, np.where(changed, _days(span, n, chances), 0))


def _birth_days(homes: Homes, chances: np.random.Generator) -> Ints:
    """Return birthdays: heads are 22 to 85, partners near them, children and juniors a generation younger, nobody under 16."""
    n = len(homes.head)
    junior = homes.parent >= 0
    youngest = np.where(np.isin(np.arange(n), homes.parent[junior]), 40, 22)
    born = TODAY - (youngest + (85 - youngest) * chances.beta(1.6, 2.0, n)) * YEAR_DAYS
    born = np.where(homes.rank == 1, born[homes.head] + chances.normal(0, 3, n) * YEAR_DAYS, born)
    born = np.where((homes.rank >= 2) | junior, born[homes.head] + chances.uniform(20, 34, n) * YEAR_DAYS, born)
    born = np.minimum(born, TODAY - 16 * YEAR_DAYS - chances.random(n) * 700)
    second = (homes.twin >= 0) & (homes.twin < np.arange(n))
    return np.where(second, born[homes.twin], born).astype(np.int64)


def _mobiles(number: Ints, homes: Homes, span: int, rates: Rates, chances: np.random.Generator) -> tuple[Changing, Ints]:
    """Number the mobiles; some people changed theirs, and some of those numbers went to others after a rest."""
    n = len(number)
    own = _changing(2 * number, rates.phone_changed_share, span, chances)
    before, now, day = own.before, own.now.copy(), own.day.copy()
    pairs = chances.permutation(n)[: 2 * round(rates.recycled_phones_per_1000_people * n / 1000)].reshape(2, -1)
    former, latter = pairs[:, homes.head[pairs[0]] != homes.head[pairs[1]]]
    day[former] = span // 4 + _days(span // 4, len(former), chances)
    day[latter], now[latter] = day[former] + QUARANTINE_DAYS, before[former]
    number_from = np.full(n, -1)
    number_from[latter] = former
    return Changing(_dialled(before), _dialled(now), day), number_from


def _dialled(place: Ints) -> Ints:
    return (place + 1) * MOBILE_STRIDE % MOBILE_SPACE


def _lines(place: Ints) -> Ints:
    return (place + 1) * LANDLINE_STRIDE % LANDLINE_SPACE + 20_000_000


def _switchboards(number: Ints, rates: Rates, chances: np.random.Generator) -> Ints:
    """Give some people, in groups of colleagues, one number each group."""
    n = len(number)
    staff = chances.permutation(n)[: round(rates.switchboard_people_per_1000 * n / 1000)]
    found = np.full(n, -1)
    found[staff] = _lines(3 * number[staff[np.arange(len(staff)) // rates.switchboard_colleagues]] + 2)
    return found


def _addresses(n: int, chances: np.random.Generator) -> Addresses:
    """Return two addresses a household: n of today, n of before; six moves in ten stay in the town."""
    city = pick([1 / (k + 3) for k in range(len(CITIES))], chances.random(2 * n))
    city[n:] = np.where(chances.random(n) < 0.6, city[:n], city[n:])
    return Addresses(
        street=_places(len(STREETS), chances.random(2 * n)),
        house=1 + _places(140, chances.random(2 * n) ** 2),
        city=city,
        code=_places(CODES_PER_CITY, chances.random(2 * n) ** 1.5) * 5,
    )


def _places(many: int, chances: Floats) -> Ints:
    return (chances * many).astype(np.int64)
