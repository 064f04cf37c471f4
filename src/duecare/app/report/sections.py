"""Sections: the pictures of the report, each with its sentence, its tables, and its reason when it cannot be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate

from markupsafe import Markup

from duecare.app.charts import Cell, Heading, bar_grid, rfm_grid, shades, whale
from duecare.app.report import sentences
from duecare.app.report.said import Row, Said
from duecare.app.report.tables import Column, Table
from duecare.app.report.wording import count, listed, percent, round_percent

MEASURES = {"revenue": "revenue", "profit": "profit", "clv": "CLV"}
"""Figures that customers are ranked by: their key among the findings and their word."""


def rfm_parts(said: Said) -> int:
    """Return into how many classes recency, frequency and money were cut."""
    return int(said.part("terms").get("rfm_classes") or 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swatch:
    """One line of a legend."""

    words: str
    ink: float
    """How full the ink is, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture with what belongs to it."""

    name: str
    """Its anchor on the page."""
    headline: str
    drawing: Markup | None = None
    """None when there is nothing to draw; `missing` then says why."""
    missing: str = ""
    legend: Sequence[Swatch] = ()
    tables: Sequence[Table] = ()


def whale_figure(said: Said) -> Figure:
    """The whale curve with the tiers along it."""
    found, profit = said.found("whale"), said.marked("profit")
    if not found:
        why = said.why_no_profit()
        return Figure(name="whale", headline="The whale curve cannot be drawn.", missing=f"There is no whale curve, because {why}.")
    sentence, bands = sentences.whale(said, found), found.get("bands") or ()
    return Figure(
        name="whale",
        headline=sentence,
        drawing=whale("whale", found, title=f"Whale curve: how the {profit} adds up over customers", desc=sentence, profit=profit),
        legend=_swatches([band["tier"] for band in bands]),
        tables=[_curve_table(found, profit), *([_bands_table(bands)] if bands else [])],
    )


def _curve_table(found: Row, profit: str) -> Table:
    return Table(
        name="whale-curve",
        caption=f"Cumulative share of customers and of {profit}",
        columns=[Column(head="customers", show=percent), Column(head=profit, show=percent, term="whale-curve")],
        rows=list(zip(found["customers"], found["profit"], strict=True)),
    )


def _bands_table(bands: Sequence[Row]) -> Table:
    ends = list(accumulate(sum(slice_) for slice_ in zip(*(band["customers"] for band in bands), strict=True)))
    columns = [Column(head="until customer", show=count), *(Column(head=band["tier"], show=count, term="tier") for band in bands)]
    rows = list(zip(ends, *(band["customers"] for band in bands), strict=True))
    return Table(name="tiers-along-the-curve", caption="Customers of each tier in each slice of the curve", columns=columns, rows=rows)


def percentile_figure(said: Said) -> Figure:
    """What the top shares of customers hold, by each measure."""
    found = said.found("percentiles")
    known = {key: word for key, word in MEASURES.items() if found.get(key)}
    if not known:
        return Figure(name="percentiles", headline="The shares of the top cannot be said.", missing=_why_no_percentiles(said, "revenue"))
    tops = [row["top"] for row in max((found[key] for key in known), key=len) if row["top"] < 1.0]
    held = {key: {row["top"]: row["share"] for row in found[key]} for key in known}
    sentence = sentences.percentiles(said, found)
    drawing = bar_grid(
        "percentiles",
        [f"Top {round_percent(top)}" for top in tops],
        [_heading(said, word) for word in known.values()],
        [[held[key].get(top) for key in known] for top in tops],
        title="Shares that the top customers hold",
        desc=sentence,
        marks=_documents_mark(said, tops) if "revenue" in known else {},
    )
    missing = " ".join(_why_no_percentiles(said, key) for key in MEASURES if key not in known)
    tables = [_percentile_table(said, key, found[key]) for key in known]
    return Figure(name="percentiles", headline=sentence, drawing=drawing, missing=missing, tables=tables)


def _why_no_shares(said: Said, word: str) -> str:
    if word == "CLV" and said.clv is None:
        return f"CLV is missing, because {said.why_no_clv()}."
    return f"Shares of {said.marked(word)} are missing, because it is not above nothing in total."


def _documents_mark(said: Said, tops: Sequence[float]) -> dict[tuple[int, int], float]:
    """Where the documents' number for the top tenth stands, in the first column."""
    theirs = [float(one["low"]) for one in said.found_rows("claims") if one.get("name") == "revenue_10"]
    return {(tops.index(0.1), 0): theirs[0]} if theirs and 0.1 in tops else {}


def _why_no_percentiles(said: Said, key: str) -> str:
    if not said.bought:
        return "There is no percentile table, because no customer has an order that counts."
    return _why_no_shares(said, MEASURES[key])


def _percentile_table(said: Said, key: str, rows: Sequence[Row]) -> Table:
    word, money = said.marked(MEASURES[key]), said.money
    return Table(
        name=f"percentiles-by-{key}",
        caption=f"Customers ranked by {word}",
        columns=[
            Column(head="top", show=round_percent, term="percentile"),
            Column(head="customers", show=count, term="customer"),
            Column(head=f"least {word}, {money.code}", show=money.full, term=key),
            Column(head=f"{word} together, {money.code}", show=money.full, term=key),
            Column(head=f"share of {word}", show=percent, term="percentile"),
        ],
        rows=[[row[name] for name in ("top", "customers", "least", "sum", "share")] for row in rows],
    )


