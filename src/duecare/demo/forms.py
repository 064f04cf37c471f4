"""The `people` table: what each system wrote down about a person, slips and gaps included.

The webshop has an e-mail always, the till a card number always, the desk what the
caller gave, the social site a handle. The cast's records have neither slips nor gaps in name,
e-mail and telephone.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from duecare.demo.cast import cast_flags
from duecare.demo.chunk import Chunk
from duecare.demo.columns import DAY_S, Flags, Ints, dates, ids, only, pc, pick, same, table, take, times
from duecare.demo.days import END
from duecare.demo.habits import Habits
from duecare.demo.names import CITIES, COMPANIES, MAIL_DOMAINS, NICKNAMES, STREETS, WORK_DOMAINS, bare
from duecare.demo.people import FAMILY_NAMES, GIVEN, People
from duecare.demo.records import DESK, SECOND_ACCOUNT, SOCIAL, TILL, WEBSHOP, Records
from duecare.demo.spelling import (
    FILLER_MAILS,
    FILLER_NAMES,
    FILLER_PHONES,
    fill_in,
    hands,
    in_capitals,
    in_every_hand,
    phones,
    slip,
    with_tag,
)

NOWHERE = 0.0
"""Shares below are by source: webshop, till, desk, social."""
HAS_MAIL = (1.0, 0.35, 0.85, 0.10)
HAS_PHONE = (0.75, 0.50, 0.60, NOWHERE)
HAS_ADDRESS = (0.92, 0.55, 0.08, NOWHERE)
HAS_BIRTHDAY = (0.15, 0.55, 0.03, NOWHERE)
HAS_NAME = (1.0, 0.98, 0.90, 0.70)
NICKNAMED, LANDLINE_GIVEN, FAMILY_MAIL, OTHER_MAIL, MOVED = 0.08, 0.25, 0.35, 0.14, 0.06
UNKNOWN_BIRTHDAY = -25_567
"""1900-01-01 in days since 1970: the clerk's filler."""


@dataclass(frozen=True, slots=True)
class Pen:
    """What every column of the table is written with."""

    people: People
    records: Records
    spared: Flags
    """Records of the cast: no slips, no gaps."""
    hand: Ints
    chances: np.random.Generator

    def share(self, by_source: tuple[float, ...]) -> Flags:
        """Draw which records have something, at the share of their source; the cast's always where it can be had."""
        share = np.asarray(by_source)[self.records.source]
        return (self.chances.random(self.records.size) < share) | (self.spared & (share > 0))

    def some(self, share: float) -> Flags:
        """Draw a share of the records, none of the cast."""
        return (self.chances.random(self.records.size) < share) & ~self.spared


def people_table(chunk: Chunk, people: People, habits: Habits, records: Records, first_seen: Ints) -> pa.Table:
    """Return the contract's `people` rows of a chunk.

    Args:
        chunk: the chunk they belong to.
        people: the persons as they are.
        habits: who has a need that the service must meet.
        records: which systems know whom.
        first_seen: when each record was opened, an instant a record.
    """
    chances = chunk.chances("forms")
    spared = cast_flags(chunk)[records.person]
    hand = np.where(spared, 0, hands(chances.random(records.size)))
    pen = Pen(people, records, spared, hand, chances)
    columns = records.who(np.arange(records.size)) | _names(pen) | _reach(pen) | _address(pen) | _numbers(pen)
    columns |= {"created_at": times(first_seen), "consent_profiling": _consent(pen)}
    needs = habits.needs_care[records.person] & (records.source == DESK)
    return table(columns | {"needs": only(same("vulnerable", records.size), needs)})


def _names(pen: Pen) -> dict[str, pa.Array]:
    person, source = pen.records.person, pen.records.source
    given = take(in_every_hand(GIVEN), pen.hand * len(GIVEN) + pen.people.given[person])
    nicknames = pa.array([NICKNAMES.get(name) for name in GIVEN], pa.string()).take(pa.array(pen.people.given[person]))
    given = pc.if_else(pa.array(pen.some(NICKNAMED)), pc.coalesce(nicknames, given), given)
    family = take(in_every_hand(FAMILY_NAMES), pen.hand * len(FAMILY_NAMES) + pen.people.family[person])
    given, family = slip(given, pen.chances, 0.02, pen.spared), slip(family, pen.chances, 0.025, pen.spared)
    shown, parted = pen.share(HAS_NAME), source == WEBSHOP
    full = fill_in(_full_name(pen, given, family), FILLER_NAMES, pen.chances.random(len(source)), 0.005, pen.spared)
    return {"name": only(full, shown & ~parted), "given_name": only(given, parted), "family_name": only(family, parted)}


