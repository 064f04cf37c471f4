"""Boosted trees on one's own book: taught by its past, asked of its present, in pieces that memory can hold."""

import numpy as np

from duecare.value.models import boosted
from duecare.value.models.purchases import Known, Purchases
from duecare.value.models.seen import Floats
from duecare.value.story import Story, teaches

MOST_TAUGHT = 60_000
"""Of more customers every so many-th teaches."""

AT_ONCE = 200_000
"""So many customers are described at once."""


def taught(purchases: Purchases, known: Known, day: int, days: int, expected: Floats, *, seed: int) -> Floats | None:
    """Return what trees expect each of the *known* to spend within so many days of a day; None where the book teaches too little.

    They learn the window that the book can teach; what lies further is drawn out as the purchase model has it.

    Args:
        purchases: the book; nothing after the day is seen.
        known: what it tells of everybody on that day.
        day: days since 1970.
        days: how far ahead.
        expected: what the purchase model expects of each within so many days.
        seed: of the trees.
    """
    window = boosted.window_days(purchases, day, days)
    trees = _learnt(purchases.some(-(-len(known.customer) // MOST_TAUGHT)), day, window, seed)
    if trees is None:
        return None
    story, made = Story.of(known), np.empty(len(expected))
    for piece, some, part in _pieces(purchases, known):
        near = story.told(part, window)
        further = np.divide(expected[piece], near[-1], out=np.ones(len(part.days)), where=near[-1] > 0)
        table = boosted.describe(some, part, day, window, near)
        made[piece] = np.maximum(trees.predict(table, num_threads=1 if len(table) < boosted.ROWS_OF_TWO else 2), 0.0) * further
    return made


def _learnt(some: Purchases, day: int, window: int, seed: int) -> "boosted.Trees | None":
    """Teach trees what came after some days of the past."""
    lessons = [lesson for origin in boosted.origins(some, day, window) if (lesson := _lesson(some, origin, window)) is not None]
    return boosted.learn([table for table, _ in lessons], [spent for _, spent in lessons], seed=seed) if lessons else None


def _lesson(purchases: Purchases, origin: int, window: int) -> tuple[boosted.Table, Floats] | None:
    known = purchases.until(origin)
    if not teaches(known):
        return None
    table = boosted.describe(purchases, known, origin, window, Story.of(known).told(known, window))
    return table, purchases.within(known, origin, origin + window)[0]


def _pieces(purchases: Purchases, known: Known) -> "list[tuple[slice, Purchases, Known]]":
    """The customers in pieces: which they are, their purchases, and what is known of them."""
    pieces = [slice(start, start + AT_ONCE) for start in range(0, len(known.customer), AT_ONCE)]
    return [(piece, purchases.between(known.customer[piece]), known.where(piece)) for piece in pieces]
