"""Options that several commands share."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

SettingsFile = Annotated[Path, typer.Option("--settings", "-s", help="The settings file.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Seed = Annotated[int, typer.Option("--seed", help="Start of every random choice; the same seed gives the same result.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="See nothing after this day or moment, as 2026-10-31 or 2026-10-31T18:00+01:00.")]
DEFAULT = Path("duecare.toml")


def moment(text: str | None) -> datetime | None:
    """Read `--as-of`: a day means its end in UTC, a time must carry its zone.

    >>> moment("2026-10-31").isoformat()
    '2026-10-31T23:59:59.999999+00:00'
    """
    from datetime import UTC, time, timedelta

    if text is None or len(text) > len("2026-10-31"):
        return zoned(text) if text else None
    return datetime.combine(_read(text).date(), time(tzinfo=UTC)) + timedelta(days=1, microseconds=-1)


def zoned(text: str) -> datetime:
    """Read a moment with its zone."""
    read = _read(text)
    if read.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no zone; write it with one, as in 2026-10-31T18:00+01:00")
    return read


def _read(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day and no moment; write 2026-10-31 or 2026-10-31T18:00+01:00") from None
