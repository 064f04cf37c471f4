"""Data quality: what became of every row, why some were left out, and by what people were recognised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from duecare.app.charts import small_bar
from duecare.app.report.said import Row, Said
from duecare.app.report.tables import Column, Table, Value
from duecare.app.report.wording import count, listed, percent

COMPARED = {
    "given": "given name",
    "family": "family name",
    "email": "e-mail",
    "loyalty": "loyalty card",
    "username": "user name",
    "handle": "social handle",
}
"""What the columns that tell people apart are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why some rows, or some cells, were left out."""

    why: str
    many: int
    bar: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What was left out of one input."""

    name: str
    aside: Sequence[Reason]
    emptied: Sequence[Reason]


def compared(said: Said) -> str:
    """Say by what records were recognised."""
    words = [COMPARED.get(word, str(word).replace("_", " ")) for word in said.part("identity").get("compared") or ()]
    if not words:
        return "No column tells people apart here, so each record counts as a customer."
    return f"Records were compared by {listed(words)}."


def inputs_table(said: Said) -> Table:
    """Return how many rows of each input were read, used and set aside."""
    counts = [
        Column(head=f"rows {what}", show=count, term="set-aside" if what == "set aside" else None) for what in ("read", "used", "set aside")
    ]
    columns = [Column(head="input"), Column(head="feeds"), *counts, Column(head="used", show=percent)]
    return Table(name="inputs", caption="Rows of each input", columns=columns, rows=[_input(one) for one in said.rows("inputs")])


def _input(one: Row) -> Sequence[Value]:
    read, used, aside = (int(one[name]) for name in ("rows_read", "rows_used", "rows_aside"))
    feeds = listed([str(table).replace("_", " ") for table in one.get("tables") or ()])
    return one["input"], feeds, read, used, aside, used / read if read else None


def left_out(said: Said) -> list[Quality]:
    """Return what was left out of each input, and why; an input that was used whole is not among them."""
    found = [_quality(one) for one in said.rows("inputs")]
    return [one for one in found if one.aside or one.emptied]


def _quality(one: Row) -> Quality:
    rows = int(one["rows_read"])
    return Quality(
        name=str(one["input"]),
        aside=_reasons(one.get("reasons") or {}, rows, "of {} rows"),
        emptied=_reasons(one.get("cells_emptied") or {}, rows, "cells, in {} rows"),
    )


def _reasons(reasons: Mapping[str, int], rows: int, of: str) -> list[Reason]:
    """Each reason with a bar against all rows of the input, the commonest first."""
    bars = {why: small_bar(n / max(rows, 1), title=f"{why}: {count(n)} {of.format(count(rows))}") for why, n in reasons.items()}
    return [Reason(why=why, many=n, bar=bars[why]) for why, n in _ordered(reasons)]


def _ordered(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(reasons.items(), key=lambda reason: (-reason[1], reason[0]))


def reasons_table(said: Said) -> Table:
    """Return every reason of every input in one table."""
    columns = [Column(head="input"), Column(head="what", term="set-aside"), Column(head="why"), Column(head="how many", show=count)]
    rows = [row for one in said.rows("inputs") for row in _counts(one)]
    return Table(name="left-out", caption="What was left out of each input, and why", columns=columns, rows=rows)


def _counts(one: Row) -> list[Sequence[Value]]:
    aside = [("rows set aside", why, n) for why, n in _ordered(one.get("reasons") or {})]
    emptied = [("cells emptied", why, n) for why, n in _ordered(one.get("cells_emptied") or {})]
    return [(one["input"], *line) for line in (*aside, *emptied)]
