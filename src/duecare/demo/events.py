"""What happened to each contact, one row a happening: the `contact_events` table.

The rows tell the same story as the contact's own columns, which a test holds: the first
answer by a person is `first_reply_at`, queued to answered is `queue_seconds`, the last agent
named is `agent_id`, the last status is `status`. A bot's greeting, a rule's receipt and an
agent's note to colleagues come before the first reply and are none.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from duecare.demo.chunk import Chunk
from duecare.demo.columns import Flags, Ints, pc, table, take, times, words
from duecare.demo.contacts import CHAT, EMAIL, PHONE, SEVERITIES, WEB
from duecare.demo.days import END
from duecare.demo.endings import CLOSED, IS_SOLVED, OPEN, PENDING, STATUSES, Case, contact_ids

KINDS = (
    "opened", "status", "priority", "reply", "queued", "abandoned", "deflected", "assigned", "answered", "hold", "transferred", "finished", "closed",
)  # fmt: skip
ACTORS = ("customer", "agent", "bot", "rule")
RECEIPT, NOTE, HOLD = 0.45, 0.15, 0.20
"""Share of written contacts that get an automatic receipt, and a note among colleagues; of calls that are put on hold."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One kind of event of some contacts."""

    kind: str
    actor_kind: str
    who: Flags
    """Which contacts, as flags over all."""
    at: Ints
    """When, for all contacts."""
    actor: Ints | None = None
    """The agent's place, for all contacts."""
    value: Ints | int = -1
    """Place in STATUSES, or behind them in SEVERITIES; or an agent's place, see *names_agent*."""
    names_agent: bool = False
    public: bool | None = None


def _arrival(case: Case, chances: np.random.Generator) -> Iterator[Happening]:
    """Yield what happens until somebody answers."""
    contacts, answers = case.contacts, case.answers
    every, opened = np.ones(contacts.size, np.bool_), contacts.opened
    yield Happening("opened", "customer", every, opened)
    yield Happening("status", "rule", every, opened, value=OPEN)
    graded = contacts.severity != SEVERITIES.index("normal")
    yield Happening("priority", "rule", graded, opened + 1, value=len(STATUSES) + contacts.severity)
    yield Happening("reply", "bot", contacts.channel == CHAT, opened + 2, public=True)
    receipt = np.isin(contacts.channel, (EMAIL, WEB)) & (chances.random(contacts.size) < RECEIPT)
    yield Happening("reply", "rule", receipt, opened + 4, public=True)
    yield Happening("queued", "rule", contacts.live, answers.queued)
    yield Happening("abandoned", "customer", answers.abandoned, answers.queued + answers.queue_s)
    yield Happening("deflected", "bot", contacts.bot, case.endings.resolved)


def _answer(case: Case, chances: np.random.Generator) -> Iterator[Happening]:
    """Yield what happens as somebody answers, and while they work on it."""
    contacts, answers, endings = case.contacts, case.answers, case.endings
    written = answers.human & ~contacts.live
    on_the_way = contacts.opened + ((answers.reply - contacts.opened) * 0.8).astype(np.int64)
    note = written & (chances.random(contacts.size) < NOTE)
    in_time = answers.reply <= END
    assigned_at = np.where(contacts.live, answers.reply, on_the_way)
    yield Happening("assigned", "rule", answers.human & in_time, assigned_at, value=answers.agent, names_agent=True)
    yield Happening("reply", "agent", note & in_time, on_the_way + 30, answers.agent, public=False)
    yield Happening("answered", "agent", answers.human & contacts.live, answers.reply, answers.agent)
    yield Happening("reply", "agent", written, answers.reply, answers.agent, public=True)
    held = (contacts.channel == PHONE) & answers.human & (chances.random(contacts.size) < HOLD)
    yield Happening("hold", "agent", held, answers.reply + answers.handle_s // 12, answers.agent)
    moved = endings.last_agent != answers.agent
    yield Happening("transferred", "agent", moved, endings.transfer, answers.agent, endings.last_agent, names_agent=True)


def _ending(case: Case) -> Iterator[Happening]:
    """Yield what happens from the end of the first answer on."""
    contacts, answers, endings = case.contacts, case.answers, case.endings
    open_ended, last = answers.human & ~endings.at_once, endings.last_agent
    yield Happening("finished", "agent", contacts.live & answers.human, endings.rests, last)
    yield Happening("status", "agent", open_ended, endings.rests, np.where(contacts.live, last, answers.agent), PENDING)
    yield Happening("reply", "customer", open_ended, endings.asked_back, public=True)
    yield Happening("status", "rule", open_ended, endings.asked_back, value=OPEN)
    yield Happening("reply", "agent", open_ended, endings.resolved, last, public=True)
    yield Happening("status", "agent", answers.human, endings.resolved, last, IS_SOLVED)
    yield Happening("finished", "agent", answers.human & ~contacts.live, endings.resolved, last)
    yield Happening("closed", "rule", np.ones(contacts.size, np.bool_), endings.closed)
    yield Happening("status", "rule", np.ones(contacts.size, np.bool_), endings.closed, value=CLOSED)


def events_table(chunk: Chunk, case: Case) -> pa.Table:
    """Return the contract's `contact_events` rows of a chunk, by contact and in order, until the end of the data."""
    chances = chunk.chances("events")
    parts = [_rows(h) for h in (*_arrival(case, chances), *_answer(case, chances), *_ending(case))]
    contact, at, kind, actor_kind, actor, value, public = (np.concatenate(column) for column in zip(*parts, strict=True))
    rank = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    order = np.lexsort((rank, at, contact))
    agents = case.team.ids()
    named = pa.concat_arrays([pa.array((*STATUSES, *SEVERITIES), pa.string()), pc.cast(agents, pa.string())])
    return table(
        {
            "contact_id": contact_ids(chunk, contact[order]),
            "at": times(at[order]),
            "kind": words(KINDS, kind[order]),
            "actor_kind": words(ACTORS, actor_kind[order]),
            "actor": take(agents, actor[order]),
            "value": take(named, value[order]),
            "public": pa.array(public[order] == 1, mask=public[order] < 0),
        }
    )


def _rows(happening: Happening) -> tuple[Ints, ...]:
    """Return the columns of one kind of event: contact, at, kind, actor kind, actor, value, public."""
    where = np.flatnonzero(happening.who & (happening.at <= END))
    value = np.broadcast_to(happening.value, happening.at.shape)[where]
    if happening.names_agent:
        value = value + len(STATUSES) + len(SEVERITIES)
    actor = np.full(len(where), -1) if happening.actor is None else happening.actor[where]
    public = -1 if happening.public is None else int(happening.public)
    codes = (KINDS.index(happening.kind), ACTORS.index(happening.actor_kind))
    return where, happening.at[where], *(np.full(len(where), code) for code in codes), actor, value, np.full(len(where), public)
