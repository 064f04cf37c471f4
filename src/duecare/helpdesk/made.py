"""What Duecare made in a desk's configuration, as the book remembers it."""

from dataclasses import dataclass

from duecare.records import Book


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An object that Duecare made."""

    kind: str
    number: str
    """The desk's; blank while it is being made."""
    applied: str
    """What was written last, as JSON."""
    under: str
    """The number of what it belongs to."""
    proven: bool = False
    """It was seen since that it was made once: a request may arrive twice."""


BEING_MADE = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The objects of one desk, by our keys."""

    book: Book
    desk: str

    def made(self) -> dict[str, Made]:
        """Return all that was made, and is being made."""
        sql = "SELECT key, kind, number, applied, parent, proven FROM desk_objects WHERE desk = ? ORDER BY key"
        return {
            str(key): Made(kind=str(kind), number=str(number), applied=str(applied), under=str(parent), proven=bool(proven))
            for key, kind, number, applied, parent, proven in self.book.rows(sql, (self.desk,))
        }

    def put(self, key: str, one: Made) -> None:
        """Remember an object, or that it is about to be made."""
        with self.book.write() as transaction:
            transaction.rows(
                "INSERT INTO desk_objects (desk, key, kind, number, applied, parent, proven) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (desk, key)"
                " DO UPDATE SET kind = excluded.kind, number = excluded.number, applied = excluded.applied, parent = excluded.parent, proven = excluded.proven",
                (self.desk, key, one.kind, one.number, one.applied, one.under, int(one.proven)),
            )

    def forget(self, key: str) -> None:
        """Forget an object that is there no more."""
        with self.book.write() as transaction:
            transaction.rows("DELETE FROM desk_objects WHERE desk = ? AND key = ?", (self.desk, key))
