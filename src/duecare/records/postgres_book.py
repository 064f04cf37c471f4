"""The book in Postgres, for a team: the same SQL, one writer at a time by an advisory lock."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import LiteralString, Self, cast

import psycopg

from duecare.records.book import Rows, Transaction, Value
from duecare.words import StoreTrouble

LOCK = 0x6475_6563
"""Number of the advisory lock that makes writers take turns, as SQLite does by itself."""


class PostgresBook:
    """A `Book` in a Postgres schema."""

    def __init__(self, dsn: str) -> None:
        try:
            self._con = psycopg.connect(dsn, autocommit=True)
        except psycopg.OperationalError as error:  # its text may name the password's owner, never the password
            raise StoreTrouble("the book's Postgres does not answer", mend="check [records] book and that the server runs") from error

    @contextmanager
    def write(self) -> Generator[Transaction]:
        with self._con.transaction():
            self._con.execute("SELECT pg_advisory_xact_lock(%s, hashtext(current_schema()))", (LOCK,))
            yield _PostgresTransaction(self._con)

    def rows(self, sql: str, values: Sequence[Value] = ()) -> Rows:
        with self._con.transaction():
            return _rows(self._con, sql, values)

    def script(self, sql: str, transaction: Transaction) -> None:  # noqa: ARG002 - it runs on the same connection
        self._con.execute(cast("LiteralString", sql))

    def close(self) -> None:
        self._con.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class _PostgresTransaction:
    def __init__(self, connection: psycopg.Connection) -> None:
        self._con = connection

    def rows(self, sql: str, values: Sequence[Value] = ()) -> Rows:
        return _rows(self._con, sql, values)

    def many(self, sql: str, values: Iterable[Sequence[Value]]) -> None:
        with self._con.cursor() as cursor:
            cursor.executemany(_marks(sql), values)


def _rows(connection: psycopg.Connection, sql: str, values: Sequence[Value]) -> Rows:
    cursor = connection.execute(_marks(sql), tuple(values))
    return cursor.fetchall() if cursor.description else []


def _marks(sql: str) -> LiteralString:
    return cast("LiteralString", sql.replace("%", "%%").replace("?", "%s"))
