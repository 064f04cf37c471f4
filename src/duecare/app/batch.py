"""The batch half of the main street: from exports to customers, values, tiers and findings.

One page of straight calls. A run proposes and never changes an assignment; everything it
makes becomes visible in one step, at the end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from duecare import __version__, sources, tiers
from duecare.app.findings import findings, movers_by_tier
from duecare.app.indexing import make_index
from duecare.app.knowing import doubts, know, last_moved, merge_customers
from duecare.app.linting import lint
from duecare.app.past import past_facts
from duecare.app.progress import Progress
from duecare.app.promising import guarantee_worse
from duecare.app.proposals import planned
from duecare.app.remembering import remember
from duecare.app.segmenting import classed, segments_found
from duecare.app.sensing import sensitivity_found
from duecare.app.serving import service_found, service_notes
from duecare.app.settings import Settings
from duecare.app.worth import valued
from duecare.identity.match import match
from duecare.identity.pinning import pinned
from duecare.records import Book, Draft, Runs, Warehouse, add_marks, begun, finish_forgetting, forgotten, open_book
from duecare.sources import InputCounts, Reading
from duecare.value.segments import EQUALLY_OFTEN
from duecare.words import BadRows, BadSettings, aware

RESULTS = (
    "customers",
    "members",
    "golden",
    "golden_origins",
    "households",
    "accounts",
    "review",
    "history",
    "service_costs",
    "service_months",
    "valuation",
    "segments",
    "rfm_transition",
    "plan",
    "rows_aside",
)
"""Tables that are also published as Parquet, for notebooks and BI."""

MARKED_FROM = 0.05
"""Above this share of contacts without a handle time, cost to serve and profit are called assumed."""

MOMENT = """
SELECT max(moment) AS moment FROM (
    SELECT max(ordered_at) AS moment FROM {orders} UNION ALL SELECT max(opened_at) FROM {contacts}
    UNION ALL SELECT max("at") FROM {contact_events} UNION ALL SELECT max("at") FROM {surveys}
) AS moments
"""

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What one run was asked for."""

    as_of: datetime | None = None
    """Nothing after this moment is seen; the newest moment in the data when None."""
    seed: int = 1
    retrain: bool = False
    """Whether identity learns anew and decides afresh who is one customer; what people decided stands."""
    accepted_by: str | None = None
    """Who answers for it that who is who moves further than the gate lets pass."""
    now: datetime | None = None
    """The clock, for tests; rows dated after it are set aside."""


def run(settings: Settings, options: Options, progress: Progress) -> Facts:
    """Walk the street once and publish; return all that the run has to say of itself."""
    if not settings.inputs:
        raise BadSettings(
            "no inputs are named in duecare.toml",
            looked=[str(settings.file)],
            mend="duecare init PATH, for the folder of your exports; an input that lacks a required column stands there as a comment to be completed",
        )
    tiers.conditions(settings.policy)  # a bad condition is told before any work is done
    lint(settings.policy, settings.predictors, settings.exceptions, today=(options.now or datetime.now(UTC)).date())
    runs = Runs.at(settings.records.warehouse, settings.base)
    kept = settings.records
    with runs.lock(), open_book(kept.book, settings.base) as book, runs.draft(memory_gb=kept.memory_gb, threads=kept.threads) as draft:
        remember(settings, book, aware(options.now) if options.now else datetime.now(UTC))
        facts = _walk(settings, options, progress, draft, book, runs) | {"run_id": draft.run_id}
        with progress.step("publish"):
            _write_results(draft)
            runs.publish(draft, facts)
        runs.prune(kept.keep_runs)
        _end_forgetting(runs, book)
    return facts


def _end_forgetting(runs: Runs, book: Book) -> None:
    """End what was begun: earlier runs hold who was forgotten, so all of them go; one that is being read goes with the next run."""
    if not (numbers := begun(book)):
        return
    runs.prune(1)
    if runs.complete() == [runs.current()]:
        finish_forgetting(book, numbers, at=datetime.now(UTC))


