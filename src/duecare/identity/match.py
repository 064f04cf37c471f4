"""Matching: which source records may be one person, with how sure, by Splink.

Exact identifiers bring pairs together, Splink weighs all that the two say, and a pair whose
birth dates, loyalty cards or first names contradict each other is no match, so that a family
that shares a telephone is not made one customer; nor does a third record chain such two. Data
that cannot teach the weights are weighed by fixed ones.
"""

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from duecare.identity.clean import e164
from duecare.identity.clusters import clusters_of, cut
from duecare.identity.terms import Matching
from duecare.records import Warehouse, pieces

if TYPE_CHECKING:
    import pyarrow as pa

TOO_MANY = 20
"""An identifier on more records than this tells nobody apart."""

ALONE = ("email", "phone", "loyalty", "username", "handle")
"""Identifiers that bring two records together by themselves."""

TOGETHER = (("family", "birth_date"), ("given", "birth_date"), ("given", "family", "postcode"))
"""Sets of columns that bring two records together."""

TRAINED_ON = (("email",), ("phone",), ("loyalty",), ("given", "family"), ("birth_date",), ("family", "postcode"))
"""Blocks that training may look into, best first; two that share no column leave each comparison free in one of them."""

ENOUGH = 100
"""Pairs that a block must bring together to teach anything."""

LEAST = 1e-6
"""No probability is taken to be nearer to 0 or 1 than this."""

SMALL = 20
"""Clusters up to this many records are searched for everybody who contradicts another."""

PRIOR = 1e-3
"""How probable two records are one person where the data cannot tell."""

FIXED: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "given": ((0.85, 0.05, 0.05, 0.05), (0.01, 0.005, 0.03, 0.955)),
    "family": ((0.85, 0.05, 0.03, 0.07), (0.003, 0.005, 0.03, 0.962)),
    "email": ((0.95, 0.01, 0.04), (1e-6, 0.01, 0.989999)),
    "phone": ((0.93, 0.02, 0.05), (1e-5, 0.005, 0.99499)),
    "loyalty": ((0.95, 0.03, 0.02), (1e-6, 0.01, 0.989999)),
    "birth_date": ((0.93, 0.04, 0.01, 0.02), (1e-4, 0.01, 0.05, 0.9399)),
    "postcode": ((0.85, 0.03, 0.12), (0.005, 0.01, 0.985)),
    "username": ((0.9, 0.1), (1e-6, 1 - 1e-6)),
    "handle": ((0.9, 0.1), (1e-6, 1 - 1e-6)),
}
"""For each column, how often one person's two records and two people's records agree, level by level from exact to not at all."""

DISTINCTIVE = ("given", "family", "email", "phone", "loyalty", "birth_date", "postcode", "username", "handle")
MADE = ("records", "named", "written", "phones", "keys", "shared", "crowds", "faces", "predicted", "weighed", "agreed", "cut")
SOURCES = ("people", "orders", "contacts", "surveys", "entitlements", "subscriptions", "referrals")


@dataclass(frozen=True, slots=True)
class Matched:
    """The tables that matching made."""

    records: str
    links: str | None
    """Pairs with their probability; None when no column could tell people apart."""
    compared: tuple[str, ...]
    """The columns that took part."""
    notes: tuple[str, ...] = ()
    """What the run should say of the matching."""


def match(warehouse: Warehouse, terms: Matching, *, as_of: datetime, known_until: datetime | None = None, seed: int = 1) -> Matched:
    """Find the pairs of source records, known until *as_of*, that are one person; makes `records`, `faces` and `links`.

    Args:
        warehouse: where the contract tables are.
        terms: how sure is sure enough.
        as_of: nothing that is dated after it brings a record in.
        known_until: people whom a system first knew after it are left out; nobody is when None.
        seed: of the sampling in training.
    """
    sql = pieces("duecare.identity", "identity.sql")
    names = {name: name for name in (*SOURCES, *MADE)}
    for step, values in (("records", {"as_of": as_of, "known_until": known_until}), ("named", {}), ("written", {})):
        warehouse.run(step, sql[step], values, **names)
    warehouse.put("phones", _phones(warehouse, terms.country))
    warehouse.run("keys", sql["keys"], **names)
    for step in ("shared", "crowds"):
        warehouse.run(step, sql[step], {"too_many": TOO_MANY}, **names)
    warehouse.run("faces", sql["faces"], **names)
    present = _present(warehouse)
    if not any(_pairs(warehouse, columns) for columns in _blocks(present)):
        return Matched("records", None, present)
    predicted, notes = _predict(warehouse, present, terms.threshold, seed)
    warehouse.put("predicted", predicted)
    warehouse.run("weighed", sql["weighed"], **names)
    warehouse.run("agreed", sql["agreed"], **names)
    _cut(warehouse, sql)
    return Matched("records", warehouse.run("links", sql["links"], **names), present, notes)


