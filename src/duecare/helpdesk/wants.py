"""Wants: what customers' profiles are to show, laid beside the people of a desk, becomes a plan of changes.

A person is a customer's by the desk's own number where the customer repository knows it, else by an external id, else by
an e-mail that is one customer's alone. A plan holds everything that a run would do, and a run does nothing else.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from duecare.helpdesk.desk import CUSTOMER, FIELDS, TIER, Change, Fields
from duecare.helpdesk.ledger import Known, fingerprint
from duecare.helpdesk.merge import Edit, Policy, merge
from duecare.words import HeldBack

Marks: TypeAlias = Callable[[Iterable[str]], list[str]]
"""Makes the marks of e-mails, as the ledger keeps them."""
FEW = 20
"""So many may change their level whatever their share is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What the profiles of one customer are to show."""

    customer_id: str
    fields: Fields
    persons: tuple[str, ...] = ()
    """The desk's own numbers of them."""
    external_ids: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would do."""

    changes: tuple[Change, ...] = ()
    edits: tuple[tuple[str, str, Edit], ...] = ()
    """What somebody else wrote: person, customer and edit."""
    adopted: tuple[tuple[str, str, Fields], ...] = ()
    """Who shows already what is wanted: person, customer and fields."""
    unmatched: tuple[str, ...] = ()
    """Customers whom the desk does not know."""
    ambiguous: int = 0
    """People whose e-mail is that of several customers."""
    taken: int = 0
    """Customers whom the desk does not know and who are not made: somebody there bears their e-mail, or several customers do."""
    refused: int = 0
    """People of whom the desk refused the very same before."""
    unchanged: int = 0
    levels: Mapping[str, int] = field(default_factory=dict[str, int])
    """From one level to another: how many people."""
    had_level: int = 0
    """People whose profile shows a level, or showed one that Duecare gave."""

    @property
    def hash(self) -> str:
        """A fingerprint of everything that would be written."""
        said = [(one.person, one.customer_id, sorted(one.before.items()), sorted(one.after.items())) for one in self.changes]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    @property
    def lose_or_change_level(self) -> int:
        """People whose level would be another one or none."""
        return sum(many for pair, many in self.levels.items() if not pair.startswith("none"))


def plan(
    wants: Sequence[Want],
    people: Sequence[Known],
    policy: Policy,
    *,
    marks: Marks,
    besides: Sequence[Known] = (),
    create: bool = False,
    tell: bool = False,
    again: bool = False,
) -> Plan:
    """Lay what is wanted beside what is there.

    Args:
        wants: one for each customer, in any order.
        people: of the desk, as the ledger has them.
        policy: whose word counts where somebody else wrote.
        marks: of the ledger that has the people.
        besides: people to whom this plan does nothing, and for whom nobody is to be taken.
        create: make people for customers whom the desk does not know.
        tell: send all of them: there is nobody to be made.
        again: try once more what the desk refused.
    """
    marked = _marked(wants, marks)
    of, laying = _matcher(wants, marked), _Laying(policy, again=again)
    for one in people:
        laying.add(one, None if one.staff else of(one))
    left = [want for want in wants if want.customer_id not in laying.met]
    free = left if tell else _free(left, (*people, *besides), marked, marks)
    return Plan(
        changes=(*laying.changes, *(_created(want) for want in free if create or tell)),
        taken=len(left) - len(free),
        edits=tuple(laying.edits),
        adopted=tuple(laying.adopted),
        unmatched=tuple(want.customer_id for want in left),
        levels=dict(sorted(laying.levels.items())),
        **laying.counts,
    )


@dataclass(slots=True)
class _Laying:
    """What is gathered while people are laid beside what is wanted of them."""

    policy: Policy
    again: bool
    changes: list[Change] = field(default_factory=list[Change])
    edits: list[tuple[str, str, Edit]] = field(default_factory=list[tuple[str, str, Edit]])
    adopted: list[tuple[str, str, Fields]] = field(default_factory=list[tuple[str, str, Fields]])
    met: set[str] = field(default_factory=set[str])
    counts: Counter[str] = field(default_factory=Counter[str])
    levels: Counter[str] = field(default_factory=Counter[str])

    def add(self, one: Known, want: Want | str | None) -> None:
        """Lay one person beside their customer's want; None and AMBIGUOUS want nothing."""
        customer, fields = self._wanted(one, want)
        merged = merge(fields, one.applied, one.observed, self.policy)
        self.edits += [(one.person, customer, edit) for edit in merged.edits]
        self.counts["had_level"] += bool(one.applied.get(TIER) or (one.observed.get(TIER) and not one.staff))
        if merged.after and not self.again and one.refused is not None and one.refused == fingerprint(merged.after):
            self.counts["refused"] += 1
        elif merged.after:
            self.changes.append(Change(person=one.person, customer_id=customer, before=merged.before, after=merged.after))
            self.levels.update(_level(merged.before, merged.after))
        else:
            self.counts["unchanged"] += 1
            self.adopted += _adopted(one, customer, fields, merged.edits)

    def _wanted(self, one: Known, want: Want | str | None) -> tuple[str, Fields]:
        if isinstance(want, Want):
            self.met.add(want.customer_id)
            return want.customer_id, want.fields
        if want is AMBIGUOUS:  # left alone, whatever it bears
            self.counts["ambiguous"] += 1
            return one.customer_id or "", {}
        return one.customer_id or "", _nothing(one)


