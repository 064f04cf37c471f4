"""Explain: one customer, found by any identifier, with everything that led to their tier.

For analysts and leads: it speaks of money. What agents and customers may see is another
door's business.
"""

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from duecare.app.indexing import newest, row
from duecare.app.proposals import Proposal
from duecare.app.proposals import newest as newest_plan
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.identity.naming import customers_named, has_lost_nothing
from duecare.records import Book, Indexed, Runs, open_book, record
from duecare.tiers.reasons import PLAIN, instead, told
from duecare.tiers.rules import asked_of
from duecare.tiers.words import holding, words
from duecare.words import BadSettings

MANY = 10
ID = "cu_"
"""What a customer id begins with."""


def explain_customer(who: str, file: Path, *, as_json: bool) -> None:
    """Find the customer and print what is known."""
    settings = read_settings(file)
    runs = Runs.at(settings.records.warehouse, settings.base)
    with runs.indexed() as published, open_book(settings.records.book, settings.base) as book:
        known = describe(find(who, published, book, settings), published, book, settings)
        facts = published.facts
        with book.write() as transaction:  # who looked at a person is a part of what that person may ask for
            record(transaction, actor=getpass.getuser(), kind="explain", detail={"customer": known["customer_id"]})
    if as_json:
        print_json(known)
    else:
        typer.echo("\n".join(lines(known, facts)))
        next_command("duecare report", file)


def find(who: str, published: Indexed, book: Book, settings: Settings) -> str:
    """Return the id of the one customer that *who* names.

    Raises:
        BadSettings: nobody is called so, or several customers are.
    """
    found = customers_named(published.index, _survivor(published, book, who.strip()), settings.identity.country)
    if len(found) == 1:
        return found[0]
    if found:
        raise BadSettings(f"{len(found)} customers share that identifier", mend=f"name one of them: {', '.join(found[:MANY])}")
    looked = ["customer ids", "numbers of the sources", "orders", "contacts", "e-mails, phones, loyalty cards, user names, handles"]
    raise BadSettings(
        "nobody is known by that identifier in the published run", looked=looked, mend="check its spelling, or duecare run if it is new"
    )


def describe(customer_id: str, published: Indexed, book: Book, settings: Settings) -> dict[str, Any]:
    """Gather all that the run, the newest plan and the book hold of one customer."""
    index = published.index
    made = newest_plan(index.folder.parent, published.facts, settings, book)
    planned, looked_at = made.of(customer_id)
    (number,) = index.find("customer", customer_id)
    begin, end = index.numbers("members_from")[number : number + 2].tolist()
    records = [row(index, "identities", record) for record in index.numbers("members")[begin:end].tolist()]
    return {
        "customer_id": customer_id,
        "as_of": published.facts["as_of"],
        "currency": published.facts["currency"],
        "tier": _held(book, customer_id),
        "standing": (row(index, "standing", number) or {}) | planned,
        "instead": _instead(planned, looked_at, made, settings, str(published.facts["currency"])),
        "instead_plainly": _instead(planned, looked_at, made, settings, str(published.facts["currency"]), only=PLAIN),
        "words": [asdict(one) for one in holding(words(book, customers=[customer_id]), datetime.now(UTC))],
        "arm": _arm(book, customer_id),
        "identities": sorted((one for one in records if one), key=lambda one: (one["source"], one["source_id"])),
        "orders": newest(index, "orders", number),
        "contacts": newest(index, "contacts", number),
    }


def _instead(
    planned: Mapping[str, Any],
    looked_at: Mapping[str, Any],
    made: Proposal,
    settings: Settings,
    currency: str,
    only: Sequence[str] | None = None,
) -> list[str]:
    """What would earn each better tier, the nearest first, by *only* some facts; nothing to be said where the tier was not earned."""
    policy = settings.policy
    if planned["origin"] != "earned" or made.plan.policy_hash != settings.rules_hash:
        return []
    better = range(policy.names.index(planned["tier"]) - 1, -1, -1)
    said = {column: one.said for column, one in asked_of(policy).items()}
    found = [instead(policy, looked_at, made.scale, wanted=rank, only=only) for rank in better]
    return [told(one, looked_at, currency, made.scale, said) for one in found if one]


