"""Quality at the door: draw contacts for review, take scores, and call back who was served badly."""

import getpass
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from duecare.app.callbacks import open_task
from duecare.app.measuring import opened
from duecare.app.settings import read_settings
from duecare.app.shown import next_command, print_json
from duecare.records import open_book
from duecare.words import BadSettings

CONTACTS = """
SELECT c.contact_id, m.customer_id FROM {contacts} c
LEFT JOIN {members} m ON m.source = c.source AND m.source_id = c.source_id
WHERE c.opened_at <= CAST($as_of AS TIMESTAMPTZ) ORDER BY c.contact_id
"""
REVIEWED = "SELECT tier, listening, empathy, clarity, consistency, heard, felt, acted FROM quality_reviews WHERE reviewed_at IS NOT NULL ORDER BY contact_id"


def draw(file: Path, *, each: int, days: int, seed: int, as_json: bool) -> None:
    """Draw contacts for review, and print those that wait for one; their tier is not told."""
    from duecare.measure.quality import drawn

    with opened(file, None) as known:
        rows = known.published.warehouse.arrow(CONTACTS, {"as_of": known.read.as_of}, contacts="contacts", members="members")
        ids, customers = rows["contact_id"].to_pylist(), rows["customer_id"].to_pylist()
        taken = {str(one) for (one,) in known.book.rows("SELECT contact_id FROM quality_reviews")}
        found = drawn(known.read.log, ids, each=each, days=days, taken=taken, seed=seed)
        now = datetime.now(UTC).isoformat()
        with known.book.write() as transaction:
            sql = "INSERT INTO quality_reviews (contact_id, customer_id, tier, drawn_at) VALUES (?, ?, ?, ?) ON CONFLICT (contact_id) DO NOTHING"
            transaction.many(sql, [(ids[at], customers[at], tier, now) for at, tier in found])
        waiting = [
            str(one)
            for (one,) in known.book.rows("SELECT contact_id FROM quality_reviews WHERE reviewed_at IS NULL ORDER BY drawn_at, contact_id")
        ]
    if as_json:
        print_json({"drawn": [ids[at] for at, _ in found], "waiting": waiting})
        return
    typer.echo("\n".join([f"{len(found)} drawn, {len(waiting)} wait for a review:", *[f"  {one}" for one in waiting]]))
    next_command("duecare quality score CONTACT", file)


def score(file: Path, contact: str, scores: Mapping[str, int], *, as_json: bool) -> None:
    """Take the scores of a contact that was drawn; a low one opens a call-back."""
    from duecare.measure.quality import ITEMS, is_low

    settings, now = read_settings(file), datetime.now(UTC)
    with open_book(settings.records.book, settings.base) as book, book.write() as transaction:
        rows = transaction.rows("SELECT customer_id, reviewed_at FROM quality_reviews WHERE contact_id = ?", (contact,))
        if not rows:
            raise BadSettings(f"contact {contact!r} was not drawn for review", mend="duecare quality draw, and score one that it names")
        if rows[0][1] is not None:
            raise BadSettings(
                f"contact {contact!r} was reviewed already", mend="score another one; duecare quality draw names those that wait"
            )
        values = [scores[name] for name in ITEMS]
        sets = ", ".join(f"{name} = ?" for name in ITEMS)
        sql = f"UPDATE quality_reviews SET reviewed_at = ?, reviewed_by = ?, {sets} WHERE contact_id = ?"  # nosec B608 - our own names
        transaction.rows(sql, (now.isoformat(), getpass.getuser(), *values, contact))
        low = is_low(scores)
        if low:
            open_task(transaction, f"quality:{contact}", str(rows[0][0]), contact, "a reviewer found that they were served badly", now)
    if as_json:
        print_json({"contact": contact, "mean": sum(scores.values()) / len(scores), "called_back": low})
        return
    typer.echo(f"{contact}: {sum(scores.values()) / len(scores):.1f} of 5" + ("; a call-back was opened" if low else ""))
    next_command("duecare tasks" if low else "duecare quality show", file)


def show(file: Path, *, as_json: bool) -> None:
    """Print what reviewers found, tier by tier."""
    facts = found(file)
    if as_json:
        print_json({"quality": facts})
    else:
        typer.echo("\n".join(line for one in facts for line in _lines(one)))
        next_command("duecare quality draw", file)


def found(file: Path) -> list[dict[str, Any]]:
    """Return the reviews added up, best tier first."""
    from duecare.measure.quality import scored

    settings = read_settings(file)
    with open_book(settings.records.book, settings.base) as book:
        rows = book.rows(REVIEWED)
    by = {tier: [[int(str(one)) for one in row[1:]] for row in rows if row[0] == tier] for tier in settings.policy.names}
    return [asdict(scored(tier, reviews)) for tier, reviews in by.items()]


def _lines(one: Mapping[str, Any]) -> list[str]:
    if one["mean"] is None:
        return [f"{one['tier']}: no review yet"]
    sure = "" if one["low"] is None else f" ({one['low']:.1f} to {one['high']:.1f}), between reviews {one['spread']:.1f}"
    items = ", ".join(f"{name} {value:.1f}" for name, value in one["items"].items())
    return [f"{one['tier']}: {one['mean']:.1f} of 5 in {one['reviews']} reviews{sure}", f"  {items}"]
