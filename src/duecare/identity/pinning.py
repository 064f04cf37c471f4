"""Pinning: the model that a book goes by until somebody asks to learn again."""

from datetime import datetime

from duecare.identity.model import Model
from duecare.records import Book, record


def pinned(book: Book) -> Model | None:
    """Return the model that runs go by, None before the first."""
    rows = book.rows("SELECT weights FROM identity_models ORDER BY seq DESC LIMIT 1")
    return Model.from_json(str(rows[0][0])) if rows else None


def pin(book: Book, model: Model, *, at: datetime, actor: str = "duecare run") -> None:
    """Let runs go by *model* from now on; nothing happens when they do already."""
    if book.rows("SELECT version FROM identity_models ORDER BY seq DESC LIMIT 1") == [(model.version,)]:
        return
    with book.write() as transaction:
        row = transaction.rows("SELECT coalesce(max(seq), 0) + 1 FROM identity_models")[0][0]
        transaction.many("INSERT INTO identity_models VALUES (?, ?, ?, ?)", [(row, model.version, at.isoformat(), model.as_json())])
        record(transaction, actor=actor, kind="identity model", detail={"version": model.version, "columns": list(model.columns)}, at=at)
