"""Files as they lie there: finding them, unpacking them, and what their bytes are.

Bytes are looked at once, as a stream: their hash (so that an unchanged file is never read
again), whether they are UTF-8, and what would trip a fast reader (NUL, very long lines, blank
lines, mixed line ends).
"""

import glob
import gzip
import re
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from duecare.words import BadRows, BadSettings, nearest

if TYPE_CHECKING:
    from duecare.sources.inputs import Format

CHUNK = 4 << 20
LONG_LINE = 1 << 20
"""Bytes above which a line is set aside: an unclosed quote, not a row."""

ENDINGS: "dict[str, Format]" = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".tab": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xlsx",
    ".ods": "xlsx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}
PACKED = (".zip", ".gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One file that an input names."""

    path: Path
    name: str
    """As counts and errors call it: relative to the settings file where it lies below it."""
    size: int
    mtime_ns: int

    @property
    def stamp(self) -> list[object]:
        return [self.name, self.size, self.mtime_ns]


def find(pattern: str, base: Path) -> list[Found]:
    """Return the files that *pattern* names, by name; a pattern is relative to *base*.

    Raises:
        BadSettings: nothing is there, or it may not be read.
    """
    whole = str(Path(pattern) if Path(pattern).is_absolute() else base / pattern)
    if Path(whole).is_dir():
        raise BadSettings(f"{pattern} is a folder", mend=f'write a pattern, as "{pattern.rstrip("/")}/*.csv"', looked=(whole,))
    _readable_folder(Path(whole), pattern)
    magic = glob.has_magic(whole) and not Path(whole).exists()
    paths = sorted(glob.glob(whole, recursive=True)) if magic else [whole]  # noqa: PTH207 - the pattern may be absolute
    files = [Path(path) for path in paths if Path(path).is_file() and not Path(path).name.startswith(("~$", "."))]
    if not files:
        raise _nothing(pattern, Path(whole))
    return [found(path, base) for path in files]


def found(path: Path, base: Path) -> Found:
    """Describe one file; refuse one that may not be read."""
    import os

    if not os.access(path, os.R_OK):
        raise BadSettings(
            f"{path.name} may not be read by this user", mend=f"give read permission: chmod u+r {path.name}", looked=(str(path),)
        )
    stat = path.stat()
    inside = path.resolve().is_relative_to(base.resolve())
    name = str(path.resolve().relative_to(base.resolve())) if inside else path.name
    return Found(path=path, name=name, size=stat.st_size, mtime_ns=stat.st_mtime_ns)


def unpack(file: Found, into: Path) -> list[Found]:
    """Return the files inside a `.zip` or `.gz`, unpacked into *into*; any other file is itself.

    Raises:
        BadRows: it cannot be unpacked, or holds nothing.
    """
    if file.path.suffix.lower() not in PACKED or is_workbook(file.path):
        return [file]
    into.mkdir(parents=True, exist_ok=True)
    try:
        made = _gunzip(file, into) if file.path.suffix.lower() == ".gz" else _unzip(file, into)
    except (OSError, EOFError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise BadRows(
            f"{file.name} cannot be unpacked ({type(error).__name__})",
            mend="export it again, or unpack it by hand",
            looked=(str(file.path),),
        ) from None
    if not made:
        raise BadRows(f"{file.name} holds no file", mend="export it again", looked=(str(file.path),))
    return made


def is_workbook(path: Path) -> bool:
    """Whether a file that may be a zip is a workbook of a spreadsheet."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as packed:
        return "[Content_Types].xml" in packed.namelist() or "mimetype" in packed.namelist()


def _gunzip(file: Found, into: Path) -> list[Found]:
    target = into / (file.path.name.removesuffix(file.path.suffix) or "file")
    with gzip.open(file.path, "rb") as packed, target.open("wb") as out:
        shutil.copyfileobj(packed, out, CHUNK)
    return [Found(path=target, name=file.name, size=target.stat().st_size, mtime_ns=file.mtime_ns)]


def _unzip(file: Found, into: Path) -> list[Found]:
    made: list[Found] = []
    with zipfile.ZipFile(file.path) as packed:
        wanted = [
            m
            for m in packed.infolist()
            if not m.is_dir() and not m.filename.startswith("__MACOSX") and not Path(m.filename).name.startswith(".")
        ]
        for number, member in enumerate(sorted(wanted, key=lambda m: m.filename)):
            target = into / f"{number}-{Path(member.filename).name}"
            with packed.open(member) as inner, target.open("wb") as out:
                shutil.copyfileobj(inner, out, CHUNK)
            name = file.name if len(wanted) == 1 else f"{file.name}/{member.filename}"
            made.append(Found(path=target, name=name, size=target.stat().st_size, mtime_ns=file.mtime_ns))
    return made


def format_of(path: Path, stated: "Format | None") -> "Format":
    """Tell a file's format: as stated, else by its first bytes, else by its ending."""
    if stated is not None:
        return stated
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "xlsx"
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") and path.suffix.lower() not in (".csv", ".tsv"):
        return "jsonl"
    return ENDINGS.get(path.suffix.lower(), "csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What the bytes of a file are."""

    digest: str
    size: int
    utf8: bool
    """Whether all of it is UTF-8."""
    nul: bool
    longest_line: int
    blank_lines: bool
    mixed_ends: bool
    """Whether lines end in different ways."""

    @property
    def smooth(self) -> bool:
        """Whether a fast reader can take it as it is."""
        return self.utf8 and not (self.nul or self.blank_lines or self.mixed_ends) and self.longest_line < LONG_LINE


def hashed(path: Path) -> str:
    """Return the hash of a file's bytes."""
    made = blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            made.update(chunk)
    return made.hexdigest()


def scan(path: Path) -> Scan:
    """Look at every byte of a text file once."""
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    made, size, utf8, nul, blank = blake2b(digest_size=16), 0, True, False, False
    longest, running, ends, last = 0, 0, {b"\r\n": 0, b"\n": 0, b"\r": 0}, b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            made.update(chunk)
            size += len(chunk)
            utf8 = utf8 and _decodes(decoder, chunk)
            nul = nul or b"\0" in chunk
            blank = blank or _blank(last + chunk)
            longest, running = _longest(chunk, longest, running)
            _count_ends(last, chunk, ends)
            last = chunk[-3:]
    utf8 = utf8 and _decodes(decoder, b"", final=True)
    return Scan(
        digest=made.hexdigest(),
        size=size,
        utf8=utf8,
        nul=nul,
        longest_line=max(longest, running),
        blank_lines=blank,
        mixed_ends=sum(count > 0 for count in ends.values()) > 1,
    )


def _decodes(decoder: object, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)  # type: ignore[attr-defined]
    except UnicodeDecodeError:
        return False
    return True


def _blank(chunk: bytes) -> bool:
    return b"\n\n" in chunk or b"\n\r\n" in chunk or b"\r\r" in chunk


def _longest(chunk: bytes, longest: int, running: int) -> tuple[int, int]:
    import numpy as np

    at = np.flatnonzero(np.frombuffer(chunk, np.uint8) == 10)
    if not len(at):
        at = np.flatnonzero(np.frombuffer(chunk, np.uint8) == 13)
    if not len(at):
        return longest, running + len(chunk)
    inner = int(np.diff(at).max()) if len(at) > 1 else 0
    return max(longest, running + int(at[0]), inner), len(chunk) - int(at[-1]) - 1


def _count_ends(last: bytes, chunk: bytes, ends: dict[bytes, int]) -> None:
    split = last.endswith(b"\r") and chunk.startswith(b"\n")
    returns = chunk.count(b"\r") if b"\r" in chunk else 0
    both = chunk.count(b"\r\n") if returns else 0
    ends[b"\r\n"] += both + split
    ends[b"\r"] += returns - both - chunk.endswith(b"\r")
    alone = chunk.count(b"\n") - both - split if returns or split else b"\n" in chunk
    ends[b"\n"] += alone


def encoding_of(path: Path, seen: Scan, stated: str | None) -> str:
    """Return the encoding of a text file: as stated, UTF-8 where all of it is, else the likeliest.

    Raises:
        BadRows: no encoding fits.
    """
    with path.open("rb") as file:
        head = file.read(1 << 18)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if stated is not None:
        return stated
    if seen.utf8 and not (seen.nul and _wide(head)):
        return "utf-8-sig"
    return _wide(head) or _likeliest(head)


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of plain text is NUL."""
    even, odd = head[0:2000:2].count(0), head[1:2000:2].count(0)
    half = max(1, min(len(head), 2000) // 2)
    if odd > 0.7 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 * half else None


def _likeliest(head: bytes) -> str:
    """Text in which odd bytes stand alone is western; anything else is asked of charset-normalizer."""
    from charset_normalizer import from_bytes

    odd = re.findall(rb"[\x80-\xff]+", head)
    alone = sum(len(run) == 1 for run in odd)
    if alone >= 0.7 * len(odd) and not re.search(rb"[\x81\x8d\x8f\x90\x9d]", head):
        return "cp1252"
    best = from_bytes(head, steps=10, chunk_size=4096).best()
    return best.encoding if best is not None else "cp1252"


def to_utf8(path: Path, encoding: str, target: Path) -> int:
    """Write a text file anew as UTF-8, as a stream; return how many signs could not be read."""
    broken = 0
    with path.open("r", encoding=encoding, errors="replace", newline="") as file, target.open("w", encoding="utf-8", newline="") as out:
        while text := file.read(CHUNK):
            broken += text.count("�")
            out.write(text)
    return broken


def _readable_folder(whole: Path, pattern: str) -> None:
    import os

    fixed = next(p for p in (whole, *whole.parents) if not glob.has_magic(str(p)) and p.is_dir())
    if not os.access(fixed, os.R_OK | os.X_OK):
        raise BadSettings(
            f"the folder of {pattern} may not be read by this user", mend="give read permission: chmod u+rx on it", looked=(str(fixed),)
        )


def _nothing(pattern: str, whole: Path) -> BadSettings:
    fixed = next(p for p in (whole, *whole.parents) if not glob.has_magic(str(p)) and p.is_dir())
    there: Sequence[str] = sorted(p.name for p in fixed.iterdir() if p.is_file())
    near = nearest(whole.name, there)
    mend = f"did you mean {', '.join(near)}" if near else "correct `path`, or put the export there"
    return BadSettings(f"no file is named {pattern}", mend=mend, looked=(str(whole),))
