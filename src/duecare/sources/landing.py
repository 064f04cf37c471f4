"""Landing: what is new or changed in an input is read once and kept as cleaned Parquet.

A piece is named by what it was made of: the file's bytes, what the input says of them, and the
contract. It is written beside its place and renamed, so that a killed run leaves nothing half.
An unchanged file costs a look at its size and time.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from duecare.sources import planning
from duecare.sources.database import land_query
from duecare.sources.files import Found, find, hashed
from duecare.sources.inputs import Input, check, digest, meaning, mode_of
from duecare.sources.pieces import Known, make_piece
from duecare.words import BadRows

VERSION = "2"
"""Changes whenever cleaning reads the same bytes differently."""

MOST_HANDS = 4
"""Files of an input that are read at once."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Cleaned rows of one file, or of files that are read together."""

    folder: Path
    files: tuple[str, ...]
    order: int
    """When the file was last written, in nanoseconds: the later row wins."""

    @property
    def counts(self) -> dict[str, Any]:
        return json.loads((self.folder / "counts.json").read_text("utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """An input with everything that has been read of it."""

    input: Input
    pieces: tuple[Piece, ...]


def land(inp: Input, *, base: Path, home: Path, memory_gb: float | None = None, progress: Progress | None = None) -> Landed:
    """Read what is new or changed in an input, and return all that is kept of it.

    Args:
        inp: what to read.
        base: the folder that its paths are relative to.
        home: where cleaned pieces are kept, below `landed/NAME/`.
        memory_gb: the most the engine may take.
        progress: is told in a sentence what is read now.

    Raises:
        BadSettings: the input cannot be followed: nothing there, not readable, a header that no file has.
        BadRows: a file is empty or is not what its ending says.
    """
    check(inp)
    folder = home / "landed" / inp.name
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    index = _read_index(folder)
    said = digest(VERSION, planning.contract_digest(), meaning(inp))
    if inp.url is not None:
        fresh = land_query(inp, base=base, folder=folder, known=index, said=said, memory_gb=memory_gb, progress=progress)
    else:
        fresh = _land_files(inp, base, folder, index, said, memory_gb, progress)
    _write_index(folder, fresh)
    return Landed(input=inp, pieces=_pieces(folder, fresh))


def _land_files(
    inp: Input, base: Path, folder: Path, index: Mapping[str, Known], said: str, memory_gb: float | None, progress: Progress | None
) -> dict[str, Known]:
    files = find(inp.path or "", base)
    bundles = {inp.path or "": files} if planning.joint(inp) else {file.name: [file] for file in files}
    known = {name: found for name, bundle in bundles.items() if (found := _known(index, name, bundle, said, folder)) is not None}
    new = {name: bundle for name, bundle in bundles.items() if name not in known}
    if new and progress is not None:
        progress(f"reading {inp.name}: {next(iter(new.values()))[0].name}" + (f" and {len(files) - 1} more" if len(files) > 1 else ""))
    hands = max(1, min(len(new), os.cpu_count() or 1, MOST_HANDS))
    share = memory_gb / hands if memory_gb is not None else None
    with ThreadPoolExecutor(hands) as pool:
        made = list(pool.map(partial(_read, inp, folder, said, share), new.values()))
    fresh = known | dict(zip(new, made, strict=True))
    if mode_of(inp) == "append":
        gone = {name: old for name, old in index.items() if name not in fresh and (folder / old["piece"]).is_dir()}
        fresh = gone | fresh
    return fresh


def _known(index: Mapping[str, Known], name: str, bundle: Sequence[Found], said: str, folder: Path) -> Known | None:
    """What is kept of files that have not been touched, if it was read as it would be now."""
    known = index.get(name)
    fits = known is not None and known["stamps"] == [file.stamp for file in bundle] and known["piece"].endswith(said[:16])
    return known if known is not None and fits and (folder / known["piece"]).is_dir() else None


def _read(inp: Input, folder: Path, said: str, memory_gb: float | None, bundle: Sequence[Found]) -> Known:
    piece = f"{digest(*(hashed(file.path) for file in bundle))[:16]}-{said[:16]}"
    order = max(file.mtime_ns for file in bundle)
    if not (folder / piece).is_dir():
        make_piece(inp, bundle, folder, piece, memory_gb)
    return Known(stamps=[file.stamp for file in bundle], piece=piece, order=order, highest=None)


def _pieces(folder: Path, index: Mapping[str, Known]) -> tuple[Piece, ...]:
    ordered = sorted(index.items(), key=lambda entry: (entry[1]["order"], entry[0]))
    return tuple(Piece(folder=folder / known["piece"], files=(name,), order=known["order"]) for name, known in ordered)


def _read_index(folder: Path) -> dict[str, Known]:
    try:
        return json.loads((folder / "index.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise BadRows(
            f"the index of landed files of {folder.name} is damaged",
            mend=f"delete the folder landed/{folder.name}; it is read anew",
            looked=(str(folder),),
        ) from None


def _write_index(folder: Path, index: Mapping[str, Known]) -> None:
    """Remember what was read, then drop pieces that nothing refers to."""
    fresh = folder / ".index.json"
    fresh.write_text(json.dumps(index, indent=1), "utf-8")
    fresh.replace(folder / "index.json")
    kept = {known["piece"] for known in index.values()}
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.name.startswith(".") and entry.name not in kept:
            shutil.rmtree(entry, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what a killed run left half made, once it is an hour old."""
    import time

    for entry in folder.glob(".making-*"):
        if time.time() - entry.stat().st_mtime > 3600:
            shutil.rmtree(entry, ignore_errors=True)
