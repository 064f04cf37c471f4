"""Kept: every promise against what was done, the alarms, and promise against practice."""

from collections.abc import Mapping, Sequence
from typing import Any

from duecare.app.charts import Interval, interval_plot
from duecare.app.measured import STATES, length
from duecare.app.practicing import gain, index
from duecare.app.report.sections import Figure
from duecare.app.report.tables import Column, Table
from duecare.app.report.wording import UNKNOWN, capital, count, many

Row = Mapping[str, Any]


def promises(facts: Row) -> Figure:
    """Draw how often each promise was kept for each tier, against what was promised."""
    rows = facts["compliance"]
    if not rows:
        why = "duecare.toml makes no promises yet; duecare promises suggest drafts them from what customers lately got."
        return Figure(name="promises", headline="Nothing was promised.", missing=why)
    broken = [row for row in rows if row["state"] == "broken"]
    said = f"{many(len(rows) - len(broken), 'promise')} of {len(rows)} are kept or may be; {len(broken)} {'is' if len(broken) == 1 else 'are'} not."
    lines = [
        Interval(
            f"{row['tier']}: {plainly(row['promise'])}", row["kept_percent"], row["low"], row["high"], _kind(row), row["promised_percent"]
        )
        for row in rows
    ]
    drawing = interval_plot("promises", lines, unit="%", title="Promises kept", desc=said, zero=None)
    return Figure(name="promises", headline=said, drawing=drawing, tables=[_table(rows)])


def plainly(promise: str) -> str:
    """Say a promise without the settings' own spelling.

    >>> plainly("the guarantee: queue_wait (phone) within 3 minutes")
    'queue wait (phone) within 3 minutes'
    """
    return promise.removeprefix("the guarantee: ").replace("_", " ")


def _kind(row: Row) -> str:
    return "loss" if row["state"] == "broken" else "bar"


def _table(rows: Sequence[Row]) -> Table:
    columns = [
        Column(head="promise"),
        Column(head="tier"),
        Column(head="decided", show=count),
        Column(head="kept", show=percent),
        Column(head="from", show=percent),
        Column(head="to", show=percent),
        Column(head="promised", show=percent),
        Column(head="so it is"),
        Column(head="contacts", show=count),
        Column(head="contacts kept", show=count),
        Column(head="breaches left in the budget", show=count),
    ]
    names = (
        "promise",
        "tier",
        "decided",
        "kept_percent",
        "low",
        "high",
        "promised_percent",
        "state",
        "contacts",
        "contacts_kept",
        "budget_left",
    )
    told = [{**row, "promise": plainly(row["promise"]), "state": STATES[row["state"]]} for row in rows]
    return Table(name="promises", caption="Promises by tier", columns=columns, rows=[[row[name] for name in names] for row in told])


def percent(value: float | None) -> str:
    """Write a number that is in percent already."""
    return UNKNOWN if value is None else f"{value:.1f} %".replace("-", "−")


def alarms(facts: Row) -> list[str]:
    """Say which promises were no longer kept, and on which days."""
    return [
        f"{capital(plainly(row['promise']))}, for {row['tier']}, was no longer kept on {', '.join(row['alarm_days'][-3:])}"
        + (f", and on {many(len(row['alarm_days']) - 3, 'day')} before" if len(row["alarm_days"]) > 3 else "")
        for row in facts["burn"]
        if row["alarm_days"]
    ]


def practice(facts: Row) -> list[str]:
    """Say whether service was different for whom it was meant to be."""
    told = facts["practice"]
    differences = [
        one["said"]
        if one["percent_shorter"] is None
        else f"{one['said']} ({_whole(one['percent_shorter'])} % shorter; {_whole(one['low'])} to {_whole(one['high'])})"
        for one in told["differences"]
    ]
    return [f"{capital(said)}." for said in [*differences, index(told["proportionality"])]]


def _whole(value: float) -> str:
    return f"{round(value):d}".replace("-", "−")


def practice_tables(facts: Row) -> list[Table]:
    """Return what each tier and each tenth by worth got."""
    told = facts["practice"]
    return [
        _practice("practice-by-tier", f"What each tier got in the last {told['days']} days", "tier", told["by_tier"]),
        _practice("practice-by-worth", "The same by tenths of customers, the most worth first", "customers", told["by_worth"]),
    ]


def _practice(name: str, caption: str, head: str, rows: Sequence[Row]) -> Table:
    columns = [
        Column(head=head),
        Column(head="contacts", show=count),
        Column(head="half answered within", show=_wait),
        Column(head="promises kept", show=percent),
        Column(head="satisfied", show=percent),
        Column(head="in experienced hands", show=percent),
    ]
    names = ("group", "contacts", "median_wait_s", "promises_kept_percent", "satisfied_percent", "experienced_percent")
    return Table(name=name, caption=caption, columns=columns, rows=[[row[one] for one in names] for row in rows])


def _wait(seconds: float | None) -> str:
    return UNKNOWN if seconds is None else length(seconds)


def gains(facts: Row) -> list[str]:
    """Say what customers of each tier gained lately."""
    return [f"Customers of {one['tier']} {gain(one)}." for one in facts["practice"]["gains"]]


def guards(facts: Row) -> list[tuple[str, str, str]]:
    """Say each guard rail, how it stands, and how that is marked."""
    return [(one["said"], *_standing(one)) for one in facts["guards"]]


def _standing(one: Row) -> tuple[str, str]:
    if one["crossed"]:
        return "crossed", "fails"
    return ("holds", "holds") if one["cases"] else ("nothing to tell yet", "open")


def goals(facts: Row) -> Table | None:
    """Return the goals with how far they are."""
    if not facts["goals"]:
        return None
    columns = [
        Column(head="goal"),
        Column(head="KPI"),
        Column(head="now", show=_number),
        Column(head="target", show=_number),
        Column(head="by"),
        Column(head="state"),
        Column(head="lacks"),
    ]
    rows = [
        [
            one["name"],
            one["kpi"],
            one["now"],
            one["target"],
            one["by"],
            one["state"],
            ", ".join(check["word"] for check in one["checks"] if not check["holds"]) or "nothing",
        ]
        for one in facts["goals"]
    ]
    return Table(
        name="goals",
        caption="Goals, and what each lacks to be specific, measurable, achievable, realistic and time-bound",
        columns=columns,
        rows=rows,
    )


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.1f}"