def _walk(settings: Settings, options: Options, progress: Progress, draft: Draft, book: Book, runs: Runs) -> dict[str, Any]:
    now = aware(options.now) if options.now else datetime.now(UTC)
    warehouse = draft.warehouse
    with progress.step("read"):
        reading = _read(settings, warehouse, runs, book, now, progress)
    as_of = aware(options.as_of) if options.as_of else _newest(warehouse) or now
    with progress.step("match"):
        known_until = as_of if options.as_of else None  # who registered after the newest order is still a customer
        model = None if options.retrain else pinned(book)
        matched = match(warehouse, settings.identity, as_of=as_of, known_until=known_until, seed=options.seed, pinned=model)
    with progress.step("merge"):
        before, afresh = last_moved(runs), options.retrain
        merged, moved = merge_customers(settings, warehouse, matched, book, now, before, afresh=afresh, accepted_by=options.accepted_by)
        homes = know(settings, warehouse, matched)
    said: dict[str, Any] = {
        "duecare": __version__,
        "as_of": as_of.isoformat(),
        "made_at": now.isoformat(),
        "currency": settings.money.currency,
        "inputs": [_count(counts) for counts in reading.counts],
        "identity": asdict(merged)
        | {"compared": list(matched.compared), "homes": homes, "moved": moved}
        | {"blocks": [list(block) for block in matched.blocks], "threshold": settings.identity.threshold},
        "notes": [*lint(settings.policy, settings.predictors, settings.exceptions, today=now.date()), *reading.notes, *matched.notes],
    }
    said |= _value_and_plan(settings, as_of, now, options.seed, progress, warehouse, book, said["notes"])
    with progress.step("review"):
        said["identity"]["doubts"] = doubts(warehouse, matched, book)
    if settings.promises.guarantee:
        with progress.step("promises"):
            said["notes"] += [
                f"the guarantee is worse than it was: {one.told()}" for one in guarantee_worse(settings, warehouse, book, as_of)
            ]
    with progress.step("index"):
        make_index(draft, matched, settings.identity, settings.policy, as_of)
    return said


def _read(settings: Settings, warehouse: Warehouse, runs: Runs, book: Book, now: datetime, progress: Progress) -> Reading:
    memory_gb = settings.records.memory_gb
    landed = [sources.land(one, base=settings.base, home=runs.home, memory_gb=memory_gb, progress=progress.say) for one in settings.inputs]
    if marks := sources.erase(runs.home, forgotten(book), settings.retention.oldest(now), memory_gb=memory_gb):
        add_marks(book, marks)
    reading = sources.load(warehouse, landed, currency=settings.money.currency, now=now)
    if not any(counts.rows_used for counts in reading.counts):
        raise BadRows(_nothing_used(reading.counts), mend="duecare check tells the reasons; correct [[inputs]] in duecare.toml")
    return reading


def _nothing_used(counts: Sequence[InputCounts]) -> str:
    read = sum(one.rows_read for one in counts)
    reasons = sorted(((n, why) for one in counts for why, n in one.reasons.items()), reverse=True)
    return f"none of {read:,} rows could be used" + "".join(f"; {n:,} because {why}" for n, why in reasons[:3])


def _newest(warehouse: Warehouse) -> datetime | None:
    names = {name: name for name in ("orders", "contacts", "contact_events", "surveys")}
    moment = warehouse.arrow(MOMENT, **names)["moment"][0].as_py()
    return aware(moment) if moment else None


def _value_and_plan(
    settings: Settings, as_of: datetime, now: datetime, seed: int, progress: Progress, warehouse: Warehouse, book: Book, notes: list[str]
) -> dict[str, Any]:
    with progress.step("value"):
        worth, said = valued(warehouse, settings, as_of=as_of, seed=seed)
        columns, said_of_classes = classed(warehouse, worth.columns, settings)
        warehouse.put("valuation", columns)
    notes += [note for note in said if not note.startswith(EQUALLY_OFTEN)]  # said of the classes that the settings ask for
    notes += [*said_of_classes, *_assumed(warehouse, settings)]
    with progress.step("plan"):
        plan, comes_to = planned(warehouse, settings, book, as_of=as_of, now=now)
        found = findings(warehouse, settings.policy.names)
        found["segments"] = segments_found(warehouse, settings, as_of)
        found["sensitivity"] = sensitivity_found(warehouse, settings, worth)
        found["service"] = service_found(warehouse, found["tiers"], as_of=as_of, money=settings.money)
        notes += [*service_notes(found["service"], settings.money), *_unknown_levels(warehouse)]
    notes += _lapsed(settings.policy, comes_to["tiers"])
    return {
        "model": dict(worth.model),
        "past": past_facts(worth.past) if worth.past else None,
        "terms": asdict(settings.value) | asdict(settings.money),
        "policy": [asdict(tier) for tier in settings.policy.tiers],
        "plan": asdict(plan) | comes_to | {"by_tier": list(movers_by_tier(warehouse))},
        "findings": found,
    }


