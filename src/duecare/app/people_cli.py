"""The commands of `duecare people`: a person's word on how a customer is to be served, which no run overrules."""

from typing import Annotated

import typer

from duecare.app.options import DEFAULT, Json, SettingsFile, moment

# ruff: noqa: FBT002 - an option of a command is named where it is used

people = typer.Typer(
    help="Objections, overrides, needs, holds and appeals: what people say, no run overrules.", no_args_is_help=True, rich_markup_mode=None
)

Who = Annotated[str, typer.Argument(metavar="WHO", help="Any identifier: customer id, e-mail, phone, order, user name, loyalty card.")]
Why = Annotated[str, typer.Option("--why", help="The reason.")]
By = Annotated[str | None, typer.Option("--by", help="Who says so; the user at this terminal when left out.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DAY", help="The last day, or a moment with its zone.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Of a word, as duecare people list names it.")]


@people.command("object")
def object_(
    who: Who,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="End the objection instead.")] = False,
    why: Why = "they asked",
    by: By = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Enter that a customer refuses profiling; what it does is shown first. A bought or contracted level stays."""
    from duecare.app.people import Saying, object_to

    object_to(who, Saying(file=settings, why=why, by=by, as_json=json), withdraw=withdraw, yes=yes)


@people.command()
def override(
    who: Who,
    tier: Annotated[str, typer.Argument(metavar="TIER", help="A tier of the policy.")],
    why: Why,
    until: Until,
    by: By = None,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Give a customer a tier until a day, a year ahead at the most; a lower one than theirs needs --by NAME."""
    from duecare.app.people import Saying
    from duecare.app.people import override as give

    give(who, tier, Saying(file=settings, why=why, by=by, until=moment(until), as_json=json))


@people.command()
def need(
    who: Who,
    needs: Annotated[list[str], typer.Argument(metavar="NEED...", help='"more time", "plain words", "call back" ...: how, never why.')],
    why: Why = "they asked",
    by: By = None,
    until: Until = None,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Enter how a customer needs to be served; it can only raise, and a cause is never kept."""
    from duecare.app.people import Saying, enter

    enter("need", who, needs, Saying(file=settings, why=why, by=by, until=moment(until), as_json=json))


@people.command()
def hold(who: Who, why: Why, until: Until = None, by: By = None, settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """Keep what is known of a customer, for the law asks for it: nothing of theirs is erased meanwhile."""
    from duecare.app.people import Saying, enter

    enter("hold", who, [""], Saying(file=settings, why=why, by=by, until=moment(until), as_json=json))


@people.command("part-ways")
def part_ways(
    who: Who,
    why: Why,
    by: Annotated[str, typer.Option("--by", help="Who decided it.")],
    until: Annotated[str | None, typer.Option("--on", metavar="DAY", help="The day on which it takes effect; time for an appeal.")] = None,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Write down that a person decided to end the relation with a customer. Nothing is computed or changed; they may appeal, and the guarantee holds."""
    from duecare.app.people import Saying, enter

    enter("parting", who, [""], Saying(file=settings, why=why, by=by, until=moment(until), as_json=json))


@people.command()
def appeal(
    who: Who,
    says: Annotated[str, typer.Option("--says", help="What they ask to be looked at again.")],
    why: Why = "they asked",
    by: By = None,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Open an appeal; its clock runs from now."""
    from duecare.app.people import Saying
    from duecare.app.people import appeal as open_one

    open_one(who, says, Saying(file=settings, why=why, by=by, as_json=json))


@people.command()
def decide(
    number: Number,
    outcome: Annotated[str, typer.Option("--outcome", help="upheld, partly or refused.")],
    why: Why,
    by: By = None,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Decide an appeal, with the reason that the customer is told."""
    from duecare.app.people import Saying
    from duecare.app.people import decide as close

    close(number, outcome, Saying(file=settings, why=why, by=by, as_json=json))


@people.command()
def end(number: Number, why: Why = "", by: By = None, settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """End an override, a need, an objection, a hold or a parting."""
    from duecare.app.people import Saying, end_word

    end_word(number, Saying(file=settings, why=why, by=by, as_json=json))


@people.command("list")
def list_(
    who: Annotated[str | None, typer.Option("--who", help="One customer's, by any identifier.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="What has ended too.")] = False,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """List what people said and still counts; appeals first, the overdue ones before all."""
    from duecare.app.people import list_words

    list_words(settings, who=who, everything=everything, as_json=json)
