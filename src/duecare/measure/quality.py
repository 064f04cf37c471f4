"""Quality: contacts drawn equally over the tiers, and the seven items that a reviewer scores, without knowing the tier.

Drawn by the digest of their id and a seed, so that the same draw comes again and nobody chooses.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from duecare.measure.intervals import mean_interval
from duecare.measure.log import Log
from duecare.measure.periods import DAY
from duecare.promises.clocks import ENDED

ITEMS: Mapping[str, str] = {
    "listening": "Did the agent let the customer say all of it?",
    "empathy": "Did the agent see how the matter was for the customer?",
    "clarity": "Was every answer plain, and complete?",
    "consistency": "Did it fit what was said before, and what another agent would have said?",
    "heard": "Did the agent say back what they had heard before they answered?",
    "felt": "Did tone and pace meet the customer's feeling?",
    "acted": "Was done what was said, or handed to who could do it?",
}
"""What is scored from 1 to 5, with the question to ask: listening, empathy, clarity and consistency; and to listen, empathise and act."""
LEAST, MOST = 1, 5
LOW_MEAN, LOW_ITEM = 3.0, 1
"""A review whose mean lies below the first, or of which any item is the second, opens a call-back."""


def drawn(log: Log, ids: Sequence[str], *, each: int, days: int, taken: Collection[str], seed: int) -> list[tuple[int, str]]:
    """Draw contacts that a person solved lately, as many of each tier.

    Args:
        log: what was measured.
        ids: of its contacts, in their order.
        each: how many of each tier; fewer where there are no more.
        days: how far back.
        taken: ids that were drawn before.
        seed: of the draw.

    Returns:
        The place of each among the contacts, and its tier, in an order that does not tell the tier.
    """
    at, how = log.ends("full_resolution")
    solved = (how == ENDED.index("done")) & (at > log.as_of - days * DAY) & (at <= log.as_of) & (log.contacts.aside < 0)
    found: list[tuple[str, int, str]] = []
    for place, tier in enumerate(log.tiers):
        mine = [
            at
            for at in np.flatnonzero(solved & (log.contacts.tier == place) & (log.contacts.customer >= 0)).tolist()
            if ids[at] not in taken
        ]
        found += sorted((_digest(seed, ids[at]), at, tier) for at in mine)[:each]
    return [(at, tier) for _, at, tier in sorted(found)]


def _digest(seed: int, contact: str) -> str:
    return hashlib.sha256(f"{seed}:{contact}".encode()).hexdigest()


def is_low(scores: Mapping[str, int]) -> bool:
    """Tell whether a review is so low that the customer is called back.

    >>> is_low(dict.fromkeys(ITEMS, 3)), is_low(dict.fromkeys(ITEMS, 5) | {"acted": 1})
    (False, True)
    """
    return sum(scores.values()) / len(scores) < LOW_MEAN or min(scores.values()) <= LOW_ITEM


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What reviewers found for one tier."""

    tier: str
    reviews: int
    mean: float | None
    low: float | None
    high: float | None
    spread: float | None
    """The standard deviation between reviews: how consistent service is within the tier."""
    items: Mapping[str, float]


def scored(tier: str, reviews: Sequence[Sequence[int]]) -> Scored:
    """Add up the reviews of one tier, each with a score for every item in order."""
    if not reviews:
        return Scored(tier=tier, reviews=0, mean=None, low=None, high=None, spread=None, items={})
    table = np.array(reviews, dtype=np.float64)
    means = table.mean(axis=1)
    low, high = mean_interval(np.array([means.sum()]), np.array([(means**2).sum()]), np.array([len(means)]))
    known = len(means) > 1
    return Scored(
        tier=tier,
        reviews=len(means),
        mean=float(means.mean()),
        low=float(low[0]) if known else None,
        high=float(high[0]) if known else None,
        spread=float(means.std(ddof=1)) if known else None,
        items=dict(zip(ITEMS, table.mean(axis=0).tolist(), strict=True)),
    )
