"""Planning: who gets which tier, why, and who moves. A plan proposes; it changes nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from duecare.records import Book, Transaction, Warehouse, pieces
from duecare.tiers.policy import Policy
from duecare.tiers.rules import Condition, conditions

if TYPE_CHECKING:
    import pyarrow as pa

TEXTS = ("rfm",)
"""Facts that are words; the others are numbers and are rounded in a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a plan comes to."""

    hash: str
    """Of every row and of the policy; `apply` applies exactly this or refuses."""
    policy_hash: str
    based_on: int
    """The number of the plan that was in force when this one was made, 0 for none."""
    customers: int
    movers: int


def make_plan(warehouse: Warehouse, policy: Policy, book: Book, *, as_of: datetime) -> Plan:
    """Make the tables `facts` and `plan` from history, valuation, consents, entitlements and held tiers."""
    sql = pieces("duecare.tiers", "tiers.sql")
    words = (
        "history",
        "valuation",
        "people",
        "members",
        "entitlements",
        "tiers",
        "facts",
        "objections",
        "granted",
        "earned",
        "placed",
        "held",
        "plan",
    )
    names = {word: word for word in words}
    based_on = last_applied(book)
    warehouse.put("tiers", _tiers(policy))
    warehouse.put("held", held(book))
    for step, values in (("facts", {}), ("objections", {}), ("granted", {"as_of": as_of})):
        warehouse.run(step, sql[step], values, **names)
    warehouse.run("earned", earned_sql(policy), facts="facts")
    warehouse.run("placed", sql["placed"], {"last": len(policy.tiers) - 1}, **names)
    warehouse.run("plan", sql["plan"], **names)
    rows = str(warehouse.arrow(sql["fingerprint"], plan="plan")["hash"][0].as_py())
    counts = warehouse.arrow("SELECT count(*) AS n, coalesce(sum(CAST(moves AS INTEGER)), 0) AS m FROM {plan}", plan="plan").to_pylist()[0]
    whole = hashlib.sha256(f"{policy.hash}:{based_on}:{rows}".encode()).hexdigest()
    return Plan(hash=whole, policy_hash=policy.hash, based_on=based_on, customers=int(counts["n"]), movers=int(counts["m"]))


def earned_sql(policy: Policy) -> str:
    """Return the SELECT over `{facts}` that gives each customer the first tier whose condition holds, and says why."""
    sound = conditions(policy)
    if not sound:
        return "SELECT customer_id, 0 AS rank, 'there is one level for everybody' AS why FROM {facts}"
    ranks = " ".join(f"WHEN {condition.sql} THEN {rank}" for rank, condition in enumerate(sound))
    whys = " ".join(f"WHEN {condition.sql} THEN {_why(condition)}" for condition in sound)
    last = f"CASE WHEN orders = 0 THEN 'no purchase yet' ELSE {_not_why(sound)} END"
    return f"SELECT customer_id, CASE {ranks} ELSE {len(sound)} END AS rank, CASE {whys} ELSE {last} END AS why FROM {{facts}}"


def last_applied(book: Book | Transaction) -> int:
    """Return the number of the plan in force, 0 before the first."""
    return int(str(book.rows("SELECT coalesce(max(seq), 0) FROM plans WHERE state = 'applied'")[0][0]))


def held(book: Book) -> "pa.Table":
    """Return the tier that every customer holds now."""
    import pyarrow as pa

    rows = book.rows(
        "SELECT a.customer_id, a.tier FROM assignments a JOIN plans p ON p.plan_hash = a.plan_hash"
        " JOIN (SELECT b.customer_id AS who, max(q.seq) AS newest FROM assignments b JOIN plans q ON q.plan_hash = b.plan_hash"
        " WHERE q.state = 'applied' GROUP BY b.customer_id) n ON n.who = a.customer_id AND n.newest = p.seq"
    )
    return pa.table(
        {"customer_id": pa.array([row[0] for row in rows], pa.string()), "tier": pa.array([row[1] for row in rows], pa.string())}
    )


def _tiers(policy: Policy) -> "pa.Table":
    import pyarrow as pa

    return pa.table({"rank": pa.array(range(len(policy.tiers)), pa.int32()), "name": list(policy.names)})


def _why(condition: Condition) -> str:
    return f"{_text(condition.text)} || ' holds: ' || {_saying(condition.columns)}"


def _not_why(conditions: Sequence[Condition]) -> str:
    columns = dict.fromkeys(column for condition in conditions for column in condition.columns)
    return f"'no higher level''s condition holds: ' || {_saying(tuple(columns))}"


def _saying(columns: Sequence[str]) -> str:
    """SQL that spells out the facts looked at, each with its value."""
    return " || ', ' || ".join(f"'{column} is ' || {_value(column)}" for column in columns)


def _value(column: str) -> str:
    if column in TEXTS:
        return f"coalesce(\"{column}\", 'not known')"
    number = f'round(CAST("{column}" AS DOUBLE), 2)'
    whole = f"CASE WHEN {number} = round({number}) THEN CAST(CAST({number} AS BIGINT) AS VARCHAR) ELSE CAST({number} AS VARCHAR) END"
    return f"coalesce({whole}, 'not known')"


def _text(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
