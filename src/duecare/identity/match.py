"""Matching: which source records may be one person, with how sure, by Splink.

Exact identifiers bring pairs together, Splink weighs all that the two say, and a pair whose
birth dates, loyalty cards or first names contradict each other is no match, so that a family
that shares a telephone is not made one customer.
"""

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from duecare.identity.clean import e164
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

DISTINCTIVE = ("given", "family", "email", "phone", "loyalty", "birth_date", "postcode", "username", "handle")
SOURCES = ("people", "orders", "contacts", "surveys", "entitlements", "subscriptions", "referrals")


@dataclass(frozen=True, slots=True)
class Matched:
    """The tables that matching made."""

    records: str
    links: str | None
    """Pairs with their probability; None when no column could tell people apart."""
    compared: tuple[str, ...]
    """The columns that took part."""


def match(warehouse: Warehouse, terms: Matching, *, as_of: datetime, seed: int = 1) -> Matched:
    """Find the pairs of source records, known until *as_of*, that are one person; makes `records`, `faces` and `links`."""
    sql = pieces("duecare.identity", "identity.sql")
    names = {name: name for name in (*SOURCES, "records", "named", "written", "phones", "keys", "shared", "faces", "predicted")}
    for step, values in (("records", {"as_of": as_of}), ("named", {}), ("written", {})):
        warehouse.run(step, sql[step], values, **names)
    warehouse.put("phones", _phones(warehouse, terms.country))
    warehouse.run("keys", sql["keys"], **names)
    warehouse.run("shared", sql["shared"], {"too_many": TOO_MANY}, **names)
    warehouse.run("faces", sql["faces"], **names)
    present = _present(warehouse)
    if not _blocks(present):
        return Matched("records", None, ())
    warehouse.put("predicted", _predict(warehouse, present, terms.threshold, seed))
    return Matched("records", warehouse.run("links", sql["links"], **names), present)


def _phones(warehouse: Warehouse, country: str | None) -> "pa.Table":
    """Every spelling of a number once, beside its E.164 form."""
    import pyarrow as pa

    spelt = warehouse.arrow("SELECT DISTINCT phone, country FROM {written} WHERE phone IS NOT NULL ORDER BY 1, 2", written="written")
    pairs = zip(spelt["phone"].to_pylist(), spelt["country"].to_pylist(), strict=True)
    forms = [e164(phone, where or country) for phone, where in pairs]
    return spelt.append_column("e164", pa.array(forms, pa.string()))


def _present(warehouse: Warehouse) -> tuple[str, ...]:
    """The columns that tell people apart here: some records carry them, and not all the same."""
    counts = ", ".join(f"count(DISTINCT {column}) AS {column}" for column in DISTINCTIVE)
    found = warehouse.arrow(f"SELECT {counts} FROM {{faces}}", faces="faces").to_pylist()[0]
    return tuple(column for column in DISTINCTIVE if found[column] > 1)


def _blocks(present: Sequence[str]) -> list[tuple[str, ...]]:
    alone = [(column,) for column in ALONE if column in present]
    return alone + [columns for columns in TOGETHER if set(columns) <= set(present)]


def _predict(warehouse: Warehouse, present: Sequence[str], threshold: float, seed: int) -> "pa.Table":
    """Train Splink on these records and score every pair that a block brings together."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Splink and its translator warn of their own insides
        from splink import Linker, SettingsCreator, block_on

        backend: Any = warehouse.linker_backend()
        blocks: list[Any] = [block_on(*columns) for columns in _blocks(present)]
        settings = SettingsCreator(
            link_type="dedupe_only",
            comparisons=_comparisons(present),
            blocking_rules_to_generate_predictions=blocks,
            retain_matching_columns=False,
        )
        linker = Linker(backend.register("faces"), settings, log_level=logging.CRITICAL)
        _train(linker, present, seed)
        frame = linker.inference.predict(threshold_match_probability=threshold)
        wanted = "SELECT unique_id_l, unique_id_r, match_probability FROM {predictions}"
        return warehouse.arrow(wanted, predictions=frame.physical_name)


def _train(linker: Any, present: Sequence[str], seed: int) -> None:  # noqa: ANN401 - Splink's own type, imported late
    from splink import block_on

    sure = [block_on(*columns) for columns in _blocks(present)[:4]]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=seed)
    for columns in _training_blocks(present):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns), max_pairs=2e5)


def _training_blocks(present: Sequence[str]) -> list[tuple[str, ...]]:
    usable = [columns for columns in TRAINED_ON if set(columns) <= set(present)]
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