def _cut(warehouse: Warehouse, sql: Mapping[str, str]) -> None:
    """Make `cut`: the links that would chain people who contradict each other."""
    import pyarrow as pa

    links = warehouse.arrow("SELECT a, b, probability FROM {agreed} ORDER BY a, b", agreed="agreed")
    many = warehouse.arrow("SELECT count(*) AS n FROM {records}", records="records")["n"][0].as_py()
    cluster = clusters_of(links, many)
    sizes = np.bincount(cluster, minlength=1)[cluster]
    small = np.flatnonzero((sizes > 2) & (sizes <= SMALL))
    warehouse.put("grouped", pa.table({"record": pa.array(small + 1, pa.int64()), "cluster": pa.array(cluster[small], pa.int64())}))
    warehouse.run("together", sql["together"], grouped="grouped")
    warehouse.run("inside", sql["weighed"], predicted="together", faces="faces")
    refused = "SELECT a, b FROM {weighed} WHERE apart UNION SELECT a, b FROM {inside} WHERE apart"
    gone = cut(links, warehouse.arrow(refused, weighed="weighed", inside="inside"), cluster)
    a, b = [a for a, _ in gone], [b for _, b in gone]
    warehouse.put("cut", pa.table({"a": pa.array(a, pa.int64()), "b": pa.array(b, pa.int64())}))


def _phones(warehouse: Warehouse, country: str | None) -> "pa.Table":
    """Every spelling of a number once, beside its E.164 form."""
    import pyarrow as pa

    spelt = warehouse.arrow("SELECT DISTINCT phone, country FROM {written} WHERE phone IS NOT NULL ORDER BY 1, 2", written="written")
    pairs = zip(spelt["phone"].to_pylist(), spelt["country"].to_pylist(), strict=True)
    forms = [e164(phone, where or country) for phone, where in pairs]
    return spelt.append_column("e164", pa.array(forms, pa.string()))


def _present(warehouse: Warehouse) -> tuple[str, ...]:
    """The columns that tell people apart here: some records carry them, and not all the same, or it brings them together alone."""
    counts = ", ".join(f"count({'' if column in ALONE else 'DISTINCT '}{column}) AS {column}" for column in DISTINCTIVE)
    found = warehouse.arrow(f"SELECT {counts} FROM {{faces}}", faces="faces").to_pylist()[0]
    return tuple(column for column in DISTINCTIVE if found[column] > 1)


def _blocks(present: Sequence[str]) -> list[tuple[str, ...]]:
    alone = [(column,) for column in ALONE if column in present]
    return alone + [columns for columns in TOGETHER if set(columns) <= set(present)]


def _pairs(warehouse: Warehouse, columns: Sequence[str]) -> int:
    """How many pairs of records agree in all *columns*."""
    said, listed = " AND ".join(f"{column} IS NOT NULL" for column in columns), ", ".join(columns)
    groups = f"SELECT count(*) AS n FROM {{faces}} WHERE {said} GROUP BY {listed}"  # our own columns
    pairs = warehouse.arrow(f"SELECT sum(n * (n - 1) / 2) AS pairs FROM ({groups}) AS groups", faces="faces")["pairs"][0].as_py()
    return int(pairs or 0)


