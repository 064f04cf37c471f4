"""The index of a run, room by room: who is who, and under each customer's number what they are worth, bought and asked.

What tiers, care and promises must tell a ringing phone joins here, as rows by customer number.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from duecare.identity.terms import Matching
from duecare.records import Draft, Index, IndexDraft, Warehouse, pieces
from duecare.tiers.facts import TEXTS
from duecare.tiers.policy import Policy
from duecare.tiers.rules import facts_named

if TYPE_CHECKING:
    from duecare.identity.match import Matched

NEWEST = 5
"""So many orders and contacts are kept of each customer."""

Kind: TypeAlias = Callable[[str], Any]

IDENTITIES: Mapping[str, Kind] = dict.fromkeys(("source", "source_id", "name", "email", "phone", "loyalty_id"), str) | {
    "birth_date": date.fromisoformat,
    "city": str,
}
STANDING: Mapping[str, Kind] = (
    {"orders": int}
    | dict.fromkeys(("revenue", "refunded", "margin", "service_cost"), float)
    | {"contacts": int, "referrals": int, "last_day": date.fromisoformat}
    | dict.fromkeys(("p_alive", "expected_orders", "discounted_orders", "spend_per_order", "margin_share", "service_cost_per_order"), float)
    | dict.fromkeys(
        ("future_margin", "future_service_cost", "referral_value", "contract_value", "clv", "clv_low", "clv_high", "clv_percentile"), float
    )
    | {"rfm": str}
)
ORDERS: Mapping[str, Kind] = {
    "order_id": str,
    "ordered_at": datetime.fromisoformat,
    "revenue": float,
    "refunded": float,
    "channel": str,
    "status": str,
}
CONTACTS: Mapping[str, Kind] = {"contact_id": str, "opened_at": datetime.fromisoformat} | dict.fromkeys(
    ("channel", "reason", "status", "outcome"), str
)
PLANNED: Mapping[str, Kind] = dict.fromkeys(("tier", "tier_before", "why", "origin", "kept", "noticed"), str) | {"chance": float}
ROWS: Mapping[str, Mapping[str, Kind]] = {"identities": IDENTITIES, "standing": STANDING, "orders": ORDERS, "contacts": CONTACTS}
"""The columns of each file of rows, and what their texts are read as."""

PERSONAL: Mapping[str, tuple[str, ...]] = {"index.identities": ("source_id", "name", "email", "phone", "loyalty_id", "birth_date", "city")}
"""The columns of these rows that may tell who a person is."""


def make_index(draft: Draft, matched: "Matched", terms: Matching, policy: Policy, as_of: datetime) -> None:
    """Write the index of a run into its folder, so that it is published with it."""
    from duecare.identity.indexing import index_identities

    making, warehouse = IndexDraft.under(draft.folder), draft.warehouse
    index_identities(making, warehouse, matched, terms)
    index_care(making, warehouse, as_of)
    index_plan(making, warehouse, policy)
    warehouse.drop("customer_numbers")
    making.close()


def index_care(making: IndexDraft, warehouse: Warehouse, as_of: datetime) -> None:
    """Enter what is known of each customer beside who they are; `customer_numbers` gives their places."""
    sql, tables = pieces("duecare.app", "index.sql"), {name: name for name in warehouse.tables()}
    values = {"as_of": as_of, "most": NEWEST}
    for name, columns in ROWS.items():
        making.rows(
            name, list(columns), warehouse, sql[name], {key: value for key, value in values.items() if f"${key}" in sql[name]}, **tables
        )


def index_plan(making: IndexDraft, warehouse: Warehouse, policy: Policy) -> None:
    """Enter the tier that each customer is due, with the facts that the policy names; `customer_numbers` gives their places."""
    facts = facts_named(policy)
    sql = f"""SELECT n.number AS place, {", ".join(f"p.{name}" for name in PLANNED)}{"".join(f", f.{name}" for name in facts)}
              FROM {{plan}} p JOIN {{facts}} f ON f.customer_id = p.customer_id JOIN {{customer_numbers}} n ON n.customer_id = p.customer_id"""
    tables = {name: name for name in ("plan", "facts", "customer_numbers")}
    making.rows("planned", [*PLANNED, *facts], warehouse, sql, **tables)


def index_plan_alone(folder: Path, warehouse: Warehouse, policy: Policy) -> None:
    """Write an index of a plan that was made later, with the number of each customer beside."""
    making = IndexDraft.under(folder)
    warehouse.run("customer_numbers", NUMBERS, plan="plan")
    making.keys("customer", warehouse, "SELECT customer_id AS word, number FROM {n}", n="customer_numbers")
    index_plan(making, warehouse, policy)
    warehouse.drop("customer_numbers")
    making.close()


NUMBERS = "SELECT customer_id, CAST(row_number() OVER (ORDER BY customer_id) - 1 AS BIGINT) AS number FROM {plan}"


def planned_row(index: Index, place: int) -> tuple[dict[str, Any], dict[str, float | str | None]]:
    """Return what is planned for a customer, and the facts that it rests on."""
    texts = index.row("planned", place)
    told = {name: None if (text := texts[name]) is None else read(text) for name, read in PLANNED.items()}
    facts = {name: text if text is None or name in TEXTS else float(text) for name, text in texts.items() if name not in PLANNED}
    return told, facts


def row(index: Index, name: str, place: int) -> dict[str, Any] | None:
    """Return one row with its values, None where there is none."""
    texts = index.row(name, place)
    if all(text is None for text in texts.values()):
        return None
    return {column: None if (text := texts[column]) is None else read(text) for column, read in ROWS[name].items()}


def newest(index: Index, name: str, customer: int) -> list[dict[str, Any]]:
    """Return the newest orders or contacts of the customer with this number, the newest first."""
    rows = (row(index, name, customer * NEWEST + at) for at in range(NEWEST))
    return [one for one in rows if one is not None]
