"""Runs over a desk: push what is wanted, roll a run back, clear what was written of some people."""

from collections.abc import Callable, Container, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from duecare.helpdesk.carry import Carrier
from duecare.helpdesk.desk import FIELDS, Change, Desk
from duecare.helpdesk.forgotten import JOBS_END, MADE, Pending
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
            sync.see()
            return self._done(sync, self._back(run), "rollback", undoes=run)

    def clear(self, persons: Sequence[str]) -> "Done":
        """Take what Duecare wrote out of some people's profiles."""
        with self._sync() as sync:
            sync.clear_up()
            sync.see()
            return self._clear(sync, persons)

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
        sync.see()
        self._made(pending, persons)
        persons = pending.persons()
        done = self._clear(sync, list(persons))
        clearing = self._clearing(list(persons))
        gone = [one for one, since in persons.items() if self._is_clear(one, clearing[one], since)]  # what was refused is tried again
        pending.done(gone)
        if not self.desk.capabilities.looks:  # nobody else tells of them
            self.ledger.drop(one.removeprefix(MADE) for one in gone)
        return done

    def _clear(self, sync: Sync, persons: Sequence[str]) -> "Done":
        blank = self._clearing(persons).values()
        return self._done(sync, Plan(changes=tuple(one for one in blank if one is not None and one.after)), "clear")

    def _clearing(self, persons: Sequence[str]) -> dict[str, Change | None]:
        """What clears each of them; None of whom the desk does not know."""
        people = {one.person: one for one in self.ledger.people()}
        found: dict[str, Change | None] = {}
        for person in persons:
            number = person.removeprefix(MADE)
            told = person.startswith(MADE) and not self.desk.capabilities.looks  # perhaps, so all is blanked
            blank = Change(person=number, customer_id="", before={}, after=dict.fromkeys(FIELDS, "")) if told else None
            found[person] = _cleared(people[number]) if number in people else blank
        return found

    def _made(self, pending: Pending, persons: Container[str]) -> None:
        """Take those who were made after all by the desk's number, and what they show for Duecare's: nobody else wrote there yet."""
        made = [one for one in self.ledger.people() if one.external_id and MADE + one.external_id in persons]
        self.ledger.adopt((one.person, "", one.observed) for one in made)
        for one in made:
            pending.known(MADE + (one.external_id or ""), one.person)

    def _is_clear(self, person: str, left: Change | None, since: datetime) -> bool:
        """Tell whether nothing is left to be cleared; who may be made yet is waited for a day."""
        if left is None and person.startswith(MADE):
            return self.now() - since > JOBS_END
        return left is None or not left.after

    def _planned(self, sync: Sync, wants: Sequence[Want], *, create: bool, again: bool) -> Plan:
        sync.see()
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


def _cleared(known: Known) -> Change:
    """Nothing of what Duecare wrote; what somebody else wrote over it stays."""
    after = {name: "" for name in FIELDS if known.applied.get(name) and known.observed.get(name) == known.applied.get(name)}
    before = {name: known.observed[name] for name in after}
    return Change(person=known.person, customer_id=known.customer_id or "", before=before, after=after)
