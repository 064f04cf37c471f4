"""Pains: which matters are hardest for customers. What to automate or mend first is chosen by that, and not by what it costs the company."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from duecare.measure.figures import Measured
from duecare.measure.groups import NOT_TOLD
from duecare.measure.log import Log
from duecare.measure.registry import kpis

LEAST_ANSWERS = 10
"""A kind of matter whose effort fewer customers told stands last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pain:
    """One kind of matter, and how hard it is for customers."""

    reason: str
    contacts: int
    effort: float | None
    """The mean of what customers said, 7 is easiest; None where nobody did."""
    effort_answers: int
    satisfied_percent: float | None
    first_contact_percent: float | None
    cost_per_contact: float | None


def pains(log: Log) -> list[Pain]:
    """Return the kinds of matters, the hardest for customers first: what to automate or mend is chosen by that, and not by what it costs."""
    asked = ("effort", "csat", "first_contact_resolution", "cost_per_contact")
    rows = Measured(log, kpis(asked)).table(["reason"]).to_pylist()
    by = {(row["reason"], row["kpi"]): row for row in rows}
    reasons = sorted({row["reason"] for row in rows if row["reason"] != NOT_TOLD})
    return sorted((_pain(reason, {kpi: by.get((reason, kpi)) for kpi in asked}) for reason in reasons), key=_hardness)


def _pain(reason: str, rows: Mapping[str, Mapping[str, Any] | None]) -> Pain:
    values = {kpi: None if row is None else row["value"] for kpi, row in rows.items()}
    contacts, answers = rows["cost_per_contact"], rows["effort"]
    return Pain(
        reason=reason,
        contacts=0 if contacts is None else int(contacts["cases"]),
        effort=values["effort"],
        effort_answers=0 if answers is None else int(answers["cases"]),
        satisfied_percent=values["csat"],
        first_contact_percent=values["first_contact_resolution"],
        cost_per_contact=values["cost_per_contact"],
    )


def _hardness(one: Pain) -> tuple[bool, float, int]:
    known = one.effort is not None and one.effort_answers >= LEAST_ANSWERS
    return not known, one.effort if known and one.effort is not None else 0.0, -one.contacts
