"""Ruled: what people decided of a few records, with who said so and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from duecare.identity.ledger import as_event, numbers_of, rows_of
from duecare.identity.standing import COLUMNS, undone
from duecare.records import Book

Key = tuple[str, str]
"""Source and source_id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One decision that stands."""

    seq: int
    kind: str
    """`together` or `apart`."""
    actor: str
    why: str
    ones: frozenset[Key]
    """Of the records asked about, those that it names; of an `apart`, those of the one side."""
    others: frozenset[Key]

    def ties(self, a: Key, b: Key) -> bool:
        """Whether it says that these two are one customer."""
        return self.kind == "together" and {a, b} <= self.ones

    def parts(self, a: Key, b: Key) -> bool:
        """Whether it says that these two are not one customer."""
        return self.kind == "apart" and ((a in self.ones and b in self.others) or (b in self.ones and a in self.others))


def rulings(book: Book, keys: Sequence[Key]) -> list[Ruling]:
    """Return the decisions on any of these records that were not withdrawn, the oldest first."""
    number = {int(str(one)): (str(source), str(source_id)) for one, source, source_id in numbers_of(book, keys)}
    sql = (
        "SELECT DISTINCT e.seq FROM identity_touched t JOIN identity_events e ON e.seq = t.seq"
        " WHERE e.kind IN ('together', 'apart') AND t.record IN ({})"
    )
    seqs = {int(str(row[0])) for row in rows_of(book, sql, number)}
    seqs -= set(undone(book, seqs))
    events = [as_event(row) for row in sorted(rows_of(book, f"SELECT {COLUMNS} FROM identity_events WHERE seq IN ({{}})", sorted(seqs)))]
    acts = {
        int(str(act)): (str(actor), str(why))
        for act, actor, why in rows_of(book, "SELECT act, actor, why FROM identity_acts WHERE act IN ({})", {one.act for one in events})
    }
    return [
        Ruling(
            seq=event.seq,
            kind=event.kind,
            actor=acts[event.act][0],
            why=acts[event.act][1],
            ones=_named(event.records, number),
            others=_named(event.others, number),
        )
        for event in events
    ]


def _named(numbers: Sequence[int], known: Mapping[int, Key]) -> frozenset[Key]:
    return frozenset(known[number] for number in numbers if number in known)
