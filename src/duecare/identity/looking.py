"""Looking up: who is it that rings? Certain, likely with the one question to ask, or unknown.

Whatever a contact says is cleaned as records are, leads to the few records that share a word with
it, and is weighed against them by the saved weights. An identifier that several customers bear
makes nobody certain by itself. Who is unknown is served as Standard, and so is who is likely until
the question is answered: being called likely is a reason to ask, and none to serve anybody less.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from duecare.identity.asking import question
from duecare.identity.directory import MOST, Directory
from duecare.identity.levels import Face
from duecare.identity.placing import Placed, placed

Sure: TypeAlias = Literal["certain", "likely", "unknown"]

CERTAIN, LIKELY = 0.98, 0.5
"""From this probability on somebody is certainly a customer; from this one on it is likely that they are one of the candidates."""

STATED_BITS = (-8.0, -4.5, -2.0, -0.5, 0.5, 1.5, 2.5, 3.5, 5.0, 8.0, 12.0)
"""By how many bits the likeliest customer is ahead of all others and of being nobody known."""

RIGHT = (0.002, 0.29, 0.475, 0.70, 0.81, 0.895, 0.957, 0.979, 0.987, 0.990, 0.996)
"""The share of look-ups with that lead that were right, in invented worlds whose truth is known; between two, along the line."""

WORTH_NAMING = 0.02
MOST_NAMED = 5
"""So many candidates are named, none less probable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A customer whom somebody could be."""

    customer_id: str
    probability: float
    bits: float
    """Log2 of the odds for being this customer, before the others are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Who somebody is, as far as what they said tells. Holds ids and no personal data."""

    sure: Sure
    customer_id: str | None
    """The customer when certain, the likeliest one when likely, nobody when unknown."""
    probability: float
    """How probable it is that they are this customer; 0 when unknown."""
    candidates: tuple[Candidate, ...]
    """The likeliest first."""
    ask: str | None
    """The column of `people` to ask for next; None when certain, or when no answer would help."""


NOBODY = Found(sure="unknown", customer_id=None, probability=0.0, candidates=(), ask=None)


def find(directory: Directory, identifiers: Mapping[str, object]) -> Found:
    """Tell who somebody is.

    Args:
        directory: who can be found, `Directory.of(index)`.
        identifiers: whatever they said, any of the contract's columns of `people`: email, phone, name,
            given_name, family_name, birth_date, postcode, city, street, loyalty_id, username,
            social_handle, country. What is no text or date, and what no column is called, is not heard.

    Returns:
        Who it is, how surely, and what to ask next. Odd input is unknown, never an error.
    """
    face = directory.face_of(identifiers)
    return judged(directory, face, placed(directory, face, most=MOST))


def judged(directory: Directory, face: Face, could_be: Sequence[Placed]) -> Found:
    """Say how sure it is who somebody is, the customers whom they could be given, the likeliest first."""
    if directory.model is None:
        return NOBODY
    named = _candidates(could_be)
    known = sum(one.probability for one in named)
    first = named[0] if named else None
    certain = first is not None and first.probability >= CERTAIN and _by_more_than_what_others_bear(directory, face, could_be[0])
    sure: Sure = "certain" if certain else "likely" if known >= LIKELY else "unknown"
    faces = [(one.probability, [directory.face(record) for record in at.records]) for one, at in zip(named, could_be, strict=False)]
    return Found(
        sure=sure,
        customer_id=first.customer_id if first is not None and sure != "unknown" else None,
        probability=first.probability if first is not None and sure != "unknown" else 0.0,
        candidates=named if sure != "certain" else named[:1],
        ask=None if certain else question(directory.model, face, faces),
    )


def stated(bits: float) -> float:
    """Return how probable it is that the customer is the right one who is so many bits ahead.

    >>> stated(-30), stated(30), round(stated(3.0), 3)
    (0.002, 0.996, 0.968)
    """
    at = min(max(bisect_right(STATED_BITS, bits), 1), len(RIGHT) - 1)
    low, high = STATED_BITS[at - 1], STATED_BITS[at]
    part = min(max((bits - low) / (high - low), 0.0), 1.0)
    return RIGHT[at - 1] + part * (RIGHT[at] - RIGHT[at - 1])


def _candidates(could_be: Sequence[Placed]) -> tuple[Candidate, ...]:
    """The customers worth naming: the first by its lead, the others by what is left for all candidates together."""
    odds = [2.0**one.bits for one in could_be]
    if not odds:
        return ()
    best, rest = odds[0], sum(odds[1:])
    first = stated(math.log2(best / (1 + rest)))
    left = max(stated(math.log2(best + rest)) - first, 0.0)
    chances = [first, *(left * each / rest for each in odds[1:])]
    named = [
        Candidate(customer_id=one.customer_id, probability=chance, bits=one.bits) for one, chance in zip(could_be, chances, strict=True)
    ]
    return tuple(one for one in named[:MOST_NAMED] if one.probability >= WORTH_NAMING)


def _by_more_than_what_others_bear(directory: Directory, face: Face, best: Placed) -> bool:
    """Whether something agrees beside identifiers that other customers bear too: one that is theirs alone, a given name, a birth date."""
    records = [directory.face(record) for record in best.records]
    told = ["birth_date"] + ["given"] * bool(face.get("given_told"))  # a name read off the e-mail is no second thing that agrees
    if any(_in_words(directory, column, face, records) for column in told):
        return True
    agreeing = [bearers for bearers in directory.bearers_by_identifier(face) if best.customer_id in bearers]
    return not agreeing or any(len(bearers) == 1 for bearers in agreeing)


def _in_words(directory: Directory, column: str, face: Face, records: Sequence[Face]) -> bool:
    """Whether a name or a date agrees more or less with that of a record."""
    compared = next((one for one in directory.model.compared if one.column == column), None) if directory.model else None
    levels = [compared.level(face, one) for one in records] if compared else []
    return compared is not None and any(level is not None and level < len(compared.levels) - 1 for level in levels)
