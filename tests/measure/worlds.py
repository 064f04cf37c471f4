"""Invented worlds with known truth, for what is estimated: agents, arms, cuts and groups. Tests draw small ones, proofs many."""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.measure.fairness import Question, strata
from duecare.measure.log import Named

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


class Floor(NamedTuple):
    """Contacts of agents whose matters differ."""

    true: Floats
    """How much better than the mean each agent is, weighted by contacts; a share."""
    agent: Ints
    hit: Flags
    mix: list[Ints]


def floor(chance: np.random.Generator, *, agents: int = 60, spread: float = 0.06, each: int = 200) -> Floor:
    """Agents get harder and easier matters by habit, and very different numbers of them."""
    skill = chance.normal(0, spread, agents)
    many = chance.poisson(each * np.exp(chance.normal(0, 0.6, agents))).clip(5)
    agent = np.repeat(np.arange(agents), many)
    leaning = chance.normal(0, 1, agents)[agent]
    reason = np.clip(np.round(chance.normal(3.5 + 1.2 * leaning, 2)), 0, 7).astype(np.int64)
    severity, channel = chance.integers(0, 4, len(agent)), chance.integers(0, 3, len(agent))
    base = 0.78 - 0.05 * reason - 0.03 * severity + 0.02 * channel
    hit = chance.random(len(agent)) < np.clip(base + skill[agent], 0.01, 0.99)
    return Floor(skill - np.average(skill, weights=many), agent, hit, [reason, severity, channel])


class Arms(NamedTuple):
    """A comparison by lot; outcomes in points of percent."""

    outcome: Floats
    treated: Flags
    stratum: Ints

    def first(self, customers: int) -> "Arms":
        """Return the comparison as it was when so many had come in."""
        return Arms(self.outcome[:customers], self.treated[:customers], self.stratum[:customers])


def arms(chance: np.random.Generator, effect: float, *, customers: int, held_out: float = 0.1) -> Arms:
    """Customers come back with chances that differ by stratum; better service adds *effect* points."""
    stratum = chance.integers(0, 10, customers)
    treated = chance.random(customers) >= held_out
    comes = chance.random(customers) < 0.3 + 0.04 * stratum + effect / 100 * treated
    return Arms((100 * comes).astype(np.float64), treated, stratum)


class Cut(NamedTuple):
    """Customers by value, those from the cut on being served better."""

    value: Floats
    outcome: Floats
    cut: float


def cut(chance: np.random.Generator, effect: float, *, customers: int, shape: int = 0) -> Cut:
    """Customers come back the more the more they are worth, along a line, a step that is rounded off, or a wave."""
    value = chance.normal(5, 1, customers)
    at = float(np.quantile(value, 0.9))
    lines = (
        0.45 + 0.05 * (value - at),
        0.35 + 0.25 / (1 + np.exp(-1.5 * (value - 4.5))),
        0.4 + 0.1 * np.sin(1.5 * (value - at)),
    )
    comes = chance.random(customers) < np.clip(lines[shape] + effect / 100 * (value >= at), 0, 1)
    return Cut(value, (100 * comes).astype(np.float64), at)


class Society(NamedTuple):
    """Customers with groups, and what they could be valued by."""

    questions: list[Question]
    groups: dict[str, Named]
    columns: dict[str, Named]
    value: Floats


def society(
    chance: np.random.Generator, *, customers: int = 8_000, proxy: bool = False, honest: bool = False, bias: float = 0.0
) -> Society:
    """Two kinds of groups; with *proxy* one spends less and a column gives it away, with *bias* that share of it is denied the better tier.

    With *honest* the column goes with the group too, but it is the column that spend goes by.
    """
    gender, age = chance.integers(0, 2, customers), chance.integers(0, 5, customers)
    tells = np.where(gender == 1, 0.7, 0.3) if proxy or honest else np.full(customers, 0.5)
    theme = (chance.random(customers) < tells).astype(np.int64)
    value = np.exp(chance.normal(4, 1, customers) - 0.25 * (gender if proxy else theme if honest else 0.0))
    favoured = (value >= np.quantile(value, 0.65)) & ~((gender == 1) & (chance.random(customers) < bias))
    groups = {"gender": Named(gender, ("m", "w")), "age": Named(age, tuple("abcde"))}
    columns = {"theme": Named(theme, ("x", "y")), "other": Named(chance.integers(0, 6, customers), tuple("abcdef"))}
    who = chance.integers(0, customers, 6_000)
    severity = chance.integers(0, 4, len(who))
    theirs = {name: Named(column.place[who], column.names) for name, column in groups.items()}
    questions = [
        Question(measure="tier", outcome=favoured.astype(np.float64), factor=strata(value), groups=groups),
        Question(measure="wait", outcome=-chance.normal(3 + 0.3 * severity, 1), factor=severity, groups=theirs),
        Question(measure="csat", outcome=(chance.random(len(who)) < 0.7).astype(np.float64), factor=severity, groups=theirs),
    ]
    return Society(questions, groups, columns, value)
