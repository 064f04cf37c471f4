"""Segments: names for RFM classes, by definitions that are data. The first that holds gives the name.

The documents' six are made of quarters and overlap: whoever buys most often (X1X) is loyal before
they can be a small buyer (X13, X14), and the dormant (44X) hold the worst (444). So each segment is
counted twice: who bears its name, and whom its definition holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.value.rfm import Classes, classes, degenerate

if TYPE_CHECKING:
    import pyarrow as pa

Names: TypeAlias = NDArray[np.str_]
Groups: TypeAlias = tuple[Classes, Classes, Classes]
"""The classes of recency, frequency and money of n customers, 1 best."""

OTHERS = "Others"
"""Whom no definition holds."""
PARTS: Mapping[int, str] = {4: "quarters", 5: "fifths"}
"""Into how many classes each of R, F and M may be cut, and what they are called."""

EQUALLY_OFTEN = "most customers bought equally often"
"""How it is said that classes of frequency are not what they are called."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A named segment: from which class to which, the best first, both included."""

    name: str
    r: tuple[int, int]
    f: tuple[int, int]
    m: tuple[int, int]

    def holds(self, groups: Groups) -> NDArray[np.bool_]:
        """Tell which customers its definition holds."""
        inside = [(best <= which) & (which <= worst) for (best, worst), which in zip((self.r, self.f, self.m), groups, strict=True)]
        return inside[0] & inside[1] & inside[2]


ANY = (1, 4)
DOCUMENTS = (
    Segment("Top", (1, 1), (1, 1), (1, 1)),
    Segment("Loyal", ANY, (1, 1), ANY),
    Segment("High Potentials", ANY, ANY, (1, 1)),
    Segment("Small Buyers", ANY, (1, 1), (3, 4)),
    Segment("Dormant", (4, 4), (4, 4), ANY),
    Segment("Worst", (4, 4), (4, 4), (4, 4)),
)
"""The documents' segments over quarters, as the help pages of the tool that they describe define them."""

TEN = (
    Segment("Champions", (1, 1), (1, 1), (1, 1)),
    Segment("Potential Loyalist", (1, 3), (1, 3), (1, 4)),
    Segment("Loyal Customers", (2, 4), (2, 4), (2, 4)),
    Segment("Promising", (2, 3), (3, 5), (1, 3)),
    Segment("New Customers", (1, 2), (3, 5), (1, 5)),
    Segment("Can't Lose Them", (4, 5), (2, 3), (1, 2)),
    Segment("At Risk", (4, 5), (1, 4), (1, 2)),
    Segment("Need Attention", (3, 5), (1, 3), (1, 3)),
    Segment("About To Sleep", (3, 4), (3, 5), (2, 5)),
    Segment("Lost", (5, 5), (1, 5), (1, 5)),
)
"""Ten segments over fifths: the preset of the R package `rfm` 0.3.0 (its example of `rfm_segment`), where 5 is best, turned round."""

PRESETS: Mapping[int, tuple[Segment, ...]] = {4: DOCUMENTS, 5: TEN}


def segments(groups: Groups, rules: Sequence[Segment]) -> Names:
    """Return the name of each customer's segment, the first of *rules* that holds.

    >>> one = (np.array([1, 4]), np.array([1, 4]), np.array([1, 4]))
    >>> segments(one, DOCUMENTS).tolist()
    ['Top', 'Dormant']
    """
    return np.select([rule.holds(groups) for rule in rules], [np.array(rule.name) for rule in rules], np.array(OTHERS)).astype(np.str_)


def groups_of(recency_days: NDArray[np.float64], orders: NDArray[np.float64], revenue: NDArray[np.float64], parts: int) -> Groups:
    """Return the classes of customers who have bought.

    Args:
        recency_days: days since the last purchase.
        orders: how many orders.
        revenue: of all of them, book's currency.
        parts: how many classes, 4 or 5.
    """
    return classes(-recency_days, parts=parts), classes(orders, parts=parts), classes(revenue, parts=parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How large a segment is."""

    segment: str
    customers: int
    """Who bears its name."""
    defined: int
    """Whom its definition holds, also those whom an earlier one took."""
    revenue: float
    """Of those who bear its name, book's currency."""


def counted(groups: Groups, revenue: NDArray[np.float64], rules: Sequence[Segment]) -> list[Count]:
    """Count every segment, in the order of *rules*, and at the end whom none holds."""
    names = segments(groups, rules)
    held = {rule.name: int(rule.holds(groups).sum()) for rule in rules}
    return [
        Count(
            segment=name,
            customers=int((names == name).sum()),
            defined=held.get(name, int((names == name).sum())),
            revenue=float(revenue[names == name].sum()),
        )
        for name in (*held, OTHERS)
    ]


def doubts(groups: Groups, parts: int) -> list[str]:
    """Say which classes are not equal parts because too many customers are alike; recency and money seldom are."""
    if not degenerate(groups[1], parts=parts):
        return []
    return [f"{EQUALLY_OFTEN}, so the classes of frequency are not {PARTS[parts]}"]


def columns(groups: Groups, rules: Sequence[Segment]) -> "dict[str, pa.Array]":
    """Return the columns rfm_r, rfm_f, rfm_m, rfm and segment of customers who have bought."""
    import pyarrow as pa

    r, f, m = groups
    plain = {"rfm_r": pa.array(r), "rfm_f": pa.array(f), "rfm_m": pa.array(m)}
    return plain | {
        "rfm": pa.array(100 * r + 10 * f + m).cast("string"),
        "segment": pa.array(segments(groups, rules).tolist(), pa.string()),
    }
