"""Asking: the one question whose answer would tell best which of some customers somebody is.

Gains are worked out over the candidates, for each thing that could be asked: how many bits of doubt
its answer takes away on the average, given how often people's records agree in it. Only what
identifies is asked for, never what describes a group of people, and nobody is told what a record says.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from duecare.identity.levels import Face
from duecare.identity.model import Model

ASKABLE: Mapping[str, str] = {
    "given_name": "given",
    "family_name": "family",
    "email": "email",
    "phone": "phone",
    "loyalty_id": "loyalty",
    "postcode": "postcode",
    "birth_date": "birth_date",
}
"""What may be asked, and the column of a face that the answer is compared with; of equal gain, what is asked more lightly comes first."""

SAME_LEVELS: Mapping[str, tuple[str, int]] = {
    "given": ("given", 1),
    "family": ("family", 1),
    "email": ("email", 2),
    "phone": ("phone", 2),
    "loyalty": ("loyalty", 2),
    "postcode": ("address", 4),
    "birth_date": ("birth_date", 1),
}
"""The column of the model, and how many of its first levels are those of the same value."""

ANSWERED: Mapping[str, float] = {
    "given": 0.98,
    "family": 0.98,
    "email": 0.9,
    "phone": 0.9,
    "loyalty": 0.4,
    "postcode": 0.95,
    "birth_date": 0.9,
}
"""Share of people who can answer at once, and will; our assumption: a card is at hand for few, a birth date is known to all and told by most."""

LEAST_GAIN_BITS = 0.02
"""A question that takes away less doubt is not worth asking."""

STRANGE_BELOW = 0.5
"""Where all candidates together are less probable, and no answer would part them, something is asked that could lead to others."""

ASKED_OF_STRANGERS = ("email", "phone", "given_name", "family_name", "birth_date")
"""What to ask where nothing said leads to anybody, first what tells most."""

OTHERWISE = ""
"""Any answer that no candidate's records say."""


def question(model: Model, said: Face, candidates: Sequence[tuple[float, Sequence[Face]]]) -> str | None:
    """Return the column of the contract's `people` to ask for next, None when nothing would help.

    Args:
        model: how often one person's records agree.
        said: what is known already.
        candidates: each with its probability and its faces; what is left to 1 is somebody unknown.
    """
    open_to = {column: of for column, of in ASKABLE.items() if said.get(of) is None and SAME_LEVELS[of][0] in model.columns}
    gains = {column: ANSWERED[of] * gain_bits(*_told(model, of, candidates)) for column, of in open_to.items()}
    best = max(gains, key=lambda column: gains[column], default=None)
    if best is not None and gains[best] >= LEAST_GAIN_BITS:
        return best
    strange = sum(chance for chance, _ in candidates) < STRANGE_BELOW
    return next((column for column in ASKED_OF_STRANGERS if column in open_to), None) if strange else None


def gain_bits(chances: Sequence[float], answers: Sequence[Mapping[str, float]]) -> float:
    """Return how many bits of doubt about who it is an answer takes away, on the average.

    Args:
        chances: how probable each person is; they add up to 1.
        answers: for each person, how probable each answer is.

    >>> gain_bits([0.5, 0.5], [{"1980": 1.0}, {"1985": 1.0}])
    1.0
    >>> gain_bits([0.5, 0.5], [{"Berlin": 1.0}, {"Berlin": 1.0}])
    0.0
    """
    joint: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(chances))
    for at, (chance, given) in enumerate(zip(chances, answers, strict=True)):
        for answer, share in given.items():
            joint[answer][at] += chance * share
    left = sum(sum(each) * _doubt_bits(value / sum(each) for value in each) for each in joint.values() if sum(each) > 0)
    return _doubt_bits(chances) - left


def _doubt_bits(chances: Iterable[float]) -> float:
    return -sum(chance * math.log2(chance) for chance in chances if chance > 0)


def _told(model: Model, column: str, candidates: Sequence[tuple[float, Sequence[Face]]]) -> tuple[list[float], list[dict[str, float]]]:
    """How probable each person is, a stranger last, and what each would answer."""
    known = min(sum(chance for chance, _ in candidates), 1.0)
    answers = [_answers(model, column, faces) for _, faces in candidates]
    return [*(chance for chance, _ in candidates), 1.0 - known], [*answers, {OTHERWISE: 1.0}]


def _answers(model: Model, column: str, faces: Sequence[Face]) -> dict[str, float]:
    values = sorted({str(face[column]) for face in faces if face.get(column)})
    if not values:
        return {OTHERWISE: 1.0}
    of, levels = SAME_LEVELS[column]
    same = sum(model.columns[of].m[:levels])
    return {value: same / len(values) for value in values} | {OTHERWISE: 1.0 - same}
