"""The commands that place customers in tiers: look at a plan, apply it, list what was applied, undo."""

from typing import Annotated

import typer

from duecare.app.options import DEFAULT, Json, SettingsFile

# ruff: noqa: FBT002 - an option of a command is named where it is used

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Say what would happen and stop.")]


def plan(
    settings: SettingsFile = DEFAULT,
    listed: Annotated[int, typer.Option("--list", min=0, help="How many of those who move are listed with their reasons; 0 for all.")] = 10,
    json: Json = False,
) -> None:
    """Show who would be in which tier and who would move, by the policy as duecare.toml says it now; nothing is assigned."""
    from duecare.app.planning import show_plan

    show_plan(settings, listed=listed, as_json=json)


def apply(settings: SettingsFile = DEFAULT, yes: Yes = False, dry_run: Dry = False, json: Json = False) -> None:
    """Assign the tiers of the plan that was shown last, exactly as shown, or refuse."""
    from duecare.app.planning import apply_newest

    apply_newest(settings, yes=yes, dry_run=dry_run, as_json=json)


def undo(
    to: Annotated[
        int | None,
        typer.Option("--to", min=0, help="Number of a plan, as duecare history lists them; the one before the newest when left out."),
    ] = None,
    settings: SettingsFile = DEFAULT,
    yes: Yes = False,
    dry_run: Dry = False,
    json: Json = False,
) -> None:
    """Give everybody the tier they held before the newest plan, or after any earlier one."""
    from duecare.app.planning import undo_to

    undo_to(settings, to, yes=yes, dry_run=dry_run, as_json=json)


def history(settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """List every plan that was applied, and every undo: when, by whom, how many moved."""
    from duecare.app.planning import show_history

    show_history(settings, as_json=json)


TIERS = (plan, apply, undo, history)
