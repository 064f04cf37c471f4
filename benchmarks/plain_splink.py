"""Plain Splink on a world of identity: what a competent user of it would do, with no merging of ours.

Columns are cleaned, placeholders and values on very many records are nulled, the weights are
trained by expectation maximisation, clusters are connected components. The threshold is the
one that does best against the truth, which no user could know: this is Splink at its best.

    PYTHONPATH=tests python -m benchmarks.plain_splink 400000 1    (people, seed)

Other settings that were tried at 100,000 people, seed 1, came to F1 .796 to .826, this one to .825: two blocks to train
on in place of three, the phone in place of the e-mail, a tenth of the sample, a recall of .9, and more or fewer blocks.
"""

import logging
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from duecare.demo.worlds import World, make_world
from identity.scoring import Flags, Ints, Score, column, count_cells, pair_rating, score

TOO_MANY = 30
"""A value of an identifier on more records than this is nobody's."""

THRESHOLDS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 16.0, 18.0, 20.0)
"""Match weights, as Splink counts them: the logarithm to base 2 of the odds."""

BLOCKS = (
    ("email",), ("phone",), ("loyalty_id",), ("username",), ("given_name", "family_name", "postcode"),
    ("family_name", "birth_date"), ("given_name", "birth_date"), ("birth_date", "postcode"),
)  # fmt: skip
SURE = (("email",), ("loyalty_id",), ("given_name", "family_name", "birth_date"), ("phone", "given_name"))
TRAINED_ON = (("given_name", "family_name"), ("birth_date",), ("email",))

CLEANED = """
WITH parted AS (
    SELECT row_number() OVER () - 1 AS unique_id, *,
        CASE WHEN lower(name) IN ('n/a', 'unknown') THEN NULL ELSE name END AS whole,
        contains(whole, ', ') AS turned, regexp_extract(whole, '^\\S+') AS first_word, regexp_extract(whole, '\\S+$') AS last_word,
        NOT contains(whole, ' ') AS single
    FROM people),
named AS (
    SELECT *, coalesce(given_name, CASE
            WHEN single THEN CASE WHEN source = 'social' THEN whole END
            WHEN turned THEN split_part(whole, ', ', 2) ELSE first_word END) AS given,
        coalesce(family_name, CASE
            WHEN single THEN CASE WHEN source <> 'social' THEN whole END
            WHEN turned THEN split_part(whole, ', ', 1) ELSE last_word END) AS family
    FROM parted),
plain AS (
    SELECT unique_id, {given} AS given_name, {family} AS family_name,
        regexp_replace(lower(email), '\\+[^@]*@', '@') AS mail,
        regexp_replace(regexp_replace(phone, '[^0-9]', '', 'g'), '^(0049|49|0)', '') AS number,
        postcode, birth_date, lower(loyalty_id) AS card, lower(username) AS login
    FROM named)
SELECT unique_id, nullif(given_name, '') AS given_name, nullif(family_name, '') AS family_name,
    CASE WHEN contains(mail, '@') AND mail NOT IN ('none@none.com', 'noemail@example.com') AND count(*) OVER (PARTITION BY mail) <= {n} THEN mail END AS email,
    CASE WHEN length(number) >= 6 AND NOT regexp_matches(number, '^0*$') AND count(*) OVER (PARTITION BY number) <= {n} THEN number END AS phone,
    postcode, CASE WHEN year(birth_date) > 1900 THEN birth_date END AS birth_date,
    CASE WHEN count(*) OVER (PARTITION BY card) <= {n} THEN card END AS loyalty_id,
    CASE WHEN count(*) OVER (PARTITION BY login) <= {n} THEN login END AS username
FROM plain ORDER BY unique_id
"""

LETTERS = "regexp_replace(strip_accents(replace(replace(replace(replace(lower({}), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss')), '[^a-z]', '', 'g')"


@dataclass(frozen=True, slots=True)
class Run:
    """What one run came to; cost is that of training, predicting and clustering once."""

    score: Score
    threshold: float
    """Match weight at which the score was best."""
    by_threshold: dict[float, tuple[float, float, float]]
    """Precision, recall and F1 of pairs."""
    pairs: int
    """That blocking brought together and that came out above the lowest threshold."""
    wall_s: float
    cpu_s: float
    memory_gb: float
    """The most that the process held at a time, what was handed in included."""
    clusters: Ints
    steps_s: dict[str, float]


def clean(people: pa.Table) -> pa.Table:
    """Return the records as Splink should get them: unique_id is the row, from 0."""
    with duckdb.connect() as con:
        con.register("people", people)
        query = CLEANED.format(given=LETTERS.format("given"), family=LETTERS.format("family"), n=TOO_MANY)
        return con.sql(query).to_arrow_table()


