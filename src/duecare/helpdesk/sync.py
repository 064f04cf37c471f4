"""Sync: a desk's profiles are brought to what is wanted, so that a kill at any moment loses nothing and repeats one batch at most.

The order of things: see who is there; lay what is wanted beside it; then, batch by batch, look at the people once more,
write down what is about to be sent, send it, and take in what came of it; at last look whether it stands there. What
was under way when a run died is cleared up by the next one before anything else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from duecare.helpdesk.desk import BatchRefused, Change, Desk, Job, Outcome, Person, Sender
from duecare.helpdesk.forgotten import MADE, Pending
from duecare.helpdesk.ledger import Known, Ledger, Left, Receipt, by_number
from duecare.helpdesk.looking import Looking, batches
from duecare.helpdesk.merge import Edit, Policy, merge
from duecare.helpdesk.proof import dropped
from duecare.helpdesk.wants import Plan
from duecare.words import DeskTrouble

POLLS = 100
"""Of how many jobs one request asks."""
POLL_S = 1.0
"""How long a job is left alone before it is asked for again; twice as long each time, up to the most."""
MOST_POLL_S = 10.0
PATIENCE_S = 3600.0
"""A job that takes longer is taken for lost."""
TIMES = 5
"""So often a batch of which the desk tells nothing is sent again."""
NO_ANSWER = "no answer came"
TAKEN = "somebody there bears their e-mail by now"
UNKNOWN, STAFF = "the desk does not know them any more", "they work at the desk now"


@dataclass(slots=True)
class Sync:
    """One run over a desk."""

    desk: Desk
    ledger: Ledger
    carrier: Sender
    policy: Policy
    sleep: Callable[[float], None]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    step: Callable[[int], None] = lambda _: None
    """Told after each batch how many changes are done."""
    run: int = 0
    counts: dict[str, int] = field(default_factory=dict[str, int])
    _batch: int = 0
    _times: int = 0
    _jobs: dict[str, tuple[int, tuple[Change, ...]]] = field(default_factory=dict[str, tuple[int, tuple[Change, ...]]])
    _people: dict[str, Known] = field(default_factory=dict[str, Known])

    def clear_up(self) -> None:
        """Find out what came of batches that were under way when a run died."""
        left = self.ledger.left()
        self._batch = 1 + max((one.batch for one in left), default=-1)
        for one in left:
            self._clear_up(one)
        self.ledger.cut_off(self.now())

    def expected(self) -> list[Known]:
        """Return everybody as they will be known once batches have been sent again that were under way when a run died."""
        people = {one.person: one for one in self.ledger.people()}
        for change in [one for left in self.ledger.left() for one in self._told_again(left)]:
            person = change.person or change.customer_id
            people[person] = _written(people.get(person, Known(person=person)), change)
        return sorted(people.values(), key=by_number)

    def _told_again(self, left: Left) -> list[Change]:
        """What is sent again of a batch: not of those who were forgotten, who are blanked instead."""
        waiting = set(Pending(self.ledger.book, self.ledger.desk).persons())
        return [one for one in left.changes if not {one.person, MADE + one.customer_id} & waiting]

    def carry_out(self, made: Plan) -> Mapping[str, int]:
        """Do what a plan says, and return how many profiles were written, refused, left to somebody else's word, or gone."""
        self._people = {one.person: one for one in self.ledger.people()}
        self.counts = dict.fromkeys(("written", "refused", "edited", "gone"), 0)
        self.ledger.found(made.edits, run=self.run, at=self.now(), settled=self.word)
        self.ledger.adopt(made.adopted)
        done = 0
        for new in (False, True):  # who is to be made goes another way
            meant = [one for one in made.changes if (not one.person) is new]
            for batch in batches(self._free(meant) if new else meant, self.desk.capabilities.batch):
                self._send(self._still(batch))
                done += len(batch)
                self.step(done)
        self._drain(0)
        self._prove()
        return self.counts

    @property
    def looking(self) -> Looking:
        """What reads the desk's people."""
        return Looking(self.desk, self.ledger, self.carrier, self.now)

    @property
    def word(self) -> str:
        """Whose word counts against what somebody else wrote; blank while it waits for one."""
        return "" if self.policy == "ask" else self.policy

    def _still(self, batch: Sequence[Change]) -> list[Change]:
        """The changes that are still right once more people have been looked at: between plan and batch time has passed."""
        if not self.desk.capabilities.looks:
            return list(batch)
        seen = self.looking.looked([one.person for one in batch if one.person])
        right: list[Change] = []
        for one in batch:
            if not one.person:
                right.append(one)
            elif one.person not in seen or seen[one.person].gone or (seen[one.person].staff and any(one.after.values())):
                self._gone(one, seen.get(one.person))
            else:
                right += self._merged(one, seen[one.person])
        return right

    def _free(self, new: Sequence[Change]) -> list[Change]:
        """Those whose e-mail and id nobody there bears by now: the desk would take that person for the one to be made."""
        if not new or not self.desk.capabilities.looks:
            return list(new)
        self.looking.see()
        people = self.ledger.people()
        marks = self.ledger.marks(one.email or "" for one in new)
        marked, known = {one.email_mark for one in people} - {None}, {one.external_id for one in people}
        taken = [one for one, mark in zip(new, marks, strict=True) if mark in marked or one.customer_id in known]
        self.ledger.receive(self.run, [_receipt(one, "refused", TAKEN) for one in taken], {}, self.now())
        self.counts["refused"] += len(taken)
        left_out = {one.customer_id for one in taken}
        return [one for one in new if one.customer_id not in left_out]

    def _merged(self, change: Change, seen: Person) -> list[Change]:
        known = self._people[change.person]
        merged = merge(change.after, known.applied, seen.fields, self.policy)
        self._people[change.person] = replace(known, observed=seen.fields)
        new = [edit for edit in merged.edits if known.observed.get(edit.field, "") != edit.found]
        if new:
            self._found(change, new)
        had = {name: text for name, text in change.had_written.items() if name in merged.after}
        return [replace(change, before=merged.before, after=merged.after, had_written=had)] if merged.after else []

    def _found(self, change: Change, edits: Sequence[Edit]) -> None:
        self.counts["edited"] += 1
        self.ledger.found([(change.person, change.customer_id, one) for one in edits], run=self.run, at=self.now(), settled=self.word)

    def _gone(self, change: Change, seen: Person | None) -> None:
        staff = seen is not None and not seen.gone
        self.counts["gone"] += 1
        self.ledger.receive(self.run, [_receipt(change, "gone", STAFF if staff else UNKNOWN)], {}, self.now())
        if seen is not None and staff:
            self.ledger.see([seen])
        else:
            self.ledger.drop([change.person])

    def _send(self, changes: Sequence[Change]) -> None:
        """Send a batch; one that is refused as a whole is parted until it is known who is meant."""
        if not changes:
            return
        batch, self._batch = self._batch, self._batch + 1
        self._carry(batch, self.ledger.sending(self.run, batch, changes, whole=not self.desk.capabilities.looks))

    def _carry(self, batch: int, changes: Sequence[Change]) -> None:
        response = self.carrier.send(self.desk.write(changes))
        try:
            came = self.desk.written(changes, response)
        except BatchRefused as error:
            self._part(batch, changes, str(error))
            return
        if isinstance(came, Job):
            self.ledger.sent(self.run, batch, came.number)
            self._jobs[came.number] = (batch, tuple(changes))
            self._drain(self.desk.capabilities.jobs - 1)
        else:
            self._settle(batch, changes, came)

    def _part(self, batch: int, changes: Sequence[Change], why: str) -> None:
        if len(changes) == 1:
            self._settle(batch, changes, [Outcome(why=why)])
            return
        self.ledger.settle(self.run, batch, [], {}, self.now())
        middle = len(changes) // 2
        self._send(self._still(changes[:middle]))
        self._send(self._still(changes[middle:]))

    def _settle(self, batch: int, changes: Sequence[Change], came: Sequence[Outcome | None]) -> None:
        self._take_in(batch, changes, came)
        self._look_again([change for change, outcome in zip(changes, came, strict=True) if outcome is not None and outcome.changed])
        self._untold([change for change, outcome in zip(changes, came, strict=True) if outcome is None])

    def _take_in(self, batch: int, changes: Sequence[Change], came: Sequence[Outcome | None]) -> None:
        """Write down what came of a batch, and of what nothing is known: it may come yet."""
        both = list(zip(changes, came, strict=True))
        receipts = [_outcome(change, outcome) for change, outcome in both if outcome is not None and not outcome.changed]
        unknown = [_receipt(change, "unknown", NO_ANSWER) for change, outcome in both if outcome is None]
        self.ledger.settle(self.run, batch, [*receipts, *unknown], self._people, self.now())
        self._known(receipts)
        for one in receipts:
            self.counts[one.state] += 1

    def _look_again(self, changes: Sequence[Change]) -> None:
        """Somebody wrote while a batch was under way: Duecare itself, if an answer was lost, or somebody else."""
        seen = self.looking.looked([one.person for one in changes]) if changes else {}
        self._take([one for one in changes if one.person in seen and _shows(seen[one.person], one)])
        for one in changes:
            if one.person in seen and not _shows(seen[one.person], one):
                self._merged(one, seen[one.person])

    def _take(self, changes: Sequence[Change]) -> None:
        """Take changes for written that stand there."""
        receipts = [_receipt(one, "written") for one in changes]
        self.ledger.receive(self.run, receipts, self._people, self.now())
        self._known(receipts)
        self.counts["written"] += len(receipts)

    def _untold(self, changes: Sequence[Change]) -> None:
        """Of some of a batch the desk told nothing: what stands there is taken for written, the rest is sent again, a few times."""
        self._times = self._times + 1 if changes else 0
        if not changes:
            return
        if self._times > TIMES:
            raise DeskTrouble("the desk does not tell what came of its jobs", mend="look at its job queue, then do this again")
        there, rest = self._stands(changes)
        self._take(there)
        self._send(self._still(rest))

    def _known(self, receipts: Sequence[Receipt]) -> None:
        """Keep in mind what stands in the book."""
        for one in receipts:
            known = self._people.get(one.person)
            if one.state == "written" and known is not None:
                self._people[one.person] = _written(known, one)

    def _drain(self, most: int) -> None:
        """Wait until no more than *most* jobs are under way."""
        wait, waited = POLL_S, 0.0
        while len(self._jobs) > most:
            before = len(self._jobs)
            self._poll()
            if len(self._jobs) == before:
                waited += wait
                self._lose(waited)
                self.sleep(wait)
                wait = min(2 * wait, MOST_POLL_S)
            else:
                wait, waited = POLL_S, 0.0

    def _poll(self) -> None:
        asked = dict(islice(self._jobs.items(), POLLS))
        changes = {number: batch for number, (_, batch) in asked.items()}
        answers = self.desk.polled(changes, self.looking.answered(self.desk.poll(list(asked))))
        for number, (batch, batch_changes) in asked.items():
            came = answers.get(number, LOST)
            if came is None:
                continue
            del self._jobs[number]
            if isinstance(came, BatchRefused):
                self._part(batch, batch_changes, str(came))
            elif came is LOST:
                self._again(batch, batch_changes)
            else:
                self._settle(batch, batch_changes, came)

    def _lose(self, waited: float) -> None:
        """Take all jobs for lost that the desk does not end."""
        if waited > PATIENCE_S:
            raise DeskTrouble(
                f"the desk does not end {len(self._jobs)} jobs", mend="look at its job queue, then do this again: it goes on where it ended"
            )

    def _again(self, batch: int, changes: Sequence[Change]) -> None:
        """Nobody knows what came of a batch."""
        self._settle(batch, changes, [None] * len(changes))

    def _stands(self, changes: Sequence[Change]) -> tuple[list[Change], list[Change]]:
        """Part changes into those that stand in the desk and those that do not."""
        seen = self.looking.looked([one.person for one in changes if one.person]) if self.desk.capabilities.looks else {}
        there = [one for one in changes if one.person in seen and _shows(seen[one.person], one)]
        return there, [one for one in changes if one not in there]

    def _clear_up(self, left: Left) -> None:
        self.run, self.counts = left.run, dict.fromkeys(("written", "refused", "edited", "gone"), 0)
        self._people = {one.person: one for one in self.ledger.people()}
        if not self.desk.capabilities.looks:  # who cannot be asked is told again
            again = self._told_again(left)
            self._carry(left.batch, again) if again else self._settle(left.batch, [], [])
            return
        came = self._waited_for(left)
        there, _ = self._stands([change for change, outcome in zip(left.changes, came, strict=True) if outcome is None])
        both = zip(left.changes, came, strict=True)
        self._take_in(left.batch, left.changes, [Outcome() if outcome is None and change in there else outcome for change, outcome in both])

    def _waited_for(self, left: Left) -> Sequence[Outcome | None]:
        """Wait for the job of a batch, and return what came of it; None each where the desk knows nothing of it."""
        nothing, wait, waited = [None] * len(left.changes), POLL_S, 0.0
        while left.job is not None:
            answers = self.desk.polled({left.job: left.changes}, self.looking.answered(self.desk.poll([left.job])))
            came = answers.get(left.job, LOST)
            if came is LOST or isinstance(came, BatchRefused):
                return nothing
            if came is not None:
                return came
            self._lose(waited)
            self.sleep(wait)
            waited, wait = waited + wait, min(2 * wait, MOST_POLL_S)
        return nothing

    def _prove(self) -> None:
        """Look whether what was written stands there; what does not was dropped by the desk, or somebody wrote since.

        People are looked at by their numbers: the stream of changes may lag behind by a minute.
        """
        if not self.desk.capabilities.looks or not self.counts["written"]:
            return
        written = {one.person: one for one in self.ledger.receipts(self.run) if one.state == "written"}
        seen = self.looking.looked(list(written))
        self.ledger.see(list(seen.values()))
        refused, kept = dropped(written, {person: one.fields for person, one in seen.items()})
        if refused:
            self.ledger.dropped(self.run, refused, kept, self.now())
            self.counts["written"] -= len(refused) - len(kept)
            self.counts["refused"] += len(refused)


LOST: Any = object()


def _written(known: Known, by: Change | Receipt) -> Known:
    """What is known of somebody once something was written to them."""
    return replace(
        known,
        observed={**known.observed, **by.after},
        applied={**known.applied, **by.after, **by.had_written},
        customer_id=by.customer_id,
        refused=None,
    )


def _shows(person: Person, change: Change) -> bool:
    return all(person.fields.get(name, "") == text for name, text in change.after.items())


def _receipt(change: Change, state: str, why: str = "") -> Receipt:
    return Receipt(
        person=change.person or change.customer_id,
        customer_id=change.customer_id,
        before=change.before,
        after=change.after,
        state=state,
        why=why,
        had_written=change.had_written,
    )


def _outcome(change: Change, outcome: Outcome) -> Receipt:
    state = "gone" if outcome.missing else "refused" if outcome.why else "written"
    made = _receipt(change, state, outcome.why)
    return replace(made, person=outcome.person) if outcome.person else made
