"""People first, at the door: objections, overrides, needs, holds, appeals and partings, each a person's word with its effect shown before."""

import getpass
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import typer

from duecare.app.explain import describe, find
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.records import Book, Indexed, Runs, open_book
from duecare.tiers.words import OUTCOMES, Kind, Word, end, holding, say, words
from duecare.words import BadSettings, nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What all words are told."""

    file: Path
    why: str
    by: str | None = None
    until: datetime | None = None
    as_json: bool = False

    @property
    def who(self) -> str:
        return self.by or getpass.getuser()


def enter(kind: Kind, who: str, values: Sequence[str], saying: Saying) -> list[Word]:
    """Enter a word for each of *values* and print it."""
    settings, now = read_settings(saying.file), datetime.now(UTC)
    with open_book(settings.records.book, settings.base) as book:
        customer_id = _id_of(who, settings, book)
        made = [say(book, kind, customer_id, value, why=saying.why, by=saying.who, at=now, until=saying.until) for value in values]
    _tell(made, saying, "duecare plan")
    return made


def override(who: str, tier: str, saying: Saying) -> None:
    """Give a customer a tier until a day, by a person's word.

    Raises:
        BadSettings: there is no such tier, it is below what was bought or contracted, or lower than the one held and nobody is named who answers for it.
    """
    settings = read_settings(saying.file)
    names = settings.policy.names
    if tier not in names:
        near = nearest(tier, names) or names
        raise BadSettings(f"there is no tier {tier!r}", mend=f"write {' or '.join(near)}")
    known = _known(who, settings)
    now = str(known["standing"]["tier"])
    if names.index(tier) > names.index(now) if now in names else False:
        if known["standing"]["origin"] in {"bought", "contracted"}:
            raise BadSettings(
                f"{now} was {known['standing']['origin']}, and a level that was paid for is not taken away",
                mend="end the entitlement where it is kept",
            )
        if saying.by is None:
            raise BadSettings(f"{tier} is lower than {now}: a named person answers for that", mend="say --by NAME")
    enter("override", known["customer_id"], [tier], saying)


def object_to(who: str, saying: Saying, *, withdraw: bool, yes: bool) -> None:
    """Enter an objection to profiling, or end it, after its effect was shown."""
    settings, now = read_settings(saying.file), datetime.now(UTC)
    known = _known(who, settings)
    effect = _effect(known, settings, withdraw=withdraw)
    if not saying.as_json:
        typer.echo(effect)
    _agree(yes)
    with open_book(settings.records.book, settings.base) as book:
        held = holding(words(book, customers=[known["customer_id"]], kinds=("objection",)), now)
        if not withdraw:
            made = held or [say(book, "objection", known["customer_id"], "", why=saying.why, by=saying.who, at=now)]
        elif not held:
            raise BadSettings(
                "no objection was entered by hand for that customer",
                mend="change consent_profiling where the data come from, then duecare run",
            )
        else:
            made = [end(book, one.word, by=saying.who, at=now) for one in held]
    _tell(made, saying, "duecare plan", effect=effect)


def _effect(known: dict[str, Any], settings: Settings, *, withdraw: bool) -> str:
    """Say what an objection would do, or its end."""
    standing, last = known["standing"], settings.policy.names[-1]
    if withdraw:
        return f"the tier is {standing['tier']} now; the next plan goes by what is earned again."
    if standing["origin"] in {"bought", "contracted", "override"}:
        return f"the tier stays {standing['tier']}: it is {standing['origin']}. No profile decides on it."
    return f"the tier is {standing['tier']} now and will be {last}; the guarantee holds, and any level can be bought."


def end_word(number: int, saying: Saying) -> None:
    """End a word by its number."""
    settings = read_settings(saying.file)
    with open_book(settings.records.book, settings.base) as book:
        _tell([end(book, number, by=saying.who, at=datetime.now(UTC))], saying, "duecare plan")


def appeal(who: str, says: str, saying: Saying) -> None:
    """Open an appeal, to be decided within the days of the settings."""
    settings = read_settings(saying.file)
    if not says.strip():
        raise BadSettings("the appeal says nothing", mend='say --says "what they ask for"')
    due = datetime.now(UTC) + timedelta(days=settings.people.appeal_days)
    with open_book(settings.records.book, settings.base) as book:
        customer_id = _id_of(who, settings, book)
        made = say(book, "appeal", customer_id, says.strip(), why=saying.why, by=saying.who, at=datetime.now(UTC), until=due)
    _tell([made], saying, f"duecare people decide {made.word} --outcome upheld|partly|refused --why REASON")


def decide(number: int, outcome: str, saying: Saying) -> None:
    """Decide an appeal."""
    settings = read_settings(saying.file)
    if outcome not in OUTCOMES:
        raise BadSettings(f"{outcome!r} is no outcome", mend=f"write {' or '.join(OUTCOMES)}")
    if not saying.why.strip():
        raise BadSettings("no reason is given", mend="say --why: the customer has a right to it")
    with open_book(settings.records.book, settings.base) as book:
        made = end(book, number, by=saying.who, at=datetime.now(UTC), outcome=outcome, why=saying.why.strip())
    _tell(
        [made],
        saying,
        "duecare people override WHO TIER --why REASON --until DAY" if outcome != "refused" else "duecare people list",
        outcome=outcome,
    )


def list_words(file: Path, *, who: str | None, everything: bool, as_json: bool) -> None:
    """Print what people said and still counts, the appeals that are overdue first."""
    settings, now = read_settings(file), datetime.now(UTC)
    with open_book(settings.records.book, settings.base) as book:
        found = words(book, customers=None if who is None else [_id_of(who, settings, book)])
    shown = sorted(found if everything else holding(found, now), key=lambda one: (one.kind != "appeal", one.until or "", one.word))
    if as_json:
        print_json({"words": [asdict(one) | {"overdue": _overdue(one, now)} for one in shown]})
        return
    typer.echo("\n".join(line(one, now) for one in shown) or "nobody's word stands")
    next_command("duecare people end NUMBER" if shown else "duecare plan", file)


def line(one: Word, now: datetime) -> str:
    """Tell one word in a line."""
    when = "" if one.until is None else f" until {one.until[:10]}"
    if one.kind == "appeal":
        left = (datetime.fromisoformat(str(one.until)) - now).days
        when = (
            f", {one.outcome}" if one.outcome else f", OVERDUE since {str(one.until)[:10]}" if _overdue(one, now) else f", {left} days left"
        )
    ended = f", ended {one.ended_at[:10]}" if one.ended_at and one.kind != "appeal" else ""
    return f"{one.word:>5}  {one.kind}  {one.customer_id}  {one.value}{when}{ended}: {one.why} ({one.said_by}, {one.said_at[:10]})"


def _overdue(one: Word, now: datetime) -> bool:
    """An appeal is due by its instant: at it still in time, after it no more."""
    return one.kind == "appeal" and one.ended_at is None and datetime.fromisoformat(str(one.until)) < now


def _id_of(who: str, settings: Settings, book: Book) -> str:
    with Runs.at(settings.records.warehouse, settings.base).indexed() as published:
        return find(who, published, book, settings)


def _known(who: str, settings: Settings) -> dict[str, Any]:
    with Runs.at(settings.records.warehouse, settings.base).indexed() as published, open_book(settings.records.book, settings.base) as book:
        return _described(who, published, book, settings)


def _described(who: str, published: Indexed, book: Book, settings: Settings) -> dict[str, Any]:
    return describe(find(who, published, book, settings), published, book, settings)


def _agree(yes: bool) -> None:  # noqa: FBT001 - the option's value
    if yes:
        return
    if not sys.stdin.isatty():
        raise BadSettings("nothing was entered: nobody is at a terminal to be asked", mend="say --yes")
    typer.confirm("enter it?", abort=True, err=True)


def _tell(made: Sequence[Word], saying: Saying, following: str, **more: str) -> None:
    if saying.as_json:
        print_json({"words": [asdict(one) for one in made]} | more)
        return
    typer.echo(
        "\n".join(
            f"{one.kind} {one.word}: {one.customer_id}{f', {one.value}' if one.value and one.kind != 'appeal' else ''}" for one in made
        )
    )
    next_command(following, saying.file)
