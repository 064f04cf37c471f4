"""Planning at the door: show a plan, apply it exactly as shown, list what was applied, and undo."""

import getpass
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from duecare.app import proposals
from duecare.app.auditing import hold_to_fairness
from duecare.app.promising import hold_to_guarantee
from duecare.app.proposals import Proposal
from duecare.app.report.account import KEPT
from duecare.app.report.wording import many
from duecare.app.restoring import hold_to_guards
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.records import Book, Published, Runs, open_book
from duecare.tiers import apply_plan, history, last_applied, refuse_if_stale, undo, would_undo
from duecare.words import BadSettings


def show_plan(file: Path, *, listed: int, as_json: bool) -> None:
    """Print the plan of the published run under the settings as they are now."""
    settings = read_settings(file)
    runs = Runs.at(settings.records.warehouse, settings.base)
    with open_book(settings.records.book, settings.base) as book:
        made = proposals.make(runs, settings, book)
    if as_json:
        print_json(made.facts | {"movers": {"customers": made.plan.movers, "list": list(movers(made, listed))}})
    else:
        typer.echo("\n".join([*plan_lines(made), *_mover_lines(made, listed)]))
        next_command("duecare apply" if made.plan.movers else "duecare report", file)


def apply_newest(file: Path, *, yes: bool, dry_run: bool, as_json: bool) -> int:
    """Assign what the newest plan proposes and print how many moved."""
    settings = read_settings(file)
    runs = Runs.at(settings.records.warehouse, settings.base)
    with runs.read() as published, open_book(settings.records.book, settings.base) as book:
        made = proposals.newest(published.folder, published.facts, settings, book)
        if not as_json:
            typer.echo("\n".join(plan_lines(made)))
        refuse_if_stale(made.plan, book, policy_hash=settings.rules_hash, at=datetime.now(UTC))
        hold_to_fairness(settings, made.found)
        hold_to_guards(settings, book, made.plan.policy_hash)
        hold_to_guarantee(settings, published, book)
        agreed = not dry_run and (yes or _agreed(made.plan.movers, f"assign {many(made.plan.movers, 'customer')}?"))
        moved = _apply(made, published, book, settings) if agreed else 0
    if as_json:
        print_json({"plan": made.plan.hash, "movers": made.plan.movers, "moved": moved, "dry_run": dry_run})
    else:
        typer.echo(_assigned(made.plan.movers, moved, agreed=agreed, dry_run=dry_run))
        next_command("duecare report", file)
    return moved


