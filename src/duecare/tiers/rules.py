"""Conditions: what a rule may say, checked word by word before anything runs.

A condition is a SQL boolean expression over the columns of FACTS, with comparisons, AND,
OR, NOT, BETWEEN, IN and IS NULL, and two questions: `ordered_since('brand', 'X', DATE
'2026-01-01')` and `in_segment('Y')`. Nothing else parses: no function, no other table, no
subquery. An unknown column gets the nearest names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from duecare.tiers.asking import Asked, answered
from duecare.tiers.facts import FACTS, TEXTS, TOGETHER
from duecare.tiers.policy import NamedSegment, Policy, TierRule
from duecare.words import BadSettings, nearest

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expr, Expression

ALLOWED = (
    *("And", "Or", "Not", "Paren", "EQ", "NEQ", "GT", "GTE", "LT", "LTE", "Between", "In", "Is"),
    *("Null", "Neg", "Column", "Identifier", "Literal", "Boolean"),
)
"""What may stand in a condition, by sqlglot's names."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that was found sound."""

    text: str
    sql: str
    """The same, with every name quoted, ready to run."""
    columns: tuple[str, ...]
    """The columns it looks at, in order of appearance."""
    asked: tuple[Asked, ...] = ()
    """Questions about orders and segments; each is a column of ones and zeros."""


def parse(text: str, segments: Sequence[NamedSegment] = ()) -> Condition:
    """Check a condition and return it ready to run.

    Args:
        text: the condition.
        segments: that it may name.

    Raises:
        BadSettings: it is no condition, names an unknown column, or does what a condition may not.

    >>> parse("clv_percentile >= 90 and rfm_r <= 2").columns
    ('clv_percentile', 'rfm_r')
    """
    return _parsed(text, tuple(segments))


@lru_cache(maxsize=1024)
def _parsed(text: str, segments: tuple[NamedSegment, ...]) -> Condition:
    """Conditions are few and asked for often: for each change that is tried on a customer's facts."""
    tree, asked = _read(text, segments, ())
    columns = _columns(text, tree, {one.column for one in asked})
    return Condition(text, tree.sql(dialect="duckdb", identify=True), columns, tuple(dict.fromkeys(asked)))


def _read(text: str, segments: Sequence[NamedSegment], within: tuple[str, ...]) -> "tuple[Expr, list[Asked]]":
    """The tree of a sound condition, its questions answered by columns, and these."""
    if sign := next((sign for sign in "{};" if sign in text), None):
        raise _refuse(text, f"it holds a {sign!r}")
    asked = list[Asked]()

    def of_segment(name: str) -> "Expr | Asked":
        one = _segment(text, name, segments, within)
        tree, inner = _read(one.when, segments, (*within, one.name))
        asked.extend([] if one.kind == "static" else inner)
        return Asked.of_static(one.name, one.when) if one.kind == "static" else tree

    tree, mine = answered(_tree(text), text, of_segment)
    asked += mine
    for node in tree.walk():
        if (kind := type(node).__name__) not in ALLOWED:
            raise _refuse(text, f"it uses {node.sql()!r} ({kind}), which a condition may not")
        if node.comments:
            raise _refuse(text, "it carries a comment")
    if not _is_claim(tree):
        raise _refuse(text, "it is neither true nor false")
    if not _columns(text, tree, {one.column for one in asked}):
        raise _refuse(text, "it looks at no column")
    _like_with_like(text, tree)
    return tree, asked


def _segment(text: str, name: str, segments: Sequence[NamedSegment], within: tuple[str, ...]) -> NamedSegment:
    found = next((one for one in segments if one.name == name), None)
    if found is None:
        near = nearest(name, [one.name for one in segments])
        raise BadSettings(
            f"the condition {text!r} names the segment {name!r}, which is not there",
            mend=f"write {' or '.join(near)}" if near else "write it as a [[segments]] with name and when",
        )
    if name in within:
        raise BadSettings(f"the segment {name!r} is defined by itself: {' → '.join((*within, name))}", mend="break that circle")
    return found


CLAIMS = ("EQ", "NEQ", "GT", "GTE", "LT", "LTE", "Between", "In", "Is", "Boolean")
"""What is true or false by itself."""


def _is_claim(node: "Expr") -> bool:
    """Tell whether *node* is true or false all the way down."""
    kind = type(node).__name__
    if kind in {"And", "Or"}:
        return _is_claim(node.this) and _is_claim(node.expression)
    return _is_claim(node.this) if kind in {"Not", "Paren"} else kind in CLAIMS


def _like_with_like(text: str, tree: "Expr") -> None:
    """Refuse to compare words with numbers: engines differ in what they make of it, or stop."""
    for node in tree.walk():
        if type(node).__name__ in {*CLAIMS, "Neg"} - {"Boolean"}:
            kinds = {kind for part in node.iter_expressions() if (kind := _kind(part))}
            if len(kinds) > 1:
                raise _refuse(text, f"{node.sql()!r} compares {' with '.join(sorted(kinds))}; words stand in quotes, numbers without")
            if type(node).__name__ == "Neg" and kinds != {"a number"}:
                raise _refuse(text, f"{node.sql()!r} is no number")


