"""Forgetting reaches the desks: what was written of people is taken out of their profiles, and out of the book.

Whose profiles are to be cleared is written down with the forgetting itself, so that a desk that is down is cleared later.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from duecare.records import Book, Transaction

OF_CUSTOMERS = ("desk_receipts", "desk_edits")
"""Tables that tell what was written of a customer."""


def forget(transaction: Transaction, customer_ids: Iterable[str], at: datetime) -> int:
    """Note whose profiles are to be cleared, take what tells of them out of the book, and return how many profiles that is."""
    count = 0
    for who in customer_ids:
        found = transaction.rows("SELECT desk, person FROM desk_people WHERE customer_id = ?", (who,))
        rows = [(str(desk), str(person), at.isoformat()) for desk, person in found]
        transaction.many("INSERT INTO desk_forgotten (desk, person, at) VALUES (?, ?, ?) ON CONFLICT (desk, person) DO NOTHING", rows)
        for table in OF_CUSTOMERS:
            transaction.rows(f"DELETE FROM {table} WHERE customer_id = ?", (who,))
        transaction.rows("UPDATE desk_people SET customer_id = NULL WHERE customer_id = ?", (who,))
        count += len(rows)
    return count


@dataclass(frozen=True, slots=True)
class Pending:
    """Of one desk, whose profiles are still to be cleared."""

    book: Book
    desk: str

    def persons(self) -> list[str]:
        """Return the desk's numbers of them."""
        sql = "SELECT person FROM desk_forgotten WHERE desk = ? ORDER BY person"
        return [str(person) for (person,) in self.book.rows(sql, (self.desk,))]

    def done(self, persons: Iterable[str]) -> None:
        """Note that they were cleared, and forget what the clearing itself wrote down."""
        with self.book.write() as transaction:
            for person in persons:
                transaction.rows("DELETE FROM desk_forgotten WHERE desk = ? AND person = ?", (self.desk, person))
                for table in OF_CUSTOMERS:
                    own = "run IN (SELECT run FROM desk_runs WHERE desk = ?)" if table == "desk_receipts" else "desk = ?"
                    transaction.rows(f"DELETE FROM {table} WHERE {own} AND person = ?", (self.desk, person))
