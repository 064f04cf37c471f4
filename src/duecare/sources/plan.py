"""A plan says what is made of raw rows, an outcome what came of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from duecare.sources.amounts import Decimal
from duecare.sources.presets import Aside, Fill, Role

FILE_SHIFT = 40
"""A row's number bears the number of its file above this bit, where files are read together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is made of the raw rows."""

    roles: tuple[Role, ...]
    fills: tuple[Fill, ...]
    asides: tuple[Aside, ...] = ()
    missing: tuple[str, ...] = ()
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    """Values for SQL: zone, source, currency and others of the input."""
    decimal: Decimal = "."
    stated: bool = False
    """Whether `$time_format` is given."""
    plain: bool = False
    """Whether cells are bare headers, so that raw rows need no table of their own."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What cleaning made; counts are of raw rows."""

    read: int = 0
    used: int = 0
    reasons: dict[str, int] = field(default_factory=dict[str, int])
    emptied: dict[str, int] = field(default_factory=dict[str, int])
    notes: list[str] = field(default_factory=list[str])
    fills: list[dict[str, object]] = field(default_factory=list[dict[str, object]])


def params_in(plan: Plan, sql: str) -> dict[str, object]:
    """Return the parameters of the plan that *sql* uses."""
    return {key: value for key, value in plan.params.items() if re.search(rf"\${key}\b", sql)}
