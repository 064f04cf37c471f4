"""Who is who, at the door: a customer's history, and a person's word that two are one or one is two."""

import getpass
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from duecare.app.explain import find
from duecare.app.report.wording import many
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.identity import acts
from duecare.identity.carrying import Done
from duecare.identity.history import Happened, history, members, sentence
from duecare.identity.standing import resolve
from duecare.records import Book, Runs, open_book
from duecare.words import BadSettings


@dataclass(frozen=True, slots=True)
class Saying:
    """What all acts are told."""

    file: Path
    why: str
    by: str | None
    dry_run: bool
    as_json: bool

    def said(self) -> dict[str, Any]:
        """Who acts, why and when, as the ledger takes it."""
        if not self.why.strip():
            raise BadSettings("no reason is given", mend='say it: --why "they share a card and a birthday"')
        return {"actor": self.by or getpass.getuser(), "why": self.why.strip(), "at": datetime.now(UTC), "dry_run": self.dry_run}


def tell_history(who: str, file: Path, *, as_json: bool) -> None:
    """Print what happened to a customer, and what it holds now."""
    settings = read_settings(file)
    with open_book(settings.records.book, settings.base) as book:
        name = who.strip() if _given(book, who.strip()) else customer_of(who, book, settings)
        told, held, leads = history(book, name), members(book, name), resolve(book, name)
    if as_json:
        records = [{"source": source, "source_id": source_id} for source, source_id in held]
        print_json({"customer_id": name, "leads_to": leads, "records": records, "events": [asdict(one) for one in told]})
        return
    lines = [name if leads == [name] else f"{name}, which leads to {', '.join(leads) or 'nobody'} now"]
    lines += [line for one in told for line in _lines(one)]
    lines += [f"records now: {', '.join(f'{source}:{source_id}' for source, source_id in held) or 'none'}"]
    typer.echo("\n".join(lines))
    next_command(f"duecare explain {name}" if leads == [name] else "duecare identity history WHO", file)


def join_customers(a: str, b: str, saying: Saying) -> None:
    """Make two customers one."""
    perform(saying, lambda book, settings: acts.join(book, *(customer_of(who, book, settings) for who in (a, b)), **saying.said()))


def part_customer(who: str, records: Sequence[str], saying: Saying) -> None:
    """Take records out of a customer."""

    def parting(book: Book, settings: Settings) -> Done:
        name = customer_of(who, book, settings)
        return acts.part(book, name, [_record(text, members(book, name), name) for text in records], **saying.said())

    perform(saying, parting)


def bolt_customer(who: str, saying: Saying, *, shut: bool) -> None:
    """Lock a customer, or unlock it."""
    act = acts.lock if shut else acts.unlock
    perform(saying, lambda book, settings: act(book, customer_of(who, book, settings), **saying.said()))


def undo_event(seq: int, saying: Saying, *, apart: bool) -> None:
    """Undo an event."""
    perform(saying, lambda book, _: acts.undo(book, seq, apart=apart, **saying.said()))


def customer_of(who: str, book: Book, settings: Settings) -> str:
    """Return the customer that *who* names: by id as the ledger knows it now, else as `explain` finds it.

    Raises:
        BadSettings: nobody is called so, or several customers are.
    """
    if not (ids := resolve(book, who.strip())):
        with Runs.at(settings.records.warehouse, settings.base).indexed() as published:
            ids = resolve(book, find(who, published, book, settings))
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise BadSettings(f"that customer was parted into {len(ids)}", mend=f"name one of them: {', '.join(ids)}")
    raise BadSettings("that customer holds no record any more", mend="duecare run, then try again")


def perform(saying: Saying, act: Callable[[Book, Settings], Done]) -> None:
    """Carry out an act of a person on the book, and print what it did."""
    settings = read_settings(saying.file)
    with open_book(settings.records.book, settings.base) as book:
        done = act(book, settings)
    events = [{**asdict(event), "records": len(event.records), "others": len(event.others)} for event in done.events]
    if saying.as_json:
        print_json({"act": done.act, "moved": done.moved, "dry_run": saying.dry_run, "events": events})
        return
    for event in done.events:
        name = event.to_id or event.from_id or ""
        typer.echo(f"{event.seq}  {name + ': ' if name else ''}{sentence(event, name)}")
    typer.echo("dry run: nothing was written." if saying.dry_run else f"{many(done.moved, 'record')} moved; the next run publishes it.")
    shown = next((event.to_id or event.from_id for event in done.events if event.to_id or event.from_id), None)
    next_command(f"duecare identity history {shown}" if saying.dry_run and shown else "duecare run", saying.file)


def _given(book: Book, name: str) -> bool:
    return bool(book.rows("SELECT 1 FROM customer_ids WHERE customer_id = ?", (name,)))


def _record(text: str, held: Sequence[tuple[str, str]], name: str) -> tuple[str, str]:
    """The record that a person named, among those that a customer holds."""
    found = [one for one in held if text in (one[1], f"{one[0]}:{one[1]}")]
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} records of {name} bear one of these numbers" if found else f"{name} holds no record by one of these names"
    raise BadSettings(what, mend=f"duecare identity history {name} lists its records; write them as SOURCE:NUMBER")


def _lines(one: Happened) -> list[str]:
    by = f" by model {one.model}" if one.model else ""
    gone = f" (undone by {one.undone_by})" if one.undone_by else ""
    return [f"{one.seq:>6}  {one.at[:16].replace('T', ' ')}  {one.said}{gone}", f"        {one.actor}{by}: {one.why}"]