def _kind(node: "Expr") -> str | None:
    """Tell what *node* is; nothing, which compares with all, is None."""
    kind = type(node).__name__
    if kind == "Paren":
        return _kind(node.this)
    if kind in {"Column", "Literal"}:
        words = node.name in TEXTS if kind == "Column" else node.is_string
        return "words" if words else "a number"
    return {"Null": None, "Neg": "a number"}.get(kind, "true or false")


NEVER = Condition("bought, contracted or given by a person alone", "FALSE", ())


def conditions(policy: Policy) -> list[Condition]:
    """Return the policy's conditions, best tier first, each found sound; the last tier has none."""
    return [_condition(tier, policy.segments) for tier in policy.tiers[:-1]]


def _condition(tier: TierRule, segments: Sequence[NamedSegment]) -> Condition:
    """The condition of a tier: in the first of its segments that holds the one that it gives there, else its own."""
    if not tier.earned:
        return NEVER
    if not tier.within:
        return parse(tier.when or "", segments)
    inside = [
        (parse(f"in_segment('{name.replace(chr(39), 2 * chr(39))}')", segments), parse(when, segments))
        for name, when in tier.within.items()
    ]
    own = parse(tier.when, segments) if tier.when else NEVER
    cases = " ".join(f"WHEN {where.sql} THEN {then.sql}" for where, then in inside)
    parts = [part for pair in inside for part in pair] + [own]
    return Condition(
        " or ".join([f"within {name}: {when}" for name, when in tier.within.items()] + ([f"else: {tier.when}"] if tier.when else [])),
        _first_that_holds(inside, own) if cases else own.sql,
        tuple(dict.fromkeys(column for part in parts for column in part.columns)),
        tuple(dict.fromkeys(one for part in parts for one in part.asked)),
    )


def _first_that_holds(inside: Sequence[tuple[Condition, Condition]], own: Condition) -> str:
    """`(A IS TRUE AND a) OR (A IS NOT TRUE AND B IS TRUE AND b) OR ...`: what is not known is not in a segment."""
    before, parts = list[str](), list[str]()
    for where, then in inside:
        parts.append(" AND ".join([*before, f"(({where.sql}) IS TRUE)", f"({then.sql})"]))
        before.append(f"(NOT ({where.sql}) IS TRUE)")
    parts.append(" AND ".join([*before, f"({own.sql})"]))
    return " OR ".join(f"({part})" for part in parts)


def facts_named(policy: Policy) -> tuple[str, ...]:
    """Return the facts that the policy's conditions look at, with those that change with them.

    >>> from duecare.tiers.policy import DOCUMENTS
    >>> facts_named(DOCUMENTS)
    ('clv_percentile', 'clv', 'rfm', 'rfm_r', 'rfm_f', 'rfm_m')
    """
    columns = [column for condition in conditions(policy) for column in condition.columns]
    return tuple(dict.fromkeys(name for column in columns for name in (column, *TOGETHER.get(column, ()))))


def asked_of(policy: Policy) -> Mapping[str, Asked]:
    """Return the questions of a policy, by the column that answers each."""
    return {one.column: one for condition in conditions(policy) for one in condition.asked}


def _tree(text: str) -> "Expression":
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    try:
        tree = parse_one(f"SELECT 1 WHERE {text}", read="duckdb")
    except (SqlglotError, RecursionError) as error:
        raise _refuse(text, "it cannot be read as a condition") from error
    where = tree.find(exp.Where)
    if not isinstance(tree, exp.Select) or where is None or set(_set_parts(tree)) != {"expressions", "where"}:
        raise _refuse(text, "it says more than a condition")
    return where.this


def _set_parts(tree: "Expression") -> list[str]:
    return [part for part, value in tree.args.items() if value]


def _columns(text: str, tree: "Expr", answers: set[str]) -> tuple[str, ...]:
    from sqlglot import exp

    found = list(tree.find_all(exp.Column, bfs=False))
    for column in found:
        if column.table:
            raise _refuse(text, f"it names a table, {column.table!r}")
        if column.name in answers:
            continue
        column.this.set("this", column.name.lower())
        if column.name not in FACTS:
            near = nearest(column.name, list(FACTS))
            raise BadSettings(
                f"the condition {text!r} names {column.name!r}, which is no column of a customer",
                mend=f"write {' or '.join(near)}" if near else "see docs/settings.md for the columns",
            )
    return tuple(dict.fromkeys(column.name for column in found))


def _refuse(text: str, why: str) -> BadSettings:
    return BadSettings(
        f"the condition {text!r} cannot be used: {why}",
        mend="compare columns of docs/settings.md with numbers or texts, joined by AND, OR, NOT",
    )
