"""The book in Postgres, for a team: the same SQL, one writer at a time by an advisory lock."""

import re
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import LiteralString, Self, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from duecare.records.book import Rows, Transaction, Value
from duecare.words import StoreTrouble

ANSWERS_WITHIN_S = 10
"""How long a server may take to answer, unless the DSN says otherwise."""

LOCK = 0x6475_6563
"""Number of the advisory lock that makes writers take turns, as SQLite does by itself."""


class PostgresBook:
    """A `Book` in a Postgres schema."""

    def __init__(self, dsn: str) -> None:
        try:
            patient = "connect_timeout" in conninfo_to_dict(dsn)
            full = dsn if patient else make_conninfo(dsn, connect_timeout=ANSWERS_WITHIN_S)
        except psycopg.Error:  # its text repeats what was written, a password too
            raise StoreTrouble("the book's Postgres address cannot be read", mend='write "postgres:host=… dbname=… user=…"') from None
        try:
            self._con = psycopg.connect(full, autocommit=True)
        except psycopg.Error:
            raise StoreTrouble("the book's Postgres does not answer", mend="check [records] book and that the server runs") from None
        try:
            with _told():
                _see_to_schema(self._con)
        except BaseException:
            self._con.close()
            raise

    @contextmanager
    def write(self) -> Generator[Transaction]:
        with _told(), self._con.transaction():
            self._con.execute("SELECT pg_advisory_xact_lock(%s, hashtext(current_schema()))", (LOCK,))
            yield _PostgresTransaction(self._con)

    def rows(self, sql: str, values: Sequence[Value] = ()) -> Rows:
        with _told(), self._con.transaction():
            return _rows(self._con, sql, values)

    def columns(self, names: Sequence[str], source: str) -> list[list[Value]]:
        rows = self.rows(f"SELECT {', '.join(names)} FROM {source}")
        return [[row[at] for row in rows] for at in range(len(names))]

    def script(self, sql: str, transaction: Transaction) -> None:  # noqa: ARG002 - it runs on the same connection
        self._con.execute(cast("LiteralString", sql))

    def scrub(self) -> None:
        with _told():
            self._con.execute("VACUUM")

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

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        into = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table), SQL(", ").join(Identifier(name) for name in columns))
        with self._con.cursor() as cursor, cursor.copy(into) as copy:
            for row in rows:
                copy.write_row(row)


@contextmanager
def _told() -> Generator[None]:
    """Tell a server that went away or refuses; its own text may hold data, so it is left out."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise StoreTrouble(
            f"the book's Postgres stopped answering ({type(error).__name__})", mend="look after the server, then try again"
        ) from None
    except psycopg.errors.InsufficientPrivilege:
        raise StoreTrouble(
            "the book's user may not write in its Postgres schema",
            mend="grant this user CREATE and USAGE on the schema that search_path names",
        ) from None


FIRST = re.compile(r'\s*(?:"((?:[^"]|"")+)"|([^",\s]+))')
"""The first schema of a search path, in quotes or without."""


def _see_to_schema(connection: psycopg.Connection) -> None:
    """Make the schema that the search path names first, when it is not there: else tables would go into another."""
    path = FIRST.match(str(_rows(connection, "SHOW search_path", ())[0][0]))
    name = (path[1] or path[2]).replace('""', '"') if path else ""
    if name and name != "$user" and not _rows(connection, "SELECT 1 FROM pg_namespace WHERE nspname = ?", (name,)):
        try:
            connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(name)))
        except psycopg.errors.UniqueViolation:
            pass  # another process was faster
        except psycopg.errors.InsufficientPrivilege:
            raise StoreTrouble(
                f"the book's Postgres has no schema {name!r}, and this user may not make it",
                mend=f"let its owner run: CREATE SCHEMA {name}",
            ) from None
    if _rows(connection, "SELECT current_schema()", ())[0][0] is None:
        raise StoreTrouble(
            "the book's search_path names no schema that is there", mend="add options='-c search_path=duecare' to [records] book"
        )


def _rows(connection: psycopg.Connection, sql: str, values: Sequence[Value]) -> Rows:
    cursor = connection.execute(_marks(sql), tuple(values))
    return cursor.fetchall() if cursor.description else []


def _marks(sql: str) -> LiteralString:
    return cast("LiteralString", sql.replace("%", "%%").replace("?", "%s"))
