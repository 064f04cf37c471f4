"""Drivers: what satisfaction and staying go along with, and how much of it each thing shares.

Things that go along with each other cannot be told apart by one coefficient; the share of each is
what it adds to the explained variance, on the average over all orders in which things could be added
(LMG, which is the Shapley value). It is association and no cause: causes are asked in `effects`.

Source: R. H. Lindeman, P. F. Merenda, R. Z. Gold (1980), "Introduction to Bivariate and Multivariate Analysis";
U. Groemping (2006), "Relative Importance for Linear Regression in R: The Package relaimpo", Journal of Statistical
Software 17 (1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import factorial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from duecare.measure.fairness import ALPHA, holm
from duecare.measure.intervals import z
from duecare.words import BadRows

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

MOST = 12
"""With more drivers there would be too many orders to go through, and too little to be told of each."""
LEAST_CASES = 100
LEAKS = 0.9
"""A driver that alone explains so much of the outcome tells the outcome itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """One thing and what goes along with it."""

    name: str
    share: float
    """Of the outcome's variance, 0 to 1; the shares of all come to what is explained."""
    coefficient: float
    """By how much the outcome differs with one standard deviation more, all others alike."""
    low: float
    high: float
    p: float
    """How likely so strong a coefficient is by chance, all drivers taken together (Holm)."""
    shown: bool
    """Whether chance does not explain it."""
    leaks: bool
    """Whether it tells the outcome itself, and so explains nothing."""


def drivers(outcome: Floats, columns: Mapping[str, Floats], owner: Ints | None = None) -> list[Driver]:
    """Return the drivers of an outcome, the largest share first; cases that lack anything are left out.

    Args:
        outcome: of n cases.
        columns: what may go along with it, at most 12; each a number a case.
        owner: the customer of each case, where one may have several: they hang together, and chance is reckoned by customers.

    Raises:
        BadRows: there are too many drivers, or too few cases.
    """
    if len(columns) > MOST:
        raise BadRows(f"{len(columns)} drivers are more than {MOST}", mend="leave out those that say the same")
    names = list(columns)
    table = np.column_stack([outcome, *(columns[name] for name in names)]) if names else outcome[:, None]
    whole = ~np.isnan(table).any(axis=1)
    table, whose = table[whole], np.arange(int(whole.sum())) if owner is None else owner[whole]
    moving = [at for at in range(1, table.shape[1]) if len(table) and table[:, at].std() > 0]
    if len(table) < LEAST_CASES or not moving or table[:, 0].std() == 0:
        raise BadRows(f"{len(table):,} cases tell nothing of drivers", mend=f"at least {LEAST_CASES} are needed, and some that differ")
    return _found(table[:, 0], table[:, moving], [names[at - 1] for at in moving], whose)


def _found(outcome: Floats, columns: Floats, names: list[str], owner: Ints) -> list[Driver]:
    scaled = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    coefficient, error = _regressed(outcome, scaled, owner)
    p = holm(2 * ndtr(-np.abs(coefficient) / np.maximum(error, 1e-300)))
    alone = np.array([np.corrcoef(outcome, column)[0, 1] ** 2 for column in scaled.T])
    made = [
        Driver(
            name=name,
            share=float(share),
            coefficient=float(b),
            low=float(b - z() * e),
            high=float(b + z() * e),
            p=float(chance),
            shown=bool(chance < ALPHA),
            leaks=bool(a > LEAKS),
        )
        for name, share, b, e, chance, a in zip(names, shares(outcome, scaled), coefficient, error, p, alone, strict=True)
    ]
    return sorted(made, key=lambda one: -one.share)


def _regressed(outcome: Floats, columns: Floats, owner: Ints) -> tuple[Floats, Floats]:
    """Coefficients and their standard errors, robust to uneven noise and to cases of one owner that hang together (CR1; HC1 where each has one)."""
    many, wide = columns.shape
    whole = np.column_stack([np.ones(many), columns])
    bread = np.linalg.pinv(whole.T @ whole)
    fitted = bread @ whole.T @ outcome
    _, whose = np.unique(owner, return_inverse=True)
    scores = whole * (outcome - whole @ fitted)[:, None]
    sums = np.column_stack([np.bincount(whose, column) for column in scores.T])
    owners = len(sums)
    meat = sums.T @ sums * owners / max(owners - 1, 1) * (many - 1) / max(many - wide - 1, 1)
    return fitted[1:], np.sqrt(np.maximum(np.diag(bread @ meat @ bread), 0))[1:]


def shares(outcome: Floats, columns: Floats) -> Floats:
    """Return what each column adds to the explained variance, on the average over all orders.

    Args:
        outcome: of n cases.
        columns: n by p numbers.

    >>> x = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    >>> shares(x[:, 0] * 3 + x[:, 1] * 4, x).round(2).tolist()
    [0.36, 0.64]
    """
    wide = columns.shape[1]
    correlation: Floats = np.atleast_2d(np.corrcoef(np.column_stack([outcome, columns]), rowvar=False))
    explained = np.zeros(1 << wide)
    for subset in range(1, 1 << wide):
        mine = [at for at in range(wide) if subset >> at & 1]
        inner, outer = correlation[1:, 1:][np.ix_(mine, mine)], correlation[0, 1:][mine]
        explained[subset] = float(outer @ np.linalg.pinv(inner, hermitian=True) @ outer)
    sets = np.arange(1 << wide)
    size = np.array([one.bit_count() for one in range(1 << wide)])
    weight = np.array([factorial(k) * factorial(wide - k - 1) for k in range(wide)]) / factorial(wide)
    found = np.zeros(wide)
    for at in range(wide):
        without = sets[(sets >> at & 1) == 0]
        found[at] = float(weight[size[without]] @ (explained[without | 1 << at] - explained[without]))
    return found
