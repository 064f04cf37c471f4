"""Planning: who gets which tier, why, and who moves. A plan proposes; it changes nothing."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from duecare.records import Book, Warehouse, pieces
from duecare.tiers.arms import Experiment, draw
from duecare.tiers.columns import make_facts
from duecare.tiers.doubt import make_chances, make_doubted
from duecare.tiers.facts import TEXTS
from duecare.tiers.holding import held, last_applied
from duecare.tiers.policy import Policy
from duecare.tiers.rules import Condition, asked_of, conditions
from duecare.tiers.stability import Stability, steady
from duecare.tiers.words import People, said_hash, spoken_of

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = (
    *("history", "valuation", "people", "members", "entitlements", "tiers", "facts"),
    *("objections", "refusing", "needing", "wanting", "overridden", "granted", "steadied"),
    *("due", "placed", "drawn", "served", "chances", "held", "plan"),
)


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
    as_of: str
    """The moment that it looked at."""
    words: str = ""
    """A fingerprint of what people said."""
    experiment: str = ""
    """The comparison of levels that it draws for, if any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTerms:
    """What decides on tiers beside the policy."""

    stability: Stability = field(default_factory=Stability)
    people: People = field(default_factory=People)
    experiment: Experiment = field(default_factory=Experiment)


def make_plan(
    warehouse: Warehouse, policy: Policy, book: Book, *, as_of: datetime, terms: PlanTerms | None = None, now: datetime | None = None
) -> Plan:
    """Make the tables `facts` and `plan` from history, valuation, consents, entitlements, people's words and held tiers.

    Args:
        warehouse: of a run that has valued.
        policy: who earns what.
        book: what is held, and what people said.
        as_of: the moment that the data are looked at.
        terms: what decides beside the policy.
        now: the moment at which people's words and comparisons count; *as_of* when None.
    """
    terms, based_on, now = terms or PlanTerms(), last_applied(book), now or as_of
    sql, names = pieces("duecare.tiers", "tiers.sql"), {word: word for word in TABLES}
    warehouse.put("tiers", _tiers(policy))
    warehouse.put("held", held(book))
    make_facts(warehouse, policy, book, as_of=as_of)
    spoken = spoken_of(book, {name: rank for rank, name in enumerate(policy.names)}, terms.people, at=now)
    for name, rows in spoken.items():
        warehouse.put(name, rows)
    raised = policy.names.index(terms.people.raise_to) if terms.people.raise_to in policy.names else None
    steps: tuple[tuple[str, dict[str, object]], ...] = (("objections", {}), ("wanting", {"raised": raised}), ("granted", {"as_of": as_of}))
    for step, values in steps:
        warehouse.run(step, sql[step], values, **names)
    warehouse.run("earned", earned_sql(policy), facts="facts")
    make_doubted(warehouse, policy, terms.stability.doubt_points)
    steady(warehouse, policy, terms.stability, book, as_of=as_of)
    last = {"last": len(policy.tiers) - 1}
    warehouse.run("due", sql["due"], last, **names, earned="steadied")
    warehouse.run("placed", sql["placed"], **names)
    draw(warehouse, terms.experiment, book, at=now)
    warehouse.run("served", sql["served"], last, **names)
    make_chances(warehouse, policy)
    warehouse.run("plan", sql["plan"], **names)
    plan = _plan(warehouse, rules_hash(policy, terms), based_on, as_of, sql["fingerprint"])
    return replace(plan, experiment=terms.experiment.name, words=said_hash(book, now))


def rules_hash(policy: Policy, terms: PlanTerms) -> str:
    """Return a fingerprint of all that decides on tiers, as the settings say it."""
    return hashlib.sha256(json.dumps([policy.hash, asdict(terms)], sort_keys=True, default=str).encode()).hexdigest()


def _plan(warehouse: Warehouse, policy_hash: str, based_on: int, as_of: datetime, fingerprint: str) -> Plan:
    rows = str(warehouse.arrow(fingerprint, plan="plan")["hash"][0].as_py())
    counts = warehouse.arrow("SELECT count(*) AS n, coalesce(sum(CAST(moves AS INTEGER)), 0) AS m FROM {plan}", plan="plan").to_pylist()[0]
    whole = hashlib.sha256(f"{policy_hash}:{based_on}:{as_of.isoformat()}:{rows}".encode()).hexdigest()
    customers, movers = int(counts["n"]), int(counts["m"])
    return Plan(hash=whole, policy_hash=policy_hash, based_on=based_on, customers=customers, movers=movers, as_of=as_of.isoformat())


def earned_sql(policy: Policy) -> str:
    """Return the SELECT over `{facts}` that gives each customer the first tier whose condition holds, and says why."""
    sound = conditions(policy)
    if not sound:
        return "SELECT customer_id, 0 AS rank, 'there is one level for everybody' AS why FROM {facts}"
    ranks = " ".join(f"WHEN {condition.sql} THEN {rank}" for rank, condition in enumerate(sound))
    said = {column: one.said for column, one in asked_of(policy).items()}
    whys = " ".join(f"WHEN {condition.sql} THEN {_why(condition, said)}" for condition in sound)
    last = f"CASE WHEN orders = 0 THEN 'no purchase yet' ELSE {_not_why(sound, said)} END"
    return f"SELECT customer_id, CASE {ranks} ELSE {len(sound)} END AS rank, CASE {whys} ELSE {last} END AS why FROM {{facts}}"


def _tiers(policy: Policy) -> "pa.Table":
    import pyarrow as pa

    return pa.table({"rank": pa.array(range(len(policy.tiers)), pa.int32()), "name": list(policy.names)})


Said: TypeAlias = Mapping[str, str]
"""How a question is written, by the column that answers it."""


def _why(condition: Condition, said: Said) -> str:
    return f"{_text(condition.text)} || ' holds: ' || {_saying(condition.columns, said)}"


def _not_why(conditions: Sequence[Condition], said: Said) -> str:
    columns = dict.fromkeys(column for condition in conditions for column in condition.columns)
    if not columns:
        return "'no level is earned here'"
    return f"'no higher level''s condition holds: ' || {_saying(tuple(columns), said)}"


def _saying(columns: Sequence[str], said: Said) -> str:
    """SQL that spells out the facts looked at, each with its value."""
    if not columns:
        return "''"
    return " || ', ' || ".join(
        f"{_text(said[column])} || CASE WHEN {column} = 1 THEN ' is so' ELSE ' is not so' END"
        if column in said
        else f"'{column} is ' || {_value(column)}"
        for column in columns
    )


def _value(column: str) -> str:
    if column in TEXTS:
        return f"coalesce(\"{column}\", 'not known')"
    number = f'round(CAST("{column}" AS DOUBLE), 2)'
    whole = f"CASE WHEN {number} = round({number}) THEN CAST(CAST({number} AS BIGINT) AS VARCHAR) ELSE CAST({number} AS VARCHAR) END"
    return f"coalesce({whole}, 'not known')"


def _text(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
