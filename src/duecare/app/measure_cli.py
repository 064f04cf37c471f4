"""The commands that measure."""

from pathlib import Path
from typing import Annotated

import typer

from duecare.app.options import DEFAULT, AsOf, Json, SettingsFile, moment

# ruff: noqa: FBT002 - an option of a command is named where it is used


def measure(
    by: Annotated[
        str,
        typer.Option(
            "--by", help="Break down by tier, channel, severity, reason, product, agent, and day, week or month; parted by commas."
        ),
    ] = "",
    kpi: Annotated[
        list[str] | None, typer.Option("--kpi", help="Only this one; may be given several times. docs/measure.md lists them.")
    ] = None,
    as_of: AsOf = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the figures too: .csv or .parquet.")] = None,
    alert: Annotated[bool, typer.Option("--alert", help="Tell [alerts] what is to be told and was not told yet.")] = False,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Measure what was promised and what was done, for whom, and what it cost. Exit code 3 when a guard rail is crossed."""
    from duecare.app.measuring import measure as tell

    raise typer.Exit(tell(settings, by=by, kpi=kpi or (), as_of=moment(as_of), out=out, alert=alert, as_json=json))


def fairness(as_of: AsOf = None, settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """Audit who gets which tier, waits how long and is how satisfied, by groups that no rule may look at. Exit code 4 when it stops the plan."""
    from duecare.app.fairness import tell_fairness

    raise typer.Exit(tell_fairness(settings, as_of=moment(as_of), as_json=json))


def effects(as_of: AsOf = None, settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """Tell what better and worse service changes: by lot, at the cut of a tier, and by circumstance. Says nothing that it could not find."""
    from duecare.app.causes import tell_effects

    tell_effects(settings, as_of=moment(as_of), as_json=json)


def drivers(as_of: AsOf = None, settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """Tell what matters most: what satisfaction and coming back go along with, what is hardest for customers, which contacts could be avoided."""
    from duecare.app.matters import tell_drivers

    tell_drivers(settings, as_of=moment(as_of), as_json=json)


def practice(as_of: AsOf = None, settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """Hold promise against practice: what each tier and each tenth by worth really got, and what customers gained."""
    from duecare.app.practicing import tell_practice

    tell_practice(settings, as_of=moment(as_of), as_json=json)


def agents(
    ratings: Annotated[
        bool, typer.Option("--ratings", help="Rate each agent, where a named person has enabled it; who looked is kept.")
    ] = False,
    as_of: AsOf = None,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Tell what agents do by how experienced they are, never by name; with --ratings, and where that is enabled, one by one."""
    from duecare.app.rating import tell_agents

    tell_agents(settings, ratings=ratings, as_of=moment(as_of), as_json=json)


MEASURE = (measure, fairness, effects, drivers, practice, agents)
