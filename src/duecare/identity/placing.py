"""Placing: how surely one person is each of the customers they could be, by the guard's own rule and the saved weights.

The few records that the words of a contact lead to are compared in Python, level by level, and
then weighed by the very functions that weigh millions of pairs in a run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from duecare.identity.directory import Directory
from duecare.identity.facing import MAY_BE_COMMON
from duecare.identity.levels import Face
from duecare.identity.model import Model

if TYPE_CHECKING:
    from duecare.identity.edges import Edges
    from duecare.identity.weighing import Common, Odds

LEAST_BITS = -8.0
"""A customer none of whose records comes nearer than this is not looked into."""

HOME_FROM = 0.5
"""As `clustering` has it: where no block meets, two people of a home are heard all the same."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """One person against some records, each value one record."""

    records: Sequence[int]
    odds: "Odds"
    edges: "Edges"
    """As the guard sees them, `a` being the person."""
    heard: Sequence[bool]
    """Whether the guard would hear them: what a block brings together, tells two apart, or shows a home."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One person as one of the customers."""

    customer_id: str
    bits: float
    """For being this customer, on the average over the records that are heard."""
    guarded_bits: float
    """The same as the guard has it, to whom a family is worse made one than a person left two."""
    best_bits: float
    """What the nearest record says, as the guard has it."""
    records: tuple[int, ...]
    weighed: Weighed
    """The person against each of them."""


def weighed(directory: Directory, model: Model, face: Face, records: Sequence[int], *, new: bool = True) -> Weighed:
    """Compare one person with *records* and weigh what they have in common.

    Args:
        directory: who can be found.
        model: the saved weights.
        face: what the person says, cleaned.
        records: numbers of records.
        new: whether the person is not among the records yet, so that their names count once more.
    """
    import numpy as np

    from duecare.identity.edges import edges
    from duecare.identity.pairing import Pairs
    from duecare.identity.weighing import weigh

    others = [_marked(face, directory.face(record)) for record in records]
    at = np.arange(len(records) + 1, dtype=np.int32)
    pairs = Pairs(np.zeros_like(at[1:]), at[1:], np.array([pattern(model, face, other) for other in others], np.int64))
    odds = weigh(pairs, model, _common(directory, face, new=new), directory.faces + new)
    found = edges(pairs, odds, model, np.array([bool(one.get("given_known")) for one in (face, *others)]))
    told = (found.apart > 0) | (odds.home_share > HOME_FROM)
    return Weighed(records, odds, found, [bool(told[at]) or directory.met(face, other) for at, other in enumerate(others)])


def _common(directory: Directory, face: Face, *, new: bool) -> "dict[str, Common]":
    """How common the values of one person are, who counts once more where new."""
    import numpy as np

    from duecare.identity.weighing import FREQUENT, Common

    bearers = {
        column: float("nan") if (value := face.get(column)) is None else directory.bearing(column, str(value)) for column in FREQUENT
    }
    return {column: Common(np.array([many + new], np.float64), directory.said[column] + new) for column, many in bearers.items()}


def pattern(model: Model, a: Face, b: Face) -> int:
    """Return the levels that two records fall in, as `pairing.Pairs` keeps them."""
    from duecare.identity.pairing import UNSAID

    levels = (one.level(a, b) for one in model.compared)
    return sum((UNSAID if level is None else level) << (4 * place) for place, level in enumerate(levels))


def placed(directory: Directory, face: Face, *, most: int) -> list[Placed]:
    """Return the customers whom somebody could be, the likeliest first.

    Args:
        directory: who can be found.
        face: what the person says, cleaned.
        most: so many records are compared at the most, before those of the likeliest customers.
    """
    model = directory.model
    if model is None or not (near := directory.candidates(face, most)):
        return []
    said = _by_record(weighed(directory, model, face, near))
    best: dict[str, float] = {}
    for record, (part, at) in said.items():
        name = directory.customer(record)
        best[name] = max(best.get(name, LEAST_BITS), float(part.odds.bits[at]))
    names = sorted((name for name, bits in best.items() if bits > LEAST_BITS), key=lambda name: (-best[name], name))[:MOST_CUSTOMERS]
    held = {name: directory.members(name)[:MOST_RECORDS] for name in names}
    said |= _by_record(weighed(directory, model, face, [record for name in names for record in held[name] if record not in said]))
    found = [_placed(name, held[name], said) for name in names]
    return sorted(found, key=lambda one: (-one.bits, one.customer_id))


MOST_CUSTOMERS = 20
MOST_RECORDS = 30
"""So many of the likeliest customers, and of each one's records, are looked into."""


def _by_record(found: Weighed) -> dict[int, tuple[Weighed, int]]:
    return {record: (found, at) for at, record in enumerate(found.records)}


def _placed(name: str, records: Sequence[int], said: Mapping[int, tuple[Weighed, int]]) -> Placed:
    own = _chosen([said[record] for record in records], records)
    heard = [at for at, met in enumerate(own.heard) if met]
    if not heard:
        return Placed(name, LEAST_BITS, LEAST_BITS, LEAST_BITS, tuple(records), own)
    bits = sum(min(max(float(own.odds.bits[at]), -MOST_BITS), MOST_BITS) for at in heard) / len(heard)
    guarded = [float(own.edges.bits[at]) for at in heard]
    return Placed(name, bits, sum(guarded) / len(heard), max(guarded), tuple(records), own)


def _chosen(of: Sequence[tuple[Weighed, int]], records: Sequence[int]) -> Weighed:
    """Some records out of what was weighed, in the order given."""
    import numpy as np

    from duecare.identity.edges import Edges
    from duecare.identity.weighing import Odds

    odds = Odds(*(np.array([getattr(part.odds, name)[at] for part, at in of]) for name in ("one", "strangers", "home")))
    columns = (np.array([getattr(part.edges, name)[at] for part, at in of]) for name in ("a", "b", "bits", "apart", "called"))
    return Weighed(tuple(records), odds, Edges(*columns), [part.heard[at] for part, at in of])


MOST_BITS = 20.0
"""As the guard has it."""


def _marked(face: Face, other: Face) -> Face:
    """The other record, its identifiers marked as a home's as this person's are where they are the same: they say so last."""
    return {**other, **{f"{column}_common": face[f"{column}_common"] for column in MAY_BE_COMMON if _same(face, other, column)}}


def _same(a: Face, b: Face, column: str) -> bool:
    return a.get(column) is not None and a.get(column) == b.get(column) and f"{column}_common" in a
