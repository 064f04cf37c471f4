"""Delimited text: how a file is parted, and how lines that no reader could take are set aside.

A smooth file goes straight to the engine. One that is not is written anew, record by record:
good ones with their row number before them, bad ones aside with the reason. The first row
below the header is row 2, as a spreadsheet shows it.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from duecare.sources.files import LONG_LINE
from duecare.words import BadRows

if TYPE_CHECKING:
    import pyarrow as pa

DELIMITERS = ",;\t|"
SAMPLE = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a delimited file is parted."""

    delimiter: str
    headers: tuple[str, ...]
    """As the file has them, made unique; an empty one is called by its place."""
    skip: int
    """Records before the first row: the header, and lines before it that are no table."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that could not be read."""

    row: int
    reason: str


def layout_of(path: Path, name: str, delimiter: str | None) -> Layout:
    """Tell how a UTF-8 file is parted, from its beginning.

    Raises:
        BadRows: the file is empty.
    """
    with path.open("r", encoding="utf-8-sig", errors="replace", newline="") as file:
        text = file.read(SAMPLE)
    if not text.replace("\0", "").strip():
        raise BadRows(f"{name} is empty", mend="export it again; it should begin with a line of headers", looked=(str(path),))
    parted = delimiter or delimiter_of(text)
    records = _records(text, parted)
    skip, header = _header(records)
    return Layout(delimiter=parted, headers=unique(header), skip=skip + 1)


def delimiter_of(text: str) -> str:
    r"""Return the sign that parts the lines of *text* most evenly.

    >>> delimiter_of("a;b;c\n1,5;2;3\n")
    ';'
    """
    return max(DELIMITERS, key=lambda sign: _evenness(text, sign))


def _evenness(text: str, sign: str) -> tuple[float, int]:
    widths = [len(record) for record in _records(text, sign)[:200] if record]
    if not widths:
        return 0.0, 0
    usual = max(set(widths), key=widths.count)
    return (0.0 if usual == 1 else widths.count(usual) / len(widths) + (0.5 if widths[0] == usual else 0.0)), usual


def _records(text: str, sign: str) -> list[list[str]]:
    lines = text.replace("\0", "").splitlines(keepends=True)
    whole = lines[:-1] if len(text) >= SAMPLE and len(lines) > 1 else lines
    csv.field_size_limit(1 << 30)
    return list(csv.reader(whole, delimiter=sign))


def _header(records: Sequence[Sequence[str]]) -> tuple[int, Sequence[str]]:
    """The header is the first record as wide as most; titles above it and blank lines are skipped."""
    widths = [len(record) for record in records[:200] if len(record) > 1]
    usual = max(set(widths), key=widths.count) if widths else 1
    for number, record in enumerate(records):
        if any(cell.strip() for cell in record) and len(record) >= min(usual, 2) and (len(record) >= usual - 1 or usual == 1):
            return number, record
    return 0, next((record for record in records if record), [""])


def unique(headers: Sequence[str]) -> tuple[str, ...]:
    """Return headers fit to be column names: blanks gone, no two alike, none empty, no braces.

    >>> unique(["Email", " email ", ""])
    ('Email', 'email (2)', 'column 3')
    """
    made: list[str] = []
    for place, header in enumerate(headers, start=1):
        plain = " ".join(header.replace("{", "(").replace("}", ")").replace("\0", "").replace("\ufeff", "").split()) or f"column {place}"
        again = sum(plain.casefold() == other.split(" (")[0].casefold() or plain.casefold() == other.casefold() for other in made)
        made.append(f"{plain} ({again + 1})" if again else plain)
    return tuple(made)


BATCH = 20_000


def rewrite(path: Path, layout: Layout, target: Path) -> tuple[int, list[Refused]]:
    """Write the good records of *path* to *target* as Parquet: `_row`, its number, and a column `cN` for each header.

    Returns:
        How many records were read, and those that were refused.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    width, read, refused = len(layout.headers), 0, list[Refused]()
    schema = pa.schema([("_row", pa.int64()), *((f"c{place}", pa.string()) for place in range(width))])
    good: list[tuple[int, Sequence[str]]] = []
    with path.open("r", encoding="utf-8-sig", errors="replace", newline="") as file, pq.ParquetWriter(target, schema) as writer:
        for number, (cells, reason) in enumerate(_parted(file, layout.delimiter), start=1):
            if number <= layout.skip or not any(cells or (reason,)):
                continue
            read += 1
            why = reason or _wrong_width(cells, width)
            if why:
                refused.append(Refused(number - layout.skip + 1, why))
            else:
                good.append((number - layout.skip + 1, cells))
            if len(good) == BATCH:
                writer.write_batch(_batch(good, width, schema))
                good = []
        writer.write_batch(_batch(good, width, schema))
    return read, refused


def _batch(rows: Sequence[tuple[int, Sequence[str]]], width: int, schema: "pa.Schema") -> "pa.RecordBatch":
    import pyarrow as pa

    columns = [pa.array([cells[place] or None for _, cells in rows], pa.string()) for place in range(width)]
    return pa.RecordBatch.from_arrays([pa.array([number for number, _ in rows], pa.int64()), *columns], schema=schema)


def _wrong_width(cells: Sequence[str], width: int) -> str:
    if len(cells) < width:
        return "the line has too few fields"
    return "the line has too many fields" if any(cell.strip() for cell in cells[width:]) else ""


class _Overlong(Exception):
    """A record that spans more than a row can."""


class _Tape:
    """Lines one by one, with those of the record at hand kept, so that it can be taken back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._again = lines, list[str]()
        self.held: list[str] = []
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self.held.append(line)
        self._size += len(line)
        if self._size > LONG_LINE or len(self.held) > 1000:
            raise _Overlong
        return line.replace("\0", "")

    def done(self) -> None:
        """Forget the record at hand: it has been read."""
        self.held, self._size = [], 0

    def take_back(self) -> None:
        """Refuse the first line of the record at hand; its other lines come again."""
        self._again.extend(reversed(self.held[1:]))
        self.done()


def _parted(file: Iterator[str], delimiter: str) -> Iterator[tuple[list[str], str]]:
    """Yield each record with the reason why it cannot be read, empty when it can.

    Where a quote stays open, or is followed by more text, only the line it stands on is refused
    and the next ones are tried on their own: one stray quote does not swallow the file.
    """
    tape = _Tape(file)
    reader = csv.reader(tape, delimiter=delimiter, strict=True)
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except (_Overlong, csv.Error):
            reason = "the line is longer than a million signs" if len(tape.held[0]) > LONG_LINE else "its quotes do not match"
            tape.take_back()
            reader = csv.reader(tape, delimiter=delimiter, strict=True)
            yield [], reason
        else:
            tape.done()
            yield record, ""
