"""Worlds for the rows of identity: published once for each source of the program, some records held back as newcomers."""

import hashlib
import json
import shutil
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from duecare.demo.worlds import make_world
from duecare.identity.clustering import cluster
from duecare.identity.holding import held
from duecare.identity.indexing import index_identities
from duecare.identity.match import match
from duecare.identity.merge import merge
from duecare.identity.pinning import pin, pinned
from duecare.identity.terms import Matching
from duecare.records import Book, Index, IndexDraft, Warehouse, open_book, open_scratch
from duecare.sources.contract import CONTRACT
from proofs import ROOT, WORK

if TYPE_CHECKING:
    from numpy.typing import NDArray

pc: Any = pyarrow.compute
NOW = datetime(2030, 1, 1, tzinfo=UTC)
TERMS = Matching(country="DE")
KINDS: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "time": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "money": pa.decimal128(18, 4),
    "number": pa.float64(),
    "count": pa.int64(),
    "flag": pa.bool_(),
}
MADE_OF = ("src/duecare/identity", "src/duecare/records", "src/duecare/demo", "proofs/worlds.py")


@dataclass(frozen=True, slots=True)
class Town:
    """A world as a run has published it, and who was not in it yet."""

    folder: Path
    figures: Mapping[str, float]
    """What making it took: seconds and megabytes."""

    @property
    def newcomers(self) -> pa.Table:
        """Records that were held back: the contract's `people`, and `person_id`."""
        return pq.read_table(self.folder / "newcomers.parquet")

    @property
    def members(self) -> pa.Table:
        """The records that were published: source, source_id, customer_id, person_id."""
        return pq.read_table(self.folder / "members.parquet")

    def index(self) -> Index:
        return Index.of(self.folder)

    def book(self) -> Book:
        return open_book("sqlite:book.db", self.folder)

    @property
    def people_of(self) -> dict[str, int]:
        """Customer -> the person most of its records are of."""
        members = self.members
        counted = members.group_by(["customer_id", "person_id"]).aggregate([([], "count_all")])
        rows = counted.sort_by([("count_all", "ascending"), ("person_id", "descending")])
        return dict(zip(rows["customer_id"].to_pylist(), rows["person_id"].to_pylist(), strict=True))


def town(people: int, seed: int, newcomers: int) -> Town:
    """Return a world of so many people with that many records held back; made anew when the program has changed."""
    folder = WORK / f"town_{people}_{seed}_{newcomers}"
    stamp, made = folder / "sources.txt", folder / "figures.json"
    if not (made.exists() and stamp.read_text("utf-8") == sources()):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        world = make_world(people=people, seed=seed)
        back = np.zeros(world.people.num_rows, np.bool_)
        back[np.random.default_rng(seed).choice(len(back), newcomers, replace=False)] = True
        figures = _publish(folder, world.people, world.truth, back)
        made.write_text(json.dumps(figures), "utf-8")
        stamp.write_text(sources(), "utf-8")
    return Town(folder, json.loads(made.read_text("utf-8")))


def sources() -> str:
    """A hash of everything that a town is made of."""
    digest = hashlib.sha256()
    for place in MADE_OF:
        for file in sorted((ROOT / place).rglob("*.*") if (ROOT / place).is_dir() else [ROOT / place]):
            if "__pycache__" not in file.parts and file.is_file():
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def run(warehouse: Warehouse, book: Book) -> "tuple[NDArray[np.int64], Any]":
    """Do identity's part of a run over the people in *warehouse*; return each record's cluster and what matching found."""
    matched = match(warehouse, TERMS, as_of=NOW, pinned=pinned(book))
    records = warehouse.arrow("SELECT record, source, source_id FROM {records} ORDER BY record", records="records")
    known = held(book, records)
    found = cluster(warehouse, matched, TERMS, held=known)
    merge(warehouse, matched, book, at=NOW, cluster=found.cluster, confidence=found.confidence, known=known)
    if matched.model is not None and matched.model.learnt:
        pin(book, matched.model, at=NOW)
    return found.cluster, matched


def stock(warehouse: Warehouse, people: pa.Table) -> None:
    """Fill the contract's tables: *people*, and nothing else."""
    for table in CONTRACT.values():
        empty = pa.table({column.name: pa.array([], KINDS[column.kind]) for column in table.columns})
        warehouse.put(table.name, empty)
    missing = {column.name: pa.nulls(people.num_rows, KINDS[column.kind]) for column in CONTRACT["people"].columns}
    columns = missing | {name: people[name] for name in people.column_names if name in missing}
    warehouse.put("people", pa.table(columns))


def _publish(folder: Path, people: pa.Table, truth: pa.Table, back: "NDArray[np.bool_]") -> dict[str, float]:
    pq.write_table(
        people.filter(pa.array(back)).append_column("person_id", truth["person_id"].filter(pa.array(back))), folder / "newcomers.parquet"
    )
    stays = pa.array(~back)
    with open_scratch(folder / "scratch", memory_gb=4, threads=2) as warehouse, closing(open_book("sqlite:book.db", folder)) as book:
        stock(warehouse, people.filter(stays))
        warehouse.put("truth", truth.select(["source", "source_id", "person_id"]))
        began = time.perf_counter()
        _, matched = run(warehouse, book)
        ran = time.perf_counter() - began
        began, cpu = time.perf_counter(), time.process_time()
        draft = IndexDraft.under(folder)
        index_identities(draft, warehouse, matched, TERMS)
        draft.close()
        figures = {"run_seconds": round(ran, 1), "index_seconds": round(time.perf_counter() - began, 1)}
        figures |= {"index_cpu_seconds": round(time.process_time() - cpu, 1)}
        sql = "SELECT m.source, m.source_id, m.customer_id, t.person_id FROM {members} m JOIN {truth} t ON t.source = m.source AND t.source_id = m.source_id"
        warehouse.save(sql, folder / "members.parquet", members="members", truth="truth")
    shutil.rmtree(folder / "scratch", ignore_errors=True)
    return figures | {"index_mb": round(sum(file.stat().st_size for file in (folder / "index").iterdir()) / 1e6)}
