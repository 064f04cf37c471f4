"""Replay: the proof that the events of the ledger give exactly what `memberships` says, and the way back when they do not.

All in whole columns, so that a million records take seconds: each record stands where its last
event took it, each event found it where it says, and each act is the one that the audit chain
tells of.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from duecare.identity.holding import places
from duecare.identity.ledger import MEMBER, MOVES, NO_ID, Integers, digest, numbers_in
from duecare.records import Book, Value, record
from duecare.words import StoreTrouble

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("seq", "act", "kind", "from_id", "to_id", "undoes", "records", "others")
ENTERED = "entered"
"""Kind of the act that took in what stood before the ledger began; the audit chain does not tell of it."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What replaying came to."""

    events: int
    records: int
    """Source records that hold an id."""
    customers: int
    forgotten: int
    """Records that events name and nobody can: they were forgotten."""


def verify_ledger(book: Book) -> Replayed:
    """Replay all events and compare with `memberships`, with the index of records and with the audit chain.

    Raises:
        StoreTrouble: something does not agree; says what, and where.
    """
    with book.write():  # nobody writes in between
        log, keys, members = _log(book), _keyed(book, "record", "source_records"), _keyed(book, "customer_id", "memberships")
        touched = book.columns(("record", "seq"), "identity_touched")
        _hold_acts(book, log)
    number, seq = _moved(log)
    _hold_index(log, touched)
    _hold_chains(log, number, seq)
    stands = _last(log, number, seq)
    mine = np.asarray(keys["record"].cast("int64"))
    there = places(keys, members)
    names = [*members["customer_id"].to_pylist(), None]
    wrong = [one for one, at in zip(mine.tolist(), there.tolist(), strict=True) if stands.get(one) != names[at]]
    if wrong:
        raise _trouble(f"{len(wrong):,} records are not where their events took them, record {wrong[0]} first")
    if (held := int((there >= 0).sum())) != len(members):
        raise _trouble(f"{len(members) - held:,} records hold an id that no event gave them")
    gone = len(set(stands) - set(mine.tolist()))
    return Replayed(len(log.seq), held, len({name for name in stands.values() if name is not None}), gone)


def rebuild(book: Book, *, actor: str, at: datetime) -> int:
    """Make `memberships` and the index of records what the events say, and return how many memberships were not so."""
    with book.write() as transaction:
        log, keys, members = _log(book), _keyed(book, "record", "source_records"), _keyed(book, "customer_id", "memberships")
        stands = _last(log, *_moved(log))
        said = {(s, i): c for s, i, c in zip(*(members[name].to_pylist() for name in ("source", "source_id", "customer_id")), strict=True)}
        rows = zip(*(keys[name].to_pylist() for name in ("source", "source_id", "record")), strict=True)
        due = {(s, i): name for s, i, number in rows if (name := stands.get(int(number))) is not None}
        stray = [key for key in said if key not in due]
        missing = [(*key, name) for key, name in due.items() if said.get(key) != name]
        transaction.many("DELETE FROM memberships WHERE source = ? AND source_id = ?", stray)
        transaction.many(MEMBER, missing)
        transaction.rows("DELETE FROM identity_touched")
        transaction.many("INSERT INTO identity_touched VALUES (?, ?)", zip(*(column.tolist() for column in _index(log)), strict=True))
        record(transaction, actor=actor, kind="rebuild", detail={"memberships": len(stray) + len(missing)}, at=at)
    return len(stray) + len(missing)


@dataclass(frozen=True, slots=True)
class _Log:
    """All events, in order, column by column."""

    seq: Integers
    columns: Sequence[Sequence[Value]]
    """As `COLUMNS` names them."""


def _log(book: Book) -> _Log:
    columns: Sequence[Sequence[Value]] = book.columns(COLUMNS, "identity_events")
    seq = np.array(columns[0], dtype=np.int64)
    order = np.argsort(seq, kind="stable")
    if not np.array_equal(order, np.arange(len(order))):
        columns = [[column[at] for at in order.tolist()] for column in columns]
    return _Log(seq[order], columns)


