"""Forgetting at the door: what is known of people leaves every table, file and kept run, and does not come back with the next export.

First the book: marks, the ledger's names, assignments, words, in one transaction, and the forgetting counts as begun. Then a run is made anew from what has
landed without them, all earlier runs are removed, and the book is scrubbed. A killed forgetting is ended by the next run.
"""

import getpass
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from duecare.app import batch
from duecare.app.explain import find
from duecare.app.progress import Progress
from duecare.app.report.wording import many
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.helpdesk.forgotten import forget as forget_in_desks
from duecare.identity import acts
from duecare.records import Book, Published, Runs, Transaction, begin_forgetting, open_book, record
from duecare.tiers.words import held_by_law
from duecare.words import BadSettings, DuecareError

OF_CUSTOMERS = ("assignments", "notices", "arms", "people_words", "frozen_members", "quality_reviews", "tasks")
"""Tables of the book that hold rows by customer id."""

RECORDS = "SELECT DISTINCT m.source, m.source_id FROM {members} m JOIN {leaving} x ON x.customer_id = m.customer_id"
MARKED = {
    "order": f"SELECT DISTINCT o.order_id AS word FROM {{orders}} o JOIN ({RECORDS}) r ON r.source = o.source AND r.source_id = o.source_id",
    "contact": f"SELECT DISTINCT c.contact_id AS word FROM {{contacts}} c JOIN ({RECORDS}) r ON r.source = c.source AND r.source_id = c.source_id",
    "email": "SELECT word FROM (SELECT lower(trim(p.email)) AS word, m.customer_id FROM {people} p JOIN {members} m ON m.source = p.source AND m.source_id = p.source_id"
    " WHERE p.email IS NOT NULL) t GROUP BY word HAVING bool_and(customer_id IN (SELECT customer_id FROM {leaving}))",
    "phone": "SELECT word FROM (SELECT regexp_replace(p.phone, '[^0-9]', '', 'g') AS word, m.customer_id FROM {people} p"
    " JOIN {members} m ON m.source = p.source AND m.source_id = p.source_id WHERE p.phone IS NOT NULL) t"
    " WHERE word <> '' GROUP BY word HAVING bool_and(customer_id IN (SELECT customer_id FROM {leaving}))",
}
"""What else is marked: their orders and contacts, and e-mails and phones that are nobody else's."""
COUNTED = ("people", "orders", "contacts")