def _full_name(pen: Pen, given: pa.Array, family: pa.Array) -> pa.Array:
    """Join names as a clerk does: mostly in order, at the till often turned round, sometimes with an initial."""
    turned = pen.some(0.4) & (pen.records.source == TILL)
    initial = pen.some(0.06)
    front = pc.if_else(pa.array(initial), pc.binary_join_element_wise(pc.utf8_slice_codeunits(given, 0, 1), ".", ""), given)
    straight = pc.binary_join_element_wise(front, family, " ")
    return pc.if_else(pa.array(turned), pc.binary_join_element_wise(family, given, ", "), straight)


def _reach(pen: Pen) -> dict[str, pa.Array]:
    return {"email": _mails(pen), "phone": _phones(pen)}


def _mails(pen: Pen) -> pa.Array:
    """Write e-mail addresses: one's own, sometimes that of work or of the family, with slips, tags and fillers.

    The webshop wants a different one for each account, so there the head of the family alone gives that of the family.
    """
    person, size = pen.records.person, pen.records.size
    heads = pen.people.home[person] == pen.people.number[person]
    shared = pen.some(FAMILY_MAIL) & pen.people.shares_home[person] & (heads | (pen.records.source != WEBSHOP))
    twice = pen.records.of[person, SECOND_ACCOUNT] >= 0
    kind = np.where(pen.records.second, 1, np.where(shared, 2, np.where(pen.some(OTHER_MAIL) & ~twice, 1, 0)))
    own, work, family = addresses(pen.people)
    mails = pc.choose(pa.array(kind), take(own, person), take(work, person), take(family, person))
    mails = in_capitals(with_tag(slip(mails, pen.chances, 0.01, pen.spared, reach=5), pen.some(0.04)), pen.some(0.04))
    clerk = pen.spared | (pen.records.source == WEBSHOP)
    mails = fill_in(mails, FILLER_MAILS, pen.chances.random(size), 0.03, clerk)
    return only(mails, pen.share(HAS_MAIL))


def addresses(people: People) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return each person's own address, that at work and that of the family; no two people have the same own one."""
    given = pa.array([bare(n).lower() for n in GIVEN]).take(pa.array(people.given))
    family = pa.array([bare(n).lower() for n in FAMILY_NAMES]).take(pa.array(people.family))
    number = pc.cast(pa.array(people.number), pa.string())
    initial = pc.utf8_slice_codeunits(given, 0, 1)
    style = people.number * 7 % 10
    first = pc.if_else(pa.array(style < 3), initial, pc.if_else(pa.array(style < 8), given, family))
    second = pc.if_else(pa.array(style < 8), family, given)
    own = pc.binary_join_element_wise(pc.binary_join_element_wise(first, second, "."), number, "")
    work = pc.binary_join_element_wise(given, ".", family, number, "")
    home = pc.binary_join_element_wise("familie.", family, pc.cast(pa.array(people.home), pa.string()), "")
    return _at(own, MAIL_DOMAINS, people.number), _at(work, WORK_DOMAINS, people.number), _at(home, MAIL_DOMAINS, people.home)


