"""The ledger of a help desk in the book: who is there, what was written, what is under way, what came of it.

Everything that a killed run must not lose is written here before it is done. Profiles are kept as JSON of the fields
alone; an e-mail, by which people are matched, as a mark of a salt that only the book knows.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from duecare.helpdesk.desk import Change, Fields, Person
from duecare.helpdesk.merge import Edit
from duecare.records import Book, Transaction

SEE = """
INSERT INTO desk_people (desk, person, external_id, email_mark, observed, staff, applied) VALUES (?, ?, ?, ?, ?, ?, '{}')
ON CONFLICT (desk, person) DO UPDATE SET external_id = excluded.external_id, email_mark = excluded.email_mark, observed = excluded.observed,
    staff = coalesce(excluded.staff, desk_people.staff)
"""
WRITTEN = """
INSERT INTO desk_people (desk, person, observed, customer_id, applied) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (desk, person) DO UPDATE SET observed = excluded.observed, customer_id = excluded.customer_id, applied = excluded.applied,
    refused = NULL, refused_why = NULL
"""
RECEIPT = """
INSERT INTO desk_receipts VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run, person) DO UPDATE SET before_json = excluded.before_json, after_json = excluded.after_json, state = excluded.state,
    why = excluded.why, at = excluded.at
"""
OVERWRITTEN = "INSERT INTO desk_overwritten VALUES (?, ?, ?, ?, ?) ON CONFLICT (run, person, field) DO NOTHING"
KNOWN = """
DELETE FROM desk_receipts WHERE customer_id = ? AND person = ? AND state = 'unknown' AND run IN (SELECT run FROM desk_runs WHERE desk = ?)
"""
"""Of somebody who was to be made, once the desk's number is known."""
VERSION = """
INSERT INTO desk_versions VALUES (?, 1) ON CONFLICT (desk) DO UPDATE SET version = desk_versions.version + 1 RETURNING version
"""
COLUMNS = "person, customer_id, before_json, after_json, state, why"
OWN_RUNS = "run IN (SELECT run FROM desk_runs WHERE desk = ?)"
EDIT = """
INSERT INTO desk_edits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (desk, person, field, found) DO UPDATE SET wanted = excluded.wanted, found_at = excluded.found_at, run = excluded.run, settled = excluded.settled
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A person of the desk, as the ledger has them."""

    person: str
    external_id: str | None = None
    email_mark: str | None = None
    observed: Fields = field(default_factory=dict[str, str])
    customer_id: str | None = None
    applied: Fields = field(default_factory=dict[str, str])
    refused: str | None = None
    """A fingerprint of what the desk refused to write."""
    staff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A batch of which nobody knows what came of it."""

    run: int
    batch: int
    job: str | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of one profile."""

    person: str
    customer_id: str
    before: Fields
    after: Fields
    state: str
    why: str = ""
    had_written: Fields = field(default_factory=dict[str, str])
    """Fields that were given somebody else's text back, and what Duecare had written there before them."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the book holds of one desk."""

    book: Book
    desk: str

    def mark(self, email: str) -> str:
        """Return the mark of an e-mail."""
        return _mark(meet(self.book, self.desk)[0], email)

    def marks(self, emails: Iterable[str]) -> list[str]:
        """Return the marks of many."""
        salt = meet(self.book, self.desk)[0]
        return [_mark(salt, one) for one in emails]

    def cursor(self) -> str:
        """Return how far the desk's people were read."""
        return meet(self.book, self.desk)[1]

    def see(self, people: Sequence[Person], cursor: str | None = None) -> None:
        """Take in what people's profiles show, and how far the stream was read."""
        salt = meet(self.book, self.desk)[0]
        with self.book.write() as transaction:
            rows = [
                (self.desk, p.person, p.external_id, _mark(salt, p.email), _said(p.fields), p.staff if p.staff is None else int(p.staff))
                for p in people
                if not p.gone
            ]
            transaction.many(SEE, rows)
            self._drop(transaction, [p.person for p in people if p.gone])
            if cursor is not None:
                transaction.rows("UPDATE desks SET cursor = ? WHERE desk = ?", (cursor, self.desk))

    def drop(self, persons: Iterable[str]) -> None:
        """Take out people whom the desk does not have any more."""
        with self.book.write() as transaction:
            self._drop(transaction, persons)

    def people(self) -> list[Known]:
        """Return everybody, in the order of the desk's numbers."""
        names = ("person", "external_id", "email_mark", "observed", "customer_id", "applied", "refused", "staff")
        columns = self.book.columns(names, f"(SELECT * FROM desk_people WHERE desk = '{_plain(self.desk)}') AS people")
        read: dict[str, Fields] = {}  # profiles are few, people are many
        found = [
            Known(
                person=str(person),
                external_id=_maybe(external),
                email_mark=_maybe(marked),
                observed=_fields(str(observed), read),
                customer_id=_maybe(customer),
                applied=_fields(str(applied), read),
                refused=_maybe(refused),
                staff=bool(staff),
            )
            for person, external, marked, observed, customer, applied, refused, staff in zip(*columns, strict=True)
        ]
        return sorted(found, key=by_number)

    def begin(self, kind: str, *, actor: str, at: datetime, undoes: int | None = None) -> int:
        """Open a run and return its number."""
        with self.book.write() as transaction:
            run = int(str(transaction.rows("SELECT coalesce(max(run), 0) + 1 FROM desk_runs")[0][0]))
            row = (run, self.desk, kind, undoes, actor, at.isoformat(), None, "under way", "{}")
            transaction.rows("INSERT INTO desk_runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        return run

    def finish(self, run: int, *, state: str, facts: Mapping[str, Any], at: datetime) -> None:
        """Close a run."""
        with self.book.write() as transaction:
            transaction.rows(
                "UPDATE desk_runs SET state = ?, facts = ?, ended_at = ? WHERE run = ?", (state, json.dumps(facts), at.isoformat(), run)
            )

    def last_run(self) -> str:
        """Return the last run over this desk and how it ended; blank of none."""
        rows = self.book.rows("SELECT run, state FROM desk_runs WHERE desk = ? ORDER BY run DESC LIMIT 1", (self.desk,))
        return " ".join(str(one) for row in rows for one in row)

    def cut_off(self, at: datetime) -> None:
        """Close the runs that died."""
        with self.book.write() as transaction:
            transaction.rows(
                "UPDATE desk_runs SET state = 'cut off', ended_at = ? WHERE desk = ? AND state = 'under way'", (at.isoformat(), self.desk)
            )

    def has_run(self, run: int) -> bool:
        """Tell whether a run was one over this desk."""
        return bool(self.book.rows("SELECT 1 FROM desk_runs WHERE run = ? AND desk = ?", (run, self.desk)))

    def sending(self, run: int, batch: int, changes: Sequence[Change], *, whole: bool) -> list[Change]:
        """Write down a batch before it is sent, and return it with its version.

        Args:
            run: that sends it.
            batch: its number there.
            changes: of the batch.
            whole: with e-mails and names, for it is sent again as it is if nobody knows what came of it.
        """
        without = {} if whole else {"email": None, "name": None}
        with self.book.write() as transaction:
            version = int(str(transaction.rows(VERSION, (self.desk,))[0][0]))
            sent = [replace(one, version=version) for one in changes]
            said = json.dumps([asdict(one) | without for one in sent], separators=(",", ":"))
            transaction.rows("INSERT INTO desk_outbox VALUES (?, ?, NULL, ?)", (run, batch, said))
        return sent

    def sent(self, run: int, batch: int, job: str) -> None:
        """Write down which job the desk works on it by."""
        with self.book.write() as transaction:
            transaction.rows("UPDATE desk_outbox SET job = ? WHERE run = ? AND batch = ?", (job, run, batch))

    def left(self) -> list[Left]:
        """Return the batches of which nobody knows what came of them."""
        sql = "SELECT o.run, o.batch, o.job, o.changes FROM desk_outbox o JOIN desk_runs r ON r.run = o.run WHERE r.desk = ? ORDER BY 1, 2"
        return [
            Left(run=int(str(run)), batch=int(str(batch)), job=_maybe(job), changes=tuple(Change(**one) for one in json.loads(str(said))))
            for run, batch, job, said in self.book.rows(sql, (self.desk,))
        ]

    def settle(self, run: int, batch: int, receipts: Sequence[Receipt], people: Mapping[str, Known], at: datetime) -> None:
        """Take in what came of a batch: receipts, and what profiles show now; it is under way no more."""
        with self.book.write() as transaction:
            self._receive(transaction, run, receipts, people, at)
            transaction.rows("DELETE FROM desk_outbox WHERE run = ? AND batch = ?", (run, batch))

    def receive(self, run: int, receipts: Sequence[Receipt], people: Mapping[str, Known], at: datetime) -> None:
        """Take in what came of some changes."""
        with self.book.write() as transaction:
            self._receive(transaction, run, receipts, people, at)

    def dropped(self, run: int, receipts: Sequence[Receipt], kept: Sequence[Receipt], at: datetime) -> None:
        """Take in that some fields show again what they showed before they were written; *kept* tells of the others of those profiles."""
        theirs = self.overwritten(run)
        with self.book.write() as transaction:
            self._receive(transaction, run, receipts, {}, at)
            applied = "SELECT applied FROM desk_people WHERE desk = ? AND person = ?"
            for one in receipts:  # few: of a desk that drops things
                for (said,) in transaction.rows(applied, (self.desk, one.person)):
                    before = {name: one.before.get(name, "") for name in one.after} | dict(theirs.get(one.person, {}))
                    back = _said({**json.loads(str(said)), **{name: before[name] for name in one.after}})
                    transaction.rows("UPDATE desk_people SET applied = ? WHERE desk = ? AND person = ?", (back, self.desk, one.person))
            now = at.isoformat()
            transaction.many(RECEIPT, [(run, r.person, r.customer_id, _said(r.before), _said(r.after), r.state, r.why, now) for r in kept])

    def adopt(self, people: Iterable[tuple[str, str, Fields]]) -> None:
        """Take profiles that show already what is wanted for written by Duecare: person, customer and fields."""
        with self.book.write() as transaction:
            transaction.many(
                "UPDATE desk_people SET customer_id = ?, applied = ? WHERE desk = ? AND person = ?",
                [(customer, _said(fields), self.desk, person) for person, customer, fields in people],
            )

    def found(self, edits: Iterable[tuple[str, str, Edit]], *, run: int | None, at: datetime, settled: str) -> None:
        """Write down what somebody else wrote: person, customer and edit."""
        rows = [(self.desk, p, c, e.field, e.wanted, e.found, at.isoformat(), run, settled) for p, c, e in edits]
        with self.book.write() as transaction:
            transaction.many(EDIT, rows)

    def receipts(self, run: int) -> list[Receipt]:
        """Return what became of the profiles that a run meant to change."""
        return [_read(*row) for row in self.book.rows(f"SELECT {COLUMNS} FROM desk_receipts WHERE run = ? ORDER BY person", (run,))]

    def unknown(self) -> list[tuple[int, Receipt]]:
        """Return of what no answer came, with its run; a person's number is the customer's id where they were to be made."""
        sql = f"SELECT run, {COLUMNS} FROM desk_receipts WHERE state = 'unknown' AND {OWN_RUNS} ORDER BY run, person"
        return [(int(str(run)), _read(*row)) for run, *row in self.book.rows(sql, (self.desk,))]

    def had_written(self, run: int, person: str) -> Fields:
        """Return what Duecare had written where a rollback gives somebody else's text back to a person."""
        ((undoes,),) = self.book.rows("SELECT undoes FROM desk_runs WHERE run = ?", (run,))
        return {} if undoes is None else self.overwritten(int(str(undoes))).get(person, {})

    def written_since(self, run: int, person: str) -> bool:
        """Tell whether a later run over this desk wrote to a person."""
        sql = f"SELECT 1 FROM desk_receipts WHERE person = ? AND state = 'written' AND run > ? AND {OWN_RUNS} LIMIT 1"
        return bool(self.book.rows(sql, (person, run, self.desk)))

    def expire(self, before: datetime) -> None:
        """Take out of what no answer came before a moment."""
        with self.book.write() as transaction:
            transaction.rows(
                f"DELETE FROM desk_receipts WHERE state = 'unknown' AND at < ? AND {OWN_RUNS}", (before.isoformat(), self.desk)
            )

    def overwritten(self, run: int) -> dict[str, Fields]:
        """Return where a run wrote over somebody else's text: person -> field -> what Duecare had written there before them."""
        found: dict[str, dict[str, str]] = {}
        for person, name, text in self.book.rows("SELECT person, field, had_written FROM desk_overwritten WHERE run = ?", (run,)):
            found.setdefault(str(person), {})[str(name)] = str(text)
        return dict(found)

    def _receive(self, transaction: Transaction, run: int, receipts: Sequence[Receipt], people: Mapping[str, Known], at: datetime) -> None:
        now = at.isoformat()
        transaction.many(RECEIPT, [(run, r.person, r.customer_id, _said(r.before), _said(r.after), r.state, r.why, now) for r in receipts])
        done = [r for r in receipts if r.state == "written"]
        transaction.many(KNOWN, [(r.customer_id, r.customer_id, self.desk) for r in done if r.person != r.customer_id])
        transaction.many(WRITTEN, [_row_of(self.desk, r, people.get(r.person)) for r in done])
        transaction.many(OVERWRITTEN, [(run, *row) for r in done for row in _over(r, people.get(r.person))])
        refused = [(fingerprint(r.after), r.why, self.desk, r.person) for r in receipts if r.state == "refused"]
        transaction.many("UPDATE desk_people SET refused = ?, refused_why = ? WHERE desk = ? AND person = ?", refused)

    def _drop(self, transaction: Transaction, persons: Iterable[str]) -> None:
        transaction.many("DELETE FROM desk_people WHERE desk = ? AND person = ?", [(self.desk, one) for one in persons])


def meet(book: Book, desk: str) -> tuple[str, str]:
    """Return a desk's salt and cursor; they are made when it is met first."""
    sql = "SELECT salt, cursor FROM desks WHERE desk = ?"
    rows = book.rows(sql, (desk,))
    if not rows:
        with book.write() as transaction:
            transaction.rows(
                "INSERT INTO desks (desk, salt, cursor) VALUES (?, ?, '') ON CONFLICT (desk) DO NOTHING", (desk, secrets.token_hex(16))
            )
        rows = book.rows(sql, (desk,))
    return str(rows[0][0]), str(rows[0][1])


def by_number(one: Known) -> tuple[int, str]:
    """Return what people are sorted by: the desk's numbers, the short ones first."""
    return len(one.person), one.person


def fingerprint(fields: Fields) -> str:
    """Return what stands for some fields, whatever their order."""
    return hashlib.sha256(_said(fields).encode()).hexdigest()[:16]


def _row_of(desk: str, receipt: Receipt, known: Known | None) -> tuple[str, str, str, str, str]:
    observed, applied = (known.observed, known.applied) if known else ({}, {})
    written = {**applied, **receipt.after, **receipt.had_written}
    return desk, receipt.person, _said({**observed, **receipt.after}), receipt.customer_id, _said(written)


def _over(receipt: Receipt, known: Known | None) -> list[tuple[str, str, str, str]]:
    """The fields in which somebody else's text was written over, and what Duecare had written there before."""
    applied = known.applied if known else {}
    had = {name: applied.get(name, "") for name in receipt.after}
    return [(receipt.person, receipt.customer_id, name, text) for name, text in had.items() if text != receipt.before.get(name, "")]


def _said(fields: Fields) -> str:
    return json.dumps(dict(sorted(fields.items())), ensure_ascii=False, separators=(",", ":"))


def _fields(said: str, read: dict[str, Fields]) -> Fields:
    if said not in read:
        read[said] = json.loads(said)
    return read[said]


def _mark(salt: str, email: str | None) -> Any:  # noqa: ANN401 - a text, or none of none
    return None if not email else hashlib.sha256(f"{salt}\x1f{email.strip().casefold()}".encode()).hexdigest()


def _read(person: object, customer: object, before: object, after: object, state: object, why: object) -> Receipt:
    return Receipt(
        person=str(person),
        customer_id=str(customer),
        before=json.loads(str(before)),
        after=json.loads(str(after)),
        state=str(state),
        why=str(why),
    )


def _maybe(value: object) -> str | None:
    return None if value is None else str(value)


def _plain(name: str) -> str:
    """A desk's name within SQL: settings let letters, digits, - and _ pass alone."""
    if not name.replace("-", "").replace("_", "").isalnum():
        raise ValueError(name)
    return name