def plain_splink(
    cleaned: pa.Table, truth: pa.Table, seed: int = 1, *, u_pairs: float = 1e7, em_pairs: float | None = None, threads: int = 2
) -> Run:
    """Train, predict and cluster; choose the threshold by the truth.

    Args:
        cleaned: as `clean` gives it, or with the same columns from elsewhere; row by row beside *truth*.
        truth: as `duecare.demo.worlds.make_world` gives it.
        seed: of the sample that teaches how often strangers agree.
        u_pairs: pairs in that sample; Splink's documentation calls the default often adequate, and more is better.
        em_pairs: pairs that each pass of training looks at; all that its block brings together, as Splink does unasked, when None.
        threads: of the engine.
    """
    person = column(truth, "person_id")
    _forget_peak()
    began, cpu, steps = time.perf_counter(), time.process_time(), _Steps()
    with duckdb.connect() as con, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        con.execute(f"SET threads = {threads}")
        con.register("handed_in", cleaned)
        con.execute("CREATE TABLE records AS SELECT * FROM handed_in")
        linker = _linker(con)
        steps.done("start")
        _train(linker, seed, u_pairs, em_pairs)
        steps.done("train")
        predicted = linker.inference.predict(threshold_match_weight=THRESHOLDS[0])
        steps.done("predict")
        left, right, weight = _pairs(con, predicted.physical_name)
        spent = time.perf_counter() - began, time.process_time() - cpu
        found = {at: pair_rating(count_cells(_components(left, right, weight >= at, len(person)), person)) for at in THRESHOLDS}
        best = max(found, key=lambda at: found[at].f1)
        again, again_cpu = time.perf_counter(), time.process_time()
        linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_weight=best)
        spent = spent[0] + time.perf_counter() - again, spent[1] + time.process_time() - again_cpu
        steps.taken["cluster"] = round(time.perf_counter() - again, 1)
    clusters = _components(left, right, weight >= best, len(person))
    rated = {at: (r.precision, r.recall, r.f1) for at, r in found.items()}
    scored = score(clusters, truth, _known(cleaned, "birth_date"))
    return Run(scored, best, rated, len(left), *spent, _peak_gb(), clusters, steps.taken)


class _Steps:
    def __init__(self) -> None:
        self.taken: dict[str, float] = {}
        self._last = time.perf_counter()

    def done(self, name: str) -> None:
        now = time.perf_counter()
        self.taken[name], self._last = round(now - self._last, 1), now


def _linker(con: duckdb.DuckDBPyConnection) -> Any:  # noqa: ANN401 - Splink's own type, imported late
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("family_name"),
            cl.DateOfBirthComparison("birth_date", input_is_string=False),
            cl.EmailComparison("email"),
            cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
            cl.ExactMatch("loyalty_id").configure(term_frequency_adjustments=True),
            cl.ExactMatch("username").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in BLOCKS],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )
    return Linker(DuckDBAPI(connection=con).register("records"), settings, log_level=logging.CRITICAL)


def _train(linker: Any, seed: int, u_pairs: float, em_pairs: float | None) -> None:  # noqa: ANN401
    from splink import block_on

    teach = linker.training
    teach.estimate_probability_two_random_records_match([block_on(*columns) for columns in SURE], recall=0.7)
    teach.estimate_u_using_random_sampling(max_pairs=u_pairs, seed=seed)
    for columns in TRAINED_ON:
        teach.estimate_parameters_using_expectation_maximisation(block_on(*columns), max_pairs=em_pairs)


def _pairs(con: duckdb.DuckDBPyConnection, table: str) -> tuple[Ints, Ints, "np.ndarray[Any, np.dtype[np.float64]]"]:
    found = con.sql(f"SELECT unique_id_l, unique_id_r, match_weight FROM {table}").to_arrow_table()
    left, right, weight = (found[name].to_numpy() for name in found.column_names)
    return left.astype(np.int64), right.astype(np.int64), weight.astype(np.float64)


def _components(left: Ints, right: Ints, kept: Flags, records: int) -> Ints:
    edges = coo_array((np.ones(int(kept.sum()), np.int8), (left[kept], right[kept])), shape=(records, records))
    return connected_components(edges, directed=False)[1].astype(np.int64)


def _known(table: pa.Table, name: str) -> Flags:
    return np.asarray(table[name].is_valid())


def _forget_peak() -> None:
    """Let Linux count the most memory held from here on."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_gb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1e6


def main(asked: Sequence[str]) -> None:
    """Make a world of so many people, from a seed, and print what plain Splink makes of it."""
    people, seed = (int(text) for text in asked)
    began = time.perf_counter()
    world: World = make_world(people, seed)
    cleaned = clean(world.people)
    print(f"{people:,} people, {cleaned.num_rows:,} records, seed {seed}, made and cleaned in {time.perf_counter() - began:.1f} s")
    run = plain_splink(cleaned, world.truth, seed)
    for at, (precision, recall, f1) in run.by_threshold.items():
        print(f"  weight {at:4.0f}: precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f}")
    print(f"{run.score}")
    print(
        f"at weight {run.threshold:.0f}; {run.pairs:,} pairs; wall {run.wall_s:.1f} s, CPU {run.cpu_s:.1f} s, {run.memory_gb:.2f} GB; {run.steps_s}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