def lines(known: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str]:
    """Tell a customer in plain lines."""
    standing, money = known["standing"], known["currency"]
    held = known["tier"] or "none yet"
    return [
        f"{known['customer_id']}  ·  tier held: {held}  ·  proposed: {standing['tier']}",
        f"  why: {standing['why']} ({standing['origin']}); the chance that it proves right: {standing['chance']:.0%}",
        *[f"  it would be {one}" for one in known["instead"]],
        *[f"  {one['kind']} {one['word']}: {one['value']}{_until(one['until'])}" for one in known["words"]],
        *([f"  {known['arm'][1]} in the comparison {known['arm'][0]!r}"] if known["arm"] else []),
        "identities:",
        *[f"  {_dots(record.values())}" for record in known["identities"]],
        f"history as of {known['as_of'][:10]}: {standing['orders']} orders, revenue {standing['revenue']:,.2f} {money},"
        f" margin {standing['margin']:,.2f}, cost to serve {standing['service_cost']:,.2f}, {standing['contacts']} contacts, {standing['referrals']} referrals",
        *_value_lines(standing, money, facts),
        "last orders:" if known["orders"] else "last orders: none",
        *[f"  {_dots(order.values())}" for order in known["orders"]],
        "last contacts:" if known["contacts"] else "last contacts: none",
        *[f"  {_dots(contact.values())}" for contact in known["contacts"]],
        *[f"note: {note}" for note in facts["notes"] if note.startswith("assumed")],
    ]


def _value_lines(standing: Mapping[str, Any], money: str, facts: Mapping[str, Any]) -> list[str]:
    if standing["clv"] is None:
        return ["value: not known; a customer who never bought, or data that say too little, are given none"]
    rfm = f"; RFM {standing['rfm']}" if standing["rfm"] else ""
    return [
        f"value: CLV {standing['clv']:,.2f} {money}, more than {standing['clv_percentile']:.1f} % of customers{rfm}",
        *(_purchase_lines(standing, money, facts["terms"]["horizon_months"]) if standing["expected_orders"] is not None else []),
        *([f"  plus what their running contracts will yet bring: {signed:,.2f} {money}"] if (signed := standing["contract_value"]) else []),
        f"  with nine chances in ten it will come to between {standing['clv_low']:,.2f} and {standing['clv_high']:,.2f} {money}",
    ]


def _purchase_lines(standing: Mapping[str, Any], money: str, months: int) -> list[str]:
    return [
        f"  {standing['p_alive']:.0%} likely to buy again; {standing['expected_orders']:.2f} orders expected in {months} months"
        f" ({standing['discounted_orders']:.2f} after discounting)",
        f"  each brings {standing['spend_per_order']:,.2f} at a margin of {standing['margin_share']:.1%}: {standing['future_margin']:,.2f} {money}",
        f"  minus {standing['service_cost_per_order']:,.2f} an order to serve: {standing['future_service_cost']:,.2f} {money}",
        f"  plus what those are worth whom they will yet refer: {standing['referral_value']:,.2f} {money}",
    ]


def _dots(values: Any) -> str:  # noqa: ANN401 - a row's values are of every kind
    return " · ".join(_word(value) for value in values if value not in (None, ""))


def _word(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "hour") else str(value)


def _survivor(published: Indexed, book: Book, customer_id: str) -> str:
    """Follow an id that was merged away to the one that has its records now; anything else stays as it is."""
    if not customer_id.startswith(ID) or (published.index.count("customer", customer_id) and has_lost_nothing(book, customer_id)):
        return customer_id
    from duecare.identity.standing import resolve  # takes numpy along, so only for an id

    found = resolve(book, customer_id)
    if len(found) > 1:
        raise BadSettings(f"that customer was parted into {len(found)}", mend=f"name one of them: {', '.join(found[:MANY])}")
    return found[0] if found else customer_id


def _until(day: str | None) -> str:
    return f" until {day[:10]}" if day else ""


def _arm(book: Book, customer_id: str) -> tuple[str, str] | None:
    """The newest comparison that a customer takes part in, and their arm."""
    rows = book.rows("SELECT experiment, arm FROM arms WHERE customer_id = ? ORDER BY experiment DESC LIMIT 1", (customer_id,))
    return (str(rows[0][0]), str(rows[0][1])) if rows else None


def _held(book: Book, customer_id: str) -> str | None:
    sql = (
        "SELECT a.tier FROM assignments a JOIN plans p ON p.plan_hash = a.plan_hash"
        " WHERE a.customer_id = ? AND p.state = 'applied' ORDER BY p.seq DESC LIMIT 1"
    )
    rows = book.rows(sql, (customer_id,))
    return (str(rows[0][0]) or None) if rows else None
