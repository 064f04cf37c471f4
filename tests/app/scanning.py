"""Scanning: every value in a file, however it is packed: bytes as they are, and tables decoded."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq


def values_in(path: Path) -> Iterator[str]:
    """Yield the texts of a file: its raw bytes in two encodings, and the cells of a Parquet, DuckDB or SQLite file."""
    raw = path.read_bytes()
    yield raw.decode("utf-8", "ignore")
    yield raw.decode("utf-16-le", "ignore")
    if path.suffix == ".json" or path.suffix == ".rows":
        yield raw.decode("unicode-escape", "ignore")
    if path.suffix == ".parquet":
        yield str(pq.read_table(path).to_pylist())
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                yield str(connection.sql(f'SELECT * FROM "{name}"').to_arrow_table().to_pylist())
    if path.suffix == ".db":
        with sqlite3.connect(path) as book:
            for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                yield str(book.execute(f'SELECT * FROM "{name}"').fetchall())


def cells_in(path: Path) -> set[str]:
    """Return the texts of a file in small letters: every cell, and every run of signs between quotes, blanks and commas of its bytes."""
    found = set[str]()
    for text in values_in(path):
        lowered = text.lower()
        found.update(re.split(r"[\s,;:'\"<>\[\](){}|=\x00-\x1f]+", lowered))
        found.update(one.strip() for one in re.split(r"['\"\[\]{}\x00-\x1f]+|, ", lowered))
    return found
