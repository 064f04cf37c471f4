"""The promise: every change of who is who can be undone, in any order, and leaves ids that lead to somebody for ever."""

import random

import pytest

from duecare.identity.acts import join, lock, part, undo, unlock
from duecare.identity.rulings import decisions
from duecare.identity.standing import resolve
from duecare.records import Book
from duecare.words import BadSettings
from identity.ledgers import BY, given, groups, keys, live, memberships, newest, pointers, rows, run

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
