"""Pauses: stretches in which a clock stands still; they may overlap, which counts once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from duecare.promises.instants import Column, Instants, instant, instants
from duecare.words import BadRows

Pair: TypeAlias = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Pauses:
    """The pauses of many intervals: interval `row[i]` is paused from `start[i]` until before `end[i]`."""

    row: NDArray[np.int64]
    start: Instants
    end: Instants

    @classmethod
    def of(cls, row: ArrayLike, start: Column, end: Column) -> "Pauses":
        """Take three columns; the rows may come in any order and overlap.

        Raises:
            BadRows: the columns are not equally long, or a pause ends before it starts.
        """
        rows, starts, ends = np.asarray(row, dtype=np.int64), instants(start), instants(end)
        if not len(rows) == len(starts) == len(ends):
            raise BadRows("the columns of pauses are not equally long", mend="give each pause its row, its start and its end")
        return _checked(cls(rows, starts, ends))

    @classmethod
    def of_pairs(cls, pairs: Sequence[Pair] | Sequence[Sequence[Pair]], rows: int) -> "Pauses":
        """Take pairs that hold for every one of *rows* intervals, or a sequence of pairs for each."""
        if not pairs:
            nothing = np.empty(0, dtype=np.int64)
            return cls(nothing, nothing, nothing)
        each: Any = pairs if not isinstance(_first(pairs), datetime) else [pairs] * rows
        if len(each) != rows:
            raise BadRows(
                f"pauses are given for {len(each)} of {rows} intervals", mend="give each interval its pauses, () where it has none"
            )
        flat = [(row, instant(start), instant(end)) for row, own in enumerate(each) for start, end in own]
        table = np.array(flat, dtype=np.int64).reshape(-1, 3)
        return _checked(cls(table[:, 0], table[:, 1], table[:, 2]))

    def joined(self) -> "Pauses":
        """Sort by row and start, and cut every pause down to what none before it covers."""
        order = np.lexsort((self.start, self.row))
        row, start, end = self.row[order], self.start[order], self.end[order]
        so_far = _running_max(row, end)
        again = np.concatenate([[False], row[1:] == row[:-1]]) if len(row) else np.empty(0, dtype=bool)
        covered = np.where(again, np.concatenate([so_far[:1], so_far[:-1]]), start)
        start = np.maximum(start, covered)
        kept = start < end
        return Pauses(row[kept], start[kept], end[kept])

    def within(self, start: Instants, end: Instants) -> "Pauses":
        """Cut pauses to the intervals they belong to."""
        low, high = np.maximum(self.start, start[self.row]), np.minimum(self.end, end[self.row])
        kept = low < high
        return Pauses(self.row[kept], low[kept], high[kept])


def _first(pairs: Sequence[Any]) -> object:
    """What the first pause begins with: a datetime, or a pair."""
    return next((own[0] for own in pairs if len(own)), None)


def _checked(pauses: Pauses) -> Pauses:
    wrong = int((pauses.end < pauses.start).sum())
    if wrong:
        raise BadRows(f"{wrong} pauses end before they start", mend="swap their start and end, or leave them out")
    return pauses


def _running_max(row: NDArray[np.int64], values: Instants) -> Instants:
    """The greatest value so far within each row; rows come together."""
    known, rank = np.unique(values, return_inverse=True)
    group = np.cumsum(np.concatenate([[0], row[1:] != row[:-1]])) if len(row) else row
    highest = np.maximum.accumulate(group * len(known) + rank) - group * len(known)
    return known[highest]
