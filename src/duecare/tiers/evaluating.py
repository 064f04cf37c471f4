"""Evaluating: what a condition says of one customer, in plain Python, unknown facts included, exactly as an engine would."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from duecare.tiers.policy import Policy
from duecare.tiers.rules import conditions

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expr

Fact: TypeAlias = float | str | None
Facts: TypeAlias = Mapping[str, Fact]
"""A customer's facts by name; None for what is not known."""

COMPARED: Mapping[str, Callable[[int], bool]] = {
    "EQ": lambda sign: sign == 0,
    "NEQ": lambda sign: sign != 0,
    "GT": lambda sign: sign > 0,
    "GTE": lambda sign: sign >= 0,
    "LT": lambda sign: sign < 0,
    "LTE": lambda sign: sign <= 0,
}


def rank_of(policy: Policy, facts: Facts) -> int:
    """Return the place of the first tier whose condition holds, 0 the best; the last one takes everyone else.

    >>> from duecare.tiers.policy import DOCUMENTS
    >>> rank_of(DOCUMENTS, {"clv_percentile": 90.0, "rfm": "444", "rfm_f": 4, "rfm_m": 4})
    0
    """
    wanted = parsed(policy)
    return next((rank for rank, condition in enumerate(wanted) if holds(condition, facts)), len(wanted))


def parsed(policy: Policy) -> "Sequence[Expr]":
    """Return the trees of the policy's conditions, best tier first."""
    return [_tree(one.sql) for one in conditions(policy)]


@cache
def _tree(sql: str) -> "Expr":
    from sqlglot import parse_one

    return parse_one(sql, read="duckdb")


def holds(node: "Expr", facts: Facts) -> bool | None:
    """Return whether a condition holds; None where a fact that matters is not known."""
    kind = type(node).__name__
    if kind == "Paren":
        return holds(node.this, facts)
    if kind == "Not":
        return _not(holds(node.this, facts))
    if kind == "And":
        return _not(_or([_not(holds(part, facts)) for part in (node.this, node.expression)]))
    if kind == "Or":
        return _or([holds(part, facts) for part in (node.this, node.expression)])
    if kind == "Between":
        low, high = (_compare(kind, node.this, node.args[end], facts) for kind, end in (("GTE", "low"), ("LTE", "high")))
        return _not(_or([_not(low), _not(high)]))
    if kind == "In":
        return _or([_compare("EQ", node.this, one, facts) for one in node.expressions])
    if kind == "Is":
        return _is(node, facts)
    return bool(node.this) if kind == "Boolean" else _compare(kind, node.this, node.expression, facts)


def _is(node: "Expr", facts: Facts) -> bool | None:
    """`IS NULL`, `IS TRUE` and the like, which always know."""
    wanted = type(node.expression).__name__
    if wanted == "Null":
        return _known(node.this, facts) is None
    return _known(node.this, facts) is bool(node.expression.this)


def _known(node: "Expr", facts: Facts) -> Fact | bool:
    return _value(node, facts) if type(node).__name__ in {"Column", "Literal", "Neg", "Null"} else holds(node, facts)


def _compare(kind: str, left: "Expr", right: "Expr", facts: Facts) -> bool | None:
    a, b = _known(left, facts), _known(right, facts)
    if a is None or b is None:
        return None
    return COMPARED[kind]((a > b) - (a < b))  # pyright: ignore[reportOperatorIssue] - words stand beside words, numbers beside numbers


def _value(node: "Expr", facts: Facts) -> Fact:
    kind = type(node).__name__
    if kind == "Column":
        return facts[node.name]
    if kind == "Neg":
        inner = _value(node.this, facts)
        return None if inner is None else -float(inner)
    if kind == "Null":
        return None
    return node.name if node.is_string else float(node.name)


def _not(value: bool | None) -> bool | None:  # noqa: FBT001 - it is a truth value
    return None if value is None else not value


def _or(values: Sequence[bool | None]) -> bool | None:
    return True if True in values else None if None in values else False
