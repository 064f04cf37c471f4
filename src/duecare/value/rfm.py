"""RFM: how lately, how often and for how much, each in four classes, 1 best to 4 worst.

Classes are quarters of the customers who have bought. Customers who are alike are never
parted: a tied group goes where its middle lies. When most bought once, the classes of
frequency cannot be quarters, and `degenerate` says so.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats: TypeAlias = NDArray[np.float64]
Classes: TypeAlias = NDArray[np.int64]


def classes(measure: Floats, *, parts: int = 4) -> Classes:
    """Return the class of each of n values, 1 for the highest.

    >>> classes(np.array([40.0, 30.0, 20.0, 10.0])).tolist()
    [1, 2, 3, 4]
    >>> classes(np.array([1.0, 1.0, 1.0, 9.0])).tolist()  # the three alike stay together
    [3, 3, 3, 1]
    """
    middle = rankdata(-measure, method="average") - 0.5
    return np.minimum(np.floor(middle * parts / max(len(measure), 1)).astype(np.int64) + 1, parts)


def percentile(measure: Floats) -> Floats:
    """Return what share of the others, in per cent, has less; customers who are alike get the same.

    At or above 90 are the highest tenth, and never more than a tenth.

    >>> percentile(np.array([5.0, 1.0, 3.0, 3.0])).tolist()
    [75.0, 0.0, 25.0, 25.0]
    """
    return (rankdata(measure, method="min") - 1.0) * 100.0 / max(len(measure), 1)


def degenerate(which: Classes, *, parts: int = 4) -> bool:
    """Tell whether a class is empty because too many customers are alike."""
    return len(which) >= parts and len(np.unique(which)) < parts
