"""A shop's exports and truth as tables to ask in SQL."""

from collections.abc import Callable
from typing import Any

import duckdb

from duecare.demo import Shop

Ask = Callable[[str], list[tuple[Any, ...]]]
"""Puts a question in SQL to a shop's exports; its truth lies in the schema `truth`."""


def opened(shop: Shop, *only: str) -> Ask:
    """Return what answers questions about a shop, or about *only* some of its tables."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'; CREATE SCHEMA truth")
    for name in only or shop.exports:
        paths = shop.exports[name]
        files = ", ".join(f"'{path}'" for path in paths)
        reader = "read_csv" if paths[0].suffix == ".csv" else "read_parquet"
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM {reader}([{files}])")
    for path in shop.truth.glob("*.parquet"):
        con.execute(f"CREATE TABLE truth.{path.stem} AS SELECT * FROM '{path}'")
    return lambda question: con.execute(question).fetchall()
