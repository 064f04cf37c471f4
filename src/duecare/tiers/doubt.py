"""Doubt: how likely a customer is to be above the cuts of a policy, and which tier would be theirs if that chance were a little other.

A cut is a comparison of CLV, in money or as a percentile, with a number. The chance to be above one is read off the valuation's chances to be
among the top 1, 5, 10, 20 and 50 per cent. A cut's own chance, its line, is the one that as many customers reach as are above the cut.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from duecare.records import Warehouse
from duecare.tiers.policy import Policy
from duecare.tiers.rules import conditions

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expr

TOPS = (1, 5, 10, 20, 50)
"""Of so many per cent at the top the valuation tells the chance to be among them."""

CHANCES = tuple(f"p_top{top}" for top in TOPS)
PROBABLE = ("p_top10", "p_top10_within_year", "p_alive")
"""Facts that are chances themselves."""

UP, DOWN = ("GTE", "GT"), ("LT", "LTE")
MIRRORED = {"GTE": "LTE", "GT": "LT", "LT": "GT", "LTE": "GTE"}

Eased: TypeAlias = "Callable[[Cut, Expr], str]"


@dataclass(frozen=True, slots=True)
class Cut:
    """A comparison of a column with a number, as `clv_percentile >= 90`."""

    column: str
    kind: str
    """GTE, GT, LT or LTE, the column standing first."""
    number: float


@dataclass(frozen=True, slots=True)
class Line:
    """A cut of CLV, as these customers give it."""

    percentile: float
    """Share of customers, in per cent, with a lower CLV."""
    chance: float
    """What chance to be above it as many customers have, or more, as are above it."""


def cuts(policy: Policy) -> list[Cut]:
    """Return every comparison of CLV with a number in *policy*.

    >>> from duecare.tiers.policy import DOCUMENTS
    >>> cuts(DOCUMENTS)
    [Cut(column='clv_percentile', kind='GTE', number=90.0)]
    """
    found = dict.fromkeys(cut for one in conditions(policy) for node in _parsed(one.sql).walk() if (cut := _cut(node)) and _of_value(cut))
    return list(found)


def chance_sql(percentile: float) -> str:
    """Return the SQL of the chance to be above a percentile of CLV, straight between the chances that are known.

    >>> chance_sql(90.0)
    'coalesce(p_top10, 0e0)'
    """
    known = [(100.0, "0e0"), *[(100.0 - top, f"coalesce({name}, 0e0)") for top, name in zip(TOPS, CHANCES, strict=True)], (0.0, "1e0")]
    for (above, low), (below, high) in pairwise(known):
        if percentile == below:
            return high
        if percentile > below:
            part = (above - percentile) / (above - below)
            return f"({low} + ({high} - {low}) * {part!r})"
    return "1e0"


def lines(warehouse: Warehouse, policy: Policy) -> dict[Cut, Line]:
    """Return where each cut of *policy* stands among the customers of the table `facts`; none for a cut that nobody is above."""
    found = {cut: _line(warehouse, cut) for cut in cuts(policy)}
    return {cut: line for cut, line in found.items() if line}


def _line(warehouse: Warehouse, cut: Cut) -> Line | None:
    reach = f'"{cut.column}" {">=" if cut.kind in {"GTE", "LT"} else ">"} {cut.number!r}'
    sql = f"SELECT count(*) AS many, min(clv_percentile) AS percentile FROM {{facts}} WHERE {reach}"
    many, percentile = warehouse.arrow(sql, facts="facts").to_pylist()[0].values()
    if not many:
        return None
    place = cut.number if cut.column == "clv_percentile" else float(percentile)
    ranked = f"SELECT {chance_sql(place)} AS chance FROM {{facts}} WHERE clv IS NOT NULL ORDER BY 1 DESC LIMIT 1 OFFSET {int(many) - 1}"
    return Line(place, float(warehouse.arrow(ranked, facts="facts")["chance"][0].as_py()))


def doubted_sql(policy: Policy, found: Mapping[Cut, Line], points: float) -> str:
    """Return the CASE that gives each customer the rank that would be theirs if their chances were so many *points* higher."""
    by = points / 100.0

    def eased(cut: Cut, node: "Expr") -> str:
        if cut.column in PROBABLE:
            return f'"{cut.column}" {_sign(cut)} {cut.number - by!r}' if cut.kind in UP else node.sql(dialect="duckdb", identify=True)
        own = node.sql(dialect="duckdb", identify=True)
        if cut.kind in DOWN or cut not in found:
            return own
        reached = f"{chance_sql(found[cut].percentile)} >= {found[cut].chance - by!r}"
        return f"({own} OR {reached})" if by >= 0 else f"({own} AND {reached})"

    return _ranks([_eased(_parsed(one.sql), eased) for one in conditions(policy)])


def make_doubted(warehouse: Warehouse, policy: Policy, points: float) -> None:
    """Make the table `doubted` from `facts`, one row a customer.

    It holds the rank if chances were *points* higher, whether it would be another one if they were as much lower (`borderline`), the
    chance of each tier (`p_0` the best), and the rank to be expected.
    """
    found = lines(warehouse, policy)
    chances = tier_chances_sql(policy, found)
    higher, lower = (doubted_sql(policy, found, by) for by in (points, -points))
    expected = " + ".join(f"{rank} * p_{rank}" for rank in range(len(chances)))
    inner = f"SELECT customer_id, {higher} AS rank, {lower} AS rank_lower, {', '.join(f'{sql} AS p_{at}' for at, sql in enumerate(chances))} FROM {{facts}}"
    warehouse.run(
        "doubted", f"SELECT x.*, x.rank <> x.rank_lower AS borderline, {expected} AS expected_rank FROM ({inner}) x", facts="facts"
    )


def make_chances(warehouse: Warehouse, policy: Policy) -> None:
    """Make the table `chances`: how likely the tier of `placed` will prove to be the one that was due."""
    of_rank = " ".join(f"WHEN {rank} THEN d.p_{rank}" for rank in range(len(policy.tiers)))
    sql = f"SELECT p.customer_id, CASE p.rank {of_rank} END AS chance, d.borderline FROM {{served}} p JOIN {{doubted}} d ON d.customer_id = p.customer_id"
    warehouse.run("chances", sql, served="served", doubted="doubted")


def tier_chances_sql(policy: Policy, found: Mapping[Cut, Line]) -> list[str]:
    """Return for each tier, best first, the SQL of the chance that it will prove to be the one that was due.

    All else being as it is, the value that comes true lies between two cuts with the difference of their chances; there every
    cut is known to be passed or not, and so is the tier.
    """
    places = sorted({line.percentile for line in found.values()})
    chances = ["1e0", *[chance_sql(place) for place in places], "0e0"]
    within = [f"({here} - {beyond})" for here, beyond in pairwise(chances)]
    ranks = [
        _ranks([_eased(_parsed(one.sql), _known(found, floor), everywhere=True) for one in conditions(policy)]) for floor in [-1.0, *places]
    ]
    return [
        " + ".join(f"CASE WHEN {rank} = {tier} THEN {weight} ELSE 0e0 END" for rank, weight in zip(ranks, within, strict=True))
        for tier in range(len(policy.tiers))
    ]


def _known(found: Mapping[Cut, Line], floor: float) -> Eased:
    """What each cut is for who is above the percentile *floor* and below the next cut."""

    def known(cut: Cut, node: "Expr") -> str:
        if not _of_value(cut):
            return node.sql(dialect="duckdb", identify=True)
        passed = cut in found and found[cut].percentile <= floor
        return "TRUE" if passed == (cut.kind in UP) else "FALSE"

    return known


def _ranks(wanted: Sequence[str]) -> str:
    return f"CASE {' '.join(f'WHEN {sql} THEN {rank}' for rank, sql in enumerate(wanted))} ELSE {len(wanted)} END" if wanted else "0"


def _eased(node: "Expr", eased: Eased, *, everywhere: bool = False) -> str:
    """Write a condition with its cuts changed; below a NOT only where that is meant *everywhere*."""
    kind = type(node).__name__
    if kind in {"And", "Or"}:
        parts = [_eased(part, eased, everywhere=everywhere) for part in (node.this, node.expression)]
        return f"({f' {kind.upper()} '.join(parts)})"
    if kind == "Paren":
        return _eased(node.this, eased, everywhere=everywhere)
    if kind == "Not" and everywhere:
        return f"(NOT {_eased(node.this, eased, everywhere=True)})"
    cut = _cut(node)
    return eased(cut, node) if cut else f"({node.sql(dialect='duckdb', identify=True)})"


def _cut(node: "Expr") -> Cut | None:
    kind = type(node).__name__
    if kind not in {*UP, *DOWN}:
        return None
    column, number = (node.this, node.expression) if type(node.this).__name__ == "Column" else (node.expression, node.this)
    value = _number(number)
    if type(column).__name__ != "Column" or value is None:
        return None
    return Cut(column.name, kind if column is node.this else MIRRORED[kind], value)


def _number(node: "Expr") -> float | None:
    if type(node).__name__ == "Neg":
        inner = _number(node.this)
        return None if inner is None else -inner
    return float(node.name) if type(node).__name__ == "Literal" and not node.is_string else None


def _of_value(cut: Cut) -> bool:
    return cut.column in {"clv", "clv_percentile"}


def _sign(cut: Cut) -> str:
    return {"GTE": ">=", "GT": ">", "LT": "<", "LTE": "<="}[cut.kind]


def _parsed(sql: str) -> "Expr":
    from sqlglot import parse_one

    return parse_one(sql, read="duckdb")
