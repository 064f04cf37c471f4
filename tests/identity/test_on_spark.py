"""The promise: one machine and many find the same customers.

The model is learnt once, at home, and handed to both, for training by Spark takes minutes even for
few records; so this holds cleaning, pairs, weights and clusters equal.
"""

from importlib.util import find_spec
from pathlib import Path
from shutil import which

import numpy as np
import pytest

from duecare.demo.worlds import make_world
from duecare.identity.model import Model
from duecare.records import Warehouse, open_scratch, open_warehouse
from house import lacking
from identity.people import USED, Found, found_in
from shop import stock

PEOPLE = 800
"""About 2,000 records."""


def found(warehouse: Warehouse, pinned: Model | None) -> Found:
    stock(warehouse, USED)
    warehouse.put("people", make_world(PEOPLE, seed=5).people)
    return found_in(warehouse, pinned=pinned)


@pytest.mark.xdist_group("spark")
def test_spark_finds_the_same_customers_of_two_thousand_records(tmp_path: Path) -> None:
    if find_spec("pyspark") is None or which("java") is None:
        lacking("Spark needs pyspark and Java")
    with open_scratch(tmp_path / "learning", memory_gb=1) as first:
        model = found(first, None).matched.model
    with open_scratch(tmp_path / "home", memory_gb=1) as one, open_warehouse("spark:local[2]@unused", tmp_path / "run") as many:
        here, there = (found(warehouse, model) for warehouse in (one, many))
        faces = [warehouse.arrow("SELECT * FROM {f} ORDER BY unique_id", f="faces").to_pylist() for warehouse in (one, many)]
    assert faces[0] == faces[1]
    assert here.matched.many > 1900
    assert here.matched.blocks == there.matched.blocks
    for side in ("a", "b", "pattern"):
        assert np.array_equal(getattr(here.matched.pairs, side), getattr(there.matched.pairs, side))
    assert here.of == there.of
    assert np.allclose(here.clustered.confidence, there.clustered.confidence)
