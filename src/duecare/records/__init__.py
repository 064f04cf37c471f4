"""Where things are kept: warehouse, book, published runs with their index, migrations and the audit chain.

The only room that names an engine. A run writes a new warehouse and publishes it by renaming
one pointer; what no run can recompute lives in the book, in short transactions.
"""

from duecare.records.alone import alone
from duecare.records.audit import Tampering, record, verify
from duecare.records.book import Book, Rows, Transaction, Value
from duecare.records.engines import open_book, open_scratch, open_warehouse, reopen_warehouse
from duecare.records.index import Index, IndexDraft
from duecare.records.migrations import finish_migrations
from duecare.records.runs import Draft, Indexed, Published, Runs
from duecare.records.secret import read_secret
from duecare.records.tombstones import Forgotten, add_marks, begin_forgetting, begun, finish_forgetting, forgotten
from duecare.records.warehouse import Piece, Warehouse, pieces

__all__ = [
    "Book",
    "Draft",
    "Forgotten",
    "Index",
    "IndexDraft",
    "Indexed",
    "Piece",
    "Published",
    "Rows",
    "Runs",
    "Tampering",
    "Transaction",
    "Value",
    "Warehouse",
    "add_marks",
    "alone",
    "begin_forgetting",
    "begun",
    "finish_forgetting",
    "finish_migrations",
    "forgotten",
    "open_book",
    "open_scratch",
    "open_warehouse",
    "pieces",
    "read_secret",
    "record",
    "reopen_warehouse",
    "verify",
]
