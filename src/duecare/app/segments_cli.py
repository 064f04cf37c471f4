"""Segments at the door: list the named ones, count any condition live, and write down who is in a static one."""

from typing import Annotated

import typer

from duecare.app.options import DEFAULT, Json, SettingsFile

# ruff: noqa: FBT002 - an option of a command is named where it is used

segment = typer.Typer(help="List, count and freeze segments of customers.", no_args_is_help=True, rich_markup_mode=None)


@segment.command("list")
def list_(settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """List the named segments of duecare.toml with how many customers each holds now."""
    from duecare.app.segmented import list_segments

    list_segments(settings, as_json=json)


@segment.command()
def count(
    condition: Annotated[str, typer.Argument(metavar="CONDITION", help="As in duecare.toml: \"orders >= 3 and in_segment('Dear')\".")],
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Count the customers for whom a condition holds, in the published run."""
    from duecare.app.segmented import count_condition

    count_condition(condition, settings, as_json=json)


@segment.command()
def freeze(
    name: Annotated[str, typer.Argument(metavar="NAME", help='A segment with kind = "static".')],
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Write down who is in a static segment now; conditions go by that list from then on."""
    from duecare.app.segmented import freeze_segment

    freeze_segment(name, settings, as_json=json)
