"""Conditions: what a rule may say, checked word by word before anything runs.

A condition is a SQL boolean expression over the columns of FACTS, with comparisons, AND,
OR, NOT, BETWEEN, IN and IS NULL. Nothing else parses: no function, no other table, no
subquery. An unknown column gets the nearest names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from duecare.tiers.policy import Policy
from duecare.words import BadSettings, nearest

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expr, Expression

FACTS: Mapping[str, str] = {
    "clv": "customer lifetime value: net present value of future profit, in the book's currency",
    "clv_percentile": "share of customers, in per cent, with a lower CLV; at or above 90 are the top tenth",
    "revenue_percentile": "share of customers, in per cent, with a lower revenue to date",
    "rfm": "the three classes together, '111' the best",
    "rfm_r": "class of recency, 1 latest; 4, or 5 of fifths, longest ago",
    "rfm_f": "class of frequency, 1 most often; 4, or 5 of fifths, least",
    "rfm_m": "class of money, 1 most revenue; 4, or 5 of fifths, least",
    "referral_value": "what those whom they will yet refer are worth, in the book's currency; a part of clv",
    "p_top1": "probability that what will come over the horizon is among the highest hundredth",
    "p_top5": "the same for the highest twentieth",
    "p_top10": "probability that what will come over the horizon is among the highest tenth",
    "p_top20": "the same for the highest fifth",
    "p_top50": "the same for the higher half",
    "p_top10_within_year": "probability of the highest tenth within a year: who may grow into it",
    "p_alive": "probability that the customer will buy again at all",
    "expected_orders": "orders expected over the horizon",
    "orders": "orders to date",
    "revenue": "revenue to date, in the book's currency",
    "margin": "margin to date, in the book's currency",
    "profit": "margin to date minus the cost of serving them, in the book's currency",
    "contacts": "contacts to date",
    "referrals": "customers they brought",
    "returns": "orders of which something came back",
    "days_since_order": "days since the last purchase",
    "tenure_days": "days since the first purchase",
}
"""The columns a condition may name, each with its meaning."""

TEXTS = ("rfm",)
"""Facts that are words; the others are numbers."""

ALLOWED = (
    "And",
    "Or",
    "Not",
    "Paren",
    "EQ",
    "NEQ",
    "GT",
    "GTE",
    "LT",
    "LTE",
    "Between",
    "In",
    "Is",
    "Null",
    "Neg",
    "Column",
    "Identifier",
    "Literal",
    "Boolean",
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


def parse(text: str) -> Condition:
    """Check a condition and return it ready to run.

    Raises:
        BadSettings: it is no condition, names an unknown column, or does what a condition may not.

    >>> parse("clv_percentile >= 90 and rfm_r <= 2").columns
    ('clv_percentile', 'rfm_r')
    """
    if "{" in text or "}" in text:
        raise _refuse(text, "it holds a brace")
    tree = _tree(text)
    for node in tree.walk():
        if (kind := type(node).__name__) not in ALLOWED:
            raise _refuse(text, f"it uses {node.sql()!r} ({kind}), which a condition may not")
        if node.comments:
            raise _refuse(text, "it carries a comment")
    columns = _columns(text, tree)
    if not columns:
        raise _refuse(text, "it looks at no column")
    if not _is_claim(tree):
        raise _refuse(text, "it is neither true nor false")
    _like_with_like(text, tree)
    return Condition(text, tree.sql(dialect="duckdb", identify=True), columns)


CLAIMS = ("EQ", "NEQ", "GT", "GTE", "LT", "LTE", "Between", "In", "Is", "Boolean")
"""What is true or false by itself."""


def _is_claim(node: "Expression") -> bool:
    """Tell whether *node* is true or false all the way down."""
    kind = type(node).__name__
    if kind in {"And", "Or"}:
        return _is_claim(node.this) and _is_claim(node.expression)
    return _is_claim(node.this) if kind in {"Not", "Paren"} else kind in CLAIMS


def _like_with_like(text: str, tree: "Expression") -> None:
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


def conditions(policy: Policy) -> list[Condition]:
    """Return the policy's conditions, best tier first, each found sound; the last tier has none."""
    return [parse(tier.when) for tier in policy.tiers if tier.when is not None]


TOGETHER: Mapping[str, tuple[str, ...]] = {
    "clv": ("clv_percentile",),
    "clv_percentile": ("clv",),
    "rfm": ("rfm_r", "rfm_f", "rfm_m"),
} | dict.fromkeys(("rfm_r", "rfm_f", "rfm_m"), ("rfm", "rfm_r", "rfm_f", "rfm_m"))
"""Facts that change together."""


def facts_named(policy: Policy) -> tuple[str, ...]:
    """Return the facts that the policy's conditions look at, with those that change with them.

    >>> from duecare.tiers.policy import DOCUMENTS
    >>> facts_named(DOCUMENTS)
    ('clv_percentile', 'clv', 'rfm', 'rfm_r', 'rfm_f', 'rfm_m')
    """
    columns = [column for condition in conditions(policy) for column in condition.columns]
    return tuple(dict.fromkeys(name for column in columns for name in (column, *TOGETHER.get(column, ()))))


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


def _columns(text: str, tree: "Expression") -> tuple[str, ...]:
    from sqlglot import exp

    found = list(tree.find_all(exp.Column, bfs=False))
    for column in found:
        if column.table:
            raise _refuse(text, f"it names a table, {column.table!r}")
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
