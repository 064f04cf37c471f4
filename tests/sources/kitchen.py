"""What the tests of this room share: files written, landed and loaded in one breath."""

import csv
import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from duecare.records import Warehouse, open_scratch
from duecare.sources import CONTRACT, Input, InputCounts, Reading, land, load

NOW = datetime(2026, 6, 1, tzinfo=UTC)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dish:
    """What came of some inputs."""

    counts: tuple[InputCounts, ...]
    notes: tuple[str, ...]
    tables: Mapping[str, list[dict[str, Any]]]
    aside: list[dict[str, Any]]

    def __getitem__(self, table: str) -> list[dict[str, Any]]:
        return self.tables[table]

    @property
    def only(self) -> InputCounts:
        (one,) = self.counts
        return one


def cook(folder: Path, *inputs: Input, currency: str = "EUR", now: datetime = NOW) -> Dish:
    """Land and load *inputs*, whose paths are relative to *folder*; what landed stays in `folder/home`."""
    with cooking(folder, *inputs, currency=currency, now=now) as (reading, warehouse):
        tables = {name: _rows(warehouse.arrow("SELECT * FROM {table}", table=name).to_pylist()) for name in CONTRACT}
        aside = _rows(warehouse.arrow("SELECT * FROM {table}", table="rows_aside").to_pylist())
    return Dish(reading.counts, reading.notes, tables, aside)


@contextmanager
def cooking(folder: Path, *inputs: Input, currency: str = "EUR", now: datetime = NOW) -> Generator[tuple[Reading, Warehouse]]:
    """Land and load, and keep the warehouse open: for files too large to look at row by row."""
    landed = [land(one, base=folder, home=folder / "home", memory_gb=1.0) for one in inputs]
    with open_scratch(folder / "scratch", memory_gb=1.0, threads=2) as warehouse:
        yield load(warehouse, landed, currency=currency, now=now), warehouse


def sums_hold(counts: InputCounts) -> bool:
    """Whether every row read was used or set aside for a reason."""
    return counts.rows_read == counts.rows_used + counts.rows_aside and counts.rows_aside == sum(counts.reasons.values())


def write_csv(file: Path, rows: Sequence[Row], *, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """Write rows under the headers that any of them has."""
    headers = list(dict.fromkeys(header for row in rows for header in row))
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding=encoding, newline="") as out:
        writer = csv.DictWriter(out, headers, delimiter=delimiter, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return file


def write_json(file: Path, value: object) -> Path:
    file.write_text(json.dumps(value), "utf-8")
    return file


def _rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=repr)
