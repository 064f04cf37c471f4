"""How each contact ended, and the `contacts` table, cut off at the end of the data.

Better agents solve more at the first go. What is not solved at once is asked back about, and
solved later or given up. What lies after the end of the data is not yet known to anybody:
such contacts are open or pending, without the times that are still to come.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from duecare.demo.answers import FAR, Answers
from duecare.demo.baskets import Baskets, order_ids
from duecare.demo.catalogue import Catalogue
from duecare.demo.chunk import Chunk
from duecare.demo.columns import DAY_S, Flags, Ints, counts, ids, table, take, times, words
from duecare.demo.contacts import CHANNELS, FAULTY_PRODUCT, REASON_SKILL, REASONS, RETURN, SEVERITIES, Contacts
from duecare.demo.days import END, ServiceHours
from duecare.demo.records import Records
from duecare.demo.staff import LANGUAGES, Team, serve

TRANSFERRED = 0.07
AT_ONCE, AT_ONCE_QUALITY, AT_ONCE_GRAVE = 0.9, 0.8, -0.9
"""Log-odds that the first answer solves it: of the average agent, for each unit of quality, for critical and high severity."""
SOLVE_MEDIAN_S, SOLVE_SPREAD = 7 * 3600, 0.9
"""Open seconds until the solution, when the first answer was not it."""
SILENT, GIVE_UP_DAYS, CLOSE_DAYS = 0.15, 14, 3
"""Share of customers who never come back when asked, after how many days their contact is closed, and a solved one."""

OUTCOMES = ("solved", "refund", "replacement", "no_answer", "abandoned", "self_service")
SOLVED, REFUND, REPLACEMENT, UNANSWERED, ABANDONED, SELF_SERVICE = range(6)
STATUSES = ("open", "pending", "solved", "closed")
OPEN, PENDING, IS_SOLVED, CLOSED = range(4)


@dataclass(frozen=True, slots=True)
class Endings:
    """One value a contact, as if the data had no end; FAR: never."""

    last_agent: Ints
    """Who had it last, by place in the team; another one than first when it was transferred."""
    transfer: Ints
    """When it changed hands."""
    at_once: Flags
    """Solved by the first answer."""
    rests: Ints
    """When the first answer was through: the customer's turn, unless it was solved."""
    asked_back: Ints
    """When the customer wrote again, before it was solved."""
    resolved: Ints
    closed: Ints
    outcome: Ints


def end(chunk: Chunk, contacts: Contacts, answers: Answers, team: Team, hours: ServiceHours) -> Endings:
    """Return how the contacts of a chunk ended."""
    chances, n = chunk.chances("ends"), contacts.size
    grave = contacts.severity <= SEVERITIES.index("high")
    odds = np.exp(AT_ONCE + AT_ONCE_QUALITY * team.quality[answers.agent] + AT_ONCE_GRAVE * grave)
    solved_at_once = chances.random(n) < odds / (1 + odds)
    silent = answers.human & ~solved_at_once & (chances.random(n) < SILENT)
    rests = np.where(contacts.live, answers.hung_up, answers.reply)
    later = hours.after(rests, (SOLVE_MEDIAN_S * np.exp(SOLVE_SPREAD * chances.standard_normal(n))).astype(np.int64) + 600)
    by_bot = contacts.opened + chances.integers(90, 400, n)
    resolved = np.where(contacts.bot, by_bot, np.where(solved_at_once, rests, later))
    resolved = np.where(answers.abandoned | silent, FAR, resolved)
    waits = answers.human & ~solved_at_once & ~silent
    asked_back = np.where(waits, rests + ((resolved - rests) * chances.uniform(0.2, 0.8, n)).astype(np.int64), FAR)
    last_agent, transfer = _transferred(chances, contacts, answers, resolved, team)
    return Endings(
        last_agent, transfer, solved_at_once & answers.human, rests, asked_back, resolved,
        _closed(contacts, answers, rests, resolved, silent), _outcome(chances.random(n), contacts, answers, silent),
    )  # fmt: skip


