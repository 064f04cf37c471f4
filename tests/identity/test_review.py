"""The promise: the doubts listed are the most uncertain with the most at stake, and nothing that somebody decided is among them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from duecare.identity import acts, review
from duecare.identity.deciding import keep_apart, keep_together
from duecare.identity.history import history
from duecare.identity.review import FROM_BITS, SURE, Doubt
from duecare.identity.rulings import Decisions
from duecare.records import Book, open_book, open_scratch
from duecare.words import BadSettings
from identity.ledgers import BY, groups, keys, memberships, newest, run

NONE: dict[str, Any] = {"together": np.empty((0, 2), np.int64), "apart": np.empty((0, 2), np.int64), "locked": np.empty(0, np.int64)}
Pair = tuple[int, int, float, int]


def doubts(
    folder: Path,
    customers: Mapping[str, Sequence[int]],
    pairs: Sequence[Pair],
    *,
    confidence: float = 1.0,
    worth: Mapping[str, float] | None = None,
    locked: Sequence[str] = (),
    **decided: Any,  # noqa: ANN401
) -> list[dict[str, Any]]:
    """The review of customers, given by their records, between which and within which pairs were weighed."""
    rows = sorted((record, name) for name, records in customers.items() for record in records)
    value = worth or {}
    with open_scratch(folder, memory_gb=1, threads=1) as warehouse:
        warehouse.put(
            "clusters",
            pa.table({"record": [r for r, _ in rows], "customer_id": [n for _, n in rows], "confidence": [confidence] * len(rows)}),
        )
        kinds = {"a": pa.int64(), "b": pa.int64(), "bits": pa.float64(), "apart": pa.int8()}
        warehouse.put(
            "weighed", pa.table({name: pa.array([pair[at] for pair in pairs], kind) for at, (name, kind) in enumerate(kinds.items())})
        )
        warehouse.put(
            "worth", pa.table({"customer_id": pa.array(list(value), pa.string()), "value": pa.array(list(value.values()), pa.float64())})
        )
        assert review.review(warehouse, Decisions(**(NONE | decided)), set(locked)) == len(warehouse.arrow("SELECT 1 FROM {r}", r="review"))
        found = warehouse.arrow("SELECT * FROM {r} ORDER BY rank", r="review").to_pylist()
        assert set(warehouse.tables()) == {"clusters", "weighed", "worth", "review"}
    assert [row["rank"] for row in found] == list(range(1, len(found) + 1))
    return found


TWO = {"cu_a": [1], "cu_b": [2]}


@pytest.mark.parametrize(("bits", "many"), [(FROM_BITS, 0), (float(np.nextafter(FROM_BITS, 0)), 1), (0.0, 1), (9.0, 1)])
def test_two_customers_are_in_doubt_above_the_line_and_not_on_it(bits: float, many: int, tmp_path: Path) -> None:
    found = doubts(tmp_path, TWO, [(1, 2, bits, 0)])
    assert [(row["kind"], row["customer_id"], row["other_id"]) for row in found] == [("join", "cu_a", "cu_b")] * many


@pytest.mark.parametrize(("confidence", "many"), [(SURE, 0), (float(np.nextafter(SURE, 0)), 1)])
def test_a_customer_is_in_doubt_below_the_line_and_not_on_it(confidence: float, many: int, tmp_path: Path) -> None:
    found = doubts(tmp_path, {"cu_a": [1, 2]}, [(1, 2, 0.5, 0)], confidence=confidence)
    assert [(row["kind"], row["customer_id"], row["other_id"]) for row in found] == [("part", "cu_a", None)] * many


def test_a_record_alone_is_in_no_doubt(tmp_path: Path) -> None:
    assert doubts(tmp_path, {"cu_a": [1]}, [], confidence=0.5) == []


def test_the_even_and_valuable_goes_first_and_who_is_worth_nothing_goes_by_uncertainty(tmp_path: Path) -> None:
    customers = {f"cu_{name}": [at] for at, name in enumerate("abcdefgh", 1)}
    pairs = [(1, 2, -1.5, 0), (3, 4, -3.9, 0), (5, 6, -1.5, 0), (7, 8, -3.0, 0)]
    found = doubts(tmp_path, customers, pairs, worth={"cu_a": 10.0, "cu_c": 1000.0, "cu_d": 500.0})
    assert [row["customer_id"] for row in found] == ["cu_c", "cu_a", "cu_e", "cu_g"]
    assert [row["value"] for row in found] == [1500.0, 10.0, 0.0, 0.0]


def test_what_keeps_two_apart_is_told_where_the_pairs_tell_it(tmp_path: Path) -> None:
    """Who is torn, called like another of a home, or below a higher threshold cannot be told from pairs alone."""
    told = [
        doubts(tmp_path / f"{kind}{bits}", TWO, [(1, 2, bits, kind)])[0]["why"] for kind, bits in ((0, -1.0), (0, 9.0), (1, 9.0), (2, 9.0))
    ]
    due = ("which is not enough", "duecare explain", "birth dates", "given names")
    assert [word in said for word, said in zip(due, told, strict=True)] == [True] * 4


@pytest.mark.parametrize(
    ("kind", "probability", "due"), [("join", 0.5, 1.0), ("join", 0.999, 1.0), ("join", 0.1, 0.36), ("part", 0.9, 0.36), ("part", 0.4, 1.0)]
)
def test_what_is_more_likely_wrong_than_right_is_as_uncertain_as_can_be(kind: str, probability: float, due: float) -> None:
    common: dict[str, Any] = {"customer_id": "a", "other_id": "b", "record_a": 1, "record_b": 2, "out": "", "value": 1.0, "why": ""}
    assert Doubt(kind=kind, **common, probability=probability).uncertainty == pytest.approx(due)


def test_a_doubtful_customer_comes_apart_at_its_weakest_pair(tmp_path: Path) -> None:
    pairs = [(1, 2, 9.0, 0), (3, 4, 9.0, 0), (5, 3, 8.0, 0), (2, 3, 1.0, 0), (1, 4, -2.0, 0)]
    (found,) = doubts(tmp_path, {"cu_a": [1, 2, 3, 4, 5]}, pairs, confidence=0.9)
    assert (found["out"], found["record_a"], found["record_b"], found["probability"]) == ("1 2", 3, 2, 0.9)
    assert "2 of its records hang on the others with +1.0 bits" in found["why"]


def test_records_that_no_pair_holds_to_the_others_are_the_ones_in_doubt(tmp_path: Path) -> None:
    (found,) = doubts(tmp_path, {"cu_a": [1, 2, 3]}, [(1, 3, 9.0, 0)], confidence=0.9)
    assert (found["out"], found["record_a"], found["record_b"]) == ("2", 1, 2)


def test_what_was_ruled_or_locked_is_in_no_doubt(tmp_path: Path) -> None:
    pairs = [(1, 2, 0.0, 0)]
    assert doubts(tmp_path / "1", TWO, pairs, apart=np.array([[2, 1]])) == []
    assert doubts(tmp_path / "2", TWO, pairs, locked=["cu_b"]) == []
    one = {"cu_a": [1, 2]}
    assert doubts(tmp_path / "3", one, pairs, confidence=0.9, together=np.array([[1, 2]])) == []
    assert doubts(tmp_path / "4", one, pairs, confidence=0.9, locked=["cu_a"]) == []


def test_no_more_doubts_are_kept_than_somebody_can_look_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "MOST", 3)
    customers = {f"cu_{at}": [at] for at in range(1, 9)}
    found = doubts(tmp_path, customers, [(at, at + 1, 0.0, 0) for at in (1, 3, 5, 7)], worth={f"cu_{at}": float(at) for at in range(1, 9)})
    assert [row["customer_id"] for row in found] == ["cu_7", "cu_5", "cu_3"]


# deciding


def of(book: Book, name: str) -> str:
    return memberships(book)[name]


def test_two_who_stay_two_are_ruled_apart_for_ever_and_nobody_moves(book: Book) -> None:
    run(book, "ab", "c")
    before = groups(book)
    assert keep_apart(book, of(book, "a"), of(book, "c"), **BY).moved == 0
    assert groups(book) == before
    with pytest.raises(BadSettings, match="keeps some of these records apart"):
        acts.join(book, of(book, "a"), of(book, "c"), **BY)
    assert [one.kind for one in history(book, of(book, "c"))] == ["mint", "apart"]
    acts.undo(book, newest(book, "apart"), **BY)
    assert acts.join(book, of(book, "a"), of(book, "c"), **BY).moved == 1


def test_one_who_stays_one_is_ruled_together_for_ever(book: Book) -> None:
    run(book, "abc")
    assert keep_together(book, of(book, "a"), keys("a", "b"), **BY).moved == 0
    with pytest.raises(BadSettings, match="keeps some of these records together"):
        acts.part(book, of(book, "a"), keys("b"), **BY)
    assert acts.part(book, of(book, "a"), keys("c"), **BY).moved == 1


def test_what_cannot_be_ruled_is_refused(book: Book) -> None:
    run(book, "ab", "c")
    with pytest.raises(BadSettings, match="both are cu_"):
        keep_apart(book, of(book, "a"), of(book, "b"), **BY)
    with pytest.raises(BadSettings, match="leads to 0 customers"):
        keep_apart(book, of(book, "a"), "cu_nobody", **BY)
    with pytest.raises(BadSettings, match="1 of 2 records are not"):
        keep_together(book, of(book, "a"), keys("a", "c"), **BY)


def test_a_dry_run_rules_nothing(tmp_path: Path) -> None:
    with open_book("sqlite:book.db", tmp_path) as opened:
        run(opened, "a", "b")
        keep_apart(opened, of(opened, "a"), of(opened, "b"), **BY, dry_run=True)
        assert opened.rows("SELECT count(*) FROM identity_events WHERE kind = 'apart'") == [(0,)]
