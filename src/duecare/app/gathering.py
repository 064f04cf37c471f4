"""Gathering: everything that was measured, in plain types, for the service report."""

from dataclasses import asdict
from typing import Any

from duecare.app import proposals
from duecare.app.causes import effects
from duecare.app.fairness import told, treatment
from duecare.app.matters import matters
from duecare.app.measuring import Opened, facts_of, first_applied
from duecare.app.practicing import practice

COURSES = {"week": "promises_kept", "month": "csat"}
"""KPIs that are drawn over time."""
DEFINED = ("name", "title", "kind", "unit", "numerator", "denominator", "clock", "nulls", "better", "sentence", "never_by_tier")


def gathered(known: Opened) -> dict[str, Any]:
    """Return all figures of the service report."""
    from duecare.measure.figures import Measured
    from duecare.measure.following import followed
    from duecare.measure.practice import uneven
    from duecare.measure.registry import KPIS

    log, since = known.read.log, first_applied(known.book)
    measured = Measured(log, list(KPIS.values()))
    courses = {f"by_{period}": Measured(log, [KPIS[name]]).table(["tier", period]).to_pylist() for period, name in COURSES.items()}
    plan = proposals.newest(known.published.folder, known.published.facts, known.settings, known.book).found["fairness"]
    treated = treatment(known.settings, known.published.warehouse, known.read) if plan["attributes"] else []
    return (
        facts_of(known, measured.table())
        | courses
        | {
            "run_id": known.published.run_id,
            "currency": known.settings.money.currency,
            "tiers": list(log.tiers),
            "definitions": [{name: getattr(one, name) for name in DEFINED} for one in KPIS.values()],
            "by_tier": measured.table(["tier"]).to_pylist(),
            "served_by_tier_since": since,
            "uneven": {one.name: said for one in KPIS.values() if one.never_by_tier and (said := uneven(log, one, since))},
            "practice": practice(known),
            "matters": matters(known),
            "fairness": told(plan, treated),
            "effects": effects(known.settings, known.runs, known.published, known.book, known.read),
            "followed": [asdict(one) for one in followed(log)],
        }
    )
