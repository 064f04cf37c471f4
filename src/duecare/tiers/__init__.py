"""Levels of service: the policy, the plan of who gets which and why, and its assignment."""

from duecare.tiers.apply import apply_plan, refuse_if_stale
from duecare.tiers.otherwise import Otherwise, earned_otherwise
from duecare.tiers.plan import Plan, held, last_applied, make_plan
from duecare.tiers.policy import DOCUMENTS, Policy, TierRule
from duecare.tiers.rules import FACTS, Condition, conditions, parse

__all__ = [
    "DOCUMENTS",
    "FACTS",
    "Condition",
    "Otherwise",
    "Plan",
    "Policy",
    "TierRule",
    "apply_plan",
    "conditions",
    "earned_otherwise",
    "held",
    "last_applied",
    "make_plan",
    "parse",
    "refuse_if_stale",
]
