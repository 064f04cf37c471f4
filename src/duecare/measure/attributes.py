"""Attributes: the groups that customers say to belong to, and what could stand in for them, one word a customer.

Groups are read here and by the audit alone. Everything is by the customer's number, from 0 on.
"""

from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.measure.log import Named, named
from duecare.records import Warehouse, pieces

if TYPE_CHECKING:
    import pyarrow as pa

Floats: TypeAlias = NDArray[np.float64]

MOST_WORDS = 100
"""Of a column with more words the rarest stand together."""
OTHER = "other"
FIFTHS = ("lowest fifth", "second fifth", "middle fifth", "fourth fifth", "highest fifth")
"""Numbers are told in fifths."""
PLACES = ("city", "country")


def customers_of(warehouse: Warehouse) -> int:
    """Return how many customers there are."""
    return int(warehouse.arrow("SELECT count(*) AS n FROM {customers}", customers="customers")["n"][0].as_py())


def groups(warehouse: Warehouse, customers: int) -> dict[str, Named]:
    """Return the groups of each customer, by attribute; none where the source hands in none."""
    rows = warehouse.arrow(pieces("duecare.measure", "audit.sql")["groups"], audit_groups="audit_groups", members="members")
    return _by_attribute(rows, customers)


def columns(warehouse: Warehouse, customers: int, *, as_of: datetime) -> dict[str, Named]:
    """Return what else is told of each customer and could stand in for a group: traits, city and country."""
    sql = pieces("duecare.measure", "audit.sql")
    traits = warehouse.arrow(sql["traits"], {"as_of": as_of}, traits="traits", members="members")
    places = warehouse.arrow(sql["places"], golden="golden", customers="customers")
    where = _numbers(places)
    return _by_attribute(traits, customers) | {name: _spread(named(places[name]), where, customers) for name in PLACES}


def _by_attribute(rows: "pa.Table", customers: int) -> dict[str, Named]:
    attributes, values, where = named(rows["attribute"]), rows["value"], _numbers(rows)
    found: dict[str, Named] = {}
    for place, name in enumerate(attributes.names):
        mine = np.flatnonzero(attributes.place == place)
        found[name] = _spread(_worded(named(values.take(mine))), where[mine], customers)
    return found


def _numbers(rows: "pa.Table") -> NDArray[np.int64]:
    return rows["customer_number"].to_numpy().astype(np.int64)


def _spread(column: Named, where: NDArray[np.int64], customers: int) -> Named:
    """The same by customer, -1 for those of whom nothing is told; rare words stand together."""
    few = _few(column)
    place = np.full(customers, -1)
    place[where] = few.place
    return Named(place, few.names)


def _few(column: Named) -> Named:
    many = len(column.names)
    if many <= MOST_WORDS:
        return column
    counts = np.bincount(column.place[column.place >= 0], minlength=many)
    kept = np.sort(np.argsort(-counts, kind="stable")[: MOST_WORDS - 1])
    to = np.full(many + 1, len(kept))
    to[kept], to[-1] = np.arange(len(kept)), -1
    return Named(to[column.place], (*(column.names[at] for at in kept.tolist()), OTHER))


def _worded(column: Named) -> Named:
    """The same, numbers in fifths."""
    numbers = np.array([_number(name) for name in column.names])
    if len(numbers) <= len(FIFTHS) or np.isnan(numbers).any():
        return column
    value = numbers[column.place]
    cuts = np.quantile(value, np.linspace(0, 1, len(FIFTHS) + 1)[1:-1])
    return Named(np.searchsorted(cuts, value, side="left"), FIFTHS)


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float("nan")


def worth_and_rank(warehouse: Warehouse, customers: int, tiers: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Return what each customer is worth, and the place of the tier that they earned; NaN where it cannot be said.

    Args:
        warehouse: with a plan.
        customers: how many.
        tiers: best first.
    """
    names = {name: name for name in ("plan", "customers", "valuation")}
    rows = warehouse.arrow(pieces("duecare.measure", "audit.sql")["earned"], **names)
    where, tier = _numbers(rows), named(rows["tier"])
    worth, rank = np.full(customers, np.nan), np.full(customers, np.nan)
    worth[where] = rows["clv"].to_numpy().astype(np.float64)
    places = np.array([*(float(tiers.index(name)) if name in tiers else np.nan for name in tier.names), np.nan])
    rank[where] = places[tier.place]
    return worth, rank
