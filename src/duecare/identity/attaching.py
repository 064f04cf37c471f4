"""Attaching: new records find their customer one by one, as the next run would have it.

Each is seen with the customers it could be, and the guard itself says whether it is one of them;
if not, it is minted a customer of its own. Nobody is merged and nobody parted here: that takes a
run, which sees all. Whoever was attached can be found at once, and be attached to.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from duecare.identity.directory import Directory
from duecare.identity.ledger import MEMBER, Act, Events, append, mint, numbers_of
from duecare.identity.levels import Face
from duecare.identity.placing import Placed, Weighed, placed, weighed
from duecare.identity.standing import resolve, undone
from duecare.records import Book, Transaction

if TYPE_CHECKING:
    from duecare.identity.edges import Edges
    from duecare.identity.model import Model

MOST = 1_000
"""So many records are looked at for each new one."""

WHY = "a new record of theirs came in"

Key: TypeAlias = tuple[str, str]
"""Source and source_id."""


@dataclass(frozen=True, slots=True)
class Attached:
    """Where a new record went."""

    source: str
    source_id: str
    customer_id: str
    how: str
    """`attach`: it came to a customer; `mint`: it is a new one's first; `held`: the book had it already, and nothing was written."""

    @property
    def key(self) -> Key:
        return self.source, self.source_id


def attach(
    directory: Directory, book: Book, records: Sequence[Mapping[str, object]], *, at: datetime, threshold: float = 0.5
) -> list[Attached]:
    """Give each new record its customer and write it into the ledger, all in one act; what the book holds already stays where it is.

    Args:
        directory: who can be found; the records enter it.
        book: keeps the ledger.
        records: rows of the contract's `people`, each with source and source_id.
        at: the moment of the events.
        threshold: how sure is sure enough, as the settings say it.

    Returns:
        Where each went, in their order.
    """
    keys = [(str(record["source"]), str(record["source_id"])) for record in records]
    known, out = _held(book, keys), set(_numbered(book, keys))
    gone: list[Attached] = []
    for key, record in zip(keys, records, strict=True):
        face, held = directory.face_of(record), known.get(key)
        near = None if held or key in out else home_of(directory, face, threshold=threshold)
        name = held or _open_to_more(book, near, {one.customer_id for one in gone})
        gone.append(Attached(*key, name or mint(1)[0], "held" if held else "attach" if name else "mint"))
        known[key] = gone[-1].customer_id
        directory.enter(face, known[key])
    version = directory.model.version if directory.model else ""
    return _write(book, gone, Act(actor="duecare attach", kind="attach", why=WHY, at=at, model=version))


def home_of(directory: Directory, face: Face, *, threshold: float = 0.5) -> str | None:
    """Return the customer that a new record is one of, None when it is nobody's yet.

    Args:
        directory: who can be found.
        face: the record as the matching sees it.
        threshold: how sure is sure enough.
    """
    least_bits = math.log2(threshold / (1 - threshold))
    could_be = [one for one in placed(directory, face, most=MOST) if one.best_bits > least_bits]
    if directory.model is None or not could_be:
        return None
    grouped = _grouped(directory, directory.model, could_be, least_bits)
    own = [one for one, number in zip(could_be, grouped[1:], strict=True) if number == grouped[0]]
    return max(own, key=lambda one: one.guarded_bits).customer_id if own else None


def _grouped(directory: Directory, model: "Model", could_be: Sequence[Placed], least_bits: float) -> list[int]:
    """Let the guard group one new record, number 0, and the customers that it could be; return its group, then theirs."""
    import numpy as np

    from duecare.identity.edges import Edges
    from duecare.identity.guard import group

    firsts = np.cumsum([1, *(len(one.records) for one in could_be)]).tolist()
    found = Edges.none()
    for at, one in enumerate(could_be):
        found = found.and_(_edges(one.weighed, 0, firsts[at]))
        for first, other in zip(firsts, could_be[:at], strict=False):
            for place, record in enumerate(other.records, first):
                between = weighed(directory, model, directory.face(record), one.records, new=False)
                found = found.and_(_edges(between, place, firsts[at]))
    held = np.repeat(np.arange(-1, len(could_be)), [1, *(len(one.records) for one in could_be)])
    number = group(found, len(held), threshold_bits=least_bits, held=held)
    return number[[0, *firsts[:-1]]].tolist()