def hold_mass(made: Plan, most_percent: float) -> None:
    """Refuse a plan that would take or change the level of too many who have one.

    Raises:
        HeldBack: it would.
    """
    share = 100 * made.lose_or_change_level / max(made.had_level, 1)
    if made.lose_or_change_level > FEW and share > most_percent:
        raise HeldBack(
            f"{made.lose_or_change_level:,} of {made.had_level:,} people with a level ({share:.0f} %) would have another or none in the desk",
            mend=f"look why (--dry-run lists them); if it is meant, say --accept-mass-change, or raise most_changed_percent ({most_percent:g})",
        )


AMBIGUOUS = "ambiguous"


def _marked(wants: Sequence[Want], marks: Marks) -> dict[str, Want | str]:
    """Whose e-mail a mark stands for: one customer's, or AMBIGUOUS."""
    by_mark = dict[str, Want | str]()
    emails = [(email, want) for want in wants for email in want.emails]
    for marked, (_, want) in zip(marks(email for email, _ in emails), emails, strict=True):
        _enter(by_mark, (marked,), want)
    return by_mark


def _free(left: Sequence[Want], people: Sequence[Known], marked: Mapping[str, Want | str], marks: Marks) -> list[Want]:
    """Those of whose e-mails no other customer and nobody at the desk bears one: to make them touches nobody else."""
    borne, known = {one.email_mark for one in people}, {one.external_id for one in people}
    emails = [(email, want.customer_id) for want in left for email in want.emails]
    taken = {
        who
        for mark, (_, who) in zip(marks(email for email, _ in emails), emails, strict=True)
        if mark in borne or marked.get(mark) is AMBIGUOUS
    }
    return [want for want in left if want.customer_id not in taken and want.customer_id not in known]


def _matcher(wants: Sequence[Want], by_mark: Mapping[str, Want | str]) -> Callable[[Known], Want | str | None]:
    """Return what finds the want of a person: theirs, none, or AMBIGUOUS."""
    by_person, by_external = dict[str, Want | str](), dict[str, Want | str]()
    for want in wants:
        _enter(by_person, (want.customer_id, *want.persons), want)
        _enter(by_external, (want.customer_id, *want.external_ids), want)

    def find(one: Known) -> Want | str | None:
        return (
            by_person.get(one.person)
            or (by_external.get(one.external_id) if one.external_id else None)
            or (by_mark.get(one.email_mark) if one.email_mark else None)
        )

    return find


def _enter(known: dict[str, Want | str], keys: Iterable[str], want: Want) -> None:
    for key in keys:
        other = known.setdefault(key, want)
        if isinstance(other, Want) and other.customer_id != want.customer_id:
            known[key] = AMBIGUOUS


def _nothing(one: Known) -> Fields:
    """Of whom nobody wants anything any more, what Duecare wrote is taken away; to others nothing is done."""
    return {name: "" for name in FIELDS if one.applied.get(name)}


def _adopted(one: Known, customer: str, fields: Fields, edits: Sequence[Edit]) -> list[tuple[str, str, Fields]]:
    """What is wanted stands there, by whose hand ever: from now on it is Duecare's."""
    if edits or (one.customer_id == (customer or None) and all(one.applied.get(name, "") == text for name, text in fields.items())):
        return []
    return [(one.person, customer, {**one.applied, **fields})]


def _created(want: Want) -> Change:
    after = {name: text for name, text in want.fields.items() if text} | {CUSTOMER: want.customer_id}
    return Change(
        person="", customer_id=want.customer_id, before={}, after=after, email=want.emails[0] if want.emails else None, name=want.name
    )


def _level(before: Fields, after: Fields) -> list[str]:
    """The step of a level, in words; nothing where it stays."""
    return [f"{before.get(TIER) or 'none'} → {after[TIER] or 'none'}"] if TIER in after else []