def _transferred(chances: np.random.Generator, contacts: Contacts, answers: Answers, resolved: Ints, team: Team) -> tuple[Ints, Ints]:
    """Return who had each contact last, and when it changed hands if it did: early in the call, or before the customer asks back."""
    until = np.where(contacts.live, answers.hung_up, resolved)
    moves = answers.human & (until > answers.reply + 60) & (until < FAR) & (chances.random(contacts.size) < TRANSFERRED)
    at = answers.reply + ((until - answers.reply) * chances.uniform(0.1, 0.19, contacts.size)).astype(np.int64)
    last = answers.agent.copy()
    last[moves] = serve(team, at[moves], answers.handle_s[moves] // 2, REASON_SKILL[contacts.reason[moves]], contacts.language[moves])
    return last, np.where(last == answers.agent, FAR, at)


def _closed(contacts: Contacts, answers: Answers, rests: Ints, resolved: Ints, silent: Flags) -> Ints:
    """Return when each contact was closed: at once when nobody served it, else some days after its last word."""
    days = np.where(silent, rests + GIVE_UP_DAYS * DAY_S, resolved + CLOSE_DAYS * DAY_S)
    return np.where(answers.abandoned, answers.queued + answers.queue_s, np.where(contacts.bot, resolved, days))


def _outcome(chances: np.ndarray, contacts: Contacts, answers: Answers, silent: Flags) -> Ints:
    goods = np.isin(contacts.reason, (FAULTY_PRODUCT, RETURN))
    outcome = np.where(
        goods & (chances < 0.5), REFUND, np.where((contacts.reason == FAULTY_PRODUCT) & (chances < 0.8), REPLACEMENT, SOLVED)
    )
    return np.where(answers.abandoned, ABANDONED, np.where(contacts.bot, SELF_SERVICE, np.where(silent, UNANSWERED, outcome)))


def status(answers: Answers, endings: Endings) -> Ints:
    """Return the place in STATUSES of each contact at the end of the data."""
    turn = np.where((endings.rests <= END) & (endings.asked_back > END) & ~endings.at_once & answers.human, PENDING, OPEN)
    return np.where(endings.closed <= END, CLOSED, np.where(endings.resolved <= END, IS_SOLVED, turn))


def worked(answers: Answers) -> Flags:
    """Return which contacts an agent has worked on by the end of the data: they alone have a handle time, and cost minutes."""
    return answers.human & (answers.reply <= END)


def last_known_agent(answers: Answers, endings: Endings) -> Ints:
    """Return who had each contact last by the end of the data, by place in the team; -1: nobody yet."""
    return np.where(worked(answers), np.where(endings.transfer <= END, endings.last_agent, answers.agent), -1)


def contact_ids(chunk: Chunk, place: Ints) -> pa.Array:
    """Return the numbers of contacts."""
    return ids("C", np.where(place < 0, -1, chunk.place * 10_000_000 + place), 10)


@dataclass(frozen=True, slots=True)
class Case:
    """All that is known of a chunk's contacts."""

    contacts: Contacts
    answers: Answers
    endings: Endings
    team: Team


def contacts_table(chunk: Chunk, case: Case, records: Records, baskets: Baskets, goods: Catalogue) -> pa.Table:
    """Return the contract's `contacts` rows of a chunk."""
    contacts, answers, endings = case.contacts, case.answers, case.endings
    order = np.where(contacts.tells_order, contacts.order, -1)
    product = np.where(contacts.tells_product, baskets.product[baskets.first_line[contacts.order]], -1)
    in_queue = contacts.live & (answers.queued + answers.queue_s <= END)
    columns = {"contact_id": contact_ids(chunk, np.arange(contacts.size))} | records.who(contacts.record)
    columns |= {
        "channel": words(CHANNELS, contacts.channel),
        "opened_at": times(contacts.opened),
        "reason": words(REASONS, contacts.reason),
    }
    columns |= {"severity": words(SEVERITIES, contacts.severity), "language": words(LANGUAGES, contacts.language)}
    columns |= {"order_id": order_ids(chunk, order), "product_id": take(goods.product_id, product)}
    columns |= {"status": words(STATUSES, status(answers, endings)), "agent_id": take(case.team.ids(), last_known_agent(answers, endings))}
    columns |= {"first_reply_at": times(answers.reply, worked(answers)), "resolved_at": times(endings.resolved, endings.resolved <= END)}
    columns |= {"handle_seconds": counts(answers.handle_s, worked(answers)), "queue_seconds": counts(answers.queue_s, in_queue)}
    ended = (endings.closed <= END) | (endings.resolved <= END)
    return table(columns | {"outcome": words(OUTCOMES, np.where(ended, endings.outcome, -1))})
