"""The log: everything that KPIs are measured from, as columns, up to one moment.

Contacts stand in the order of their ids, and everything else names a contact by its place there.
Words (channels, reasons, agents) are places in a list of names. What the data gate sets aside
(`gate`) keeps its place and takes part in nothing.
"""

from dataclasses import dataclass, field
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from duecare.measure.terms import Rules
from duecare.promises.clocks import Spans
from duecare.promises.instants import MISSING
from duecare.promises.terms import CLOCKS, SEVERITIES
from duecare.promises.verdicts import Judged

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Named:
    """A column of words."""

    place: Ints
    """Place in `names`, -1 where nothing is told."""
    names: tuple[str, ...]

    def word(self, name: str) -> Flags:
        """Tell which rows bear a name."""
        return self.place == (self.names.index(name) if name in self.names else len(self.names))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """One value a contact."""

    opened: Ints
    """Microseconds since 1970."""
    customer: Ints
    """Number of the customer, -1 where nobody knows whose it is."""
    tier: Ints
    """Place of the customer's tier when it was opened."""
    channel: Named
    reason: Named
    severity: Named
    product: Named
    agent: Named
    """Who had it last."""
    outcome: Named
    answers: Ints
    """How often a person answered in public."""
    transfers: Ints
    handle_s: Ints
    """Seconds an agent worked on it, -1 where nothing tells."""
    cost_cents: Ints
    """What serving it cost, fully loaded."""
    sla_met: Ints
    """1 and 0 as the desk says of its own promise, -1 where it says nothing."""
    aside: Ints
    """Place among the gate's reasons, -1 for those that count."""

    def __len__(self) -> int:
        return len(self.opened)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveys:
    """One value an answer."""

    at: Ints
    kind: Named
    score: Ints
    """Hundredths of a point."""
    contact: Ints
    """Place among the contacts, -1 where it is about none."""
    customer: Ints
    tier: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """One value an order that counts, by customer and time."""

    customer: Ints
    at: Ints
    cents: Ints
    """What it brought."""
    promised: Ints
    """MISSING where it was promised for no day."""
    delivered: Ints
    """MISSING where it has not come."""
    tier: Ints
    """When it was ordered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrals:
    """One value a customer who was brought by another, by the one who brought."""

    customer: Ints
    """Who brought."""
    at: Ints
    """When the other one came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifts:
    """One value a stretch of work of an agent."""

    agent: Named
    begins: Ints
    ends: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """What was promised of every span, and what became of it."""

    judged: Judged
    decided: Ints
    """When it was kept or broken; MISSING while it is neither."""
    tier: Ints
    """Place of the tier when the target froze."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """All of it."""

    as_of: int
    """Until when it is seen, microseconds since 1970."""
    zone: ZoneInfo
    tiers: tuple[str, ...]
    """Best first."""
    contacts: Contacts
    spans: Spans
    promised: Promised
    surveys: Surveys
    orders: Orders
    referrals: Referrals
    shifts: Shifts
    stake_cents: Ints
    """The CLV of each customer by number, in cents; below 0 counts as 0. Empty where none is handed in."""
    rules: Rules
    _ends: dict[str, tuple[Ints, Ints]] = field(default_factory=dict[str, "tuple[Ints, Ints]"], repr=False)

    def of(self, clock: str) -> Ints:
        """Return the places of the spans of a clock whose contacts count."""
        mine = np.flatnonzero(self.spans.clock == CLOCKS.index(clock))
        return mine[self.contacts.aside[self.spans.contact[mine]] < 0]

    def ends(self, clock: str) -> tuple[Ints, Ints]:
        """Return when each contact's one span of a clock ended (MISSING while it runs), and how, by its place in ENDED."""
        if clock not in self._ends:
            many, spans = len(self.contacts), self.spans
            at, how = np.full(many, MISSING), np.zeros(many, dtype=np.int64)
            mine = np.flatnonzero(spans.clock == CLOCKS.index(clock))
            at[spans.contact[mine]], how[spans.contact[mine]] = spans.end[mine], spans.ended[mine]
            self._ends[clock] = (at, how)
        return self._ends[clock]


def named(words: Any) -> Named:  # noqa: ANN401 - an arrow column, or a list
    """Make places and names of an arrow column of words; names are in order.

    >>> import pyarrow as pa
    >>> named(pa.array(["b", None, "a", "b"]))
    Named(place=array([ 1, -1,  0,  1]), names=('a', 'b'))
    """
    import pyarrow as pa

    column = words if isinstance(words, pa.Array | pa.ChunkedArray) else pa.array(words, pa.string())
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    coded = whole.cast(pa.string()).dictionary_encode()
    names = [str(name) for name in coded.dictionary.to_pylist()]
    ordered = sorted(names)
    rank = {name: place for place, name in enumerate(ordered)}
    to = np.array([rank[name] for name in names] + [-1], dtype=np.int64)
    indices = coded.indices.fill_null(len(names)).to_numpy(zero_copy_only=False).astype(np.int64)
    return Named(to[indices], tuple(ordered))


def severities(spans: Spans) -> Named:
    """Return the severity of every contact, as its last change while it was unsolved has it."""
    found = np.ones(len(spans.contacts), dtype=np.int64)
    mine = np.flatnonzero(spans.clock == CLOCKS.index("unsolved"))
    found[spans.contact[mine]] = spans.severity[mine]
    return Named(found, SEVERITIES)


def handled(told: Ints, spans: Spans) -> Ints:
    """Return the handle time in seconds of every contact: what is told, else what its events show, else -1."""
    ended = np.flatnonzero((spans.clock == CLOCKS.index("handle_time")) & (spans.end > spans.start))
    length = np.bincount(spans.contact[ended], (spans.end - spans.start)[ended] / 1e6, len(spans.contacts))
    shown = np.bincount(spans.contact[ended], minlength=len(spans.contacts)) > 0
    return np.where(told >= 0, told, np.where(shown, np.floor(length + 0.5).astype(np.int64), -1))
