"""Pieces: cleaned rows of one file, made beside their place and then renamed."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from duecare.sources import planning
from duecare.sources.files import Found, unpack
from duecare.sources.inputs import Input


class Known(TypedDict):
    """What the index of an input remembers of a file, or of files that are read together."""

    stamps: list[list[object]]
    piece: str
    order: int
    highest: str | int | float | None
    """With a database: the highest value of `since` that was read."""


def make_piece(inp: Input, bundle: Sequence[Found], folder: Path, piece: str, memory_gb: float | None) -> None:
    """Clean files into a new piece: beside its place first, then renamed."""
    from duecare.records import open_scratch

    work = Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
    try:
        made = work / "piece"
        made.mkdir()
        with open_scratch(work / "scratch", memory_gb=memory_gb) as warehouse:
            files = [inner for file in bundle for inner in unpack(file, work / "unpacked")]
            outcome = planning.clean_files(warehouse, inp, files, work, made)
        counts = {
            "read": outcome.read,
            "used": outcome.used,
            "reasons": outcome.reasons,
            "emptied": outcome.emptied,
            "notes": outcome.notes,
        }
        (made / "counts.json").write_text(json.dumps({**counts, "fills": outcome.fills, "files": [file.name for file in files]}), "utf-8")
        if (folder / piece).exists():
            return  # somebody else has made the same one meanwhile
        made.replace(folder / piece)
    finally:
        shutil.rmtree(work, ignore_errors=True)
