"""Agents at the door: bands for everybody; ratings of single agents only where a named person has enabled them."""

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from duecare.app.measuring import Opened, opened
from duecare.app.practicing import band, practice
from duecare.app.shown import next_command, print_json
from duecare.records import record
from duecare.words import HeldBack


def tell_agents(file: Path, *, ratings: bool, as_of: datetime | None, as_json: bool) -> None:
    """Print what agents do by experience, or the rating of each.

    Raises:
        HeldBack: ratings are asked for, and nobody has enabled them.
    """
    with opened(file, as_of) as known:
        facts = rated(known) if ratings else {"bands": practice(known)["bands"]}
    if as_json:
        print_json(facts)
        return
    typer.echo("\n".join(rating_lines(facts) if ratings else _bands(facts)))
    next_command("duecare practice", file)


def rated(known: Opened) -> dict[str, Any]:
    """Return the ratings of all agents; who looked is kept in the audit chain."""
    from duecare.measure.staffing import ratings

    by = known.settings.agents.ratings_enabled_by
    if not by:
        raise HeldBack(
            "ratings of single agents are off",
            mend='let a named person answer for them, where the law and the works council allow it: [agents] ratings_enabled_by = "..."',
        )
    with known.book.write() as transaction:
        record(transaction, actor=getpass.getuser(), kind="ratings", detail={"enabled_by": by, "at": datetime.now(UTC).isoformat()})
    found, names = ratings(known.read.log), known.read.log.contacts.agent.names
    columns = ("contacts", "observed", "expected", "rating", "low", "high", "p_top")
    rows: list[dict[str, Any]] = [
        {"agent": names[place]} | {name: _plain(getattr(found, name)[at]) for name in columns}
        for at, place in enumerate(found.agent.tolist())
    ]
    return {"enabled_by": by, "spread_points": _plain(found.spread), "agents": sorted(rows, key=lambda row: str(row["agent"]))}


def _plain(value: Any) -> float | int | None:  # noqa: ANN401 - a number of numpy
    number = value.item() if hasattr(value, "item") else value
    return None if number != number else number


def rating_lines(facts: dict[str, Any]) -> list[str]:
    """Say each rating with its interval and its probability of being among the best; in no order of merit."""
    head = (
        f"enabled by {facts['enabled_by']}; satisfied customers beside what the same matters came to with everybody, in points of percent:"
    )
    return [head, *[f"  {_agent(row)}" for row in facts["agents"]]]


def _agent(row: dict[str, Any]) -> str:
    top = "" if row["p_top"] is None else f", among the best quarter with a probability of {100 * row['p_top']:.0f} %"
    return f"{row['agent']}: {row['rating']:+.1f} ({row['low']:+.1f} to {row['high']:+.1f}) from {row['contacts']:,} ratings{top}"


def _bands(facts: dict[str, Any]) -> list[str]:
    return [f"agents, {one['band']}: {band(one)}" for one in facts["bands"]] or ["too few agents to be told of together"]
