"""Promise against practice, at the door: was service different for whom it was meant to be, by tier and by worth, and what customers gained."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from duecare.app.measured import length
from duecare.app.measuring import Opened, opened
from duecare.app.shown import next_command, print_json


def tell_practice(file: Path, *, as_of: datetime | None, as_json: bool) -> None:
    """Print what each tier and each tenth by worth got lately."""
    with opened(file, as_of) as known:
        facts = practice(known)
    if as_json:
        print_json(facts)
    else:
        typer.echo("\n".join(lines(facts)))
        next_command("duecare report", file)


def practice(known: Opened) -> dict[str, Any]:
    """Return practice by tier and worth, differences, the index and gains, in plain types."""
    from duecare.measure.gains import gains
    from duecare.measure.practice import LATELY_DAYS, by_tier, by_worth, differences, proportionality
    from duecare.measure.staffing import by_band, experienced, hired

    log, since = known.read.log, hired(known.published.warehouse)
    hands = experienced(log, since)
    return {
        "days": LATELY_DAYS,
        "by_tier": [asdict(one) for one in by_tier(log, hands)],
        "by_worth": [asdict(one) for one in by_worth(log, hands)],
        "differences": [asdict(one) for one in differences(log)],
        "proportionality": asdict(proportionality(log)),
        "gains": [asdict(one) for one in gains(log)],
        "bands": [asdict(one) for one in by_band(log, since)],
    }


def lines(facts: Mapping[str, Any]) -> list[str]:
    """Say it in plain lines."""
    return [
        f"in the last {facts['days']} days:",
        *_groups(facts["by_tier"]),
        *[f"  {_difference(one)}" for one in facts["differences"]],
        "",
        *_groups(facts["by_worth"]),
        f"  {index(facts['proportionality'])}",
        "",
        *[f"customers of {one['tier']} {gain(one)}" for one in facts["gains"]],
        *[f"agents, {one['band']}: {band(one)}" for one in facts["bands"]],
    ]


def _groups(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"  {row['group']:<10} {_row(row)}" for row in rows]


def _row(row: Mapping[str, Any]) -> str:
    wait = "not reached" if row["median_wait_s"] is None else length(row["median_wait_s"])
    shares = [("promises kept", "promises_kept_percent"), ("satisfied", "satisfied_percent"), ("experienced hands", "experienced_percent")]
    told = [f"{word} {row[name]:.0f} %" for word, name in shares if row[name] is not None]
    return ", ".join([f"{row['contacts']:,} contacts, half answered within {wait}", *told])


def _difference(one: Mapping[str, Any]) -> str:
    if one["percent_shorter"] is None:
        return str(one["said"])
    return f"{one['said']}: {one['percent_shorter']:+.0f} % shorter ({one['low']:+.0f} to {one['high']:+.0f})"


def index(one: Mapping[str, Any]) -> str:
    """Say how service went with worth."""
    if one["rho"] is None:
        return "too few contacts to tell whether who is worth more is answered sooner"
    if one["low"] <= 0 <= one["high"]:
        said = "who is worth more is answered no sooner"
    else:
        said = "who is worth more is answered sooner" if one["rho"] > 0 else "who is worth more is answered later"
    return f"{said}: proportionality {one['rho']:+.2f} ({one['low']:+.2f} to {one['high']:+.2f}; 1 for always, 0 for not at all)"


def gain(one: Mapping[str, Any]) -> str:
    """Say what customers of a tier gained."""
    hours, points = one["hours_saved"], one["more_promises_kept"]
    if hours is None:
        return "have nothing to be compared with before"
    waited = (
        f"waited {abs(hours):,.0f} hours {'less' if hours >= 0 else 'more'} in {one['contacts']:,} contacts than as many would have before"
    )
    if points is None:
        return waited
    return f"{waited}, and {abs(points):.1f} points {'more' if points >= 0 else 'fewer'} of their promises were kept"


def band(one: Mapping[str, Any]) -> str:
    """Say what agents of one band do."""
    shares = [("promises kept", "promises_kept_percent"), ("satisfied", "satisfied_percent")]
    told = [f"{word} {one[name]:.0f} %" for word, name in shares if one[name] is not None]
    return ", ".join([f"{one['agents']} agents, {one['contacts']:,} contacts", *told])
