"""Reasons: what would have given a customer another tier, found by trying it, so that it is true.

The search changes one fact, then two, to the values at which some condition turns, takes the smallest change after which the policy
gives the wanted tier, and says it. Facts that hang together change together: CLV and its percentile, the three classes and their word.
Source of the idea: Wachter, Mittelstadt & Russell (2018), Counterfactual explanations without opening the black box, Harvard JOLT 31 (2), 841-887.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from duecare.tiers.evaluating import Fact, Facts, parsed, rank_of
from duecare.tiers.policy import Policy

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expr

PLAIN = ("orders", "tenure_days", "days_since_order")
"""Facts that agents and customers may be told of."""
WHOLE = (
    *("orders", "contacts", "referrals", "returns", "days_since_order", "tenure_days"),
    *("rfm_r", "rfm_f", "rfm_m"),
)
"""Facts that are whole numbers."""
CLASSES = ("rfm_r", "rfm_f", "rfm_m")
ASKED = "asked_"
"""What the columns of questions begin with."""
STEP = 0.01
"""By so much a fact that is no whole number is moved beyond a line."""


@dataclass(frozen=True, slots=True)
class Instead:
    """What would have given another tier."""

    tier: str
    changes: Mapping[str, float | str]
    """The value that each changed fact would have to have."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How CLV and its percentile hang together among these customers: the money at each percentile that the policy names."""

    money: Mapping[float, float] = field(default_factory=dict[float, float])
    """Percentile -> the least CLV at or above it."""

    def percentile(self, clv: float) -> float:
        """Return the highest known percentile that a CLV reaches, 0 for none."""
        return max((at for at, least in self.money.items() if clv >= least), default=0.0)


def instead(policy: Policy, facts: Facts, scale: Scale, *, wanted: int, only: Sequence[str] | None = None) -> Instead | None:
    """Return the smallest change of *facts* after which *policy* gives tier *wanted*, None where no one or two changes do.

    Args:
        policy: that placed the customer.
        facts: of the customer, every column that the policy names.
        scale: CLV and percentiles.
        wanted: place of the tier in the policy, 0 the best.
        only: facts that may be changed; all when None.
    """
    tries = [one for one in _tries(policy, facts) if only is None or one[0] in only]
    for many in (1, 2):
        found = [(_cost(facts, chosen), chosen) for chosen in combinations(tries, many) if _gives(policy, facts, scale, chosen, wanted)]
        if found:
            return Instead(policy.names[wanted], dict(min(found, key=lambda one: (one[0], str(one[1])))[1]))
    return None


def applied(facts: Facts, changes: Mapping[str, float | str], scale: Scale) -> dict[str, Fact]:
    """Return the facts with *changes*, and with what follows from them."""
    made = dict(facts)
    for name, value in changes.items():
        made |= _linked(made, name, value, scale)
    return made


def _gives(policy: Policy, facts: Facts, scale: Scale, chosen: "Sequence[tuple[str, float | str]]", wanted: int) -> bool:
    names = [name for name, _ in chosen]
    return len(set(names)) == len(names) and rank_of(policy, applied(facts, dict(chosen), scale)) == wanted


def _linked(facts: Facts, name: str, value: float | str, scale: Scale) -> dict[str, Fact]:
    """A fact's new value with those that hang on it."""
    if name == "clv_percentile" and "clv" in facts:
        return {name: value, "clv": scale.money.get(float(value), facts["clv"])}
    if name == "clv" and "clv_percentile" in facts:
        return {name: value, "clv_percentile": scale.percentile(float(value))}
    if name in CLASSES and facts.get("rfm") is not None:
        digits = list(str(facts["rfm"]))
        digits[CLASSES.index(name)] = f"{float(value):.0f}"
        return {name: value, "rfm": "".join(digits)}
    if name == "rfm":
        return {name: value, **{each: float(digit) for each, digit in zip(CLASSES, str(value), strict=False) if each in facts}}
    return {name: value}


