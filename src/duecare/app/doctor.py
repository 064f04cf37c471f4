"""Doctor: is everything sound? Each finding says what was looked at, and what mends it."""

import platform
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import typer

from duecare.app.report.wording import many
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.records import Runs, finish_migrations, open_book, verify
from duecare.words import DuecareError

ENGINES = ("duckdb", "pyarrow", "splink", "apsw", "scipy", "numpy")
LEAST_FREE_GB = 2.0

AUDITED = """
SELECT (SELECT count(*) FROM audit), (SELECT count(*) FROM audit WHERE kind IN ('apply', 'undo')), (SELECT count(*) FROM plans WHERE state = 'applied')
"""
"""Rows of the chain, those that tell of an apply or an undo, and the plans that were applied."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    sound: bool
    said: str


def examine(file: Path, *, finish_migrations: bool, as_json: bool) -> int:
    """Look at everything, print it, and return the exit code."""
    found = [_versions(), _settings(file)]
    if found[-1].sound:
        settings = read_settings(file)
        looks: tuple[Callable[[Settings], str], ...] = (_book, _identities, _audit, _published, _desks, _disk)
        found += [_look(look, settings) for look in looks]
        if finish_migrations:
            found.append(_look(_finish, settings))
    if as_json:
        print_json({"sound": all(one.sound for one in found), "findings": [asdict(one) for one in found]})
    else:
        typer.echo("\n".join(f"{'✓' if one.sound else '✗'} {one.what}: {one.said}" for one in found))
        next_command("duecare run" if all(one.sound for one in found) else "mend what is marked ✗, then duecare doctor", file)
    return 0 if all(one.sound for one in found) else 1


def _look(look: Callable[[Settings], str], settings: Settings) -> Finding:
    what = look.__name__.strip("_").replace("_", " ")
    try:
        return Finding(what, sound=True, said=look(settings))
    except DuecareError as error:
        return Finding(what, sound=False, said=str(error))


def _versions() -> Finding:
    return Finding(
        "versions", sound=True, said=", ".join([f"Python {platform.python_version()}", *[f"{name} {version(name)}" for name in ENGINES]])
    )


def _settings(file: Path) -> Finding:
    try:
        return Finding(
            "settings", sound=True, said=f"{len(read_settings(file).inputs)} inputs, tiers {', '.join(read_settings(file).policy.names)}"
        )
    except DuecareError as error:
        return Finding("settings", sound=False, said=str(error))


def _book(settings: Settings) -> str:
    with open_book(settings.records.book, settings.base) as book:
        ids, members = (book.rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("customer_ids", "memberships"))
    return f"{ids:,} customer ids, {members:,} source records"


def _identities(settings: Settings) -> str:
    from duecare.identity.replay import verify_ledger

    with open_book(settings.records.book, settings.base) as book:
        found = verify_ledger(book)
    gone = f"; {many(found.forgotten, 'record')} forgotten" if found.forgotten else ""
    return f"{many(found.events, 'event')} give exactly who {many(found.records, 'source record')} belong to, {many(found.customers, 'customer')}{gone}"


def _audit(settings: Settings) -> str:
    with open_book(settings.records.book, settings.base) as book:
        broken, counts = verify(book), book.rows(AUDITED)[0]
    if broken is not None:
        raise DuecareError(
            f"the audit chain does not hold at row {broken.seq}: {broken.what}", mend="keep the book as it is and find out who changed it"
        )
    rows, told, applied = (int(str(count)) for count in counts)
    if told != applied:
        raise DuecareError(
            f"the book holds {many(applied, 'applied plan')}, and the audit chain tells of {told:,}",
            mend="keep the book as it is, find out who removed rows, and compare it with your copies",
        )
    return f"the chain holds over {many(rows, 'row')}, and tells of {many(applied, 'applied plan')}"


def _published(settings: Settings) -> str:
    runs = Runs.at(settings.records.warehouse, settings.base)
    if runs.current() is None:
        return "nothing yet"
    with runs.read() as published:
        tables = published.warehouse.tables()
    return f"run {published.run_id} with {len(tables)} tables; {len(runs.complete())} runs are kept"


def _desks(settings: Settings) -> str:
    """What the book knows of the desks; nobody is asked over the network."""
    with open_book(settings.records.book, settings.base) as book:
        waiting = int(str(book.rows("SELECT count(*) FROM desk_forgotten")[0][0]))
        under_way = int(str(book.rows("SELECT count(*) FROM desk_outbox")[0][0]))
    if waiting:
        raise DuecareError(
            f"{many(waiting, 'profile')} of people who were forgotten {'is' if waiting == 1 else 'are'} not cleared yet",
            mend="duecare push DESK clears them",
        )
    left = f"; {many(under_way, 'batch', 'batches')} of a run that was cut off, which the next push looks into" if under_way else ""
    return (", ".join(f"{name} ({terms.kind})" for name, terms in settings.desks.items()) or "none") + left


def _disk(settings: Settings) -> str:
    free_gb = shutil.disk_usage(settings.base).free / 1e9
    if free_gb < LEAST_FREE_GB:
        raise DuecareError(f"only {free_gb:.1f} GB are free", mend="make room, or lower [records] keep_runs")
    return f"{free_gb:,.0f} GB free"


def _finish(settings: Settings) -> str:
    with open_book(settings.records.book, settings.base) as book:
        ran = finish_migrations(book)
    return f"{len(ran)} ran"
