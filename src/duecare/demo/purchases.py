"""Who buys when, and how it goes: the k-th order of everybody who still buys, one k after the other.

After each order the customer may stop for good; a broken promise or a long wait makes that
likelier (`effect.py`). Whether an order comes late and whether its contacts are answered
late is decided here, by chance and the day; `baskets.py`, `contacts.py` and `answers.py`
fill in what it looked like.
"""

from dataclasses import dataclass, fields

import numpy as np

from duecare.demo.chunk import Chunk
from duecare.demo.columns import DAY_S, Flags, Floats, Ints
from duecare.demo.days import END, Season, Window, month_of
from duecare.demo.effect import QUIET_DAYS, Effect
from duecare.demo.habits import Habits
from duecare.demo.records import DESK, SECOND_ACCOUNT, TILL, WEBSHOP, Records

CHANNELS = ("web", "mobile", "shop", "phone")
WEB, MOBILE, SHOP, PHONE = range(4)
CHANNEL_SHARES = (0.42, 0.27, 0.27, 0.04)
CHANNEL_PLACES = (WEBSHOP, WEBSHOP, TILL, DESK)
"""The record that an order of each channel belongs to."""

PROMISED_DAYS = 3.5
"""What is sent is promised for noon of the third day after the order's."""
LATE_SHARE, LATE_SEASON = 0.12, (0.9, 0.9, 0.9, 0.9, 1.0, 1.0, 1.0, 1.1, 1.0, 1.0, 1.1, 1.5)
"""Share of deliveries after the promised day, and how it moves with the month, January first."""
WAIT_SHARE, WAIT_WEEK = 0.22, (1.45, 1.05, 0.95, 0.90, 0.95, 0.85, 0.85)
"""Share of contacts that wait long, and how it moves with the day of the week on which they arise, Monday first."""
BAD_WEEKS, BAD_WEEK_WAIT = (6, 21, 22, 47, 73, 98), 1.8
"""Weeks of the window in which too many agents were ill."""

CARE = 0.068
"""Contacts that an order of the median customer brings when all goes well."""
CARE_LATE, CARE_FAULTY, MOST_CONTACTS = 1.0, 9.0, 9
"""How many times that a late and a faulty delivery bring on top."""

ASKING_HOURS = (5.0, 9.5, 21.0)
"""Hours of the day in UTC between which people ask for help, and that at which most do in the middle."""

FAULTY_FROM, FAULTY_TO, FAULTY_SHARE = 140, 75, 0.03
"""The bad batch was sold from so many to so many days before the end, in this share of orders."""


@dataclass(frozen=True, slots=True)
class Orders:
    """One value an order, by time once they are whole."""

    person: Ints
    at: Ints
    channel: Ints
    record: Ints
    late: Flags
    """Delivered after the promised day."""
    waited: Flags
    """It had contacts, and they were answered late."""
    contacts: Ints
    asks_at: Ints
    """When its first contact arises, if it has any."""
    faulty: Flags
    """Of the bad batch."""

    @property
    def size(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True)
class Market:
    """What purchases depend on beside the customers."""

    span: Window
    season: Season
    effect: Effect


def purchase(chunk: Chunk, habits: Habits, records: Records, market: Market) -> tuple[Orders, Flags]:
    """Return the orders of a chunk by time, and who still buys at the end."""
    chances = chunk.chances("purchases")
    person, day = np.arange(chunk.size), _first_days(habits, market.season, chances)
    alive, rounds = np.zeros(chunk.size, np.bool_), list[Orders]()
    while person.size:
        alive[person[day >= market.span.length]] = True
        buys = (day < market.span.length) & (day < habits.leaves[person])
        person, day = person[buys], day[buys]
        rounds.append(_round(person, day, habits, records, market.span, chances))
        stays = chances.random(person.size) >= market.effect.stop_chance(habits.dropout[person], rounds[-1].late, rounds[-1].waited)
        person, day = person[stays], _next_days(day[stays], habits.rate[person[stays]], market.season, chances)
    return _by_time(rounds), alive & np.isinf(habits.leaves)


