"""Which channel of an identity world knows whom, and the pen that its records are written with.

A record shows how things were on the day it was opened, unless somebody brought it up to date.
"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from duecare.demo.chunk import Chunk
from duecare.demo.columns import Flags, Ints, pick
from duecare.demo.people import YEAR_DAYS
from duecare.demo.world_people import Folk
from duecare.demo.world_rates import CHANNELS, ByChannel, Rates
from duecare.demo.world_slips import Slip, slipped

PER_PERSON = 8
"""Records that a person can have: two a channel."""
ID_SPACE, ID_STRIDE = 1_000_000_000, 618_033_989
"""Records are numbered in an order that tells nothing about who is who."""


@dataclass(frozen=True, slots=True)
class Records:
    """One value a record; persons as places in the chunk."""

    person: Ints
    channel: Ints
    again: Flags
    """Whether it is the person's second record in the channel."""
    number: Ints
    opened_day: Ints
    state_day: Ints
    """The day whose state of affairs the record shows."""

    @property
    def size(self) -> int:
        return len(self.person)


@dataclass(slots=True)
class Pen:
    """What every column is written with; counts the slips and gaps as it goes."""

    folk: Folk
    records: Records
    rates: Rates
    chances: np.random.Generator
    hand: Ints
    typos: Ints = field(init=False)
    missing: Ints = field(init=False)
    notes: dict[str, Flags] = field(init=False)

    def __post_init__(self) -> None:
        self.typos, self.missing, self.notes = np.zeros(self.records.size, np.int64), np.zeros(self.records.size, np.int64), {}

    def some(self, share: float) -> Flags:
        """Draw a share of the records."""
        return self.chances.random(self.records.size) < share

    def by_channel(self, shares: ByChannel) -> Flags:
        """Draw records at the share of their channel."""
        return self.chances.random(self.records.size) < np.asarray(shares)[self.records.channel]

    def at_homes(self, share: float) -> Flags:
        """Draw records of a share of the households of several people."""
        homes = self.folk.homes
        return ((homes.crowd > 1) & (self.chances.random(self.folk.size) < share)[homes.head])[self.records.person]

    def known(self, shares: ByChannel) -> Flags:
        """Draw what is known, and count as missing what the channel asks for and does not have."""
        shown = self.by_channel(shares)
        self.missing += ~shown & (np.asarray(shares) > 0)[self.records.channel]
        return shown

    def slip(self, texts: pa.Array, share: float, shown: Flags, how: Slip) -> pa.Array:
        """Let a share of what is shown go wrong."""
        hit = self.some(share) & shown
        self.typos += hit
        return slipped(texts, hit, how, self.chances)


def make_records(chunk: Chunk, rates: Rates, folk: Folk) -> Records:
    """Return which channel knows whom, in the order of each channel's numbers."""
    chances, n, channels = chunk.chances("records"), chunk.size, len(CHANNELS)
    known = chances.random((n, channels)) < np.asarray(rates.known_at_shares)
    nowhere = np.flatnonzero(~known.any(axis=1))
    known[nowhere, pick(rates.known_at_shares, chances.random(len(nowhere)))] = True
    again = known & (chances.random((n, channels)) < np.asarray(rates.again_at_shares))
    person, place = np.nonzero(np.concatenate((known, again), axis=1))
    number = (folk.number[person] * PER_PERSON + place) * ID_STRIDE % ID_SPACE
    order = np.lexsort((number, place % channels))
    person, place, number = person[order], place[order], number[order]
    span = int(rates.span_years * YEAR_DAYS)
    opened = chances.integers(0, span, len(person))
    state = np.where(chances.random(len(person)) < rates.refreshed_share, span, opened)
    return Records(person, place % channels, place >= channels, number, opened, state)
