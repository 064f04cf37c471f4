"""The commands for help desks: pull, push, and `duecare desk`."""

from typing import Annotated, Literal

import typer

from duecare.app.options import DEFAULT, Json, SettingsFile

# ruff: noqa: FBT002 - an option of a command is named where it is used

desk = typer.Typer(help="A help desk's rules, runs, edits by others, and refusals.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="DESK", help="Its name under [desks].")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Say what would happen and stop.")]


def pull(
    name: Name,
    stream: Annotated[list[str] | None, typer.Option("--stream", help="One stream alone, as tickets; may be said more than once.")] = None,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Land what is new in a help desk as its own JSON, where duecare run reads it; killed, the next pull goes on."""
    from duecare.app.pulling import pull_desk

    pull_desk(name, settings, streams=stream or [], as_json=json)


def push(
    name: Name,
    dry_run: Dry = False,
    create: Annotated[bool, typer.Option("--create", help="Make people for customers whom the desk does not know.")] = False,
    edits: Annotated[
        Literal["ours", "theirs", "ask"] | None,
        typer.Option(
            "--edits", help="This once: whose word counts where somebody else wrote over Duecare's. [desks] on_human_edit otherwise."
        ),
    ] = None,
    accept_mass_change: Annotated[
        bool,
        typer.Option(
            "--accept-mass-change", help="Write even if more people would change their level than most_changed_percent lets pass."
        ),
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Try once more what the desk refused before.")] = False,
    rollback: Annotated[
        int | None, typer.Option("--rollback", metavar="RUN", help="Give profiles back what they showed before that run, instead.")
    ] = None,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Show each customer's level, the care to give and why in the desk's profiles; unchanged ones are not written. Exit code 4 when too many would change."""
    from duecare.app.pushing import push as push_desk
    from duecare.app.pushing import roll_back

    if rollback is not None:
        roll_back(name, rollback, settings, as_json=json)
        return
    push_desk(name, settings, create=create, accept_mass=accept_mass_change, again=again, word=edits, dry_run=dry_run, as_json=json)


@desk.command()
def drift(name: Name, settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """Tell what somebody changed of the rules that Duecare made there. Exit code 3 when anything was."""
    from duecare.app.configuring import tell_drift

    raise typer.Exit(tell_drift(name, settings, as_json=json))


@desk.command()
def apply(
    name: Name,
    dry_run: Dry = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take away all that Duecare made there, instead.")] = False,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Make the desk's fields, rules, promises, views and hours as duecare.toml says; nothing of others is touched."""
    from duecare.app.configuring import apply_rules

    apply_rules(name, settings, remove=remove, dry_run=dry_run, as_json=json)


@desk.command()
def touch(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Have tickets that are open take rules and promises that are new, at once."""
    from duecare.app.configuring import touch as touch_tickets

    touch_tickets(name, settings, yes=yes, as_json=json)


@desk.command()
def runs(name: Name, settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """List every push, rollback and clearing: when, by whom, what came of it."""
    from duecare.app.pushing import list_runs

    list_runs(name, settings, as_json=json)


@desk.command()
def edits(name: Name, settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """List what somebody else wrote into Duecare's fields, and what was done about it."""
    from duecare.app.pushing import list_edits

    list_edits(name, settings, as_json=json)


@desk.command()
def refused(name: Name, settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """List the profiles that the desk refused to write, and why."""
    from duecare.app.pushing import list_refused

    list_refused(name, settings, as_json=json)


DESK = (pull, push)
