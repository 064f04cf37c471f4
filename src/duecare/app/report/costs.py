"""Costs: what service costs on each channel and beside the books, and what winning and keeping a customer is worth."""

from collections.abc import Sequence

from duecare.app.report.said import Row, Said
from duecare.app.report.sections import Figure
from duecare.app.report.tables import Column, Table
from duecare.app.report.wording import capital, count, many, percent

PLAIN = {"*": "any channel"}
"""How channels that are no names are written."""


def service_figure(said: Said) -> Figure:
    """What serving cost, as tables."""
    found = said.found("service")
    if not found.get("channels"):
        why = "The run read no contacts and no returns." if "channels" in found else "The run worked none out."
        return Figure(name="service", headline="There is no cost to serve to show.", missing=why)
    tables = [_channels(said, found["channels"]), *([_months(said, found["months"])] if _has_books(found) else [])]
    return Figure(name="service", headline=_headline(said, found), tables=tables)


def _has_books(found: Row) -> bool:
    return any(month["books"] is not None for month in found.get("months") or ())


def _headline(said: Said, found: Row) -> str:
    cost = sum(line["cost"] for line in found["channels"])
    contacts = sum(line["contacts"] for line in found["channels"])
    begin = f"Serving customers cost {said.money.spoken(cost)}{' (assumed)' if said.assumes('cost to serve') else ''}"
    each = found.get("contact_cost")
    return f"{begin}; {many(contacts, 'contact')} cost {said.money.full(each)} each on average." if each is not None else f"{begin}."


def _channels(said: Said, lines: Sequence[Row]) -> Table:
    money, code = said.money.full, said.money.code
    columns = [Column(head="channel"), Column(head="contacts", show=count, term="contact"), Column(head="minutes", show=count)]
    columns += [
        Column(head="returns", show=count),
        Column(head=f"{said.marked('cost to serve')}, {code}", show=money, term="cost-to-serve"),
    ]
    columns += [Column(head=f"of it nobody's, {code}", show=money, term="nobodys")]
    names = ("contacts", "minutes", "returns", "cost", "cost_of_nobody")
    rows = [[PLAIN.get(line["channel"], line["channel"]), *(line[name] for name in names)] for line in lines]
    return Table(name="cost-to-serve", caption="What service cost, by channel", columns=columns, rows=rows)


def _months(said: Said, months: Sequence[Row]) -> Table:
    money, code = said.money.full, said.money.code
    columns = [Column(head="month"), Column(head="account"), Column(head=f"at the rates, {code}", show=money)]
    columns += [Column(head=f"in the books, {code}", show=money), Column(head=f"counted, {code}", show=money, term="cost-to-serve")]
    columns += [Column(head="books to rates", show=percent), Column(head="scaled")]
    rows = [_month(month) for month in months]
    return Table(name="service-and-books", caption="Each month at the rates and in the books", columns=columns, rows=rows)


def _month(month: Row) -> list[float | str | None]:
    counted = month["books"] if _scaled(month) else month["cost"]
    said = "yes" if _scaled(month) else f"no: {month['state']}"
    return [month["period"], month["account"], month["at_rates"], month["books"], counted, _ratio(month), said]


def _scaled(month: Row) -> bool:
    return bool(month["state"] == "scaled")


def _ratio(month: Row) -> float | None:
    return month["books"] / month["at_rates"] if month["books"] is not None and month["at_rates"] else None


def keeping_lines(said: Said) -> list[str]:
    """Say what one saved customer of each tier is worth, and what that would pay for."""
    return [_keeping(said, one) for one in said.found("service").get("saved") or ()]


def _keeping(said: Said, one: Row) -> str:
    pays = [many(round(one["contacts"]), "contact")] if one["contacts"] else []
    pays += [f"winning {one['customers_won']:,.1f} new customers"] if one["customers_won"] else []
    does = f", which pays for {' or '.join(pays)}" if pays else ""
    worth = said.money.full(one["worth"])
    return f"One saved customer of {one['tier']} is worth {worth}{' (assumed)' if said.assumes('CLV') else ''} on average{does}."


def winning_table(said: Said) -> Table | None:
    """Return what winning a customer costs by the channel of the first order, None where no rate says it."""
    won = said.found("service").get("acquisition") or ()
    if not any(one["cost_each"] is not None for one in won):
        return None
    money, code = said.money.full, said.money.code
    columns = [Column(head="channel of the first order"), Column(head="customers", show=count, term="customer")]
    columns += [Column(head=f"winning one, {code}", show=money, term="acquisition")]
    rows = [[PLAIN.get(one["channel"], one["channel"]), one["customers"], one["cost_each"]] for one in won]
    return Table(name="winning-a-customer", caption=capital("what winning a customer costs"), columns=columns, rows=rows)
