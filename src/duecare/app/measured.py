"""What `duecare measure` prints for people: figures in words and units, one line a KPI and group."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duecare.measure.kpi import Kpi

MINUTE, HOUR, DAY = 60, 3_600, 86_400
MOST_LINES = 400
"""More lines than anybody reads; the rest is in the file or the JSON."""


def lines(facts: Mapping[str, Any], kpis: "Sequence[Kpi]", by: Sequence[str], currency: str) -> list[str]:
    """Say everything that was measured."""
    head = f"{facts['contacts']:,} contacts as of {facts['as_of'][:16]}, days and weeks of {facts['time_zone']}"
    return [
        head,
        *[f"set aside or odd: {many:,} {what}" for what, many in facts["set_aside"].items()],
        "",
        *_figures(facts["kpis"], kpis, by, currency),
        *_compliance(facts["compliance"]),
        *([f"note: {facts['inversion']}"] if facts["inversion"] else []),
        *_alarms(facts["burn"]),
        *[f"{'✗' if one['crossed'] else '✓'} guard rail: {one['said']}" for one in facts["guards"]],
        *([f"restored: {facts['restored']}"] if facts["restored"] else []),
        *[line for one in facts["goals"] for line in _goal(one)],
        *[f"alert sent: {one['said']}" for one in facts["alerted"]],
    ]


def _goal(one: Mapping[str, Any]) -> list[str]:
    """Say how far a goal is, and which letters of SMART it lacks."""
    lacking = [f"  not {check['word']}: {check['said']}" for check in one["checks"] if not check["holds"]]
    now = "" if one["now"] is None else f", now {one['now']:,.1f}"
    return [f"goal {one['name']}: {one['state']}{now}, to be {one['target']:,.1f} by {one['by']}", *lacking]


def _figures(rows: Sequence[Mapping[str, Any]], kpis: "Sequence[Kpi]", by: Sequence[str], currency: str) -> list[str]:
    known = {one.name: one for one in kpis}
    told = [_figure(row, known[row["kpi"]], by, currency) for row in rows[:MOST_LINES]]
    widths = [max((len(line[at]) for line in told), default=0) for at in range(2)]
    found = [f"{title:<{widths[0]}}  {group:<{widths[1]}}  {figure}".rstrip() for title, group, figure in told]
    left = len(rows) - len(told)
    return found + ([f"... and {left:,} more; --out FILE.csv has all"] if left else [])


def _figure(row: Mapping[str, Any], kpi: "Kpi", by: Sequence[str], currency: str) -> tuple[str, str, str]:
    """Title, group and figure of a row."""
    value = said(row["value"], kpi, currency)
    sure = "" if row["low"] is None else f" ({said(row['low'], kpi, currency)} to {said(row['high'], kpi, currency)})"
    more = ""
    if kpi.kind == "length":
        censored = "not reached" if row["censored_median"] is None else said(float(row["censored_median"]), kpi, currency)
        p90 = "" if row["p90"] is None else f", nine in ten within {said(float(row['p90']), kpi, currency)}"
        more = f"{p90}; {censored} with the {row['running']:,} that have not come to it" if row["running"] else p90
    cases = "" if kpi.kind == "ratio" else f" of {row['cases']:,}"
    return kpi.title, " · ".join(row[name] for name in by), f"{value}{cases}{sure}{more}"


def said(value: float | None, kpi: "Kpi", currency: str) -> str:
    """Write a figure in its unit."""
    if value is None:
        return "none"
    if kpi.unit == "seconds":
        return length(value)
    if kpi.unit == "cents":
        return f"{value:,.2f} {currency}"
    return f"{value:.1f} %" if kpi.unit == "percent" else f"{value:,.1f}"


def length(seconds: float) -> str:
    """Write a length as people say it.

    >>> length(53), length(12_581), length(400_000)
    ('53 s', '3 h 30 min', '4 d 15 h')
    """
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    if seconds < HOUR:
        return f"{seconds / MINUTE:.0f} min"
    if seconds < 2 * DAY:
        hours, minutes = divmod(round(seconds / MINUTE), 60)
        return f"{hours} h {minutes} min"
    days, hours = divmod(round(seconds / HOUR), 24)
    return f"{days} d {hours} h"


STATES = {"kept": "kept", "broken": "not kept", "open": "open: chance could explain it"}


def _compliance(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if not rows:
        return ["", "no promises in duecare.toml: duecare promises suggest drafts them"]
    told = [
        f"  {row['tier']}: {row['promise']}: {row['kept_percent']:.1f} % of {row['decided']:,} against {row['promised_percent']:g} %, {STATES[row['state']]}"
        for row in rows
    ]
    return ["", "promises:", *told]


def _alarms(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"alarm: {row['promise']} was no longer kept for {row['tier']} on {', '.join(row['alarm_days'][-3:])}"
        + (f", and on {len(row['alarm_days']) - 3} days before" if len(row["alarm_days"]) > 3 else "")
        for row in rows
        if row["alarm_days"]
    ]
