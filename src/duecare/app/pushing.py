"""Pushing at the door: a desk's profiles are brought to what is wanted, a run is taken back, runs and others' edits are listed."""

import getpass
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress

from duecare.app.desking import gathered, opened, terms_of
from duecare.app.report.wording import many
from duecare.app.settings import read_settings
from duecare.app.shown import next_command, print_json
from duecare.helpdesk.merge import Policy as Word
from duecare.helpdesk.runs import Done, facts_of
from duecare.helpdesk.wants import Plan
from duecare.records import Book, open_book, record
from duecare.tiers.apply import forgettings
from duecare.words import BadSettings

RUNS = "SELECT run, kind, undoes, actor, began_at, ended_at, state, facts FROM desk_runs WHERE desk = ? ORDER BY run"
RUN_NAMES = ("run", "kind", "undoes", "by", "began_at", "ended_at", "state", "facts")
EDITS = (
    "SELECT person, customer_id, field, wanted, found, found_at, settled FROM desk_edits WHERE desk = ? ORDER BY found_at, person, field"
)
REFUSED = """
SELECT person, customer_id, refused_why FROM desk_people WHERE desk = ? AND refused IS NOT NULL
UNION SELECT '', customer_id, why FROM desk_receipts WHERE state = 'refused' AND person = customer_id AND run = (SELECT max(run) FROM desk_runs WHERE desk = ?)
ORDER BY 1, 2
"""
"""Profiles, and customers for whom nobody was made by the last run."""
EDIT_NAMES = ("person", "customer_id", "field", "wanted", "found", "found_at", "settled")


def push(name: str, file: Path, *, create: bool, accept_mass: bool, again: bool, word: Word | None, dry_run: bool, as_json: bool) -> None:
    """Bring the desk's profiles to the levels that are held now, or say what that would do."""
    settings = read_settings(file)
    terms_of(settings, name)
    with open_book(settings.records.book, settings.base) as book:
        before = forgettings(book)
        wants = gathered(settings, name, book)
        with _shown(as_json=as_json) as bar:
            task = bar.add_task(f"profiles in {name}", total=None) if bar else None

            def step(done: int) -> None:
                if bar and task is not None:
                    bar.update(task, completed=done)

            with opened(settings, name, book, word=word, step=step, check=lambda: _refuse_if_forgotten(book, before)) as runs:
                makes = runs.desk.capabilities.creates
                if dry_run:
                    made, done = runs.look(wants, create=create, again=again), None
                else:
                    done = runs.push(wants, create=create, again=again, accept_mass=accept_mass)
                    made = done.plan
        _told(book, "push", name, done)
    if as_json:
        print_json({"desk": name, "dry_run": dry_run, **(done.facts() if done else {"run": None, **facts_of(made)})})
        return
    typer.echo("\n".join(_lines(name, made, done, makes=makes)))
    next_command(_next(name, made, done), file)


def roll_back(name: str, run: int, file: Path, *, as_json: bool) -> None:
    """Give the profiles that a run wrote back what they showed before."""
    settings = read_settings(file)
    with open_book(settings.records.book, settings.base) as book:
        with opened(settings, name, book) as runs:
            done = runs.rollback(run)
        _told(book, "rollback", name, done)
    if as_json:
        print_json({"desk": name, "undoes": run, **done.facts()})
        return
    said = f"{many(done.counts.get('written', 0), 'profile')} of {name} show again what they showed before run {run}."
    typer.echo("\n".join([said, *_edited(name, len(done.plan.edits))]))
    next_command(f"duecare desk runs {name}", file)


def list_runs(name: str, file: Path, *, as_json: bool) -> None:
    """Print every push, rollback and clearing of a desk."""
    import json

    settings = read_settings(file)
    terms_of(settings, name)
    with open_book(settings.records.book, settings.base) as book:
        rows = [dict(zip(RUN_NAMES, row, strict=True)) for row in book.rows(RUNS, (name,))]
    found: list[dict[str, Any]] = [row | {"facts": json.loads(str(row["facts"]))} for row in rows]
    if as_json:
        print_json({"desk": name, "runs": found})
        return
    for row in found:
        undoes = f" of run {row['undoes']}" if row["undoes"] else ""
        counts = ", ".join(f"{row['facts'].get(word, 0):,} {word}" for word in ("written", "refused", "edited", "gone"))
        typer.echo(f"run {row['run']}: {row['kind']}{undoes} by {row['by']}, {str(row['began_at'])[:16]}, {row['state']}; {counts}")
    if not found:
        typer.echo(f"nothing was written to {name} yet.")
    next_command(f"duecare push {name} --rollback RUN" if found else f"duecare push {name} --dry-run", file)


