"""A town: people whom the index knows, a few with stories, and some who come only after the run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from duecare.demo.worlds import make_world
from duecare.identity import Directory, Matching
from duecare.identity.clustering import cluster
from duecare.identity.holding import held
from duecare.identity.indexing import index_identities
from duecare.identity.match import Matched, match
from duecare.identity.merge import merge
from duecare.identity.model import Model
from duecare.identity.pinning import pin, pinned
from duecare.identity.rulings import decisions
from duecare.records import Book, Index, IndexDraft, Warehouse, open_book, open_scratch
from duecare.sources.contract import CONTRACT
from shop import TYPES, person, stock

NOW = datetime(2030, 1, 1, tzinfo=UTC)
TERMS = Matching(country="DE")

HOME = {"phone": "030 901820", "street": "Lindenweg 4", "postcode": "10115", "city": "Berlin"}
STORIES: Sequence[Mapping[str, Any]] = (
    person("ute", given_name="Ute", family_name="Quandt", email="ute.quandt@mail.example", birth_date=date(1961, 4, 9), **HOME),
    person("rolf", given_name="Rolf", family_name="Quandt", email="rolf.q@mail.example", birth_date=date(1959, 11, 2), **HOME),
    person("rolf2", "till", given_name="Rolf", family_name="Quandt", email="rolf.q@mail.example", loyalty_id="QX7700123"),
    person("family1", given_name="Nora", family_name="Zwick", email="familie@mail.example", birth_date=date(1980, 5, 6)),
    person("family2", given_name="Emil", family_name="Zwick", email="familie@mail.example", birth_date=date(2009, 8, 1)),
    person("before", given_name="Karl", family_name="Obermann", phone="+49 151 98989898", birth_date=date(1970, 2, 3)),
    person("after", given_name="Selma", family_name="Yalcin", phone="+49 151 98989898", birth_date=date(1999, 7, 8)),
)


@dataclass(frozen=True, slots=True)
class Town:
    """What a run has published, and who came after it."""

    folder: Path
    newcomers: Sequence[Mapping[str, Any]]
    people: Sequence[Mapping[str, Any]]
    """Those the run knew."""

    def directory(self) -> Directory:
        """Everybody who can be found, nobody attached yet."""
        return Directory.of(Index.of(self.folder))

    def customers(self) -> dict[tuple[str, str], str]:
        """Source and source_id -> customer, as the run had it."""
        with open_book(f"sqlite:{self.folder / 'book.db'}") as book:
            return members(book)


def members(book: Book) -> dict[tuple[str, str], str]:
    """Source and source_id -> customer."""
    rows = book.rows("SELECT source, source_id, customer_id FROM memberships")
    return {(str(source), str(source_id)): str(customer) for source, source_id, customer in rows}


def make_town(folder: Path, people: int = 1500, newcomers: int = 150, seed: int = 3) -> Town:
    """Publish a world with the stories in it, without the newcomers."""
    made = make_world(people=people, seed=seed).people.to_pylist()
    back = set(np.random.default_rng(seed).choice(len(made), newcomers, replace=False).tolist())
    known = [*STORIES, *(row for at, row in enumerate(made) if at not in back)]
    with open_scratch(folder / "scratch", memory_gb=1, threads=1) as warehouse, open_book(f"sqlite:{folder / 'book.db'}") as book:
        index(folder, warehouse, run(warehouse, book, known))
    return Town(folder, [made[at] for at in sorted(back)], known)


def run(warehouse: Warehouse, book: Book, people: Sequence[Mapping[str, Any]], model: Model | None = None) -> Matched:
    """Identity's part of a run, by what the book has learnt, or by *model*."""
    stock(warehouse)
    columns = CONTRACT["people"].columns
    warehouse.put("people", pa.table({one.name: pa.array([row.get(one.name) for row in people], TYPES[one.kind]) for one in columns}))
    matched = match(warehouse, TERMS, as_of=NOW, pinned=model or pinned(book))
    records = warehouse.arrow("SELECT record, source, source_id FROM {r} ORDER BY record", r="records")
    known = held(book, records)
    found = cluster(warehouse, matched, TERMS, held=known, decided=decisions(book, records))
    merge(warehouse, matched, book, at=NOW, cluster=found.cluster, confidence=found.confidence, known=known)
    if matched.model is not None:
        pin(book, matched.model, at=NOW)
    return matched


def index(folder: Path, warehouse: Warehouse, matched: Matched) -> Index:
    """Publish who is who."""
    draft = IndexDraft.under(folder)
    index_identities(draft, warehouse, matched, TERMS)
    draft.close()
    return Index.of(folder)
