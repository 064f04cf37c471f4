"""The promise: a record that comes between two runs goes where the next run would put it, and the ledger knows."""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from duecare.identity import Directory, attach
from duecare.identity.acts import lock, undo
from duecare.identity.history import history
from duecare.identity.replay import verify_ledger
from duecare.records import Book, open_book, open_scratch
from duecare.records import verify as verify_chain
from identity.ledgers import BY
from identity.towns import NOW, STORIES, Town, make_town, members, run
from shop import person

pytestmark = pytest.mark.xdist_group("identity-town")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return make_town(tmp_path_factory.mktemp("town"))


@pytest.fixture
def book(town: Town, tmp_path: Path) -> Iterator[Book]:
    shutil.copy(town.folder / "book.db", tmp_path / "book.db")
    with open_book(f"sqlite:{tmp_path / 'book.db'}") as opened:
        yield opened
        verify_ledger(opened)
        assert verify_chain(opened) is None


@pytest.fixture
def directory(town: Town) -> Directory:
    return town.directory()


def ute(number: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return person(number, "desk", given_name="Ute", family_name="Quandt", email="ute.quandt@mail.example") | more


def somebody(number: str, source: str = "desk") -> dict[str, Any]:
    who: Mapping[str, Any] = {"given_name": "Wanja", "family_name": "Oxenius", "email": "wanja.oxenius@mail.example"}
    return person(number, source, birth_date=date(1988, 3, 4), **who)


def test_the_next_record_of_a_known_person_comes_to_them(directory: Directory, book: Book, town: Town) -> None:
    (gone,) = attach(directory, book, [ute("d1")], at=NOW)
    assert (gone.how, gone.customer_id) == ("attach", town.customers()["shop", "ute"])
    assert members(book)["desk", "d1"] == gone.customer_id
    last = history(book, gone.customer_id)[-1]
    assert (last.kind, last.actor) == ("attach", "duecare attach")
    assert directory.model is not None
    assert last.model == directory.model.version


def test_a_child_of_the_home_becomes_a_customer_of_its_own(directory: Directory, book: Book) -> None:
    child = person("d2", "desk", given_name="Ida", family_name="Quandt", phone="030 901820", street="Lindenweg 4", postcode="10115")
    (gone,) = attach(directory, book, [child], at=NOW)
    assert gone.how == "mint"
    assert history(book, gone.customer_id)[0].kind == "mint"


@pytest.mark.parametrize("at_once", [True, False])
def test_two_records_of_somebody_new_find_each_other(directory: Directory, book: Book, at_once: bool) -> None:
    rows = [somebody("n1"), somebody("n2", "till")]
    gone = attach(directory, book, rows, at=NOW) if at_once else [attach(directory, book, [row], at=NOW)[0] for row in rows]
    assert [one.how for one in gone] == ["mint", "attach"]
    assert gone[0].customer_id == gone[1].customer_id == members(book)["till", "n2"]


def test_what_the_book_holds_stays_and_nothing_is_written(directory: Directory, book: Book, town: Town) -> None:
    before = book.rows("SELECT count(*) FROM identity_events")
    gone = attach(directory, book, [STORIES[0], STORIES[0]], at=NOW)
    assert [(one.how, one.customer_id) for one in gone] == [("held", town.customers()["shop", "ute"])] * 2
    assert book.rows("SELECT count(*) FROM identity_events") == before


def test_after_a_restart_the_same_records_are_where_they_were_and_can_be_found(town: Town, book: Book) -> None:
    first = attach(town.directory(), book, [somebody("n1")], at=NOW)
    again = town.directory()
    assert attach(again, book, [somebody("n1")], at=NOW)[0].customer_id == first[0].customer_id
    (found,) = attach(again, book, [somebody("n2", "till")], at=NOW)
    assert (found.how, found.customer_id) == ("attach", first[0].customer_id)


def test_nothing_comes_to_a_locked_customer(directory: Directory, book: Book, town: Town) -> None:
    name = town.customers()["shop", "ute"]
    lock(book, name, **BY)
    (gone,) = attach(directory, book, [ute("d1")], at=NOW)
    assert (gone.how, gone.customer_id != name) == ("mint", True)


def test_what_a_person_took_out_again_stays_out(directory: Directory, book: Book, town: Town) -> None:
    name = town.customers()["shop", "ute"]
    attach(directory, book, [ute("d1")], at=NOW)
    undo(book, history(book, name)[-1].seq, **BY)
    assert ("desk", "d1") not in members(book)
    (again,) = attach(town.directory(), book, [ute("d1")], at=NOW)
    assert (again.how, again.customer_id != name) == ("mint", True)


def test_a_record_goes_to_the_one_who_lives_on_where_customers_were_joined(directory: Directory, book: Book, town: Town) -> None:
    from duecare.identity.acts import join

    held = town.customers()
    done = join(book, held["shop", "ute"], held["shop", "rolf"], **BY)
    into = str(done.events[0].to_id)
    (gone,) = attach(directory, book, [ute("d1")], at=NOW)
    assert (gone.how, gone.customer_id) == ("attach", into)


def test_records_without_anything_to_go_by_are_each_a_customer(directory: Directory, book: Book) -> None:
    gone = attach(directory, book, [person("x1", "desk"), person("x2", "desk", email="none@none.com", phone="0")], at=NOW)
    assert Counter(one.how for one in gone) == {"mint": 2}
    assert len({one.customer_id for one in gone}) == 2


def test_one_by_one_and_in_the_next_run_records_end_with_the_same_customer(town: Town, tmp_path: Path) -> None:
    for name in ("one", "run"):
        (tmp_path / name).mkdir()
        shutil.copy(town.folder / "book.db", tmp_path / name / "book.db")
    directory, keys = town.directory(), [(row["source"], row["source_id"]) for row in town.newcomers]
    with open_book(f"sqlite:{tmp_path / 'one' / 'book.db'}") as book:
        for row in town.newcomers:
            attach(directory, book, [row], at=NOW)
        one_by_one = members(book)
        verify_ledger(book)
    with open_scratch(tmp_path / "scratch", memory_gb=1) as warehouse, open_book(f"sqlite:{tmp_path / 'run' / 'book.db'}") as book:
        run(warehouse, book, [*town.people, *town.newcomers])
        in_a_run = members(book)
    known = set(town.customers().values())
    same = sum(one_by_one[key] == in_a_run[key] or not known & {one_by_one[key], in_a_run[key]} for key in keys)
    assert same >= 0.97 * len(keys), "n=150"
