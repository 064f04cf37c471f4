"""Engines: the one place that chooses where things are kept. Each engine is imported when it is chosen."""

import os
from pathlib import Path

from duecare.records.book import Book
from duecare.records.migrations import migrate
from duecare.records.warehouse import Warehouse
from duecare.words import BadSettings


def open_book(where: str, base: Path = Path()) -> Book:
    """Open the book, bringing its tables up to date first.

    Args:
        where: `sqlite:FILE`, or `postgres:DSN` with an optional `search_path` in the DSN, which
            `postgres:env:NAME` and `postgres:file:PATH` name without writing it.
        base: the folder that a relative FILE is under.

    Raises:
        BadSettings: the address names no engine.
        StoreTrouble: the book does not answer, or was written by a newer Duecare.
    """
    engine, _, rest = where.partition(":")
    if engine == "sqlite":
        from duecare.records.sqlite_book import SqliteBook

        book: Book = SqliteBook(base / rest)
    elif engine == "postgres":
        from duecare.records.postgres_book import PostgresBook

        book = PostgresBook(_secret(rest, base))
    else:
        raise BadSettings(f"[records] book names no engine we know: {engine[:20]!r}", mend='write "sqlite:FILE" or "postgres:DSN"')
    try:
        migrate(book)
    except BaseException:
        book.close()
        raise
    return book


def open_warehouse(where: str, folder: Path, *, memory_gb: float | None = None, threads: int | None = None) -> Warehouse:
    """Open a new, empty warehouse in *folder*: the one place that chooses the engine.

    Args:
        where: `duckdb:DIR` or `spark:MASTER@DIR`, as the settings say it.
        folder: the folder of this run.
        memory_gb: the most the engine may take; 60 % of the machine when None.
        threads: how many cores it may use; all when None.
    """
    engine, _, rest = where.partition(":")
    if engine == "duckdb":
        from duecare.records.duck import DuckWarehouse

        return DuckWarehouse.create(folder, memory_gb=memory_gb, threads=threads)
    if engine == "spark":
        from duecare.records.spark import SparkWarehouse

        return SparkWarehouse.create(rest.partition("@")[0], folder)
    raise _unknown_engine(where)


def reopen_warehouse(where: str, folder: Path, beside: Path | None = None) -> Warehouse:
    """Open the finished warehouse of *folder* to read; nobody is disturbed and nobody disturbs.

    Tables may be made only where *beside* names a folder for them: they stand before those of the same name, and are not kept.
    """
    engine, _, rest = where.partition(":")
    if engine == "duckdb":
        from duecare.records.duck import DuckWarehouse

        return DuckWarehouse.beside(folder, beside) if beside else DuckWarehouse.reopen(folder)
    if engine == "spark":
        from duecare.records.spark import SparkWarehouse

        return SparkWarehouse.reopen(rest.partition("@")[0], folder, beside)
    raise _unknown_engine(where)


def open_scratch(folder: Path, *, memory_gb: float | None = None, threads: int | None = None) -> Warehouse:
    """Open a warehouse in memory, for reading and cleaning files; it spills into *folder*."""
    from duecare.records.duck import DuckWarehouse

    return DuckWarehouse.scratch(folder, memory_gb=memory_gb, threads=threads)


def warehouse_folder(where: str) -> str:
    """Return the folder named in a warehouse address.

    >>> warehouse_folder("duckdb:warehouse"), warehouse_folder("spark:local[2]@lake")
    ('warehouse', 'lake')
    """
    engine, _, rest = where.partition(":")
    folder = rest.partition("@")[2] if engine == "spark" else rest
    if engine not in {"duckdb", "spark"} or not folder:
        raise _unknown_engine(where)
    return folder


def _secret(said: str, base: Path) -> str:
    """Return the DSN that `env:NAME` or `file:PATH` names; any other is one itself."""
    kind, _, name = said.partition(":")
    if kind == "env":
        if not (found := os.environ.get(name, "").strip()):
            raise BadSettings(f"[records] book names the environment variable {name}, and it is not set", mend=f"export {name}")
        return found
    if kind != "file":
        return said
    try:
        return (base / name).read_text("utf-8").strip()
    except OSError as error:
        raise BadSettings(
            "[records] book names a secret file that cannot be read", looked=[str(base / name)], mend="write it, or correct the path"
        ) from error


def _unknown_engine(where: str) -> BadSettings:
    return BadSettings(f"[records] warehouse = {where!r} names no engine we know", mend='write "duckdb:DIR" or "spark:MASTER@DIR"')
