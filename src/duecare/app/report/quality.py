"""Data quality: what became of every row, why some were left out, and by what people were recognised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from duecare.app.charts import small_bar
from duecare.app.report.said import Row, Said
from duecare.app.report.tables import Column, Table, Value
from duecare.app.report.wording import count, listed, many, percent

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
    """What became of the rows of one input."""

    name: str
    feeds: str
    said: str
    aside: Sequence[Reason]
    emptied: Sequence[Reason]


def compared(said: Said) -> str:
    """Say by what records were recognised."""
    words = [COMPARED.get(word, str(word).replace("_", " ")) for word in said.part("identity").get("compared") or ()]
    if not words:
        return "No column tells people apart here, so each record counts as a customer."
    return f"Records were compared by {listed(words)}."


def qualities(said: Said) -> list[Quality]:
    """Return what became of the rows of each input."""
    return [_quality(one) for one in said.rows("inputs")]


def _quality(one: Row) -> Quality:
    read, used, aside = (int(one[name]) for name in ("rows_read", "rows_used", "rows_aside"))
    return Quality(
        name=str(one["input"]),
        feeds=listed([str(table).replace("_", " ") for table in one.get("tables") or ()]),
        said=f"{many(read, 'row')} read, {count(used)} used ({percent(used / read) if read else 'none'}), {count(aside) if aside else 'none'} set aside",
        aside=_reasons(one.get("reasons") or {}, read, "of {} rows"),
        emptied=_reasons(one.get("cells_emptied") or {}, read, "cells, in {} rows"),
    )


def _reasons(reasons: Mapping[str, int], rows: int, of: str) -> list[Reason]:
    """Each reason with a bar against all rows of the input, the commonest first."""
    bars = {why: small_bar(n / max(rows, 1), title=f"{why}: {count(n)} {of.format(count(rows))}") for why, n in reasons.items()}
    return [Reason(why=why, many=n, bar=bars[why]) for why, n in _ordered(reasons)]


def _ordered(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(reasons.items(), key=lambda reason: (-reason[1], reason[0]))


def quality_table(said: Said) -> Table:
    """Return every count of the data quality in one table."""
    columns = [Column(head="input"), Column(head="what", term="set-aside"), Column(head="why"), Column(head="how many", show=count)]
    rows = [row for one in said.rows("inputs") for row in _counts(one)]
    return Table(name="data-quality", caption="Rows and cells of each input", columns=columns, rows=rows)


def _counts(one: Row) -> list[Sequence[Value]]:
    whole = [
        (what, "", int(one[key]))
        for what, key in (("rows read", "rows_read"), ("rows used", "rows_used"), ("rows set aside", "rows_aside"))
    ]
    aside = [("rows set aside because", why, n) for why, n in _ordered(one.get("reasons") or {})]
    emptied = [("cells emptied because", why, n) for why, n in _ordered(one.get("cells_emptied") or {})]
    return [(one["input"], *line) for line in (*whole, *aside, *emptied)]
