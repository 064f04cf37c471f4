"""Golden records: of all that a customer's records say, the one thing of each kind that is shown and written to.

What survives is decided by declared rules alone: whole before half (a full name, an address with
its street), then the sources that `[identity] trust` names, then the newest record, then what is
said most often, then the order of the texts, so that the answer never depends on the order of
rows. Placeholders and values that too many share survive nowhere. Every part says which record
it comes from; a name and an address are taken whole from one record, for parts of two make a
person or a house that is not there.
"""

from collections.abc import Sequence

from duecare.identity.match import Matched
from duecare.identity.terms import Matching
from duecare.records import Warehouse, pieces

FIELDS = ("name", "email", "phone", "address", "birth_date", "loyalty_id", "username", "social_handle", "company")
"""The parts of a golden record, as `golden_origins` names them."""

FROM = ("records", "people", "clusters", "keys", "named", "shared", "firms")
STEPS = ("owners", "placed", "contest", "opinions", "survivors", "golden", "golden_origins")
WORK = ("owners", "placed", "contest", "opinions", "survivors", "fields", "trusted")
"""Tables that only the making needs."""


def golden(warehouse: Warehouse, matched: Matched, terms: Matching) -> None:
    """Make `golden`, one row a customer, and `golden_origins`, one row for each part of it; needs `clusters` and `firms`.

    Args:
        warehouse: where matching and merging left their tables.
        matched: names the table of records.
        terms: whose word goes first.
    """
    sql = pieces("duecare.identity", "golden.sql")
    _name(warehouse, terms.trust)
    names = {name: name for name in (*FROM, *WORK)} | {"records": matched.records}
    for step in STEPS:
        warehouse.run(step, sql[step], {"unnamed": len(terms.trust)} if step == "placed" else None, **names)
    for table in WORK:
        warehouse.drop(table)


def _name(warehouse: Warehouse, trust: Sequence[str]) -> None:
    """Make the tables that say whose word goes first, and how parts are called."""
    import pyarrow as pa

    said = list(dict.fromkeys(trust))
    places = pa.array(range(len(said)), pa.int64())
    warehouse.put("trusted", pa.table({"source": pa.array(said, pa.string()), "place": places}))
    warehouse.put("fields", pa.table({"part": pa.array(range(len(FIELDS)), pa.int64()), "field": pa.array(FIELDS)}))