def _assumed(warehouse: Warehouse, settings: Settings) -> list[str]:
    """Say which figures rest on the settings and not on the data."""
    names = ("cost_assumed", "contacts", "handle_assumed", "rate_assumed")
    sums = f"SELECT {', '.join(f'sum({name}) AS {name}' for name in names)} FROM {{history}}"  # our own columns
    found = {name: int(n or 0) for name, n in warehouse.arrow(sums, history="history").to_pylist()[0].items()}
    money, said = settings.money, []
    if found["cost_assumed"]:
        margin = f"a gross margin of {money.gross_margin_percent:g} % stands in; every profit figure rests on it"
        said.append(f"assumed: {_some(found['cost_assumed'], 'order')} no cost, so {margin}")
    if found["rate_assumed"]:
        of = f"{found['rate_assumed']:,} of {found['contacts']:,} contacts"
        said.append(f"assumed: no rate for a minute of {of}, so it costs {money.service_cost_per_minute:g} {money.currency}")
    if found["handle_assumed"]:
        mark = "assumed: " if found["handle_assumed"] > MARKED_FROM * found["contacts"] else ""
        minutes = f"each counts as {money.service_minutes_per_contact:g} minutes"
        said.append(f"{mark}{found['handle_assumed']:,} of {_some(found['contacts'], 'contact')} no handle time, so {minutes}")
    return said


RECENCY = ("rfm_r", "days_since_order", "p_alive", "churn_risk")
"""Facts by which a condition looks at how long ago somebody bought."""
LAPSED_FROM = 0.02


def _lapsed(policy: tiers.Policy, sizes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say of each tier that is earned without a look at recency how many in it have lapsed."""
    blind = [
        tier.name
        for tier, one in zip(policy.tiers, tiers.conditions(policy), strict=False)
        if one.columns and not set(one.columns) & set(RECENCY)
    ]
    shares = {row["tier"]: row["lapsed"] / row["customers"] for row in sizes if row["customers"]}
    return [
        f"{shares[name]:.0%} of {name} are in the class that bought longest ago: its condition does not look at recency"
        for name in blind
        if shares.get(name, 0.0) >= LAPSED_FROM
    ]


UNKNOWN_LEVELS = """
SELECT e.level, count(*) AS entitlements FROM {entitlements} e LEFT JOIN {tiers} t ON lower(t.name) = lower(e.level)
WHERE t.name IS NULL GROUP BY e.level ORDER BY 2 DESC, 1
"""


def _unknown_levels(warehouse: Warehouse) -> list[str]:
    """Say which levels were bought or contracted that no tier has: somebody paid for them."""
    found = warehouse.arrow(UNKNOWN_LEVELS, entitlements="entitlements", tiers="tiers").to_pylist()
    return [f"{row['entitlements']:,} entitlements name the level {row['level']!r}, which no tier has: nobody gets it" for row in found[:5]]


def _some(many: int, thing: str) -> str:
    """Say how many carry something, as grammar has it."""
    return f"{many:,} {thing} carries" if many == 1 else f"{many:,} {thing}s carry"


def _count(counts: InputCounts) -> dict[str, Any]:
    return asdict(counts) | {"tables": list(counts.tables)}


def _write_results(draft: Draft) -> None:
    for table in RESULTS:
        draft.warehouse.write(table, draft.folder / "results" / f"{table}.parquet")
