"""The warehouse on many machines: Spark, each table a folder of Parquet files.

SQL written for DuckDB is translated by sqlglot, which comes with Splink. Times are kept in
microseconds and in UTC; ANSI arithmetic is on, so a bad cast is an error here as it is there.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from duecare.records.spark_functions import register
from duecare.records.warehouse import fill
from duecare.words import BadSettings

ORDER = "tables.json"


class SparkWarehouse:
    """A `Warehouse` on Spark."""

    def __init__(self, session: Any, where: Path) -> None:  # noqa: ANN401 - pyspark is an extra
        self._spark, self.where = session, where
        (where / "tables").mkdir(parents=True, exist_ok=True)

    @classmethod
    def create(cls, master: str, folder: Path) -> Self:
        return cls(_session(master), folder)

    @classmethod
    def reopen(cls, master: str, folder: Path, beside: Path | None = None) -> Self:
        """Show the tables of *folder*; new ones go into *beside*, where it is given."""
        published = cls(_session(master), folder)
        for table in published.tables():
            published._show(table)
        return cls(_session(master), beside) if beside else published

    def run(self, name: str, sql: str, params: Mapping[str, object] | None = None, /, **tables: str) -> str:
        return self._keep(name, self._query(sql, params, tables))

    def put(self, name: str, rows: pa.Table) -> str:
        arriving = self.where / f"{name}.arriving.parquet"
        pq.write_table(rows, arriving, coerce_timestamps="us", allow_truncated_timestamps=False)
        try:
            return self.read(name, [arriving])
        finally:
            arriving.unlink()

    def read(self, name: str, parquet: Sequence[Path]) -> str:
        return self._keep(name, self._spark.read.option("mergeSchema", "true").parquet(*[str(path.absolute()) for path in parquet]))

    def arrow(self, sql: str, params: Mapping[str, object] | None = None, /, **tables: str) -> pa.Table:
        return self._query(sql, params, tables).toArrow()

    def batches(self, table: str, rows: int = 1_000_000) -> Iterator[pa.RecordBatch]:
        return pq.ParquetDataset(self._folder(table)).read().to_batches(max_chunksize=rows).__iter__()

    def stream(
        self, sql: str, params: Mapping[str, object] | None = None, /, rows: int = 100_000, **tables: str
    ) -> Iterator[pa.RecordBatch]:
        yield from self.arrow(sql, params, **tables).to_batches(max_chunksize=rows)

    def columns(self, table: str) -> tuple[str, ...]:
        return tuple(self._spark.table(table).columns)

    def tables(self) -> tuple[str, ...]:
        listing = self.where / ORDER
        return tuple(json.loads(listing.read_text("utf-8"))) if listing.exists() else ()

    def write(self, table: str, parquet: Path) -> Path:
        parquet.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pq.ParquetDataset(self._folder(table)).read(), parquet, compression="zstd")
        return parquet

    def save(self, sql: str, parquet: Path, params: Mapping[str, object] | None = None, /, **tables: str) -> Path:
        parquet.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(self._query(sql, params, tables).toArrow(), parquet, compression="zstd")
        return parquet

    def drop(self, table: str) -> None:
        self._spark.catalog.dropTempView(table)
        shutil.rmtree(self._folder(table), ignore_errors=True)
        self._list([name for name in self.tables() if name != table])

    def linker_backend(self) -> Any:  # noqa: ANN401 - Splink's own type, which is imported late
        from splink import SparkAPI

        return SparkAPI(spark_session=self._spark)

    def close(self) -> None:
        """Leave the session as it is: there is one for a process, and it ends with it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _query(self, sql: str, params: Mapping[str, object] | None, tables: Mapping[str, str]) -> Any:  # noqa: ANN401
        return self._spark.sql(_translate(fill(sql, tables, '"')), args=_plain(params))

    def _keep(self, name: str, frame: Any) -> str:  # noqa: ANN401
        fresh = self.where / f"{name}.new"
        frame.write.mode("overwrite").parquet(str(fresh.absolute()))
        shutil.rmtree(self._folder(name), ignore_errors=True)
        fresh.rename(self._folder(name))
        self._list([*[table for table in self.tables() if table != name], name])
        return self._show(name)

    def _show(self, name: str) -> str:
        self._spark.read.parquet(str(self._folder(name).absolute())).createOrReplaceTempView(name)
        return name

    def _list(self, names: Sequence[str]) -> None:
        (self.where / ORDER).write_text(json.dumps(sorted(names)), "utf-8")

    def _folder(self, table: str) -> Path:
        return self.where / "tables" / table


def _session(master: str) -> Any:  # noqa: ANN401 - pyspark is an extra
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise BadSettings("Spark is not installed", mend="pip install 'duecare[spark]' (it needs Java 17)") from error
    builder: Any = SparkSession.builder
    alone = {"spark.sql.shuffle.partitions": "4"} if master.startswith("local") else {}  # 200 by default, each a task of its own
    if alone:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # elsewhere workers have a Python of their own, with Duecare in it
    for key, value in (SETTINGS | alone).items():
        builder = builder.config(key, value)
    session = builder.master(master).appName("duecare").getOrCreate()
    register(session)
    return session


SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


def _translate(sql: str) -> str:
    import sqlglot

    return sqlglot.parse_one(sql, read="duckdb").transform(_in_spark).sql("spark")


def _in_spark(node: Any) -> Any:  # noqa: ANN401 - sqlglot's own types
    """Say what Spark says otherwise than sqlglot knows."""
    from sqlglot import exp

    if isinstance(node, exp.Anonymous) and node.name.lower() == "damerau_levenshtein":
        return exp.Anonymous(this="damerau_levenshtein_bytes", expressions=node.expressions)
    names: dict[type[Any], str] = {
        exp.JarowinklerSimilarity: "jaro_winkler_bytes",
        exp.Levenshtein: "levenshtein_bytes",
        exp.ArrayOverlaps: "arrays_overlap",
    }
    name = names.get(type(node))
    return exp.Anonymous(this=name, expressions=[node.this, node.expression]) if name else node


def _plain(params: Mapping[str, object] | None) -> dict[str, object]:
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in (params or {}).items()}