def forget_people(whos: Sequence[str], file: Path, *, why: str, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Forget customers, after what would go was shown; print a receipt that names nobody."""
    import tempfile

    settings = read_settings(file)
    runs = Runs.at(settings.records.warehouse, settings.base)
    with open_book(settings.records.book, settings.base) as book:
        ids = _ids(whos, runs, settings, book)
        with tempfile.TemporaryDirectory() as scratch, runs.read(beside=Path(scratch)) as published:
            records, keys, counts = _known(published, ids)
        if not as_json:
            typer.echo(
                f"{many(len(ids), 'customer')}: "
                + ", ".join(f"{counts[name]:,} rows of {name}" for name in COUNTED)
                + ", and all that was computed of them."
            )
        agreed, number = not dry_run and (yes or _agreed()), None
        if agreed:
            with _alone(settings, book) as keep:
                _erase_pulled(settings, records)
                keep()
                number = _begin(book, ids, records, keys, why)
    if agreed:
        batch.run(settings, batch.Options(accepted_by="forget"), Progress())
    cleared = _clear_desks(settings) if agreed else {}
    if as_json:
        print_json({"forgetting": number, "customers": len(ids), "rows": counts, "dry_run": dry_run, "desks": cleared})
        return
    typer.echo(f"forgetting {number} is done: nothing is left of {many(len(ids), 'customer')}." if agreed else "nothing was forgotten.")
    typer.echo("".join(f"{desk}: {said}\n" for desk, said in cleared.items()), nl=False)
    next_command("take them out of your exports too; a re-import does not bring them back", None)


@contextmanager
def _alone(settings: Settings, book: Book) -> Generator[Callable[[], None]]:
    """Have all desks for oneself, for a push that is under way would write them again; what is yielded makes sure that we still have them."""
    from duecare.helpdesk.turn import turn

    with ExitStack() as turns:
        keeps = [turns.enter_context(turn(book, name)) for name in settings.desks]

        def keep_all() -> None:
            for keep in keeps:
                keep()

        yield keep_all


def _erase_pulled(settings: Settings, records: Sequence[tuple[str, str]]) -> None:
    """Take them out of what was pulled from desks."""
    from duecare.app.pulling import erase_pulled

    for name in settings.desks:
        source = settings.desks[name].source or name
        erase_pulled(settings, name, {number for one, number in records if one == source})


def _clear_desks(settings: Settings) -> dict[str, str]:
    """Take what Duecare wrote of them out of the desks; one that is down is cleared by the next push."""
    from duecare.app.desking import opened
    from duecare.helpdesk.forgotten import Pending

    said: dict[str, str] = {}
    with open_book(settings.records.book, settings.base) as book:
        for name in settings.desks:
            waiting = len(Pending(book, name).persons())
            if not waiting:
                continue
            try:
                with opened(settings, name, book) as runs:
                    runs.erase()
                left = len(Pending(book, name).persons())
                said[name] = f"{many(waiting - left, 'profile')} cleared" + (
                    f", {left:,} not cleared yet; the next push tries again" if left else ""
                )
            except DuecareError as error:
                said[name] = f"{many(waiting, 'profile')} NOT cleared yet ({error.wrong}); the next push does it"
    return said


def _ids(whos: Sequence[str], runs: Runs, settings: Settings, book: Book) -> list[str]:
    """The customers that are meant, none of whom a hold keeps; whoever is named is not told in an error."""
    now = datetime.now(UTC)
    with runs.indexed() as published:
        ids = list(dict.fromkeys(find(who, published, book, settings) for who in whos))
    if held := [who for who in ids if held_by_law(book, who, now)]:
        raise BadSettings(f"a legal hold keeps {held[0]}", mend="duecare people list names it; end it first, or wait")
    return ids


def _known(published: Published, ids: Sequence[str]) -> tuple[list[tuple[str, str]], list[tuple[str, ...]], dict[str, int]]:
    """Their records, the keys of all marks, and how many rows of theirs there are."""
    import pyarrow as pa

    warehouse, names = published.warehouse, {name: name for name in ("members", "leaving", "orders", "contacts", "people")}
    warehouse.put("leaving", pa.table({"customer_id": pa.array(ids, pa.string())}))
    records = [(str(row["source"]), str(row["source_id"])) for row in warehouse.arrow(RECORDS, **names).to_pylist()]
    keys: list[tuple[str, ...]] = [("record", *one) for one in records]
    for kind, sql in MARKED.items():
        keys += [(kind, str(word)) for word in warehouse.arrow(sql, **names)["word"].to_pylist()]
    rows = f"SELECT count(*) AS n FROM {{table}} t JOIN ({RECORDS}) r ON r.source = t.source AND r.source_id = t.source_id"
    return records, keys, {name: int(warehouse.arrow(rows, **names, table=name)["n"][0].as_py()) for name in COUNTED}


def _begin(book: Book, ids: Sequence[str], records: Sequence[tuple[str, str]], keys: Sequence[tuple[str, ...]], why: str) -> int:
    """Take them out of the book, and mark them, in one transaction."""
    now, actor = datetime.now(UTC), getpass.getuser()
    with book.write() as transaction:
        number = begin_forgetting(transaction, keys, customers=len(ids), by=actor, why=why, at=now)
        acts.forget(transaction, records, actor=actor, why=f"forgetting {number}", at=now)
        _delete(transaction, ids)
        forget_in_desks(transaction, ids, now)
        detail: dict[str, Any] = {"forgetting": number, "customers": len(ids), "records": len(records)}
        record(transaction, actor=actor, kind="forget", detail=detail, at=now)
    return number


def _delete(transaction: Transaction, ids: Sequence[str]) -> None:
    for table in OF_CUSTOMERS:
        transaction.many(f"DELETE FROM {table} WHERE customer_id = ?", [(who,) for who in ids])


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise BadSettings("nothing was forgotten: nobody is at a terminal to be asked", mend="say --yes, or --dry-run to look only")
    return typer.confirm("forget them for ever?", err=True)
