"""The book in one file: SQLite by apsw, every commit on the disk before it is believed."""

import json
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import apsw

from duecare.records.book import Rows, Transaction, Value
from duecare.words import StoreTrouble

WAIT_MS, LOOK_MS = 10_000, 2
"""How long a writer waits for another one before it says that the book is busy, and how often it looks: SQLite's own waits grow so
long that a writer of many short transactions would always be first."""


class SqliteBook:
    """A `Book` in a SQLite file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._con = apsw.Connection(str(file))
            self._con.set_busy_handler(_wait)
            self._con.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -65536")
        except apsw.Error as error:
            raise StoreTrouble(
                f"the book cannot be opened ({type(error).__name__})",
                looked=[str(file)],
                mend="check that it is a SQLite file you may write to",
            ) from error

    @contextmanager
    def write(self) -> Generator[Transaction]:
        try:
            self._con.execute("BEGIN IMMEDIATE")
        except apsw.BusyError as error:
            raise StoreTrouble("another process is writing the book", mend="try again when it has ended") from error
        try:
            yield _SqliteTransaction(self._con)
            self._con.execute("COMMIT")
        except BaseException as error:
            if self._con.in_transaction:  # a full disk has ended it already
                self._con.execute("ROLLBACK")
            if isinstance(error, apsw.FullError | apsw.IOError | apsw.ReadOnlyError):
                raise StoreTrouble(
                    f"the book cannot be written ({type(error).__name__})",
                    looked=[str(self._file)],
                    mend="check that its disk has room and that this user may write there",
                ) from error
            raise

    def rows(self, sql: str, values: Sequence[Value] = ()) -> Rows:
        return list(self._con.execute(sql, values))  # pyright: ignore[reportReturnType] - apsw types rows loosely

    def columns(self, names: Sequence[str], source: str) -> list[list[Value]]:
        """Read columns as one JSON text each: several times as fast as a million rows of Python's own."""
        wanted = ", ".join(f"json_group_array({name})" for name in names)
        (texts,) = self._con.execute(f"SELECT {wanted} FROM {source}")
        return [json.loads(str(text)) for text in texts]

    def script(self, sql: str, transaction: Transaction) -> None:  # noqa: ARG002 - it runs on the same connection
        self._con.execute(sql)

    def scrub(self) -> None:
        self._con.execute("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._con.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _wait(looks: int) -> bool:
    """Wait a little for another writer; give up after so many looks."""
    time.sleep(LOOK_MS / 1000.0)
    return looks * LOOK_MS < WAIT_MS


class _SqliteTransaction:
    def __init__(self, connection: apsw.Connection) -> None:
        self._con = connection

    def rows(self, sql: str, values: Sequence[Value] = ()) -> Rows:
        return list(self._con.execute(sql, values))  # pyright: ignore[reportReturnType] - apsw types rows loosely

    def many(self, sql: str, values: Iterable[Sequence[Value]]) -> None:
        self._con.executemany(sql, values)

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        self.many(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
