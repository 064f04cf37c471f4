"""Explain: one customer, found by any identifier, with everything that led to their tier.

For analysts and leads: it speaks of money. What agents and customers may see is another
door's business.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.records import Book, Published, Runs, open_book, pieces
from duecare.words import BadSettings

TABLES = ("customers", "members", "orders", "contacts", "written", "records", "phones", "people", "history", "valuation", "plan")
WAYS = ("by_customer_id", "by_number", "by_order", "by_contact", "by_key")
MANY = 10


def explain_customer(who: str, file: Path, *, as_json: bool) -> None:
    """Find the customer and print what is known."""
    settings = read_settings(file)
    with Runs.at(settings.records.warehouse, settings.base).read() as published, open_book(settings.records.book, settings.base) as book:
        known = describe(find(who, published, book, settings), published, book)
    if as_json:
        print_json(known)
    else:
        typer.echo("\n".join(lines(known, published.facts)))
        next_command("duecare report", file)


def find(who: str, published: Published, book: Book, settings: Settings) -> str:
    """Return the id of the one customer that *who* names.

    Raises:
        BadSettings: nobody is called so, or several customers are.
    """
    now = _survivor(book, who.strip())
    for way in WAYS:
        found = _ask(published, way, {"who": now, "e164": _e164(now, settings)})
        if len(found) == 1:
            return str(found[0]["customer_id"])
        if found:
            ids = ", ".join(sorted(str(row["customer_id"]) for row in found)[:MANY])
            raise BadSettings(f"{len(found)} customers share that identifier", mend=f"name one of them: {ids}")
    looked = ["customer ids", "numbers of the sources", "orders", "contacts", "e-mails, phones, loyalty cards, user names, handles"]
    raise BadSettings(
        "nobody is known by that identifier in the published run", looked=looked, mend="check its spelling, or duecare run if it is new"
    )


def describe(customer_id: str, published: Published, book: Book) -> dict[str, Any]:
    """Gather all that the run and the book hold of one customer."""
    ask = {"who": customer_id, "as_of": published.facts["as_of"]}
    return {
        "customer_id": customer_id,
        "as_of": published.facts["as_of"],
        "currency": published.facts["currency"],
        "tier": _held(book, customer_id),
        "standing": _ask(published, "standing", ask)[0],
        "identities": _ask(published, "identities", ask),
        "orders": _ask(published, "newest_orders", ask),
        "contacts": _ask(published, "newest_contacts", ask),
    }


def lines(known: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str]:
    """Tell a customer in plain lines."""
    standing, money = known["standing"], known["currency"]
    held = known["tier"] or "none yet"
    return [
        f"{known['customer_id']}  ·  tier held: {held}  ·  proposed: {standing['tier']}",
        f"  why: {standing['why']} ({standing['origin']})",
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
    months = facts["terms"]["horizon_months"]
    return [
        f"value: CLV {standing['clv']:,.2f} {money}, more than {standing['clv_percentile']:.1f} % of customers; RFM {standing['rfm']}",
        f"  {standing['p_alive']:.0%} likely to buy again; {standing['expected_orders']:.2f} orders expected in {months} months"
        f" ({standing['discounted_orders']:.2f} after discounting)",
        f"  each brings {standing['spend_per_order']:,.2f} at a margin of {standing['margin_share']:.1%}: {standing['future_margin']:,.2f} {money}",
        f"  minus {standing['service_cost_per_order']:,.2f} an order to serve: {standing['future_service_cost']:,.2f} {money}",
    ]


def _dots(values: Any) -> str:  # noqa: ANN401 - a row's values are of every kind
    return " · ".join(_word(value) for value in values if value not in (None, ""))


def _word(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "hour") else str(value)


def _ask(published: Published, piece: str, params: Mapping[str, object]) -> list[dict[str, Any]]:
    sql = pieces("duecare.app", "explain.sql")[piece]
    used = {name: value for name, value in params.items() if f"${name}" in sql}
    return published.warehouse.arrow(sql, used, **{table: table for table in TABLES}).to_pylist()


def _survivor(book: Book, customer_id: str) -> str:
    """Follow an id that was merged away to the one that has its records now; anything else stays as it is."""
    from duecare.identity.standing import resolve

    found = resolve(book, customer_id)
    if len(found) > 1:
        raise BadSettings(f"that customer was parted into {len(found)}", mend=f"name one of them: {', '.join(found[:MANY])}")
    return found[0] if found else customer_id


def _held(book: Book, customer_id: str) -> str | None:
    sql = (
        "SELECT a.tier FROM assignments a JOIN plans p ON p.plan_hash = a.plan_hash"
        " WHERE a.customer_id = ? AND p.state = 'applied' ORDER BY p.seq DESC LIMIT 1"
    )
    rows = book.rows(sql, (customer_id,))
    return str(rows[0][0]) if rows else None


def _e164(who: str, settings: Settings) -> str:
    """The number as matching writes it; what cannot be a number matches none."""
    if sum(sign.isdigit() for sign in who) < 6 or any(sign.isalpha() for sign in who):
        return "no number"
    from duecare.identity.clean import e164

    return e164(who, settings.identity.country) or "no number"
