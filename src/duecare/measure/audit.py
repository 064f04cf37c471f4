"""The audit of a plan: who earned a better tier, by groups that no rule may look at, and what stands in for such a group.

Two things stop a plan: a group that has the better tiers less often than others who are worth the same, and a column that
stands in for a group and is used to value customers.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from duecare.measure.attributes import columns, customers_of, groups, worth_and_rank
from duecare.measure.fairness import Floats, Gap, Question, audit, strata, tier_odds
from duecare.measure.log import Named
from duecare.measure.proxies import Proxy, proxies
from duecare.measure.terms import Tolerance
from duecare.records import Warehouse

PARTS = 100
"""Into so many parts by worth customers are cut: within one, the tier must not hang on the group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was found."""

    attributes: tuple[str, ...]
    """The groups that were looked at; none where the source hands in none."""
    odds: Mapping[str, Mapping[str, float]]
    """By attribute: how often each group has a better tier than the last, with the largest difference and the smallest ratio."""
    gaps: tuple[Gap, ...]
    proxies: tuple[Proxy, ...]
    stops: tuple[str, ...]
    """Why the plan must not be applied; empty when nothing speaks against it."""


def audit_plan(warehouse: Warehouse, tiers: tuple[str, ...], tolerance: Tolerance, *, as_of: datetime, used: Collection[str] = ()) -> Audit:
    """Audit the plan in a warehouse.

    Args:
        warehouse: with the tables of a run.
        tiers: best first.
        tolerance: what passes.
        as_of: until when traits are looked at.
        used: names of traits that customers are valued by.
    """
    customers = customers_of(warehouse)
    known = groups(warehouse, customers)
    if not known:
        return Audit(attributes=(), odds={}, gaps=(), proxies=(), stops=())
    worth, rank = worth_and_rank(warehouse, customers, tiers)
    alike = strata(worth, PARTS)
    asked = [Question(measure=name, outcome=_reaches(rank, at), factor=alike, groups=known) for at, name in enumerate(_levels(tiers))]
    gaps = tuple(audit(asked, tolerance))
    found = tuple(proxies(columns(warehouse, customers, as_of=as_of), known, worth))
    return Audit(
        attributes=tuple(known),
        odds={name: _odds(rank, len(tiers) - 2, column, tolerance.least_group) for name, column in known.items()},
        gaps=gaps,
        proxies=found,
        stops=(*(told(one) for one in gaps if one.stops), *(_told_of(one) for one in found if one.stands_in and one.column in used)),
    )


def _levels(tiers: tuple[str, ...]) -> list[str]:
    """What a customer may reach: each tier but the last, or better."""
    return [f"{name} or better" if at else name for at, name in enumerate(tiers[:-1])]


def _reaches(rank: Floats, place: int) -> Floats:
    """1 for whom the tier at a place or a better one, 0 for the others, NaN where it cannot be said."""
    return np.where(np.isnan(rank), np.nan, (rank <= place).astype(np.float64))


def _odds(rank: Floats, place: int, column: Named, least: int) -> Mapping[str, float]:
    mine = np.flatnonzero(~np.isnan(rank))
    return tier_odds(rank[mine] <= place, Named(column.place[mine], column.names), least)


def told(gap: Gap) -> str:
    """Say a gap in words, with what of it is explained."""
    how = "less" if gap.unexplained < 0 else "more"
    return (
        f"{gap.attribute} {gap.group!r} has {gap.measure} {abs(100 * gap.unexplained):.1f} points {how} often than others who are worth the same"
        f" ({100 * gap.share:.1f} % against {100 * gap.others_share:.1f} %, of {gap.cases:,} and {gap.others:,})"
    )


def _told_of(proxy: Proxy) -> str:
    return f"{proxy.column!r} tells what customers are worth only by telling their {proxy.attribute}, and customers are valued by it"
