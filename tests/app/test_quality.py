"""Reviews drawn equally over the tiers, and calls back to who was let down."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calling import duecare, rows
from duecare.measure.quality import ITEMS, is_low, scored
from duecare.records import open_book

FINE = [word for name in ITEMS for word in (f"--{name}", "4")]


@pytest.fixture
def shop(demo: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    shutil.copytree(demo, folder)
    return folder


def tiers(folder: Path) -> dict[str, str]:
    with open_book("sqlite:book.db", folder) as book:
        return {str(contact): str(tier) for contact, tier in book.rows("SELECT contact_id, tier FROM quality_reviews")}


def test_as_many_of_each_tier_are_drawn_none_twice_and_the_tier_is_not_told(shop: Path) -> None:
    told = duecare("quality", "draw", "--each", "2", "--days", "60", folder=shop)
    assert told.code == 0, told.err
    first = tiers(shop)
    assert sorted(first.values()) == ["Plus"] * 2 + ["Premium"] * 2 + ["Standard"] * 2
    assert not any(tier in told.out for tier in ("Premium", "Plus", "Standard"))
    again = duecare("quality", "draw", "--each", "2", "--days", "60", "--json", folder=shop).json
    assert not set(again["drawn"]) & set(first)
    assert set(again["waiting"]) == set(tiers(shop))


def test_a_draw_comes_again_with_its_seed(demo: Path, tmp_path: Path) -> None:
    drawn: list[list[str]] = []
    for name in ("one", "two"):
        shutil.copytree(demo, tmp_path / name)
        drawn.append(duecare("quality", "draw", "--days", "60", "--seed", "7", "--json", folder=tmp_path / name).json["drawn"])
    assert drawn[0] == drawn[1] != []


def test_a_low_review_opens_a_call_back_and_a_fine_one_does_not(shop: Path) -> None:
    low, fine = duecare("quality", "draw", "--each", "1", "--days", "60", "--json", folder=shop).json["waiting"][:2]
    duecare("tasks", folder=shop)
    before = {one["task"] for one in duecare("tasks", "--json", folder=shop).json["tasks"]}
    assert "a call-back was opened" in duecare("quality", "score", low, *FINE[:-1], "1", folder=shop).out
    assert "call-back" not in duecare("quality", "score", fine, *FINE, folder=shop).out
    opened = [one for one in duecare("tasks", "--json", folder=shop).json["tasks"] if one["task"] not in before]
    assert [one["contact_id"] for one in opened] == [low]
    shown = {one["tier"]: one for one in duecare("quality", "show", "--json", folder=shop).json["quality"]}
    assert sum(one["reviews"] for one in shown.values()) == 2
    assert sum(one["mean"] * one["reviews"] for one in shown.values() if one["reviews"]) == pytest.approx(4 + 25 / 7)


@pytest.mark.parametrize(("contact", "words"), [("nobody", "was not drawn"), (None, "was reviewed already")])
def test_what_cannot_be_scored_is_told(shop: Path, contact: str | None, words: str) -> None:
    drawn = duecare("quality", "draw", "--each", "1", "--days", "60", "--json", folder=shop).json["waiting"][0]
    assert duecare("quality", "score", drawn, *FINE, folder=shop).code == 0
    told = duecare("quality", "score", contact or drawn, *FINE, folder=shop)
    assert (told.code, words in told.err) == (1, True)
    assert duecare("quality", "score", drawn, *FINE[:-1], "6", folder=shop).code == 2


def test_who_said_so_lately_is_called_back_once_and_the_call_is_closed_with_its_outcome(shop: Path) -> None:
    first = duecare("tasks", "--json", folder=shop).json["tasks"]
    assert duecare("tasks", "--json", folder=shop).json["tasks"] == first
    sql = "SELECT count(*) AS n FROM {surveys} s WHERE s.at > (SELECT max(ordered_at) FROM {orders}) - INTERVAL 14 DAY AND ((lower(kind) = 'csat' AND score <= 2) OR (lower(kind) = 'nps' AND score <= 6))"
    assert len(first) == rows(shop, sql, "surveys", "orders")[0]["n"] > 0
    with open_book("sqlite:book.db", shop) as book:
        assert all(len(str(origin)) == len("survey:") + 32 for (origin,) in book.rows("SELECT origin FROM tasks"))
    number = str(first[0]["task"])
    assert duecare("tasks", "--close", number, folder=shop).code == 2
    assert duecare("tasks", "--close", number, "--outcome", "called", folder=shop).code == 0
    assert len(duecare("tasks", "--json", folder=shop).json["tasks"]) == len(first) - 1
    told = duecare("tasks", "--close", number, "--outcome", "called", folder=shop)
    assert (told.code, "is not open" in told.err) == (1, True)


def test_reviews_and_calls_go_with_who_is_forgotten(shop: Path) -> None:
    who = duecare("tasks", "--json", folder=shop).json["tasks"][0]["customer_id"]
    assert [one["outcome"] for one in duecare("disclose", who, "--json", folder=shop).json["calls"]] == [None]
    assert duecare("forget", who, "--yes", "--why", "they asked", folder=shop).code == 0
    with open_book("sqlite:book.db", shop) as book:
        assert book.rows("SELECT count(*) FROM tasks WHERE customer_id = ?", (who,)) == [(0,)]


@given(st.lists(st.lists(st.integers(1, 5), min_size=7, max_size=7), min_size=1, max_size=20))
def test_the_mean_of_a_tier_is_that_of_its_items(reviews: list[list[int]]) -> None:
    told = scored("Premium", reviews)
    assert told.mean == pytest.approx(np.mean(reviews))
    assert np.mean(list(told.items.values())) == pytest.approx(told.mean)
    assert (told.low is None) == (len(reviews) == 1)


@pytest.mark.parametrize(("scores", "low"), [([3] * 7, False), ([3] * 6 + [2], True), ([5] * 6 + [1], True), ([5] * 6 + [2], False)])
def test_low_begins_exactly_below_three_or_at_one(scores: list[int], low: bool) -> None:
    assert is_low(dict(zip(ITEMS, scores, strict=True))) is low


def test_without_reviews_nothing_is_said() -> None:
    assert scored("Premium", []).mean is None
