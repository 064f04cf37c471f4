"""The promise: a run publishes segments and who moved between them in a year, in quarters or fifths as the settings say."""

from pathlib import Path
from typing import Any

import pytest

from app.calling import duecare, make_shop, order, rows, say
from duecare.app import report
from duecare.app.report import segments
from duecare.app.report.said import Said
from duecare.records import Runs

OLD = [order(f"a{at}", "ann", f"2024-0{at + 1}-01", 100, 60) for at in range(5)]  # often and long ago
NEW = [order(f"b{at}", "bob", f"2025-1{at}-01", 50, 30) for at in range(3)]  # lately
ONCE = [order(f"c{at}", f"once{at}", f"2024-03-{at + 10}", 10 + at, 5) for at in range(6)]


def walked(folder: Path, *said: tuple[str, str]) -> Path:
    make_shop(folder, [*OLD, *NEW, *ONCE])
    for old, new in said:
        say(folder, old, new)
    assert (told := duecare("run", folder=folder)).code == 0, told.err
    return folder


def facts_of(folder: Path) -> dict[str, Any]:
    with Runs.at("duckdb:warehouse", folder).read() as published:
        return dict(published.facts)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return walked(tmp_path_factory.mktemp("quarters"))


def test_everybody_who_bought_has_a_segment_that_agrees_with_their_valuation(shop: Path) -> None:
    sql = "SELECT s.rfm AS one, v.rfm AS other, s.segment FROM {segments} s JOIN {valuation} v USING (customer_id)"
    found = rows(shop, sql, "segments", "valuation")
    assert len(found) == 8
    assert all(row["one"] == row["other"] for row in found)
    assert sum(one["customers"] for one in facts_of(shop)["findings"]["segments"]["counts"]) == 8


def test_who_bought_within_the_year_alone_is_new(shop: Path) -> None:
    moves = rows(shop, "SELECT * FROM {rfm_transition}", "rfm_transition")
    new = [row for row in moves if row["before"] is None]
    assert {row["of"]: row["customers"] for row in new} == dict.fromkeys(("segment", "rfm_r", "rfm_f", "rfm_m"), 1)
    for of in ("segment", "rfm_r", "rfm_f", "rfm_m"):
        assert sum(row["customers"] for row in moves if row["of"] == of) == 8
    assert not [row for row in moves if row["now"] is None]


def test_the_best_buyer_of_a_year_before_has_aged(shop: Path) -> None:
    moves = rows(shop, "SELECT * FROM {rfm_transition}", "rfm_transition")
    top = [row for row in moves if row["of"] == "segment" and row["before"] == "Top"]
    assert [(row["now"], row["customers"], row["share"]) for row in top] == [("Top", 1, 1.0)]


def test_a_customer_who_comes_in_a_later_run_changes_nobody_elses_past(tmp_path: Path) -> None:
    folder = walked(tmp_path)
    (folder / "duecare.toml").unlink()
    make_shop(folder, [*OLD, *NEW, *ONCE, order("z0", "aaron", "2025-12-02", 30, 20)])  # whose record comes before all others
    assert (told := duecare("run", folder=folder)).code == 0, told.err
    sql = "SELECT s.segment FROM {segments} s JOIN {members} m ON m.customer_id = s.customer_id WHERE m.source_id = 'ann'"
    (ann,) = rows(folder, sql, "segments", "members")
    moves = rows(folder, "SELECT * FROM {rfm_transition} WHERE of = 'segment' AND before = 'Top'", "rfm_transition")
    assert [(row["now"], row["customers"]) for row in moves] == [(ann["segment"], 1)]


def test_nothing_of_the_year_before_stays_in_the_warehouse(shop: Path) -> None:
    with Runs.at("duckdb:warehouse", shop).read() as published:
        assert not [table for table in published.warehouse.tables() if table.endswith("_before")]


def test_the_report_shows_segments_and_where_they_went(shop: Path) -> None:
    page = report.render(facts_of(shop))
    assert 'id="table-segments"' in page
    assert 'id="table-segment-moves"' in page
    assert "who had bought by 1 December 2024" in page


def test_fifths_give_five_classes_ten_segments_and_a_grid_of_twenty_five(tmp_path: Path) -> None:
    folder = walked(tmp_path, ("discount_percent_per_year = 10", "discount_percent_per_year = 10\nrfm_classes = 5"))
    found = rows(folder, "SELECT max(rfm_r) AS worst FROM {valuation}", "valuation")
    facts = facts_of(folder)
    assert found == [{"worst": 5}]
    assert facts["findings"]["segments"]["counts"][0]["segment"] == "Champions"
    assert report.render(facts).count(">R 5<") == 1
    assert any("not fifths" in note for note in facts["notes"])
    assert not any("not quarters" in note for note in facts["notes"])


def test_a_year_before_the_first_purchase_nobody_can_have_moved() -> None:
    said = Said({"findings": {"segments": {"before": "2020-01-01T00:00:00+00:00", "counts": [], "moves": []}}})
    assert segments.moved(said) == "Nobody had bought a year before, on 1 January 2020, so nobody can have moved."
    assert segments.transition_table(said) is None
    assert segments.segments_table(said) is None
    assert segments.moved(Said({})) == ""
