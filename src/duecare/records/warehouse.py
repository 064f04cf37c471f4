"""The warehouse seam: tables and SQL, on one machine or on many.

A step names a table, writes SQL over tables in braces, and gives values as `$parameters`;
only this room knows which engine answers. SQL stays in the common part of DuckDB and Spark.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    import pyarrow as pa

BRACED = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
HEADING = re.compile(r"^-- ([a-z_][a-z0-9_]*): (.+)$", re.MULTILINE)


class Warehouse(Protocol):
    """Tables by name. Every verb that makes a table replaces one of the same name."""

    where: Path
    """Folder that holds everything the warehouse keeps."""

    def run(self, name: str, sql: str, params: Mapping[str, object] | None = None, /, **tables: str) -> str:
        """Make table *name* from a SELECT in which `{word}` stands for the table given as *word*."""
        ...

    def put(self, name: str, rows: "pa.Table") -> str:
        """Make table *name* from Arrow rows."""
        ...

    def read(self, name: str, parquet: Sequence[Path]) -> str:
        """Make table *name* from Parquet files, matching columns by name; absent ones are null."""
        ...

    def arrow(self, sql: str, params: Mapping[str, object] | None = None, /, **tables: str) -> "pa.Table":
        """Answer a SELECT as Arrow rows, times in UTC."""
        ...

    def batches(self, table: str, rows: int = 1_000_000) -> "Iterator[pa.RecordBatch]":
        """Yield a table in pieces of at most *rows* rows."""
        ...

    def stream(
        self, sql: str, params: Mapping[str, object] | None = None, /, rows: int = 100_000, **tables: str
    ) -> "Iterator[pa.RecordBatch]":
        """Answer a SELECT in pieces of at most *rows* rows, in any order, without keeping it; nothing else may be asked before the end."""
        ...

    def columns(self, table: str) -> tuple[str, ...]:
        """Name the columns of *table*, in order."""
        ...

    def tables(self) -> tuple[str, ...]:
        """Name every table."""
        ...

    def write(self, table: str, parquet: Path) -> Path:
        """Copy *table* into one Parquet file."""
        ...

    def save(self, sql: str, parquet: Path, params: Mapping[str, object] | None = None, /, **tables: str) -> Path:
        """Answer a SELECT into one Parquet file, without making a table of it first."""
        ...

    def drop(self, table: str) -> None:
        """Forget *table*; nothing happens when there is none."""
        ...

    def linker_backend(self) -> Any:  # noqa: ANN401 - Splink's own type, which is imported late
        """Hand out Splink's backend over this warehouse."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """One named piece of a `.sql` file."""

    name: str
    purpose: str
    sql: str


def pieces(package: str, file: str) -> dict[str, str]:
    """Return the named pieces of a room's `.sql` file, by name.

    A piece opens with a line `-- name: purpose` and ends where the next begins.

    >>> sorted(pieces("duecare.value", "history.sql"))[:1]
    ['history']
    """
    return {piece.name: piece.sql for piece in parse_pieces(files(package).joinpath(file).read_text("utf-8"))}


def parse_pieces(text: str) -> list[Piece]:
    r"""Part a `.sql` text into its named pieces.

    >>> parse_pieces("-- one: the number\nSELECT 1 AS n\n")
    [Piece(name='one', purpose='the number', sql='SELECT 1 AS n')]
    """
    heads = list(HEADING.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [Piece(head[1], head[2], text[head.end() : end].strip()) for head, end in zip(heads, ends, strict=True)]


def fill(sql: str, tables: Mapping[str, str], quote: str) -> str:
    """Write the names of *tables* where their words stand in braces.

    >>> fill("SELECT * FROM {orders}", {"orders": "orders_clean"}, '"')
    'SELECT * FROM "orders_clean"'
    """
    return BRACED.sub(lambda match: f"{quote}{tables[match[1]]}{quote}", sql)
