"""The settings file, `duecare.toml`: read in one place, checked whole, handed down in pieces.

Each room says in its own type what it needs; this module only fills those types. A word that
nobody reads is an error with the nearest known one, for a misspelt setting is worse than none.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from duecare.app.alerting import Alerts
from duecare.app.linting import Waiver
from duecare.helpdesk.terms import KINDS, DeskTerms, check
from duecare.identity import Limits, Matching
from duecare.measure.terms import GUARDS, Agents, Goal, Guard, Rules, Tolerance
from duecare.promises import Guarantee, Promise, Promises
from duecare.promises.terms import ALWAYS
from duecare.sources import Input
from duecare.sources.retention import Retention
from duecare.tiers import Experiment, NamedSegment, Option, People, PlanTerms, Policy, Scope, Stability, TierRule, rules_hash
from duecare.tiers.policies import RECOMMENDED
from duecare.value import Money, Terms
from duecare.value.predictors import Predictor
from duecare.words import BadSettings, nearest

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from duecare.promises import Calendar

FILE = "duecare.toml"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where things are kept, and how much of the machine may be used."""

    warehouse: str = "duckdb:warehouse"
    """`duckdb:DIR` or `spark:MASTER@DIR`; a relative folder is beside the settings file."""
    book: str = "sqlite:book.db"
    """`sqlite:FILE` or `postgres:DSN`: identities, plans, assignments and the audit chain."""
    keep_runs: int = 5
    """How many complete runs stay; older ones are removed when nobody reads them."""
    memory_gb: float | None = None
    """The most memory the engine may take; 60 % of the machine when left out."""
    threads: int | None = None
    """How many cores it may use; all when left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that `duecare.toml` says."""

    file: Path
    money: Money = field(default_factory=Money)
    value: Terms = field(default_factory=Terms)
    identity: Matching = field(default_factory=Matching)
    gate: Limits = field(default_factory=Limits)
    records: Kept = field(default_factory=Kept)
    inputs: tuple[Input, ...] = ()
    predictors: tuple[Predictor, ...] = ()
    policy: Policy = RECOMMENDED
    stability: Stability = field(default_factory=Stability)
    people: People = field(default_factory=People)
    experiment: Experiment = field(default_factory=Experiment)
    retention: Retention = field(default_factory=Retention)
    exceptions: tuple[Waiver, ...] = ()
    calendars: "Mapping[str, Calendar]" = field(default_factory=dict[str, "Calendar"])
    promises: Promises = field(default_factory=Promises)
    guarantee: Guarantee = field(default_factory=Guarantee)
    measure: Rules = field(default_factory=Rules)
    fairness: Tolerance = field(default_factory=Tolerance)
    agents: Agents = field(default_factory=Agents)
    alerts: Alerts = field(default_factory=Alerts)
    goals: tuple[Goal, ...] = ()
    guards: tuple[Guard, ...] = GUARDS
    desks: Mapping[str, DeskTerms] = field(default_factory=dict[str, DeskTerms])
    written: Mapping[str, Any] = field(default_factory=dict[str, Any], compare=False)
    """Of the sections that say by what is measured, what stands in the file."""

    @property
    def rules_hash(self) -> str:
        """A fingerprint of all that decides on tiers."""
        return rules_hash(self.policy, self.plan_terms)

    @property
    def plan_terms(self) -> PlanTerms:
        """What decides on tiers beside the policy."""
        return PlanTerms(stability=self.stability, people=self.people, experiment=self.experiment)

    @property
    def base(self) -> Path:
        """The folder that relative paths are under."""
        return self.file.parent


