"""A policy: the ordered levels of service, who earns each, and what each gets.

The first tier whose condition holds is earned; the last tier has none and takes everyone
else. Levels are data in `duecare.toml`, so changing who gets what is a reviewed change of text.
"""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from duecare.words import BadSettings, nearest

UNSEEN = ("Cc", "Cs", "Zl", "Zp")
"""Kinds of signs that break a line or a terminal, by Unicode's names."""

Band = Literal["any", "newer", "experienced", "senior"]
Level = Literal["person", "household", "account"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRule:
    """One level of service."""

    name: str
    when: str | None = None
    """Who earns it, as a condition over the columns of docs/settings.md; None for the last tier, and for one that is never earned."""
    within: Mapping[str, str] = field(default_factory=dict[str, str])
    """Segment -> the condition that holds for those in it, in place of `when`; who is in several goes by the first."""
    earned: bool = True
    """False for a level that is only bought, contracted or given by a person."""
    channels: tuple[str, ...] = ()
    """On which channels it is served; all when empty."""
    agents: Band = "any"
    """The experience of those who serve it first."""
    self_service: Literal["offered", "encouraged"] = "offered"
    options: tuple[str, ...] = ()
    """Names from `[[options]]`: perks and specialists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSegment:
    """Customers under a name, for conditions to use."""

    name: str
    when: str
    kind: Literal["dynamic", "static"] = "dynamic"
    """`dynamic`: who fits now; `static`: who fitted when a plan with it was first applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something that a tier may be given: a perk, a specialist."""

    name: str
    says: str
    """What agents are told of it."""
    cost_per_customer_month: float = 0.0
    """In the book's currency."""
    capacity_customers: int | None = None
    """How many customers it can be given to; any number when None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whom the policy places, and what their value is for."""

    level: Level = "person"
    """Whether people, households or accounts are placed; who is in none of them is placed alone."""
    value_counts: Literal["graded", "ties"] = "graded"
    """In routing: `ties`, value decides only between contacts of equal severity and wait."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The tiers, best first, with all that they name."""

    tiers: tuple[TierRule, ...]
    segments: tuple[NamedSegment, ...] = ()
    options: tuple[Option, ...] = ()
    scope: Scope = field(default_factory=Scope)

    def __post_init__(self) -> None:
        _check(self.tiers)
        for kind, names in (("segment", [one.name for one in self.segments]), ("option", [one.name for one in self.options])):
            _no_name_twice(kind, names)
        for tier in self.tiers:
            _known("option", tier.options, [one.name for one in self.options], tier.name)
            _known("segment", tier.within, [one.name for one in self.segments], tier.name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(tier.name for tier in self.tiers)

    @property
    def hash(self) -> str:
        """A fingerprint of the policy's meaning: every word of it that decides on anything."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def _check(tiers: Sequence[TierRule]) -> None:
    names = [tier.name for tier in tiers]
    if not tiers:
        raise BadSettings("the policy has no tier", mend="write at least one [[tiers]] with a name")
    for name in names:
        if not name.strip() or any(unicodedata.category(sign) in UNSEEN for sign in name):
            raise BadSettings(
                f"the tier name {name!r} is blank or holds signs that cannot be seen", mend="write a name that people can read"
            )
    _no_name_twice("tier", names)
    last = tiers[-1]
    if last.when is not None or last.within or not last.earned:
        raise BadSettings(
            f"the last tier, {last.name!r}, has a condition, so some customers would get none",
            mend="remove its `when`, `within` and `earned`",
        )
    if open_tiers := [tier.name for tier in tiers[:-1] if tier.when is None and tier.earned]:
        raise BadSettings(f"tier {open_tiers[0]!r} has no condition and would take everybody", mend="give it a `when`, or put it last")
    if both := [tier.name for tier in tiers if not tier.earned and (tier.when is not None or tier.within)]:
        raise BadSettings(f"tier {both[0]!r} is never earned and has a condition", mend="remove its `when`, or `earned = false`")


def _no_name_twice(kind: str, names: Sequence[str]) -> None:
    folded = Counter(name.strip().casefold() for name in names)
    if twice := [name for name in names if folded[name.strip().casefold()] > 1]:
        raise BadSettings(f"{kind} {min(twice)!r} stands twice in the policy", mend=f"give each [[{kind}s]] a name of its own")


def _known(kind: str, named: Iterable[str], names: Sequence[str], tier: str) -> None:
    if unknown := [name for name in named if name not in names]:
        near = nearest(unknown[0], names)
        mend = f"write {' or '.join(near)}" if near else f"write a [[{kind}s]] of that name"
        raise BadSettings(f"tier {tier!r} names the {kind} {unknown[0]!r}, which is not there", mend=mend)


DOCUMENTS = Policy(
    (
        TierRule(name="Premium", when="clv_percentile >= 90"),
        TierRule(name="Plus", when="rfm = '111' or rfm_f = 1 or rfm_m = 1"),
        TierRule(name="Standard"),
    )
)
"""The source documents' policy to the letter: the top tenth by CLV, then RFM 111, X1X and XX1, then everyone else."""
