"""The page: what was measured in, one HTML text out that needs nothing but itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duecare.app.gathering import COURSES
from duecare.app.measured import length
from duecare.app.report.page import environment, write_page
from duecare.app.report.wording import count, day, many
from duecare.app.service import evidence, figures, kept

Row = Mapping[str, Any]


def render(facts: Row) -> str:
    """Write the service report as one HTML text; the same facts always give the same text."""
    return environment().get_template("service.html").render(**_page(facts), headline=headline(facts), facts=facts)


def write(facts: Row, path: Path) -> Path:
    """Write the page to *path* at one stroke."""
    return write_page(render(facts), path)


def headline(facts: Row) -> str:
    """Say what matters most of all: whether promises were kept, and what it does to customers."""
    rows = {row["kpi"]: row for row in facts["kpis"]}
    kept_, first = rows.get("promises_kept"), rows.get("first_response")
    if kept_ is not None and kept_["value"] is not None:
        said = f"{kept_['value']:.0f} % of promises were kept"
    elif first is not None and first["value"] is not None:
        said = f"Half of all contacts were answered within {length(float(first['value']))}"
    else:
        return f"{many(facts['contacts'], 'contact')}, and no answer yet"
    harms = [one for one in facts["effects"] if one.get("verdict") == "harms" and not one["spoilt"]]
    worst = max(harms, key=lambda one: -one["estimate"], default=None)
    return f"{said}; {worst['what']} costs {-worst['estimate']:.0f} points of customers coming back" if worst else said


def _page(facts: Row) -> dict[str, Any]:
    return {
        "day": day(facts["as_of"]),
        "since": day(facts["served_by_tier_since"]) if facts["served_by_tier_since"] else "",
        "keys": _keys(facts),
        "groups": figures.lines(facts),
        "courses": [one for one in (figures.course(facts, kpi, period) for period, kpi in COURSES.items()) if one is not None],
        "dashes": figures.dashes(facts["tiers"]),
        "promises": kept.promises(facts),
        "alarms": kept.alarms(facts),
        "practice": kept.practice(facts),
        "practice_tables": kept.practice_tables(facts),
        "gains": kept.gains(facts),
        "guards": kept.guards(facts),
        "goals": kept.goals(facts),
        "effects": evidence.effects(facts),
        "followed": evidence.followed(facts),
        "driver_lines": evidence.driver_lines(facts),
        "drivers": evidence.drivers(facts),
        "pains": evidence.pains(facts),
        "avoidable": evidence.avoidable(facts),
        "fairness": evidence.fairness(facts),
        "proxies": evidence.proxies(facts),
        "aside": [(what, count(number)) for what, number in facts["set_aside"].items()],
        "crossed": [one["said"] for one in facts["guards"] if one["crossed"]],
    }


def _keys(facts: Row) -> list[tuple[str, str, str, str]]:
    """The four figures at the head: KPI, word, figure, remark."""
    rows, known = {row["kpi"]: row for row in facts["kpis"]}, {one["name"]: one for one in facts["definitions"]}
    money = figures.Currency(facts["currency"])
    asked = ("first_response", "promises_kept", "csat", "cost_per_contact")
    return [
        (name, known[name]["title"], figures.figure(rows[name], known[name], money), figures.remark(rows[name], known[name], money))
        for name in asked
        if name in rows
    ]
