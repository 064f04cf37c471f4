"""Tables to files: CSV as systems export it, or Parquet; one file a table, or a folder of parts when there are many chunks.

The same bytes come out for the same tables: no clock, no host, no random names.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from duecare.demo.columns import DAY_S, Ints, pc
from duecare.words import BadSettings

Form = Literal["csv", "parquet"]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder that tables are put into."""

    folder: Path
    form: Form
    parts: int
    """How many parts each table comes in."""

    def path(self, name: str, part: int) -> Path:
        """Return where a part of a table lies: `orders.csv`, or `orders/part-000.csv` when there are several."""
        place = f"{name}.{self.form}" if self.parts == 1 else f"{name}/part-{part:03d}.{self.form}"
        return self.folder / place

    def put(self, name: str, table: pa.Table, part: int = 0) -> Path:
        """Write a part of a table and return where it lies.

        Raises:
            BadSettings: the folder holds the same table in another form or in more parts, which a reader would take for this one's.
        """
        path = self.path(name, part)
        self._look_for_others(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.form == "csv":
            pyarrow.csv.write_csv(_as_text(table), path, pyarrow.csv.WriteOptions(quoting_style="needed"))
        else:
            pq.write_table(table, path, compression="zstd", compression_level=1)
        return path

    def _look_for_others(self, name: str) -> None:
        ours = {self.path(name, part) for part in range(self.parts)}
        others = sorted({*self.folder.glob(f"{name}.*"), *self.folder.glob(f"{name}/part-*")} - ours)
        if others:
            raise BadSettings(
                f"{self.folder} holds the {name} of another shop: {others[0].name}", mend="take an empty folder, or delete that shop first"
            )


def put_json(path: Path, content: object) -> None:
    """Write a small file that a person may read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _as_text(table: pa.Table) -> pa.Table:
    """Return the table with its instants written out, which Arrow would do slowly and with a blank in the middle."""
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            column = table.column(place).combine_chunks()
            seconds = column.cast(pa.int64()).fill_null(0).to_numpy() // 1_000_000
            text = pc.if_else(column.is_valid(), written(seconds), pa.scalar(None, pa.string()))
            table = table.set_column(place, field.name, text)
    return table


def written(seconds: Ints) -> pa.Array:
    """Write instants as ISO 8601 in UTC, digit by digit for all of them at once.

    >>> written(np.asarray([0, 1793491199])).to_pylist()
    ['1970-01-01T00:00:00Z', '2026-10-31T23:59:59Z']
    """
    n, second = len(seconds), seconds % DAY_S
    day = seconds // DAY_S
    first = int(day.min(initial=0))
    dates = np.arange(first, int(day.max(initial=0)) + 1).astype("datetime64[D]").astype("S10")
    text = np.empty((n, 20), np.uint8)
    text[:, :10] = np.frombuffer(dates.tobytes(), np.uint8).reshape(-1, 10)[day - first]
    text[:, 10], text[:, 19] = ord("T"), ord("Z")
    text[:, 13] = text[:, 16] = ord(":")
    for place, value in ((11, second // 3600), (14, second // 60 % 60), (17, second % 60)):
        text[:, place], text[:, place + 1] = 48 + value // 10, 48 + value % 10
    offsets = np.arange(0, 20 * n + 1, 20, dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), n, [None, pa.py_buffer(offsets), pa.py_buffer(text)])
