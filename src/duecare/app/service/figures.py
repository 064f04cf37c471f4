"""Figures: every KPI for everybody and tier by tier, and the weeks behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from duecare.app.charts import DASHES, week_lines
from duecare.app.measured import length
from duecare.app.report.sections import Figure
from duecare.app.report.tables import Column, Table
from duecare.app.report.wording import UNKNOWN, Currency

Row = Mapping[str, Any]
MOST, FEW = 26, 10
"""Of so many weeks or months the newest are drawn; those with fewer cases than the second are left out."""
SPEED, KEPT, SAID, CAME, COST = (
    ("first_response", "next_reply", "full_resolution", "queue_wait"),
    ("promises_kept", "contacts_kept", "sla_met", "about_to_break", "orders_kept"),
    ("csat", "csat_response", "nps", "effort", "complaints"),
    ("reopened", "one_touch", "first_contact_resolution", "transferred", "abandoned", "self_service", "bought_again"),
    ("cost_per_contact", "cost_per_resolution", "value_at_stake", "occupancy"),
)
GROUPS = (("How fast", SPEED), ("How reliable", KEPT), ("What customers say", SAID), ("What came of it", CAME), ("What it costs", COST))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One KPI in the table: its name, and a figure with a remark for everybody and for each tier."""

    name: str
    title: str
    cells: tuple[tuple[str, str], ...]
    warn: str = ""
    """Said where tiers must not differ, and do."""


def lines(facts: Row) -> list[tuple[str, list[Line]]]:
    """Return the KPIs that have a figure, by what they are about."""
    known = {one["name"]: one for one in facts["definitions"]}
    total = {row["kpi"]: row for row in facts["kpis"]}
    tiers = {(row["kpi"], row["tier"]): row for row in facts["by_tier"]}
    made = [(head, [_line(facts, known[name], total, tiers) for name in names if name in total]) for head, names in GROUPS]
    return [(head, rows) for head, rows in made if rows]


def _line(facts: Row, kpi: Row, total: Mapping[str, Row], tiers: Mapping[tuple[str, str], Row]) -> Line:
    rows = [total.get(kpi["name"]), *(tiers.get((kpi["name"], tier)) for tier in facts["tiers"])]
    money = Currency(facts["currency"])
    return Line(
        name=kpi["name"],
        title=kpi["title"],
        cells=tuple((figure(row, kpi, money), remark(row, kpi, money)) for row in rows),
        warn=facts["uneven"].get(kpi["name"], ""),
    )


def figure(row: Row | None, kpi: Row, money: Currency) -> str:
    """Write a figure in its unit."""
    if row is None or row["value"] is None:
        return "–"
    value = float(row["value"])
    if kpi["unit"] == "seconds":
        return length(value)
    if kpi["unit"] == "cents":
        return money.full(value)
    return f"{value:.1f} %" if kpi["unit"] == "percent" else f"{value:.1f}".replace("-", "−")


def remark(row: Row | None, kpi: Row, money: Currency) -> str:
    """Write what stands below a figure: its interval, or where it runs on, and of how many cases."""
    if row is None or row["value"] is None:
        return ""
    if kpi["kind"] == "length" and row["running"]:
        whole = "more" if row["censored_median"] is None else length(float(row["censored_median"]))
        return f"{whole} with open ones"
    if row["low"] is None:
        return ""
    low, high = (figure({"value": row[name]}, kpi, money) for name in ("low", "high"))
    return f"{low.removesuffix(' %')} to {high}"


def course(facts: Row, kpi: str, period: str) -> Figure | None:
    """Draw a KPI week by week or month by month, and tier by tier; None where there is no course."""
    rows = [row for row in facts[f"by_{period}"] if row["kpi"] == kpi and row["cases"] >= FEW]
    names = sorted({row[period] for row in rows})[-MOST:]
    if len(names) < 2:
        return None
    by = {(row["tier"], row[period]): row["value"] for row in rows}
    drawn = {tier: [by.get((tier, name)) for name in names] for tier in facts["tiers"]}
    title = next(one["title"] for one in facts["definitions"] if one["name"] == kpi)
    said = f"{title} from {names[0]} to {names[-1]}, a line for each tier"
    columns = [Column(head=period), *(Column(head=tier, show=_percent) for tier in facts["tiers"])]
    table = Table(
        name=f"{kpi}-by-{period}".replace("_", "-"),
        caption=f"{title} by {period}, percent",
        columns=columns,
        rows=[[name, *(drawn[tier][at] for tier in facts["tiers"])] for at, name in enumerate(names)],
    )
    return Figure(
        name=kpi, headline=f"{title}, {period} by {period}", drawing=week_lines(kpi, names, drawn, title=title, desc=said), tables=[table]
    )


def _percent(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.1f} %"


def dashes(tiers: Sequence[str]) -> list[tuple[str, str]]:
    """Return how each tier's line is drawn."""
    return [(tier, DASHES[at % len(DASHES)]) for at, tier in enumerate(tiers)]
