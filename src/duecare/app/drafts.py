"""Drafts that a privacy officer begins with: an impact assessment and a model card, their figures taken from the published run.

What only a person can say stands as a line that begins with TO DO.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command
from duecare.records import Runs
from duecare.sources import CONTRACT
from duecare.tiers.facts import FACTS
from duecare.tiers.rules import facts_named
from duecare.value.protected import PROTECTED, PROXIES

TO_DO = "TO DO (a person): "


def write_draft(kind: str, file: Path, out: Path | None) -> None:
    """Print a draft, or write it into a file."""
    settings = read_settings(file)
    with Runs.at(settings.records.warehouse, settings.base).indexed() as published:
        text = {"dpia": impact_assessment, "model-card": model_card}[kind](settings, published.facts)
    if out is None:
        typer.echo(text.rstrip())
    else:
        out.write_text(text, "utf-8")
        typer.echo(f"written: {out}")
    next_command("fill in what is marked TO DO", None)


def impact_assessment(settings: Settings, facts: Mapping[str, Any]) -> str:
    """Return a draft of a data protection impact assessment (GDPR, article 35)."""
    counts, plan, identity = facts["inputs"], facts["plan"], facts["identity"]
    sections = {
        "What is done": [
            f"Records of {len(counts)} inputs become {identity['customers']:,} customers, each is valued, and each is placed in one of "
            f"{len(settings.policy.tiers)} levels of service: {', '.join(settings.policy.names)}. As of {facts['as_of'][:10]}.",
            "No level goes below the guarantee that holds for everybody. A run proposes; a person applies. Every change can be undone.",
            TO_DO + "who is the controller, who are processors, who may look.",
        ],
        "Purpose and basis": [TO_DO + "the purpose, and the lawful basis of each part; profiling can be objected to (article 21)."],
        "Data": [
            f"{one['input']}: tables {', '.join(one['tables'])}; {one['rows_used']:,} rows used, {one['rows_aside']:,} set aside"
            for one in counts
        ]
        + [f"Personal columns of the contract: {', '.join(sorted({name for table in CONTRACT.values() for name in table.personal}))}."]
        + [TO_DO + "for whose data there is consent, and how it is told."],
        "How long": [_kept(settings), f"{settings.records.keep_runs} complete runs are kept; `duecare forget` erases in all of them."],
        "Who decides on what": [
            f"Levels look at: {', '.join(facts_named(settings.policy)) or 'nothing but what was bought or contracted'}.",
            f"Never at: {', '.join([*PROTECTED, *PROXIES])}.",
            *[f"{tier.name}: {tier.when or ('never earned' if not tier.earned else 'everyone else')}" for tier in settings.policy.tiers],
            *[f"Let pass by {one.approved_by} until {one.until}: {one.what}, {one.why}" for one in settings.exceptions],
        ],
        "Who is in which level": [f"{tier['tier']}: {tier['customers']:,}" for tier in plan["tiers"]]
        + [f"by {row['origin']}: {row['customers']:,} in {row['tier']}" for row in plan["origins"] if row["origin"] != "earned"],
        "Risks, and what is done against them": [
            "Longer waits for some: the guarantee, severity before level, and the same rights for all.",
            "Indirect discrimination: no protected trait or proxy enters; an audit over groups that are lawfully supplied.",
            "Wrong merges of people: a guard, a ledger in which any merge can be undone, and a gate before publishing.",
            "Errors of value: intervals, chances of each level, and a level that is kept while in doubt.",
            TO_DO + "how likely and how grave each is here, and what remains.",
        ],
        "Rights": [
            "access: `duecare disclose WHO`; erasure: `duecare forget WHO`; objection: `duecare people object WHO`;",
            f"a person's look: `duecare people appeal WHO`, decided within {settings.people.appeal_days} days; a reason, and what would change it: `duecare explain WHO`.",
        ],
        "Asked": [TO_DO + "the view of those concerned or their representatives, and of the data protection officer."],
    }
    return _page("Draft of a data protection impact assessment", facts, sections)


def model_card(settings: Settings, facts: Mapping[str, Any]) -> str:
    """Return a draft of a model card (Mitchell et al. 2019, Model cards for model reporting, FAT* 19, 220-229)."""
    model, past, terms = facts["model"], facts["past"], facts["terms"]
    sections = {
        "Model": [f"{name}: {value if not isinstance(value, float) else f'{value:.6g}'}" for name, value in model.items()]
        or ["none: these data do not teach a model"],
        "Meant for": [
            "to rank customers by the net present value of the profit of their future business, for levels of service above a guarantee.",
            "Not for credit, prices, hiring, or refusing anybody service.",
        ],
        "Terms": [
            f"{terms['horizon_months']} months ahead, {terms['discount_percent_per_year']:g} % discount a year, in {facts['currency']}."
        ],
        "Looked at": [f"{name}: {FACTS[name]}" for name in facts_named(settings.policy) if name in FACTS]
        + ["Purchases, refunds, costs and contacts of each customer; referrals."],
        "Predictors": [f"{one.trait} from {one.source}, for {one.purpose}, by {one.basis}" for one in settings.predictors]
        or ["none are declared"],
        "How well it told the book's own past": _past(past),
        "Uncertainty": [
            "each value has an interval of nine in ten, and the chance of the top 1, 5, 10, 20 and 50 per cent; docs/valuation.md says how both were tested."
        ],
        "Where it ends": list(facts["notes"]) or ["nothing was noted"],
        "Ethics": [
            TO_DO + "who may be served worse by an error, and how it is noticed.",
            TO_DO + "when it is looked at again, and by whom.",
        ],
    }
    return _page("Draft of a model card", facts, sections)


def _past(past: Mapping[str, Any] | None) -> Sequence[str]:
    if not past:
        return ["not asked: the book is too short or too small"]
    return [f"{name}: {value}" for name, value in past.items() if isinstance(value, str | int | float)] or ["see duecare backtest"]


def _kept(settings: Settings) -> str:
    kept = {"orders": settings.retention.orders_months, "contacts": settings.retention.contacts_months}
    said = [f"{name} for {months} months" for name, months in kept.items() if months is not None]
    return f"Kept: {', '.join(said)}." if said else TO_DO + "how long orders and contacts are kept; [retention] holds nothing yet."


def _page(title: str, facts: Mapping[str, Any], sections: Mapping[str, Sequence[str]]) -> str:
    head = [
        f"# {title}",
        "",
        f"Made by Duecare {facts['duecare']} from the run as of {facts['as_of'][:10]}. A draft: figures are the run's, judgement is a person's.",
        "",
    ]
    return "\n".join(
        [*head, *(line for name, lines in sections.items() for line in (f"## {name}", "", *(f"- {one}" for one in lines), ""))]
    )
