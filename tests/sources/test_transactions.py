"""The promise: transactions are found in files as people have them; what cannot be used is counted by its reason."""

from pathlib import Path
from typing import Any

import pytest

from duecare.records import open_scratch
from duecare.sources.transactions import Transactions, read_transactions
from duecare.words import BadRows, BadSettings


def read(folder: Path, text: str, columns: dict[str, str] | None = None) -> tuple[Transactions, list[dict[str, Any]]]:
    file = folder / "t.csv"
    file.write_text(text, "utf-8")
    with open_scratch(folder / "scratch", memory_gb=0.5) as warehouse:
        found = read_transactions(warehouse, file, work=folder, columns=columns)
        rows = warehouse.arrow("SELECT customer, day, amount, profit FROM {t} ORDER BY ALL", t="transactions").to_pylist()
    return found, rows


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("customer_id,date,amount\na,2026-01-02,1.50\nb,2026-01-03,-2\n", [1.5, -2.0]),
        ("Kunde;Datum;Betrag\na;02.01.2026;1.234,50\nb;03.01.2026;-2,00\n", [1234.5, -2.0]),
        ("Customer ID\tInvoiceDate\tTotal\na\t2026-01-02 23:59:00\t$1,234.50\nb\t2026-01-03 00:00:00\t($2.00)\n", [1234.5, -2.0]),
        ("user,order date,revenue\na,01/25/2026,3\nb,01/26/2026,4\n", [3.0, 4.0]),
    ],
)
def test_headers_days_and_amounts_are_read_as_people_write_them(tmp_path: Path, text: str, amounts: list[float]) -> None:
    found, rows = read(tmp_path, text)
    assert set(found.columns) == {"customer_id", "date", "amount"}
    assert found.left_out == {}
    assert [row["amount"] for row in rows] == amounts
    assert rows[1]["day"] - rows[0]["day"] == 1


def test_profit_is_the_amount_without_its_cost_where_it_is_not_told(tmp_path: Path) -> None:
    _, by_cost = read(tmp_path, "customer,date,amount,cost\na,2026-01-02,10,4\n")
    _, told = read(tmp_path, "customer,date,amount,cost,profit\na,2026-01-02,10,4,5\n")
    assert (by_cost[0]["profit"], told[0]["profit"]) == (6.0, 5.0)


def test_every_row_is_used_or_counted_by_its_reason(tmp_path: Path) -> None:
    text = "customer,date,amount\na,2026-01-02,1\n,2026-01-02,1\nb,soon,1\nc,2026-01-02,much\nd,2026-01-02,\n"
    found, rows = read(tmp_path, text)
    assert found.rows == 5 == len(rows) + sum(found.left_out.values())
    assert found.left_out == {"no customer": 1, "no day that can be read": 1, "no amount that can be read": 2}


def test_what_is_what_can_be_said(tmp_path: Path) -> None:
    found, rows = read(tmp_path, "x,y,z\n7,2026-01-02,1\n", {"customer_id": "X", "date": "y", "amount": "z"})
    assert (rows[0]["customer"], rows[0]["amount"]) == ("7", 1.0)
    assert found.columns["customer_id"] == "x"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"custmer_id": "x", "date": "y"}, "customer_id"),
        ({"customer_id": "xx", "date": "y"}, "'x'"),
        ({"customer_id": "x"}, "customer_id=HEADER"),
        (None, "customer_id=HEADER"),
    ],
)
def test_a_wrong_mapping_is_refused_with_the_nearest_word(tmp_path: Path, columns: dict[str, str] | None, said: str) -> None:
    with pytest.raises(BadSettings) as wrong:
        read(tmp_path, "x,y,z\n7,2026-01-02,1\n", columns)
    assert said in wrong.value.mend


def test_a_file_of_which_nothing_can_be_used_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadRows, match="no row"):
        read(tmp_path, "customer,date,amount\n,2026-01-02,1\n")
    with pytest.raises(BadRows):
        read(tmp_path, "")
