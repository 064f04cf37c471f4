"""Rows of identity's ledger: every merge can be undone, in any order; it is quick at size; nothing is half written."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from duecare.identity.acts import join, undo
from duecare.identity.ledger import Act, Integers
from duecare.identity.merge import merge, name_customers
from duecare.identity.replay import verify_ledger
from duecare.identity.standing import resolve
from duecare.records import Book, open_book, open_scratch
from proofs import ROOT, Measured, row
from proofs.running import ran

if TYPE_CHECKING:
    from duecare.records import Rows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RUN = Act(actor="duecare run", kind="identity", why="a run found it so", at=NOW)
MERGES, CUSTOMERS = 10_000, 10_100
CPU_FIRST, CPU_AGAIN, GB_EXTRA = 10.0, 4.0, 1.0


@row
def undo_merges() -> Measured:
    """Undoing all of 10,000 random nested merges, by runs and by people, in random order, restores the identical memberships and ids."""
    chance = random.Random(20261122)  # noqa: S311 - an order, no secret
    with TemporaryDirectory() as folder, open_book("sqlite:book.db", Path(folder)) as book:
        records = _records(2 * CUSTOMERS)
        name_customers(book, records, np.arange(2 * CUSTOMERS) // 2, RUN)
        first = _state(book)
        for _ in range(10):
            _join_some(book, chance, MERGES // 20)
            _run_that_merges(book, records, chance, MERGES // 20)
        seqs = [int(str(seq)) for (seq,) in book.rows("SELECT seq FROM identity_events WHERE kind = 'merge'")]
        largest = int(str(book.rows("SELECT max(n) FROM (SELECT count(*) AS n FROM memberships GROUP BY customer_id) AS sizes")[0][0]))
        chance.shuffle(seqs)
        began = time.perf_counter()
        for seq in seqs:
            undo(book, seq, actor="ada", why="proof", at=NOW)
        seconds = time.perf_counter() - began
        same, replayed = _state(book) == first, verify_ledger(book)
        lost = [name for name in chance.sample(sorted(_ids(book)), 1_000) if resolve(book, name) != [name]]
    figure = {"merges": len(seqs), "largest_customer_records": largest, "identical": same, "ids_that_lead_elsewhere": len(lost)}
    figure |= {"undo_ms": round(1000 * seconds / len(seqs), 2), "events": replayed.events}
    return Measured(figure=figure, target="10,000 undone, identical", holds=same and not lost and len(seqs) == MERGES, n=len(seqs))


@row
def ledger_million() -> Measured:
    """One million records: the first commit takes at most 8 CPU s and 1 GB, a re-run without news 3 CPU s, one with 1 % more changes no id but by merges."""
    with TemporaryDirectory() as folder:
        code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from proofs.identity import measure_million; measure_million()"
        found = ran([sys.executable, "-c", code], Path(folder), cores=2)
    figure: dict[str, Any] = json.loads(found.out) if found.code == 0 else {"code": found.code, "said": found.err[-500:]}
    holds = (
        found.code == 0
        and figure["first_cpu_seconds"] <= CPU_FIRST
        and figure["first_extra_gb"] <= GB_EXTRA
        and figure["again_cpu_seconds"] <= CPU_AGAIN
        and figure["ids_changed"] == figure["ids_merged"] == 1
    )
    return Measured(figure=figure, target=f"<= {CPU_FIRST} and {CPU_AGAIN} CPU s, <= {GB_EXTRA} GB", holds=holds, n=1_000_000)


@row
def ledger_kills() -> Measured:
    """60 SIGKILLs while a run commits to the ledger: it holds, with the old state or the new one, whole."""
    chance, broken, ended = random.Random(7), [], 0  # noqa: S311 - moments, no secrets
    with TemporaryDirectory() as folder:
        code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from proofs.identity import turn_about; turn_about()"
        for _ in range(60):
            process = subprocess.Popen([sys.executable, "-c", code], cwd=folder, stdout=subprocess.PIPE, text=True)
            assert process.stdout is not None
            process.stdout.readline()  # it is at work
            time.sleep(chance.uniform(0, 0.6))
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            with open_book("sqlite:book.db", Path(folder)) as book:
                sizes = book.rows("SELECT n, count(*) FROM (SELECT count(*) AS n FROM memberships GROUP BY customer_id) AS s GROUP BY n")
                ended += verify_ledger(book).events
            broken += [sizes] if sizes not in ([], [(2, 10_000)], [(4, 5_000)]) else []
    figure = {"kills": 60, "broken": broken[:3], "events_seen": ended}
    return Measured(figure=figure, target="0 broken", holds=not broken and ended > 0, n=60)


def turn_about() -> None:
    """Merge and part the same customers for ever; started by `ledger_kills`."""
    with open_book("sqlite:book.db") as book:
        sys.stdout.write("at work\n")
        sys.stdout.flush()
        records = _records(20_000)
        while True:
            for size in (2, 4):
                name_customers(book, records, np.arange(20_000) // size, RUN)


def measure_million() -> None:
    """Print what a million records cost; started by `ledger_million`."""
    chance, many, people = np.random.default_rng(1), 1_000_000, 400_000
    records, more = _records(many), _records(many + many // 100)
    cluster = _numbered(np.concatenate([np.arange(people), chance.integers(0, people, many - people)])[chance.permutation(many)])
    here = Path()
    figure: dict[str, float] = {}
    with open_scratch(here / "scratch", memory_gb=4, threads=2) as warehouse, open_book("sqlite:book.db") as book:
        before = _peak_gb()
        with _clock(figure, "first"):
            name_customers(book, records, cluster, RUN)
        figure["first_extra_gb"] = round(_peak_gb() - before, 2)
        warehouse.put("records", records)
        with _clock(figure, "again"):
            merge(warehouse, _Numbered(), book, at=NOW, cluster=cluster)
        old = _members(book)
        grown = np.concatenate([cluster, chance.integers(0, people, many // 200), people + np.arange(many // 200)])
        grown[grown == grown[1]] = grown[0]  # one real merge
        warehouse.put("records", more)
        with _clock(figure, "more"):
            merged = merge(warehouse, _Numbered(), book, at=NOW, cluster=_numbered(grown))
        new = _members(book)
        figure |= {"ids_changed": len({name for key, name in old.items() if new[key] != name}), "ids_merged": merged.retired}
        with _clock(figure, "replay"):
            figure["events"] = verify_ledger(book).events
    figure["book_mb"] = round((here / "book.db").stat().st_size / 1e6)
    sys.stdout.write(json.dumps(figure))


class _Numbered:
    records = "records"


@contextmanager
def _clock(figure: dict[str, float], what: str) -> Generator[None]:
    began = time.process_time(), time.perf_counter()
    yield
    figure[f"{what}_cpu_seconds"] = round(time.process_time() - began[0], 2)
    figure[f"{what}_wall_seconds"] = round(time.perf_counter() - began[1], 2)


def _peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def _records(many: int) -> pa.Table:
    numbers = np.arange(many)
    of = pa.array([f"r{at:08}" for at in range(many)], pa.string())
    return pa.table({"record": pa.array(numbers + 1), "source": pa.array(["shop"] * many, pa.string()), "source_id": of})


def _numbered(labels: Integers) -> Integers:
    """Clusters by the order of their first record."""
    _, first, where = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[where]


def _members(book: Book) -> dict[str, str]:
    keys, names = book.columns(("source_id", "customer_id"), "memberships")
    return dict(zip(map(str, keys), map(str, names), strict=True))


def _ids(book: Book) -> set[str]:
    return set(_members(book).values())


def _state(book: Book) -> "tuple[dict[str, str], Rows]":
    """Who belongs to whom, and which ids lead elsewhere."""
    return _members(book), book.rows("SELECT customer_id, merged_into FROM customer_ids ORDER BY customer_id")


def _join_some(book: Book, chance: random.Random, many: int) -> None:
    alive = sorted(_ids(book))
    for _ in range(many):
        a, b = chance.sample(alive, 2)
        done = join(book, a, b, actor="ada", why="proof", at=NOW)
        alive.remove(str(done.events[0].from_id))


def _run_that_merges(book: Book, records: pa.Table, chance: random.Random, many: int) -> None:
    members = _members(book)
    alive = sorted(set(members.values()))
    mixed = chance.sample(alive, len(alive))
    into = {gone: chance.choice(mixed[many:]) for gone in mixed[:many]}
    number = {name: at for at, name in enumerate(alive)}
    labels = [number[into.get(members[key], members[key])] for key in records["source_id"].to_pylist()]
    name_customers(book, records, _numbered(np.array(labels, dtype=np.int64)), RUN)
