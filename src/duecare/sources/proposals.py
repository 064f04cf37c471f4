"""Proposals: how files may be read, and what is assumed in that."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from duecare.sources.inputs import Input


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """One input as it is proposed."""

    input: Input
    marks: Mapping[str, str] = field(default_factory=dict[str, str])
    """Contract column, or field of the input -> what is assumed there."""
    perhaps: Mapping[str, str] = field(default_factory=dict[str, str])
    """Contract column -> header that may be it, and is not mapped."""
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])
    """Header -> why it is not used."""
    lacking: tuple[str, ...] = ()
    """Required columns that no header gives; the input cannot be read without them."""
    notes: tuple[str, ...] = ()
    besides: bool = False
    """Whether the file is mainly of another table, and only tells of people besides."""
    ids: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    """Some of the people's numbers, to tell which files number them alike."""
    currencies: frozenset[str] = field(default=frozenset(), compare=False)
    """The currencies that its columns, signs and headers name, as far as was looked."""

    @property
    def columns(self) -> Mapping[str, str]:
        return self.input.columns

    @property
    def assumptions(self) -> tuple[str, ...]:
        return tuple(f"{what}: {why}" for what, why in self.marks.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What was found at a place."""

    inputs: tuple[Proposed, ...]
    not_understood: Mapping[str, str]
    """File -> why it could not be made an input."""
    notes: tuple[str, ...] = ()
    currency: str | None = None
    """The one currency that the files name, for the book; None when there is none or several."""

    @property
    def ready(self) -> tuple[Proposed, ...]:
        """Inputs that can be read as they are."""
        return tuple(one for one in self.inputs if not one.lacking)
