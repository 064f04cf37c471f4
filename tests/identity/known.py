"""Records of people whose customers are given, so that what is made of a customer can be looked at alone."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from duecare.identity import Matching
from duecare.identity.links import firms
from duecare.identity.match import Matched, prepare
from duecare.identity.pairing import Pairs
from duecare.records import Warehouse, open_scratch
from shop import day, stock

NOW = day("2026-11-01")


@contextmanager
def known(
    folder: Path, people: Sequence[Mapping[str, Any]], customer_of: Mapping[str, str], terms: Matching | None = None
) -> Generator[tuple[Warehouse, Matched]]:
    """A warehouse in which people are prepared for matching and belong to the customers that are given by source_id."""
    with open_scratch(folder, memory_gb=1, threads=1) as warehouse:
        many = prepare(stock(warehouse, people=people), terms or Matching(country="DE"), as_of=NOW)
        records = warehouse.arrow("SELECT record, source_id FROM {r} ORDER BY record", r="records")
        names = [customer_of[who] for who in records["source_id"].to_pylist()]
        warehouse.put("clusters", pa.table({"record": records["record"], "customer_id": pa.array(names, pa.string())}))
        matched = Matched(records="records", many=many, pairs=Pairs.none(), model=None)
        firms(warehouse, matched)
        yield warehouse, matched