def _first_days(habits: Habits, season: Season, chances: np.random.Generator) -> Floats:
    """Return the day of each one's first order in the window; who came before it buys on at their rate, who came in it on that day."""
    gaps = chances.standard_exponential(len(habits.rate)) / habits.rate
    return np.where(habits.acquired < 0, season.day(gaps), habits.acquired)


def _next_days(day: Floats, rate: Floats, season: Season, chances: np.random.Generator) -> Floats:
    """Return the day of the next order: some quiet days, then a wait at the customer's rate, in buying time."""
    return season.day(season.spent(day + QUIET_DAYS) + chances.standard_exponential(len(day)) / rate)


def _round(person: Ints, day: Floats, habits: Habits, records: Records, span: Window, chances: np.random.Generator) -> Orders:
    """Return one order for each person on their day."""
    n = len(person)
    channel, record = _where_bought(records.of[person], chances)
    faulty = (day > span.length - FAULTY_FROM) & (day < span.length - FAULTY_TO) & (channel != SHOP) & (chances.random(n) < FAULTY_SHARE)
    at = span.instant(np.floor(day)) + _hour_s(channel, chances)
    late = (channel != SHOP) & (chances.random(n) < LATE_SHARE * np.asarray(LATE_SEASON)[month_of(at) % 12])
    care = CARE * habits.care[person] * (1 + CARE_LATE * late + CARE_FAULTY * faulty)
    contacts = np.minimum(chances.poisson(care), MOST_CONTACTS)
    asks_at = span.instant(np.floor(day)) + _asking_s(late, chances)
    waited = (chances.random(n) < _wait_share(asks_at, span)) & (contacts > 0) & (asks_at <= END)
    return Orders(person, at, channel, record, late, waited, contacts, asks_at, faulty)


def _where_bought(of: Ints, chances: np.random.Generator) -> tuple[Ints, Ints]:
    """Draw the channel of each order from those that the customer has a record for."""
    share = np.asarray(CHANNEL_SHARES) * (of[:, CHANNEL_PLACES] >= 0)
    ladder = np.cumsum(share, axis=1)
    channel = (chances.random(len(of)) * ladder[:, -1] >= ladder[:, :3].T).sum(axis=0)
    place = np.asarray(CHANNEL_PLACES)[channel]
    second = (place == WEBSHOP) & (of[:, SECOND_ACCOUNT] >= 0) & (chances.random(len(of)) < 0.5)
    return channel, of[np.arange(len(of)), np.where(second, SECOND_ACCOUNT, place)]


def _hour_s(channel: Ints, chances: np.random.Generator) -> Ints:
    """Return the second of the day: in the shop by day, online mostly in the evening."""
    by_day, evening = chances.triangular(8.0, 12.5, 18.0, len(channel)), 24 * chances.beta(4.5, 2.6, len(channel))
    return (np.where((channel == SHOP) | (channel == PHONE), by_day, evening) * 3600).astype(np.int64).clip(0, DAY_S - 1)


def _asking_s(late: Flags, chances: np.random.Generator) -> Ints:
    """Return how long after the day of the order a matter about it comes up: when it is late, on the day after the promised one."""
    days = np.where(late, int(PROMISED_DAYS) + 1, chances.integers(1, 5, len(late)))
    return days * DAY_S + (chances.triangular(*ASKING_HOURS, len(late)) * 3600).astype(np.int64)


def _wait_share(at: Ints, span: Window) -> Floats:
    """Return the share of contacts that wait long on the day of each instant."""
    weekday = (at // DAY_S + 3) % 7
    bad = np.isin((at - span.start) // (7 * DAY_S), BAD_WEEKS)
    return WAIT_SHARE * np.asarray(WAIT_WEEK)[weekday] * np.where(bad, BAD_WEEK_WAIT, 1.0)


def _by_time(rounds: list[Orders]) -> Orders:
    """Join the rounds and put the orders in order of time."""
    joined = [np.concatenate([getattr(r, f.name) for r in rounds]) for f in fields(Orders)]
    by_time = np.argsort(joined[1], kind="stable")
    return Orders(*(column[by_time] for column in joined))
