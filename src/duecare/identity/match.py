"""Matching: which source records may be one person, with how sure, by Splink.

Records are cleaned and what tells nobody apart is emptied; blocks bring pairs together; a model
that the data have taught, or that was pinned before, weighs all that the two say. Nothing is
merged here: that is the guard's, which sees each pair in the light of all others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from duecare.identity.blocks import Block, choose, menu, sizes
from duecare.identity.clean import e164, fixed_line, forms_of
from duecare.identity.comparing import COMPARED
from duecare.identity.learning import learn
from duecare.identity.model import Model
from duecare.identity.pairing import Pairs, compare
from duecare.identity.settling import settle
from duecare.identity.terms import Matching
from duecare.identity.weighing import frequencies
from duecare.records import Warehouse, pieces

if TYPE_CHECKING:
    import pyarrow as pa

TOO_MANY = 20
"""An identifier on more records than this tells nobody apart."""

PAIRS_PER_RECORD = 6
"""So many pairs are weighed for each record, at most, on the average."""

LEAST_PAIRS = 1_000_000
"""So many can always be weighed."""

KNOWN_FROM = 5
KNOWN_SHARE = 2e-5
"""A given name that so many records bear, and such a share of them, is a name and no slip of the pen."""

MADE = (
    "records",
    "named",
    "folded",
    "written",
    "phones",
    "keys",
    "shared",
    "crowds",
    "spoken",
    "forms",
    "surnames",
    "logins",
    "named_by",
    "told",
    "seen",
    "lines",
    "borne",
    "common",
    "faces",
)
SOURCES = ("people", "orders", "contacts", "surveys", "entitlements", "subscriptions", "referrals")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What matching found."""

    records: str
    """The table of all records, numbered from 1."""
    many: int
    """How many rows it has."""
    pairs: Pairs
    model: Model | None
    """What weighed the pairs; None when no column could tell people apart."""
    blocks: tuple[Block, ...] = ()
    notes: tuple[str, ...] = ()
    """What the run should say of the matching."""

    @property
    def compared(self) -> tuple[str, ...]:
        """The columns that took part."""
        return tuple(self.model.columns) if self.model else ()


def match(
    warehouse: Warehouse,
    terms: Matching,
    *,
    as_of: datetime,
    known_until: datetime | None = None,
    seed: int = 1,
    pinned: Model | None = None,
) -> Matched:
    """Find and weigh the pairs of source records, known until *as_of*, that could be one person; makes `records` and `faces`.

    Args:
        warehouse: where the contract tables are.
        terms: how sure is sure enough.
        as_of: nothing that is dated after it brings a record in.
        known_until: people whom a system first knew after it are left out; nobody is when None.
        seed: of the sampling in training.
        pinned: the model to weigh by; the data teach a new one when None.
    """
    many = prepare(warehouse, terms, as_of=as_of, known_until=known_until)
    return match_prepared(warehouse, many, seed=seed, pinned=pinned)


def match_prepared(warehouse: Warehouse, many: int, *, seed: int = 1, pinned: Model | None = None) -> Matched:
    """Find and weigh the pairs of so many records that are cleaned already, as `prepare` leaves them."""
    faces, present = _present(warehouse)
    blocks = choose(sizes(warehouse, menu(present)), max(PAIRS_PER_RECORD * faces, LEAST_PAIRS))
    if not blocks:
        return Matched(records="records", many=many, pairs=Pairs.none(), model=pinned)
    model = pinned or learn(warehouse, present, records=faces, seed=seed)
    pairs = compare(warehouse, model, blocks)
    if pinned is None and model.learnt:
        model = settle(pairs, model, frequencies(warehouse, many), records=faces, seed=seed)
    return Matched(records="records", many=many, pairs=pairs, model=model, blocks=tuple(blocks), notes=_notes(model, present))


