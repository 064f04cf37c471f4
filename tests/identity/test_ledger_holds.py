"""The promise: what the ledger says is what the book says; who tampers is found, who is forgotten is gone, and writers take turns."""

import threading

import numpy as np
import pytest

from duecare.identity.acts import forget, join, undo
from duecare.identity.history import history, members
from duecare.identity.holding import held
from duecare.identity.ledger import Act
from duecare.identity.merge import name_customers
from duecare.identity.replay import rebuild, verify_ledger
from duecare.identity.standing import resolve
from duecare.records import Book, open_book
from duecare.words import BadSettings, StoreTrouble
from identity.ledgers import BY, NOW, groups, keys, live, memberships, newest, retold, rows, run


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
