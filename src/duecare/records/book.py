"""The book: what no run can recompute, in short transactions.

Ledger of identities, plans, assignments, consents and the audit chain live here. The SQL of
its users is common to SQLite and Postgres, with `?` for values; each table belongs to one
room, named at the head of its migration.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self, TypeAlias

Value: TypeAlias = str | int | float | bytes | None
Rows: TypeAlias = list[tuple[Value, ...]]


class Transaction(Protocol):
    """Statements that hold together or not at all."""

    def rows(self, sql: str, values: Sequence[Value] = ()) -> Rows:
        """Run one statement and return its rows."""
        ...

    def many(self, sql: str, values: Iterable[Sequence[Value]]) -> None:
        """Run one statement for each row of values."""
        ...

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Append new rows to *table*, as fast as the engine can: for what runs to millions."""
        ...


class Book(Protocol):
    """A store of small, durable facts with one writer at a time."""

    def write(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction that nobody else can interleave; an exception undoes it."""
        ...

    def rows(self, sql: str, values: Sequence[Value] = ()) -> Rows:
        """Read, seeing one consistent state."""
        ...

    def columns(self, names: Sequence[str], source: str) -> list[list[Value]]:
        """Read whole columns of *source*, a table or a SELECT in brackets with its alias: for what runs to millions of rows."""
        ...

    def script(self, sql: str, transaction: Transaction) -> None:
        """Run several statements of a migration inside *transaction*."""
        ...

    def scrub(self) -> None:
        """Leave nothing of what was deleted in the free room of the files."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...
