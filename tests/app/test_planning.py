"""The promise: what `duecare plan` shows is what `duecare apply` does, and `duecare undo` takes it back."""

from pathlib import Path

import pytest

from app.calling import duecare, make_shop, order, say, went_wrong


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    orders = [order(f"o{who}{at}", f"c{who}", f"2026-0{1 + at}-0{who}", 10.0) for who in range(1, 7) for at in range(who)]
    shop = make_shop(tmp_path, orders)
    assert duecare("policy", "use", "documents", folder=shop).code == 0
    say(shop, "rfm = '111' or rfm_f = 1 or rfm_m = 1", "orders >= 5")
    assert duecare("run", folder=shop).code == 0
    return shop


def tiers(shop: Path) -> dict[str, int]:
    return {one["tier"]: one["customers_now"] for one in duecare("plan", "--json", folder=shop).json["tiers"]}


def test_a_changed_policy_is_planned_without_a_run_and_applied_as_shown(ran: Path) -> None:
    assert duecare("apply", "--yes", folder=ran).code == 0
    say(ran, "orders >= 5", "orders >= 4")
    shown = duecare("plan", "--json", folder=ran).json
    assert shown["movers"]["customers"] == 1
    assert [(one["tier_before"], one["tier"]) for one in shown["movers"]["list"]] == [("Standard", "Plus")]
    assert shown["movers"]["list"][0]["why"] == "orders >= 4 holds: orders is 4"
    assert duecare("plan", "--json", folder=ran).json["hash"] == shown["hash"]
    applied = duecare("apply", "--yes", "--json", folder=ran).json
    assert (applied["plan"], applied["moved"]) == (shown["hash"], 1)
    assert tiers(ran) == {"Premium": 0, "Plus": 3, "Standard": 3}
    assert len(list((ran / "warehouse" / "runs").glob("*/plans/*/plan.json"))) == 2


def test_undo_gives_back_what_was_held_and_history_tells_of_all(ran: Path) -> None:
    duecare("apply", "--yes", folder=ran)
    say(ran, "orders >= 5", "orders >= 3")
    duecare("plan", folder=ran)
    duecare("apply", "--yes", folder=ran)
    assert duecare("undo", "--dry-run", "--json", folder=ran).json == {"to": 1, "movers": 2, "moved": 0, "dry_run": True}
    assert duecare("undo", "--yes", "--json", folder=ran).json["moved"] == 2
    assert tiers(ran) == {"Premium": 0, "Plus": 2, "Standard": 4}
    assert duecare("undo", "--to", "0", "--yes", "--json", folder=ran).json["moved"] == 6
    assert tiers(ran) == {"Premium": 0, "Plus": 0, "Standard": 0}
    plans = duecare("history", "--json", folder=ran).json["plans"]
    assert [(one["kind"], one["movers"]) for one in plans] == [("plan", 6), ("plan", 2), ("undo", 2), ("undo", 6)]
    assert duecare("doctor", folder=ran).code == 0


def test_a_level_given_not_long_ago_stays_and_the_plan_says_so(ran: Path) -> None:
    duecare("apply", "--yes", folder=ran)
    say(ran, "orders >= 5", "orders >= 6")
    shown = duecare("plan", "--json", folder=ran).json
    assert shown["movers"]["customers"] == 0
    assert shown["kept"] == [{"kept": "stay", "tier": "Plus", "customers": 1}]
    assert "1 keep Plus, since their level was given not long ago" in duecare("plan", folder=ran).out


def test_who_moves_is_listed_as_far_as_was_asked(ran: Path) -> None:
    assert len(duecare("plan", "--list", "2", "--json", folder=ran).json["movers"]["list"]) == 2
    assert len(duecare("plan", "--list", "0", "--json", folder=ran).json["movers"]["list"]) == 6
    told = duecare("plan", "--list", "1", folder=ran).out
    assert "the first 1:" in told
    assert "none yet → Plus" in told


def test_nothing_applied_is_nothing_to_undo(ran: Path) -> None:
    went_wrong(duecare("undo", "--yes", folder=ran), "nothing to undo")
    went_wrong(duecare("undo", "--to", "4", "--yes", folder=ran), "nothing to undo")
    assert duecare("history", folder=ran).out == "no plan was applied yet\n"


def test_nobody_is_moved_back_unasked(ran: Path) -> None:
    duecare("apply", "--yes", folder=ran)
    went_wrong(duecare("undo", folder=ran), "nobody is at a terminal")
