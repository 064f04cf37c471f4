"""The promise: a run in which who is who moves further than the limits is held back, and one exactly on them is not."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.identity import Limits, Matching
from duecare.identity.gate import FEW, IDENTIFIERS, GateClosed, Moved, judge, measure, pass_or_refuse
from duecare.identity.holding import held
from duecare.identity.ledger import Integers
from duecare.identity.rulings import Decisions
from duecare.identity.terms import read_canary
from duecare.records import Book, open_book, open_scratch, verify
from duecare.words import BadSettings
from identity.ledgers import NOW, rows, run

LIMITS = Limits(
    largest_customer_records=50, large_customer_records=20, large_growth_points=0.5, churn_percent=2.5, identifier_drop_points=5
)


def moved(**more: Any) -> Moved:  # noqa: ANN401 - counts of every kind
    """A thousand customers of one record each, all known and none moved, who say everything."""
    plain: dict[str, Any] = {"sizes": {"1": 1000}, "records": 1000, "said": dict.fromkeys(IDENTIFIERS, 1000), "known": 1000, "changed": 0}
    return Moved(**(plain | more))


def shut_by(now: Moved, before: Moved | None = None, limits: Limits = LIMITS) -> list[str]:
    return [one.what for one in judge(now, asdict(before) if before else None, limits)]


@pytest.mark.parametrize(("records", "shut"), [(50, []), (51, ["largest customer"])])
def test_the_largest_customer_may_be_as_large_as_the_limit(records: int, shut: list[str]) -> None:
    assert shut_by(moved(sizes={"1": 999, str(records): 1})) == shut


@pytest.mark.parametrize(("records", "shut"), [(80, []), (81, ["largest customer"])])
def test_a_customer_who_was_larger_before_may_stay_so(records: int, shut: list[str]) -> None:
    assert shut_by(moved(sizes={"1": 999, str(records): 1}), moved(sizes={"1": 999, "80": 1})) == shut


@pytest.mark.parametrize(("many", "size", "shut"), [(6, 21, []), (7, 21, ["large customers"]), (7, 20, [])])
def test_large_customers_may_grow_by_so_many_points(many: int, size: int, shut: list[str]) -> None:
    before = moved(sizes={"1": 999, "21": 1})
    assert shut_by(moved(sizes={"1": 1000 - many, str(size): many}), before) == shut
    assert shut_by(moved(sizes={"1": 1000 - many, str(size): many})) == []  # nothing to compare with


@pytest.mark.parametrize(("changed", "shut"), [(25, []), (26, ["churn"])])
def test_so_many_per_cent_of_known_records_may_come_to_another_customer(changed: int, shut: list[str]) -> None:
    assert shut_by(moved(changed=changed)) == shut
    assert shut_by(moved(changed=changed), moved()) == shut


@pytest.mark.parametrize(("changed", "shut"), [(FEW, []), (FEW + 1, ["churn"])])
def test_a_few_records_may_always_come_to_another_customer(changed: int, shut: list[str]) -> None:
    assert shut_by(moved(known=20, changed=changed)) == shut


@pytest.mark.parametrize("name", list(IDENTIFIERS))
@pytest.mark.parametrize(("said", "closed"), [(950, False), (949, True)])
def test_so_many_points_fewer_records_may_carry_an_identifier(name: str, said: int, closed: bool) -> None:
    found = shut_by(moved(said=dict.fromkeys(IDENTIFIERS, 1000) | {name: said}), moved())
    assert found == ([f"records with {IDENTIFIERS[name]}"] if closed else [])


@pytest.mark.parametrize(("lost", "closed"), [(FEW, False), (FEW + 1, True)])
def test_a_few_records_may_always_lack_an_identifier(lost: int, closed: bool) -> None:
    small = {"sizes": {"1": 40}, "records": 40, "known": 40}
    full = moved(**small, said=dict.fromkeys(IDENTIFIERS, 40))
    assert bool(shut_by(replace(full, said=dict(full.said) | {"email": 40 - lost}), full)) == closed


def test_every_canary_and_every_ruling_that_is_not_obeyed_shuts_the_gate() -> None:
    assert shut_by(moved(canaries=(2, 5), absent=(1,), rulings=1)) == ["canary 2", "canary 5", "rulings"]


COUNTS = st.integers(0, 1000)


@given(COUNTS, COUNTS, st.integers(1, 300))
def test_what_is_published_as_it_was_never_shuts_the_gate(changed: int, said: int, size: int) -> None:
    same = moved(sizes={"1": 900, str(size): 3}, changed=min(changed, 25), said=dict.fromkeys(IDENTIFIERS, said))
    assert shut_by(same, same) == ([] if size <= 50 else shut_by(same, same))
    assert "large customers" not in shut_by(same, same)
    assert "largest customer" not in shut_by(same, same)


def test_a_reason_tells_its_number_its_limit_and_its_mend() -> None:
    (one,) = judge(moved(changed=26), None, LIMITS)
    assert (one.number, one.limit) == (2.6, 2.5)
    assert "2.60 % of 1,000 known records" in one.said
    assert "[gate] churn_percent" in str(GateClosed([one]))
    assert "--accept-changes NAME" in str(GateClosed([one]))


# measuring


def measured(folder: Path, book: Book, names: Sequence[str], cluster: Sequence[int], *canaries: str, **decided: Integers) -> Moved:
    """What these clusters of the records *names* would change in a book."""
    records = rows(names)
    nothing: dict[str, Any] = dict.fromkeys(("together", "apart"), np.empty((0, 2), np.int64)) | {"locked": np.empty(0, np.int64)}
    with open_scratch(folder, memory_gb=1) as warehouse:
        warehouse.put("faces", pa.table({name: pa.array(["x", None], pa.string()) for name in IDENTIFIERS}))
        return measure(
            warehouse,
            records,
            np.array(cluster),
            known=held(book, records),
            decided=Decisions(**(nothing | decided)),
            locked=set(),
            terms=Matching(canaries=canaries),
        )


def test_what_moves_is_counted_by_records_and_a_new_one_is_no_churn(tmp_path: Path) -> None:
    with open_book("sqlite:book.db", tmp_path) as book:
        run(book, "ab", "c", "d")
        found = measured(tmp_path, book, "abcde", [0, 0, 0, 1, 1])
    assert (found.known, found.changed, found.sizes, found.largest, found.customers) == (4, 1, {"2": 1, "3": 1}, 3, 2)
    assert (found.records, found.said["email"]) == (2, 1)


def test_canaries_are_judged_where_both_records_are_here(tmp_path: Path) -> None:
    told = ("shop:a = shop:b", "shop:a = shop:c", "shop:a <> shop:c", "shop:a <> shop:b", "shop:a = till:zz")
    with open_book("sqlite:book.db", tmp_path) as book:
        found = measured(tmp_path, book, "abc", [0, 0, 1], *told)
    assert (found.canaries, found.absent) == ((2, 4), (5,))


def test_a_ruling_that_is_not_obeyed_is_counted(tmp_path: Path) -> None:
    with open_book("sqlite:book.db", tmp_path) as book:
        ruled = {"together": np.array([[1, 3]]), "apart": np.array([[1, 2], [2, 3]])}
        assert measured(tmp_path, book, "abc", [0, 0, 1], **ruled).rulings == 2


@pytest.mark.parametrize("text", ["shop:a", "shop:a = shop", "shop:a == till:b", "a = b", "shop:a = shop:a", " = ", "shop: = till:b"])
def test_a_canary_that_is_not_written_as_it_should_be_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(BadSettings, match="canary 7 of") as caught:
        read_canary(7, text)
    assert text.strip() == "=" or text not in caught.value.wrong


# accepting


@pytest.mark.parametrize("name", [None, "", "  "])
def test_nobody_accepts_nothing(name: str | None, tmp_path: Path) -> None:
    with open_book("sqlite:book.db", tmp_path) as book:
        with pytest.raises(GateClosed):
            pass_or_refuse(book, judge(moved(changed=26), None, LIMITS), accepted_by=name, at=NOW)
        assert book.rows("SELECT count(*) FROM audit") == [(0,)]


def test_who_accepted_what_stands_in_the_audit_chain_and_nothing_stands_there_when_nothing_moved(tmp_path: Path) -> None:
    with open_book("sqlite:book.db", tmp_path) as book:
        pass_or_refuse(book, [], accepted_by="Ada", at=NOW)
        pass_or_refuse(book, judge(moved(changed=26), None, LIMITS), accepted_by=" Ada ", at=NOW)
        ((actor, kind, detail),) = book.rows("SELECT actor, kind, detail FROM audit")
        assert (actor, kind) == ("Ada", "identity changes accepted")
        assert detail == '{"reasons":[{"limit":2.5,"number":2.6,"what":"churn"}]}'
        assert verify(book) is None
