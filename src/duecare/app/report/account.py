"""The account: the sums of each tier, who gets which and who moves, and how the run was made."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from duecare.app.report.said import Row, Said
from duecare.app.report.sections import clv_each, cost_to_serve, tier_shares
from duecare.app.report.tables import Column, Table
from duecare.app.report.wording import capital, count, day, many, moment_of, percent
from duecare.tiers import FACTS
from duecare.value.parts import YEAR_DAYS

NOT_YET = "none yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One of the few figures at the head of the page."""

    word: str
    value: str
    term: str
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the tiers' table: a figure for each tier and for all."""

    word: str
    term: str
    cells: Sequence[tuple[str, str]]
    """What stands in each cell, and the share of all under it."""


def keys(said: Said) -> list[Key]:
    """Return the few figures at the head of the page."""
    money, months = said.money, said.part("terms").get("horizon_months")
    ahead = f"over the next {months} months" if months else ""
    return [
        Key(word="Customers", value=count(said.customers), term="customer", remark=f"{count(said.bought)} of them bought"),
        Key(word="Revenue", value=money.brief(said.total("revenue")), term="revenue", remark=many(said.total("orders") or 0, "order")),
        Key(word=capital(said.marked("profit")), value=money.brief(said.total("profit")), term="profit", remark=_after_service(said)),
        Key(word=said.marked("CLV"), value=money.brief(said.clv), term="clv", remark=ahead if said.clv is not None else "nobody has one"),
    ]


def _after_service(said: Said) -> str:
    cost = cost_to_serve(_everyone(said))
    if cost is None:
        return ""
    return f"after {said.money.brief(cost)} {said.marked('cost to serve')}" if cost or said.total("contacts") else "no contacts were read"


def tier_lines(said: Said) -> list[Line]:
    """Return the tiers' table: sums, and their share of all."""
    brief = said.money.brief
    return [
        _line(said, "customers", "customer", lambda one: count(one["customers"])),
        _line(said, "revenue", "revenue", lambda one: brief(one["revenue"])),
        _line(said, "profit", "profit", lambda one: brief(one["profit"])),
        _line(said, "CLV", "clv", lambda one: brief(one["clv"])),
        _line(said, "CLV per customer", "clv", lambda one: brief(clv_each(one))),
        _line(said, "cost to serve", "cost-to-serve", lambda one: brief(cost_to_serve(one))),
        _line(said, "contacts", "contact", lambda one: count(one["contacts"])),
    ]


def _line(said: Said, figure: str, term: str, show: Callable[[Row], str]) -> Line:
    parts = [tier_shares(said, tier).get(figure) for tier in said.tiers]
    under = ["" if part is None else percent(part) for part in parts]
    cells = [(show(tier), part) for tier, part in zip(said.tiers, under, strict=True)]
    return Line(word=capital(said.marked(figure)), term=term, cells=[*cells, (show(_everyone(said)), "")])


def _everyone(said: Said) -> Row:
    """All customers, as if they were one tier."""
    totals = {name: said.total(name) for name in ("revenue", "margin", "profit", "contacts")}
    return totals | {"customers": said.customers, "clv": said.clv, "valued": sum(tier["valued"] for tier in said.tiers)}


def conditions(said: Said) -> list[tuple[str, Markup]]:
    """Return each tier's name and who gets it, every fact linked to its meaning."""
    return [(rule["name"], _condition(rule.get("when"))) for rule in said.rows("policy")]


def _condition(when: str | None) -> Markup:
    if when is None:
        return Markup("everyone else")
    words = [_linked(word) for word in re.split(r"(\w+)", when)]
    return Markup("<code>{}</code>").format(Markup("").join(words))


def _linked(word: str) -> Markup:
    return Markup('<a href="#fact-{0}">{0}</a>').format(word) if word in FACTS else Markup("{}").format(word)


def facts_named(said: Said) -> Mapping[str, str]:
    """Return the facts of a customer that the policy names, with their meaning."""
    text = " ".join(str(rule.get("when") or "") for rule in said.rows("policy"))
    return {name: meaning for name, meaning in FACTS.items() if re.search(rf"\b{name}\b", text)}


def moves_table(said: Said) -> Table | None:
    """Return how many customers hold which tier now and are due which, None without a plan."""
    rows = said.part("plan").get("by_tier") or ()
    if not rows:
        return None
    due = [tier["tier"] for tier in said.tiers] or sorted({row["tier"] for row in rows})
    held = [
        name
        for name in [*due, *sorted({row["tier_before"] or "" for row in rows} - {*due, ""}), None]
        if any(row["tier_before"] == name for row in rows)
    ]
    moved = {(row["tier_before"], row["tier"]): row["customers"] for row in rows}
    return Table(
        name="who-moves",
        caption="Down the side the tier that customers hold now, along the top the tier they are due",
        columns=[Column(head="holds now", term="tier"), *(Column(head=name, show=count, term="tier") for name in due)],
        rows=[[before or NOT_YET, *(moved.get((before, name), 0) for name in due)] for before in held],
    )


