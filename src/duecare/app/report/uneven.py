"""Uneven: how unequal customers are in one number, the tenths by profit, and who stands elsewhere by profit than by revenue."""

from collections.abc import Sequence

from duecare.app.report.said import Said
from duecare.app.report.tables import Column, Table
from duecare.app.report.wording import capital, count, listed, many, percent


def sentence(said: Said) -> str:
    """Say how unequal they are, and how many change their tenth when profit is looked at instead of revenue."""
    found = said.found("gini")
    known = {name: found[name] for name in ("revenue", "profit", "clv") if found.get(name) is not None}
    words = [f"{value:.2f} for {'CLV' if name == 'clv' else said.marked(name)}" for name, value in known.items()]
    told = (
        [
            f"Gini’s coefficient is {listed(words)}: 0 where all hold the same, 1 where one holds all, above 1 where many cost more than they bring."
        ]
        if words
        else []
    )
    if tenths := said.found("deciles"):
        changed, everybody = tenths["changed"], sum(map(sum, tenths["from_revenue_to_profit"]))
        stand = f"{many(changed, 'customer stands', 'customers stand')} in another tenth by {said.marked('profit')} than by revenue"
        told.append(capital(f"{stand}, {percent(changed / max(everybody, 1))} of those who bought."))
    return " ".join(told)


def tables(said: Said) -> Sequence[Table]:
    """Return the tenths by profit, and from which tenth by revenue their customers come."""
    found = said.found("deciles")
    return [_tenths(said), _moves(said)] if found else []


def _tenths(said: Said) -> Table:
    word, code = said.marked("profit"), said.money.code
    columns = [Column(head="tenth", show=count, term="decile"), Column(head="customers", show=count, term="customer")]
    columns += [Column(head=f"least {word}, {code}", show=said.money.full, term="profit")]
    columns += [Column(head=f"{word} together, {code}", show=said.money.full, term="profit"), Column(head=f"share of {word}", show=percent)]
    rows = [[row[name] for name in ("decile", "customers", "least", "sum", "share")] for row in said.found("deciles")["profit"]]
    return Table(name="tenths-by-profit", caption=f"Tenths of customers by {word}, 1 the highest", columns=columns, rows=rows)


def _moves(said: Said) -> Table:
    moved = said.found("deciles")["from_revenue_to_profit"]
    columns = [Column(head="by revenue", show=count, term="decile"), *(Column(head=str(tenth), show=count) for tenth in range(1, 11))]
    return Table(
        name="tenths-revenue-profit",
        caption=f"Customers of each tenth by revenue, down the side, in each tenth by {said.marked('profit')}, along the top",
        columns=columns,
        rows=[[tenth, *row] for tenth, row in enumerate(moved, 1)],
    )
