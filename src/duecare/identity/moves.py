"""Moves: which events lead from what the book holds to what a run found, worked out in whole columns."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from duecare.identity.holding import Held
from duecare.identity.ledger import NO_ID, Events, Integers

KINDS = ("mint", "attach", "merge", "split")
MINT, ATTACH, MERGE, SPLIT = range(4)


@dataclass(frozen=True, slots=True)
class Moves:
    """Groups of records that go from one id to another; ids are numbers into those known and, behind them, those minted now."""

    moved: Integers
    """Places of the records that change their id."""
    group: Integers
    """The group that each of them goes with."""
    kind: Integers
    from_id: Integers
    to_id: Integers
    retired: Integers
    """Ids that have no records any more."""
    into: Integers
    """For each of them, the id that has most of its records."""


def keep_ids(cluster: Integers, held: Integers) -> Integers:
    """Return the id that each cluster keeps, -1 for one that needs a new id.

    Args:
        cluster: number of the cluster of each record, from 0 on.
        held: number of the id that each record held before, -1 for none.

    An id goes to the cluster with most of its records, a cluster takes the id with most of
    its records; ties go to the smaller number, so the answer never depends on chance.

    >>> keep_ids(np.array([0, 0, 1]), np.array([7, 7, 7])).tolist()  # a split: the larger part keeps it
    [7, -1]
    >>> keep_ids(np.array([0, 0, 0]), np.array([4, 9, 9])).tolist()  # a merge: the id with more records stays
    [9]
    """
    keeps = np.full(int(cluster.max(initial=-1)) + 1, NO_ID, dtype=np.int64)
    had, width = held != NO_ID, int(held.max(initial=-1)) + 1
    pairs, shared = np.unique(cluster[had] * width + held[had], return_counts=True)
    where, which = pairs // max(width, 1), pairs % max(width, 1)
    alone = (np.bincount(where, minlength=len(keeps))[where] == 1) & (np.bincount(which, minlength=width)[which] == 1)
    keeps[where[alone]] = which[alone]
    where, which, shared = where[~alone], which[~alone], shared[~alone]
    taken: set[int] = set()
    for at in np.lexsort((which, where, -shared)).tolist():
        if keeps[where[at]] == NO_ID and int(which[at]) not in taken:
            keeps[where[at]] = which[at]
            taken.add(int(which[at]))
    return keeps


def moves_to(now: Integers, held: Held, ids: int) -> Moves:
    """Return what changes when each record takes the id *now*; *ids* is how many there are, minted ones included."""
    moved = np.flatnonzero(now != held.number)
    left, entered = held.number[moved], now[moved]
    keys, group = np.unique((left + 1) * ids + entered, return_inverse=True)
    from_id, to_id = keys // max(ids, 1) - 1, keys % max(ids, 1)
    present = np.zeros(ids + 1, dtype=bool)
    present[now] = True
    ways = np.bincount(from_id[from_id >= 0], minlength=ids)
    merged = (from_id >= 0) & ~present[from_id] & (ways[from_id] == 1)
    known = len(held.known)
    kind = np.where(from_id < 0, np.where(to_id >= known, MINT, ATTACH), np.where(merged, MERGE, SPLIT))
    bare = np.setdiff1d(np.arange(known, ids), to_id[kind == MINT])  # minted for records that leave another id
    kind, from_id, to_id = (
        np.concatenate(both)
        for both in ((kind, np.full(len(bare), MINT)), (from_id, np.full(len(bare), NO_ID)), (to_id, bare))
    )  # fmt: skip
    order = np.lexsort((to_id, from_id, kind))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    present[held.absent] = True
    gone = _retired(from_id, to_id, np.bincount(group, minlength=len(kind)), present)
    return Moves(moved, place[group], kind[order], from_id[order], to_id[order], *gone)


def _retired(from_id: Integers, to_id: Integers, records: Integers, present: Any) -> tuple[Integers, Integers]:  # noqa: ANN401 - an array of truths
    """Every id without records, and the id that took most of them; ties go to the smaller number."""
    out = np.flatnonzero((from_id >= 0) & ~present[from_id])
    best = out[np.lexsort((to_id[out], -records[out], from_id[out]))]
    ids, first = np.unique(from_id[best], return_index=True)
    return ids, to_id[best][first]


def events_of(moves: Moves, records: Integers, names: list[str]) -> Events:
    """Return the events, with *records* the ledger's number of each moved record."""
    called = np.array([*names, None], dtype=object)
    many, events = len(moves.kind), Events()
    events.kind = np.array(KINDS, dtype=object)[moves.kind].tolist()
    events.from_id, events.to_id = called[moves.from_id].tolist(), called[moves.to_id].tolist()
    events.undoes, events.others = [None] * many, [""] * many
    events.records = _texts(moves.group, records, many)
    return events


def _texts(group: Integers, records: Integers, groups: int) -> list[str]:
    """The numbers of each group's records, in order, a blank between."""
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    ends = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])
    numbers = pc.cast(pa.array(records[np.lexsort((records, group))], pa.int64()), pa.string())
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(ends, pa.int32()), numbers), " ").to_pylist()


def settled(cluster: Integers, now: Held, touched: Integers) -> Integers:
    """Return *cluster* with every record that holds one of the *touched* ids kept where it is, numbered by first record.

    A customer may be locked; or, while a run was under way, a person may have joined or parted
    one: the run then leaves that customer as it is, and the next one sees to it.
    """
    if not len(touched):
        return cluster
    stays = np.isin(now.number, touched) & (now.number != NO_ID)
    apart = np.where(stays, int(cluster.max(initial=-1)) + 1 + now.number, cluster)
    _, first, where = np.unique(apart, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[where]
