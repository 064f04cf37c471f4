"""The promise: whatever happened in whatever order, each record stands where its events that count took it, and undoing all brings all back."""

import os
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from duecare.identity.acts import join, lock, part, undo, unlock
from duecare.identity.replay import rebuild, verify_ledger
from duecare.identity.standing import records_of, resolve
from duecare.records import Book, open_book, verify
from duecare.words import BadSettings
from identity.ledgers import BY, NOW, given, keys, live, memberships, pointers, retold, run

NAMES = "abcdefgh"
PICK = st.integers(0, 99)
GROUPS = st.lists(st.integers(0, 3), min_size=len(NAMES), max_size=len(NAMES))


class Ledger(RuleBasedStateMachine):
    """Runs and people at work on eight records."""

    book: Book

    @initialize(labels=GROUPS)
    def begin(self, labels: list[int]) -> None:
        self.book = open_book("sqlite::memory:", Path())
        self.a_run(labels, 0)
        self.first = memberships(self.book)

    @rule(labels=GROUPS, away=st.integers(0, 255))
    def a_run(self, labels: list[int], away: int) -> None:
        """Any clusters at all, some records away."""
        here = [name for at, name in enumerate(NAMES) if not away >> at & 1]
        found = [[name for name in here if labels[NAMES.index(name)] == label] for label in range(4)]
        run(self.book, *[group for group in found if group])

    @rule(one=PICK, other=PICK)
    def a_join(self, one: int, other: int) -> None:
        ids = given(self.book)
        self.attempt(lambda: join(self.book, ids[one % len(ids)], ids[other % len(ids)], **BY))

    @rule(one=PICK, some=st.sets(st.sampled_from(NAMES), max_size=3))
    def a_parting(self, one: int, some: set[str]) -> None:
        ids = sorted(live(self.book))
        self.attempt(lambda: part(self.book, ids[one % len(ids)], keys(*some), **BY))

    @rule(one=PICK, shut=st.booleans())
    def a_lock(self, one: int, shut: bool) -> None:
        ids = sorted(live(self.book))
        self.attempt(lambda: (lock if shut else unlock)(self.book, ids[one % len(ids)], **BY))

    @rule(back=st.integers(0, 12), apart=st.booleans())
    def an_undoing(self, back: int, apart: bool) -> None:
        seq = int(str(self.book.rows("SELECT max(seq) FROM identity_events")[0][0])) - back
        self.attempt(lambda: undo(self.book, seq, apart=apart, **BY))

    def attempt(self, act: Callable[[], object]) -> None:
        """A person may be refused; then nothing has changed."""
        before = (memberships(self.book), pointers(self.book), self.book.rows("SELECT count(*) FROM identity_events"))
        try:
            act()
        except BadSettings:
            assert before == (memberships(self.book), pointers(self.book), self.book.rows("SELECT count(*) FROM identity_events"))

    @invariant()
    def each_record_stands_where_its_events_took_it(self) -> None:
        assert memberships(self.book) == retold(self.book)
        verify_ledger(self.book)

    @invariant()
    def every_id_leads_to_customers_who_live_and_theirs_to_themselves(self) -> None:
        alive = live(self.book)
        for name in given(self.book):
            found = resolve(self.book, name)
            assert set(found) <= alive
            assert (name in alive) == (found == [name])
        assert all(gone not in alive for gone in pointers(self.book))
        numbered = {str(name): int(str(number)) for number, name in self.book.rows("SELECT record, source_id FROM source_records")}
        of = memberships(self.book)
        for name in alive:
            assert records_of(self.book, name) == sorted(numbered[one] for one, at in of.items() if at == name)

    def teardown(self) -> None:
        if not hasattr(self, "first"):
            return
        for name in live(self.book):
            self.attempt(lambda name=name: unlock(self.book, name, **BY))
        void = {int(str(seq)) for (seq,) in self.book.rows("SELECT undoes FROM identity_events WHERE undoes IS NOT NULL")}
        for kind in ("'together', 'apart'", "'attach', 'merge', 'split'"):  # decisions first, so that nothing is refused
            for (seq,) in self.book.rows(f"SELECT seq FROM identity_events WHERE kind IN ({kind})"):
                if int(str(seq)) not in void:
                    undo(self.book, int(str(seq)), apart=False, **BY)
        minted = {str(name): record for name, record in self.book.rows("SELECT to_id, records FROM identity_events WHERE kind = 'mint'")}
        assert {one: at for one, at in memberships(self.book).items() if one in self.first} == self.first
        assert live(self.book) == {name for name, records in minted.items() if records}
        assert rebuild(self.book, actor="ada", at=NOW) == 0
        assert verify(self.book) is None
        self.book.close()


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=int(os.environ.get("DUECARE_EXAMPLES") or 40), stateful_step_count=20, deadline=None)
