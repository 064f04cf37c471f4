"""The model: how much each level of agreement says, learnt once and pinned until somebody asks to learn again.

It holds shares and no values of anybody, so it can be kept, shown and compared. Two records are
one person's (m), two strangers' (u), or two people's who share a home (h): those agree in family
name, address, often in telephone and e-mail, and no more than strangers in given name and birth
date. Without the third kind a family looks like one person whose given name was mistaken
(Fellegi & Sunter 1969, "A Theory for Record Linkage", knows the first two). And strangers who
are called alike (n) have addresses and log-ins that look alike, for those are made of names.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any

from duecare.identity.comparing import COMPARED, compared
from duecare.identity.levels import Compared
from duecare.words import BadSettings

LEAST = 1e-9
"""No share is taken to be nearer to 0 than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The levels of one column: shares among pairs of one person (m), of strangers (u), of people who share a home (h), of strangers called alike (n)."""

    m: tuple[float, ...]
    u: tuple[float, ...]
    h: tuple[float, ...]
    n: tuple[float, ...]

    def bits(self) -> tuple[float, ...]:
        """Return the weight of each level in bits, against strangers."""
        return tuple(math.log2(max(m, LEAST) / max(u, LEAST)) for m, u in zip(self.m, self.u, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What the weighing of pairs rests on."""

    columns: Mapping[str, Weights]
    """By column, in the order of `comparing.COMPARED`."""
    pairs_per_record: float
    """Pairs of records of one person there are, for each record; the prior follows from it at any size of data."""
    home_pairs_per_record: float
    """Pairs of records of two people who share a home, for each record."""
    juniors: float = 0.01
    """Of pairs of people who share a home, the share that has the given name in common too, as parent and child may."""
    twins: float = 0.005
    """Of pairs of people who share a home, the share that has the birth date in common."""
    called_alike: float = 1.0
    """How many times more strangers have both names in common than chance would have it: given names go with family names."""
    learnt: bool
    """Whether the data taught it; fixed weights stand in where they cannot."""

    @property
    def version(self) -> str:
        """A name that changes with the weights."""
        return f"m_{blake2b(self.as_json().encode(), digest_size=5).hexdigest()}"

    @property
    def compared(self) -> tuple[Compared, ...]:
        return tuple(one for one in COMPARED if one.column in self.columns)

    def prior(self, records: int) -> float:
        """Return how probable any two of so many records are one person."""
        return min(max(2 * self.pairs_per_record / max(records - 1, 1), 1e-12), 0.4)

    def home_prior(self, records: int) -> float:
        """Return how probable any two of so many records are two people who share a home."""
        return min(max(2 * self.home_pairs_per_record / max(records - 1, 1), 1e-12), 0.4)

    def as_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Model":
        """Read a model back.

        Raises:
            BadSettings: it weighs other columns or levels of agreement than this version of Duecare compares.
            ValueError, KeyError, TypeError, AttributeError: it is no model.
        """
        told = json.loads(text)
        columns = {name: Weights(**{part: _numbers(w[part]) for part in PARTS}) for name, w in told["columns"].items()}
        levels = {one.column: len(one.levels) for one in COMPARED}
        if any(len(getattr(held, part)) != levels.get(name) for name, held in columns.items() for part in PARTS):
            mend = "learn again: duecare run --retrain, or duecare link FILE --save-model"
            raise BadSettings("the weights are those of another version of Duecare, which compared other things", mend=mend)
        ordered = {one.column: columns[one.column] for one in COMPARED if one.column in columns}
        rates = dict(zip(RATES, _numbers(told[name] for name in RATES), strict=True))
        return cls(columns=ordered, **rates, learnt=bool(told["learnt"]))


PARTS = ("m", "u", "h", "n")

RATES = ("pairs_per_record", "home_pairs_per_record", "juniors", "twins", "called_alike")


def _numbers(told: Iterable[Any]) -> tuple[float, ...]:
    """Return shares and rates as they are told; an error where one is no number from 0 on."""
    numbers = tuple(told)
    if not all(0 <= number < math.inf for number in numbers):
        raise ValueError("a share or a rate is a number from 0 on")
    return numbers


FIXED_PAIRS_PER_RECORD = 0.5
"""Where the data cannot teach: as if every record had one other of its person."""

FIXED_HOME_PAIRS_PER_RECORD = 0.5

AT_HOME = {"family": 0.8, "address": 0.9, "phone": 0.2, "email": 0.1, "loyalty": 0.02}
"""Share of its m that a level of agreement has between people who share a home, to begin with; what is not named is as among strangers."""

OWN_AT_HOME = {"email": 0.02, "phone": 0.04, "loyalty": 0.005}
"""The same for a value that is borne under one given name alone."""

OF_NAMES = ("email", "login_name")
"""Columns whose values people make of their names."""


def at_home(column: str, m: tuple[float, ...], u: tuple[float, ...]) -> tuple[float, ...]:
    """Return the levels between people who share a home, before the data say more."""
    often = AT_HOME.get(column, 0.0)
    mixed = [OWN_AT_HOME.get(column, often), *[often] * (len(m) - 1)]
    return tuple(share * one + (1 - share) * other for share, one, other in zip(mixed, m, u, strict=True))


def fixed(present: tuple[str, ...]) -> Model:
    """Return the model that stands in where the data cannot teach one."""
    columns: dict[str, Weights] = {}
    for one in compared(present):
        m, u = tuple(level.m for level in one.levels), tuple(level.u for level in one.levels)
        columns[one.column] = Weights(m=m, u=u, h=at_home(one.column, m, u), n=u)
    return Model(
        columns=columns,
        pairs_per_record=FIXED_PAIRS_PER_RECORD,
        home_pairs_per_record=FIXED_HOME_PAIRS_PER_RECORD,
        learnt=False,
    )
