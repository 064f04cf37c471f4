"""The promise: what changed lately is found in one run, each with its numbers, and a steady book is left in peace."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duecare.records import open_scratch
from duecare.value import Money
from duecare.value.drift import RECENT_DAYS, drift, rate_changed
from duecare.value.history import purchase_book
from duecare.value.models.purchases import Purchases
from shop import know, person, stock
from value.books import bought_of

TODAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


def orders(seed: int = 1) -> list[dict[str, Any]]:
    """A year of a steady shop with two sources, 40 orders a day, most of them in the afternoon."""
    chance, rows = np.random.default_rng(seed), list[dict[str, Any]]()
    for at in range(40 * 365):
        day = TODAY - timedelta(days=int(chance.integers(0, 365)))
        hour = int(np.clip(chance.normal(15, 2), 0, 23))
        who, source = f"p{chance.integers(0, 1500)}", ("web", "till")[at % 2]
        rows.append(
            {
                "source": source,
                "source_id": who,
                "order_id": f"o{at}",
                "ordered_at": day.replace(hour=hour),
                "revenue": round(float(chance.lognormal(3, 0.5)), 2),
            }
        )
    return rows


def found(folder: Path, rows: list[dict[str, Any]]) -> list[str]:
    people = [person(f"p{at}", source) for at in range(1500) for source in ("web", "till")]
    with open_scratch(folder) as warehouse:
        stock(warehouse, only=("people", "orders"), people=people, orders=rows)
        know(warehouse)
        book = purchase_book(warehouse, as_of=TODAY, money=Money())
        return [f"{alarm.kind}: {alarm.said}" for alarm in drift(warehouse, book, as_of=TODAY, money=Money())]


def lately(row: dict[str, Any], source: str = "web") -> bool:
    return row["source"] == source and row["ordered_at"] > TODAY - timedelta(days=RECENT_DAYS - 1)


def test_a_steady_shop_is_left_in_peace(tmp_path: Path) -> None:
    assert found(tmp_path, orders()) == []


def test_another_currency_is_found(tmp_path: Path) -> None:
    rows = [row | {"revenue": row["revenue"] * 1.95583} if lately(row) else row for row in orders()]
    (said,) = found(tmp_path, rows)
    assert said.startswith("amounts: amounts from web are ")
    assert 1.7 < float(said.split("are ")[1].split(" ")[0]) < 2.2


def test_a_file_that_was_sent_twice_is_found(tmp_path: Path) -> None:
    rows = orders()
    rows += [row | {"order_id": f"again{at}"} for at, row in enumerate(rows) if lately(row)]
    kinds = [said.partition(":")[0] for said in found(tmp_path, rows)]
    assert "doubled" in kinds


@pytest.mark.parametrize(("hours", "told"), [(-3, True), (2, True), (1, False)])
def test_a_clock_that_was_shifted_is_found_and_summer_time_is_not(tmp_path: Path, hours: int, told: bool) -> None:
    rows = [row | {"ordered_at": row["ordered_at"] + timedelta(hours=hours)} if lately(row) else row for row in orders()]
    said = found(tmp_path, rows)
    assert [one.startswith(f"clock: orders from web stand {hours:+d} hours") for one in said] == ([True] if told else [])


def test_a_source_of_which_nothing_comes_any_more_is_found(tmp_path: Path) -> None:
    rows = [row for row in orders() if not (row["source"] == "till" and row["ordered_at"] > TODAY - timedelta(days=12))]
    assert any(said.startswith("silent: nothing came from till for 12 days") for said in found(tmp_path, rows))


@pytest.mark.parametrize(("seed", "change"), [(1, -0.25), (2, 0.25), (3, 0.0), (4, 0.0)])
def test_a_rate_that_changed_by_a_quarter_is_found(seed: int, change: float) -> None:
    book, today = changed(seed, change)
    assert len(list(rate_changed(book, today))) == (change != 0)


def changed(seed: int, change: float) -> tuple[Purchases, int]:
    """A book whose known customers buy more or less often in the last 28 days."""
    bought, chance = bought_of(20_000, seed), np.random.default_rng(seed + 5)
    customer, day = bought.customer, bought.day
    today, first = int(day.max()), np.full(20_000, 10**9)
    np.minimum.at(first, customer, day)
    again = np.flatnonzero((day > today - RECENT_DAYS) & (day > first[customer]))
    touched = again[chance.random(len(again)) < abs(change)]
    if change < 0:
        customer, day = np.delete(customer, touched), np.delete(day, touched)
    else:
        customer, day = np.r_[customer, customer[touched]], np.r_[day, today - chance.integers(0, RECENT_DAYS, len(touched))]
    return Purchases.of(customer, day, np.ones(len(day))), today
