"""Knowing who is who, within a run: customers grow if the gate lets them, and what is known of each is made."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from duecare.app.settings import Settings
from duecare.identity.clustering import cluster
from duecare.identity.evidence import keep
from duecare.identity.gate import judge, measure, pass_or_refuse
from duecare.identity.golden import golden
from duecare.identity.holding import held
from duecare.identity.links import accounts, firms, households
from duecare.identity.match import Matched
from duecare.identity.merge import Merged, merge
from duecare.identity.pinning import pin
from duecare.identity.review import review
from duecare.identity.rulings import decisions, locked
from duecare.records import Book, Runs, Warehouse

Facts = Mapping[str, Any]

WORTH = """
SELECT h.customer_id, greatest(coalesce(v.clv, CAST(h.revenue AS DOUBLE), 0.0), 0.0) AS value
FROM {history} h LEFT JOIN {valuation} v ON v.customer_id = h.customer_id
"""
"""What is at stake with each customer: what they are worth, or their revenue where that is not known."""


def last_moved(runs: Runs) -> Facts | None:
    """What the last published run says of who is who; None before the first, and where that run is damaged, for the next one mends it."""
    try:
        said = json.loads((runs.home / "runs" / str(runs.current()) / "run.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return said.get("identity", {}).get("moved")


def merge_customers(
    settings: Settings,
    warehouse: Warehouse,
    matched: Matched,
    book: Book,
    now: datetime,
    before: Facts | None,
    *,
    afresh: bool,
    accepted_by: str | None,
) -> tuple[Merged, dict[str, Any]]:
    """Let customers grow; if that moves no more than the gate lets pass, write it into the book, with the model that found it."""
    records = warehouse.arrow("SELECT record, source, source_id FROM {records} ORDER BY record", records=matched.records)
    known, decided = held(book, records), decisions(book, records)
    found = cluster(warehouse, matched, settings.identity, held=known, decided=decided, afresh=afresh)
    moved = measure(warehouse, records, found.cluster, known=known, decided=decided, locked=locked(book), terms=settings.identity)
    pass_or_refuse(book, judge(moved, before, settings.gate), accepted_by=accepted_by, at=now)
    version = matched.model.version if matched.model else ""
    merged = merge(warehouse, matched, book, at=now, cluster=found.cluster, confidence=found.confidence, known=known, model=version)
    if matched.model is not None and matched.model.learnt:
        pin(book, matched.model, at=now)
    return merged, asdict(moved)


def know(settings: Settings, warehouse: Warehouse, matched: Matched) -> int:
    """Make what is known of each customer: one golden record, and links to a home and to companies; return how many homes there are."""
    keep(warehouse, matched.model)
    firms(warehouse, matched)
    golden(warehouse, matched, settings.identity)
    accounts(warehouse)
    return households(warehouse, matched)


def doubts(warehouse: Warehouse, matched: Matched, book: Book) -> int:
    """List the doubts about who is who by what the customers are worth; return how many there are."""
    records = warehouse.arrow("SELECT record, source, source_id FROM {records} ORDER BY record", records=matched.records)
    warehouse.run("worth", WORTH, history="history", valuation="valuation")
    found = review(warehouse, decisions(book, records), locked(book))
    warehouse.drop("worth")
    return found
