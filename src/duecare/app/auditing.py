"""Auditing at the door: who gets which tier, by groups that no rule may look at, with every plan; and the guard that stops an unfair one."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from duecare.app.settings import Settings
from duecare.records import Warehouse
from duecare.words import HeldBack

DIGITS = 9
"""Figures are kept to so many, so that engines which add in another order say the same."""
MEND = (
    'look at it: duecare fairness; change the policy or the predictors, or let a named person answer for it: [fairness] accepted_by = "..."'
)


def audited(warehouse: Warehouse, settings: Settings, as_of: datetime) -> dict[str, Any]:
    """Return the audit of the plan in *warehouse* in plain types, to be kept with it."""
    from duecare.measure.audit import audit_plan

    used = {one.trait for one in settings.predictors}
    found = audit_plan(warehouse, settings.policy.names, settings.fairness, as_of=as_of, used=used)
    plain: dict[str, Any] = rounded(asdict(found))
    return plain


def rounded(value: Any) -> Any:  # noqa: ANN401 - plain types, nested
    """Return plain types, nested, with every figure rounded."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, Mapping):
        return {name: rounded(one) for name, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list | tuple) else value


def hold_to_fairness(settings: Settings, found: Mapping[str, Any]) -> None:
    """Refuse to go on with a plan that the audit stops, unless a named person answers for it.

    Args:
        settings: who answers for it.
        found: what the plan comes to, its audit included.

    Raises:
        HeldBack: it is stopped, and nobody answers.
    """
    stops = found["fairness"]["stops"]
    if stops and not settings.fairness.accepted_by:
        raise HeldBack(f"the plan treats groups unlike: {'; '.join(stops)}", mend=MEND)
