"""Predictors: what else may tell who will buy more, declared one by one, with whose leave and for what; or refused.

A trait enters the valuation only if the settings name it with its source, its purpose and the basis it is held on, and
only from rows that carry that purpose. What the law protects, and what stands in for it, is refused whatever is declared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from duecare.records import Warehouse
from duecare.value.protected import ground
from duecare.words import BadSettings

if TYPE_CHECKING:
    import numpy as np

    from duecare.value.models.seen import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictor:
    """One trait that may enter the valuation."""

    trait: str
    """Its name in the table `traits`."""
    source: str
    """Where it comes from, in words."""
    purpose: str
    """What it was collected for; only rows of `traits` that carry just this purpose are used."""
    basis: Literal["consent", "contract", "legitimate interest"]
    """The lawful basis; consent counts only from rows that say it."""
    kind: Literal["number", "words"]

    def __post_init__(self) -> None:
        if (found := ground(self.trait)) and found.protected:
            raise BadSettings(f"the predictor {self.trait!r} {found.why}", mend="take it out of [[predictors]]; nobody may be served by it")
        if blank := next((name for name in ("trait", "source", "purpose") if not getattr(self, name).strip()), None):
            raise BadSettings(f"a predictor does not say its {blank}", mend=f"write {blank} in its [[predictors]]")


ROWS = """
SELECT n.customer_number, min(t.value) AS value
FROM {traits} t
JOIN {members} n ON n.source = t.source AND n.source_id = t.source_id
WHERE t.name = $trait AND t.purpose = $purpose AND (t.observed_at IS NULL OR t.observed_at <= CAST($as_of AS TIMESTAMPTZ))
  AND ($basis <> 'consent' OR lower(t.consent) = 'consent')
GROUP BY n.customer_number
HAVING count(DISTINCT t.value) = 1
"""
"""One value a customer; of whom records say different things, nothing is said."""


def traits_of(
    warehouse: Warehouse, predictors: Sequence[Predictor], *, customers: int, as_of: datetime
) -> "tuple[Floats | None, tuple[str, ...]]":
    """Return customers x traits for the models, None where there are none, and what is to be said of them.

    Numbers are standardised, what lies beyond 4 standard deviations is drawn in, and who has none stands at the mean with
    a mark. Words become marks, those of fewer than a hundredth of the customers together. Reads `traits` and `members`.
    """
    import numpy as np

    columns: list[Floats] = []
    notes: list[str] = []
    for one in predictors:
        values = {"trait": one.trait, "purpose": one.purpose, "basis": one.basis, "as_of": as_of}
        rows = warehouse.arrow(ROWS, values, traits="traits", members="members")
        place, texts = rows["customer_number"].to_numpy(), rows["value"].to_pylist()
        made = (_numbers if one.kind == "number" else _marks)(place, texts, customers)
        columns += made
        if not made:
            notes.append(f"predictor {one.trait!r}: no customer has a value with the purpose {one.purpose!r} that tells customers apart")
    return (np.column_stack(columns) if columns else None), tuple(notes)


FARTHEST = 4.0
LEAST_SHARE = 0.01


def _numbers(place: "np.ndarray[tuple[int], np.dtype[np.int64]]", texts: Sequence[str], customers: int) -> "list[Floats]":
    import numpy as np

    read = np.array([_number(text) for text in texts], np.float64)
    known = np.isfinite(read)
    if known.sum() < 2 or float(np.ptp(read[known])) == 0.0:
        return []
    values, missing = np.zeros(customers), np.ones(customers)
    values[place[known]] = np.clip((read[known] - read[known].mean()) / read[known].std(), -FARTHEST, FARTHEST)
    missing[place[known]] = 0.0
    return [values, missing] if missing.any() else [values]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _marks(place: "np.ndarray[tuple[int], np.dtype[np.int64]]", texts: Sequence[str], customers: int) -> "list[Floats]":
    import numpy as np

    words, which, counts = np.unique(np.array(texts, dtype=np.str_), return_inverse=True, return_counts=True)
    found: list[Floats] = []
    for at in np.flatnonzero((counts >= LEAST_SHARE * customers) & (counts < customers)):
        mark = np.zeros(customers)
        mark[place[which == at]] = 1.0
        found.append(mark)
    return found if len(words) > 1 or len(place) < customers else []