SECTIONS: Mapping[str, type] = {
    "money": Money,
    "value": Terms,
    "identity": Matching,
    "gate": Limits,
    "policy": Scope,
    "stability": Stability,
    "people": People,
    "experiment": Experiment,
    "records": Kept,
    "guarantee": Guarantee,
    "measure": Rules,
    "fairness": Tolerance,
    "agents": Agents,
    "alerts": Alerts,
    "retention": Retention,
}
LISTS: Mapping[str, type] = {
    "inputs": Input,
    "tiers": TierRule,
    "segments": NamedSegment,
    "options": Option,
    "exceptions": Waiver,
    "promises": Promise,
    "goals": Goal,
    "guards": Guard,
    "predictors": Predictor,
}
MEASURED = ("calendars", "promises", "measure", "money")
"""Sections by which is measured: `remembering` keeps them."""
NAMED = ("calendars", "desks")
"""Sections of which each entry bears a name of its own."""
DESK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}")

RANGES: Mapping[str, tuple[float, float]] = {
    "money.gross_margin_percent": (-100, 100),
    "money.service_cost_per_minute": (0, 1e6),
    "money.service_minutes_per_contact": (0, 1e5),
    "value.horizon_months": (1, 240),
    "value.discount_percent_per_year": (0, 1000),
    "value.rfm_classes": (4, 5),
    "value.referral_cap_percent": (0, 100),
    "identity.threshold": (0.5, 0.99),
    "stability.doubt_points": (0, 100),
    "stability.minimum_stay_days": (0, 3660),
    "stability.grace_days": (0, 3660),
    "stability.demotions_percent_per_month": (0.1, 100),
    "retention.orders_months": (1, 1200),
    "retention.contacts_months": (1, 1200),
    "people.appeal_days": (1, 365),
    "experiment.hold_out_percent": (1, 50),
    "experiment.seed": (0, 1e9),
    "gate.largest_customer_records": (1, 1e9),
    "gate.large_customer_records": (1, 1e9),
    "gate.large_growth_points": (0, 100),
    "gate.churn_percent": (0, 100),
    "gate.identifier_drop_points": (0, 100),
    "records.keep_runs": (1, 10_000),
    "records.memory_gb": (0.5, 1e5),
    "records.threads": (1, 4096),
    "options.cost_per_customer_month": (0, 1e6),
    "options.capacity_customers": (0, 1e9),
    "promises.target_minutes": (1 / 60, 1e6),
    "promises.share_percent": (0.1, 100),
    "measure.csat_positive_from": (0, 100),
    "measure.first_contact_days": (1, 90),
    "measure.about_to_breach_percent": (1, 99),
    "measure.smallest_points": (0.1, 100),
    "fairness.points": (0, 100),
    "fairness.least_group": (10, 1e6),
    "guards.points": (0, 100),
    "desks.most_changed_percent": (0, 100),
    "desks.reserve_percent": (0, 90),
}
"""The least and the most that each number may be."""

WRITTEN: Mapping[str, tuple[str, str]] = {
    "money.currency": (r"[A-Z]{3}", 'three capital letters of ISO 4217, as "EUR"'),
    "identity.country": (r"[A-Z]{2}", 'two capital letters of ISO 3166, as "DE"'),
    "records.warehouse": (r"duckdb:.+|spark:.+@.+", '"duckdb:DIR" or "spark:MASTER@DIR"'),
    "records.book": (r"sqlite:.+|postgres:.*", '"sqlite:FILE" or "postgres:DSN"'),
}
"""How each word that is no free text is written."""


def read_settings(file: Path) -> Settings:
    """Read and check the whole file.

    Raises:
        BadSettings: it is not there, is no TOML, or says something that nobody understands.
    """
    said = _parse(file)
    _known("", said, [*SECTIONS, *LISTS, *NAMED])
    parts: dict[str, Any] = {
        name: _fill(name, kind, _table(name, said[name])) for name, kind in SECTIONS.items() if name in said and name != POLICY
    }
    inputs = _list(said, "inputs", Input)
    _no_name_twice(inputs)
    parts |= {name: _list(said, name, kind) for name, kind in LISTS.items() if name in {"predictors", "exceptions", "goals"}}
    parts |= {"guards": _list(said, "guards", Guard)} if "guards" in said else {}
    calendars, policy = _calendars(_table("calendars", said.get("calendars", {}))), _policy(said)
    _of_policy(policy, parts)
    parts |= {"desks": _desks(_table("desks", said.get("desks", {})), policy.names, calendars)}
    promises, written = _promises(said, calendars, policy.names), {name: said[name] for name in MEASURED if name in said}
    return Settings(file=file, inputs=inputs, policy=policy, calendars=calendars, promises=promises, written=written, **parts)


