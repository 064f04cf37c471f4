"""Clustering: from weighed pairs to customers, keeping what stands, with how sure each is.

What the book holds already stays together: a run adds records and joins customers, and parts
nobody; only when it starts afresh do today's data alone decide, within what people decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from duecare.identity.confidence import confidence
from duecare.identity.edges import Edges, Marks, edges
from duecare.identity.guard import connected, group
from duecare.identity.holding import Held
from duecare.identity.match import Matched
from duecare.identity.model import Model
from duecare.identity.pairing import Integers, Reals, compare_these
from duecare.identity.rulings import Decisions
from duecare.identity.terms import Matching
from duecare.identity.weighing import Common, frequencies, weigh
from duecare.records import Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

KEPT_FROM_BITS = -6.0
"""Pairs weaker than this are no news to anybody who asks why two records are not one customer."""

HOME_FROM = 0.5
"""From this probability on, two records that no block brought together are heard as two people of a home."""


@dataclass(frozen=True, slots=True)
class Clustered:
    """Which records are one customer."""

    cluster: Integers
    """For each record the number of its customer, from 0 on."""
    confidence: Reals
    """For each record how probable it is that all records of its customer are one person's."""


def cluster(
    warehouse: Warehouse,
    matched: Matched,
    terms: Matching,
    *,
    held: Held | None = None,
    decided: Decisions | None = None,
    afresh: bool = False,
) -> Clustered:
    """Let customers grow from the pairs that were *matched*; makes `weighed`, the pairs worth asking about.

    Args:
        warehouse: where `faces` is.
        matched: what matching found.
        terms: how sure is sure enough.
        held: what the records hold now; nothing when None.
        decided: what people decided; nothing when None.
        afresh: whether what is held, and was not decided or locked by anybody, may be parted.
    """
    model, faces = matched.model, _faces(warehouse)
    if model is None or not len(matched.pairs):
        found, more = Edges.none(), None
    else:
        known, common = _known(faces, matched.many), frequencies(warehouse, matched.many)
        found = edges(matched.pairs, weigh(matched.pairs, model, common, len(faces)), model, known)
        more = partial(_inspected, warehouse, model, common, known, len(faces))
    stands = _standing(matched.many, held, decided, afresh=afresh)
    told = (decided.apart[:, 0] - 1, decided.apart[:, 1] - 1) if decided is not None and len(decided.apart) else None
    least = np.log2(terms.threshold / (1 - terms.threshold))
    number = group(found, matched.many, threshold_bits=float(least), compare=more, held=stands, apart=told)
    _keep(warehouse, found)
    return Clustered(number, confidence(found, number))


def _inspected(
    warehouse: Warehouse, model: Model, common: Mapping[str, Common], known: Marks, faces: int, a: Integers, b: Integers
) -> Edges:
    """Compare pairs that no block brought together; only what tells two apart, or shows a home, is heard."""
    pairs = compare_these(warehouse, model, a, b)
    odds = weigh(pairs, model, common, faces)
    said = edges(pairs, odds, model, known)
    return said.where((said.apart > 0) | (odds.home_share > HOME_FROM))


def _faces(warehouse: Warehouse) -> "pa.Table":
    return warehouse.arrow("SELECT unique_id, given_known FROM {faces}", faces="faces")


def _known(faces: "pa.Table", many: int) -> Marks:
    known = np.zeros(many, np.bool_)
    known[faces["unique_id"].to_numpy() - 1] = faces["given_known"].to_numpy(zero_copy_only=False)
    return known


def _standing(many: int, held: Held | None, decided: Decisions | None, *, afresh: bool) -> Integers | None:
    """For each record the number of what it stays with, -1 for nothing."""
    if held is None and decided is None:
        return None
    holds = held.number if held is not None else np.full(many, -1, np.int64)
    if afresh:
        kept = np.zeros(many, np.bool_)
        if decided is not None:
            kept[decided.locked - 1] = True
        holds = np.where(kept, holds, -1)
    if decided is None or not len(decided.together):
        return holds
    own = np.where(holds >= 0, holds, holds.max(initial=-1) + 1 + np.arange(many))
    tied = decided.together - 1
    label = connected(own[tied[:, 0]], own[tied[:, 1]], int(own.max(initial=0)) + 1)
    bound = np.zeros(len(label), np.bool_)
    bound[own[tied.ravel()]] = True
    return np.where((holds >= 0) | bound[own], label[own], -1)


def _keep(warehouse: Warehouse, found: Edges) -> None:
    """Keep the pairs that somebody may ask about, numbered as the records are, from 1 on."""
    import pyarrow as pa

    some = found.where((found.bits > KEPT_FROM_BITS) | (found.apart > 0) & (found.bits > 2 * KEPT_FROM_BITS))
    columns = {"a": some.a + 1, "b": some.b + 1, "bits": some.bits, "apart": some.apart}
    warehouse.put("weighed", pa.table({name: pa.array(values) for name, values in columns.items()}))
