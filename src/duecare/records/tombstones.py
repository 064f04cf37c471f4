"""Tombstones: marks of who was forgotten. Each is a digest of a salt that only the book knows and of what is to stay away, so a mark tells nobody's name."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from duecare.records.book import Book, Transaction

BETWEEN = "\x1f"
"""Stands between the words of a mark; `chr(31)` in SQL."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """All marks, and the salt that makes them."""

    salt: str
    marks: frozenset[str]

    def mark(self, *words: str) -> str:
        """Return the mark of some words: SHA-256 over the salt and them."""
        return mark(self.salt, *words)

    @property
    def digest(self) -> str:
        """A fingerprint of all marks: what was swept with the same ones need not be swept again."""
        return hashlib.sha256("".join(sorted(self.marks)).encode()).hexdigest()


def mark(salt: str, *words: str) -> str:
    """Return the mark of some words.

    >>> mark("s", "record", "shop", "7") == mark("s", "record", "shop", "7") != mark("t", "record", "shop", "7")
    True
    """
    return hashlib.sha256(BETWEEN.join((salt, *words)).encode()).hexdigest()


def forgotten(book: Book) -> Forgotten:
    """Return all marks; none where nobody was forgotten."""
    salts = book.rows("SELECT salt FROM forget_salt")
    if not salts:
        return Forgotten("", frozenset())
    (marks,) = book.columns(("mark",), "(SELECT mark FROM tombstones) AS marks")
    return Forgotten(str(salts[0][0]), frozenset(str(one) for one in marks))


def begin_forgetting(transaction: Transaction, keys: Iterable[tuple[str, ...]], *, customers: int, by: str, why: str, at: datetime) -> int:
    """Enter marks for *keys*, and return the number of this forgetting, which is not done before `finish_forgetting`."""
    salts = transaction.rows("SELECT salt FROM forget_salt")
    salt = str(salts[0][0]) if salts else secrets.token_hex(32)
    if not salts:
        transaction.rows("INSERT INTO forget_salt VALUES (?)", (salt,))
    number = int(str(transaction.rows("SELECT coalesce(max(forgetting), 0) + 1 FROM forgettings")[0][0]))
    transaction.rows("INSERT INTO forgettings VALUES (?, ?, ?, ?, ?, NULL)", (number, at.isoformat(), by, why, customers))
    transaction.many("INSERT INTO tombstones VALUES (?, ?) ON CONFLICT (mark) DO NOTHING", [(mark(salt, *key), number) for key in keys])
    return number


def add_marks(book: Book, marks: Iterable[str]) -> None:
    """Enter marks that were found on the way, under the newest forgetting."""
    with book.write() as transaction:
        number = int(str(transaction.rows("SELECT max(forgetting) FROM forgettings")[0][0]))
        transaction.many("INSERT INTO tombstones VALUES (?, ?) ON CONFLICT (mark) DO NOTHING", [(one, number) for one in marks])


def begun(book: Book) -> list[int]:
    """Return the forgettings that are not done yet."""
    return [int(str(row[0])) for row in book.rows("SELECT forgetting FROM forgettings WHERE done_at IS NULL ORDER BY forgetting")]


def finish_forgetting(book: Book, numbers: Iterable[int], *, at: datetime) -> None:
    """Say that nothing is left of those who were to be forgotten, and leave nothing in the free room of the book's files."""
    with book.write() as transaction:
        transaction.many("UPDATE forgettings SET done_at = ? WHERE forgetting = ?", [(at.isoformat(), number) for number in numbers])
    book.scrub()