def load_table(said: Said) -> Table | None:
    """Return what each tier would ask for and how many in it are borderline, None where the plan tells nothing of it."""
    rows = said.part("plan").get("tiers") or ()
    if not rows:
        return None
    return Table(
        name="plan-load",
        caption="What each tier would ask for: contacts of its customers over the last twelve months; borderline are those whose tier hangs on a little",
        columns=[
            Column(head="tier", term="tier"),
            Column(head="hold it now", show=count),
            Column(head="would hold it", show=count),
            Column(head="contacts a month", show=_tenths),
            Column(head="borderline", show=count, term="borderline"),
        ],
        rows=[[row["tier"], row["customers_now"], row["customers"], row["contacts_per_month"], row["borderline"]] for row in rows],
    )


def _tenths(number: float) -> str:
    return f"{number:,.1f}"


KEPT: Mapping[str, str] = {
    "doubt": "since it is in doubt whether less is due",
    "stay": "since their level was given not long ago",
    "notice": "since it was only now found that less is due",
    "budget": "since enough others move down this month",
}
"""Why somebody keeps a level, in words."""


def kept(said: Said) -> list[str]:
    """Say who keeps a level though less was earned, and why."""
    return [f"{many(row['customers'], 'customer')} keep {row['tier']}, {KEPT[row['kept']]}." for row in said.part("plan").get("kept") or ()]


def made(said: Said) -> list[tuple[str, str]]:
    """Return how the report was made: what, and how it was."""
    facts, terms, plan = said.facts, said.part("terms"), said.part("plan")
    lines = [
        ("Run", facts.get("run_id")),
        ("As of", f"{moment_of(facts.get('as_of'))}; nothing after it was seen"),
        ("Made", f"{moment_of(facts.get('made_at'))}, by Duecare {facts.get('duecare') or ''}".rstrip()),
        *_model(said),
        (
            "Counted ahead",
            f"{terms.get('horizon_months')} months, each year's wait taking off {terms.get('discount_percent_per_year'):g} %"
            if terms
            else None,
        ),
        *_money_terms(said, terms),
        ("Plan", f"{plan['hash'][:12]}, {_based_on(plan)}" if plan.get("hash") else None),
    ]
    return [(what, how) for what, how in lines if how]


def _based_on(plan: Row) -> str:
    return f"based on plan {plan['based_on']} in force" if plan.get("based_on") else "the first; no plan is in force yet"


def _money_terms(said: Said, terms: Row) -> list[tuple[str, str]]:
    if "gross_margin_percent" not in terms:
        return []
    minute = f"{said.money.full(terms['service_cost_per_minute'])} a minute where no rate is given; {terms['service_minutes_per_contact']:g} minutes where a contact has no handle time"
    return [("Gross margin", f"{terms['gross_margin_percent']:g} % where an order carries no cost"), ("Service", minute)]


def _model(said: Said) -> list[tuple[str, str]]:
    """The two models in words, each with what its parameters come to."""
    model = said.part("model")
    if not model:
        return [("Model", f"none: {said.why_no_clv()}")]
    return [
        ("Purchases", f"{model.get('purchases')}: {_buying(model)}"),
        ("Spending", f"{model.get('spending')}: {_spending(said, model)}"),
    ]


def _buying(model: Row) -> str:
    told = {name.removeprefix("buying_"): value for name, value in model.items() if name.startswith("buying_")}
    if not {"r", "alpha"} <= set(told):
        return "its parameters were not published"
    parameters = ", ".join(f"{name} {value:.3g}{' days' if name in IN_DAYS else ''}" for name, value in told.items())
    return f"at the average rate an active customer buys every {told['alpha'] / told['r']:,.0f} days; {_leaving(told)} ({parameters})"


IN_DAYS = ("alpha", "beta")
"""Parameters of purchase models that are lengths of time."""


def _leaving(told: Row) -> str:
    """Say how customers leave: after a purchase (BG/NBD, MBG/NBD), or as time goes by (Pareto/NBD)."""
    if "beta" in told:
        return f"{percent(1.0 - (told['beta'] / (told['beta'] + YEAR_DAYS)) ** told['s'])} leave for good within a year"
    return f"{percent(told['a'] / (told['a'] + told['b']))} leave for good after a purchase"


def _spending(said: Said, model: Row) -> str:
    if "gg_p" not in model:
        return "its parameters were not published"
    mean = model["gg_p"] * model["gg_v"] / (model["gg_q"] - 1.0)
    return (
        f"the average customer spends {said.money.full(mean)} on a day of purchase"
        f" (p {model['gg_p']:.3g}, q {model['gg_q']:.3g}, v {model['gg_v']:.3g} {said.money.code})"
    )


def dated(said: Said) -> str:
    """Return the day that the report is about."""
    return day(said.facts.get("as_of"))
