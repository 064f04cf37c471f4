"""What the commands print for people: plain lines, no colour needed, numbers with their units."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer


def run_lines(facts: Mapping[str, Any]) -> list[str]:
    """Say what a run read, whom it found and what it proposes."""
    inputs, identity = facts["inputs"], facts["identity"]
    read, used, aside = (sum(one[key] for one in inputs) for key in ("rows_read", "rows_used", "rows_aside"))
    lines = [f"{_many(read, 'row')} read, {used:,} used, {aside:,} set aside"]
    lines += [line for one in inputs if one["rows_aside"] for line in _aside_lines(one)]
    found = f"{_many(identity['customers'], 'customer')} from {_many(identity['records'], 'source record')}"
    lines.append(f"{found}, as of {facts['as_of'][:10]}")
    lines += moved_lines(identity["moved"])
    lines += [f"note: {note}" for note in facts["notes"]]
    return [*lines, *plan_lines(facts), f"published: run {facts['run_id']}"]


def moved_lines(moved: Mapping[str, Any]) -> list[str]:
    """Say how far who is who moved, and of which canaries a record is not there."""
    known, changed = _many(moved["known"], "known record"), moved["changed"]
    lines = [f"  {changed:,} of {known} came to another customer"] if moved["known"] else []
    return lines + [f"note: canary {number} of [identity] canaries names a record that is not here" for number in moved["absent"]]


def plan_lines(facts: Mapping[str, Any]) -> list[str]:
    """Say how large each tier would be, what it brings, and who moves."""
    currency, tiers = facts["currency"], facts["findings"]["tiers"]
    width = max(len(tier["tier"]) for tier in tiers)
    lines = ["tiers (proposed; nobody moves before duecare apply):"]
    for tier in tiers:
        worth = "CLV not known" if tier["clv"] is None else f"CLV {tier['clv']:,.0f} {currency}"
        lines.append(f"  {tier['tier']:<{width}}  {tier['customers']:>10,} customers  profit {tier['profit']:,.0f} {currency}  {worth}")
    lines.append(f"  {_many(facts['plan']['movers'], 'customer')} would move")
    return lines + [f"stopped by the fairness audit: {why}" for why in facts["plan"]["fairness"]["stops"]]


def _aside_lines(one: Mapping[str, Any]) -> list[str]:
    return [
        f"  {one['input']}: {_many(rows, 'row')} set aside because {why}"
        for why, rows in sorted(one["reasons"].items(), key=lambda r: (-r[1], r[0]))
    ]


def print_json(thing: Mapping[str, Any]) -> None:
    """Print one object on standard output."""
    typer.echo(json.dumps(thing, indent=2, default=str))


def next_command(command: str, file: Path | None = None) -> None:
    """Advise the next command to type, on standard error."""
    where = f" --settings {shlex.quote(str(file))}" if file is not None and file.absolute() != Path("duecare.toml").absolute() else ""
    typer.echo(f"next: {command}{where}", err=True)


def _many(number: int, thing: str) -> str:
    """Say how many, as the report does, which is loaded only where a run is spoken of."""
    from duecare.app.report.wording import many

    return many(number, thing)
