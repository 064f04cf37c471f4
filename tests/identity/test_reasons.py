"""The promise: the reason that is stated is the reason; without what is said to have kept two customers apart, they would be one."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from duecare.demo.worlds import make_world
from duecare.identity import acts
from duecare.identity.between import between, case_of
from duecare.identity.evidence import basis, evidence
from duecare.identity.model import Model
from duecare.identity.paths import strongest_path
from duecare.identity.reasons import merges, stopped
from duecare.identity.telling import tell
from duecare.records import open_book, open_scratch
from identity.ledgers import BY
from identity.people import USED, crowd
from identity.published import Ran, ran, run_in
from shop import day, person, stock

ASKED = 150
one_worker = pytest.mark.xdist_group("reasons")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Two thousand people of four channels, run once."""
    folder, made = tmp_path_factory.mktemp("world"), make_world(2_000, seed=31_337)
    with open_scratch(folder, memory_gb=1, threads=1) as warehouse, open_book("sqlite:book.db", folder) as book:
        stock(warehouse, USED)
        people = made.people
        for name, kind in (("household", pa.string()), ("consent_profiling", pa.bool_()), ("needs", pa.string())):
            people = people.append_column(name, pa.nulls(len(people), kind))
        warehouse.put("people", people)
        yield run_in(warehouse, book)


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """The weights that the crowd teaches."""
    with ran(tmp_path_factory.mktemp("crowd"), crowd()) as found:
        assert found.model is not None
        return found.model


CLOSE = """
SELECT DISTINCT least(a.customer_id, b.customer_id) AS a, greatest(a.customer_id, b.customer_id) AS b
FROM {weighed} w JOIN {clusters} a ON a.record = w.a JOIN {clusters} b ON b.record = w.b
WHERE a.customer_id <> b.customer_id AND (w.bits > -2 OR w.apart > 0) ORDER BY md5(concat(least(w.a, w.b), '-', greatest(w.a, w.b)))
"""


@one_worker
def test_without_the_stated_guards_two_customers_of_a_world_are_one_and_with_any_of_them_two(world: Ran) -> None:
    by, seen = basis(world.warehouse, world.said), Counter[str]()
    pairs = world.warehouse.arrow(CLOSE, weighed="weighed", clusters="clusters").to_pylist()[:ASKED]
    assert len(pairs) == ASKED
    for row in pairs:
        case = case_of(world.warehouse, world.book, by, (row["a"], row["b"]))
        why = stopped(case)
        assert not merges(case, ()), row
        assert why.guards, row
        assert merges(case, why.guards), why
        assert all(not merges(case, [one for one in why.guards if one != guard]) for guard in why.guards), why
        seen[why.guards[0]] += 1
    assert len(seen) >= 2, seen


@one_worker
def test_what_is_weighed_again_is_what_the_run_weighed(world: Ran) -> None:
    by = basis(world.warehouse, world.said)
    rows = world.warehouse.arrow("SELECT a, b, bits, apart FROM {w} ORDER BY md5(concat(a, '-', b)) LIMIT 150", w="weighed").to_pylist()
    for row in rows:
        found = evidence(world.warehouse, by, [row["a"], row["b"]])
        assert found.edges.bits[0] == pytest.approx(row["bits"], abs=1e-6)
        assert (found.edges.apart[0], bool(found.seen[0])) == (row["apart"], True)


@one_worker
def test_the_weights_of_all_columns_add_up_to_what_a_pair_says(world: Ran) -> None:
    by = basis(world.warehouse, world.said)
    for row in world.warehouse.arrow("SELECT a, b FROM {w} ORDER BY a, b LIMIT 60", w="weighed").to_pylist():
        found = evidence(world.warehouse, by, [row["a"], row["b"]])
        told = tell(by, found, 0)
        due = float((found.odds.one - found.odds.strangers)[0])
        assert told.start_bits + sum(one.against_strangers_bits for one in told.said) == pytest.approx(due, abs=1e-6)


@one_worker
def test_two_records_of_one_customer_are_connected_by_pairs_of_that_customer_alone(world: Ran) -> None:
    sql = "SELECT min(record) AS a, max(record) AS b FROM {c} GROUP BY customer_id HAVING count(*) > 2 ORDER BY 1 LIMIT 40"
    for row in world.warehouse.arrow(sql, c="clusters").to_pylist():
        told = between(world.warehouse, world.book, world.said, [row["a"]], [row["b"]])
        assert told.together
        ends = Counter(number for pair in told.pairs for number in (pair.a, pair.b))
        assert {number for number, times in ends.items() if times == 1} == {row["a"], row["b"]}


def test_the_strongest_path_goes_round_a_weak_pair() -> None:
    a, b, bits = [1, 1, 2, 3], [4, 2, 3, 4], [2.0, 9.0, 3.0, 9.0]
    assert strongest_path(a, b, bits, 1, 4) == [1, 2, 3]
    assert strongest_path(a, b, [3.5, *bits[1:]], 1, 4) == [0]


# what stopped it, taken out of the inputs

SAME: dict[str, Any] = {
    "given_name": "Ines",
    "family_name": "Terstegen",
    "email": "ines.terstegen@mail.example",
    "phone": "+49 171 1234567",
    "postcode": "10115",
}


