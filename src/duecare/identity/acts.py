"""Acts of people on who is who: join, part, lock, unlock, undo, forget.

Each is one short transaction that appends to the ledger, brings `memberships` after it, and is
refused as a whole when it contradicts what was decided or touches a locked customer.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from duecare.identity.carrying import RULINGS, Done, Where, carry_out
from duecare.identity.ledger import Act, Event, Events, append, mint, numbers_of
from duecare.identity.rulings import locked
from duecare.identity.standing import end, event_of, ever, home, records_of, resolve, standing, steps, undone, undone_of
from duecare.records import Book, Transaction
from duecare.words import BadSettings

UNDOABLE = ("attach", "merge", "split", "lock", "unlock", "together", "apart")
RULED = ("join", "part")
"""Acts whose decisions fall with what they moved."""


def join(book: Book, a: str, b: str, *, actor: str, why: str, at: datetime, dry_run: bool = False) -> Done:
    """Make two customers one, for ever: the one with more records keeps its id, and no run parts what each of them is by itself.

    Raises:
        BadSettings: one of them is no customer, or locked.
        BadSettings: a decision keeps them apart.
    """

    def change(transaction: Transaction) -> tuple[Events, Where]:
        both = [_living(transaction, name) for name in (a, b)]
        holds = {name: records_of(transaction, name) for name in both}
        (into, gone) = sorted(both, key=lambda name: (-len(holds[name]), both.index(name)))
        events, moved = Events(), holds[gone] if gone != into else []
        if moved:
            events.add("merge", gone, into, moved)
        events.add("together", records={one for name in both for one in _own(transaction, name, holds[name])})
        return events, dict.fromkeys(moved, (gone, into))

    return carry_out(book, Act(actor=actor, kind="join", why=why, at=at), change, dry_run=dry_run)


def part(
    book: Book, customer_id: str, records: Iterable[tuple[str, str]], *, actor: str, why: str, at: datetime, dry_run: bool = False
) -> Done:
    """Take *records* (source and source_id) out of a customer into a new one, for ever apart from those that stay.

    Raises:
        BadSettings: the customer is none or locked, or the records are not some of its records.
        BadSettings: a decision keeps them together.
    """
    keys = sorted(set(records))

    def change(transaction: Transaction) -> tuple[Events, Where]:
        name = _living(transaction, customer_id)
        holds = set(records_of(transaction, name))
        out = {int(str(number)) for number, _, _ in numbers_of(transaction, keys)} & holds
        if len(out) < len(keys) or not out:
            raise BadSettings(
                f"{len(keys) - len(out)} of {len(keys)} records are not {name}'s", mend=f"duecare identity history {name} lists its records"
            )
        if out == holds:
            raise BadSettings(f"these are all records of {name}, so nobody would be left", mend="name some of them")
        (fresh,) = mint(1)
        events = Events()
        events.add("mint", to_id=fresh)
        events.add("split", name, fresh, out)
        events.add("apart", records=out, others=holds - out)
        return events, dict.fromkeys(out, (name, fresh))

    return carry_out(book, Act(actor=actor, kind="part", why=why, at=at), change, dry_run=dry_run)


def lock(book: Book, customer_id: str, *, actor: str, why: str, at: datetime, dry_run: bool = False) -> Done:
    """Let nothing be added to a customer or taken from it."""
    return _bolt(book, customer_id, Act(actor=actor, kind="lock", why=why, at=at), dry_run=dry_run)


def unlock(book: Book, customer_id: str, *, actor: str, why: str, at: datetime, dry_run: bool = False) -> Done:
    """Let a locked customer be added to and taken from again."""
    return _bolt(book, customer_id, Act(actor=actor, kind="unlock", why=why, at=at), dry_run=dry_run)


def undo(book: Book, seq: int, *, actor: str, why: str, at: datetime, apart: bool = True, dry_run: bool = False) -> Done:
    """Put the records which an event moved where they would be without it; withdraw a decision.

    A merge or an attachment that is undone leaves the decision that both sides are apart, unless
    *apart* is false, so that the next run does not do it again.

    Raises:
        BadSettings: there is no such event, it is none that can be undone, or it was undone.
        BadSettings: a decision that stands says otherwise.
    """

    def change(transaction: Transaction) -> tuple[Events, Where]:
        event = _undoable(transaction, seq)
        events = Events()
        if event.kind not in ("attach", "merge", "split"):
            events.add("undo", undoes=seq)
            return events, {}
        moved = _without(transaction, event)
        for pair in sorted(set(moved.values()), key=str):
            events.add("undo", *pair, (one for one, goes in moved.items() if goes == pair), undoes=seq)
        if not moved:
            events.add("undo", undoes=seq)
        for ruling in _ruling_with(transaction, event):
            events.add("undo", undoes=ruling)
        if apart and event.kind != "split" and all(sides := _sides(transaction, event, moved)):
            events.add("apart", records=sides[0], others=sides[1])
        return events, moved

    return carry_out(book, Act(actor=actor, kind="undo", why=why, at=at), change, dry_run=dry_run)


def forget(transaction: Transaction, keys: Sequence[tuple[str, str]], *, actor: str, why: str, at: datetime) -> int:
    """Detach records and delete who they were, for ever; return how many there were. The ledger keeps numbers that nobody can read."""
    known = {int(str(number)): (str(source), str(source_id)) for number, source, source_id in numbers_of(transaction, keys)}
    if not known:
        return 0
    now, events = standing(transaction, known), Events()
    for name in sorted({name for name in now.values() if name}):
        events.add("detach", name, None, (one for one, held in now.items() if held == name))
    append(transaction, Act(actor=actor, kind="forget", why=why, at=at), events)
    for table in ("memberships", "source_records"):
        transaction.many(f"DELETE FROM {table} WHERE source = ? AND source_id = ?", list(known.values()))
    return len(known)


def _living(transaction: Transaction, name: str) -> str:
    """The customer that a name leads to now.

    Raises:
        BadSettings: it leads to none, or to several.
    """
    found = resolve(transaction, name)
    if len(found) == 1:
        return found[0]
    if found:
        raise BadSettings(f"{name} was parted into {len(found)} customers", mend=f"name one of them: {', '.join(found)}")
    raise BadSettings("that customer id leads to nobody", mend="duecare explain WHO tells a customer's id")


def _own(transaction: Transaction, name: str, holds: list[int]) -> list[int]:
    """The records that are a customer's own; all when it has only others'."""
    walked = steps(transaction, holds)
    void = undone_of(transaction, walked)
    return [one for one in holds if home(walked[one], void) == name] or holds


def _bolt(book: Book, customer_id: str, act: Act, *, dry_run: bool) -> Done:
    def change(transaction: Transaction) -> tuple[Events, Where]:
        name, events = _living(transaction, customer_id), Events()
        if (act.kind == "lock") == (name in locked(transaction)):
            raise BadSettings(f"{name} is {'locked already' if act.kind == 'lock' else 'not locked'}", mend="nothing need be done")
        events.add("lock" if act.kind == "lock" else "unlock", to_id=name)
        return events, {}

    return carry_out(book, act, change, dry_run=dry_run)


def _undoable(transaction: Transaction, seq: int) -> Event:
    event = event_of(transaction, seq)
    if event is None:
        raise BadSettings(f"the ledger has no event {seq}", mend="duecare identity history WHO lists events with their numbers")
    if by := undone(transaction, [seq]).get(seq):
        raise BadSettings(
            f"event {seq} was undone already, by event {by}", mend="nothing need be done; duecare identity join makes two customers one"
        )
    mends = {
        "mint": "duecare identity part takes records out of a customer",
        "undo": "duecare identity join makes two customers one again",
        "detach": "what was forgotten stays so",
    }
    if event.kind not in UNDOABLE:
        raise BadSettings(f"event {seq} is of the kind {event.kind}, which cannot be undone", mend=mends[event.kind])
    if event.kind == "merge" and not event.records:
        raise BadSettings(f"event {seq} is older than the ledger, which does not know its records", mend=mends["mint"])
    return event


def _without(transaction: Transaction, event: Event) -> Where:
    """Where the event's records would be without it, for those that are elsewhere."""
    now, walked = standing(transaction, event.records), steps(transaction, event.records)
    void = undone_of(transaction, walked) | {event.seq}
    then = {one: end(walked[one], void) for one in now}
    return {one: (now[one], then[one]) for one in now if now[one] != then[one]}


def _ruling_with(transaction: Transaction, event: Event) -> list[int]:
    """The decision that a person made in moving these records, which stands right behind the event, if it holds still."""
    acted = transaction.rows("SELECT kind FROM identity_acts WHERE act = ?", (event.act,))
    behind = event_of(transaction, event.seq + 1)
    if str(acted[0][0]) not in RULED or behind is None or behind.act != event.act or behind.kind not in RULINGS:
        return []
    return [] if undone(transaction, [behind.seq]) else [behind.seq]


def _sides(transaction: Transaction, event: Event, moved: Where) -> tuple[list[int], list[int]]:
    """The records that undoing takes away, and those that were where the event brought them, unless they are where it leads."""
    there = ever(transaction, str(event.to_id), before=event.seq)
    walked = steps(transaction, there)
    void = undone_of(transaction, walked)
    before = {one: [step for step in taken if step.seq < event.seq] for one, taken in walked.items()}
    then, own = {entered for _, entered in moved.values()}, set(event.records)
    others = [one for one, now in standing(transaction, there).items() if one not in own and now not in then]
    return sorted(moved), sorted(one for one in others if end(before.get(one, ()), void) == event.to_id)