def prepare(warehouse: Warehouse, terms: Matching, *, as_of: datetime, known_until: datetime | None = None) -> int:
    """Make `records` and `faces`; return how many records there are."""
    sql = pieces("duecare.identity", "identity.sql")
    names = {name: name for name in (*SOURCES, *MADE)}
    for step, values in (("records", {"as_of": as_of, "known_until": known_until}), ("named", {}), ("folded", {}), ("written", {})):
        warehouse.run(step, sql[step], values, **names)
    phones = _phones(warehouse, terms.country)
    warehouse.put("phones", phones)
    warehouse.put("lines", _lines(phones))
    warehouse.run("keys", sql["keys"], **names)
    for step in ("shared", "crowds"):
        warehouse.run(step, sql[step], {"too_many": TOO_MANY}, **names)
    warehouse.put("forms", _forms(warehouse, sql["spoken"]))
    for step, values in (
        ("surnames", {"known_from": KNOWN_FROM}),
        ("logins", {}),
        ("named_by", {}),
        ("told", {}),
        ("seen", {}),
        ("borne", {}),
        ("common", {}),
        ("faces", {}),
    ):
        warehouse.run(step, sql[step], values, **names)
    warehouse.drop("borne")
    return int(warehouse.arrow("SELECT count(*) AS n FROM {records}", records="records")["n"][0].as_py())


def _forms(warehouse: Warehouse, sql: str) -> "pa.Table":
    """Every given name beside the names it can stand for, and whether it is one that many bear."""
    import pyarrow as pa

    spoken = warehouse.arrow(f"{sql} ORDER BY given", keys="keys")
    bearers = spoken["bearers"].to_numpy()
    known = bearers >= max(KNOWN_FROM, KNOWN_SHARE * bearers.sum())
    forms = [forms_of(name) for name in spoken["given"].to_pylist()]
    return pa.table({"given": spoken["given"], "known": pa.array(known), "forms": pa.array(forms, pa.list_(pa.string()))})


def _phones(warehouse: Warehouse, country: str | None) -> "pa.Table":
    """Every spelling of a number once, beside its E.164 form."""
    import pyarrow as pa

    spelt = warehouse.arrow("SELECT DISTINCT phone, country FROM {written} WHERE phone IS NOT NULL ORDER BY 1, 2", written="written")
    pairs = zip(spelt["phone"].to_pylist(), spelt["country"].to_pylist(), strict=True)
    forms = [e164(phone, where or country) for phone, where in pairs]
    return spelt.append_column("e164", pa.array(forms, pa.string()))


def _lines(phones: "pa.Table") -> "pa.Table":
    """Every number once, with whether it is a fixed line."""
    import pyarrow as pa

    numbers = sorted({number for number in phones["e164"].to_pylist() if number})
    return pa.table({"e164": pa.array(numbers, pa.string()), "fixed": pa.array([fixed_line(number) for number in numbers], pa.bool_())})


def _present(warehouse: Warehouse) -> tuple[int, tuple[str, ...]]:
    """How many faces there are, and the columns that tell people apart here: not all records say the same."""
    columns = list(dict.fromkeys(column for one in COMPARED for column in one.needs))
    counts = ", ".join(f"count(DISTINCT {column}) AS {column}, count({column}) AS {column}_said" for column in columns)
    found = warehouse.arrow(f"SELECT count(*) AS n, {counts} FROM {{faces}}", faces="faces").to_pylist()[0]
    return int(found["n"]), tuple(column for column in columns if found[column] > 1 or found[f"{column}_said"] > 1)


def _notes(model: Model, present: Sequence[str]) -> tuple[str, ...]:
    heard = {column for one in model.compared for column in one.needs}
    unheard = [column for column in present if column not in heard]
    said = [] if model.learnt else ["too little to learn from: records were weighed by fixed weights"]
    if unheard:
        said.append(f"the pinned model knows nothing of {', '.join(unheard)}; `duecare run --retrain` learns anew")
    return tuple(said)
