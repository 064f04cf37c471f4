"""Disclosing at the door: all that is kept of one customer, where it came from, what was made of it, and who looked."""

import getpass
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from duecare.app.batch import RESULTS
from duecare.app.explain import describe, find
from duecare.app.report.wording import many
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.identity.history import history
from duecare.records import Book, Published, Runs, open_book, record
from duecare.sources import CONTRACT
from duecare.tiers.facts import FACTS
from duecare.tiers.policy import Policy
from duecare.tiers.rules import conditions
from duecare.tiers.words import words

BY_RECORD = "SELECT t.* FROM {table} t JOIN {members} m ON m.source = t.source AND m.source_id = t.source_id WHERE m.customer_id = $who"
REFERRED = "SELECT DISTINCT t.* FROM {table} t JOIN {members} m ON m.source = t.source AND m.source_id IN (t.referrer, t.referee) WHERE m.customer_id = $who"
OF_THEIRS = {"order_lines": ("orders", "order_id"), "contact_events": ("contacts", "contact_id")}
"""Tables whose rows belong to a customer's orders and contacts."""
HELD = (
    "SELECT p.seq, p.kind, p.applied_at, p.applied_by, a.tier, a.why, a.origin FROM assignments a JOIN plans p ON p.plan_hash = a.plan_hash"
    " WHERE p.state = 'applied' AND a.customer_id = ? ORDER BY p.seq"
)
CALLS = "SELECT opened_at, why, contact_id, closed_at, outcome FROM tasks WHERE customer_id = ? ORDER BY task"
REVIEWS = "SELECT contact_id, drawn_at, reviewed_at FROM quality_reviews WHERE customer_id = ? ORDER BY drawn_at, contact_id"
PROFILES = "SELECT desk, person, observed FROM desk_people WHERE customer_id = ? ORDER BY desk, person"
LOOKED = "SELECT at, actor, kind FROM audit WHERE kind IN ('disclose', 'explain') AND detail LIKE ? ORDER BY seq"


def disclose_customer(who: str, file: Path, *, out: Path | None, as_json: bool) -> None:
    """Print or write everything, and note in the audit chain that it was given out."""
    settings, now, actor = read_settings(file), datetime.now(UTC), getpass.getuser()
    runs = Runs.at(settings.records.warehouse, settings.base)
    with open_book(settings.records.book, settings.base) as book:
        with runs.indexed() as indexed:
            customer_id = find(who, indexed, book, settings)
            known = describe(customer_id, indexed, book, settings)
        with runs.read() as published:
            found = gathered(customer_id, published, book, settings) | {
                name: known[name] for name in ("standing", "instead", "instead_plainly", "arm")
            }
        with book.write() as transaction:
            record(transaction, actor=actor, kind="disclose", detail={"customer": customer_id}, at=now)
    if out is not None:
        from duecare.app.disclosure import page

        out.write_text(page(found), "utf-8")
    if as_json:
        print_json(found)
        return
    rows = sum(len(table) for table in found["data"].values())
    typer.echo(f"{customer_id}: {many(rows, 'row')} of {many(len(found['data']), 'table')}" + (f", written to {out}" if out else ""))
    if out is None:
        typer.echo(json.dumps(found, indent=2, default=str))
    next_command("duecare forget WHO", file)


def gathered(customer_id: str, published: Published, book: Book, settings: Settings) -> dict[str, Any]:
    """Return all that is kept of a customer: `data` as it came, what was `made` of it, `tiers` held, `identity`, `words`, what the `desks` show and who `looked`."""
    warehouse = published.warehouse
    data = {name: rows for name in CONTRACT if (rows := _rows(published, name, customer_id))}
    made = {
        name: rows
        for name in RESULTS
        if "customer_id" in warehouse.columns(name)
        and (rows := warehouse.arrow("SELECT * FROM {table} WHERE customer_id = $who", {"who": customer_id}, table=name).to_pylist())
    }
    names = ("plan", "kind", "at", "by", "tier", "why", "origin")
    return {
        "customer_id": customer_id,
        "as_of": published.facts["as_of"],
        "currency": published.facts["currency"],
        "sources": sorted({str(row["source"]) for row in data.get("people", [])} | {str(row["source"]) for row in data.get("orders", [])}),
        "purpose": "to serve customers: what they are worth as customers decides on a level of service above the guarantee",
        "how": {
            "policy": [{"tier": tier.name, "when": tier.when} for tier in settings.policy.tiers],
            "words": {name: FACTS[name] for name in looked_at(settings.policy)},
            "model": published.facts["model"],
        },
        "data": data,
        "made": made,
        "tiers": [dict(zip(names, row, strict=True)) for row in book.rows(HELD, (customer_id,))],
        "identity": [{"at": one.at, "what": one.kind, "by": one.actor, "why": one.why} for one in history(book, customer_id)],
        "words": [
            {"kind": one.kind, "value": one.value, "why": one.why, "by": one.said_by, "at": one.said_at, "until": one.until}
            for one in words(book, customers=[customer_id])
        ],
        "calls": [
            dict(zip(("opened", "why", "contact", "closed", "outcome"), row, strict=True)) for row in book.rows(CALLS, (customer_id,))
        ],
        "reviews": [dict(zip(("contact", "drawn", "reviewed"), row, strict=True)) for row in book.rows(REVIEWS, (customer_id,))],
        "desks": [
            {"desk": desk, "person": person, **json.loads(str(shown))} for desk, person, shown in book.rows(PROFILES, (customer_id,))
        ],
        "looked": [dict(zip(("at", "by", "what"), row, strict=True)) for row in book.rows(LOOKED, (f'%"{customer_id}"%',))],
    }


def looked_at(policy: Policy) -> list[str]:
    """Return the facts that a policy's conditions name, each once."""
    named = dict.fromkeys(column for one in conditions(policy) for column in one.columns)
    return [name for name in named if name in FACTS]


def _rows(published: Published, name: str, customer_id: str) -> list[dict[str, Any]]:
    """The rows of a table of the contract that are a customer's."""
    columns, who = {column.name for column in CONTRACT[name].columns}, {"who": customer_id}
    if {"source", "source_id"} <= columns:
        return published.warehouse.arrow(BY_RECORD, who, table=name, members="members").to_pylist()
    if "referrer" in columns:
        return published.warehouse.arrow(REFERRED, who, table=name, members="members").to_pylist()
    if name not in OF_THEIRS:
        return []
    head, key = OF_THEIRS[name]
    sql = f"SELECT x.* FROM {{table}} x WHERE x.{key} IN (SELECT t.{key} FROM ({BY_RECORD.replace('{table}', '{head}')}) t)"
    return published.warehouse.arrow(sql, who, table=name, head=head, members="members").to_pylist()
