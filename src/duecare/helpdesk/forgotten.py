"""Forgetting reaches the desks: what was written of people is taken out of their profiles, and out of the book.

Whose profiles are to be cleared is written down with the forgetting itself, so that a desk that is down is cleared later.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from duecare.records import Book, Transaction

JOBS_END = timedelta(days=1)
"""After so long no job of which no answer came makes anybody any more."""
MADE = "customer "
"""Before the id of a customer for whom somebody may be made yet, by a batch of which no answer came: the desk's number is not known."""
NOBODY: Mapping[str, object] = {"customer_id": "", "before": {}, "after": {}, "email": None, "name": None}
"""What a change becomes by which a customer was to be made: its place in the batch stays."""
MADE_OR_NOT = """
SELECT desk FROM desk_people WHERE external_id = ? AND coalesce(customer_id, '') = ''
UNION SELECT r.desk FROM desk_receipts x JOIN desk_runs r ON r.run = x.run WHERE x.customer_id = ? AND x.state = 'unknown' AND x.at >= ?
"""
"""Desks where somebody was made for a customer and is not known as theirs yet, or may be made."""
OF_CUSTOMERS = ("desk_receipts", "desk_overwritten", "desk_edits")
"""Tables that tell what was written of a customer."""


def forget(transaction: Transaction, customer_ids: Iterable[str], at: datetime) -> int:
    """Note whose profiles are to be cleared, take what tells of them out of the book, and return how many profiles that is."""
    count = 0
    lately = (at - JOBS_END).isoformat()
    for who in customer_ids:
        found = transaction.rows("SELECT desk, person FROM desk_people WHERE customer_id = ?", (who,))
        rows = [(str(desk), str(person), at.isoformat()) for desk, person in found]
        rows += [(str(desk), MADE + who, at.isoformat()) for (desk,) in transaction.rows(MADE_OR_NOT, (who, who, lately))]
        transaction.many("INSERT INTO desk_forgotten (desk, person, at) VALUES (?, ?, ?) ON CONFLICT (desk, person) DO NOTHING", rows)
        for table in OF_CUSTOMERS:
            transaction.rows(f"DELETE FROM {table} WHERE customer_id = ?", (who,))
        transaction.rows("UPDATE desk_people SET customer_id = NULL WHERE customer_id = ?", (who,))
        count += len(rows) + _out_of_the_outbox(transaction, who, at)
    return count


def _out_of_the_outbox(transaction: Transaction, who: str, at: datetime) -> int:
    """Note those whose profiles may be written by a batch under way, take the customer out of it, and return how many they are."""
    sql = "SELECT r.desk, o.run, o.batch, o.changes FROM desk_outbox o JOIN desk_runs r ON r.run = o.run WHERE o.changes LIKE ?"
    count = 0
    for desk, run, batch, said in transaction.rows(sql, (f'%"{who}"%',)):
        changes = json.loads(str(said))
        mine = [one for one in changes if one["customer_id"] == who]
        rows = [(str(desk), one["person"] or MADE + who, at.isoformat()) for one in mine]
        transaction.many("INSERT INTO desk_forgotten (desk, person, at) VALUES (?, ?, ?) ON CONFLICT (desk, person) DO NOTHING", rows)
        for one in mine:
            one.update({"customer_id": ""} if one["person"] else NOBODY)
        transaction.rows("UPDATE desk_outbox SET changes = ? WHERE run = ? AND batch = ?", (json.dumps(changes), run, batch))
        count += len(rows)
    return count


@dataclass(frozen=True, slots=True)
class Pending:
    """Of one desk, whose profiles are still to be cleared."""

    book: Book
    desk: str

    def persons(self) -> dict[str, datetime]:
        """Return the desk's numbers of them, or `MADE` and the customer's id, and since when they wait."""
        sql = "SELECT person, at FROM desk_forgotten WHERE desk = ? ORDER BY person"
        return {str(person): datetime.fromisoformat(str(at)) for person, at in self.book.rows(sql, (self.desk,))}

    def known(self, marked: str, person: str) -> None:
        """Note the desk's number of somebody who was made after all."""
        with self.book.write() as transaction:
            transaction.rows("UPDATE desk_forgotten SET person = ? WHERE desk = ? AND person = ?", (person, self.desk, marked))

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
