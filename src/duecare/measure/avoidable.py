"""Avoidable contacts: which products and suppliers bring more contacts of a kind than they should, and what that costs.

A product should bring as many contacts of each kind as the others do, sold for sold. What it brings beyond is avoidable, where
chance does not explain it: counts of contacts spread more than a Poisson count does, and are let spread so much (quasi-likelihood:
P. McCullagh, J. A. Nelder (1989), "Generalized Linear Models", section 4.5).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from scipy.special import gammainc

from duecare.measure.fairness import ALPHA, Floats, holm
from duecare.measure.kpi import Ints
from duecare.measure.log import Log, Named, named
from duecare.measure.periods import DAY
from duecare.records import Warehouse, pieces

LATELY_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """What was sold lately."""

    product: tuple[str, ...]
    name: tuple[str | None, ...]
    supplier: Named
    times: Ints

    def supplied_by(self, row: int) -> str | None:
        """Return whose a product is."""
        place = int(self.supplier.place[row])
        return self.supplier.names[place] if place >= 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Avoidable:
    """Contacts of one kind that a product, or all of a supplier's, brought beyond what they should."""

    reason: str
    product: str | None
    """None for all of a supplier's."""
    name: str | None
    supplier: str | None
    sold: int
    contacts: int
    expected: float
    """As many as others would have brought."""
    avoidable: float
    cost_per_year: float
    """What the avoidable ones cost, in money."""
    p: float
    """How likely so many are by chance, all cells taken together (Holm)."""


def sold(warehouse: Warehouse, *, as_of: datetime) -> Sold:
    """Return what was sold in the year before a moment."""
    values = {"as_of": as_of, "from": as_of - timedelta(days=LATELY_DAYS)}
    rows = warehouse.arrow(pieces("duecare.measure", "avoidable.sql")["sold"], values, order_lines="order_lines", orders="orders")
    product, name = tuple(rows["product_id"].to_pylist()), tuple(rows["name"].to_pylist())
    return Sold(product=product, name=name, supplier=named(rows["supplier"]), times=rows["sold"].to_numpy().astype(np.int64))


def avoidable(log: Log, goods: Sold) -> list[Avoidable]:
    """Return which products, and all of whose goods, bring too many contacts of a kind; the dearest first."""
    told, row = log.contacts, {name: at for at, name in enumerate(goods.product)}
    of = np.array([*(row.get(name, -1) for name in told.product.names), -1])[told.product.place]
    mine = np.flatnonzero((of >= 0) & (told.reason.place >= 0) & (told.aside < 0) & (told.opened > log.as_of - LATELY_DAYS * DAY))
    products = _Counted(told.reason.place[mine], of[mine], told.cost_cents[mine], goods.times, told.reason.names)
    supplier = goods.supplier.place[of[mine]]
    supplied = np.flatnonzero(supplier >= 0)
    known = np.flatnonzero(goods.supplier.place >= 0)
    times = np.bincount(goods.supplier.place[known], goods.times[known], len(goods.supplier.names)).astype(np.int64)
    suppliers = _Counted(products.reason[supplied], supplier[supplied], products.cost[supplied], times, told.reason.names)
    found = [
        *(_told(cell, goods.product[cell.thing], goods.name[cell.thing], goods.supplied_by(cell.thing)) for cell in _cells(products)),
        *(_told(cell, None, None, goods.supplier.names[cell.thing]) for cell in _cells(suppliers)),
    ]
    return sorted(found, key=lambda one: -one.cost_per_year)


@dataclass(frozen=True, slots=True)
class _Counted:
    """Contacts by reason and thing, one value a contact; and how often each thing was sold."""

    reason: Ints
    thing: Ints
    cost: Ints
    sold: Ints
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Cell:
    reason: str
    thing: int
    sold: int
    contacts: int
    expected: float
    cost_cents: float
    """Of one contact."""
    p: float


def _cells(counted: _Counted) -> list[_Cell]:
    """The cells that have more contacts than the others would lead one to expect, beyond chance."""
    many = len(counted.sold)
    if not many or not len(counted.reason):
        return []
    key, size = counted.reason * many + counted.thing, len(counted.reasons) * many
    contacts = np.bincount(key, minlength=size).reshape(-1, many)
    cost = np.bincount(key, counted.cost, size).reshape(-1, many)
    others = np.maximum(counted.sold.sum() - counted.sold, 1)
    expected = (contacts.sum(axis=1, keepdims=True) - contacts) / others * counted.sold
    spread = _spread(contacts, expected)[:, None]
    p = gammainc(np.maximum(contacts / spread, 1e-9), expected / spread)  # the chance of a Poisson count that large
    judged = holm(np.where(contacts > 0, p, 1.0).reshape(-1)).reshape(p.shape)
    return [
        _Cell(
            reason=counted.reasons[r],
            thing=t,
            sold=int(counted.sold[t]),
            contacts=int(contacts[r, t]),
            expected=float(expected[r, t]),
            cost_cents=float(cost[r, t] / contacts[r, t]),
            p=float(judged[r, t]),
        )
        for r, t in np.argwhere((judged < ALPHA) & (contacts > expected)).tolist()
    ]


def _spread(contacts: "np.ndarray", expected: Floats) -> Floats:
    """By how much counts of each reason spread more than Poisson counts: by the median, so that the odd ones do not count."""
    squares = (contacts - expected) ** 2 / np.maximum(expected, 1e-9)
    known = np.where(expected > 0, squares, np.nan)
    with np.errstate(invalid="ignore"):
        found = np.array([np.median(row[~np.isnan(row)]) / CHI_MEDIAN if (~np.isnan(row)).any() else 1.0 for row in known])
    return np.maximum(found, 1.0)


CHI_MEDIAN = 0.4549
"""The median of a squared standard normal variable."""


def _told(cell: _Cell, product: str | None, name: str | None, supplier: str | None) -> Avoidable:
    too_many = cell.contacts - cell.expected
    return Avoidable(
        reason=cell.reason,
        product=product,
        name=name,
        supplier=supplier,
        sold=cell.sold,
        contacts=cell.contacts,
        expected=cell.expected,
        avoidable=too_many,
        cost_per_year=too_many * cell.cost_cents / 100,
        p=cell.p,
    )
