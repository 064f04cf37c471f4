"""Restoring: a crossed guard rail takes the last plan back where the settings let it, and keeps it from being applied again."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from duecare.app.settings import Settings
from duecare.records import Book
from duecare.tiers import Step, history, undo
from duecare.words import HeldBack

ACTOR = "guard rail "
"""How an undo by a guard rail is signed, before the guard's name."""


def restore(settings: Settings, book: Book, guards: Sequence[Mapping[str, Any]]) -> str | None:
    """Take the plan in force back if a crossed guard rail may, and say so; None where nothing was taken back.

    What was taken back once is not taken back again: after an undo the guard rail has done what it can.
    """
    allowed = {f"guard:{one.tier or settings.policy.names[-1]}:{one.kpi}" for one in settings.guards if one.restore}
    crossed = [one["name"] for one in guards if one["crossed"] and one["name"] in allowed]
    steps = history(book)
    if not crossed or not steps or steps[-1].kind != "plan":
        return None
    before = steps[-2].seq if len(steps) > 1 else 0
    moved = undo(book, before, actor=f"{ACTOR}{crossed[0]}", at=datetime.now(UTC))
    return f"{crossed[0]} took plan {steps[-1].seq} back: {moved:,} customers hold again what they held before it"


def hold_to_guards(settings: Settings, book: Book, policy_hash: str) -> None:
    """Refuse a policy that a guard rail took back, unless a named person answers for it.

    Raises:
        HeldBack: it was, and nobody answers.
    """
    taken = _taken_back(history(book))
    answered = {f"guard:{one.tier or settings.policy.names[-1]}:{one.kpi}" for one in settings.guards if one.answered_by}
    if taken is None or taken[1] != policy_hash or taken[0] in answered:
        return
    raise HeldBack(
        f"{taken[0]} took this policy back, and it has not changed since",
        mend='change the policy, or let a named person answer for it: answered_by = "..." in that [[guards]]',
    )


def _taken_back(steps: Sequence[Step]) -> tuple[str, str] | None:
    """The guard rail that took the last policy back, and that policy; None where the newest step is no such undo."""
    if not steps or not steps[-1].applied_by.startswith(ACTOR):
        return None
    plans = [step for step in steps if step.kind == "plan"]
    return steps[-1].applied_by.removeprefix(ACTOR), plans[-1].policy_hash
