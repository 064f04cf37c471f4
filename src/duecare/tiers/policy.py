"""A policy: the ordered levels of service, and who earns each.

The first tier whose condition holds is earned; the last tier has none and takes everyone
else. Levels are data in `duecare.toml`, so changing who gets what is a reviewed change of text.
"""

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from duecare.words import BadSettings

UNSEEN = ("Cc", "Cs", "Zl", "Zp")
"""Kinds of signs that break a line or a terminal, by Unicode's names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRule:
    """One level of service."""

    name: str
    when: str | None = None
    """Who earns it, as a condition over the columns of docs/settings.md; None only for the last tier."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The tiers, best first."""

    tiers: tuple[TierRule, ...]

    def __post_init__(self) -> None:
        _check(self.tiers)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(tier.name for tier in self.tiers)

    @property
    def hash(self) -> str:
        """A fingerprint of the policy's meaning: names, order and conditions."""
        return hashlib.sha256(json.dumps([asdict(tier) for tier in self.tiers]).encode()).hexdigest()


def _check(tiers: Sequence[TierRule]) -> None:
    names = [tier.name for tier in tiers]
    if not tiers:
        raise BadSettings("the policy has no tier", mend="write at least one [[tiers]] with a name")
    for name in names:
        if not name.strip() or any(unicodedata.category(sign) in UNSEEN for sign in name):
            raise BadSettings(
                f"the tier name {name!r} is blank or holds signs that cannot be seen", mend="write a name that people can read"
            )
    folded = [name.strip().casefold() for name in names]
    if twice := {name for name, fold in zip(names, folded, strict=True) if folded.count(fold) > 1}:
        raise BadSettings(f"tier {min(twice)!r} stands twice in the policy", mend="give each [[tiers]] a name of its own")
    if tiers[-1].when is not None:
        raise BadSettings(f"the last tier, {names[-1]!r}, has a condition, so some customers would get none", mend="remove its `when`")
    if open_tiers := [tier.name for tier in tiers[:-1] if tier.when is None]:
        raise BadSettings(f"tier {open_tiers[0]!r} has no condition and would take everybody", mend="give it a `when`, or put it last")


DOCUMENTS = Policy(
    (
        TierRule(name="Premium", when="clv_percentile >= 90"),
        TierRule(name="Plus", when="rfm = '111' or rfm_f = 1 or rfm_m = 1"),
        TierRule(name="Standard"),
    )
)
"""The source documents' policy to the letter: the top tenth by CLV, then RFM 111, X1X and XX1, then everyone else."""
