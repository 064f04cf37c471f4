"""The audit chain: who did what when, each row bound to the one before it by a hash.

Ids only, never personal data: a person can be forgotten without breaking the chain.
Changing, removing or inserting any row is found by `verify`; cutting the newest rows off is
found by comparing with a head that was written down elsewhere.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from duecare.records.book import Book, Transaction

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Tampering:
    """Where the chain does not hold."""

    seq: int
    what: str


def record(transaction: Transaction, *, actor: str, kind: str, detail: Mapping[str, object], at: datetime | None = None) -> str:
    """Append one row inside *transaction* and return its hash, the new head of the chain."""
    head = transaction.rows("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
    seq, previous = (int(str(head[0][0])) + 1, str(head[0][1])) if head else (1, GENESIS)
    moment = (at or datetime.now(UTC)).isoformat()
    text = json.dumps(detail, sort_keys=True, separators=(",", ":"))
    link = seal(seq, moment, actor, kind, text, previous)
    transaction.rows("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)", (seq, moment, actor, kind, text, previous, link))
    return link


def verify(book: Book) -> Tampering | None:
    """Walk the whole chain and return the first row that does not hold, None when all do."""
    previous, expected = GENESIS, 1
    for row in book.rows("SELECT seq, at, actor, kind, detail, previous, hash FROM audit ORDER BY seq"):
        seq, moment, actor, kind, detail, before, link = (str(value) for value in row)
        if int(seq) != expected:
            return Tampering(expected, "a row is missing")
        if before != previous or link != seal(expected, moment, actor, kind, detail, previous):
            return Tampering(expected, "a row was changed")
        previous, expected = link, expected + 1
    return None


def seal(seq: int, at: str, actor: str, kind: str, detail: str, previous: str) -> str:
    """Return the hash that binds one row to its predecessor: SHA-256 over its fields, unambiguous as JSON.

    >>> seal(1, "2026-01-01T00:00:00+00:00", "ada", "apply", "{}", GENESIS)[:8]
    '683af1ee'
    """
    return hashlib.sha256(json.dumps([seq, at, actor, kind, detail, previous]).encode()).hexdigest()
