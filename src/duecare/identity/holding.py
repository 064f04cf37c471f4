"""What the records of a run hold: the ids that the book has for them now."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from duecare.identity.ledger import NO_ID, Integers, newest
from duecare.records import Book

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Held:
    """What the book holds of the records of a run."""

    number: Integers
    """The id that each record holds, as a number into *known*; -1 for none."""
    known: list[str]
    """Every id that has records, sorted."""
    absent: Integers
    """Numbers of the ids that also have records which are not here now."""
    seq: int
    """The newest event that this takes in."""


def held(book: Book, records: "pa.Table") -> Held:
    """Return what *records* (columns source and source_id) hold now."""
    import pyarrow as pa

    pc, seq = _compute(), newest(book)
    source, source_id, customer = (
        pa.array(column, pa.string()) for column in book.columns(("source", "source_id", "customer_id"), "memberships")
    )
    coded = customer.dictionary_encode()
    order = pc.sort_indices(coded.dictionary)
    rank = np.empty(len(order), dtype=np.int64)
    rank[np.asarray(order)] = np.arange(len(order))
    codes = rank[np.asarray(coded.indices)] if len(coded) else np.empty(0, dtype=np.int64)
    where = places(records, pa.table({"source": source, "source_id": source_id}))
    number = np.where(where >= 0, codes[where] if len(codes) else NO_ID, NO_ID)
    gone = np.ones(len(codes), dtype=bool)
    gone[where[where >= 0]] = False
    return Held(number, coded.dictionary.take(order).to_pylist(), np.unique(codes[gone]), seq)


def places(rows: "pa.Table", among: "pa.Table") -> Integers:
    """Return for each of *rows* where its source and source_id stand *among* others, -1 for nowhere."""
    import pyarrow as pa

    shape = pa.schema([("source", pa.string()), ("source_id", pa.string())])
    rows, among = (table.select(shape.names).cast(shape).combine_chunks() for table in (rows, among))
    if rows.equals(among):
        return np.arange(len(rows), dtype=np.int64)
    pc = _compute()
    sources = pc.unique(among["source"])
    found = pc.index_in(_keys(rows, sources), _keys(among, sources))
    return np.asarray(pc.fill_null(found, NO_ID), dtype=np.int64)


def _keys(rows: "pa.Table", sources: Any) -> Any:  # noqa: ANN401 - an Arrow array, loosely typed
    """One text a row that no other pair of source and source_id makes; null where the source is not among *sources*."""
    import pyarrow as pa

    pc = _compute()
    code = pc.cast(pc.index_in(rows["source"], sources), pa.large_string())
    return pc.binary_join_element_wise(
        code, pc.cast(rows["source_id"], pa.large_string()), pa.scalar(":", pa.large_string())
    ).combine_chunks()


def _compute() -> Any:  # noqa: ANN401 - Arrow makes its functions when it is loaded, so they have no types
    import pyarrow.compute

    return pyarrow.compute
