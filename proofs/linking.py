"""Rows of `duecare link`: real sets whose truth is known, linked by the command as a stranger would; and the parity of Spark."""

import json
import re
import shutil
import sys
from collections.abc import Mapping
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from identity.scoring import Cells, Floats, b_cubed, count_cells, numbered, pair_rating
from proofs import DATA, ROOT, WORK, Measured, row
from proofs.running import duecare, ran

DRAWS = 1000
SEED = 5


@row
def link_fake_1000() -> Measured:
    """fake_1000, linked by the command: pair F1 >= .95 and B-cubed F1 >= .96, by columns that it is told and by those it finds."""
    mapping = "given_name=first_name,family_name=surname,birth_date=dob,city=city,email=email"
    return _linked("fake_1000.csv", "unique_id", mapping, "cluster", pairs=0.95, cubed=0.96)


@row
def link_febrl3() -> Measured:
    """febrl3, linked by the command: pair F1 >= .999."""
    mapping = (
        "given_name=given_name,family_name=surname,birth_date=date_of_birth,street=street_number+address_1,"
        "city=suburb,postcode=postcode,loyalty_id=soc_sec_id"
    )
    return _linked("febrl3.csv", "rec_id", mapping, "rec_id", pairs=0.999, cubed=0.0)


@row
def link_historical() -> Measured:
    """Historical figures, 50,000 records, linked by the command: pair F1 >= .85 and B-cubed F1 >= .88."""
    mapping = "name=full_name,given_name=first_name,family_name=surname,birth_date=dob,city=birth_place,postcode=postcode_fake"
    return _linked("historical_figures_with_errors_50k.parquet", "unique_id", mapping, "cluster", pairs=0.85, cubed=0.88)


@row
def spark_parity() -> Measured:
    """Spark finds the same faces, pairs, weights and customers as DuckDB, on 2,000 records."""
    done = ran([sys.executable, "-m", "pytest", "-q", "tests/identity/test_on_spark.py", "-p", "no:cacheprovider"], ROOT)
    passed = re.search(r"(\d+) passed", done.out)
    figure = {"tests_passed": int(passed[1]) if passed else 0, "wall_seconds": done.wall_s}
    return Measured(figure=figure, target="the same customers", holds=done.code == 0 and bool(passed), n=2064)


def _linked(file: str, id_column: str, mapping: str, truth: str, *, pairs: float, cubed: float) -> Measured:
    """Link a set twice, told what is what and left to find it, and score the first."""
    folder, data = WORK / f"link_{file}", DATA / "identity" / file
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = pq.read_table(data) if file.endswith(".parquet") else pc.read_csv(data)
    people = numbered(_numbers_in(rows[truth]) if truth == id_column else rows[truth])
    told = duecare("link", str(data), "--out", "told.parquet", "--id", id_column, "--map", mapping, "--json", folder=folder)
    found = duecare("link", str(data), "--out", "found.parquet", "--json", folder=folder)
    for done in (told, found):
        if done.code:
            raise RuntimeError(done.err[-500:])
    cells, by_itself = (
        count_cells(numbered(pq.read_table(folder / name)["customer_id"]), people) for name in ("told.parquet", "found.parquet")
    )
    drawn_pairs, drawn_cubed = _drawn(cells)
    spans = {"pairs": _span(drawn_pairs), "b_cubed": _span(drawn_cubed)}
    figure = {
        "told": _scores(cells),
        "found_by_itself": _scores(by_itself),
        "interval_99": spans,
        "columns_found": json.loads(found.out)["columns"],
        "wall_seconds": told.wall_s,
        "cpu_seconds": told.cpu_s,
        "peak_gb": told.peak_gb,
    }
    holds = spans["pairs"][1] >= pairs and spans["b_cubed"][1] >= cubed
    target = f"pair F1 >= {pairs}" + (f", B-cubed F1 >= {cubed}" if cubed else "")
    return Measured(figure=figure, target=target, holds=holds, n=len(people), interval_99=spans["pairs"])


def _numbers_in(ids: "pa.ChunkedArray") -> pa.Array:
    """The number in each id: `rec-1496-dup-2` is of person 1496."""
    return pa.array([re.findall(r"\d+", one)[0] for one in ids.to_pylist()], pa.string())


def _scores(cells: Cells) -> Mapping[str, float]:
    pairs, cubed = pair_rating(cells), b_cubed(cells)
    named = {"precision": pairs.precision, "recall": pairs.recall, "f1": pairs.f1, "b_cubed_f1": cubed.f1}
    return {name: round(value, 4) for name, value in named.items()}


def _drawn(cells: Cells) -> tuple[Floats, Floats]:
    """Pair F1 and B-cubed F1 of many draws of the true people, with replacement.

    A pair of two people is half each one's.
    """
    people, records = len(cells.of_person), cells.records.astype(np.float64)
    of = partial(np.bincount, cells.person, minlength=people)
    sizes, every = np.bincount(cells.cluster, weights=records)[cells.cluster], of(weights=records)
    whole = every[cells.person]
    right = of(weights=records * (records - 1) / 2)
    said = of(weights=records * (records - 1) / 2 + records * (sizes - records) / 2)
    precise, recalled = of(weights=records**2 / sizes), of(weights=records**2 / whole)
    parts = np.stack((right, said, every * (every - 1) / 2, precise, recalled, every))
    times = np.random.default_rng(SEED).multinomial(people, np.full(people, 1 / people), size=DRAWS)
    right, said, true, precise, recalled, every = parts @ times.T
    return 2 * right / (said + true), 2 * precise * recalled / ((precise + recalled) * every)


def _span(drawn: Floats) -> tuple[float, float]:
    """Where 99 % of the draws lie."""
    low, high = np.quantile(drawn, [0.005, 0.995]).round(4).tolist()
    return low, high
