"""The promise: Spark makes the same golden records, homes, companies and doubts as one machine does."""

from importlib.util import find_spec
from pathlib import Path
from shutil import which

import numpy as np
import pyarrow as pa
import pytest

from duecare.identity import Matching
from duecare.identity.golden import golden
from duecare.identity.links import accounts, firms, households
from duecare.identity.match import Matched, prepare
from duecare.identity.pairing import Pairs
from duecare.identity.review import review
from duecare.identity.rulings import Decisions
from duecare.records import Warehouse, open_scratch, open_warehouse
from house import lacking
from identity.people import NOW, USED
from shop import person, stock

PEOPLE = [
    person(
        "a",
        "crm",
        given_name="Anna",
        family_name="Weber",
        email="anna@mail.example",
        company="Acme GmbH",
        household="H1",
        street="Weg 1",
        city="Ulm",
    ),
    person("b", "till", given_name="A", family_name="Schmidt", email="anna.s@firm.example", phone="0151 23456789", household="H1"),
    person("c", "till", given_name="Bob", family_name="Weber", email="bob@firm.example", company="ACME", household="H1"),
    person("d", "web", name="Celik, Elif", email="none@none.com", loyalty_id="L-7777"),
]
OWNERS = {"a": "cu_1", "b": "cu_1", "c": "cu_2", "d": "cu_3"}
NOTHING = Decisions(np.empty((0, 2), np.int64), np.empty((0, 2), np.int64), np.empty(0, np.int64))
MADE = ("golden", "golden_origins", "households", "accounts", "review")


def made(warehouse: Warehouse) -> dict[str, list[str]]:
    """The rows of every table that is made of customers who are given."""
    many = prepare(stock(warehouse, USED, people=PEOPLE), Matching(country="DE"), as_of=NOW)
    records = warehouse.arrow("SELECT record, source_id FROM {r} ORDER BY record", r="records")
    owners = [OWNERS[who] for who in records["source_id"].to_pylist()]
    warehouse.put("clusters", pa.table({"record": records["record"], "customer_id": owners, "confidence": [0.9] * many}))
    kinds = {"a": pa.int64(), "b": pa.int64(), "bits": pa.float64(), "apart": pa.int8()}
    pairs = {"a": [1, 1], "b": [2, 3], "bits": [1.0, -2.0], "apart": [0, 0]}
    warehouse.put("weighed", pa.table({name: pa.array(pairs[name], kind) for name, kind in kinds.items()}))
    warehouse.put("worth", pa.table({"customer_id": ["cu_1", "cu_2"], "value": [5.0, 6.0]}))
    matched = Matched(records="records", many=many, pairs=Pairs.none(), model=None)
    firms(warehouse, matched)
    golden(warehouse, matched, Matching(trust=("crm",)))
    accounts(warehouse)
    households(warehouse, matched)
    review(warehouse, NOTHING, set())
    return {table: sorted(map(str, warehouse.arrow("SELECT * FROM {t}", t=table).to_pylist())) for table in MADE}


@pytest.mark.xdist_group("spark")
def test_spark_knows_the_same_of_each_customer(tmp_path: Path) -> None:
    if find_spec("pyspark") is None or which("java") is None:
        lacking("Spark needs pyspark and Java")
    with open_scratch(tmp_path / "one", memory_gb=1) as one, open_warehouse("spark:local[2]@unused", tmp_path / "many") as many:
        due = made(one)
        assert made(many) == due
    assert {table: len(rows) for table, rows in due.items()} == {
        "golden": 3,
        "golden_origins": 10,
        "households": 2,
        "accounts": 2,
        "review": 2,
    }
