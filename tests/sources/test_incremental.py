"""A run reads what is new or changed and nothing else; killed at any moment, what is kept stays sound."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from duecare.sources import Input, Landed, land, pieces
from duecare.words import BadRows
from sources.bad_inputs import COLUMNS, HEAD
from sources.kitchen import cook

ORDERS = Input(name="orders", path="orders*.csv", table="orders", source="s", columns=COLUMNS)


def write(file: Path, *numbers: int, revenue: str = "10", age: int = 0) -> None:
    file.write_text("\n".join([HEAD, *(f"{n},a,2026-01-01T10:00:00Z,{revenue},EUR" for n in numbers)]) + "\n")
    os.utime(file, ns=((n := file.stat().st_mtime_ns - age * 10**9), n))


def read(folder: Path, inp: Input) -> Landed:
    return land(inp, base=folder, home=folder / "home", memory_gb=1.0)


def numbers(folder: Path, inp: Input) -> list[str]:
    return [order["order_id"] for order in cook(folder, inp)["orders"]]


def test_a_new_file_is_read_and_the_others_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "orders1.csv", 1, 2)
    read(tmp_path, ORDERS)
    write(tmp_path / "orders2.csv", 3)
    made: list[str] = []
    real = pieces.make_piece
    monkeypatch.setattr(
        "duecare.sources.landing.make_piece", lambda inp, bundle, *rest: made.append(bundle[0].name) or real(inp, bundle, *rest)
    )
    assert numbers(tmp_path, ORDERS) == ["1", "2", "3"]
    assert made == ["orders2.csv"]


def test_a_file_that_grew_is_read_anew_and_its_rows_count_once(tmp_path: Path) -> None:
    write(tmp_path / "orders.csv", 1, 2, age=60)
    assert numbers(tmp_path, ORDERS) == ["1", "2"]
    write(tmp_path / "orders.csv", 1, 2, 3)
    made = cook(tmp_path, ORDERS)
    assert [order["order_id"] for order in made["orders"]] == ["1", "2", "3"]
    assert made.only.rows_aside == 0


def test_rows_of_a_file_that_is_gone_stay_where_tables_append_and_go_where_they_are_snapshots(tmp_path: Path) -> None:
    write(tmp_path / "orders1.csv", 1)
    write(tmp_path / "orders2.csv", 2)
    snapshot = replace(ORDERS, name="shot", mode="snapshot")
    assert numbers(tmp_path, ORDERS) == numbers(tmp_path, snapshot) == ["1", "2"]
    (tmp_path / "orders1.csv").unlink()
    assert numbers(tmp_path, ORDERS) == ["1", "2"]
    assert numbers(tmp_path, snapshot) == ["2"]


def test_the_later_file_wins_a_key(tmp_path: Path) -> None:
    write(tmp_path / "orders_a.csv", 1, revenue="20")
    write(tmp_path / "orders_b.csv", 1, revenue="10", age=60)
    made = cook(tmp_path, ORDERS)
    assert [float(order["revenue"]) for order in made["orders"]] == [20]
    assert made.only.reasons == {"replaced by a later row with the same key": 1}


def test_landing_twice_is_landing_once(tmp_path: Path) -> None:
    write(tmp_path / "orders.csv", 1, 2)
    first, second = read(tmp_path, ORDERS), read(tmp_path, ORDERS)
    assert first == second
    assert cook(tmp_path, ORDERS).tables == cook(tmp_path, ORDERS).tables


def test_other_words_in_the_settings_read_the_same_file_anew(tmp_path: Path) -> None:
    write(tmp_path / "orders.csv", 1)
    one, other = read(tmp_path, ORDERS), read(tmp_path, replace(ORDERS, zone="Europe/Berlin"))
    assert [piece.folder for piece in one.pieces] != [piece.folder for piece in other.pieces]
    assert len(list((tmp_path / "home" / "landed" / "orders").glob("[!.]*-*"))) == 1


def test_orders_read_again_replace_all_their_lines(tmp_path: Path) -> None:
    names = ("order_id", "product_id", "quantity", "amount")
    lines = Input(name="lines", path="lines*.csv", table="order_lines", columns={name: name for name in names})
    (tmp_path / "lines1.csv").write_text("order_id,product_id,quantity,amount\n1,p,1,5\n1,p,1,5\n2,q,1,7\n")
    (tmp_path / "lines2.csv").write_text("order_id,product_id,quantity,amount\n1,r,1,9\n")
    os.utime(tmp_path / "lines1.csv", (1, 1))
    made = cook(tmp_path, lines)
    assert [(line["order_id"], line["product_id"]) for line in made["order_lines"]] == [("1", "r"), ("2", "q")]
    assert made.only.reasons == {"replaced by a later row with the same key": 2}


class Killed(BaseException):
    """Stands for a SIGKILL: nothing in the house catches it."""


@pytest.mark.parametrize("moment", ["while a piece is made", "after a piece, before the index", "before the new index is in place"])
def test_a_landing_killed_at_any_moment_leaves_a_sound_state(moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "orders1.csv", 1)
    assert numbers(tmp_path, ORDERS) == ["1"]
    write(tmp_path / "orders2.csv", 2)
    with monkeypatch.context() as broken:
        if moment == "while a piece is made":
            broken.setattr("duecare.sources.planning.clean", die)
            broken.setattr(shutil, "rmtree", lambda *_, **__: None)  # a killed process tidies nothing
        elif moment == "after a piece, before the index":
            broken.setattr("duecare.sources.landing._write_index", die)
        else:
            broken.setattr(Path, "replace", die_at_the_index(Path.replace))
        with pytest.raises(Killed):
            read(tmp_path, ORDERS)
    assert numbers(tmp_path, ORDERS) == ["1", "2"]


def die(*_: object, **__: object) -> None:
    raise Killed


def die_at_the_index(real: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
    def renamed(self: Path, target: Path) -> Path:
        if target.name == "index.json":
            raise Killed
        return real(self, target)

    return renamed


def test_a_damaged_index_is_told_with_what_mends_it(tmp_path: Path) -> None:
    write(tmp_path / "orders.csv", 1)
    read(tmp_path, ORDERS)
    (tmp_path / "home" / "landed" / "orders" / "index.json").write_text("{")
    with pytest.raises(BadRows, match="is damaged") as caught:
        read(tmp_path, ORDERS)
    assert "delete the folder" in caught.value.mend


def test_a_growing_table_of_a_database_is_asked_for_newer_rows_only(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/shop.db")
    names = HEAD.split(",")

    def add(*numbers: int) -> None:
        with engine.begin() as shop:
            shop.execute(text(f"CREATE TABLE IF NOT EXISTS sales ({', '.join(names)}, seq INT)"))
            for number in numbers:
                shop.execute(text("INSERT INTO sales VALUES (:n, 'a', '2026-01-01T10:00:00Z', 10, 'EUR', :n)"), {"n": number})

    inp = Input(name="db", url="sqlite:///shop.db", query="sales", since="seq", table="orders", source="s", columns=COLUMNS)
    add(1, 2)
    assert len(read(tmp_path, inp).pieces) == 1
    add(3)
    later = read(tmp_path, inp)
    assert [piece.counts["read"] for piece in later.pieces] == [2, 1]
    assert len(read(tmp_path, inp).pieces) == 2
    assert numbers(tmp_path, inp) == ["1", "2", "3"]
    engine.dispose()
