"""Pauses: stretches in which a clock stands still; they may overlap, which counts once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from duecare.promises.instants import MISSING, SINGLE, Column, Instants, instants
from duecare.words import BadRows

Pair: TypeAlias = tuple[datetime, datetime]
"""When a clock stops, and when it goes on; instants as in `instants`."""


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
    def of_pairs(cls, pairs: Sequence[Pair] | Sequence[Sequence[Pair]] | None, rows: int) -> "Pauses":
        """Take pairs that hold for every one of *rows* intervals, or a sequence of pairs for each; None is no pause.

        Raises:
            BadRows: something is no pair of instants, a pause ends before it starts, or an interval has no sequence.
        """
        given: list[Any] = [] if pairs is None else list(pairs)
        if all(_is_pair(one) for one in given):
            start, end = _sides(given)
            return _checked(cls(np.repeat(np.arange(rows), len(given)), np.tile(start, rows), np.tile(end, rows)))
        if any(isinstance(one, SINGLE) for one in given):
            raise _no_pair()
        if len(given) != rows:
            raise BadRows(
                f"pauses are given for {len(given)} of {rows} intervals", mend="give each interval its pauses, () where it has none"
            )
        start, end = _sides([pair for own in given for pair in own])
        return _checked(cls(np.repeat(np.arange(rows), [len(own) for own in given]), start, end))

    def check_rows(self, rows: int) -> "Pauses":
        """Return these, if each is of one of *rows* intervals.

        Raises:
            BadRows: one is not.
        """
        if len(self.row) and not 0 <= self.row.min() <= self.row.max() < rows:
            raise BadRows(f"a pause is of an interval that is not among the {rows}", mend="count the rows of pauses from 0")
        return self

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


def _is_pair(one: Any) -> bool:  # noqa: ANN401 - whatever was given
    return isinstance(one, Sequence | np.ndarray) and len(one) == 2 and isinstance(one[0], SINGLE)  # pyright: ignore[reportUnknownArgumentType]


def _sides(pairs: Sequence[Any]) -> tuple[Instants, Instants]:
    """The starts and the ends of pauses."""
    if not all(_is_pair(pair) for pair in pairs):
        raise _no_pair()
    return instants([start for start, _ in pairs]), instants([end for _, end in pairs])


def _no_pair() -> BadRows:
    return BadRows("a pause is no pair of a start and an end", mend="give pauses as [(start, end), ...], each a time with its zone")


def _checked(pauses: Pauses) -> Pauses:
    if (pauses.start == MISSING).any() or (pauses.end == MISSING).any():
        raise BadRows("a pause lacks its start or its end", mend="let one that goes on end when the interval ends")
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
