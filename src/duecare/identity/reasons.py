"""Reasons: why two customers are not one, and by what the records of one hold together.

A reason is found by taking the decision again from what the run has kept, without one guard and
then another, until the two would be one. So what is said to have stopped it is what did: take it
away, and they merge.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.identity.edges import EITHER, IN_DOUBT, LEAST_BITS, MOST_BITS, NAMESAKES, NEVER, Edges
from duecare.identity.evidence import Evidence
from duecare.identity.guard import group
from duecare.identity.pairing import Integers, Reals

Guard: TypeAlias = Literal["ruling", "names", "birth dates", "twins", "namesakes", "torn", "home", "average", "unseen", "lock"]

GUARDS: tuple[Guard, ...] = ("ruling", "names", "birth dates", "twins", "namesakes", "torn", "home", "average", "unseen", "lock")
"""In the order in which they are told: what somebody ruled goes before what the guard knows, that before the weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Two customers, and whoever is close to one of them."""

    evidence: Evidence
    customer: tuple[str, ...]
    """Whose each record is."""
    a: str
    b: str
    apart: tuple[tuple[int, int], ...]
    """Places of records that somebody told apart."""
    locked: frozenset[str]
    threshold_bits: float

    def places(self, name: str) -> list[int]:
        """Where the records of a customer stand."""
        return [at for at, held in enumerate(self.customer) if held == name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Why two customers are two."""

    guards: tuple[Guard, ...]
    """What stopped it, the first one the most telling; without all of these they would be one. Empty when they would be one already."""
    average_bits: float | None
    """What the pairs between them say on the average; None when none could be compared."""
    pairs: int
    rival: str | None = None
    """The customer of which one of the two could be as well."""


def stopped(case: Case) -> Stopped:
    """Return what keeps the two customers of a case from being one."""
    bits = _between(case, case.evidence.edges.bits)
    average = float(bits.mean()) if len(bits) else None
    told = Stopped(guards=(), average_bits=average, pairs=len(bits))
    if merges(case, ()):
        return told
    present: list[Guard] = [guard for guard in GUARDS if _present(case, guard)]
    guards = _alone(case, present) or _enough(case, present)
    return replace(told, guards=guards, rival=_rival(case) if "torn" in guards else None)


def merges(case: Case, without: Iterable[Guard]) -> bool:
    """Take the decision again, without some guards; return whether the two are one."""
    off = frozenset(without)
    if "lock" not in off and case.locked & {case.a, case.b}:
        return False
    kept, every = _kept(case, off), case.evidence.edges
    found = Edges(every.a, every.b, _bits(case, off), _apart(case, off), _called(case, off)).where(kept)
    names = list(dict.fromkeys(case.customer))
    held = np.array([names.index(name) for name in case.customer], dtype=np.int64)
    least = LEAST_BITS - 1 if "average" in off else case.threshold_bits
    label = group(found, len(held), threshold_bits=least, held=held, apart=_told(case, off))
    return bool(label[case.places(case.a)[0]] == label[case.places(case.b)[0]])


def _between(case: Case, values: Reals) -> Reals:
    """Of the pairs between the two that the run saw, these values; where it saw none, of all that have something to compare."""
    between = case.evidence.between(case.places(case.a), case.places(case.b)) & case.evidence.comparable
    seen = between & case.evidence.seen
    return values[seen if seen.any() else between]


def _inside(case: Case) -> NDArray[np.bool_]:
    """Which pairs are of records of the two alone."""
    both = case.places(case.a) + case.places(case.b)
    return np.isin(case.evidence.edges.a, both) & np.isin(case.evidence.edges.b, both)


def _kept(case: Case, off: frozenset[Guard]) -> NDArray[np.bool_]:
    """Which pairs are heard."""
    heard = np.ones(len(case.evidence.edges), np.bool_) if "unseen" in off else case.evidence.seen
    return heard & _inside(case) if off & {"torn", "average"} else heard


def _bits(case: Case, off: frozenset[Guard]) -> Reals:
    return np.clip(case.evidence.plain_bits, LEAST_BITS, MOST_BITS) if "home" in off else case.evidence.edges.bits


