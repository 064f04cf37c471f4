"""Links: who probably shares a home, and who belongs to which company; kept beside the customers and merging nobody.

Two customers share a home where the weights say that two of their records are rather two people
of one home than strangers (same address and family name, a landline or an e-mail in common), or
where a source says so. They belong to one company where their records name it, or where they
write from its domain. Value and tiers may be taken at either level; the people stay who they are.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from duecare.identity.guard import connected
from duecare.identity.match import Matched
from duecare.identity.model import LEAST, Model
from duecare.identity.pairing import UNSAID, Integers, Pairs, Reals
from duecare.identity.providers import FREE
from duecare.identity.weighing import frequencies, weigh
from duecare.records import Warehouse, pieces

if TYPE_CHECKING:
    import pyarrow as pa

HOME_BITS = 4.0
"""Two customers share a home from these odds on, sixteen to one, against their being strangers; one wrong link chains two homes."""

TELLING_BITS = 4.0
"""Only pairs with a level that so much speaks for a home are weighed; no pair without one reaches the odds."""

MOST_AT_HOME = 8
"""More customers than this are no home: a block of flats, or a chain; its weakest links are cut."""

STEP_BITS, SUREST_BITS = 2.0, 60.0

TOO_MANY = 20
"""A household of a source with more records than this is none, and a domain that names no company and more customers write from is a provider's."""

WORK = ("employed", "houses", "free", "at_home")


def households(warehouse: Warehouse, matched: Matched) -> int:
    """Make `households`: customer_id and household_id of all who share a home with somebody; return how many homes. Needs `clusters`."""
    import pyarrow as pa

    clusters = warehouse.arrow("SELECT record, customer_id FROM {clusters} ORDER BY record", clusters="clusters")
    coded = clusters["customer_id"].combine_chunks().dictionary_encode()
    who, names = np.asarray(coded.indices, dtype=np.int64), coded.dictionary
    a, b, bits = _weighed(warehouse, matched, who)
    told = _told(warehouse, matched)
    a, b = np.r_[a, who[told[:, 0]]], np.r_[b, who[told[:, 1]]]
    home = homes(a, b, np.r_[bits, np.full(len(told), np.inf)], len(names))
    shared = np.flatnonzero(np.bincount(home, minlength=len(names))[home] > 1)
    ids = _named(home[shared], names.take(pa.array(shared)))
    warehouse.put("households", pa.table({"customer_id": names.take(pa.array(shared)), "household_id": ids}))
    return len(np.unique(home[shared]))


def homes(a: Integers, b: Integers, bits: Reals, many: int) -> Integers:
    """Return for each of *many* customers the number of its home.

    Args:
        a: one customer of each pair that may share a home.
        b: the other.
        bits: log2 of the odds that they share one against their being strangers; infinite where a source says so.
        many: how many customers there are.

    >>> homes(np.array([0, 1]), np.array([1, 2]), np.array([9.0, 3.9]), 4).tolist()
    [0, 0, 1, 2]
    """
    label, least, fresh = np.arange(many), HOME_BITS, np.ones(many, np.bool_)
    while fresh.any():
        use = (bits >= least) & fresh[a] & fresh[b]
        found = connected(a[use], b[use], many)
        done = fresh & ((np.bincount(found, minlength=many)[found] <= MOST_AT_HOME) | (least >= SUREST_BITS))
        label[done] = found[done] + many * round(1 + (least - HOME_BITS) / STEP_BITS)
        fresh, least = fresh & ~done, least + STEP_BITS
    return np.unique(label, return_inverse=True)[1].astype(np.int64)


def accounts(warehouse: Warehouse) -> None:
    """Make `accounts`: customer_id and account_id of all who belong to a company. Needs `firms` and `clusters`."""
    sql = pieces("duecare.identity", "links.sql")
    for step in ("employed", "houses", "accounts"):
        params = {"too_many": TOO_MANY} if step == "houses" else None
        warehouse.run(step, sql[step], params, firms="firms", clusters="clusters", employed="employed", houses="houses")
    for table in WORK:
        warehouse.drop(table)


def firms(warehouse: Warehouse, matched: Matched) -> None:
    """Make `firms`: the company that each record names, cleaned, and the domain it writes from, where that is no provider's."""
    import pyarrow as pa

    warehouse.put("free", pa.table({"domain": pa.array(sorted(FREE), pa.string())}))
    sql = pieces("duecare.identity", "links.sql")["firms"]
    warehouse.run("firms", sql, keys="keys", people="people", records=matched.records, free="free")


def _weighed(warehouse: Warehouse, matched: Matched, who: Integers) -> tuple[Integers, Integers, Reals]:
    """Pairs of customers, and how much more a home speaks for them than chance."""
    pairs, model = matched.pairs, matched.model
    if model is None or not len(pairs):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    some = (who[pairs.a] != who[pairs.b]) & _telling(pairs, model)
    chosen = Pairs(pairs.a[some], pairs.b[some], pairs.pattern[some])
    faces = int(warehouse.arrow("SELECT count(*) AS n FROM {faces}", faces="faces")["n"][0].as_py())
    odds = weigh(chosen, model, frequencies(warehouse, matched.many), faces)
    return who[chosen.a], who[chosen.b], odds.home - odds.strangers


def _telling(pairs: Pairs, model: Model) -> NDArray[np.bool_]:
    """Which pairs agree in something that a home has in common far more often than strangers do."""
    found = np.zeros(len(pairs), np.bool_)
    for place, weights in enumerate(model.columns.values()):
        telling = np.zeros(UNSAID + 1, np.bool_)
        ratio = np.log2(np.maximum(weights.h, LEAST) / np.maximum(weights.u, LEAST))
        telling[: len(ratio)] = ratio >= TELLING_BITS
        found |= telling[pairs.level(place)]
    return found


def _told(warehouse: Warehouse, matched: Matched) -> Integers:
    """Pairs of records, numbered from 0, that a source puts into one household."""
    sql = pieces("duecare.identity", "links.sql")["at_home"]
    warehouse.run("at_home", sql, {"too_many": TOO_MANY}, people="people", records=matched.records)
    found = warehouse.arrow("SELECT first - 1 AS first, record - 1 AS record FROM {at_home} WHERE record <> first", at_home="at_home")
    warehouse.drop("at_home")
    return np.stack([found["first"].to_numpy(), found["record"].to_numpy()], axis=1).astype(np.int64)


def _named(home: Integers, customers: "pa.Array") -> "pa.Array":
    """The id of each customer's home: its smallest customer id, so that it stays while that one lives there."""
    import pyarrow as pa

    names = np.asarray(customers.to_pylist(), dtype=object)
    order = np.lexsort((names.astype(str), home)) if len(names) else np.empty(0, np.int64)
    _, first, where = np.unique(home[order], return_index=True, return_inverse=True)
    ids = np.empty(len(home), dtype=object)
    ids[order] = np.array([f"ho_{str(name).removeprefix('cu_')}" for name in names[order][first]], dtype=object)[where]
    return pa.array(ids.tolist(), pa.string())
