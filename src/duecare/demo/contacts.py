"""Who asks for help about what, and where: the contacts as they arise, before anybody has served them.

A late order is asked about, a faulty product is complained of, the rest is everyday matters.
People write to where they are known: to the desk if it has them, else to shop or till.
"""

from dataclasses import dataclass

import numpy as np

from duecare.demo.chunk import Chunk
from duecare.demo.columns import DAY_S, Flags, Floats, Ints, pick
from duecare.demo.days import END, ServiceHours
from duecare.demo.names import ORIGINS
from duecare.demo.people import People
from duecare.demo.purchases import Orders
from duecare.demo.records import DESK, SOCIAL, TILL, WEBSHOP, Records
from duecare.demo.staff import LANGUAGES

CHANNELS = ("phone", "email", "chat", "web", "social")
PHONE, EMAIL, CHAT, WEB, AT_SOCIAL = range(5)
CHANNEL_SHARES = (0.36, 0.28, 0.16, 0.13, 0.30)
"""Social counts only for those who have a handle there."""

BOT_SOLVES = 0.25
"""Share of chats that need no person."""
WRITES_INSTEAD = 0.6
"""Share of those who find the line closed and write at once; the others ring up when it is open again."""
OPENING_RUSH_S, OPENING_RUSH = 8 * 3600, (1.0, 2.5)
"""Within so many open seconds of the opening, as a beta with these parameters: most of them early."""

REASONS = ("delivery", "faulty_product", "return", "invoice", "payment", "product_question", "account", "complaint")
DELIVERY, FAULTY_PRODUCT, RETURN, INVOICE, PAYMENT, QUESTION, ACCOUNT, COMPLAINT = range(8)
REASON_SKILL = np.asarray((0, 1, 1, 2, 2, 1, 3, 0))
"""The place in staff.SKILLS that each reason asks for."""
REASONS_USUAL = (0.20, 0.07, 0.16, 0.13, 0.10, 0.20, 0.10, 0.04)
REASONS_LATE = (0.72, 0.02, 0.04, 0.03, 0.02, 0.03, 0.02, 0.12)
REASONS_FAULTY = (0.01, 0.84, 0.09, 0.0, 0.0, 0.01, 0.0, 0.05)

SEVERITIES = ("critical", "high", "normal", "low")
SEVERITY_SHARES = (
    (0.01, 0.20, 0.69, 0.10),
    (0.06, 0.44, 0.48, 0.02),
    (0.00, 0.10, 0.70, 0.20),
    (0.00, 0.08, 0.62, 0.30),
    (0.02, 0.38, 0.50, 0.10),
    (0.00, 0.02, 0.43, 0.55),
    (0.01, 0.12, 0.52, 0.35),
    (0.04, 0.46, 0.45, 0.05),
)
"""By reason. The severity follows the issue and nothing else."""

FOREIGN = 0.6
"""How often customers of English or French origin ask in their language."""
ORDER_TOLD, PRODUCT_TOLD = 0.9, 0.95


@dataclass(frozen=True, slots=True)
class Contacts:
    """One value a contact, by the time at which it was opened."""

    order: Ints
    """Place of the order it follows."""
    person: Ints
    record: Ints
    channel: Ints
    reason: Ints
    severity: Ints
    language: Ints
    opened: Ints
    live: Flags
    """By phone or in chat, with a person asked for."""
    bot: Flags
    """In chat, and the bot is enough."""
    waited: Flags
    """Whether it is to be answered late."""
    tells_order: Flags
    tells_product: Flags

    @property
    def size(self) -> int:
        return len(self.order)


def arise(chunk: Chunk, people: People, records: Records, orders: Orders, hours: ServiceHours) -> Contacts:
    """Return the contacts of a chunk that are opened before the end."""
    chances = chunk.chances("contacts")
    order, arises = _when(chances, orders)
    of = records.of[orders.person[order]]
    channel = _if_closed(chances, _channel(chances.random(len(order)), of), arises, hours)
    bot = (channel == CHAT) & ~orders.waited[order] & (chances.random(len(order)) < BOT_SOLVES)
    live = np.isin(channel, (PHONE, CHAT)) & ~bot
    opened = np.where(live, _in_hours(chances, arises, hours), arises)
    by_time = np.argsort(opened, kind="stable")
    kept = by_time[opened[by_time] <= END]
    ways = (channel[kept], _record(channel, of)[kept], opened[kept], live[kept], bot[kept])
    return _told(chances, people, orders, order[kept], ways)