def _apart(case: Case, off: frozenset[Guard]) -> NDArray[np.int8]:
    """What tells two apart, without what is not to be heard of the two."""
    apart = case.evidence.edges.apart.copy()
    between, twins = case.evidence.between(case.places(case.a), case.places(case.b)), case.evidence.twins
    kinds = {"names": apart == NEVER, "birth dates": (apart == IN_DOUBT) & ~twins, "twins": (apart == IN_DOUBT) & twins}
    for guard, said in kinds.items():
        if guard in off:
            apart[between & said] = 0
    return apart


def _called(case: Case, off: frozenset[Guard]) -> NDArray[np.int8]:
    """Who is called alike; the two themselves are not shown to be so where their birth dates are not heard."""
    called = case.evidence.edges.called
    if "namesakes" in off:
        return np.zeros_like(called)
    return np.where(_namesakes(case), EITHER, called) if "birth dates" in off else called


def _namesakes(case: Case) -> NDArray[np.bool_]:
    """Which pairs show that the two themselves are called alike, for their birth dates differ."""
    return case.evidence.between(case.places(case.a), case.places(case.b)) & (case.evidence.edges.called == NAMESAKES)


def _across(case: Case) -> list[tuple[int, int]]:
    """Pairs that somebody told apart, one of each of the two."""
    return [pair for pair in case.apart if {case.customer[pair[0]], case.customer[pair[1]]} == {case.a, case.b}]


def _told(case: Case, off: frozenset[Guard]) -> tuple[Integers, Integers] | None:
    left_out = set(_across(case)) if "ruling" in off else set[tuple[int, int]]()
    heard = np.array([pair for pair in case.apart if pair not in left_out], dtype=np.int64).reshape(-1, 2)
    return (heard[:, 0], heard[:, 1]) if len(heard) else None


def _rival(case: Case) -> str | None:
    """The customer beside the two who is told apart from one of them, and of whose records one says most for being the other's."""
    edges, both, parted = case.evidence.edges, {case.a, case.b}, _parted(case)
    for at in np.argsort(-edges.bits, kind="stable").tolist():
        ends = {case.customer[edges.a[at]], case.customer[edges.b[at]]}
        if len(ends & both) == len(ends - both) == 1 and frozenset(ends ^ both) in parted:
            return (ends - both).pop()
    return None


def _parted(case: Case) -> set[frozenset[str]]:
    """Customers, two by two, of whose records some are told apart."""
    edges = case.evidence.edges
    told = edges.apart > 0
    pairs = [*zip(edges.a[told].tolist(), edges.b[told].tolist(), strict=True), *case.apart]
    return {frozenset((case.customer[a], case.customer[b])) for a, b in pairs}


def _present(case: Case, guard: Guard) -> bool:
    """Whether a guard has anything to say of the two."""
    between = case.evidence.between(case.places(case.a), case.places(case.b))
    found: dict[Guard, Callable[[], bool]] = {
        "ruling": lambda: bool(_across(case)),
        "lock": lambda: bool(case.locked & {case.a, case.b}),
        "names": lambda: bool((case.evidence.edges.apart[between] == NEVER).any()),
        "birth dates": lambda: bool(((case.evidence.edges.apart == IN_DOUBT) & ~case.evidence.twins & between | _namesakes(case)).any()),
        "twins": lambda: bool((case.evidence.twins & between).any()),
        "torn": lambda: len(set(case.customer)) > 2,
        "namesakes": lambda: bool((case.evidence.edges.called == NAMESAKES).any()),
        "home": lambda: bool((case.evidence.plain_bits[between] > case.evidence.edges.bits[between]).any()),
        "average": lambda: True,
        "unseen": lambda: not (case.evidence.seen & between).any(),
    }
    return found[guard]()


def _alone(case: Case, present: Sequence[Guard]) -> tuple[Guard, ...]:
    """The one guard without which the two would be one."""
    enough: list[Guard] = [guard for guard in present if merges(case, (guard,))]
    return tuple(enough[:1])


def _enough(case: Case, present: Sequence[Guard]) -> tuple[Guard, ...]:
    """The fewest guards, in their order, without which the two would be one."""
    taken: list[Guard] = []
    for guard in present:
        taken.append(guard)
        if merges(case, taken):
            break
    needed: list[Guard] = [guard for guard in taken if not merges(case, [one for one in taken if one != guard])]
    return tuple(needed or taken)
