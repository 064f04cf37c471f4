"""What matters most, at the door: drivers of satisfaction and of coming back, what is hardest for customers, and contacts that could be avoided."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from duecare.app.measuring import Opened, opened
from duecare.app.shown import next_command, print_json

ASSOCIATION = "what goes along with it, and not what causes it; causes: duecare effects"
SHOWN = 10


def tell_drivers(file: Path, *, as_of: datetime | None, as_json: bool) -> None:
    """Print what satisfaction and coming back go along with, the pains of customers and avoidable contacts."""
    with opened(file, as_of) as known:
        facts = matters(known)
    if as_json:
        print_json(facts)
    else:
        typer.echo("\n".join(lines(facts)))
        next_command("duecare effects", file)


def matters(known: Opened) -> dict[str, Any]:
    """Return all three in plain types."""
    from duecare.measure.avoidable import avoidable, sold
    from duecare.measure.driving import driving
    from duecare.measure.pains import pains

    log, read = known.read.log, known.read
    return {
        "currency": known.settings.money.currency,
        "drivers": [asdict(one) for one in driving(log)],
        "pains": [asdict(one) for one in pains(log)],
        "avoidable": [asdict(one) for one in avoidable(log, sold(known.published.warehouse, as_of=read.as_of))],
    }


def lines(facts: Mapping[str, Any]) -> list[str]:
    """Say them in plain lines."""
    return [
        *[line for one in facts["drivers"] for line in _driven(one)],
        f"({ASSOCIATION})",
        "",
        "hardest for customers first (effort: 7 is easiest):",
        *[f"  {_pain(one, facts['currency'])}" for one in facts["pains"]],
        "",
        *_avoidable(facts),
    ]


def _driven(one: Mapping[str, Any]) -> list[str]:
    head = f"{one['outcome']}, {one['tier'] or 'everybody'}: "
    if one["missing"]:
        return [head + one["missing"]]
    shown = [driver for driver in one["drivers"] if driver["shown"] or driver["leaks"]]
    if not shown:
        return [f"{head}nothing that chance could not explain, in {one['cases']:,} contacts"]
    explained = 100 * sum(driver["share"] for driver in one["drivers"])
    return [f"{head}{explained:.1f} % explained, in {one['cases']:,} contacts", *[f"  {_driver(driver)}" for driver in shown]]


def _driver(one: Mapping[str, Any]) -> str:
    leak = "  (tells the outcome itself: leave it out)" if one["leaks"] else ""
    return f"{one['name']}: {100 * one['share']:.1f} %; {one['coefficient']:+.2f} with one standard deviation more ({one['low']:+.2f} to {one['high']:+.2f}){leak}"


def _pain(one: Mapping[str, Any], currency: str) -> str:
    effort = "nobody said how hard" if one["effort"] is None else f"effort {one['effort']:.1f} of {one['effort_answers']:,} answers"
    cost = "" if one["cost_per_contact"] is None else f", {one['cost_per_contact']:,.2f} {currency} each"
    return f"{one['reason']}: {effort}; {one['contacts']:,} contacts{cost}"


def _avoidable(facts: Mapping[str, Any]) -> list[str]:
    rows = facts["avoidable"]
    if not rows:
        return ["no product and no supplier brings more contacts than the others, sold for sold"]
    whole = sum(one["cost_per_year"] for one in rows if one["product"])
    head = f"contacts that could be avoided, in a year (single products together {whole:,.0f} {facts['currency']}):"
    return [
        head,
        *[f"  {_cell(one, facts['currency'])}" for one in rows[:SHOWN]],
        *([f"  ... and {len(rows) - SHOWN} more; --json has all"] if len(rows) > SHOWN else []),
    ]


def _cell(one: Mapping[str, Any], currency: str) -> str:
    what = (
        f"{one['name'] or one['product']} of {one['supplier'] or 'nobody who is told'}" if one["product"] else f"all of {one['supplier']}"
    )
    return f"{one['reason']}: {what}: {one['contacts']:,} contacts of {one['sold']:,} sold, {one['expected']:.1f} expected: {one['cost_per_year']:,.0f} {currency}"
