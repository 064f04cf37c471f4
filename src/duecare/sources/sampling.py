"""Samples: the beginning of a file of any format, enough to tell what it is."""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from duecare.sources.cells import native, quoted
from duecare.sources.delimited import delimiter_of
from duecare.sources.evidence import Evidence, gather
from duecare.sources.files import PACKED, Found, format_of, is_workbook, unpack
from duecare.sources.inputs import Format, Input
from duecare.sources.reading import raw_rows
from duecare.words import BadRows

HEAD_BYTES = 8 << 20
ROWS = 4000
"""Rows that are looked at."""
HEAD_LINES = 5000
"""Lines of a text file in which they stand, unless cells have several lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The beginning of one file."""

    file: Found
    inner: str
    """The name of the file itself, without its packing."""
    format: Format
    headers: tuple[str, ...]
    values: Mapping[str, Sequence[str | None]]
    seen: Mapping[str, Evidence]
    naive: frozenset[str]
    """Headers of columns that hold times without a zone by their type."""
    delimiter: str | None
    notes: tuple[str, ...]


def sample(file: Found, records: str = "") -> list[Sample]:
    """Return the beginning of a file, or of each file packed in it.

    Raises:
        BadRows: it cannot be read as a table.
    """
    work = Path(tempfile.mkdtemp(prefix="duecare-sample-"))
    try:
        inner = unpack(file, work / "unpacked")
        return [_one(file, one, work / str(number), records) for number, one in enumerate(inner)]
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _one(outer: Found, file: Found, work: Path, records: str) -> Sample:
    from duecare.records import open_scratch

    work.mkdir(parents=True)
    kind = format_of(file.path, None)
    head = _head(file, kind, work)
    with open_scratch(work / "scratch", memory_gb=1.0) as warehouse:
        raw = raw_rows(warehouse, "head", head, Input(name="head", path="head"), work=work, records=records)
        columns = ", ".join(f"CAST({quoted(header)} AS VARCHAR) AS {quoted(header)}" for header in raw.headers)
        if not columns:
            raise BadRows(f"{file.name} has no columns", mend="export it again", looked=(str(file.path),))
        schema = warehouse.arrow(f"SELECT * FROM {raw.rows} LIMIT 0", raw.params).schema
        rows = warehouse.arrow(f"SELECT {columns} FROM {raw.rows} LIMIT {ROWS}", raw.params)
    values = {header: rows[header].to_pylist() for header in raw.headers}
    return Sample(
        file=outer,
        inner=file.path.name,
        format=kind,
        headers=raw.headers,
        values=values,
        seen={header: gather(column) for header, column in values.items()},
        naive=frozenset(header for header in raw.headers if native(schema.field(header).type) in ("naive", "date")),
        delimiter=delimiter_of(_text(head.path)) if kind == "csv" else None,
        notes=raw.notes,
    )


def _head(file: Found, kind: Format, work: Path) -> Found:
    """Cut a long text file after its last whole line within the first thousands of lines."""
    if kind not in ("csv", "jsonl") or file.size <= HEAD_BYTES // 64:
        return file
    with file.path.open("rb") as whole:
        lines = list(islice(_within(whole, HEAD_BYTES), HEAD_LINES))
    if sum(map(len, lines)) >= file.size or (b"\x00" in lines[0] and file.size <= HEAD_BYTES):
        return file  # short, or of two bytes a letter
    target = work / f"head{file.path.suffix}"
    target.write_bytes(b"".join(lines[: _whole_lines(lines)]))
    return replace(file, path=target, size=target.stat().st_size)


def _whole_lines(lines: Sequence[bytes]) -> int:
    """How many lines may stand so that the last one is whole and no quoted cell is cut."""
    size = len(lines) if lines[-1].endswith(b"\n") else max(len(lines) - 1, 1)
    quotes = sum(line.count(b'"') for line in lines[:size])
    for end in range(size, 1, -1):
        if quotes % 2 == 0:
            return end
        quotes -= lines[end - 1].count(b'"')
    return size


def _within(whole: BinaryIO, most: int) -> Iterator[bytes]:
    """The lines of a file up to a number of bytes, a line without end cut there."""
    while most > 0 and (line := whole.readline(most)):
        most -= len(line)
        yield line


def _text(path: Path) -> str:
    with path.open("r", encoding="utf-8-sig", errors="replace", newline="") as file:
        return file.read(1 << 16)


def codes(one: Sample, header: str | None) -> frozenset[str]:
    """The currencies that a column of them names."""
    values = one.values.get(header, ()) if header is not None else ()
    return frozenset(code for value in values if value and re.fullmatch("[A-Z]{3}", code := value.strip().upper()))


def packed(path: Path) -> bool:
    """Whether a file holds others."""
    return path.suffix.lower() in PACKED and not is_workbook(path)
