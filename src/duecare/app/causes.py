"""Effects at the door: by lot, at the cut and by circumstance, each said only where it could be found."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from duecare.app.given import numbers
from duecare.app.measuring import Read, opened
from duecare.app.settings import Settings
from duecare.app.shown import next_command, print_json
from duecare.records import Book, Published, Runs

if TYPE_CHECKING:
    import numpy as np

    from duecare.measure.log import Log

OUTCOME = "bought again within {days} days, in points of percent"
DRAWN = """
(SELECT a.experiment, a.customer_id, a.arm, a.tier, a.stratum, p.applied_at FROM arms a JOIN plans p ON p.plan_hash = a.plan_hash
 WHERE p.state = 'applied') AS drawn
"""
APPLIED = "SELECT run_id, applied_at FROM plans WHERE state = 'applied' AND kind = 'plan' ORDER BY seq"


def tell_effects(file: Path, *, as_of: datetime | None, as_json: bool) -> None:
    """Print what better service changed, as far as the data can tell."""
    with opened(file, as_of) as (settings, runs, published, book, read):
        found = effects(settings, runs, published, book, read)
    if as_json:
        print_json({"effects": found})
    else:
        typer.echo("\n".join(line for one in found for line in lines(one)))
        next_command("duecare report", file)


def effects(settings: Settings, runs: Runs, published: Published, book: Book, read: Read) -> list[dict[str, Any]]:
    """Return every comparison that is there to be made, and of those that are not, why."""
    return [
        *_by_lot(settings, published, book, read.log),
        *_at_the_cuts(settings, runs, published, book, read.log),
        *_by_circumstance(settings, read.log),
    ]


def _by_lot(settings: Settings, published: Published, book: Book, log: "Log") -> list[dict[str, Any]]:
    """Who was held out of a better tier by lot against who was not, in every comparison that was drawn."""
    import numpy as np

    from duecare.measure.effects import held_out_effect
    from duecare.measure.following import AGAIN_DAYS

    names = ("experiment", "customer_id", "arm", "tier", "stratum", "applied_at")
    drawn = dict(zip(names, (np.array(column, dtype=object) for column in book.columns(names, DRAWN)), strict=True))
    head = {"design": "by lot", "outcome": OUTCOME.format(days=AGAIN_DAYS)}
    if not len(drawn["arm"]):
        return [head | {"what": "a better tier", "missing": "nobody was drawn for a comparison: [experiment] in duecare.toml draws them"}]
    at, number = _instants(drawn["applied_at"]), numbers(published.warehouse, drawn["customer_id"].tolist())
    outcome = 100.0 * _bought(log, number, at, AGAIN_DAYS)
    ripe = (number >= 0) & (at + AGAIN_DAYS * 86_400_000_000 <= log.as_of)
    made: list[dict[str, Any]] = []
    for name in sorted(set(drawn["experiment"].tolist())):
        mine = np.flatnonzero(ripe & (drawn["experiment"] == name))
        cells = [f"{tier}:{part}" for tier, part in zip(drawn["tier"][mine], drawn["stratum"][mine], strict=True)]
        stratum = np.unique(cells, return_inverse=True)[1] if len(mine) else np.empty(0, dtype=np.int64)
        told = held_out_effect(
            outcome[mine], drawn["arm"][mine] == "treated", stratum, smallest=settings.measure.smallest_points, looks=True
        )
        made.append(head | {"what": f"a better tier, in the comparison {name!r}", **asdict(told), "spoilt": []})
    return made


def _at_the_cuts(settings: Settings, runs: Runs, published: Published, book: Book, log: "Log") -> list[dict[str, Any]]:
    """Customers just above each cut of the policy against those just below, since the first plan whose run is still kept."""
    from duecare.measure.following import AGAIN_DAYS
    from duecare.tiers.doubt import cuts

    places = sorted({cut.number for cut in cuts(settings.policy) if cut.column == "clv_percentile"})
    head = {"design": "at the cut", "outcome": OUTCOME.format(days=AGAIN_DAYS)}
    ripe = [(str(run), str(said)) for run, said in book.rows(APPLIED) if _instant(str(said)) + AGAIN_DAYS * 86_400_000_000 <= log.as_of]
    if not ripe:
        return [head | {"what": "a better tier", "missing": f"no plan has been in force for {AGAIN_DAYS} days of the data"}]
    kept = next(((run, said) for run, said in ripe if run in runs.complete()), None)
    if kept is None:
        why = "the runs that those plans were made of are removed; [records] keep_runs says how many stay"
        return [head | {"what": "a better tier", "missing": why}]
    value, number = _valued(runs, kept[0], published)
    return [_at(settings, log, head, value, number, _instant(kept[1]), place) for place in places]


def _valued(runs: Runs, run_id: str, published: Published) -> "tuple[np.ndarray, np.ndarray]":
    """The percentile of CLV that customers had in an earlier run, and their numbers now."""
    import numpy as np

    from duecare.words import RunId

    with runs.read(RunId(run_id)) as earlier:
        rows = earlier.warehouse.arrow(
            "SELECT customer_id, clv_percentile FROM {valuation} WHERE clv_percentile IS NOT NULL", valuation="valuation"
        )
    number = numbers(published.warehouse, rows["customer_id"].to_pylist())
    known = number >= 0
    return rows["clv_percentile"].to_numpy().astype(np.float64)[known], number[known]


def _at(
    settings: Settings, log: "Log", head: Mapping[str, str], value: "np.ndarray", number: "np.ndarray", since: int, place: float
) -> dict[str, Any]:
    import numpy as np

    from duecare.measure.discontinuity import jump
    from duecare.measure.following import AGAIN_DAYS

    when = np.full(len(number), since)
    after, before = (100.0 * _bought(log, number, when, days) for days in (AGAIN_DAYS, -AGAIN_DAYS))
    told = asdict(jump(value, after, place, smallest=settings.measure.smallest_points, before=before))
    sides = {"treated": told.pop("above"), "held_out": told.pop("below")}
    return dict(head) | {"what": f"the tier from percentile {place:g} of CLV on", **sides, **told, "spoilt": list(told["spoilt"])}


def _by_circumstance(settings: Settings, log: "Log") -> list[dict[str, Any]]:
    """Orders that came late and waits longer than promised against those of the same week that went well."""
    from duecare.measure.mishaps import RETURN_DAYS, late_orders, long_waits
    from duecare.measure.natural import compare

    made: list[dict[str, Any]] = []
    for what, cases in (("a late order", late_orders(log)), ("a wait longer than promised", long_waits(log))):
        head = {"design": "by circumstance", "what": what, "outcome": OUTCOME.format(days=RETURN_DAYS)}
        if not len(cases.befell):
            made.append(head | {"missing": f"there is nothing that {what} could be told from"})
            continue
        told = compare(cases, smallest=settings.measure.smallest_points)
        made.append(head | asdict(told.effect) | {"spoilt": list(told.spoilt)})
    return made


def _bought(log: "Log", number: "np.ndarray", at: "np.ndarray", days: int) -> "np.ndarray":
    """Whether each customer bought anything within so many days after a moment, or before it where days are below 0."""
    import numpy as np

    from duecare.measure.following import done_within

    ones = np.ones(len(log.orders.at), dtype=np.int64)
    return done_within(log.orders.customer, log.orders.at, ones, number, at, days) > 0


def _instants(said: "np.ndarray") -> "np.ndarray":
    import numpy as np

    known = {str(one): _instant(str(one)) for one in set(said.tolist())}
    return np.array([known[str(one)] for one in said], dtype=np.int64)


def _instant(said: str) -> int:
    from duecare.promises.instants import instant

    return instant(datetime.fromisoformat(said))


def lines(one: Mapping[str, Any]) -> list[str]:
    """Say one comparison in plain lines."""
    head = f"{one['what']} ({one['design']}): "
    if "missing" in one:
        return [head + one["missing"]]
    sizes = f"{one['treated']:,} against {one['held_out']:,} customers"
    if one["estimate"] is None:
        found = "" if one["smallest_found"] == float("inf") else f"; only {one['smallest_found']:.1f} points or more would be found"
        return [f"{head}not enough cases ({sizes}{found}), so nothing is said"]
    said = f"{one['estimate']:+.1f} points ({one['low']:+.1f} to {one['high']:+.1f}; {sizes}), {one['verdict']}"
    return [head + said, *[f"  not to be trusted: {why}" for why in one["spoilt"]]]
