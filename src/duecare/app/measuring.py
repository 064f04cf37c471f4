"""Measuring at the door: every KPI of the latest run, by whatever people ask, up to any moment that it saw."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from duecare.app import proposals
from duecare.app.alerting import Alert, alerts, send
from duecare.app.given import held_tiers
from duecare.app.handed import refuse_endings, write_table
from duecare.app.progress import Progress
from duecare.app.remembering import terms_at
from duecare.app.restoring import restore
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.records import Book, Published, Runs, open_book
from duecare.words import BadSettings, StoreTrouble

if TYPE_CHECKING:
    import pyarrow as pa

    from duecare.measure.gate import Found
    from duecare.measure.log import Log
    from duecare.measure.reading import Terms

WORTH = "SELECT c.customer_number, v.clv FROM {valuation} v JOIN {customers} c ON c.customer_id = v.customer_id WHERE v.clv IS NOT NULL"


class Read(NamedTuple):
    """A log with what it was read by."""

    log: "Log"
    found: "Found"
    terms: "Terms"
    as_of: datetime


def measure(file: Path, *, by: str, kpi: Sequence[str], as_of: datetime | None, out: Path | None, alert: bool, as_json: bool) -> int:
    """Print KPIs, and return 3 when a guard rail is crossed; one that may takes the plan back, unless an earlier moment is looked at."""
    from duecare.measure.figures import Measured
    from duecare.measure.groups import checked
    from duecare.measure.registry import KPIS, kpis

    if out is not None:
        refuse_endings(out)
    dimensions = checked([word.strip() for word in by.split(",") if word.strip()])
    asked = kpis(kpi or list(KPIS))
    with opened(file, as_of) as known:
        table = Measured(known.read.log, asked).table(dimensions)
        facts = facts_of(known, table)
        restored = restore(known.settings, known.book, facts["guards"]) if as_of is None else None
        facts |= {"restored": restored, "alerted": [asdict(one) for one in _alerted(known, facts)] if alert else []}
    if out is not None:
        write_table(table, out)
    if as_json:
        print_json(facts)
    else:
        from duecare.app.measured import lines

        typer.echo("\n".join(lines(facts, asked, dimensions, known.settings.money.currency)))
        next_command("duecare report", file)
    return 3 if any(one["crossed"] for one in facts["guards"]) else 0


def _alerted(known: "Opened", facts: Mapping[str, Any]) -> list[Alert]:
    """Send what is to be told and was not told yet."""
    plan = proposals.newest(known.published.folder, known.published.facts, known.settings, known.book)
    stops = () if known.settings.fairness.accepted_by else plan.found["fairness"]["stops"]
    return send(known.book, known.settings.alerts, alerts(facts, stops))


class Opened(NamedTuple):
    """The published run and the book, with the log that was read from them."""

    settings: Settings
    runs: Runs
    published: Published
    book: Book
    read: Read


@contextmanager
def opened(file: Path, as_of: datetime | None, *, quiet: bool = False) -> Generator[Opened]:
    """Open the latest run of the settings in *file*, measured up to its own moment or an earlier one."""
    settings, progress = read_settings(file), Progress(quiet=quiet)
    runs = Runs.at(settings.records.warehouse, settings.base)
    with runs.read() as published, open_book(settings.records.book, settings.base) as book:
        with progress.step("measure"):
            read = read_all(settings, published, book, as_of)
        yield Opened(settings, runs, published, book, read)


def read_all(settings: Settings, published: Published, book: Book, as_of: datetime | None = None) -> Read:
    """Read the log of a run, up to its own moment or an earlier one.

    Raises:
        BadSettings: the run did not see so far.
        StoreTrouble: it was made by a program that did not measure yet.
    """
    from duecare.measure.reading import read_log

    if "sla_met" not in published.warehouse.columns("contacts"):
        raise StoreTrouble(
            "the latest run was made by an older Duecare", looked=[str(published.folder)], mend="duecare run, then measure again"
        )
    seen = datetime.fromisoformat(str(published.facts["as_of"]))
    if as_of is not None and as_of > seen:
        raise BadSettings(
            f"--as-of {as_of.isoformat()}: the latest run saw until {seen.isoformat()}", mend="duecare run, or name an earlier moment"
        )
    terms, names = terms_at(settings, book, as_of)
    held = held_tiers(published.warehouse, book, names)
    log, found = read_log(published.warehouse, terms, held, as_of=as_of or seen, stake_cents=_worth(published))
    return Read(log, found, terms, as_of or seen)


def _worth(published: Published) -> Any:  # noqa: ANN401 - a column of numbers
    """The CLV of each customer in cents, by number; 0 where there is none."""
    import numpy as np

    rows = published.warehouse.arrow(WORTH, valuation="valuation", customers="customers")
    number = rows["customer_number"].to_numpy().astype(np.int64)
    cents = np.zeros(int(number.max(initial=-1)) + 1, dtype=np.int64)
    cents[number] = np.rint(rows["clv"].to_numpy().astype(np.float64) * 100).astype(np.int64)
    return cents


def first_applied(book: Book) -> str | None:
    """Return the moment from which on customers were served by tier, as it was written; None while no plan was applied."""
    (said,) = book.rows("SELECT min(applied_at) FROM plans WHERE state = 'applied'")[0]
    return None if said is None else str(said)


def _watched(settings: Settings, read: Read, book: Book) -> list[Any]:
    """The guard rails since the first plan was applied; none while no plan is."""
    from duecare.measure.guards import watch
    from duecare.promises.instants import instant

    said = first_applied(book)
    return watch(read.log, settings.guards, instant(datetime.fromisoformat(said))) if said and settings.guards else []


def facts_of(known: Opened, table: "pa.Table") -> dict[str, Any]:
    """Return figures with promises, alarms, guard rails and goals, in plain types."""
    from duecare.measure.compliance import burns, by_severity, compliance, inverted
    from duecare.measure.goals import progress

    settings, read = known.settings, known.read
    burning = burns(read.log, read.terms.calendars)
    return {
        "as_of": read.as_of.isoformat(),
        "time_zone": read.log.zone.key,
        "contacts": len(read.log.contacts),
        "set_aside": dict(read.found.counts),
        "kpis": table.to_pylist(),
        "compliance": compliance(read.log).to_pylist(),
        "burn": [
            {"name": one.name, "tier": one.tier, "promise": one.promise.told(), "decided": one.decided, "kept_percent": one.kept_percent}
            | {"burn_rate_by_business_days": {str(days): rate for days, rate in one.rates.items()}, "alarm_days": list(one.alarm_days)}
            for one in burning
        ],
        "inversion": inverted(by_severity(read.log)),
        "guards": [
            {
                "name": one.name,
                "crossed": one.crossed,
                "said": one.said,
                "cases": one.cases,
                "before_percent": one.before_percent,
                "percent": one.percent,
            }
            for one in _watched(settings, read, known.book)
        ],
        "goals": [
            {"name": one.goal.name, "kpi": one.goal.kpi, "target": one.goal.target, "by": one.goal.ends.isoformat(), "state": one.state}
            | {"baseline": one.baseline, "now": one.now, "expected": one.expected, "checks": [asdict(check) for check in one.checks]}
            for one in progress(read.log, settings.goals)
        ],
    }
