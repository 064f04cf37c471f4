"""Bad input gets a clear error, or its rows are set aside with a reason; it never changes a result silently."""

import os
from pathlib import Path

import pytest

from duecare.app import batch
from duecare.app.progress import Progress
from duecare.app.settings import Kept, Settings
from duecare.records import Runs
from duecare.sources import Input
from duecare.words import BadSettings, DuecareError
from sources.bad_inputs import CASES, GOOD, HEAD, PRIVATE, Case
from sources.kitchen import NOW, Dish, cook, sums_hold


def test_there_are_at_least_fifty_bad_inputs() -> None:
    assert len(CASES) >= 50


@pytest.mark.parametrize("case", list(CASES.values()), ids=list(CASES))
def test_a_bad_input_is_told_or_set_aside(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path / case.file)
    if case.error is not None:
        with pytest.raises(case.error) as caught:
            cook(tmp_path, case.input())
        told_well(caught.value, case)
    else:
        came_out_as(cook(tmp_path, case.input()), case)


def told_well(error: DuecareError, case: Case) -> None:
    """What is wrong, where it looked and what mends it; nothing of a person."""
    text = str(error)
    assert error.wrong
    assert error.mend
    assert all(word in text for word in case.says), text
    assert PRIVATE not in text


def came_out_as(made: Dish, case: Case) -> None:
    counts = made.only
    assert sums_hold(counts)
    assert counts.reasons == case.aside
    assert counts.rows_used == case.used
    assert counts.cells_emptied == case.emptied
    assert len(made.aside) == counts.rows_aside
    assert all(any(word in note for note in made.notes) for word in case.says), made.notes
    rows = sorted(made[case.input().table or ""], key=lambda row: str(row.get("order_id") or row.get("source_id")))
    assert {name: tuple(row[name] for row in rows) for name in case.holds} == case.holds
    assert PRIVATE not in repr((made.aside, made.notes, counts))


REFUSED = {name: case for name, case in CASES.items() if case.error is not None}


@pytest.mark.parametrize("case", list(REFUSED.values()), ids=list(REFUSED))
def test_a_run_over_a_bad_input_ends_in_the_same_clear_error_and_publishes_nothing(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path / case.file)
    settings = Settings(file=tmp_path / "duecare.toml", inputs=(case.input(),), records=Kept(memory_gb=1.0))
    with pytest.raises(DuecareError) as caught:
        batch.run(settings, batch.Options(now=NOW), Progress(quiet=True))
    told_well(caught.value, case)
    assert Runs.at("duckdb:warehouse", tmp_path).current() is None


@pytest.mark.parametrize("denied", ["folder", "file"])
def test_what_may_not_be_read_is_told(denied: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orders.csv").write_text(f"{HEAD}\n{GOOD}\n")
    closed = tmp_path if denied == "folder" else tmp_path / "orders.csv"
    allowed = os.access  # root may read everything, so the system's answer is stood in for
    monkeypatch.setattr(os, "access", lambda path, mode: False if Path(path) == closed else allowed(path, mode))
    with pytest.raises(BadSettings, match="may not be read by this user") as caught:
        cook(tmp_path, CASES["a header and no row"].input())
    assert "chmod" in caught.value.mend


def test_a_row_set_aside_is_told_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(f"{HEAD}\n{GOOD}\n2,a,never,10,EUR\n")
    (row,) = cook(tmp_path, CASES["a header and no row"].input()).aside
    assert (row["input"], row["file"], row["table_name"], row["row_number"], row["column_name"]) == (
        "bad",
        "orders.csv",
        "orders",
        3,
        "ordered_at",
    )


def test_foreign_money_is_converted_by_the_rate_of_its_day(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(f"{HEAD}\n{GOOD}\n2,a,2026-01-02T10:00:00Z,10.00,USD\n3,a,2026-01-05T10:00:00Z,10.00,USD\n")
    (tmp_path / "fx.csv").write_text("day,currency,rate\n2026-01-01,USD,0.9\n2026-01-04,USD,0.8\n")
    fx = Input(name="fx", path="fx.csv", table="fx", columns={name: name for name in ("day", "currency", "rate")})
    made = cook(tmp_path, CASES["a header and no row"].input(), fx)
    assert {order["order_id"]: float(order["revenue"]) for order in made["orders"]} == {"1": 10, "2": 9, "3": 8}
    assert {order["currency"] for order in made["orders"]} == {"EUR"}
