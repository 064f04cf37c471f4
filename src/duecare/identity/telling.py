"""Telling: what each column of two records says for and against their being one person, in words and bits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from duecare.identity.evidence import Basis, Evidence
from duecare.identity.levels import Compared, Face
from duecare.identity.pairing import UNSAID, Pairs
from duecare.identity.weighing import weigh


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One column of a pair; the bits of all columns and of the start add up to what the pair says."""

    column: str
    """As people call it."""
    one: str
    """What the one record says, cleaned; empty for nothing."""
    other: str
    level: str
    """How the two agree, in words."""
    against_strangers_bits: float
    """For being one person rather than two strangers; below 0 against it."""
    against_home_bits: float
    """For being one person rather than two people who share a home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTold:
    """What two records say of being one."""

    a: int
    """The number of the one record in the run."""
    b: int
    bits: float
    """For being one; below 0 against it, with the caution that holds for a home."""
    home_share: float
    """How probable it is that they are two people who share a home."""
    start_bits: float
    """Where any two records begin, before they are compared: few of all pairs are one person's."""
    said: tuple[Said, ...]
    """By column, in the order in which they are compared."""

    @property
    def strongest(self) -> tuple[Said, ...]:
        """The two columns that say most for being one."""
        return tuple(sorted((one for one in self.said if one.against_strangers_bits > 0), key=lambda one: -one.against_strangers_bits)[:2])


def tell(by: Basis, evidence: Evidence, place: int) -> PairTold:
    """Return what the pair at *place* says, column by column.

    Args:
        by: what the run decided by.
        evidence: the pairs.
        place: which of them.
    """
    a, b = int(evidence.pairs.a[place]), int(evidence.pairs.b[place])
    said, start = _said(by, evidence, a, b, int(evidence.pairs.pattern[place]))
    return PairTold(
        a=evidence.numbers[a],
        b=evidence.numbers[b],
        bits=float(evidence.edges.bits[place]),
        home_share=float(evidence.odds.home_share[place]),
        start_bits=start,
        said=said,
    )


def _said(by: Basis, evidence: Evidence, a: int, b: int, pattern: int) -> tuple[tuple[Said, ...], float]:
    """What each column adds to those before it, and where the pair begins."""
    if by.model is None:
        return (), 0.0
    compared = by.model.compared
    steps = _steps(pattern, len(compared))
    many = len(steps)
    grown = Pairs(np.full(many, a, np.int32), np.full(many, b, np.int32), np.array(steps, dtype=np.int64))
    odds = weigh(grown, by.model, evidence.common, by.faces)
    strangers, home = np.diff(odds.one - odds.strangers), np.diff(odds.one - odds.home)
    told: list[Said] = []
    for place, one in enumerate(compared):
        level = (pattern >> (4 * place)) & UNSAID
        if level != UNSAID:
            faces = evidence.faces[a], evidence.faces[b]
            bits = {"against_strangers_bits": float(strangers[place]), "against_home_bits": float(home[place])}
            words = [_words(one, face) for face in faces]
            told.append(Said(column=one.name, one=words[0], other=words[1], level=_level(one, level, evidence, a), **bits))
    return tuple(told), float((odds.one - odds.strangers)[0])


def _steps(pattern: int, columns: int) -> list[int]:
    """The pattern with none of its columns, with the first, with the first two, and so on.

    >>> [hex(one) for one in _steps(0x21, 2)]
    ['0xff', '0xf1', '0x21']
    """
    blank = 16**columns - 1
    return [(blank >> (4 * known) << (4 * known)) | (pattern & (16**known - 1)) for known in range(columns + 1)]


def _words(one: Compared, face: Face) -> str:
    """What a record says in a column, as it was compared."""
    columns: Sequence[str] = (*one.needs, "login") if one.column == "login_name" else one.needs
    return ", ".join(str(face[column]) for column in columns if face.get(column))


def _level(one: Compared, level: int, evidence: Evidence, a: int) -> str:
    """How two records agree; of a value that is counted also how many bear it."""
    kind = one.levels[level]
    if kind.frequency is None or kind.frequency not in evidence.common:
        return kind.says
    common = evidence.common[kind.frequency]
    bearers = common.bearers[a]
    return f"{kind.says}, borne by {bearers:,.0f} of {common.said:,}" if np.isfinite(bearers) else kind.says
