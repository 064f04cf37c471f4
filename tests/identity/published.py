"""A run of identity alone, as it would be published: matched, clustered, under ids of a book, with what it decided by."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duecare.identity import Matching
from duecare.identity.clustering import cluster
from duecare.identity.evidence import keep
from duecare.identity.holding import held
from duecare.identity.match import match
from duecare.identity.merge import merge
from duecare.identity.model import Model
from duecare.identity.rulings import decisions
from duecare.records import Book, Warehouse, open_book, open_scratch
from identity.people import NOW, USED
from shop import stock

TERMS = Matching(country="DE")


@dataclass(frozen=True, slots=True)
class Ran:
    """What stands after a run."""

    warehouse: Warehouse
    book: Book
    said: Mapping[str, Any]
    """What its facts say under `identity`."""
    model: Model | None

    def number(self, *who: str) -> list[int]:
        """The run's numbers of records, by source_id."""
        rows = self.warehouse.arrow("SELECT record, source_id FROM {r}", r="records").to_pylist()
        at = {row["source_id"]: row["record"] for row in rows}
        return [at[one] for one in who]

    def customer(self, who: str) -> str:
        """The customer of a record, by source_id."""
        sql = "SELECT c.customer_id FROM {c} c JOIN {r} r ON r.record = c.record WHERE r.source_id = $who"
        return self.warehouse.arrow(sql, {"who": who}, c="clusters", r="records")["customer_id"][0].as_py()


@contextmanager
def ran(folder: Path, people: Iterable[Mapping[str, Any]], *, pinned: Model | None = None, book: str = "sqlite:book.db") -> Generator[Ran]:
    """Run identity over *people*; a book that is there already is gone on with."""
    with open_scratch(folder / "scratch", memory_gb=1, threads=1) as warehouse, open_book(book, folder) as opened:
        stock(warehouse, USED, people=people)
        yield run_in(warehouse, opened, pinned=pinned)


def run_in(warehouse: Warehouse, book: Book, *, pinned: Model | None = None) -> Ran:
    """Run identity over what a warehouse holds."""
    matched = match(warehouse, TERMS, as_of=NOW, pinned=pinned)
    records = warehouse.arrow("SELECT record, source, source_id FROM {r} ORDER BY record", r=matched.records)
    known = held(book, records)
    found = cluster(warehouse, matched, TERMS, held=known, decided=decisions(book, records))
    merge(warehouse, matched, book, at=NOW, cluster=found.cluster, confidence=found.confidence, known=known)
    keep(warehouse, matched.model)
    return Ran(warehouse, book, {"blocks": matched.blocks, "threshold": TERMS.threshold}, matched.model)