def list_edits(name: str, file: Path, *, as_json: bool) -> None:
    """Print what somebody else wrote into Duecare's fields, and what was done about it."""
    settings = read_settings(file)
    terms_of(settings, name)
    with open_book(settings.records.book, settings.base) as book:
        rows = [dict(zip(EDIT_NAMES, row, strict=True)) for row in book.rows(EDITS, (name,))]
    if as_json:
        print_json({"desk": name, "edits": rows})
        return
    for row in rows:
        done = {"": "waits for a word", "ours": "written over", "theirs": "left"}[str(row["settled"])]
        typer.echo(
            f"{row['person']} ({row['customer_id']}) {row['field']}: {row['found']!r} instead of {row['wanted']!r}, found {str(row['found_at'])[:16]}: {done}"
        )
    if not rows:
        typer.echo(f"nobody else wrote into Duecare's fields in {name}.")
    next_command(f"duecare push {name} --edits ours, or theirs", None)


def list_refused(name: str, file: Path, *, as_json: bool) -> None:
    """Print the profiles that the desk refused to write, and why."""
    settings = read_settings(file)
    terms_of(settings, name)
    with open_book(settings.records.book, settings.base) as book:
        rows = [{"person": person, "customer_id": who, "why": why} for person, who, why in book.rows(REFUSED, (name, name))]
    if as_json:
        print_json({"desk": name, "refused": rows})
        return
    typer.echo(
        "\n".join(f"{row['person'] or 'new'} ({row['customer_id'] or 'of nobody'}): {row['why']}" for row in rows)
        or f"{name} refused nothing."
    )
    next_command(f"duecare push {name} --again" if rows else f"duecare push {name} --dry-run", file)


def _shown(*, as_json: bool) -> AbstractContextManager[Progress | None]:
    console = Console(stderr=True, highlight=False)
    return Progress(console=console, transient=True) if console.is_terminal and not as_json else nullcontext()


def _refuse_if_forgotten(book: Book, before: int) -> None:
    """Refuse to write what was read before somebody was forgotten: they would come back."""
    if forgettings(book) != before:
        raise BadSettings("somebody was forgotten meanwhile", mend="do this once more")


def _told(book: Book, kind: str, name: str, done: Done | None) -> None:
    """Write into the audit chain that a desk was written to."""
    if done is None or done.run is None:
        return
    with book.write() as transaction:
        record(transaction, actor=getpass.getuser(), kind=kind, detail={"desk": name, "run": done.run, **done.counts}, at=datetime.now(UTC))


def _lines(name: str, made: Plan, done: Done | None, *, makes: bool) -> Sequence[str]:
    """A plan in words, and what came of it."""
    new = sum(not one.person for one in made.changes)
    head = (
        f"{name}: {many(len(made.changes) - new, 'profile')} would change"
        if done is None
        else f"{name}: {many(done.counts.get('written', 0), 'profile')} written"
    )
    lines = [f"{head}; {made.unchanged:,} show already what they should."]
    lines += [f"  {step}: {count:,}" for step, count in made.levels.items()]
    lines += [f"  {many(new, 'person', 'people')} would be made"] if new and done is None else []
    lines += _unknown(made, len(made.unmatched) - new, makes=makes)
    lines += (
        [f"  {many(made.ambiguous, 'person', 'people')} bear an e-mail of several customers, and are left alone"] if made.ambiguous else []
    )
    lines += [f"  {many(made.refused, 'profile')} the desk refused before; --again tries them once more"] if made.refused else []
    if done is not None and done.counts.get("refused"):
        lines.append(f"  {many(done.counts['refused'], 'profile')} refused: duecare desk refused {name} tells why")
    lines += (
        [f"  {many(done.counts['gone'], 'person', 'people')} were deleted there meanwhile, or came to work there"]
        if done is not None and done.counts.get("gone")
        else []
    )
    return lines + _edited(name, len(made.edits))


def _unknown(made: Plan, count: int, *, makes: bool) -> list[str]:
    """How many customers the desk does not know, and whether they could be made."""
    free, taken = count - made.taken, made.taken if makes else 0
    more = [f"--create makes {free:,} of them"] if makes and free else []
    more += [f"{taken:,} of them cannot be made, for their e-mail is another's too"] if taken else []
    return ["; ".join([f"  {many(count, 'customer')} are not known there", *more])] if count else []


def _edited(name: str, count: int) -> list[str]:
    return [f"  {many(count, 'field')} bear somebody else's word: duecare desk edits {name}"] if count else []


def _next(name: str, made: Plan, done: Done | None) -> str:
    if done is None:
        return f"duecare push {name}" if made.changes else f"duecare desk drift {name}"
    return f"duecare push {name} --rollback {done.run}, if it was not meant" if done.run else f"duecare desk drift {name}"
