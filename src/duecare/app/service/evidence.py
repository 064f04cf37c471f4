"""Evidence: whether better service causes anything, what matters most, and whether groups are treated alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from duecare.app.auditing import rounded
from duecare.app.causes import lines as said_of
from duecare.app.charts import Interval, interval_plot
from duecare.app.fairness import NOT_CHANCE, said
from duecare.app.report.sections import Figure
from duecare.app.report.tables import Column, Table
from duecare.app.report.wording import UNKNOWN, Currency, capital, count
from duecare.app.service.kept import percent
from duecare.measure.treatment import MEASURES

Row = Mapping[str, Any]


def effects(facts: Row) -> Figure:
    """Draw what each comparison found, and say of the others why they found nothing."""
    told = [one for one in facts["effects"] if one.get("estimate") is not None]
    unsaid = [capital(said_of(one)[0]) + "." for one in facts["effects"] if one.get("estimate") is None]
    sentence = "; ".join(_effect(one) for one in told) or "no comparison could find anything yet"
    lines = [
        Interval(
            f"{capital(one['what'])} ({one['design']})",
            one["estimate"],
            one["low"],
            one["high"],
            "loss" if one["verdict"] == "harms" else "bar",
        )
        for one in told
    ]
    drawing = interval_plot("effects", lines, unit="points", title="What changes coming back", desc=sentence) if lines else None
    return Figure(
        name="effects", headline=f"{capital(sentence)}.", drawing=drawing, missing=" ".join(unsaid), tables=[_effects(facts["effects"])]
    )


def _effect(one: Row) -> str:
    what = {"helps": "brings", "harms": "costs"}.get(one["verdict"])
    if what is None:
        return f"{one['what']} changes nothing that was found"
    doubt = ", which is not to be trusted" if one["spoilt"] else ""
    return f"{one['what']} {what} {abs(one['estimate']):.1f} points of customers coming back{doubt}"


def _effects(rows: Sequence[Row]) -> Table:
    columns = [
        Column(head="what"),
        Column(head="by"),
        Column(head="outcome"),
        Column(head="with", show=count),
        Column(head="without", show=count),
    ]
    columns += [Column(head=head, show=_points) for head in ("effect", "from", "to", "would find")]
    columns += [Column(head="so"), Column(head="spoilt by")]
    names = ("what", "design", "outcome", "treated", "held_out", "estimate", "low", "high", "smallest_found", "verdict")
    cells = [[*(_finite(row.get(name)) for name in names), "; ".join(row.get("spoilt") or []) or row.get("missing")] for row in rows]
    return Table(name="effects", caption="Every comparison", columns=columns, rows=cells)


def _finite(value: Any) -> Any:  # noqa: ANN401 - a word or a number
    return None if isinstance(value, float) and value == float("inf") else value


def _points(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:+.1f}".replace("-", "−")


def followed(facts: Row) -> Table | None:
    """Return what came after contacts whose promises were kept, and after those where one was broken."""
    if not facts["followed"]:
        return None
    money = Currency(facts["currency"])
    columns = [Column(head="tier"), Column(head="promises"), Column(head="contacts", show=count)]
    columns += [Column(head=head, show=money.full) for head in ("revenue in 30 days", "revenue in 90 days")]
    columns += [Column(head="bought again in 90 days", show=percent), Column(head="brought, of a hundred", show=_one)]
    names = ("revenue_30_days", "revenue_90_days", "bought_again_percent", "referrals_per_100")
    rows = [
        [row["tier"], "kept" if row["kept"] else "broken", row["contacts"], *(row[name] for name in names)] for row in facts["followed"]
    ]
    return Table(name="followed", caption="What came after contacts, on the average of each", columns=columns, rows=rows)


def _one(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.1f}"


def drivers(facts: Row) -> list[Table]:
    """Return what satisfaction and coming back go along with."""
    made = [one for one in facts["matters"]["drivers"] if one["drivers"]]
    return [_drivers(one) for one in made]


def _drivers(one: Row) -> Table:
    columns = [Column(head="goes along with"), Column(head="share of the differences", show=percent)]
    columns += [Column(head=head, show=_two) for head in ("one standard deviation more", "from", "to")] + [Column(head="beyond chance")]
    rows = [
        [
            row["name"],
            100 * row["share"],
            row["coefficient"],
            row["low"],
            row["high"],
            "tells the outcome itself" if row["leaks"] else "yes" if row["shown"] else "no",
        ]
        for row in one["drivers"]
    ]
    name = f"drivers-{one['outcome'].split(',')[0]}-{one['tier'] or 'everybody'}".replace(" ", "-")
    return Table(
        name=name,
        caption=f"{capital(one['outcome'])}: {one['tier'] or 'everybody'}, {count(one['cases'])} contacts",
        columns=columns,
        rows=rows,
    )


def _two(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:+.2f}".replace("-", "−")


def driver_lines(facts: Row) -> list[str]:
    """Say for everybody what each outcome goes along with most."""
    told: list[str] = []
    for one in facts["matters"]["drivers"]:
        shown = [row for row in one["drivers"] if row["shown"] and not row["leaks"]]
        if one["tier"] is None and shown:
            most = ", ".join(f"{row['name']} ({100 * row['share']:.1f} %)" for row in shown[:3])
            told.append(f"{capital(one['outcome'].split(',')[0])} goes along most with: {most}.")
    return told


def pains(facts: Row) -> Table | None:
    """Return the matters, the hardest for customers first."""
    rows = facts["matters"]["pains"]
    if not rows:
        return None
    money = Currency(facts["currency"])
    columns = [
        Column(head="matter"),
        Column(head="contacts", show=count),
        Column(head="effort, 7 is easiest", show=_one),
        Column(head="answers", show=count),
    ]
    columns += [
        Column(head="satisfied", show=percent),
        Column(head="solved at the first contact", show=percent),
        Column(head="cost each", show=money.full),
    ]
    names = ("reason", "contacts", "effort", "effort_answers", "satisfied_percent", "first_contact_percent", "cost_per_contact")
    return Table(
        name="pains", caption="What is hardest for customers, first", columns=columns, rows=[[row[name] for name in names] for row in rows]
    )


def avoidable(facts: Row) -> Table | None:
    """Return the contacts that could be avoided."""
    rows = facts["matters"]["avoidable"]
    if not rows:
        return None
    money = Currency(facts["currency"])
    columns = [
        Column(head="matter"),
        Column(head="product"),
        Column(head="supplier"),
        Column(head="sold", show=count),
        Column(head="contacts", show=count),
    ]
    columns += [Column(head="expected", show=_one), Column(head="cost of the rest in a year", show=money.full)]
    cells = [
        [
            row["reason"],
            (row["name"] or row["product"]) if row["product"] else "all of it",
            row["supplier"],
            row["sold"],
            row["contacts"],
            row["expected"],
            row["cost_per_year"],
        ]
        for row in rows
    ]
    return Table(name="avoidable", caption="Contacts that others, sold for sold, do not bring", columns=columns, rows=cells)


def fairness(facts: Row) -> Figure:
    """Draw what is left of each gap between groups once fair factors are taken out."""
    told = facts["fairness"]
    gaps = [*told["plan"]["gaps"], *told["treatment"]]
    if not told["plan"]["attributes"]:
        why = "No audit groups were handed in (the table audit_groups), so nobody can say whether groups are treated alike."
        return Figure(name="fairness", headline="Fairness was not audited.", missing=why)
    shown = [one for one in gaps if one["p"] < NOT_CHANCE or one["stops"]]
    sentence = _fair(told, len(shown), len(gaps))
    lines = [_gap(one) for one in sorted(gaps, key=lambda one: (not one["stops"], one["measure"], one["attribute"], one["group"]))]
    drawing = (
        interval_plot("fairness", lines, unit="points", title="Gaps between groups that nothing fair explains", desc=sentence)
        if lines
        else None
    )
    return Figure(name="fairness", headline=sentence, drawing=drawing, tables=[_gaps(gaps)])


def _fair(told: Row, shown: int, every: int) -> str:
    if told["stops"]:
        return "The audit stops the plan: a group is worse off, and nothing fair explains it."
    if not shown:
        return f"None of {every} comparisons between groups shows a gap that chance and fair factors do not explain."
    return f"{shown} of {every} comparisons between groups show a gap that chance does not explain; none is large enough to stop the plan."


def _gap(one: Row) -> Interval:
    size = 100.0 if abs(one["share"]) <= 1.0 and one["measure"] not in MEASURES else 1.0
    value, low, high = (size * one[name] for name in ("unexplained", "low", "high"))
    return Interval(f"{capital(one['measure'])}: {one['attribute']} {one['group']}", value, low, high, "loss" if one["stops"] else "bar")


def _gaps(gaps: Sequence[Row]) -> Table:
    columns = [
        Column(head="comparison"),
        Column(head="cases", show=count),
        Column(head="others", show=count),
        Column(head="chance", show=_two),
        Column(head="stops"),
    ]
    rows = [[said(one), one["cases"], one["others"], rounded(one["p"]), "yes" if one["stops"] else "no"] for one in gaps]
    return Table(name="fairness", caption="Every comparison between groups", columns=columns, rows=rows)


def proxies(facts: Row) -> list[str]:
    """Say which columns tell of a group."""
    told = []
    for one in facts["fairness"]["plan"]["proxies"]:
        stands = (
            "it tells what customers are worth only by that, so nobody should be valued by it"
            if one["stands_in"]
            else "and of worth beyond it"
        )
        told.append(f"“{one['column']}” tells of {one['attribute']} (Cramér’s V {one['strength']:.2f}): {stands}.")
    return told