def _parse(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise BadSettings("there is no settings file", looked=[str(file)], mend="duecare init PATH writes one for your exports") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(
            f"{file.name} is not TOML: {error}", looked=[str(file)], mend="correct that line; strings stand in quotes"
        ) from error
    except OSError as error:
        raise BadSettings(
            f"{file.name} cannot be read ({error.strerror})", looked=[str(file)], mend="let this user read the file"
        ) from error


def _fill(where: str, kind: type[T], said: Mapping[str, Any]) -> T:
    """Make one of a room's types from one table of the file."""
    from pydantic import ValidationError

    _known(where, said, [f.name for f in fields(kind)])  # pyright: ignore[reportArgumentType] - every kind is a dataclass
    try:
        made = adapter(kind).validate_python(dict(said))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        setting = ".".join([where, *[str(part) for part in first["loc"]]])
        raise BadSettings(
            f"{FILE}: {setting}: {first['msg'][:1].lower()}{first['msg'][1:]}", mend="see docs/settings.md for what it takes"
        ) from None
    _numbers(where, said)
    _within(where, made)
    _written(where, made)
    return made


@cache
def adapter(kind: type) -> "TypeAdapter[Any]":
    """Pydantic's reader of a type, made once: a file has many inputs."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def _numbers(where: str, said: Mapping[str, Any]) -> None:
    """Refuse `true` and "36" where a number is meant, which pydantic would take for one."""
    for name, value in said.items():
        if f"{where}.{name}" in RANGES and isinstance(value, bool | str):
            raise BadSettings(f"{FILE}: {where}.{name} is not a number", mend="write it without quotes")


def _written(where: str, made: object) -> None:
    for setting, (pattern, how) in WRITTEN.items():
        section, _, name = setting.partition(".")
        value = getattr(made, name, None) if section == where else None
        if value is not None and not re.fullmatch(pattern, str(value)):
            raise BadSettings(f"{FILE}: {setting} is not written as it should be", mend=f"write {how}")


def _within(where: str, made: object) -> None:
    for setting, (least, most) in RANGES.items():
        section, _, name = setting.partition(".")
        value = getattr(made, name, None) if section == where else None
        if value is not None and not least <= value <= most:
            raise BadSettings(f"{FILE}: {setting} = {value:g}", mend=f"write a number from {least:g} to {most:g}")


def _known(where: str, said: Mapping[str, Any], names: Sequence[str]) -> None:
    for word in said:
        if word not in names:
            place = f"[{where}]" if where else "the file"
            near = nearest(word, names)
            raise BadSettings(f"{FILE}: {place} says {word!r}, which nobody reads", mend=f"write {' or '.join(near or names)}")


def _table(name: str, said: object) -> Mapping[str, Any]:
    if not isinstance(said, dict):
        raise BadSettings(f"{FILE}: {name} is not a section", mend=f"write [{name}] on a line of its own")
    return said


def _rows(name: str, said: object) -> Sequence[Mapping[str, Any]]:
    if not isinstance(said, list):
        raise BadSettings(f"{FILE}: {name} is not a list", mend=f"write [[{name}]], in double brackets, for each one")
    return [_table(name, row) for row in said]


POLICY = "policy"
"""The section that is a part of the policy, and not beside it."""


def _list(said: Mapping[str, Any], name: str, kind: type[T]) -> tuple[T, ...]:
    return tuple(_fill(name, kind, row) for row in _rows(name, said.get(name, [])))


def _policy(said: Mapping[str, Any]) -> Policy:
    rules = _list(said, "tiers", TierRule) or RECOMMENDED.tiers
    scope = _fill(POLICY, Scope, _table(POLICY, said.get(POLICY, {})))
    return Policy(rules, _list(said, "segments", NamedSegment), _list(said, "options", Option), scope)


def _of_policy(policy: Policy, parts: Mapping[str, Any]) -> None:
    """Refuse what names a tier that the policy does not have."""
    people, experiment = parts.get("people"), parts.get("experiment")
    named = [("people.raise_to", people.raise_to)] if people and people.raise_to else []
    named += [("experiment.tiers", name) for name in experiment.tiers] if experiment else []
    for setting, name in named:
        if name not in policy.names:
            near = nearest(name, policy.names) or policy.names
            raise BadSettings(f"{FILE}: {setting} names the tier {name!r}", mend=f"write {' or '.join(near)}")
    if experiment and policy.names[-1] in experiment.tiers:
        raise BadSettings(
            f"{FILE}: experiment.tiers names the last tier, with which the others are compared", mend=f"leave {policy.names[-1]} out"
        )


def promised(said: Mapping[str, Any], tiers: Sequence[str]) -> "tuple[Mapping[str, Calendar], Promises, Rules, Money]":
    """Read by what is measured from the sections that say so: calendars, promises, measure and money."""
    calendars = _calendars(_table("calendars", said.get("calendars", {})))
    rules, money = _fill("measure", Rules, said.get("measure", {})), _fill("money", Money, said.get("money", {}))
    return calendars, _promises(said, calendars, tiers), rules, money


def _calendars(said: Mapping[str, Any]) -> "Mapping[str, Calendar]":
    return {name: _calendar(name, words) for name, words in said.items()}


def _calendar(name: str, said: object) -> "Calendar":
    from duecare.promises.calendar import Calendar

    if name == ALWAYS:
        raise BadSettings(f"{FILE}: [calendars.{ALWAYS}] is the one that is never closed", mend="give yours another name")
    try:
        return Calendar.from_dict(said)
    except BadSettings as error:
        raise BadSettings(f"{FILE}: [calendars.{name}]: {error.wrong}", mend=error.mend) from None


def _desks(said: Mapping[str, Any], tiers: Sequence[str], calendars: Mapping[str, object]) -> Mapping[str, DeskTerms]:
    """A desk that is called as its kind is need not say its kind."""
    made: dict[str, DeskTerms] = {}
    for name, words in said.items():
        if not DESK_NAME.fullmatch(name):
            raise BadSettings(f"{FILE}: [desks.{name}] is no name for a desk", mend="write letters, digits, - and _ alone")
        table = _table(f"desks.{name}", words)
        made[name] = _fill("desks", DeskTerms, {"kind": name, **table} if name in KINDS else table)
        check(name, made[name])
        _names_known(f"desks.{name}.groups", made[name].groups, tiers)
        _names_known(f"desks.{name}.agents", made[name].agents, tiers)
        _names_known(f"desks.{name}.zones", made[name].zones, list(calendars))
    return made


def _names_known(where: str, named: Iterable[str], known: Sequence[str]) -> None:
    for name in named:
        if name not in known:
            raise BadSettings(
                f"{FILE}: {where} names {name!r}", mend=f"write {' or '.join(nearest(name, known) or known) or 'nothing there'}"
            )


def _promises(said: Mapping[str, Any], calendars: Mapping[str, object], tiers: Sequence[str]) -> Promises:
    made = _list(said, "promises", Promise)
    for promise in made:
        if promise.tier is not None and promise.tier not in tiers:
            near = nearest(promise.tier, tiers)
            raise BadSettings(f"{FILE}: a promise names the tier {promise.tier!r}", mend=f"write {' or '.join(near or tiers)}")
    return Promises(made, (ALWAYS, *calendars))


def _no_name_twice(inputs: Sequence[Input]) -> None:
    names = [one.name for one in inputs]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadSettings(f"{FILE}: two inputs are called {min(twice)!r}", mend="give each [[inputs]] a name of its own")
