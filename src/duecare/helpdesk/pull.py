"""Pulling: a desk's own JSON is landed row by row, so that a kill at any moment loses nothing and doubles nothing.

Each stream is a file of one object a line. A page is appended, then how far it came and how long the file is now are written down;
what was appended and not written down is cut off by the next pull, which asks for that page again. A stream that can only be read
from its beginning goes to a new file, which takes the old one's place when it is whole. Files are readable by their owner alone.
"""

import json
import os
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from duecare.helpdesk.desk import Page, Sender, Source
from duecare.words import BadRows, DeskTrouble

MINE = 0o600
NOT_ALL = "give a secret that may read {stream}, or name with --stream the streams that this desk has"


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came of one stream."""

    stream: str
    requests: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Mark:
    """How far a stream was pulled."""

    cursor: str = ""
    """The desk's own."""
    length_bytes: int = 0
    """Of the file, as far as it counts."""


@dataclass(slots=True)
class _Landing:
    """One stream's file, and how far it counts."""

    folder: Path
    stream: str
    anew: bool
    """It goes to a new file, which takes the old one's place when it is whole."""
    mark: _Mark = field(default_factory=_Mark)

    def __post_init__(self) -> None:
        self.mark = _marked(self.mark_file, self.target)

    @property
    def whole(self) -> Path:
        return self.folder / f"{self.stream}.jsonl"

    @property
    def target(self) -> Path:
        return self.folder / f"{self.stream}.jsonl.new" if self.anew else self.whole

    @property
    def mark_file(self) -> Path:
        return self.folder / f"{self.stream}.mark"

    def open(self) -> BinaryIO:
        """Open the file at the end of what counts."""
        out = os.fdopen(os.open(self.target, os.O_RDWR | os.O_CREAT, MINE), "r+b")
        out.truncate(self.mark.length_bytes)
        out.seek(self.mark.length_bytes)
        return out

    def add(self, out: BinaryIO, rows: Sequence[object], cursor: str, *, last: bool) -> None:
        """Append a page, then write down that it counts."""
        out.write(b"".join(map(_line, rows)))
        out.flush()
        os.fsync(out.fileno())
        self.mark = _Mark(cursor, out.tell())
        if not (last and self.anew):
            _write(self.mark_file, json.dumps(asdict(self.mark)))

    def end(self) -> None:
        """Have what is whole take its place; an empty file is no export."""
        if self.anew:  # a kill between these two has it read once more
            self.target.replace(self.whole)
            self.mark_file.unlink(missing_ok=True)
        elif not self.mark.length_bytes:
            self.whole.unlink()


def pull(source: Source, carrier: Sender, folder: Path, stream: str, step: Callable[[int], None] = lambda _: None) -> Pulled:
    """Land what is new in a stream as *folder*/*stream*.jsonl.

    Args:
        source: of the desk.
        carrier: sends requests.
        folder: where the desk is landed.
        stream: one of the source's.
        step: told after each page how many rows have come.

    Raises:
        DeskTrouble: the desk does not answer, or refuses; what has landed stays, and the next pull goes on.
        BadRows: what was written down of an earlier pull is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    landing, requests, rows, done = _Landing(folder, stream, stream in source.anew), 0, 0, False
    with landing.open() as out:
        while not done:
            page = _page(source, carrier, stream, landing.mark.cursor)
            done = page.done
            landing.add(out, page.rows, source.goes_on(stream, landing.mark.cursor, page), last=done)
            requests, rows = requests + 1, rows + len(page.rows)
            step(rows)
    landing.end()
    return Pulled(stream, requests, rows)


def _page(source: Source, carrier: Sender, stream: str, cursor: str) -> Page:
    response = carrier.send(replace(source.fetch(stream, cursor), denied=NOT_ALL.format(stream=stream)))
    if not 200 <= response.status < 300:
        raise DeskTrouble(f"the desk answers {response.status} to {stream}", mend="look whether the user may read it, and the desk has it")
    return source.fetched(stream, response)


def erase(source: Source, folder: Path, persons: Container[str]) -> int:
    """Take what is of some people out of all that has landed, and return how many rows that was.

    A kill in between leaves a stream whole, as it was or without them; one whose mark does not fit is pulled anew.
    """
    for stream in source.streams:
        _only_what_counts(folder, stream, anew=stream in source.anew)
    files = [(stream, file) for stream in source.streams if (file := folder / f"{stream}.jsonl").exists()]
    tickets = {
        ticket
        for stream, file in files
        for row in _rows(file)
        for person, ticket in [source.whose(stream, row)]
        if ticket and person in persons
    }
    gone = 0
    for stream, file in files:
        rows = [(row, *source.whose(stream, row)) for row in _rows(file)]
        kept = [row for row, person, ticket in rows if person not in persons and ticket not in tickets]
        if len(kept) < len(rows):
            gone += len(rows) - len(kept)
            _rewrite(file, kept)
    return gone


def _only_what_counts(folder: Path, stream: str, *, anew: bool) -> None:
    """Take away what a pull that was cut off has left: it is asked for again."""
    file, mark_file = folder / f"{stream}.jsonl", folder / f"{stream}.mark"
    if anew:
        (folder / f"{stream}.jsonl.new").unlink(missing_ok=True)
        mark_file.unlink(missing_ok=True)
    elif file.exists():
        os.truncate(file, _marked(mark_file, file).length_bytes)


def _rewrite(file: Path, rows: Sequence[object]) -> None:
    """Write a stream anew, with how long it is now."""
    text, mark_file = b"".join(map(_line, rows)), file.with_suffix(".mark")
    _write(file, text.decode())
    if mark_file.exists():
        mark = _Mark(**json.loads(mark_file.read_text("utf-8")))
        _write(mark_file, json.dumps(asdict(mark) | {"length_bytes": len(text)}))
    if not text:
        file.unlink()


def _rows(file: Path) -> Iterator[Any]:
    with file.open("rb") as lines:
        for line in lines:
            yield json.loads(line)


def _line(row: object) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _marked(file: Path, target: Path) -> _Mark:
    """How far the stream was pulled; from its beginning where nothing is written down, or the file is not there any more."""
    try:
        mark = _Mark(**json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        return _Mark()
    except (ValueError, TypeError):
        raise BadRows(
            "what was written down of an earlier pull cannot be read", looked=[str(file)], mend="remove it: the stream is pulled anew"
        ) from None
    size = target.stat().st_size if target.exists() else 0
    return mark if size >= mark.length_bytes else _Mark()


def _write(file: Path, text: str) -> None:
    """Write a file whole, or not at all."""
    beside = file.with_name(file.name + ".part")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MINE), "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)