def _told(
    chances: np.random.Generator, people: People, orders: Orders, order: Ints, ways: tuple[Ints, Ints, Ints, Flags, Flags]
) -> Contacts:
    """Add to when and where a contact came what it is about."""
    person, n = orders.person[order], len(order)
    channel, record, opened, live, bot = ways
    reason = _reason(chances.random(n), orders.late[order], orders.faulty[order])
    tells_order = (chances.random(n) < np.where(reason == QUESTION, 0.4, ORDER_TOLD)) & (reason != ACCOUNT)
    about_goods = np.isin(reason, (FAULTY_PRODUCT, RETURN, QUESTION))
    return Contacts(
        order=order,
        person=person,
        record=record,
        channel=channel,
        reason=reason,
        severity=_severity(reason, chances.random(n)),
        language=_language(people.origin[person], chances.random(n)),
        opened=opened,
        live=live,
        bot=bot,
        waited=orders.waited[order],
        tells_order=tells_order,
        tells_product=about_goods & tells_order & (chances.random(n) < PRODUCT_TOLD),
    )


def _when(chances: np.random.Generator, orders: Orders) -> tuple[Ints, Ints]:
    """Return the order behind each contact and when it arises; a second one about the same order follows within a day or two."""
    order = np.repeat(np.arange(orders.size), orders.contacts)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(orders.contacts) - orders.contacts, orders.contacts)
    return order, orders.asks_at[order] + (rank * chances.uniform(0.3, 1.2, len(order)) * DAY_S).astype(np.int64)


def _if_closed(chances: np.random.Generator, channel: Ints, arises: Ints, hours: ServiceHours) -> Ints:
    """Return the channel after a look at the clock: out of hours many write who would have rung up or chatted."""
    closed = hours.after(arises, np.zeros_like(arises)) != arises
    writes = closed & np.isin(channel, (PHONE, CHAT)) & (chances.random(len(channel)) < WRITES_INSTEAD)
    return np.where(writes, np.where(channel == PHONE, EMAIL, WEB), channel)


def _in_hours(chances: np.random.Generator, arises: Ints, hours: ServiceHours) -> Ints:
    """Return when calls are made: at once when the line is open, else in the rush after it opens."""
    opened = hours.after(arises, np.zeros_like(arises))
    rush = (chances.beta(*OPENING_RUSH, len(arises)) * OPENING_RUSH_S).astype(np.int64)
    return np.where(opened == arises, arises, hours.after(opened, rush))


def _channel(chances: Floats, of: Ints) -> Ints:
    """Draw the channel; only those with a handle come by way of the social site, chat and web form are for those with an account."""
    share = np.tile(np.asarray(CHANNEL_SHARES), (len(of), 1))
    share[:, AT_SOCIAL] *= of[:, SOCIAL] >= 0
    share[:, [CHAT, WEB]] *= ((of[:, WEBSHOP] >= 0) | (of[:, DESK] >= 0))[:, None]
    ladder = np.cumsum(share, axis=1)
    return (chances * ladder[:, -1] >= ladder[:, :-1].T).sum(axis=0)


def _record(channel: Ints, of: Ints) -> Ints:
    """Return the record that each contact comes from: the one the channel leads to, else another that exists."""
    online = np.isin(channel, (CHAT, WEB))
    shop, till, desk = of[:, WEBSHOP], of[:, TILL], of[:, DESK]
    first, second = np.where(online, shop, desk), np.where(online, desk, shop)
    known = np.where(first >= 0, first, np.where(second >= 0, second, till))
    return np.where(channel == AT_SOCIAL, of[:, SOCIAL], known)


def _reason(chances: Floats, late: Flags, faulty: Flags) -> Ints:
    return np.where(faulty, pick(REASONS_FAULTY, chances), np.where(late, pick(REASONS_LATE, chances), pick(REASONS_USUAL, chances)))


def _severity(reason: Ints, chances: Floats) -> Ints:
    ladder = np.cumsum(np.asarray(SEVERITY_SHARES), axis=1)[reason]
    return (chances >= ladder[:, :-1].T).sum(axis=0)


def _language(origin: Ints, chances: Floats) -> Ints:
    """Return the place in staff.LANGUAGES; a few Germans write in English too."""
    english, french = origin == ORIGINS.index("en"), origin == ORIGINS.index("fr")
    foreign = chances < np.where(english | french, FOREIGN, 0.04)
    return np.where(foreign, np.where(french, LANGUAGES.index("fr"), LANGUAGES.index("en")), LANGUAGES.index("de"))
