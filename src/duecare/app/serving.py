"""Serving: what service costs, by channel and beside the books, and what winning and keeping a customer is worth.

Worked out once, at the end of a run, from the tables that costing made; the report only shows it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeAlias

from duecare.records import Warehouse
from duecare.value.costing import Won, acquisition
from duecare.value.retaining import mean_winning_cost, one_saved
from duecare.value.terms import Money

Finding: TypeAlias = dict[str, Any]

BY_CHANNEL = """
SELECT channel, CAST(sum(contacts) AS BIGINT) AS contacts, CAST(sum(returns) AS BIGINT) AS returns, sum(minutes) AS minutes, CAST(sum(cost) AS DOUBLE) AS cost,
       CAST(sum(returns_cost) AS DOUBLE) AS returns_cost,
       CAST(sum(CASE WHEN customer_id IS NULL THEN contacts ELSE 0 END) AS BIGINT) AS contacts_of_nobody,
       CAST(sum(CASE WHEN customer_id IS NULL THEN cost ELSE 0 END) AS DOUBLE) AS cost_of_nobody
FROM {service_costs} GROUP BY channel ORDER BY 5 DESC, 1
"""

BY_MONTH = """
SELECT period, account, contacts, returns, CAST(at_rates AS DOUBLE) AS at_rates, CAST(books AS DOUBLE) AS books, CAST(cost AS DOUBLE) AS cost, state
FROM {service_months} ORDER BY period, account
"""

ROUNDING = "rounding"
"""The channel under which costing puts what rounding left."""


def service_found(warehouse: Warehouse, tiers: Sequence[Mapping[str, Any]], *, as_of: datetime, money: Money) -> Finding:
    """Return every figure about service; *tiers* are the findings about tiers, for what a saved customer of each is worth."""
    lines = warehouse.arrow(BY_CHANNEL, service_costs="service_costs").to_pylist()
    accounts = warehouse.arrow("SELECT DISTINCT account FROM {ledger} ORDER BY account", ledger="ledger")["account"].to_pylist()
    won = acquisition(warehouse, as_of=as_of, money=money)
    each = _contact_cost(lines)
    return {
        "channels": [line for line in lines if line["channel"] != ROUNDING],
        "rounding": sum(line["cost"] for line in lines if line["channel"] == ROUNDING),
        "contact_cost": each,
        "months": warehouse.arrow(BY_MONTH, service_months="service_months").to_pylist(),
        "ledger_accounts": accounts[:20],
        "acquisition": [asdict(one) for one in won],
        "winning_cost": mean_winning_cost(won),
        "saved": [asdict(one) for tier in tiers if (one := _saved(tier, each, won))],
    }


def _contact_cost(lines: Sequence[Mapping[str, Any]]) -> float | None:
    """What a contact costs on average; None without contacts."""
    contacts = sum(line["contacts"] for line in lines)
    return sum(line["cost"] - line["returns_cost"] for line in lines) / contacts if contacts else None


def _saved(tier: Mapping[str, Any], contact_cost: float | None, won: list[Won]) -> Any:  # noqa: ANN401 - Saved or None
    return one_saved(tier["tier"], clv=tier["clv"], valued=tier["valued"], contact_cost=contact_cost, winning_cost=mean_winning_cost(won))


STATES: Mapping[str, str] = {
    "other currency": "the books are in another currency",
    "not over": "the month was not over",
    "below nothing": "the books have less than nothing",
    "no rates": "the work costs nothing at the rates",
    "no line": "the books have no line",
}
"""Why a month is not scaled, in words."""


def service_notes(found: Mapping[str, Any], money: Money) -> list[str]:
    """Say how cost to serve agrees with the books, and what of it is nobody's."""
    months: Sequence[Mapping[str, Any]] = found["months"]
    if not months:
        return []
    scaled = [month for month in months if month["state"] == "scaled"]
    told = [_agrees(scaled, money), *_not_scaled(months)] if scaled else [_no_books(found, money)]
    return [*told, *_nobodys(found, money)]


def _agrees(scaled: Sequence[Mapping[str, Any]], money: Money) -> str:
    rates, books = sum(month["at_rates"] for month in scaled), sum(month["books"] for month in scaled)
    periods = sorted({month["period"] for month in scaled})
    when = f"{periods[0]} to {periods[-1]}" if len(periods) > 1 else periods[0]
    return f"cost to serve is scaled to the books from {when}: {rates:,.2f} {money.currency} at the rates are {books:,.2f} there"


def _not_scaled(months: Sequence[Mapping[str, Any]]) -> list[str]:
    counts = {state: sum(month["state"] == state for month in months) for state in STATES}
    lines = "sums of a month and account stay" if sum(counts.values()) != 1 else "sum of a month and account stays"
    why = ", ".join(f"{many} because {STATES[state]}" for state, many in counts.items() if many)
    return [f"{sum(counts.values())} {lines} at the rates: {why}"] if why else []


def _no_books(found: Mapping[str, Any], money: Money) -> str:
    if not found["ledger_accounts"]:
        return "cost to serve is at the rates: there is no ledger, so nothing is scaled to the books"
    if any(month["books"] is not None for month in found["months"]):
        return f"cost to serve is at the rates throughout: {'; '.join(_not_scaled(found['months']))}"
    asked = " or ".join(repr(account) for account in dict.fromkeys((money.service_account, money.returns_account)) if account)
    has = ", ".join(found["ledger_accounts"])
    return (
        f"cost to serve is at the rates: no account of the ledger ({has}) is called {asked or 'anything'}; [money] service_account names it"
    )


def _nobodys(found: Mapping[str, Any], money: Money) -> list[str]:
    contacts, cost = (sum(line[name] for line in found["channels"]) for name in ("contacts_of_nobody", "cost_of_nobody"))
    if not contacts:
        return []
    which = "1 contact is" if contacts == 1 else f"{contacts:,} contacts are"
    return [
        f"{which} of nobody who is known; the {cost:,.2f} {money.currency} of it stand in a line of their own and are in nobody's profit"
    ]
