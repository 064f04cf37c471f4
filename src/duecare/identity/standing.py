"""Standing: where a few records are now, how they came there, and where they would be without some of it.

Where a record stands is a plain function of its events that were not undone, in their order: it
is minted or attached when it has no id, follows a merge when it is in the id that was merged, and
goes wherever a split took it. So undoing may come in any order and always leads to the same.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from duecare.identity.ledger import MOVES, Event, as_event, numbers_in, rows_of
from duecare.records import Book, Transaction

KEYED = "m.source = r.source AND m.source_id = r.source_id"
COLUMNS = "seq, act, kind, from_id, to_id, undoes, records, others"


class Step(NamedTuple):
    """One event, as one record met it."""

    seq: int
    kind: str
    from_id: str | None
    to_id: str | None


def standing(book: Book | Transaction, records: Iterable[int]) -> dict[int, str | None]:
    """Return the id that each record holds now, None for none; forgotten records are left out."""
    sql = f"SELECT r.record, m.customer_id FROM source_records r LEFT JOIN memberships m ON {KEYED} WHERE r.record IN ({{}})"
    return {int(str(number)): None if name is None else str(name) for number, name in rows_of(book, sql, records)}


def ever(book: Book | Transaction, customer_id: str, *, before: int | None = None) -> list[int]:
    """Return every record that any event brought to a customer, or any *before* one."""
    until = "" if before is None else f" AND seq < {before:d}"
    rows = book.rows(f"SELECT records FROM identity_events WHERE to_id = ?{until}", (customer_id,))
    return sorted({int(one) for one in numbers_in([str(text) for (text,) in rows])[0].tolist()})


def records_of(book: Book | Transaction, customer_id: str) -> list[int]:
    """Return the records that a customer holds now, in order."""
    return sorted(one for one, name in standing(book, ever(book, customer_id)).items() if name == customer_id)


def steps(book: Book | Transaction, records: Iterable[int]) -> dict[int, list[Step]]:
    """Return the events that moved each record, in order; undoings are no steps."""
    kinds = ", ".join(f"'{kind}'" for kind in MOVES)
    sql = (
        "SELECT t.record, e.seq, e.kind, e.from_id, e.to_id FROM identity_touched t JOIN identity_events e ON e.seq = t.seq"
        f" WHERE t.record IN ({{}}) AND e.kind IN ({kinds})"
    )
    found: dict[int, list[Step]] = defaultdict(list)
    for number, seq, kind, left, entered in rows_of(book, sql, records):
        ids = (None if name is None else str(name) for name in (left, entered))
        found[int(str(number))].append(Step(int(str(seq)), str(kind), *ids))
    return {number: sorted(walked) for number, walked in found.items()}


def undone(book: Book | Transaction, seqs: Iterable[int]) -> dict[int, int]:
    """Return those of the events *seqs* that were undone, each with the event that did so."""
    sql = "SELECT undoes, min(seq) FROM identity_events WHERE undoes IS NOT NULL AND undoes IN ({}) GROUP BY undoes"
    return {int(str(what)): int(str(by)) for what, by in rows_of(book, sql, sorted(set(seqs)))}


def undone_of(book: Book | Transaction, walked: Mapping[int, Sequence[Step]]) -> set[int]:
    """Return the undone ones among the events that records met."""
    return set(undone(book, (step.seq for one in walked.values() for step in one)))


def path(walked: Sequence[Step], void: Collection[int]) -> list[Step]:
    """Return the steps that count when those in *void* do not, so that the last one says where the record stands.

    >>> a, b = Step(1, "mint", None, "A"), Step(2, "merge", "A", "B")
    >>> [step.seq for step in path([a, b, Step(3, "merge", "B", "C")], {2})]
    [1]
    """
    at: str | None = None
    taken: list[Step] = []
    for step in walked:
        if step.seq not in void and (step.kind == "split" or step.from_id == at):
            at = step.to_id
            taken.append(step)
    return taken


def end(walked: Sequence[Step], void: Collection[int]) -> str | None:
    """Return the id at which a record ends when the events in *void* do not count."""
    taken = path(walked, void)
    return taken[-1].to_id if taken else None


def home(walked: Sequence[Step], void: Collection[int]) -> str | None:
    """Return the id that a record came to by itself: by anything but the merge of one customer with another."""
    own = [step for step in path(walked, void) if step.kind != "merge"]
    return own[-1].to_id if own else None


def event_of(book: Book | Transaction, seq: int) -> Event | None:
    """Return one event."""
    rows = book.rows(f"SELECT {COLUMNS} FROM identity_events WHERE seq = ?", (seq,))
    return as_event(rows[0]) if rows else None


def resolve(book: Book | Transaction, customer_id: str) -> list[str]:
    """Return the ids that hold what *customer_id* held: itself while it lives, else its survivor or its parts, sorted.

    An id whose records have all been detached or forgotten, and one that was never given, leads nowhere.
    """
    seen: set[str] = set()
    at: str | None = customer_id
    while at is not None and at not in seen:
        seen.add(at)
        if found := _lives_in(book, at):
            return found
        rows = book.rows("SELECT merged_into FROM customer_ids WHERE customer_id = ?", (at,))
        at = str(rows[0][0]) if rows and rows[0][0] is not None else None
    return []


def _lives_in(book: Book | Transaction, customer_id: str) -> list[str]:
    """Where the records are that this id ever had: by what still counts, else by anything that happened."""
    now = {one: name for one, name in standing(book, ever(book, customer_id)).items() if name is not None}
    if customer_id in now.values():
        return [customer_id]
    walked = steps(book, now)
    void = undone_of(book, walked)
    through = {name for one, name in now.items() if any(step.to_id == customer_id for step in path(walked.get(one, ()), void))}
    return sorted(through or set(now.values()))
