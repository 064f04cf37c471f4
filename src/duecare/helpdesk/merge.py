"""The three-way merge: what is wanted, what Duecare wrote last, and what stands there now.

What stands there and is neither what Duecare wrote nor what it wants was written by somebody else. It is never
overwritten without being told: by the desk's policy it goes (`ours`), stays (`theirs`), or waits for a word (`ask`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from duecare.helpdesk.desk import Fields

Policy = Literal["ours", "theirs", "ask"]
POLICIES: tuple[Policy, ...] = ("ours", "theirs", "ask")


@dataclass(frozen=True, slots=True)
class Edit:
    """A field that somebody else wrote."""

    field: str
    wanted: str
    found: str
    overwritten: bool


@dataclass(frozen=True, slots=True)
class Merged:
    """What is to be done with one person's profile."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    """The fields to be written; empty when nothing is."""
    edits: tuple[Edit, ...]


NOTHING = Merged({}, {}, ())


def merge(wanted: Fields, applied: Fields, observed: Fields, policy: Policy) -> Merged:
    """Return what is to be written to a profile.

    Args:
        wanted: what it is to show; a field that is not in it is left alone.
        applied: what Duecare wrote last; a field that it never wrote is taken for blank.
        observed: what it shows.
        policy: whose word counts where somebody else wrote.

    >>> merge({"tier": "Premium"}, {"tier": "Plus"}, {"tier": "Plus"}, "ask").after
    {'tier': 'Premium'}
    >>> merge({"tier": "Premium"}, {"tier": "Plus"}, {"tier": "VIP"}, "ask")
    Merged(before={}, after={}, edits=(Edit(field='tier', wanted='Premium', found='VIP', overwritten=False),))
    """
    apart = {name: text for name, text in wanted.items() if observed.get(name, "") != text}
    if not apart:
        return NOTHING
    strange = {name for name in apart if observed.get(name, "") != applied.get(name, "")}
    after = {name: text for name, text in apart.items() if name not in strange or policy == "ours"}
    edits = tuple(Edit(name, apart[name], observed.get(name, ""), policy == "ours") for name in apart if name in strange)
    return Merged({name: observed.get(name, "") for name in after}, after, edits)
