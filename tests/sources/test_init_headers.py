"""`init` reads headers of files it has never seen: most of them right, and what is wrong is marked.

The sets in `headers_dev/` may be learnt from (its README has the rules they are judged by). Those in `heldout/` and `fresh/`
are exams: only totals are looked at, and nothing is changed because of one set's result. Files there are given a name that tells nothing.
"""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from duecare import demo
from duecare.sources import CONTRACT, propose, read_inputs, settings_text
from sources.exam import DEV, EXAMS, Score, score
from sources.kitchen import cook, sums_hold, write_csv


def test_the_sets_developed_on_are_read_with_nothing_silently_wrong() -> None:
    made = score(DEV)
    assert made.share >= 0.95, str(made)
    assert made.silently_wrong == 0, made.wrong
    assert made.doubted < made.found / 2, str(made)


@pytest.fixture(scope="module", params=EXAMS, ids=lambda folder: folder.name)
def exam(request: pytest.FixtureRequest) -> Score:
    folder: Path = request.param
    if not any(folder.glob("*.json")):
        pytest.skip(f"no sets in {folder.name}")
    return score(folder)


def test_nine_of_ten_columns_of_unseen_files_are_read_right(exam: Score) -> None:
    assert exam.share >= 0.9, str(exam)


def test_no_column_of_an_unseen_file_is_silently_wrong(exam: Score) -> None:
    assert exam.silently_wrong == 0, str(exam)


def test_no_preset_takes_an_unseen_file_for_its_own(exam: Score) -> None:
    taken = any("preset " in wrong for wrong in exam.wrong)
    assert not taken


def test_files_in_the_contracts_own_words_need_no_marks(tmp_path: Path) -> None:
    demo.make(tmp_path, customers=100, seed=1, form="csv")
    found = {one.input.table: one for one in propose(tmp_path / "exports", relative_to=tmp_path).inputs}
    files = {file.stem for file in (tmp_path / "exports").glob("*.csv")}
    assert set(found) == files <= set(CONTRACT)
    for table, one in found.items():
        with (tmp_path / "exports" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            headers = next(csv.reader(file))
        assert set(one.columns.values()) == set(headers)
        assert set(one.marks) <= {"currency"}
        assert (one.perhaps, one.lacking, one.left_out) == ({}, (), {})


def test_what_is_proposed_for_a_shop_is_written_read_back_and_loaded_whole(tmp_path: Path) -> None:
    demo.make(tmp_path, customers=100, seed=1, form="csv")
    proposal = propose(tmp_path / "exports", relative_to=tmp_path)
    inputs = read_inputs(settings_text(proposal))
    assert inputs == [one.input for one in proposal.inputs]
    made = cook(tmp_path, *inputs, now=datetime(2030, 1, 1, tzinfo=UTC))
    assert sum(counts.rows_read for counts in made.counts) > 1000
    assert all(sums_hold(counts) and counts.rows_aside == 0 for counts in made.counts)


def test_the_one_currency_that_a_column_names_is_the_books_and_settles_the_files_beside_it(tmp_path: Path) -> None:
    orders = [{"Order ID": str(n), "Customer ID": f"c{n}", "Order Date": "2026-01-05", "Total": "10.00", "Currency": "CHF"} for n in range(9)]  # fmt: skip
    write_csv(tmp_path / "in" / "orders.csv", orders)
    write_csv(tmp_path / "in" / "plans.csv", [{"Customer ID": f"c{n}", "Plan": "Gold", "Monthly Price": "5.00", "Start Date": "2026-01-05"} for n in range(9)])  # fmt: skip
    proposal = propose(tmp_path / "in", relative_to=tmp_path)
    assert proposal.currency == "CHF"
    assert not any("currency" in one.marks for one in proposal.inputs)


def test_no_currency_is_the_books_when_a_column_names_several(tmp_path: Path) -> None:
    orders = [{"Order ID": str(n), "Customer ID": f"c{n}", "Order Date": "2026-01-05", "Total": "10.00", "Currency": code} for n, code in enumerate(["CHF", "EUR"] * 4)]  # fmt: skip
    write_csv(tmp_path / "orders.csv", orders)
    assert propose(tmp_path / "orders.csv", relative_to=tmp_path).currency is None


def orders_and(people: Mapping[str, str], tmp_path: Path) -> Path:
    rows = [{"Order ID": str(n), "Customer ID": f"c{n}", "Customer Name": "Ann", "Customer Email": f"a{n}@example.org", "Order Date": "2026-01-05", "Total": "10.00"} for n in range(9)]  # fmt: skip
    write_csv(tmp_path / "in" / "orders.csv", rows)
    write_csv(tmp_path / "in" / "customers.csv", [{**people, "Customer ID": f"c{n}"} for n in range(9)])
    return tmp_path / "in"


def test_people_told_of_in_orders_do_not_replace_those_of_a_file_of_people(tmp_path: Path) -> None:
    place = orders_and(
        {"First Name": "Ann", "Last Name": "Example", "City": "Dresden", "Email": "ann@example.org", "Postal Code": "01069"}, tmp_path
    )
    proposal = propose(place, relative_to=tmp_path)
    assert [one.input.path for one in proposal.inputs if one.input.table == "people"] == ["in/customers.csv"]
    assert any("also tells of people" in note for note in proposal.notes)


def test_another_systems_headers_that_differ_in_a_letter_are_not_taken_for_a_preset(tmp_path: Path) -> None:
    write_csv(tmp_path / "contacts.csv", [{"Record Id": "1", "First Name": "Ann", "Last Name": "Example", "Email": "ann@example.org"}])
    (one,) = propose(tmp_path / "contacts.csv", relative_to=tmp_path).inputs
    assert one.input.preset is None
    assert one.columns["source_id"] == "Record Id"


def test_calls_without_a_number_of_their_own_get_one_a_row(tmp_path: Path) -> None:
    write_csv(tmp_path / "calls.csv", [{"Customer ID": "c1", "Call Start": "2026-01-05 10:00", "Agent": "Cy", "Wait Time (sec)": "30", "Disposition": "Solved"}] * 2)  # fmt: skip
    (one,) = [one for one in propose(tmp_path / "calls.csv", relative_to=tmp_path).inputs if one.input.table == "contacts"]
    assert "contact_id" in one.marks
    assert not one.lacking
    made = cook(tmp_path, one.input)
    assert len({contact["contact_id"] for contact in made["contacts"]}) == 2
    assert any("each row is taken as one contact" in note for note in made.notes)
