"""The promise: any table of transactions can be valued and held to its past, and what is written can be told again."""

import csv
from pathlib import Path

import numpy as np
import pytest

from app.calling import duecare, went_wrong
from value.books import rows_of

COLUMNS = ["customer_id", "expected_orders", "expected_spend", "clv", "clv_low", "clv_high", "p_alive", "p_top10"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the same transactions in several forms."""
    home, rows = tmp_path_factory.mktemp("shop"), rows_of(600, 3)
    write(home / "sales.csv", ["customer", "order date", "total"], rows)
    shuffled = [rows[at] for at in np.random.default_rng(1).permutation(len(rows))]
    write(home / "shuffled.csv", ["customer", "order date", "total"], shuffled)
    write(home / "counted.csv", ["customer", "order date"], [row[:2] for row in rows])
    write(home / "wanting.csv", ["who", "when", "how much"], [*rows, ("", "2024-01-01", "1"), ("x", "soon", "1"), ("y", "2024-01-01", "?")])
    return home


def write(file: Path, header: list[str], rows: list[tuple[str, ...]]) -> None:
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([header, *rows])


def read(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_customer_gets_a_row_with_an_interval_and_probabilities(folder: Path) -> None:
    told = duecare("value", "sales.csv", "--out", "values.csv", "--horizon-days", "180", "--json", folder=folder).json
    rows = read(folder / "values.csv")
    assert list(rows[0]) == COLUMNS
    assert len(rows) == told["customers"] == told["valued"] == len({row["customer_id"] for row in rows})
    for row in rows:
        low, clv, high = (float(row[name]) for name in ("clv_low", "clv", "clv_high"))
        assert 0 <= low <= high
        assert 0 <= clv <= float(row["expected_spend"])
        assert 0 <= float(row["p_alive"]) <= 1
        assert 0 <= float(row["p_top10"]) <= 1
    assert told["clv"] == pytest.approx(sum(float(row["clv"]) for row in rows), rel=1e-6)


def test_the_same_seed_gives_the_same_file_whatever_the_order_of_rows(folder: Path) -> None:
    for name in ("sales", "shuffled"):
        duecare("value", f"{name}.csv", "--out", f"of_{name}.csv", folder=folder)
    assert (folder / "of_sales.csv").read_bytes() == (folder / "of_shuffled.csv").read_bytes()


def test_without_amounts_purchases_are_counted_and_nothing_is_said_of_money(folder: Path) -> None:
    told = duecare("value", "counted.csv", "--out", "counted_out.csv", folder=folder)
    assert "nothing is said of money" in told.out
    rows = read(folder / "counted_out.csv")
    assert all(row["clv"] == row["expected_spend"] == row["clv_high"] == "" for row in rows)
    assert sum(float(row["expected_orders"]) for row in rows) > 0


def test_rows_that_cannot_be_used_are_counted_by_reason(folder: Path) -> None:
    mapping = "customer_id=who,date=when,amount=how much"
    told = duecare("value", "wanting.csv", "--map", mapping, "--out", "wanting_out.csv", "--json", folder=folder).json
    assert told["left_out"] == {"no customer": 1, "no day that can be read": 1, "no amount that can be read": 1}


def test_nothing_after_the_as_of_day_is_looked_at(folder: Path) -> None:
    told = duecare("value", "sales.csv", "--as-of", "2024-01-31", "--out", "early.csv", "--json", folder=folder).json
    assert told["as_of"] == "2024-01-31"
    assert told["left_out"]["later than the as-of day"] > 0
    assert any(row["clv"] == "" for row in read(folder / "early.csv"))


def test_a_backtest_tells_the_scores_the_choice_and_the_calibration(folder: Path) -> None:
    past = duecare("backtest", "sales.csv", "--horizon-days", "180", "--json", folder=folder).json["past"]
    assert [score["captured"] for score in past["scores"]] == sorted((score["captured"] for score in past["scores"]), reverse=True)
    assert len(past["calibration"]) == 10
    said = duecare("backtest", "sales.csv", "--horizon-days", "180", folder=folder).out
    assert "by lot" in said
    assert "was chosen" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("value", "wanting.csv", "--out", "o.csv"), "--map customer_id=HEADER"),
        (("value", "sales.csv", "--out", "o.txt"), "neither CSV nor Parquet"),
        (("value", "sales.csv", "--out", "sales.csv"), "would be written over"),
        (("value", "sales.csv", "--out", "o.csv", "--map", "date=order dte"), "order date"),
        (("value", "none.csv", "--out", "o.csv"), "none.csv"),
        (("backtest", "sales.csv", "--as-of", "1999-01-01"), "nobody had bought"),
        (("backtest",), "duecare.toml"),
    ],
)
def test_what_is_wrong_is_said_with_its_mend(folder: Path, words: tuple[str, ...], said: str) -> None:
    went_wrong(duecare(*words, folder=folder), said)