def _keyed(book: Book, name: str, table: str) -> "pa.Table":
    import pyarrow as pa

    found = book.columns((name, "source", "source_id"), table)
    kinds = (pa.int64() if name == "record" else pa.string(), pa.string(), pa.string())
    return pa.table({what: pa.array(column, kind) for what, column, kind in zip((name, "source", "source_id"), found, kinds, strict=True)})


def _moved(log: _Log) -> tuple[Integers, Integers]:
    """Every record of every event that moves, beside the place of the event; sorted by record, then by event."""
    moving = np.isin(np.array(log.columns[2], dtype=object).astype(str), (*MOVES, "undo")) if len(log.seq) else np.empty(0, dtype=bool)
    number, at = numbers_in([str(text) for text in log.columns[6]])
    number, at = number[moving[at]], at[moving[at]]
    order = np.lexsort((at, number))
    return number[order], at[order]


def _last(log: _Log, number: Integers, at: Integers) -> dict[int, str | None]:
    """Where each record stands: where its last event took it."""
    last = np.append(number[1:] != number[:-1], True) if len(number) else np.empty(0, dtype=bool)
    to_id = log.columns[4]
    return {
        one: None if to_id[where] is None else str(to_id[where])
        for one, where in zip(number[last].tolist(), at[last].tolist(), strict=True)
    }


def _hold_chains(log: _Log, number: Integers, at: Integers) -> None:
    """Each event found each of its records where the one before had left it."""
    names = {name: code for code, name in enumerate({*log.columns[3], *log.columns[4]} - {None})}
    left, entered = (np.array([names.get(name, NO_ID) for name in log.columns[which]], dtype=np.int64) for which in (3, 4))
    before = np.full(len(number), NO_ID, dtype=np.int64)
    same = np.flatnonzero(number[1:] == number[:-1])
    before[same + 1] = entered[at[same]]
    wrong = np.flatnonzero(before != left[at])
    if len(wrong):
        raise _trouble(f"event {log.seq[at[wrong[0]]]} took record {number[wrong[0]]} from where it was not")


def _index(log: _Log) -> tuple[Integers, Integers]:
    """Every record that an event names, beside the event, sorted."""
    number, at = numbers_in([f"{one} {other}" for one, other in zip(log.columns[6], log.columns[7], strict=True)])
    seq = log.seq[at]
    order = np.lexsort((seq, number))
    return number[order], seq[order]


def _hold_index(log: _Log, touched: Sequence[Sequence[Value]]) -> None:
    number, seq = (np.array(column, dtype=np.int64) for column in touched)
    order = np.lexsort((seq, number))
    if not all(np.array_equal(mine, due) for mine, due in zip((number[order], seq[order]), _index(log), strict=True)):
        raise _trouble("the index of records does not agree with the events")


def _hold_acts(book: Book, log: _Log) -> None:
    """Each act has the events that the audit chain says, and none is missing."""
    said = [json.loads(str(detail)) for (detail,) in book.rows("SELECT detail FROM audit WHERE detail LIKE '%\"digest\"%' ORDER BY seq")]
    acts = {int(str(act)): str(kind) for act, kind in book.rows("SELECT act, kind FROM identity_acts")}
    told = {int(one["act"]) for one in said} | {act for act, kind in acts.items() if kind == ENTERED}
    if told != set(acts):
        raise _trouble(f"act {min(told ^ set(acts))} stands in the ledger or in the audit chain, and not in the other")
    if len(log.seq) and not np.array_equal(log.seq, np.arange(1, len(log.seq) + 1)):
        raise _trouble(f"event {int(np.flatnonzero(log.seq != np.arange(1, len(log.seq) + 1))[0]) + 1} is missing")
    for one in said:
        at = slice(int(one["first"]) - 1, int(one["first"]) - 1 + int(one["events"]))
        if digest(int(one["first"]), [column[at] for column in log.columns[2:]]) != one["digest"]:
            raise _trouble(f"an event of act {one['act']} was changed")


def _trouble(what: str) -> StoreTrouble:
    return StoreTrouble(
        f"the ledger of identities does not hold: {what}",
        mend="keep the book as it is, find out who changed it, and compare it with your copies",
    )