def _edges(seen: Weighed, a: int, first: int) -> "Edges":
    """What the guard hears of record *a* and those numbered from *first* on."""
    import numpy as np

    many = len(seen.records)
    said = replace(seen.edges, a=np.full(many, a, np.int64), b=np.arange(first, first + many))
    return said.where(np.array(seen.heard, np.bool_))


def _held(book: Book | Transaction, keys: Sequence[Key]) -> dict[Key, str]:
    """Which of the records the book holds, and whose they are."""
    asked = "SELECT customer_id FROM memberships WHERE source = ? AND source_id = ?"
    return {key: str(rows[0][0]) for key in dict.fromkeys(keys) if (rows := book.rows(asked, key))}


def _numbered(book: Book | Transaction, keys: Sequence[Key]) -> dict[Key, int]:
    """The numbers of records that the ledger knows; those that hold nothing were taken out of where they were, and stay alone until a run."""
    return {(str(source), str(source_id)): int(str(number)) for number, source, source_id in numbers_of(book, list(dict.fromkeys(keys)))}


def _open_to_more(book: Book, name: str | None, fresh: set[str]) -> str | None:
    """The customer that a name leads to now, if it is one, and one that nobody has locked."""
    if name is None or name in fresh:
        return name
    alive = resolve(book, name)
    return alive[0] if len(alive) == 1 and not _is_locked(book, alive[0]) else None


def _is_locked(book: Book, name: str) -> bool:
    rows = book.rows("SELECT seq, kind FROM identity_events WHERE to_id = ? AND kind IN ('lock', 'unlock') ORDER BY seq", (name,))
    void = undone(book, [int(str(seq)) for seq, _ in rows]) if rows else {}
    stands = [str(kind) for seq, kind in rows if int(str(seq)) not in void]
    return stands[-1:] == ["lock"]


def _write(book: Book, gone: Sequence[Attached], act: Act) -> list[Attached]:
    """Write where records went, unless somebody else was faster, whose word then stands."""
    if all(one.how == "held" for one in gone):
        return list(gone)
    with book.write() as transaction:
        faster = _held(transaction, [one.key for one in gone if one.how != "held"])
        moved = [one for one in gone if one.how != "held" and one.key not in faster]
        if moved:
            _append(transaction, moved, {one.customer_id for one in gone if one.how == "mint"}, act)
    return [replace(one, customer_id=faster[one.key], how="held") if one.key in faster else one for one in gone]


def _append(transaction: Transaction, moved: Sequence[Attached], minted: set[str], act: Act) -> None:
    old = _numbered(transaction, [one.key for one in moved])
    given = transaction.rows("SELECT max(record) FROM source_records UNION ALL SELECT max(record) FROM identity_touched")
    after = 1 + max(int(str(most or 0)) for (most,) in given)
    fresh = {key: after + at for at, key in enumerate(one.key for one in moved if one.key not in old)}
    numbers = old | fresh
    events, names = Events(), list(dict.fromkeys(one.customer_id for one in moved))
    for name in names:
        events.add(
            "mint" if name in minted else "attach", to_id=name, records=[numbers[one.key] for one in moved if one.customer_id == name]
        )
    transaction.many("INSERT INTO customer_ids VALUES (?, ?, NULL)", [(name, act.at.isoformat()) for name in names if name in minted])
    transaction.many("INSERT INTO source_records VALUES (?, ?, ?)", [(number, *key) for key, number in fresh.items()])
    append(transaction, act, events)
    transaction.many(MEMBER, [(*one.key, one.customer_id) for one in moved])