def rfm_figure(said: Said) -> Figure:
    """Fields of recency and frequency, with the classes of money in each."""
    rows = {str(row["rfm"]): row for row in said.found_rows("rfm")}
    if not rows:
        why = "no customer has an order that counts" if not said.bought else "the run gave no classes"
        return Figure(name="rfm", headline="There are no RFM classes.", missing=f"The RFM grid is missing, because {why}.")
    sentence, parts = sentences.best_class(said, rows), rfm_parts(said)
    return Figure(
        name="rfm",
        headline=sentence,
        drawing=rfm_grid(
            "rfm", _fields(said, rows), title="RFM grid: classes of recency by classes of frequency", desc=sentence, parts=parts
        ),
        legend=[Swatch(words=f"M {m}", ink=ink) for m, ink in zip(range(1, parts + 1), shades(parts), strict=True)],
        tables=[_rfm_table(said, list(rows.values()))],
    )


def _fields(said: Said, rows: dict[str, Row]) -> dict[tuple[int, int], Cell]:
    """Put the classes of money of each class of recency and frequency together."""
    places = sorted({(int(code[0]), int(code[1])) for code in rows})
    return {(r, f): _field(said, [rows.get(f"{r}{f}{m}") for m in range(1, rfm_parts(said) + 1)]) for r, f in places}


def _field(said: Said, classes: Sequence[Row | None]) -> Cell:
    counts = [int(row["customers"]) if row else 0 for row in classes]
    revenue = reduce(lambda so_far, row: so_far + (float(row["revenue"]) if row else 0.0), classes, 0.0)
    return sum(counts), f"{said.money.brief(revenue / max(sum(counts), 1))} each", counts


def _rfm_table(said: Said, rows: Sequence[Row]) -> Table:
    code = said.money.code
    return Table(
        name="rfm-classes",
        caption="Customers and revenue of each RFM class",
        columns=[
            Column(head="RFM", term="rfm"),
            Column(head="customers", show=count, term="customer"),
            Column(head=f"revenue, {code}", show=said.money.full, term="revenue"),
        ],
        rows=[[row[name] for name in ("rfm", "customers", "revenue")] for row in rows],
    )


def tier_figure(said: Said) -> Figure:
    """How many customers each tier has, and what they bring."""
    if not said.tiers or not said.customers:
        return Figure(
            name="tiers", headline="There are no tiers to show.", missing="The tiers are missing, because the run placed no customer."
        )
    every = [tier_shares(said, tier) for tier in said.tiers]
    known = [name for name in every[0] if any(row[name] is not None for row in every)]
    shares = [{name: row[name] for name in known} for row in every]
    drawing = bar_grid(
        "tiers",
        [tier["tier"] for tier in said.tiers],
        [_heading(said, name) for name in known],
        [list(row.values()) for row in shares],
        inks=shades(len(said.tiers)),
        title=f"Tiers: their share of {listed([said.marked(name) for name in known])}",
        desc=(sentence := sentences.first_tier(said, {said.marked(name): part for name, part in shares[0].items()})),
    )
    missing = " ".join(_why_no_shares(said, name) for name in every[0] if name not in known)
    return Figure(name="tiers", headline=sentence, drawing=drawing, missing=missing, tables=[_tier_table(said)])


def tier_shares(said: Said, tier: Row) -> dict[str, float | None]:
    """Return a tier's share of customers, revenue, profit and CLV, None where a total is not above nothing."""
    return {
        "customers": _part(tier["customers"], said.customers),
        "revenue": _part(tier["revenue"], said.total("revenue")),
        "profit": _part(tier["profit"], said.total("profit")),
        "CLV": _part(tier["clv"], said.clv),
    }


def _part(part: float | None, whole: float | None) -> float | None:
    return None if part is None or whole is None or whole <= 0 else part / whole


def _tier_table(said: Said) -> Table:
    money, code = said.money.full, said.money.code
    columns = [Column(head="tier", term="tier"), Column(head="customers", show=count, term="customer")]
    columns += [Column(head="orders", show=count, term="order"), Column(head="contacts", show=count, term="contact")]
    sums = (("revenue", "revenue"), ("margin", "margin"), ("cost to serve", "cost-to-serve"), ("profit", "profit"), ("CLV", "clv"))
    columns += [Column(head=f"{said.marked(word)}, {code}", show=money, term=term) for word, term in sums]
    columns += [
        Column(head="customers with a CLV", show=count, term="clv"),
        Column(head=f"{said.marked('CLV per customer')}, {code}", show=money, term="clv"),
    ]
    return Table(name="tiers", caption="Tiers in figures", columns=columns, rows=[_tier_row(tier) for tier in said.tiers])


def _tier_row(tier: Row) -> list[float | str | None]:
    before = [tier[name] for name in ("tier", "customers", "orders", "contacts", "revenue", "margin")]
    return [*before, cost_to_serve(tier), tier["profit"], tier["clv"], tier["valued"], clv_each(tier)]


def cost_to_serve(tier: Row) -> float | None:
    """Return what serving these customers cost: the margin that did not become profit."""
    return None if tier["margin"] is None or tier["profit"] is None else float(tier["margin"]) - float(tier["profit"])


def clv_each(tier: Row) -> float | None:
    """Return the CLV of a customer of this tier, of those who have one."""
    return float(tier["clv"]) / tier["valued"] if tier["clv"] is not None and tier["valued"] else None


def _heading(said: Said, word: str) -> Heading:
    return Heading(word[:1].upper() + word[1:], "assumed" if said.assumes(word) else "")


def _swatches(names: Sequence[str]) -> list[Swatch]:
    return [Swatch(words=name, ink=ink) for name, ink in zip(names, shades(len(names)), strict=True)]
