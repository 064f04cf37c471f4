"""The warehouse on one machine: DuckDB, a file of its own for each run.

A finished file is never written again, so any number of readers may hold it open.
Times are kept with their zone and answered in UTC, whatever the machine says.
"""

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa

from duecare.records.warehouse import fill
from duecare.words import BadSettings, StoreTrouble

FILE = "warehouse.duckdb"


class DuckWarehouse:
    """A `Warehouse` on DuckDB."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, where: Path) -> None:
        self._con, self.where = connection, where
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")  # it would write into our results

    @classmethod
    def create(cls, folder: Path, *, memory_gb: float | None, threads: int | None) -> Self:
        _refuse_marks(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with _told(folder):
            return cls(duckdb.connect(str(folder / FILE), config=_limits(folder, memory_gb, threads)), folder)

    @classmethod
    def reopen(cls, folder: Path) -> Self:
        _refuse_marks(folder)
        with _told(folder):
            return cls(duckdb.connect(str(folder / FILE), read_only=True), folder)

    @classmethod
    def beside(cls, folder: Path, scratch: Path) -> Self:
        """Read a finished file, and make tables in memory before its own; they spill into *scratch*."""
        _refuse_marks(folder)
        with _told(folder):
            scratch.mkdir(parents=True, exist_ok=True)
            connection = duckdb.connect(":memory:", config=_limits(scratch, None, None))
            file = str(folder / FILE).replace("'", "''")  # ATTACH takes no parameter
            connection.execute(f"ATTACH '{file}' AS published (READ_ONLY)")
            connection.execute("SET search_path = 'memory.main,published.main'")
            return cls(connection, scratch)

    @classmethod
    def scratch(cls, folder: Path, *, memory_gb: float | None, threads: int | None) -> Self:
        folder.mkdir(parents=True, exist_ok=True)
        return cls(duckdb.connect(":memory:", config=_limits(folder, memory_gb, threads)), folder)

    def run(self, name: str, sql: str, params: Mapping[str, object] | None = None, /, **tables: str) -> str:
        with _told(self.where):
            self._con.execute(f'CREATE OR REPLACE TABLE "{name}" AS {fill(sql, tables, _QUOTE)}', _plain(params))
        return name

    def put(self, name: str, rows: pa.Table) -> str:
        with _told(self.where):
            self._con.register("arriving", rows)
            self._con.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM arriving')
            self._con.unregister("arriving")
        return name

    def read(self, name: str, parquet: Sequence[Path]) -> str:
        sql = f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM read_parquet($files, union_by_name = true)'
        with _told(self.where):
            self._con.execute(sql, {"files": [str(path) for path in parquet]})
        return name

    def arrow(self, sql: str, params: Mapping[str, object] | None = None, /, **tables: str) -> pa.Table:
        with _told(self.where):
            return self._con.sql(fill(sql, tables, _QUOTE), params=_plain(params)).to_arrow_table()

    def batches(self, table: str, rows: int = 1_000_000) -> Iterator[pa.RecordBatch]:
        cursor = self._con.cursor()  # an open reader would leave the connection busy
        try:
            with _told(self.where):
                yield from cursor.sql(f'SELECT * FROM "{table}"').to_arrow_reader(rows)
        finally:
            cursor.close()

    def stream(
        self, sql: str, params: Mapping[str, object] | None = None, /, rows: int = 100_000, **tables: str
    ) -> Iterator[pa.RecordBatch]:
        with _told(self.where):
            yield from self._con.sql(fill(sql, tables, _QUOTE), params=_plain(params)).to_arrow_reader(rows)

    def columns(self, table: str) -> tuple[str, ...]:
        return tuple(self.arrow("SELECT * FROM {table} LIMIT 0", table=table).column_names)

    def tables(self) -> tuple[str, ...]:
        return tuple(self.arrow("SELECT table_name FROM duckdb_tables() ORDER BY 1")["table_name"].to_pylist())

    def save(self, sql: str, parquet: Path, params: Mapping[str, object] | None = None, /, **tables: str) -> Path:
        parquet.parent.mkdir(parents=True, exist_ok=True)
        target = str(parquet).replace("'", "''")  # COPY takes no parameter for its target
        with _told(parquet.parent):
            self._con.execute(f"COPY ({fill(sql, tables, _QUOTE)}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)", _plain(params))
        return parquet

    def write(self, table: str, parquet: Path) -> Path:
        parquet.parent.mkdir(parents=True, exist_ok=True)
        target = str(parquet).replace("'", "''")  # COPY takes no parameter for its target
        with _told(parquet.parent):
            self._con.execute(f"COPY (SELECT * FROM \"{table}\") TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        return parquet

    def drop(self, table: str) -> None:
        with _told(self.where):
            self._con.execute(f'DROP TABLE IF EXISTS "{table}"')

    def linker_backend(self) -> Any:  # noqa: ANN401 - Splink's own type, which is imported late
        from splink import DuckDBAPI

        return DuckDBAPI(connection=self._con)

    def close(self) -> None:
        self._con.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


_QUOTE = '"'


STORE = (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException)
"""How the engine says that its files cannot be read or written; its own text may hold data, so it is left out."""


@contextmanager
def _told(folder: Path) -> Generator[None]:
    """Tell what the engine met, with the *folder* it was at work in."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise StoreTrouble(
            "the engine needs more memory or disk than it may take",
            looked=[str(folder)],
            mend="raise [records] memory_gb, or free some room on the disk",
        ) from error
    except STORE as error:
        raise StoreTrouble(
            f"the warehouse cannot be read or written ({type(error).__name__})",
            looked=[str(folder)],
            mend="check that the disk has room, that files may grow so large, and that this user may write there",
        ) from error


def _refuse_marks(folder: Path) -> None:
    """The engine reads what follows a `?` in a file's name as options."""
    if "?" in str(folder):
        raise BadSettings(
            "the warehouse's folder has a '?' in its name", looked=[str(folder)], mend="name [records] warehouse, or its folder, without it"
        )


def _plain(params: Mapping[str, object] | None) -> dict[str, object]:
    """Times go in as text with their zone, which every engine reads alike."""
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in (params or {}).items()}


def _limits(folder: Path, memory_gb: float | None, threads: int | None) -> dict[str, str | bool | int | float | list[str]]:
    gb = memory_gb if memory_gb is not None else 0.6 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    limits: dict[str, str | bool | int | float | list[str]] = {"memory_limit": f"{gb:.1f}GB", "temp_directory": str(folder / "spill")}
    return limits if threads is None else limits | {"threads": threads}
