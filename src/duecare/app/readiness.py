"""Check: are the data ready, and is the ground on which tiers stand? Reads the data as a run would, and keeps nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from duecare import sources
from duecare.app.report.wording import many
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.app.standing import CHANNELS, Point, channels, standing
from duecare.records import Runs, Warehouse, open_scratch
from duecare.sources import InputCounts, Reading

MOST_ASIDE = 0.20
"""More than this share of an input set aside is a question to be answered first."""
NEXT = "correct the exports or duecare.toml, then duecare check"


def check_data(file: Path, *, as_json: bool) -> int:
    """Read everything into a scratch warehouse, judge it, and what the latest run says of tiers; print it; return 0 when ready, 3 when not."""
    settings = read_settings(file)
    with TemporaryDirectory(prefix="duecare-") as folder, open_scratch(Path(folder), memory_gb=settings.records.memory_gb) as warehouse:
        reading = _read(settings, warehouse)
        points = judge(reading, _sizes(warehouse)) + _channels(warehouse)
    points += _of_the_run(settings)
    ready = not any(point.ready is False for point in points)
    if as_json:
        told = [asdict(point) | {"state": point.state} for point in points]
        print_json({"ready": ready, "points": told, "inputs": [asdict(counts) for counts in reading.counts]})
    else:
        typer.echo("\n".join(_lines(points, reading)))
        typer.echo("ready" if ready else "not ready")
        next_command(_next(settings, points), file)
    return 0 if ready else 3


def _channels(warehouse: Warehouse) -> list[Point]:
    """Judge whose contacts are; nothing where no table tells of people."""
    if not _size(warehouse, "people"):
        return []
    return channels(warehouse.arrow(CHANNELS, contacts="contacts", people="people").to_pylist())


def _of_the_run(settings: Settings) -> list[Point]:
    """What the latest run says of the ground that tiers stand on; nothing before the first."""
    runs = Runs.at(settings.records.warehouse, settings.base)
    if runs.current() is None:
        return []
    with runs.read() as published:
        return standing(published.facts)


def _next(settings: Settings, points: Sequence[Point]) -> str:
    if all(point.ready is not False for point in points):
        return "duecare run" if Runs.at(settings.records.warehouse, settings.base).current() is None else "duecare plan"
    return next((point.next_step for point in points if point.ready is False and point.next_step), NEXT)


def judge(reading: Reading, sizes: Mapping[str, int]) -> list[Point]:
    """Judge what was read: is there enough, is too much set aside?"""
    points = [_aside(counts) for counts in reading.counts]
    return [*points, _there("orders", sizes, "without them nobody can be given a value or a tier")]


def _read(settings: Settings, warehouse: Warehouse) -> Reading:
    home = Runs.at(settings.records.warehouse, settings.base).home
    landed = [sources.land(one, base=settings.base, home=home, memory_gb=settings.records.memory_gb) for one in settings.inputs]
    return sources.load(warehouse, landed, currency=settings.money.currency, now=datetime.now(UTC))


def _sizes(warehouse: Warehouse) -> dict[str, int]:
    return {"orders": _size(warehouse, "orders")}


def _size(warehouse: Warehouse, table: str) -> int:
    return int(warehouse.arrow("SELECT count(*) AS n FROM {t}", t=table)["n"][0].as_py())


def _aside(counts: InputCounts) -> Point:
    share = counts.rows_aside / counts.rows_read if counts.rows_read else 0.0
    ready = counts.rows_used > 0 and share <= MOST_ASIDE
    return Point(
        what=f"input {counts.input}",
        ready=ready,
        said=f"{many(counts.rows_read, 'row')} read, {counts.rows_aside:,} set aside ({share:.1%})",
        number=share,
        threshold=f"at most {MOST_ASIDE:.0%} set aside",
        next_step="" if ready else NEXT,
    )


def _there(table: str, sizes: Mapping[str, int], why: str) -> Point:
    ready = sizes[table] > 0
    said = many(sizes[table], "row") if ready else f"none: {why}"
    return Point(what=table, ready=ready, said=said, number=float(sizes[table]), threshold="at least one", next_step="" if ready else NEXT)


def _lines(points: Sequence[Point], reading: Reading) -> list[str]:
    lines = [line for point in points for line in _point(point)]
    for counts in reading.counts:
        lines += [f"  {counts.input}: {many(rows, 'row')} set aside because {why}" for why, rows in sorted(counts.reasons.items())]
        lines += [f"  {counts.input}: {many(cells, 'value')} left empty: {what}" for what, cells in sorted(counts.cells_emptied.items())]
    return [*lines, *[f"note: {note}" for note in reading.notes]]


SIGNS = {True: "✓", False: "✗", None: "·"}


def _point(point: Point) -> list[str]:
    """Say a point, and of one that is not ready who owns it and what to do."""
    bar = f" ({point.threshold})" if point.ready is False and point.threshold else ""
    more = [f"    {point.owner}: {point.next_step}"] if point.next_step else []
    return [f"{SIGNS[point.ready]} {point.what}: {point.said}{bar}", *more]
