"""Runs over a desk: push what is wanted, roll a run back, clear what was written of some people."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from duecare.helpdesk.carry import Carrier
from duecare.helpdesk.desk import FIELDS, Change, Desk
from duecare.helpdesk.forgotten import MADE, Pending
from duecare.helpdesk.ledger import Known, Ledger
from duecare.helpdesk.merge import Edit, Policy, merge
from duecare.helpdesk.sync import Sync
from duecare.helpdesk.turn import turn
from duecare.helpdesk.wants import Plan, Want, hold_mass, plan
from duecare.words import BadSettings


@dataclass(slots=True, kw_only=True)
class Runs:
    """Everything that runs over one desk need."""

    desk: Desk
    ledger: Ledger
    carrier: Carrier
    policy: Policy = "ask"
    most_changed_percent: float = 20.0
    actor: str = "duecare"
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    step: Callable[[int], None] = lambda _: None
    check: Callable[[], None] = lambda: None
    """Called when the desk is ours: raises where what is wanted is out of date."""

    def look(self, wants: Sequence[Want], *, create: bool = False, again: bool = False) -> Plan:
        """Return what a push would do, with nothing written in the desk."""
        with self._sync() as sync:
            if self.desk.capabilities.looks:
                sync.clear_up()
            return self._planned(sync, wants, create=create, again=again)

    def push(self, wants: Sequence[Want], *, create: bool = False, again: bool = False, accept_mass: bool = False) -> "Done":
        """Bring profiles to what is wanted; nothing is written when they show it already.

        Raises:
            HeldBack: too many people would have another level, or none.
            DeskTrouble: the desk does not answer; what was done is kept, and the next push goes on.
            StoreTrouble: another run is at work on the desk.
        """
        with self._sync() as sync:
            self.check()
            self._erase(sync)
            sync.clear_up()
            made = self._planned(sync, wants, create=create, again=again)
            if not accept_mass:
                hold_mass(made, self.most_changed_percent)
            return self._done(sync, made, "push")

    def rollback(self, run: int) -> "Done":
        """Bring the profiles that a run wrote back to what they showed before.

        Raises:
            BadSettings: there is no such run on this desk.
        """
        with self._sync() as sync:
            sync.clear_up()
            sync.looking.see()
            return self._done(sync, self._back(run), "rollback", undoes=run)

    def clear(self, persons: Sequence[str]) -> "Done":
        """Take what Duecare wrote out of some people's profiles."""
        with self._sync() as sync:
            sync.clear_up()
            sync.looking.see()
            known = {one.person: one for one in self.ledger.people()}
            blank = [_cleared(known[person]) for person in persons if person in known]
            return self._done(sync, Plan(changes=tuple(one for one in blank if one.after)), "clear")

    def erase(self) -> "Done | None":
        """Clear the profiles of who was forgotten, and forget that; None when there are none."""
        with self._sync() as sync:
            return self._erase(sync)

    def _erase(self, sync: Sync) -> "Done | None":
        pending = Pending(self.ledger.book, self.ledger.desk)
        persons = pending.persons()
        if not persons:
            return None
        sync.clear_up()
        sync.looking.see()
        self._made(pending, persons)
        persons = pending.persons()
        blank = self._erasing(persons).values()
        done = self._done(sync, Plan(changes=tuple(one for one in blank if one is not None and one.after)), "clear")
        left, waits = self._erasing(persons), {one.person for _, one in self.ledger.unknown()}
        gone = [one for one in persons if not ((change := left[one]) and change.after) and one.removeprefix(MADE) not in waits]
        pending.done(gone)
        if not self.desk.capabilities.looks:  # nobody else tells of them
            self.ledger.drop(one.removeprefix(MADE) for one in gone)
        return done

    def _made(self, pending: Pending, persons: Sequence[str]) -> None:
        """Take those who were made after all by the desk's number."""
        people = {one.customer_id: one for one in self.ledger.people() if one.customer_id}
        for one in persons:
            if one.startswith(MADE) and (found := people.get(one.removeprefix(MADE))) is not None and self.desk.capabilities.looks:
                pending.known(one, found.person)

    def _erasing(self, persons: Sequence[str]) -> dict[str, Change | None]:
        """What erases each of them; None of whom the desk does not know."""
        people, blind = {one.person: one for one in self.ledger.people()}, not self.desk.capabilities.looks
        found: dict[str, Change | None] = {}
        for person in persons:
            number = person.removeprefix(MADE)
            known = people.get(number)
            found[person] = _blanked(number, known) if blind else _cleared(known) if known else None
        return found

    def _planned(self, sync: Sync, wants: Sequence[Want], *, create: bool, again: bool) -> Plan:
        sync.looking.see()
        able, everybody = self.desk.capabilities, sync.expected()
        if create and not able.creates:
            raise BadSettings("nobody can be made in that desk", mend="leave out --create, and let its own agents make people")
        waiting = set(Pending(self.ledger.book, self.ledger.desk).persons())  # they are cleared by a run of their own
        return plan(
            wants,
            [one for one in everybody if one.person not in waiting],
            self.policy,
            marks=self.ledger.marks,
            besides=[one for one in everybody if one.person in waiting],
            create=create and able.creates,
            tell=not able.looks,  # who cannot be looked for is told, not matched
            again=again,
        )

    def _done(self, sync: Sync, made: Plan, kind: str, undoes: int | None = None) -> "Done":
        if not (made.changes or made.adopted):
            self.ledger.found(made.edits, run=None, at=self.now(), settled=sync.word)
            return Done(run=None, plan=made, counts={})
        sync.run = self.ledger.begin(kind, actor=self.actor, at=self.now(), undoes=undoes)
        counts = dict(sync.carry_out(made))
        self.ledger.finish(sync.run, state="done", facts=counts | {"plan": made.hash}, at=self.now())
        return Done(run=sync.run, plan=made, counts=counts)

    def _back(self, run: int) -> Plan:
        """What would be written to undo a run."""
        if not self.ledger.has_run(run):
            raise BadSettings(f"there is no run {run} on this desk", mend="duecare desk runs lists them")
        people = {one.person: one for one in self.ledger.people()}
        changes, edits, theirs = list[Change](), list[tuple[str, str, Edit]](), self.ledger.overwritten(run)
        for one in self.ledger.receipts(run):
            if one.state != "written" or one.person not in people:
                continue
            known = people[one.person]
            before = {name: one.before.get(name, "") for name in one.after}
            merged = merge(before, known.applied, known.observed, self.policy)
            edits += [(one.person, one.customer_id, edit) for edit in merged.edits]
            if merged.after:
                had = {name: text for name, text in theirs.get(one.person, {}).items() if name in merged.after}
                changes.append(
                    Change(person=one.person, customer_id=one.customer_id, before=merged.before, after=merged.after, had_written=had)
                )
        return Plan(changes=tuple(changes), edits=tuple(edits))

    @contextmanager
    def _sync(self) -> Generator[Sync]:
        """The desk for one run, locked."""
        with turn(self.ledger.book, self.ledger.desk, self.carrier, self.now):
            yield Sync(self.desk, self.ledger, self.carrier, self.policy, self.carrier.sleep, self.now, self.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a run did."""

    run: int | None
    """Its number; None when there was nothing to do."""
    plan: Plan
    counts: Mapping[str, int]

    def facts(self) -> dict[str, Any]:
        """Return it in plain types."""
        return {"run": self.run, **facts_of(self.plan), **self.counts}


def facts_of(made: Plan) -> dict[str, Any]:
    """Return a plan in plain types, without anybody's name."""
    return {
        "plan": made.hash,
        "changes": len(made.changes),
        "unchanged": made.unchanged,
        "levels": dict(made.levels),
        "edited_by_others": len(made.edits),
        "unknown_to_the_desk": len(made.unmatched),
        "ambiguous": made.ambiguous,
        "not_made": made.taken,
        "refused_before": made.refused,
    }


def _blanked(person: str, known: Known | None) -> Change:
    """Nothing at all, for somebody of whom nobody can tell what they show."""
    blank = known is not None and all(known.applied.get(name) == "" for name in FIELDS)
    return Change(person=person, customer_id="", before={}, after={} if blank else dict.fromkeys(FIELDS, ""))


def _cleared(known: Known) -> Change:
    """Nothing of what Duecare wrote; what somebody else wrote over it stays."""
    after = {name: "" for name in FIELDS if known.applied.get(name) and known.observed.get(name) == known.applied.get(name)}
    before = {name: known.observed[name] for name in after}
    return Change(person=known.person, customer_id=known.customer_id or "", before=before, after=after)