def undo_to(file: Path, to: int | None, *, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Give everybody the tier they held before the newest plan, or after plan *to*, and print how many moved."""
    settings = read_settings(file)
    with open_book(settings.records.book, settings.base) as book:
        aim = _before(book) if to is None else to
        movers = would_undo(book, aim)
        agreed = not dry_run and (yes or _agreed(movers, f"give {many(movers, 'customer')} the level held {_after(aim)}?"))
        moved = undo(book, aim, actor=getpass.getuser(), at=datetime.now(UTC)) if agreed else 0
    if as_json:
        print_json({"to": aim, "movers": movers, "moved": moved, "dry_run": dry_run})
    else:
        typer.echo(
            f"{many(movers, 'customer')} would hold again what they held {_after(aim)}."
            if not agreed
            else f"{many(moved, 'customer')} moved back."
        )
        next_command("duecare history", file)


def show_history(file: Path, *, as_json: bool) -> None:
    """Print every plan that was applied, and which is in force."""
    settings = read_settings(file)
    with open_book(settings.records.book, settings.base) as book:
        steps = history(book)
    if as_json:
        print_json({"plans": [{name: getattr(step, name) for name in step.__dataclass_fields__} for step in steps]})
        return
    typer.echo("\n".join(_step_line(step) for step in steps) or "no plan was applied yet")
    next_command("duecare undo --to NUMBER" if steps else "duecare apply", file)


def movers(made: Proposal, listed: int) -> Iterator[Mapping[str, Any]]:
    """Yield who moves, *listed* at the most (0 for all): customer_id, tier_before, tier, why, chance."""
    left = listed or sys.maxsize
    for batch in made.batches():
        rows = batch.filter(batch["moves"]).select(["customer_id", "tier_before", "tier", "why", "chance"]).slice(0, left)
        yield from rows.to_pylist()
        left -= len(rows)
        if left <= 0:
            return


def plan_lines(made: Proposal) -> list[str]:
    """Say how large each tier would be, what it brings and asks, who moves and who stays though less was earned."""
    width = max(len(tier["tier"]) for tier in made.found["tiers"])
    lines = [f"plan {made.plan.hash[:12]}, as of {made.plan.as_of[:10]} (nobody moves before duecare apply):"]
    lines.append(f"  {'':<{width}}  {'now':>10}  {'then':>10}  {'profit':>14}  {'CLV':>14}  {'contacts a month':>16}  {'borderline':>10}")
    lines += [_tier_line(tier, width) for tier in made.found["tiers"]]
    lines.append(f"{many(made.plan.movers, 'customer')} would move" + (":" if made.found["pairs"] else "."))
    lines += [f"  {pair['tier_before'] or 'none yet'} → {pair['tier']}: {pair['customers']:,}" for pair in made.found["pairs"]]
    lines += [_option_line(one) for one in made.found["options"]]
    lines += [f"stopped by the fairness audit: {why}" for why in made.found["fairness"]["stops"]]
    return lines + [f"  {row['customers']:,} keep {row['tier']}, {KEPT[row['kept']]}" for row in made.found["kept"]]


def _option_line(one: Mapping[str, Any]) -> str:
    lacking = f"; it is there for {one['capacity_customers']:,}: {one['lacking']:,} too many" if one["lacking"] else ""
    return f"option {one['option']}: {many(one['customers'], 'customer')}, {one['cost_per_month']:,.2f} a month{lacking}"


def _tier_line(tier: Mapping[str, Any], width: int) -> str:
    clv = "not known" if tier["clv"] is None else f"{tier['clv']:,.0f}"
    return (
        f"  {tier['tier']:<{width}}  {tier['customers_now']:>10,}  {tier['customers']:>10,}  {tier['profit']:>14,.0f}  {clv:>14}"
        f"  {tier['contacts_per_month']:>16,.1f}  {tier['borderline']:>10,}"
    )


def _mover_lines(made: Proposal, listed: int) -> list[str]:
    shown = [f"  {row['customer_id']}  {row['tier_before'] or 'none yet'} → {row['tier']}: {row['why']}" for row in movers(made, listed)]
    return [f"the first {len(shown):,}:", *shown] if shown else []


def _step_line(step: Any) -> str:  # noqa: ANN401 - tiers.Step
    movers_ = "" if step.movers is None else f", {many(step.movers, 'customer')} moved"
    what = "undo" if step.kind == "undo" else f"plan {step.plan_hash[:12]}"
    return f"{step.seq:>4}  {step.applied_at[:16].replace('T', ' ')}  {what} by {step.applied_by}{movers_}"


def _before(book: Book) -> int:
    """The number of the plan that was in force before the newest."""
    known = [0, *[step.seq for step in history(book)]]
    if len(known) == 1:
        raise BadSettings("no plan was applied yet, so there is nothing to undo", mend="duecare plan, then duecare apply")
    return known[known.index(last_applied(book)) - 1]


def _after(aim: int) -> str:
    return f"after plan {aim}" if aim else "before the first plan"


def _apply(made: Proposal, published: Published, book: Book, settings: Settings) -> int:
    return apply_plan(
        made.plan,
        published,
        book,
        policy_hash=settings.rules_hash,
        actor=getpass.getuser(),
        at=datetime.now(UTC),
        proposed=made.batches(),
    )


def _assigned(movers: int, moved: int, *, agreed: bool, dry_run: bool) -> str:
    if dry_run:
        return "dry run: nothing was assigned."
    if agreed and moved < movers:
        return "nobody moves: this plan is in force already."
    return f"{many(moved, 'customer')} assigned."


def _agreed(movers: int, question: str) -> bool:
    if movers == 0:
        return True
    if not sys.stdin.isatty():
        raise BadSettings("nobody was moved: nobody is at a terminal to be asked", mend="say --yes, or --dry-run to look only")
    return typer.confirm(question, err=True)
