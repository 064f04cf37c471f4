"""What the commands do with a run: make one, apply its plan, write its report."""

import getpass
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import typer

from duecare.app import batch
from duecare.app.progress import Progress
from duecare.app.promising import hold_to_guarantee
from duecare.app.report.wording import many
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, plan_lines, print_json, run_lines
from duecare.identity.gate import GateClosed
from duecare.records import Book, Published, Runs, open_book
from duecare.tiers import Plan, apply_plan, refuse_if_stale
from duecare.words import BadSettings

LARGE = ("findings",)
"""Parts of a run's facts that `run --json` leaves to the report."""


def run_batch(file: Path, *, as_of: datetime | None, seed: int, retrain: bool, accepted_by: str | None, as_json: bool) -> None:
    """Make a run and print what came of it; with exit code 3 when the gate is shut."""
    _refuse_the_future(as_of)
    progress = Progress()
    options = batch.Options(as_of=as_of, seed=seed, retrain=retrain, accepted_by=accepted_by)
    try:
        facts = batch.run(read_settings(file), options, progress)
    except GateClosed as shut:
        if as_json:
            print_json({"published": False, "reasons": [asdict(one) for one in shut.reasons]})
        raise
    if as_json:
        print_json({key: value for key, value in facts.items() if key not in LARGE} | {"seconds": progress.seconds})
    else:
        typer.echo("\n".join(run_lines(facts)))
        next_command("duecare apply" if facts["plan"]["movers"] else "duecare report", file)


def apply_last(file: Path, *, yes: bool, dry_run: bool, as_json: bool) -> int:
    """Assign what the last run proposed and print how many moved."""
    settings = read_settings(file)
    runs = Runs.at(settings.records.warehouse, settings.base)
    with runs.read() as published, open_book(settings.records.book, settings.base) as book:
        plan = plan_of(published.facts)
        if not as_json:
            typer.echo("\n".join(plan_lines(published.facts)))
        refuse_if_stale(plan, book, policy_hash=settings.policy.hash)
        hold_to_guarantee(settings, published, book)
        agreed = not dry_run and (yes or _agreed(plan))
        moved = _apply(plan, published, book, settings) if agreed else 0
    if as_json:
        print_json({"plan": plan.hash, "movers": plan.movers, "moved": moved, "dry_run": dry_run})
    else:
        typer.echo(_assigned(plan, moved, agreed=agreed, dry_run=dry_run))
        next_command("duecare report", file)
    return moved


def write_report(file: Path, out: Path, *, as_json: bool) -> None:
    """Write the last run's report and print where it is, and its headline."""
    from duecare.app import report

    settings = read_settings(file)
    with Runs.at(settings.records.warehouse, settings.base).read() as published:
        written = report.write(published.facts, out, demo=is_demo(settings.base))
        headline = report.headline(published.facts)
    if as_json:
        print_json({"report": str(written), "headline": headline})
    else:
        typer.echo(f"{headline}\nreport: {written}")
        next_command("duecare explain WHO", file)


def plan_of(facts: Mapping[str, Any]) -> Plan:
    """Return the plan that a run published."""
    said = facts["plan"]
    return Plan(**{name: said[name] for name in ("hash", "policy_hash", "based_on", "customers", "movers")})


def is_demo(base: Path) -> bool:
    """Tell whether the settings lie in a shop that `duecare demo` made."""
    return (base / "truth" / "stories.json").exists()


def _refuse_the_future(as_of: datetime | None) -> None:
    """Nobody sees what has not happened; today, named as a day, may be looked at until now."""
    now = datetime.now(UTC)
    if as_of is not None and as_of > now and as_of != datetime.combine(now.date(), time.max, UTC):
        raise BadSettings(f"--as-of {as_of.isoformat()} has not come yet", mend="name a moment that has passed, or leave --as-of out")


def _apply(plan: Plan, published: Published, book: Book, settings: Settings) -> int:
    return apply_plan(plan, published, book, policy_hash=settings.policy.hash, actor=getpass.getuser(), at=datetime.now(UTC))


def _assigned(plan: Plan, moved: int, *, agreed: bool, dry_run: bool) -> str:
    if dry_run:
        return "dry run: nothing was assigned."
    if agreed and moved < plan.movers:
        return "nobody moves: this plan is in force already."
    return f"{many(moved, 'customer')} assigned."


def _agreed(plan: Plan) -> bool:
    if plan.movers == 0:
        return True
    if not sys.stdin.isatty():
        raise BadSettings("nobody was assigned: nobody is at a terminal to be asked", mend="say --yes, or --dry-run to look only")
    return typer.confirm(f"assign {many(plan.movers, 'customer')}?", err=True)
