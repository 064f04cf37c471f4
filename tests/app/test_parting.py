"""The promise: the latest run can be asked for curves of any measure, and for what customers are to each brand."""

import csv
from pathlib import Path

import pytest

from app.calling import duecare, went_wrong


@pytest.mark.xdist_group("demo-shop")
def test_curves_add_up_and_any_measure_can_be_asked(demo: Path) -> None:
    for measure in ("revenue", "profit", "contacts", "p_top10"):
        told = duecare("curves", "--of", measure, "--json", folder=demo).json
        assert sum(one["customers"] for one in told["tenths"]) == told["customers"]
        assert sum(one["sum"] for one in told["tenths"]) == pytest.approx(told["sum"])
    assert "Gini" in duecare("curves", folder=demo).out
    went_wrong(duecare("curves", "--of", "revenu", folder=demo), "write revenue")


@pytest.mark.xdist_group("demo-shop")
def test_selves_are_written_and_told_as_of_any_day_up_to_the_run(demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "selves.csv"
    told = duecare("selves", "--by", "brand", "--out", str(out), "--json", folder=demo).json
    with out.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert sum(float(row["revenue"]) for row in rows) == pytest.approx(
        sum(one["revenue"] for one in told["selves"]), abs=0.01 * len(told["selves"])
    )
    assert told["several"] > 0
    early = duecare("selves", "--as-of", "2025-12-31", "--json", folder=demo).json
    assert sum(one["revenue"] for one in early["selves"]) < sum(one["revenue"] for one in told["selves"])
    assert "more than one brand" in duecare("selves", folder=demo).out
    went_wrong(duecare("selves", "--as-of", "2031-01-01", folder=demo), "duecare run --as-of 2031-01-01")
