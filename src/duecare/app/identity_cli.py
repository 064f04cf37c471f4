"""The commands of `duecare identity`: what happened to a customer, and a person's word on who is who."""

from typing import Annotated

import typer

from duecare.app.options import DEFAULT, Json, SettingsFile

# ruff: noqa: FBT002 - an option of a command is named where it is used

identity = typer.Typer(help="Tell, correct and undo who is who.", no_args_is_help=True, rich_markup_mode=None)

Who = Annotated[str, typer.Argument(metavar="WHO", help="Any identifier: customer id, e-mail, phone, order, user name, loyalty card.")]
Why = Annotated[str, typer.Option("--why", help="The reason, kept in the ledger; name nobody in it.")]
By = Annotated[str | None, typer.Option("--by", help="Who says so; the user at this terminal when left out.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Say what would happen and stop.")]


@identity.command()
def history(who: Who, settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """Tell what happened to a customer's id, event by event, and which records it holds now."""
    from duecare.app.identities import tell_history

    tell_history(who, settings, as_json=json)


@identity.command()
def join(
    a: Annotated[str, typer.Argument(metavar="A", help="A customer, by any identifier.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one, who is the same person or company.")],
    why: Why,
    by: By = None,
    settings: SettingsFile = DEFAULT,
    dry_run: Dry = False,
    json: Json = False,
) -> None:
    """Make two customers one, and keep it so in every run; the one with more records keeps its id."""
    from duecare.app.identities import Saying, join_customers

    join_customers(a, b, Saying(settings, why=why, by=by, dry_run=dry_run, as_json=json))


@identity.command()
def part(
    who: Who,
    records: Annotated[
        list[str], typer.Argument(metavar="RECORD...", help="Records that are somebody else's: SOURCE:NUMBER, or the number alone.")
    ],
    why: Why,
    by: By = None,
    settings: SettingsFile = DEFAULT,
    dry_run: Dry = False,
    json: Json = False,
) -> None:
    """Take records out of a customer into a new one, and keep them apart in every run."""
    from duecare.app.identities import Saying, part_customer

    part_customer(who, records, Saying(settings, why=why, by=by, dry_run=dry_run, as_json=json))


@identity.command()
def lock(who: Who, why: Why, by: By = None, settings: SettingsFile = DEFAULT, dry_run: Dry = False, json: Json = False) -> None:
    """Let nothing be added to a customer or taken from it, by runs or by people."""
    from duecare.app.identities import Saying, bolt_customer

    bolt_customer(who, Saying(settings, why=why, by=by, dry_run=dry_run, as_json=json), shut=True)


@identity.command()
def unlock(who: Who, why: Why, by: By = None, settings: SettingsFile = DEFAULT, dry_run: Dry = False, json: Json = False) -> None:
    """Let a locked customer be added to and taken from again."""
    from duecare.app.identities import Saying, bolt_customer

    bolt_customer(who, Saying(settings, why=why, by=by, dry_run=dry_run, as_json=json), shut=False)


@identity.command()
def undo(
    seq: Annotated[int, typer.Argument(metavar="SEQ", min=1, help="The event's number, as history tells it.")],
    why: Why,
    by: By = None,
    apart: Annotated[
        bool, typer.Option("--apart/--no-apart", help="Keep the two sides of an undone merge apart in every run, or let runs decide.")
    ] = True,
    settings: SettingsFile = DEFAULT,
    dry_run: Dry = False,
    json: Json = False,
) -> None:
    """Put the records that an event moved back where they would be without it, or withdraw a decision."""
    from duecare.app.identities import Saying, undo_event

    undo_event(seq, Saying(settings, why=why, by=by, dry_run=dry_run, as_json=json), apart=apart)


review = typer.Typer(help="List doubts about who is who, and decide them.", rich_markup_mode=None)
identity.add_typer(review, name="review")

Rank = Annotated[int, typer.Argument(metavar="N", min=1, help="The doubt's number, as review lists it.")]


@review.callback(invoke_without_command=True)
def list_review(
    context: typer.Context,
    top: Annotated[int, typer.Option(min=1, max=1000, help="How many to list.")] = 20,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """List doubts about who is who that are worth a look: the most uncertain with the most at stake first."""
    if context.invoked_subcommand is not None:
        return
    from duecare.app.reviewing import list_doubts

    list_doubts(settings, top=top, as_json=json)


@review.command()
def accept(rank: Rank, why: Why, by: By = None, settings: SettingsFile = DEFAULT, dry_run: Dry = False, json: Json = False) -> None:
    """Say that it is one person: two customers become one, or one stays one, in every run."""
    from duecare.app.identities import Saying
    from duecare.app.reviewing import decide_doubt

    decide_doubt(rank, Saying(settings, why=why, by=by, dry_run=dry_run, as_json=json), one_person=True)


@review.command()
def refuse(rank: Rank, why: Why, by: By = None, settings: SettingsFile = DEFAULT, dry_run: Dry = False, json: Json = False) -> None:
    """Say that it is not one person: two customers stay two, or the doubtful records of one leave it, in every run."""
    from duecare.app.identities import Saying
    from duecare.app.reviewing import decide_doubt

    decide_doubt(rank, Saying(settings, why=why, by=by, dry_run=dry_run, as_json=json), one_person=False)
