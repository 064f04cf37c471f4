"""Migrations of the book: numbered files, each in one transaction with the note that it ran.

A file is called `0001_pre_what.sql` or `0002_post_what.sql`. *pre* only adds, so that the
program before it still works; *post* takes away what no running program needs, and is run
when the operator says that all have been updated (`duecare doctor --finish-migrations`).
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

from duecare.records.book import Book, Transaction
from duecare.words import StoreTrouble

NAME = re.compile(r"^(\d{4})_(pre|post)_(\w+)\.sql$")


@dataclass(frozen=True, slots=True, order=True)
class Migration:
    """One step of the book's shape."""

    number: int
    half: Literal["pre", "post"]
    what: str
    sql: str


def migrate(book: Book, folder: Traversable | None = None, *, finish: bool = False) -> list[int]:
    """Bring *book* up to date and return the numbers that ran now.

    A *post* half waits until *finish*, and so does everything after it.
    """
    todo = shipped(folder)
    if (missing := set(_done_quietly(book)) - {m.number for m in todo}) and not finish:
        raise StoreTrouble(
            f"the book was written by a newer Duecare (migration {max(missing)})", mend="update this program, then try again"
        )
    ran: list[int] = []
    for step in todo:
        if step.half == "post" and not finish and step.number not in _done_quietly(book):
            break
        ran += _apply_once(book, step)
    return ran


def finish_migrations(book: Book) -> list[int]:
    """Run the halves that waited until no older program is at work, and return their numbers."""
    return migrate(book, finish=True)


def shipped(folder: Traversable | None = None) -> list[Migration]:
    """Return the migrations in *folder* (the program's own by default), in order."""
    folder = folder or files("duecare.records.migrations").joinpath("book")
    named = [(NAME.match(file.name), file) for file in folder.iterdir()]
    return sorted(Migration(int(m[1]), "pre" if m[2] == "pre" else "post", m[3], f.read_text("utf-8")) for m, f in named if m)


def _apply_once(book: Book, step: Migration) -> list[int]:
    if step.number in _done_quietly(book):
        return []
    with book.write() as transaction:
        transaction.rows("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, what TEXT NOT NULL, at TEXT NOT NULL)")
        if step.number in _done(transaction):  # another process was faster
            return []
        book.script(step.sql, transaction)
        transaction.rows("INSERT INTO migrations VALUES (?, ?, ?)", (step.number, step.what, datetime.now(UTC).isoformat()))
    return [step.number]


def _done(transaction: Transaction) -> set[int]:
    return {int(str(number)) for (number,) in transaction.rows("SELECT number FROM migrations")}


def _done_quietly(book: Book) -> set[int]:
    try:
        return {int(str(number)) for (number,) in book.rows("SELECT number FROM migrations")}
    except Exception:  # noqa: BLE001 - every engine has its own word for "no such table"
        return set()
