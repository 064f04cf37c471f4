"""The index: what a run leaves for questions that cannot wait, read where it lies and never changed.

It stands in the run's folder, so the pointer publishes it with all the rest, and any number of
processes may read it at once. Three kinds of files, all mapped into memory and read without a
library: *keys*, sorted 64-bit digests of words with a number each, found by bisection; *rows*,
texts by place; *numbers*, by place. Opening costs nothing, whatever the size.
"""

import json
import mmap
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duecare.records.warehouse import Warehouse
from duecare.words import StoreTrouble

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

HEAD = "index.json"
FORMAT = 1
BETWEEN = "\x1f"
"""Stands between the words of one key; `chr(31)` in SQL."""

AT_ONCE = 100_000
"""Rows that are written at a time."""


def digest(*words: str) -> int:
    """Return the 64 bits by which words are found, the same as `md5` in SQL gives.

    >>> digest("anna", "berg") == digest("anna", "berg") != digest("annaberg")
    True
    """
    text = BETWEEN.join(words).encode("utf-8", "replace")
    return int.from_bytes(md5(text, usedforsecurity=False).digest()[:8], "big")


@dataclass(frozen=True, slots=True)
class IndexDraft:
    """An index in the making, in a folder that nobody reads yet."""

    folder: Path
    held: dict[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """The columns of each file of rows."""
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    """What readers need to know of the whole."""

    @classmethod
    def under(cls, folder: Path) -> "IndexDraft":
        """Begin the index of the run in *folder*."""
        (folder / "index").mkdir(parents=True, exist_ok=True)
        return cls(folder / "index")

    def keys(self, name: str, warehouse: Warehouse, sql: str, params: Mapping[str, object] | None = None, /, **tables: str) -> None:
        """Enter what *sql* answers, columns `word` and `number` (0 to 4,294,967,295); words that are null are left out."""
        import numpy as np

        hashed = f"SELECT unhex(left(md5(word), 16)) AS key, CAST(number AS BIGINT) AS number FROM ({sql}) AS told WHERE word IS NOT NULL"
        found = warehouse.arrow(f"SELECT key, number FROM ({hashed}) AS hashed ORDER BY key, number", params, **tables)
        with (self.folder / f"{name}.keys").open("wb") as file:
            _digests(found["key"]).tofile(file)
            found["number"].to_numpy().astype(np.uint32).tofile(file)

    def numbers(self, name: str, values: "NDArray[np.int64]") -> None:
        """Enter numbers by place, 0 to 4,294,967,295."""
        import numpy as np

        values.astype(np.uint32).tofile(self.folder / f"{name}.numbers")

    def rows(
        self,
        name: str,
        columns: Sequence[str],
        warehouse: Warehouse,
        sql: str,
        params: Mapping[str, object] | None = None,
        /,
        **tables: str,
    ) -> None:
        """Enter what *sql* answers, a column `place` (from 0) and the *columns*, which are kept as texts."""
        texts = ", ".join(f"CAST({column} AS VARCHAR)" for column in columns)
        asked = f"SELECT CAST(place AS BIGINT) AS place, CAST(to_json([{texts}]) AS VARCHAR) AS told FROM ({sql}) AS rows_of"
        _write_rows(self.folder / name, warehouse.stream(asked, params, rows=AT_ONCE, **tables))
        self.held[name] = list(columns)

    def close(self) -> None:
        """Write what was said of the whole: the last step."""
        head = {"format": FORMAT, "byte_order": sys.byteorder, "rows": self.held, "facts": self.facts}
        (self.folder / HEAD).write_text(json.dumps(head, sort_keys=True), "utf-8")


@dataclass(slots=True)
class Index:
    """A published index, open to read."""

    folder: Path
    facts: Mapping[str, Any]
    held: Mapping[str, Sequence[str]]
    _open: dict[str, memoryview] = field(default_factory=dict[str, memoryview])

    @classmethod
    def of(cls, folder: Path) -> "Index":
        """Open the index of the run in *folder*.

        Raises:
            StoreTrouble: there is none, or this program cannot read it.
        """
        where = folder / "index" / HEAD
        try:
            head = json.loads(where.read_text("utf-8"))
        except FileNotFoundError as error:
            raise StoreTrouble("the published run has no index", looked=[str(where)], mend="duecare run makes one") from error
        if head["format"] != FORMAT or head["byte_order"] != sys.byteorder:
            raise StoreTrouble("the index was written by another version or kind of machine", looked=[str(where)], mend="duecare run")
        return cls(folder / "index", head["facts"], head["rows"])

    def has(self, name: str) -> bool:
        """Tell whether there are keys of this name."""
        return (self.folder / f"{name}.keys").exists()

    def find(self, name: str, *words: str, most: int | None = None) -> list[int]:
        """Return the numbers entered for *words*, in order, at most so many of them."""
        keys, numbers = self._keys(name)
        key = digest(*words)
        first = bisect_left(keys, key)
        last = bisect_right(keys, key, lo=first)
        return numbers[first : last if most is None else min(last, first + most)].tolist()

    def count(self, name: str, *words: str) -> int:
        """Return how many numbers were entered for *words*."""
        keys, _ = self._keys(name)
        key = digest(*words)
        first = bisect_left(keys, key)
        return bisect_right(keys, key, lo=first) - first

    def numbers(self, name: str) -> "memoryview[int]":
        """Return the numbers by place."""
        return self._map(f"{name}.numbers").cast("I")

    def row(self, name: str, place: int) -> dict[str, str | None]:
        """Return one row, its columns as texts; all of them None where nothing was entered."""
        columns = self.held[name]
        if (text := self._text(name, place)) is None:
            return dict.fromkeys(columns)
        return dict(zip(columns, json.loads(text), strict=True))

    def close(self) -> None:
        """Let go of all files."""
        self._open.clear()

    def _text(self, name: str, place: int) -> bytes | None:
        ends = self._map(f"{name}.places")
        many = len(ends) // 12
        if not 0 <= place < many:
            return None
        start, length = ends[: 8 * many].cast("Q")[place], ends[8 * many :].cast("I")[place]
        return bytes(self._map(f"{name}.rows")[start : start + length]) if length else None

    def _keys(self, name: str) -> "tuple[memoryview[int], memoryview[int]]":
        held = self._map(f"{name}.keys")
        many = len(held) // 12
        return held[: 8 * many].cast("Q"), held[8 * many :].cast("I")

    def _map(self, file: str) -> memoryview:
        if file not in self._open:
            with (self.folder / file).open("rb") as opened:
                empty = opened.seek(0, 2) == 0
                self._open[file] = memoryview(b"" if empty else mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
        return self._open[file]


def _digests(found: Any) -> "NDArray[np.uint64]":  # noqa: ANN401 - an Arrow column
    """The 8 bytes of each digest as a number."""
    import numpy as np
    import pyarrow as pa

    fixed = found.combine_chunks().cast(pa.binary(8))
    if not len(fixed):
        return np.empty(0, np.uint64)
    (chunk,) = fixed.chunks if isinstance(fixed, pa.ChunkedArray) else (fixed,)
    return np.frombuffer(chunk.buffers()[1], ">u8", len(chunk), 8 * chunk.offset).astype(np.uint64)


def _write_rows(file: Path, arriving: "Iterable[pa.RecordBatch]") -> None:
    """Write the texts of rows one behind the other, and where each begins and how long it is."""
    import numpy as np

    places, lengths = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    with file.with_name(f"{file.name}.rows").open("wb") as opened:
        for batch in arriving:
            length, texts = _joined(batch["told"])
            opened.write(texts)
            places.append(batch["place"].to_numpy())
            lengths.append(length)
    at, long = np.concatenate(places), np.concatenate(lengths)
    begin, size = (np.zeros(int(at.max(initial=-1)) + 1, kind) for kind in (np.uint64, np.uint32))
    begin[at], size[at] = np.cumsum(long) - long, long
    with file.with_name(f"{file.name}.places").open("wb") as opened:
        begin.tofile(opened)
        size.tofile(opened)


def _joined(told: Any) -> "tuple[NDArray[np.int64], memoryview]":  # noqa: ANN401 - an Arrow array
    """How many bytes each text has, and all of them one behind the other."""
    import numpy as np
    import pyarrow as pa

    texts = told.cast(pa.large_string())
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int64, len(texts) + 1, 8 * texts.offset)
    return np.diff(ends), memoryview(data)[ends[0] : ends[-1]] if data else memoryview(b"")
