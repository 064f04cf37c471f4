"""Linting, before any work is done: nothing that the law protects, or that stands in for it, may decide on anybody's service."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from duecare.tiers import Policy
from duecare.tiers.rules import asked_of
from duecare.value.predictors import Predictor
from duecare.value.protected import Ground, ground
from duecare.words import BadSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """An exception from the linter, for which a person answers until a day."""

    what: str
    """The word that is let pass, as it stands in the settings."""
    approved_by: str
    until: date
    """The last day on which it holds, in UTC."""
    why: str

    def __post_init__(self) -> None:
        if blank := next((name for name in ("what", "approved_by", "why") if not getattr(self, name).strip()), None):
            raise BadSettings(f"an exception does not say its {blank}", mend=f"write {blank} in its [[exceptions]]")


def lint(policy: Policy, predictors: Sequence[Predictor], waivers: Sequence[Waiver], *, today: date) -> list[str]:
    """Return what a person has let pass, in words for the run's notes.

    Raises:
        BadSettings: a predictor, or a name or value of the policy, rests on what may not decide, and nobody answers for it today.
    """
    notes = list[str]()
    for where, word, found in _looked_at(policy, predictors):
        waiver = next((one for one in waivers if one.what == word and one.until >= today), None)
        if waiver is None:
            raise BadSettings(f"{where} {word!r} {found.why}", mend=_mend(word, waivers))
        notes.append(f"{where} {word!r} {found.why}; {waiver.approved_by} answers for it until {waiver.until}: {waiver.why}")
    return notes


def _looked_at(policy: Policy, predictors: Sequence[Predictor]) -> Iterator[tuple[str, str, Ground]]:
    """Every word that may not decide by itself: traits by what they stand in for, names and values of the policy by what is protected."""
    for one in predictors:
        if found := ground(one.trait):
            yield "the predictor", one.trait, found
    named = [("the tier", tier.name) for tier in policy.tiers] + [("the segment", one.name) for one in policy.segments]
    named += [("the condition's value", one.value) for one in asked_of(policy).values() if one.kind == "ordered_since"]
    for where, word in named:
        if (found := ground(word)) and found.protected:
            yield where, word, found


def _mend(word: str, waivers: Sequence[Waiver]) -> str:
    if any(one.what == word for one in waivers):
        return "its exception has ended: take it out, or let a named person answer for it anew in [[exceptions]]"
    return "take it out, or name it otherwise; a false alarm needs an [[exceptions]] with what, approved_by, until and why"
