"""Levels of service: the policy, the plan of who gets which and why, and its assignment."""

from duecare.tiers.apply import apply_plan, in_force, refuse_if_stale
from duecare.tiers.arms import Experiment
from duecare.tiers.facts import FACTS
from duecare.tiers.holding import held, last_applied
from duecare.tiers.otherwise import Otherwise, earned_otherwise
from duecare.tiers.plan import Plan, PlanTerms, make_plan, rules_hash
from duecare.tiers.policy import DOCUMENTS, NamedSegment, Option, Policy, Scope, TierRule
from duecare.tiers.rules import Condition, conditions, parse
from duecare.tiers.stability import Stability
from duecare.tiers.undoing import Step, history, undo, would_undo
from duecare.tiers.words import People

__all__ = [
    "DOCUMENTS",
    "FACTS",
    "Condition",
    "Experiment",
    "NamedSegment",
    "Option",
    "Otherwise",
    "People",
    "Plan",
    "PlanTerms",
    "Policy",
    "Scope",
    "Stability",
    "Step",
    "TierRule",
    "apply_plan",
    "conditions",
    "earned_otherwise",
    "held",
    "history",
    "in_force",
    "last_applied",
    "make_plan",
    "parse",
    "refuse_if_stale",
    "rules_hash",
    "undo",
    "would_undo",
]