def two(**other: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - columns of every kind
    """Two records of one person, beside the crowd; *other* is what the second says otherwise."""
    return [*crowd(), person("p", **SAME), person("q", "desk", **(SAME | other))]


def test_two_whose_given_names_differ_are_told_so_and_are_one_when_the_name_is_taken_away(taught: Model, tmp_path: Path) -> None:
    with ran(tmp_path / "1", two(given_name="Bernd"), pinned=taught) as found:
        told = between(found.warehouse, found.book, found.said, found.number("p"), found.number("q"))
        assert told.stopped is not None
        assert told.stopped.guards[0] == "names"
    with ran(tmp_path / "2", two(given_name=None), pinned=taught) as found:
        assert found.customer("p") == found.customer("q")


def test_a_ruling_is_told_with_who_made_it_and_why_and_undoing_it_makes_them_one_again(taught: Model, tmp_path: Path) -> None:
    with ran(tmp_path, two(), pinned=taught) as found:
        name = found.customer("p")
        assert found.customer("q") == name
        acts.part(found.book, name, [("desk", "q")], **BY)
    with ran(tmp_path, two(), pinned=taught) as found:
        told = between(found.warehouse, found.book, found.said, found.number("p"), found.number("q"))
        assert told.stopped is not None
        assert told.stopped.guards == ("ruling",)
        (ruling,) = told.rulings
        assert (ruling.actor, ruling.why, ruling.kind) == (BY["actor"], BY["why"], "apart")
        acts.undo(found.book, ruling.seq, **BY)
    with ran(tmp_path, two(), pinned=taught) as found:
        assert found.customer("p") == found.customer("q")


def test_a_lock_is_told_and_unlocking_makes_them_one(taught: Model, tmp_path: Path) -> None:
    with ran(tmp_path, two()[:-1], pinned=taught) as found:
        acts.lock(found.book, found.customer("p"), **BY)
    with ran(tmp_path, two(), pinned=taught) as found:
        told = between(found.warehouse, found.book, found.said, found.number("p"), found.number("q"))
        assert told.stopped is not None
        assert told.stopped.guards == ("lock",)
        acts.unlock(found.book, found.customer("p"), **BY)
    with ran(tmp_path, two(), pinned=taught) as found:
        assert found.customer("p") == found.customer("q")


def test_what_somebody_joined_is_told_as_their_ruling(taught: Model, tmp_path: Path) -> None:
    strangers = two(given_name="Bernd", family_name="Ivers", email="b.ivers@mail.example", phone=None, birth_date=day("1970-03-03").date())
    with ran(tmp_path, strangers, pinned=taught) as found:
        acts.join(found.book, found.customer("p"), found.customer("q"), **BY)
    with ran(tmp_path, strangers, pinned=taught) as found:
        told = between(found.warehouse, found.book, found.said, found.number("p"), found.number("q"))
        assert (told.together, [one.kind for one in told.rulings]) == (True, ["together"])


LUDGER: dict[str, Any] = {
    "given_name": "Ludger",
    "family_name": "Terstegen",
    "street": "Lindenweg 4",
    "postcode": "10115",
    "city": "Berlin",
}
FATHER: dict[str, Any] = LUDGER | {"birth_date": day("1950-02-03").date()}
SON: dict[str, Any] = LUDGER | {"birth_date": day("1985-07-19").date()}


@one_worker
def test_two_namesakes_are_told_that_their_birth_dates_differ(world: Ran, tmp_path: Path) -> None:
    card = {"loyalty_id": "QX7700123"}
    for more in ({}, card):
        home = [*crowd(), person("father", **(FATHER | more)), person("son", "desk", **(SON | more))]
        with ran(tmp_path / str(len(more)), home, pinned=world.model) as found:
            told = between(found.warehouse, found.book, found.said, found.number("father"), found.number("son"))
            assert told.stopped is not None
            assert told.stopped.guards[0] == "birth dates"
            assert "namesakes" not in told.stopped.guards


@one_worker
def test_who_could_be_either_of_two_namesakes_is_told_so_and_the_rival_is_one_who_is_told_apart(world: Ran, tmp_path: Path) -> None:
    home = [person("father", **FATHER), person("son", "desk", **SON), person("p", "till", **LUDGER), person("q", **LUDGER)]
    with ran(tmp_path, [*crowd(), *home], pinned=world.model) as found:
        for a, b, guard, rival in (("p", "q", "namesakes", None), ("father", "p", "torn", "son"), ("son", "q", "torn", "father")):
            told = between(found.warehouse, found.book, found.said, found.number(a), found.number(b))
            assert told.stopped is not None
            assert told.stopped.guards == (guard,)
            assert told.stopped.rival == (rival and found.customer(rival))


def test_two_who_say_nothing_that_can_be_compared_are_told_so(taught: Model, tmp_path: Path) -> None:
    with ran(
        tmp_path, [*crowd(), person("p", email="x1@mail.example"), person("q", "desk", phone="+49 171 7654321")], pinned=taught
    ) as found:
        told = between(found.warehouse, found.book, found.said, found.number("p"), found.number("q"))
    assert told.stopped is not None
    assert (told.stopped.average_bits, told.stopped.pairs) == (None, 0)


def test_a_run_in_which_nobody_says_anything_can_be_asked(tmp_path: Path) -> None:
    with ran(tmp_path, [person("p"), person("q")]) as found:
        told = between(found.warehouse, found.book, found.said, found.number("p"), found.number("q"))
        assert told.stopped is not None
        assert told.stopped.average_bits is None
        assert np.isfinite(told.threshold_bits)
