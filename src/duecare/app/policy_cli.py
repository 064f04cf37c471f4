"""The commands of `duecare policy`: which are shipped, what one says, put one in place, two side by side."""

from typing import Annotated

import typer

from duecare.app.options import DEFAULT, Json, SettingsFile

# ruff: noqa: FBT002 - an option of a command is named where it is used

policy = typer.Typer(help="List, show, use and compare policies.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A shipped policy: recommended, documents, issue-first, equal, bought, profit ...")
]
Side = Annotated[str, typer.Argument(metavar="POLICY", help="`current`, a shipped policy, or a settings file.")]


@policy.command("list")
def list_(json: Json = False) -> None:
    """List the shipped policies and whom each is for."""
    from duecare.app.policies import list_policies

    list_policies(as_json=json)


@policy.command()
def show(name: Name, json: Json = False) -> None:
    """Print a shipped policy as it would stand in duecare.toml."""
    from duecare.app.policies import show_policy

    show_policy(name, as_json=json)


@policy.command()
def use(
    name: Name,
    settings: SettingsFile = DEFAULT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the settings as they would be and stop.")] = False,
    json: Json = False,
) -> None:
    """Put a shipped policy into duecare.toml; comments and all other settings stay. Nobody moves before duecare apply."""
    from duecare.app.policies import use_policy

    use_policy(name, settings, dry_run=dry_run, as_json=json)


@policy.command()
def compare(one: Side, other: Side, settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """Count customers by the tier that each of two policies would earn them, in the published run."""
    from duecare.app.policies import compare_policies

    compare_policies(one, other, settings, as_json=json)
