"""Check: are the data ready? Reads them as a run would, and keeps nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from duecare import sources
from duecare.app.report.wording import many
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.records import Runs, Warehouse, open_scratch
from duecare.sources import InputCounts, Reading

MOST_ASIDE = 0.20
"""More than this share of an input set aside is a question to be answered first."""

LEAST_KNOWN = 0.80
"""At least this share of contacts should belong to somebody who buys."""

KNOWN = """
SELECT count(*) AS contacts, sum(CASE WHEN b.source_id IS NULL THEN 0 ELSE 1 END) AS of_buyers
FROM {contacts} c LEFT JOIN (SELECT DISTINCT source, source_id FROM {people}) b ON b.source = c.source AND b.source_id = c.source_id
"""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that must hold before a run is worth making."""

    what: str
    ready: bool
    said: str


def check_data(file: Path, *, as_json: bool) -> int:
    """Read everything into a scratch warehouse, judge it, print it; return 0 when ready, 3 when not."""
    settings = read_settings(file)
    with TemporaryDirectory(prefix="duecare-") as folder, open_scratch(Path(folder), memory_gb=settings.records.memory_gb) as warehouse:
        reading = _read(settings, warehouse)
        points = judge(reading, _sizes(warehouse))
    ready = all(point.ready for point in points)
    if as_json:
        print_json({"ready": ready, "points": [asdict(point) for point in points], "inputs": [asdict(counts) for counts in reading.counts]})
    else:
        typer.echo("\n".join(_lines(points, reading)))
        typer.echo("ready" if ready else "not ready")
        next_command("duecare run" if ready else "correct the exports or duecare.toml, then duecare check", file)
    return 0 if ready else 3


def judge(reading: Reading, sizes: Mapping[str, int]) -> list[Point]:
    """Judge what was read: is there enough, is too much set aside?"""
    points = [_aside(counts) for counts in reading.counts]
    points.append(_there("orders", sizes, "without them nobody can be given a value or a tier"))
    return [*points, _known(sizes)] if sizes["contacts"] and sizes["people"] else points


def _read(settings: Settings, warehouse: Warehouse) -> Reading:
    home = Runs.at(settings.records.warehouse, settings.base).home
    landed = [sources.land(one, base=settings.base, home=home, memory_gb=settings.records.memory_gb) for one in settings.inputs]
    return sources.load(warehouse, landed, currency=settings.money.currency, now=datetime.now(UTC))


def _sizes(warehouse: Warehouse) -> dict[str, int]:
    tables = ("orders", "people", "contacts")
    sizes = {table: int(warehouse.arrow("SELECT count(*) AS n FROM {t}", t=table)["n"][0].as_py()) for table in tables}
    known = warehouse.arrow(KNOWN, contacts="contacts", people="people")["of_buyers"][0].as_py()
    return sizes | {"contacts_known": int(known or 0)}


def _aside(counts: InputCounts) -> Point:
    share = counts.rows_aside / counts.rows_read if counts.rows_read else 0.0
    said = f"{many(counts.rows_read, 'row')} read, {counts.rows_aside:,} set aside ({share:.1%})"
    return Point(f"input {counts.input}", ready=counts.rows_used > 0 and share <= MOST_ASIDE, said=said)


def _there(table: str, sizes: Mapping[str, int], why: str) -> Point:
    return Point(table, ready=sizes[table] > 0, said=many(sizes[table], "row") if sizes[table] else f"none: {why}")


def _known(sizes: Mapping[str, int]) -> Point:
    share = sizes["contacts_known"] / sizes["contacts"]
    return Point("contacts of known people", ready=share >= LEAST_KNOWN, said=f"{share:.1%} of {many(sizes['contacts'], 'contact')}")


def _lines(points: Sequence[Point], reading: Reading) -> list[str]:
    lines = [f"{'✓' if point.ready else '✗'} {point.what}: {point.said}" for point in points]
    for counts in reading.counts:
        lines += [f"  {counts.input}: {many(rows, 'row')} set aside because {why}" for why, rows in sorted(counts.reasons.items())]
        lines += [f"  {counts.input}: {many(cells, 'value')} left empty: {what}" for what, cells in sorted(counts.cells_emptied.items())]
    return [*lines, *[f"note: {note}" for note in reading.notes]]
