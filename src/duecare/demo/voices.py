"""What customers say: surveys after contacts and orders, and whom they bring along.

The very pleased and the very displeased answer surveys oftener. A customer who was let down
brings fewer others (`effect.py`).
"""

import numpy as np
import pyarrow as pa

from duecare.demo.cast import CAST_SIZE, REFERRER
from duecare.demo.chunk import Chunk
from duecare.demo.columns import DAY_S, Flags, Ints, counts, same, table, take, times, words
from duecare.demo.days import END
from duecare.demo.effect import Effect
from duecare.demo.endings import Case, contact_ids
from duecare.demo.habits import Habits
from duecare.demo.purchases import Orders
from duecare.demo.records import WEBSHOP, Records

CSAT_MIDDLE, CSAT_QUALITY, CSAT_WAITED, CSAT_UNSOLVED, CSAT_SPREAD = 4.0, 0.45, -1.0, -0.6, 0.9
"""Satisfaction from 1 to 5: of the average agent's contact, by unit of quality, after a long wait, when not solved at once."""
ANSWER_SHARE, ANSWER_WORST, ANSWER_BEST = 0.10, 0.12, 0.08
"""Share of the asked who answer, and how much more of those who would give the worst and the best score."""
CES_SHARE = 0.3
NPS_SHARE, NPS_MIDDLE, NPS_LATE, NPS_WAITED, NPS_SPREAD = 0.025, 8.0, -1.8, -2.2, 1.9
COMMENTS = ("waited too long", "had to ask twice", "all right", "friendly", "quick and friendly")
COMMENT_SHARE = 0.2
SURVEYS = ("csat", "ces", "nps")

REFERRED, REFERRED_WITHIN_DAYS, TRIES = 0.10, 60, 8
"""Share of new customers whom somebody brought, after an order of so many days before at most."""
PLANTED_REFERRALS = 16


def surveys_table(chunk: Chunk, case: Case, orders: Orders, records: Records) -> pa.Table:
    """Return the contract's `surveys` rows of a chunk."""
    chances = chunk.chances("surveys")
    parts = (*_after_contacts(chances, case), _after_orders(chances, orders))
    record, at, kind, score, contact = (np.concatenate(column) for column in zip(*parts, strict=True))
    known = np.flatnonzero(at <= END)
    record, at, kind, score, contact = (column[known] for column in (record, at, kind, score, contact))
    says = (chances.random(len(at)) < COMMENT_SHARE) & (kind == 0)
    columns = records.who(record) | {"at": times(at), "kind": words(SURVEYS, kind), "score": counts(score)}
    return table(columns | {"contact_id": contact_ids(chunk, contact), "comment": words(COMMENTS, np.where(says, score - 1, -1))})


def _after_contacts(chances: np.random.Generator, case: Case) -> tuple[tuple[Ints, ...], tuple[Ints, ...]]:
    """Return satisfaction and effort scores: record, at, kind, score, contact."""
    contacts, answers, endings = case.contacts, case.answers, case.endings
    n, unsolved = contacts.size, ~endings.at_once
    quality = CSAT_QUALITY * case.team.quality[endings.last_agent]
    pleased = CSAT_MIDDLE + quality + CSAT_WAITED * contacts.waited + CSAT_UNSOLVED * unsolved + CSAT_SPREAD * chances.standard_normal(n)
    score = np.clip(np.rint(pleased), 1, 5).astype(np.int64)
    share = ANSWER_SHARE + ANSWER_WORST * (score == 1) + ANSWER_BEST * (score == 5)
    asked = answers.human & (endings.resolved <= END)
    at = endings.resolved + chances.integers(3_600, 2 * DAY_S, n)
    ease = np.clip(score + 2 - 1 * unsolved + chances.integers(-1, 2, n), 1, 7)
    answered = np.flatnonzero(asked & (chances.random(n) < share))
    ces = answered[chances.random(len(answered)) < CES_SHARE]
    csat = (contacts.record[answered], at[answered], np.full(len(answered), 0), score[answered], answered)
    return csat, (contacts.record[ces], at[ces], np.full(len(ces), 1), ease[ces], ces)


def _after_orders(chances: np.random.Generator, orders: Orders) -> tuple[Ints, ...]:
    """Return scores of recommendation: record, at, kind, score, no contact."""
    who = np.flatnonzero(chances.random(orders.size) < NPS_SHARE)
    felt = NPS_MIDDLE + NPS_LATE * orders.late[who] + NPS_WAITED * orders.waited[who] + NPS_SPREAD * chances.standard_normal(len(who))
    at = orders.at[who] + chances.integers(9 * DAY_S, 20 * DAY_S, len(who))
    return orders.record[who], at, np.full(len(who), 2), np.clip(np.rint(felt), 0, 10).astype(np.int64), np.full(len(who), -1)


def referrals(chunk: Chunk, habits: Habits, records: Records, orders: Orders, effect: Effect, revenue: Ints) -> tuple[Ints, Ints, Ints]:
    """Return who brought whom, when: places of persons and instants; each was brought by one at most."""
    chances = chunk.chances("referrals")
    came = _first_orders(chunk.size, orders)
    online = records.of[:, WEBSHOP] >= 0
    new = np.flatnonzero((habits.acquired > 0) & online & (came <= END))
    new = new[chances.random(len(new)) < REFERRED]
    by = _referrers(chances, came[new], orders, online, effect)
    by[by == new] = -1
    brought_by = np.full(chunk.size, -1)
    brought_by[new] = by
    if chunk.has_cast:
        _plant(brought_by, online & (habits.acquired > 0), came, revenue)
    referee = np.flatnonzero(brought_by >= 0)
    return brought_by[referee], referee, came[referee]


def _first_orders(persons: int, orders: Orders) -> Ints:
    """Return when each person first bought in the window; after the end when never."""
    first = np.full(persons, END + 1)
    np.minimum.at(first, orders.person, orders.at)
    return first


def _referrers(chances: np.random.Generator, came: Ints, orders: Orders, online: Flags, effect: Effect) -> Ints:
    """Draw for each newcomer an order shortly before, likelier one that went well, and return who placed it; -1: none found."""
    low, high = (np.searchsorted(orders.at, came - days * DAY_S) for days in (REFERRED_WITHIN_DAYS, 0))
    weight = effect.refer_weight(orders.late, orders.waited) * online[orders.person]
    by = np.full(len(came), -1)
    for _ in range(TRIES):
        drawn = np.minimum(low + (chances.random(len(came)) * (high - low)).astype(np.int64), orders.size - 1)
        taken = (by < 0) & (high > low) & (chances.random(len(came)) < weight[drawn])
        by = np.where(taken, orders.person[drawn], by)
    return by


def _plant(brought_by: Ints, able: Flags, came: Ints, revenue: Ints) -> None:
    """Let the cast's referrer have brought some of the shop's best customers."""
    able = able & (came > came[REFERRER]) & (np.arange(len(came)) >= CAST_SIZE)
    best = np.flatnonzero(able)[np.argsort(-revenue[able], kind="stable")[: PLANTED_REFERRALS * 3 : 3]]
    brought_by[best] = REFERRER


def referrals_table(records: Records, brought: tuple[Ints, Ints, Ints]) -> pa.Table:
    """Return the contract's `referrals` rows: the webshop alone asks who sent a newcomer."""
    by, referee, at = brought
    names = [take(records.source_id, records.of[who, WEBSHOP]) for who in (by, referee)]
    return table({"source": same("webshop", len(by)), "referrer": names[0], "referee": names[1], "at": times(at)})
