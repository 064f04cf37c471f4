"""Curves at the door: how unequal customers are by any measure of the latest run."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import typer

from duecare.app.report.wording import many, percent, round_percent
from duecare.app.settings import read_settings
from duecare.app.shown import print_json
from duecare.records import Runs
from duecare.tiers import FACTS
from duecare.tiers.facts import TEXTS
from duecare.value.curves import percentile_table, share_that_makes_all
from duecare.value.inequality import deciles, gini
from duecare.words import BadRows, BadSettings, nearest

MEASURES = tuple(name for name in FACTS if name not in TEXTS)


def tell_curves(file: Path, measure: str, *, as_json: bool) -> None:
    """Print the shares of the top, the tenths and Gini of a measure, over customers who have it."""
    if measure not in MEASURES:
        near = nearest(measure, MEASURES)
        raise BadSettings(f"customers have no {measure!r}", mend=f"write {' or '.join(near or MEASURES)}")
    settings = read_settings(file)
    with Runs.at(settings.records.warehouse, settings.base).read() as published:
        sql = f'SELECT CAST("{measure}" AS DOUBLE) AS held FROM {{facts}} WHERE orders > 0 AND "{measure}" IS NOT NULL'
        held = published.warehouse.arrow(sql, facts="facts")["held"].to_numpy()
    if not len(held):
        raise BadRows(f"nobody who bought has a {measure}", mend="duecare explain WHO tells why one has none")
    facts: dict[str, Any] = {
        "measure": measure,
        "customers": len(held),
        "sum": float(held.sum()),
        "gini": gini(held),
        "all_made_by": share_that_makes_all(held),
        "top": percentile_table(held),
        "tenths": [asdict(one) for one in deciles(np.asarray(held, np.float64))],
    }
    if as_json:
        print_json(facts)
    else:
        typer.echo("\n".join(_lines(facts)))


def _lines(facts: dict[str, Any]) -> list[str]:
    known = facts["gini"] is not None
    gini_said = f"Gini {facts['gini']:.2f}; {percent(facts['all_made_by'])} of them make all of it" if known else "not above nothing in all"
    top = [
        f"{'top ' + round_percent(row['top']):>9}{row['customers']:>12,}{row['least']:>16,.2f}{percent(row['share']):>10}"
        for row in facts["top"]
    ]
    tenths = [f"{one['decile']:>9}{one['customers']:>12,}{one['least']:>16,.2f}{percent(one['share']):>10}" for one in facts["tenths"]]
    head = f"{'customers':>12}{'least':>16}{'share':>10}"
    return [
        f"{facts['measure']}: {many(facts['customers'], 'customer')} who bought, {facts['sum']:,.2f} in all; {gini_said}",
        "",
        *([f"{'':>9}{head}", *top] if top else []),
        "",
        f"{'tenth':>9}{head}",
        *tenths,
    ]
