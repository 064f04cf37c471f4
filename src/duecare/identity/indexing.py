"""Indexing: what a run leaves behind so that a contact can be told who they are while the phone rings.

Written into the run's index beside whatever other rooms add by customer number: `customers` gives
each customer a number, under which tier and care can join.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from duecare.identity.blocks import IDENTIFIERS, Block
from duecare.identity.directory import keys_of
from duecare.identity.match import TOO_MANY, Matched
from duecare.identity.pairing import SHORTEST_LOGIN
from duecare.identity.terms import Matching
from duecare.identity.weighing import FREQUENT
from duecare.records import IndexDraft, Warehouse, pieces

if TYPE_CHECKING:
    from duecare.identity.pairing import Integers

FACES = (
    "given",
    "given_known",
    "family",
    "email",
    "email_common",
    "phone",
    "phone_common",
    "loyalty",
    "loyalty_common",
    "birth_date",
    "postcode",
    "city",
    "street",
    "username",
    "handle",
)
"""What is kept of each record as the matching sees it; the rest follows from these."""

CHEAP: tuple[Block, ...] = (
    ("given", "family"),
    ("family", "postcode"),
    ("family", "birth_date"),
    ("given", "birth_date"),
    ("given", "postcode"),
    ("family", "city"),
)
"""Blocks that a look-up goes by in any case, where none of the matching's is wider."""

KEYS = (
    "email",
    "phone",
    "loyalty",
    "username",
    "handle",
    "login",
    "source_id",
    "record",
    "order",
    "contact",
    "known",
    "surname",
    "shared",
    "crowd",
)
"""Pieces of `index.sql` that are keys."""


def index_identities(draft: IndexDraft, warehouse: Warehouse, matched: Matched, terms: Matching) -> None:
    """Enter who is who: every identifier, the blocks, the faces, how common names are, the model, and each record's customer.

    Args:
        draft: the index of the run.
        warehouse: where matching and merging have left their tables.
        matched: what matching found.
        terms: how matching was told to go about it.
    """
    sql = pieces("duecare.identity", "index.sql")
    tables = {name: name for name in warehouse.tables()}
    values = {"too_many": TOO_MANY, "shortest": SHORTEST_LOGIN}
    for name in KEYS:
        draft.keys(name, warehouse, sql[name], {key: value for key, value in values.items() if f"${key}" in sql[name]}, **tables)
    for column in FREQUENT:
        draft.keys(f"bearers_{column}", warehouse, _bearers(column), **tables)
    blocks = looked_in(matched.blocks)
    for block in blocks:
        draft.keys(keys_of(block), warehouse, _block(block), **tables)
    draft.rows("faces", FACES, warehouse, sql["faces"], **tables)
    _customers(draft, warehouse, sql, tables)
    draft.facts["identity"] = _facts(warehouse, matched, terms, blocks)


def looked_in(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks by which a look-up goes: the matching's and cheap ones, without those of one identifier, which have keys already.

    >>> looked_in([("email",), ("birth_date",), ("given", "street")])[:3]
    [('birth_date',), ('given', 'street'), ('given', 'family')]
    """
    wide = [block for block in blocks if block not in {(column,) for column in IDENTIFIERS}]
    return wide + [block for block in CHEAP if not any(set(held) <= set(block) for held in wide)]


def _bearers(column: str) -> str:
    return f"SELECT {column} AS word, count(*) AS number FROM {{faces}} WHERE {column} IS NOT NULL GROUP BY {column}"


def _block(block: Block) -> str:
    said = " AND ".join(f"{column} IS NOT NULL" for column in block)
    return f"SELECT concat_ws(chr(31), {', '.join(block)}) AS word, unique_id - 1 AS number FROM {{faces}} WHERE {said}"


def _customers(draft: IndexDraft, warehouse: Warehouse, sql: dict[str, str], tables: dict[str, str]) -> None:
    """Enter the customers by number, the customer of each record, and the records of each customer."""
    tables = tables | {"customer_numbers": warehouse.run("customer_numbers", sql["customer_numbers"], **tables)}
    draft.keys("customer", warehouse, sql["customer"], **tables)
    draft.rows("customers", ("customer_id", "confidence"), warehouse, sql["customers"], **tables)
    of = warehouse.arrow(sql["customer_of"], **tables)["number"].to_numpy()
    draft.numbers("customer_of", of)
    for name, values in zip(("members", "members_from"), _members(of), strict=True):
        draft.numbers(name, values)


def _members(of: "Integers") -> "tuple[Integers, Integers]":
    """The records, customer by customer, and where those of each customer begin; and the last ones end."""
    import numpy as np

    ends = np.cumsum(np.bincount(of, minlength=int(of.max(initial=-1)) + 1))
    return np.argsort(of, kind="stable"), np.r_[0, ends]


def _facts(warehouse: Warehouse, matched: Matched, terms: Matching, blocks: Sequence[Block]) -> dict[str, Any]:
    counts = ", ".join(f"count({column}) AS {column}" for column in FREQUENT)
    said = warehouse.arrow(f"SELECT count(*) AS faces, {counts} FROM {{faces}}", faces="faces").to_pylist()[0]
    return {
        "model": matched.model.as_json() if matched.model else None,
        "terms": asdict(terms),
        "records": matched.many,
        "said": said,
        "matched_by": [list(block) for block in matched.blocks],
        "looked_in": [list(block) for block in blocks],
    }
