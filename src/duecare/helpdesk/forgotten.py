"""Forgetting reaches the desks: what was written of people is taken out of their profiles, and out of the book.

Whose profiles are to be cleared is written down with the forgetting itself, so that a desk that is down is cleared later.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from duecare.records import Book, Transaction

MADE = "customer "
"""Before the id of a customer for whom somebody may be made yet, by a batch of which no answer came: the desk's number is not known."""
OF_CUSTOMERS = ("desk_receipts", "desk_overwritten", "desk_edits")
"""Tables that tell what was written of a customer."""
NOTE = "INSERT INTO desk_forgotten (desk, person, at) VALUES (?, ?, ?) ON CONFLICT (desk, person) DO NOTHING"
UNKNOWN = "SELECT r.desk, x.person FROM desk_receipts x JOIN desk_runs r ON r.run = x.run WHERE x.customer_id = ? AND x.state = 'unknown'"
OUTBOX = "SELECT r.desk, o.run, o.batch, o.changes FROM desk_outbox o JOIN desk_runs r ON r.run = o.run WHERE o.changes LIKE ?"


def forget(transaction: Transaction, customer_ids: Iterable[str], at: datetime) -> int:
    """Note whose profiles are to be cleared, take what tells of them out of the book, and return how many profiles that is.

    What may be written yet, by a batch of which no answer came, is kept until it is known: it tells what is to be cleared.
    """
    count = 0
    for who in customer_ids:
        rows = transaction.rows("SELECT desk, person FROM desk_people WHERE customer_id = ?", (who,))
        unknown = [(desk, MADE + who if person == who else person) for desk, person in transaction.rows(UNKNOWN, (who,))]
        noted = {(str(desk), str(person), at.isoformat()) for desk, person in [*rows, *unknown, *_in_the_outbox(transaction, who)]}
        transaction.many(NOTE, sorted(noted))
        for table in OF_CUSTOMERS:
            known = " AND state <> 'unknown'" if table == "desk_receipts" else ""
            transaction.rows(f"DELETE FROM {table} WHERE customer_id = ?{known}", (who,))
        transaction.rows("UPDATE desk_people SET customer_id = NULL WHERE customer_id = ?", (who,))
        count += len(noted)
    return count


def _in_the_outbox(transaction: Transaction, who: str) -> list[tuple[str, str]]:
    """Return who may be written by a batch under way for a customer, as desk and person, and take e-mail and name out of it."""
    found: list[tuple[str, str]] = []
    for desk, run, batch, said in transaction.rows(OUTBOX, (f'%"{who}"%',)):
        changes = json.loads(str(said))
        mine = [one for one in changes if one["customer_id"] == who]
        found += [(str(desk), one["person"] or MADE + who) for one in mine]
        for one in mine:
            one.update({"email": None, "name": None})
        transaction.rows("UPDATE desk_outbox SET changes = ? WHERE run = ? AND batch = ?", (json.dumps(changes), run, batch))
    return found


@dataclass(frozen=True, slots=True)
class Pending:
    """Of one desk, whose profiles are still to be cleared."""

    book: Book
    desk: str

    def persons(self) -> list[str]:
        """Return the desk's numbers of them, or `MADE` and the customer's id."""
        sql = "SELECT person FROM desk_forgotten WHERE desk = ? ORDER BY person"
        return [str(person) for (person,) in self.book.rows(sql, (self.desk,))]

    def known(self, marked: str, person: str) -> None:
        """Note the desk's number of somebody who was made after all."""
        with self.book.write() as transaction:
            ((at,),) = transaction.rows("DELETE FROM desk_forgotten WHERE desk = ? AND person = ? RETURNING at", (self.desk, marked))
            transaction.rows(NOTE, (self.desk, person, at))

    def done(self, persons: Iterable[str]) -> None:
        """Note that they were cleared, and forget what the clearing itself wrote down."""
        with self.book.write() as transaction:
            for marked in persons:
                transaction.rows("DELETE FROM desk_forgotten WHERE desk = ? AND person = ?", (self.desk, marked))
                person = marked.removeprefix(MADE)
                blank = "UPDATE desk_people SET customer_id = NULL, refused = NULL, refused_why = NULL WHERE desk = ? AND person = ?"
                transaction.rows(blank, (self.desk, person))
                for table in OF_CUSTOMERS:
                    own = "desk = ?" if table == "desk_edits" else "run IN (SELECT run FROM desk_runs WHERE desk = ?)"
                    transaction.rows(f"DELETE FROM {table} WHERE {own} AND person = ?", (self.desk, person))