def _predict(warehouse: Warehouse, present: Sequence[str], threshold: float, seed: int) -> "tuple[pa.Table, tuple[str, ...]]":
    """Train Splink on what these records can bear and score every pair that a block brings together."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Splink and its translator warn of their own insides
        from splink import Linker, SettingsCreator, block_on
        from splink.internals.exceptions import SplinkException

        backend: Any = warehouse.linker_backend()
        blocks: list[Any] = [block_on(*columns) for columns in _blocks(present)]
        settings = SettingsCreator(
            link_type="dedupe_only",
            comparisons=_comparisons(present),
            blocking_rules_to_generate_predictions=blocks,
            retain_matching_columns=False,
        )
        linker = Linker(backend.register("faces"), settings, log_level=logging.CRITICAL)
        rules = _training_blocks(warehouse, present)
        if rules:
            _train(linker, present, rules, seed)
        else:
            linker._settings_obj._probability_two_random_records_match = PRIOR  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001
        _settle(linker, present, trained=bool(rules))
        try:
            frame = linker.inference.predict(threshold_match_probability=threshold)
        except SplinkException:
            exact = warehouse.arrow(pieces("duecare.identity", "identity.sql")["exact"], faces="faces")
            return exact, ("records were joined by equal e-mails, phones and loyalty cards alone: they could not be weighed",)
        wanted = "SELECT unique_id_l, unique_id_r, match_probability FROM {predictions}"
        return warehouse.arrow(wanted, predictions=frame.physical_name), ()


def _train(linker: Any, present: Sequence[str], rules: Sequence[tuple[str, ...]], seed: int) -> None:  # noqa: ANN401 - Splink's own type, imported late
    from splink import block_on

    sure = [block_on(*columns) for columns in _blocks(present)[:4]]
    teach = linker.training
    _try(lambda: teach.estimate_probability_two_random_records_match(sure, recall=0.8))
    _bound(linker)
    _try(lambda: teach.estimate_u_using_random_sampling(max_pairs=1e6, seed=seed))
    for columns in rules:
        _try(partial(teach.estimate_parameters_using_expectation_maximisation, block_on(*columns), max_pairs=2e5))
    _bound(linker)


def _try(step: Callable[[], object]) -> None:
    """Take one step of training, or leave what it would have taught as it was."""
    from splink.internals.exceptions import SplinkException

    try:
        step()
    except (SplinkException, ValueError, ArithmeticError) as error:
        logging.getLogger(__name__).debug("a step of training taught nothing: %s", type(error).__name__)


def _bound(linker: Any) -> None:  # noqa: ANN401
    """Keep the probability that any two records are one person away from 0 and 1."""
    model = linker._settings_obj.core_model_settings  # noqa: SLF001
    model.probability_two_random_records_match = min(max(model.probability_two_random_records_match, 1e-12), 0.5)


def _settle(linker: Any, present: Sequence[str], *, trained: bool) -> None:  # noqa: ANN401
    """Give every level a weight that can be reckoned with: the trained one, or the fixed one where training gave none."""
    for column, comparison in zip(present, linker._settings_obj.core_model_settings.comparisons, strict=True):  # noqa: SLF001
        levels = [level for level in comparison.comparison_levels if not level.is_null_level]
        for level, m, u in zip(levels, *FIXED[column], strict=True):
            level.m_probability = _sound(level.m_probability if trained else None, m)
            level.u_probability = _sound(level.u_probability if trained else None, u)


def _sound(taught: float | None, fixed: float) -> float:
    return min(max(taught, LEAST), 1 - LEAST) if taught is not None and 0 < taught < 1 else fixed


def _training_blocks(warehouse: Warehouse, present: Sequence[str]) -> list[tuple[str, ...]]:
    """The blocks that training looks into; none where there is too little to learn from."""
    if len(set(present) - set(ALONE)) < 2:
        return []
    usable = [columns for columns in TRAINED_ON if set(columns) <= set(present) and _pairs(warehouse, columns) >= ENOUGH]
    people = [columns for columns in usable[1:] if not set(columns) & set(usable[0])]
    return [*usable[:1], *sorted(people, key=len, reverse=True)[:1]]


def _comparisons(present: Sequence[str]) -> list[Any]:
    import splink.comparison_library as cl

    kinds: dict[str, Any] = {
        "given": cl.JaroWinklerAtThresholds("given", [0.92, 0.8]),
        "family": cl.JaroWinklerAtThresholds("family", [0.92, 0.8]),
        "email": cl.LevenshteinAtThresholds("email", [2]),
        "phone": cl.LevenshteinAtThresholds("phone", [1]),
        "loyalty": cl.LevenshteinAtThresholds("loyalty", [1]),
        "birth_date": cl.LevenshteinAtThresholds("birth_date", [1, 2]),
        "postcode": cl.LevenshteinAtThresholds("postcode", [1]),
        "username": cl.ExactMatch("username"),
        "handle": cl.ExactMatch("handle"),
    }
    return [kinds[column] for column in present]
