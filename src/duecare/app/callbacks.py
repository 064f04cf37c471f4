"""Call-backs: who was let down is called, and what came of it is kept. Opened by a low review, or by what a customer said in a survey."""

import getpass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import typer

from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.records import Book, Runs, open_book
from duecare.records.book import Transaction
from duecare.words import BadSettings

CSAT_LOW, DETRACTOR_TO = 2.0, 6.0
"""Up to these scores a customer is called back: of satisfaction from 1 to 5, of recommendation from 0 to 10."""
RECENT_DAYS = 14
"""Of answers that are older nobody is called."""

UNHAPPY = """
SELECT s.source, s.source_id, s."at", lower(s.kind) AS kind, s.score, s.contact_id, m.customer_id
FROM {surveys} s JOIN {members} m ON m.source = s.source AND m.source_id = s.source_id
WHERE s."at" > CAST($from AS TIMESTAMPTZ) AND s."at" <= CAST($as_of AS TIMESTAMPTZ)
  AND ((lower(s.kind) = 'csat' AND s.score <= $csat) OR (lower(s.kind) = 'nps' AND s.score <= $nps))
ORDER BY s."at", s.source, s.source_id
"""
OPEN = "SELECT task, customer_id, contact_id, why, opened_at FROM tasks WHERE closed_at IS NULL ORDER BY task"


def open_task(transaction: Transaction, origin: str, customer_id: str, contact_id: str | None, why: str, now: datetime) -> None:
    """Open a call-back, unless this origin opened one before."""
    number = int(str(transaction.rows("SELECT coalesce(max(task), 0) + 1 FROM tasks")[0][0]))
    sql = "INSERT INTO tasks (task, origin, customer_id, contact_id, why, opened_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (origin) DO NOTHING"
    transaction.rows(sql, (number, origin, customer_id, contact_id, why, now.isoformat()))


def list_tasks(file: Path, *, as_json: bool) -> None:
    """Open call-backs for what customers said lately, and print all that are open."""
    settings = read_settings(file)
    with open_book(settings.records.book, settings.base) as book:
        _listen(settings, book)
        names = ("task", "customer_id", "contact_id", "why", "opened_at")
        rows: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in book.rows(OPEN)]
    if as_json:
        print_json({"tasks": rows})
        return
    typer.echo("\n".join(_line(row) for row in rows) or "nobody waits for a call")
    next_command("duecare tasks --close NUMBER --outcome TEXT" if rows else "duecare quality draw", file)


def close_task(file: Path, number: int, outcome: str, *, as_json: bool) -> None:
    """Close a call-back with what came of it.

    Raises:
        BadSettings: there is no such one, or it is closed.
    """
    settings = read_settings(file)
    with open_book(settings.records.book, settings.base) as book, book.write() as transaction:
        if not transaction.rows("SELECT 1 FROM tasks WHERE task = ? AND closed_at IS NULL", (number,)):
            raise BadSettings(f"call-back {number} is not open", mend="duecare tasks lists those that are")
        sql = "UPDATE tasks SET closed_at = ?, closed_by = ?, outcome = ? WHERE task = ?"
        transaction.rows(sql, (datetime.now(UTC).isoformat(), getpass.getuser(), outcome, number))
    if as_json:
        print_json({"task": number, "outcome": outcome})
    else:
        typer.echo(f"call-back {number} is closed: {outcome}")
        next_command("duecare tasks", file)


def _listen(settings: Settings, book: Book) -> None:
    """Open a call-back for every low answer of the last days, once."""
    with Runs.at(settings.records.warehouse, settings.base).read() as published:
        as_of = datetime.fromisoformat(str(published.facts["as_of"]))
        values = {"as_of": as_of, "from": as_of - timedelta(days=RECENT_DAYS), "csat": CSAT_LOW, "nps": DETRACTOR_TO}
        rows = published.warehouse.arrow(UNHAPPY, values, surveys="surveys", members="members").to_pylist()
    with book.write() as transaction:
        for row in rows:
            open_task(transaction, _origin(row), row["customer_id"], row["contact_id"], _why(row), datetime.now(UTC))


def _origin(row: dict[str, Any]) -> str:
    """What stands for one answer, and names nobody."""
    words = "\x1f".join((row["source"], row["source_id"], row["kind"], row["at"].isoformat()))
    return f"survey:{sha256(words.encode()).hexdigest()[:32]}"


def _why(row: dict[str, Any]) -> str:
    scale = "of 5 for satisfaction" if row["kind"] == "csat" else "of 10 for recommending us"
    return f"they gave {float(row['score']):g} {scale}"


def _line(row: dict[str, Any]) -> str:
    about = f" about {row['contact_id']}" if row["contact_id"] else ""
    return f"{row['task']:>4}  {row['customer_id']}{about}: {row['why']} (since {str(row['opened_at'])[:10]})"
