"""When each contact was first answered, and by whom.

Phone and chat are open in service hours alone; what is written is answered in them. A bot
greets in chat and solves some by itself: that is no first reply, which only a person gives.
Whether a wait is long was decided with the order (`effect.py`); here it gets its length.
"""

from dataclasses import dataclass

import numpy as np

from duecare.demo.chunk import Chunk
from duecare.demo.columns import DAY_S, Flags, Ints
from duecare.demo.contacts import CHAT, PHONE, REASON_SKILL, Contacts
from duecare.demo.days import END, ServiceHours
from duecare.demo.effect import LONG_WAIT_S
from duecare.demo.staff import Team, serve

QUEUE_SHORT_S, QUEUE_LONG_S, QUEUE_SPREAD = 40, 240, 0.9
"""Medians of a short wait in the queue and of what a long one is beyond the mark; both log-normal."""
PATIENCE_S = 600
"""Mean of how much longer than the mark a caller holds the line."""
REPLY_SHORT_S, REPLY_LONG_S, REPLY_SPREAD = 2 * 3600, 5 * 3600, 0.8
"""The same as for the queue for the first answer to what is written, in open seconds."""
HANDLE_MEDIAN_S, HANDLE_SPREAD, HANDLE_LEAST_S = np.asarray((840, 1_020, 960, 960, 780)), 0.65, 30
"""By channel: seconds an agent works on a contact, log-normal."""
FAR = END + 400 * DAY_S
"""Stands for never."""
QUEUE_MARK_S, REPLY_MARK_S = LONG_WAIT_S["phone"], LONG_WAIT_S["email"]


@dataclass(frozen=True, slots=True)
class Answers:
    """One value a contact, as if the data had no end; FAR: never."""

    abandoned: Flags
    queued: Ints
    queue_s: Ints
    reply: Ints
    """First answer by a person."""
    handle_s: Ints
    agent: Ints
    """Who answered, by place in the team; -1: nobody."""

    @property
    def human(self) -> Flags:
        """Whether a person answered, or will."""
        return self.agent >= 0

    @property
    def hung_up(self) -> Ints:
        """When a call or chat with a person was over."""
        return self.reply + self.handle_s


def answer(chunk: Chunk, contacts: Contacts, team: Team, hours: ServiceHours) -> Answers:
    """Return how the contacts of a chunk were first answered."""
    chances, n = chunk.chances("waits"), contacts.size
    queued = contacts.opened + np.where(contacts.channel == CHAT, chances.integers(15, 90, n), chances.integers(5, 40, n))
    queue_s, abandoned = _queue(chances, contacts)
    written = hours.after(contacts.opened, _written_s(chances, contacts.waited))
    human = ~contacts.bot & ~abandoned
    reply = np.where(human, np.where(contacts.live, queued + queue_s, written), FAR)
    handle_s = HANDLE_MEDIAN_S[contacts.channel] * np.exp(HANDLE_SPREAD * chances.standard_normal(n))
    handle_s = np.maximum(handle_s.astype(np.int64), HANDLE_LEAST_S)
    agent = _agents(team, contacts, reply, handle_s, human)
    return Answers(abandoned, queued, queue_s, reply, handle_s, agent)


def _queue(chances: np.random.Generator, contacts: Contacts) -> tuple[Ints, Flags]:
    """Return the seconds in the queue, and who rang off in it: the impatient among those on the phone who wait long."""
    spread = np.exp(QUEUE_SPREAD * chances.standard_normal(contacts.size))
    short = np.clip(QUEUE_SHORT_S * spread, 3, QUEUE_MARK_S)
    wait = np.where(contacts.waited, QUEUE_MARK_S + 1 + np.minimum(QUEUE_LONG_S * spread, 3600), short)
    patience = QUEUE_MARK_S + 1 + chances.exponential(PATIENCE_S, contacts.size)
    abandoned = (contacts.channel == PHONE) & contacts.waited & (patience < wait)
    return np.minimum(wait, np.where(abandoned, patience, np.inf)).astype(np.int64), abandoned


def _written_s(chances: np.random.Generator, waited: Flags) -> Ints:
    """Return the open seconds until the first answer to what is written: within the mark, or beyond it."""
    spread = np.exp(REPLY_SPREAD * chances.standard_normal(len(waited)))
    short, long = np.clip(REPLY_SHORT_S * spread, 300, REPLY_MARK_S), REPLY_MARK_S + 1 + np.minimum(REPLY_LONG_S * spread, 40 * 3600)
    return np.where(waited, long, short).astype(np.int64)


def _agents(team: Team, contacts: Contacts, reply: Ints, handle_s: Ints, human: Flags) -> Ints:
    """Return who answered each contact, -1 where nobody did."""
    agent = np.full(contacts.size, -1, np.int64)
    agent[human] = serve(team, reply[human], handle_s[human], REASON_SKILL[contacts.reason[human]], contacts.language[human])
    return agent
