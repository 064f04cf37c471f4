"""Levels of service: the policy, the plan of who gets which and why, and its assignment."""

from duecare.tiers.apply import apply_plan, refuse_if_stale
from duecare.tiers.plan import Plan, held, last_applied, make_plan
from duecare.tiers.policy import DOCUMENTS, Policy, TierRule
from duecare.tiers.rules import FACTS, Condition, conditions, parse

__all__ = [
    "DOCUMENTS",
    "FACTS",
    "Condition",
    "Plan",
    "Policy",
    "TierRule",
    "apply_plan",
    "conditions",
    "held",
    "last_applied",
    "make_plan",
    "parse",
    "refuse_if_stale",
]