def _tries(policy: Policy, facts: Facts) -> list[tuple[str, float | str]]:
    """Every value at which a comparison of the policy turns, on the line and on either side of it."""
    found = dict.fromkeys(
        (name, value) for tree in parsed(policy) for name, line in _lines(tree) for value in _around(name, line) if value != facts.get(name)
    )
    return list(found)


def _lines(tree: "Expr") -> "Iterator[tuple[str, float | str]]":
    """Column and literal of every comparison."""
    for node in tree.walk():
        parts = list(node.iter_expressions())
        literals = [part for part in parts if type(part).__name__ in {"Literal", "Neg"}]
        yield from ((part.name, _read(literal)) for part in parts if type(part).__name__ == "Column" for literal in literals)


def _read(node: "Expr") -> float | str:
    if type(node).__name__ == "Neg":
        return -float(_read(node.this))
    return node.name if node.is_string else float(node.name)


def _around(name: str, line: float | str) -> list[float | str]:
    if isinstance(line, str):
        return [line]
    if name in WHOLE or name.startswith(ASKED):
        return [
            value for value in (float(int(line)), float(int(line) + 1), float(int(line) - 1)) if value >= (1.0 if name in CLASSES else 0.0)
        ]
    return [line, round(line + STEP, 6), round(line - STEP, 6)]


def _cost(facts: Facts, chosen: "Sequence[tuple[str, float | str]]") -> float:
    """How far the changes are from what is, each as a part of what it would be."""
    return sum(_far(facts.get(name), value) for name, value in chosen)


def _far(now: Fact, then: float | str) -> float:
    if isinstance(then, str) or isinstance(now, str) or now is None:
        return 2.0
    return abs(then - now) / max(abs(then), abs(now), 1.0)


def told(found: Instead, facts: Facts, currency: str, scale: Scale, said: Mapping[str, str] | None = None) -> str:
    """Say in one clause what would have given the other tier; *said* gives the words of questions by their column.

    >>> told(Instead("Plus", {"orders": 5.0}), {"orders": 3.0}, "EUR", Scale())
    'Plus with 2 more orders'
    """
    return f"{found.tier} with " + " and ".join(
        f"{'' if value else 'not '}{said[name]}" if said and name in said else _told(name, value, facts, currency, scale)
        for name, value in found.changes.items()
    )


COUNTED = {"orders": "order", "contacts": "contact", "referrals": "referral", "returns": "return"}
MONEY = {"clv": "value to come", "margin": "margin", "revenue": "revenue", "profit": "profit", "referral_value": "value by referrals"}
DAYS = {"days_since_order": "since the last purchase", "tenure_days": "since the first purchase"}
CHANCE = ("p_top1", "p_top5", "p_top10", "p_top20", "p_top50", "p_top10_within_year", "p_alive")


def _told(name: str, value: float | str, facts: Facts, currency: str, scale: Scale) -> str:
    now = facts.get(name)
    if name == "clv_percentile" and isinstance(facts.get("clv"), float) and value in scale.money:
        name, value, now = "clv", scale.money[float(value)], facts["clv"]
    if isinstance(value, str) or isinstance(now, str) or now is None:
        return f"{name} {value:g}" if isinstance(value, float) else f"{name} {value!r}"
    more = "more" if value > now else "fewer"
    if name in COUNTED:
        return f"{abs(value - now):.0f} {more} {COUNTED[name]}{'' if abs(value - now) == 1 else 's'}"
    if name in MONEY:
        return f"{abs(value - now):,.2f} {currency} {'more' if value > now else 'less'} {MONEY[name]}"
    if name in DAYS:
        return f"{value:,.0f} days {DAYS[name]} instead of {now:,.0f}"
    if name in CHANCE:
        return f"a chance ({name}) of {value:.1%} instead of {now:.1%}"
    return f"{name} {value:g} instead of {now:g}"
