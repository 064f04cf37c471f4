"""What the settings file says of measuring: how KPIs count, what is to be reached, and what must not get worse."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What of the settings KPIs depend on."""

    csat_positive_from: float = 4.0
    """A rating of satisfaction counts as positive from this score on; on a scale of 1 to 5."""
    first_contact_days: int = 7
    """So many days without another contact about the same matter make it solved at the first."""
    about_to_breach_percent: float = 20.0
    """A promise is about to break when less than this share of its time is left."""
    smallest_points: float = 5.0
    """The smallest effect of service on buying again that would matter, in points of percent; comparisons that could not find it say nothing."""
    complaints: tuple[str, ...] = ()
    """Reasons of contacts that are complaints; `complaint` and `complaints` when left out."""
    time_zone: str | None = None
    """In which days, weeks and months are counted; that of the only calendar, or UTC, when left out."""


LEAST_GROUP = 30
"""Smaller groups are not told apart: chance alone would speak, and persons could be known by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """What an audit lets pass."""

    points: float = 5.0
    """An unexplained gap of up to so many points of percent, or percent of the others' wait."""
    least_group: int = LEAST_GROUP
    """Groups with fewer customers or contacts are not shown."""
    accepted_by: str | None = None
    """Who answers for it that a plan is applied although the audit stops it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """What may be told of agents."""

    ratings_enabled_by: str | None = None
    """Who answers for it that single agents are rated; nobody may see ratings while it is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is to be reached by when."""

    name: str
    kpi: str
    """A name of the registry."""
    target: float
    """In the KPI's unit: percent, seconds, money or points."""
    begins: date
    ends: date
    owner: str = ""
    """Who answers for it."""
    tier: str | None = None
    """Everybody when left out."""
    channel: str | None = None
    baseline: float | None = None
    """What it was at the beginning; measured from the weeks before when left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One guard rail."""

    kpi: str
    """A share of the registry."""
    tier: str | None = None
    """The lowest one when left out."""
    points: float = 3.0
    """So many points of percent may be lost."""
    restore: bool = False
    """Whether crossing it takes the plan in force back."""
    answered_by: str | None = None
    """Who answers for it that a policy which was taken back is applied again."""


GUARDS = (Guard(kpi="csat"), Guard(kpi="complaints"), Guard(kpi="bought_again"))
"""The guard rails that hold where the settings name none."""
