"""The promise: every change of who is who can be undone, in any order, and leaves ids that lead to somebody for ever."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psycopg
import pytest

from duecare.identity.acts import forget, join, lock, part, undo, unlock
from duecare.identity.history import history, members
from duecare.identity.holding import held
from duecare.identity.ledger import Act
from duecare.identity.merge import name_customers
from duecare.identity.replay import rebuild, verify_ledger
from duecare.identity.rulings import decisions
from duecare.identity.standing import resolve
from duecare.records import Book, open_book, verify
from duecare.words import BadSettings, StoreTrouble
from identity.ledgers import BY, NOW, given, groups, keys, live, memberships, newest, pointers, retold, rows, run


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.xdist_group("postgres"))])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'book.db'}"
    dsn = request.getfixturevalue("postgres")
    schema = f"l{abs(hash(request.node.name)) % 10**12}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    return f"postgres:{dsn} options='-c search_path={schema}'"


@pytest.fixture
def book(address: str) -> Iterator[Book]:
    with open_book(address) as opened:
        yield opened
        assert memberships(opened) == retold(opened)
        verify_ledger(opened)
        assert verify(opened) is None


# runs


def test_a_run_mints_attaches_and_merges_and_one_that_finds_nothing_new_writes_nothing(book: Book) -> None:
    run(book, "ab", "c")
    first = memberships(book)
    assert [row[0] for row in book.rows("SELECT kind FROM identity_events ORDER BY seq")] == ["mint", "mint"]
    run(book, "abd", "c")
    assert memberships(book) == first | {"d": first["a"]}
    before = book.rows("SELECT count(*) FROM audit")
    run(book, "abd", "c")
    assert book.rows("SELECT count(*) FROM audit") == before
    run(book, "abcd")
    assert memberships(book) == dict.fromkeys("abcd", first["a"])
    kinds = book.rows("SELECT kind, from_id, to_id FROM identity_events WHERE seq > 2 ORDER BY seq")
    assert kinds == [("attach", None, first["a"]), ("merge", first["c"], first["a"])]
    assert (resolve(book, first["c"]), pointers(book)) == ([first["a"]], {first["c"]: first["a"]})


def test_a_run_that_parts_a_customer_leaves_the_id_with_the_larger_part_and_leads_to_the_parts(book: Book) -> None:
    run(book, "abcde")
    whole = memberships(book)["a"]
    run(book, "abc", "de")
    assert memberships(book)["a"] == whole != memberships(book)["d"]
    assert resolve(book, whole) == [whole]
    run(book, "af", "bg", "chijk", "de", "lmn")  # its records go three ways, and others are more
    assert len(live(book)) == 5
    assert set(resolve(book, whole)) <= live(book)


def test_records_that_are_away_keep_their_id_and_meet_their_merged_customer_again(book: Book) -> None:
    run(book, "ab", "cde")
    first = memberships(book)
    run(book, "acde")
    assert (memberships(book)["a"], memberships(book)["b"], pointers(book)) == (first["c"], first["a"], {})
    undo(book, newest(book, "merge"), **BY)
    assert memberships(book) == first


def test_one_per_cent_more_records_changes_ids_by_real_merges_alone(book: Book) -> None:
    chance = random.Random(4)
    customers = [[f"{at:03}{one}" for one in "abc"[: chance.randint(1, 3)]] for at in range(300)]
    run(book, *customers)
    before, events = memberships(book), newest(book, "mint")
    customers[7] += customers.pop(100)  # one real merge
    for fresh in range(6):
        customers[fresh].append(f"new{fresh}")
    run(book, *customers, ["stranger"])
    after = memberships(book)
    assert {before[one] for one in before if after[one] != before[one]} == set(pointers(book))
    assert len(pointers(book)) == 1
    kinds = book.rows("SELECT kind, count(*) FROM identity_events WHERE seq > ? GROUP BY kind ORDER BY kind", (events,))
    assert kinds == [("attach", 6), ("merge", 1), ("mint", 1)]


# undoing


def test_an_inner_merge_is_undone_while_the_outer_one_stands(book: Book) -> None:
    run(book, "a", "b", "c")
    first = memberships(book)
    inner = join(book, first["a"], first["b"], **BY)
    outer = join(book, first["c"], first["a"], **BY)
    assert len(live(book)) == 1
    undo(book, inner.events[0].seq, **BY)
    assert groups(book) == {frozenset("ac"), frozenset("b")}
    assert memberships(book)["b"] == inner.events[0].from_id
    undo(book, outer.events[0].seq, **BY)
    assert memberships(book) == first
    assert pointers(book) == {}


def test_undoing_what_is_undone_or_cannot_be_is_refused_with_a_mend(book: Book) -> None:
    run(book, "a", "b")
    run(book, "ab")
    seq = newest(book, "merge")
    back = undo(book, seq, **BY)
    for wrong, told in (
        (seq, "undone already, by event"),
        (1, "of the kind mint"),
        (back.events[0].seq, "of the kind undo"),
        (99, "no event 99"),
    ):
        with pytest.raises(BadSettings, match=told):
            undo(book, wrong, **BY)


def test_an_undone_merge_is_decided_apart_unless_told_otherwise_and_the_decision_can_be_withdrawn(book: Book) -> None:
    run(book, "ab", "c")
    first = memberships(book)
    run(book, "abc")
    undo(book, newest(book, "merge"), **BY)
    found = decisions(book, rows("abc"))
    assert found.apart.tolist() == [[3, 1], [3, 2]]
    with pytest.raises(BadSettings, match=f"decision {newest(book, 'apart')} keeps some of these records apart"):
        join(book, first["a"], first["c"], **BY)
    undo(book, newest(book, "apart"), **BY)
    assert len(decisions(book, rows("abc")).apart) == 0
    join(book, first["a"], first["c"], **BY)
    undo(book, newest(book, "merge"), apart=False, **BY)
    assert memberships(book) == first
    assert [len(part) for part in (decisions(book, rows("abc")).apart, decisions(book, rows("abc")).together)] == [0, 0]


def test_an_attachment_is_undone_and_the_record_may_be_attached_elsewhere(book: Book) -> None:
    run(book, "ab", "c")
    first = memberships(book)
    run(book, "abx", "c")
    undo(book, newest(book, "attach"), **BY)
    assert memberships(book) == first
    run(book, "ab", "cx")
    assert memberships(book)["x"] == first["c"]
    assert book.rows("SELECT count(*) FROM source_records") == [(4,)]


def test_an_undone_parting_brings_the_records_back(book: Book) -> None:
    run(book, "abc")
    first = memberships(book)
    parted = part(book, first["a"], keys("c"), **BY)
    new = memberships(book)["c"]
    assert groups(book) == {frozenset("ab"), frozenset("c")}
    assert decisions(book, rows("abc")).apart.tolist() == [[3, 1], [3, 2]]
    undo(book, parted.events[1].seq, **BY)
    assert memberships(book) == first
    assert len(decisions(book, rows("abc")).apart) == 0
    assert resolve(book, new) == [first["a"]]


def test_what_a_person_parted_stays_apart_when_an_older_merge_is_undone(book: Book) -> None:
    run(book, "ab", "cd")
    run(book, "abcd")
    whole = memberships(book)["a"]
    part(book, whole, keys("d"), **BY)
    undo(book, newest(book, "merge"), **BY)
    assert groups(book) == {frozenset("ab"), frozenset("c"), frozenset("d")}


@pytest.mark.parametrize("seed", range(3))
def test_all_of_many_nested_merges_undone_in_any_order_leave_the_first_state(book: Book, seed: int) -> None:
    chance = random.Random(seed)
    run(book, *[[f"{at:02}a", f"{at:02}b"] for at in range(12)])
    first, ids = memberships(book), set(given(book))
    for _ in range(11):
        join(book, *chance.sample(sorted(live(book)), 2), **BY)
    merges = [int(str(seq)) for (seq,) in book.rows("SELECT seq FROM identity_events WHERE kind = 'merge'")]
    chance.shuffle(merges)
    for seq in merges:
        undo(book, seq, **BY)
    assert (memberships(book), live(book), pointers(book)) == (first, ids, {})


# decisions


def test_decisions_over_the_same_records_may_not_contradict_each_other_even_through_others(book: Book) -> None:
    run(book, "a", "b", "c", "d")
    first = memberships(book)
    whole = join(book, first["a"], first["b"], **BY)
    with pytest.raises(
        BadSettings, match=rf"(?s)decision {whole.events[-1].seq} keeps some of these records together.*To mend: duecare identity undo"
    ):
        part(book, first["a"], keys("b"), **BY)
    run(book, "ab", "cd")
    apart = undo(book, newest(book, "merge"), **BY).events[-1]
    assert apart.kind == "apart"
    join(book, memberships(book)["b"], memberships(book)["c"], **BY)
    with pytest.raises(BadSettings, match=f"decision {apart.seq} keeps some of these records apart"):
        join(book, memberships(book)["d"], memberships(book)["a"], **BY)
    assert groups(book) == {frozenset("abc"), frozenset("d")}


def test_decisions_outlive_runs_that_see_it_otherwise_and_name_records_of_the_run(book: Book) -> None:
    run(book, "ab", "c", "x")
    join(book, memberships(book)["a"], memberships(book)["c"], **BY)
    run(book, "a", "b", "c")  # a retraining from scratch that did not ask
    found = decisions(book, rows("abc"))
    assert {frozenset(pair) for pair in found.together.tolist()} == {frozenset((1, 2)), frozenset((1, 3))}
    assert decisions(book, rows("bc")).together.tolist() == [[1, 2]]


def test_joining_takes_ids_that_were_merged_away_and_refuses_what_leads_nowhere_or_to_several(book: Book) -> None:
    run(book, "ab", "c", "d")
    first = memberships(book)
    join(book, first["a"], first["c"], **BY)
    join(book, first["c"], first["d"], **BY)
    assert groups(book) == {frozenset("abcd")}
    with pytest.raises(BadSettings, match="leads to nobody"):
        join(book, first["a"], "cu_none", **BY)


def test_parting_refuses_strangers_nobody_and_all(book: Book) -> None:
    run(book, "ab", "c")
    who = memberships(book)["a"]
    for wrong, told in (
        (keys("c"), "1 of 1 records are not"),
        (keys("a", "zz"), "1 of 2"),
        (keys("a", "b"), "all records"),
        ([], "0 of 0"),
    ):
        with pytest.raises(BadSettings, match=told):
            part(book, who, wrong, **BY)


def test_a_locked_customer_is_told_to_runs_and_closed_to_people_until_unlocked(book: Book) -> None:
    run(book, "ab", "c")
    first = memberships(book)
    lock(book, first["a"], **BY)
    assert decisions(book, rows("abc")).locked.tolist() == [1, 2]
    for act in (lambda: join(book, first["a"], first["c"], **BY), lambda: part(book, first["a"], keys("b"), **BY)):
        with pytest.raises(BadSettings, match=f"{first['a']} is locked[^!]*duecare identity unlock"):
            act()
    with pytest.raises(BadSettings, match="locked already"):
        lock(book, first["a"], **BY)
    unlock(book, first["a"], **BY)
    assert decisions(book, rows("abc")).locked.tolist() == []
    undo(book, newest(book, "unlock"), **BY)
    with pytest.raises(BadSettings, match="is locked"):
        join(book, first["a"], first["c"], **BY)
    undo(book, newest(book, "lock"), **BY)
    join(book, first["a"], first["c"], **BY)


def test_a_dry_run_says_the_same_and_does_nothing(book: Book) -> None:
    run(book, "ab", "c")
    first, seq = memberships(book), newest(book, "mint")
    said = join(book, first["a"], first["c"], dry_run=True, **BY)
    assert [event.kind for event in said.events] == ["merge", "together"]
    assert (memberships(book), book.rows("SELECT max(seq) FROM identity_events")) == (first, [(seq,)])
    with pytest.raises(BadSettings, match="all records"):
        part(book, first["c"], keys("c"), dry_run=True, **BY)


# what stands by it


def test_history_tells_what_happened_in_words_with_who_and_why(book: Book) -> None:
    run(book, "ab", "c")
    first = memberships(book)
    run(book, "abc", why="their e-mails are alike")
    undo(book, newest(book, "merge"), actor="bo", why="mother and son", at=BY["at"])
    told = {event.said: event for event in history(book, first["c"])}
    assert list(told) == [
        "the id was given, to 1 record",
        f"it was merged into {first['a']} with 1 record",
        f"event 3 was undone: 1 record came back to it out of {first['a']}",
        "1 record and 2 records were declared no one customer",
    ]
    merged, undone = list(told.values())[1:3]
    assert (merged.actor, merged.why, merged.undone_by) == ("duecare run", "their e-mails are alike", undone.seq)
    assert (undone.actor, undone.why) == ("bo", "mother and son")
    assert members(book, first["a"]) == keys("a", "b")


def test_a_person_is_forgotten_and_the_ledger_holds_without_them(book: Book) -> None:
    run(book, "ab", "c")
    first = memberships(book)
    run(book, "abc")
    with book.write() as transaction:
        assert forget(transaction, keys("b", "c"), **BY) == 2
    assert memberships(book) == {"a": first["a"]}
    assert verify_ledger(book).forgotten == 2
    assert (resolve(book, first["a"]), resolve(book, first["c"])) == ([first["a"]], [first["a"]])
    undo(book, newest(book, "merge"), **BY)  # what was forgotten stays so
    assert memberships(book) == {"a": first["a"]}
    run(book, "ab")  # the same number again is somebody new
    assert book.rows("SELECT record FROM source_records ORDER BY record") == [(1,), (4,)]


def test_rows_deleted_by_hand_to_forget_someone_break_nothing(book: Book) -> None:
    run(book, "ab", "c")
    with book.write() as transaction:
        for table in ("memberships", "source_records"):
            transaction.rows(f"DELETE FROM {table} WHERE source_id = 'b'")
    assert verify_ledger(book).forgotten == 1
    run(book, "ac")


BROKEN = {
    "a membership is changed": ("UPDATE memberships SET customer_id = 'cu_x' WHERE source_id = 'a'", "not where their events took them"),
    "a membership is gone": ("DELETE FROM memberships WHERE source_id = 'a'", "not where their events took them"),
    "a membership is made up": ("INSERT INTO memberships VALUES ('shop', 'zz', 'cu_x')", "an id that no event gave them"),
    "an event is changed": (
        "UPDATE identity_events SET to_id = 'cu_x' WHERE seq = 1",
        "took record 1 from where it was not|not where|was changed",
    ),
    "an event is gone": ("DELETE FROM identity_events WHERE seq = 1", "event 1 is missing"),
    "the newest event is gone": ("DELETE FROM identity_events WHERE seq = 3", "an event of act 2 was changed"),
    "an act is gone": ("DELETE FROM identity_acts WHERE act = 2", "act 2 stands"),
    "the index is changed": ("DELETE FROM identity_touched WHERE seq = 3", "the index of records"),
}


@pytest.mark.parametrize(("sql", "told"), BROKEN.values(), ids=BROKEN.keys())
def test_whatever_is_changed_behind_the_ledger_is_found(address: str, sql: str, told: str) -> None:
    with open_book(address) as book:
        run(book, "ab", "c")
        run(book, "abc")
        verify_ledger(book)
        with book.write() as transaction:
            transaction.rows(sql)
        with pytest.raises(StoreTrouble, match=told):
            verify_ledger(book)


def test_memberships_are_rebuilt_from_the_events(book: Book) -> None:
    run(book, "ab", "c")
    due = memberships(book)
    with book.write() as transaction:
        transaction.rows("UPDATE memberships SET customer_id = 'cu_x' WHERE source_id = 'a'")
        transaction.rows("DELETE FROM memberships WHERE source_id = 'b'")
        transaction.rows("INSERT INTO memberships VALUES ('shop', 'zz', 'cu_x')")
        transaction.rows("DELETE FROM identity_touched")
    assert rebuild(book, actor="ada", at=BY["at"]) == 3
    assert memberships(book) == due


def test_what_a_person_did_during_a_run_stands(book: Book) -> None:
    run(book, "a", "b", "c", "d")
    first = memberships(book)
    records = rows("abcdx")
    known = held(book, records)
    join(book, first["a"], first["b"], **BY)
    act = Act(actor="duecare run", kind="identity", why="", at=NOW)
    name_customers(book, records, np.array([0, 1, 2, 2, 0]), act, known=known)  # c and d are one, x is a's
    assert groups(book) == {frozenset("ab"), frozenset("cd"), frozenset("x")}


def test_two_writers_take_turns_and_the_ledger_holds(book: Book, address: str) -> None:
    run(book, *[[f"{at:02}"] for at in range(40)])

    def work(low: int) -> None:
        with open_book(address) as mine:
            for at in range(low, low + 20, 2):
                ids = memberships(mine)
                done = join(mine, ids[f"{at:02}"], ids[f"{at + 1:02}"], **BY)
                if at % 4 == 0:
                    undo(mine, done.events[0].seq, **BY)

    writers = [threading.Thread(target=work, args=(low,)) for low in (0, 20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(live(book)) == 30


# books of before


def test_a_book_from_before_the_ledger_enters_it_with_its_ids_and_where_they_went(address: str) -> None:
    with open_book(address) as book, book.write() as transaction:  # as the earlier program left it
        for table in ("identity_events", "identity_touched", "identity_acts", "source_records"):
            transaction.rows(f"DROP TABLE {table}")
        transaction.rows("DELETE FROM migrations WHERE number = 4")
        ids = [("cu_a", None), ("cu_b", "cu_a"), ("cu_c", "cu_b"), ("cu_d", "cu_a")]  # cu_d lives and points elsewhere
        transaction.many("INSERT INTO customer_ids VALUES (?, '2025-05-05T00:00:00+00:00', ?)", ids)
        held_then = [("a", "cu_a"), ("b", "cu_a"), ("d", "cu_d"), ("e", "cu_e")]  # cu_e was never entered
        transaction.many("INSERT INTO memberships VALUES ('shop', ?, ?)", held_then)
    with open_book(address) as book:
        assert memberships(book) == retold(book) == dict(held_then)
        assert verify_ledger(book).events == 7
        kinds = book.rows("SELECT kind, from_id, to_id FROM identity_events WHERE kind <> 'mint' ORDER BY seq")
        assert kinds == [("merge", "cu_b", "cu_a"), ("merge", "cu_c", "cu_b")]
        assert {name: resolve(book, name) for name in ("cu_b", "cu_c", "cu_d", "cu_e")} == {
            "cu_b": ["cu_a"],
            "cu_c": ["cu_a"],
            "cu_d": ["cu_d"],
            "cu_e": ["cu_e"],
        }
        with pytest.raises(BadSettings, match="older than the ledger"):
            undo(book, newest(book, "merge"), **BY)
        run(book, "abd", "e")
        assert memberships(book)["d"] == "cu_a"
        assert history(book, "cu_a")[0].why == "held before the ledger began"
