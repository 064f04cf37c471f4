"""The command that measures."""

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
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Measure what was promised and what was done, for whom, and what it cost. Exit code 3 when a guard rail is crossed."""
    from duecare.app.measuring import measure as tell

    raise typer.Exit(tell(settings, by=by, kpi=kpi or (), as_of=moment(as_of), out=out, as_json=json))


MEASURE = (measure,)
