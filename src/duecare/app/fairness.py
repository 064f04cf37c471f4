"""Fairness at the door: who gets which tier, who waits how long and what comes of it, by groups that no rule may look at."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from duecare.app import proposals
from duecare.app.auditing import rounded
from duecare.app.measuring import Read, opened
from duecare.app.settings import Settings
from duecare.app.shown import next_command, print_json
from duecare.records import Warehouse

if TYPE_CHECKING:
    from duecare.measure.fairness import Gap

NONE = "no audit groups were handed in (table audit_groups), so nobody can say whether groups are treated alike"


def tell_fairness(file: Path, *, as_of: datetime | None, as_json: bool) -> int:
    """Print the audit of the newest plan and of how contacts were treated; return 4 when either stops."""
    with opened(file, as_of) as (settings, _, published, book, read):
        plan = proposals.newest(published.folder, published.facts, settings, book).found["fairness"]
        treated = treatment(settings, published.warehouse, read) if plan["attributes"] else []
    facts = told(plan, treated)
    if as_json:
        print_json(facts)
    else:
        typer.echo("\n".join(lines(facts)))
        next_command("duecare report", file)
    return 4 if facts["stops"] else 0


def treatment(settings: Settings, warehouse: Warehouse, read: Read) -> "list[Gap]":
    """Compare how contacts of every group were treated."""
    from duecare.measure.attributes import customers_of, groups
    from duecare.measure.fairness import audit
    from duecare.measure.treatment import questions

    return audit(questions(read.log, groups(warehouse, customers_of(warehouse))), settings.fairness)


def told(plan: Mapping[str, Any], treated: "Sequence[Gap]") -> dict[str, Any]:
    """Return both audits in plain types, with all that stops."""
    stops = [*plan["stops"], *(said(asdict(one)) for one in treated if one.stops)]
    return {"plan": dict(plan), "treatment": rounded([asdict(one) for one in treated]), "stops": stops}


def lines(facts: Mapping[str, Any]) -> list[str]:
    """Say the audit in plain lines."""
    plan = facts["plan"]
    if not plan["attributes"]:
        return [NONE]
    return [
        f"groups: {', '.join(plan['attributes'])}; a gap is told beside what customers of the same worth, or contacts of the same kind, explain",
        *[_odds(name, odds) for name, odds in plan["odds"].items() if odds],
        *_gaps([*plan["gaps"], *facts["treatment"]]),
        *[_proxy(one) for one in plan["proxies"]],
        *([f"stopped: {why}" for why in facts["stops"]] or ["nothing stops the plan"]),
    ]


def _gaps(gaps: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say the gaps that chance does not explain, and how many it does."""
    told = [f"{'✗' if one['stops'] else '·'} {said(one)}" for one in gaps if one["p"] < NOT_CHANCE or one["stops"]]
    left = len(gaps) - len(told)
    return [*told, f"{left} comparisons show nothing that chance would not; --json has them"] if left else told


def _odds(name: str, odds: Mapping[str, float]) -> str:
    rates = {group: rate for group, rate in odds.items() if group not in {"difference", "ratio"}}
    shares = ", ".join(f"{group} {100 * rate:.1f} %" for group, rate in rates.items())
    return f"{name}, a better tier than the last: {shares} (at least {odds['ratio']:.2f} of the highest)"


def said(gap: Mapping[str, Any]) -> str:
    """Say one gap: how large, and what of it is explained.

    >>> said({"measure": "Premium", "attribute": "gender", "group": "w", "cases": 90, "others": 80, "share": 0.1, "others_share": 0.2,
    ...     "gap": -0.1, "explained": -0.04, "unexplained": -0.06, "low": -0.1, "high": -0.02, "p": 0.01})
    "gender 'w', Premium: 10.0 % against 20.0 %; of -10.0 points -4.0 are explained, -6.0 are not (-10.0 to -2.0)"
    """
    from duecare.measure.treatment import MEASURES, WAIT

    mine, others = (_figure(gap["measure"], gap[name]) for name in ("share", "others_share"))
    size = 1.0 if gap["measure"] in MEASURES else 100.0
    parts = [f"{round(size * gap[name], 1) + 0.0:+.1f}" for name in ("gap", "explained", "unexplained", "low", "high")]
    unit = "percent" if gap["measure"] == WAIT else "points"
    of = f"of {parts[0]} {unit} {parts[1]} are explained, {parts[2]} are not ({parts[3]} to {parts[4]})"
    return f"{gap['attribute']} {gap['group']!r}, {gap['measure']}: {mine} against {others}; {of}"


NOT_CHANCE = 0.05


def _figure(measure: str, value: float) -> str:
    from duecare.app.measured import length
    from duecare.measure.treatment import MEASURES, WAIT, typical_s

    if measure == WAIT:
        return length(typical_s(value))
    return f"{value:.1f} %" if measure in MEASURES else f"{100 * value:.1f} %"


def _proxy(one: Mapping[str, Any]) -> str:
    if one["stands_in"]:
        return f"✗ {one['column']!r} stands in for {one['attribute']}: it tells what customers are worth only by that; value nobody by it"
    return f"· {one['column']!r} tells of {one['attribute']} (Cramer's V {one['strength']:.2f}), and of worth beyond it"