def _at(local: pa.Array, domains: tuple[str, ...], number: Ints) -> pa.Array:
    return pc.binary_join_element_wise(local, pa.array(domains).take(pa.array(number * 31 // 7 % len(domains))), "@")


def _phones(pen: Pen) -> pa.Array:
    """Write telephone numbers: the mobile, or the one in the hall; a family in the cast gives the latter."""
    people, person = pen.people, pen.records.person
    landline = people.landline[person]
    at_home = (landline >= 0) & (
        pen.some(LANDLINE_GIVEN) | (pen.some(0.4) & people.shares_home[person]) | (pen.spared & people.shares_home[person])
    )
    written = phones(np.where(at_home, landline, people.mobile[person]), ~at_home, pen.chances.random(len(person)))
    clerk = pen.spared | (pen.records.source == WEBSHOP)
    return only(fill_in(written, FILLER_PHONES, pen.chances.random(len(person)), 0.04, clerk), pen.share(HAS_PHONE))


def _address(pen: Pen) -> dict[str, pa.Array]:
    """Write addresses; one in sixteen is where somebody lived before."""
    people, person, moved = pen.people, pen.records.person, pen.some(MOVED)
    shown = pen.share(HAS_ADDRESS)
    street_at = np.where(moved, (people.street[person] + 17) % len(STREETS), people.street[person])
    street = slip(take(in_every_hand(STREETS), pen.hand * len(STREETS) + street_at), pen.chances, 0.02, pen.spared)
    house = pc.cast(pa.array(np.where(moved, 1 + people.house[person] * 3 % 97, people.house[person])), pa.string())
    code = pa.array(list(CITIES.values())).take(pa.array(people.city[person]))
    postcode = pc.binary_join_element_wise(code, ids("", (people.postcode[person] + moved * 7) % 1000, 3), "")
    city = take(in_every_hand(list(CITIES)), pen.hand * len(CITIES) + people.city[person])
    return {
        "street": only(pc.binary_join_element_wise(street, house, " "), shown),
        "postcode": only(postcode, shown | (pen.some(0.3) & (pen.records.source == TILL))),
        "city": only(city, shown | (pen.some(0.2) & (pen.records.source == SOCIAL))),
        "country": only(same("DE", pen.records.size), shown),
    }


def _numbers(pen: Pen) -> dict[str, pa.Array]:
    """Write birthdays, card numbers, log-in names, handles, companies and what the till knows of households."""
    people, records, person = pen.people, pen.records, pen.records.person
    at_till, online = records.source == TILL, records.source == WEBSHOP
    card_linked = online & pen.some(0.60) & (records.of[person, TILL] >= 0)
    card = ids("29", (people.number + 1) * 7_368_787 % 10_000_000_000, 10)
    login = pc.list_element(pc.split_pattern(addresses(people)[0], "@"), 0)
    return {
        "birth_date": _birthdays(pen),
        "loyalty_id": only(take(card, person), at_till | card_linked),
        "username": only(take(login, person), online & pen.some(0.6)),
        "social_handle": only(
            pc.binary_join_element_wise("@", take(pc.replace_substring(login, ".", "_"), person), ""), records.source == SOCIAL
        ),
        "company": only(pa.array(COMPANIES).take(pa.array(people.number[person] % len(COMPANIES))), online & pen.some(0.02)),
        "household": only(take(ids("F", people.home, 8), person), at_till & pen.some(0.2) & people.shares_home[person]),
    }


def _birthdays(pen: Pen) -> pa.Array:
    """Write birthdays; a few are out by a year or a day, and some clerks put 1900."""
    slipped = pick((0.97, 0.01, 0.01, 0.01), pen.chances.random(pen.records.size)) * ~pen.spared
    born = pen.people.birth_day[pen.records.person] + np.asarray((0, 365, -1, 30))[slipped]
    return dates(np.where(pen.some(0.02), UNKNOWN_BIRTHDAY, born), pen.share(HAS_BIRTHDAY))


def _consent(pen: Pen) -> pa.Array:
    """Write who agreed to profiling: asked in the webshop alone, where 6 in 100 said no."""
    answer = pick((0.90, 0.06, 0.04), pen.chances.random(pen.records.size))
    return pa.array(answer == 0, mask=(answer == 2) | (pen.records.source != WEBSHOP))


def opened_at(chunk: Chunk, records: Records, habits: Habits, start: int, used: Ints) -> Ints:
    """Return when each record was opened: as the person came or some months after, and an hour before it was first used at the latest.

    Args:
        chunk: the chunk they belong to.
        records: the records.
        habits: when persons came.
        start: the window's first instant.
        used: the first order or contact of each record, END when there is none.
    """
    later = np.concatenate(([False], records.person[1:] == records.person[:-1]))
    chances = chunk.chances("opened")
    came = start + (habits.acquired[records.person] * DAY_S).astype(np.int64)
    lag = np.where(later, chances.exponential(150 * DAY_S, records.size), 0.0).astype(np.int64)
    late = came + (chances.random(records.size) * (END - came)).astype(np.int64)
    return np.minimum(np.where(came + lag < END, came + lag, late), used - 3600)
