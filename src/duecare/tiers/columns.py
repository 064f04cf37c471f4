"""Columns: the table `facts`, every column that a condition of a policy may name, for people or for the groups that are placed together."""

from collections.abc import Mapping
from datetime import datetime

from duecare.records import Book, Warehouse, pieces
from duecare.tiers.asking import Asked
from duecare.tiers.facts import ORDERED
from duecare.tiers.frozen import frozen
from duecare.tiers.policy import Policy
from duecare.tiers.rules import asked_of

GROUPS: Mapping[str, str] = {
    "household": "SELECT customer_id, min(household_id) AS group_id FROM {households} GROUP BY customer_id",
    "account": "SELECT customer_id, min(account_id) AS group_id FROM {accounts} GROUP BY customer_id",
}
"""Who is placed with whom."""
TABLES = ("history", "valuation", "members", "contacts", "surveys", "orders", "order_lines")


def make_facts(warehouse: Warehouse, policy: Policy, book: Book, *, as_of: datetime) -> None:
    """Make the table `facts`, one row a customer, with a column of ones and zeros for each question that the policy asks."""
    sql, names = pieces("duecare.tiers", "facts.sql"), {name: name for name in TABLES}
    for step in ("asked_us", "told_us"):
        warehouse.run(step, sql[step], {"as_of": as_of}, **names)
    names |= {name: name for name in ("asked_us", "told_us")}
    if policy.scope.level == "person":
        warehouse.run("facts", sql["facts"], **names)
    else:
        warehouse.run("alone", sql["facts"], **names)
        warehouse.run("groups", GROUPS[policy.scope.level], households="households", accounts="accounts")
        warehouse.run("facts", sql["grouped"], alone="alone", groups="groups")
    _answer(warehouse, asked_of(policy), book, as_of)
    for name in ("asked_us", "told_us", "alone", "groups"):
        warehouse.drop(name)


def _answer(warehouse: Warehouse, asked: Mapping[str, Asked], book: Book, as_of: datetime) -> None:
    """Enter the answer to every question as a column of `facts`."""
    if not asked:
        return
    for column, one in asked.items():
        _yes(warehouse, column, one, book, as_of)
    answers = ", ".join(f"CASE WHEN {column}.customer_id IS NULL THEN 0 ELSE 1 END AS {column}" for column in asked)
    joins = " ".join(f"LEFT JOIN {{{column}}} {column} ON {column}.customer_id = f.customer_id" for column in asked)
    warehouse.run("facts", f"SELECT f.*, {answers} FROM {{facts}} f {joins}", facts="facts", **{column: column for column in asked})
    for column in asked:
        warehouse.drop(column)


def _yes(warehouse: Warehouse, column: str, one: Asked, book: Book, as_of: datetime) -> None:
    """Make a table of those for whom the answer is yes."""
    if one.kind == "static":
        warehouse.put(column, frozen(book, one))
        return
    sql = pieces("duecare.tiers", "facts.sql")["ordered_since"].replace("$of_which", f"CAST({ORDERED[one.of]} AS VARCHAR)")
    values = {"value": one.value, "since": f"{one.since}T00:00:00+00:00", "as_of": as_of}
    warehouse.run(column, sql, values, orders="orders", members="members", order_lines="order_lines")
