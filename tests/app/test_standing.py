"""Readiness: the data, and the ground on which tiers stand; every threshold exactly on the line."""

from pathlib import Path
from typing import Any

import pytest

from app.calling import duecare
from duecare.app.standing import Point, channels, standing


def facts(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    """What a run says of a shop where all is well."""
    return {
        "findings": {
            "percentiles": {"profit": [{"top": 0.1, "share": more.get("top", 0.5)}]},
            "customers": {"all": 1_000},
            "totals": {"contacts": more.get("read", 5_000)},
        },
        "past": {
            "champion": "m",
            "chance": 0.25,
            "scores": [{"model": "m", "captured": more.get("captured", 0.6), "bias": more.get("bias", 1.0)}],
        },
        "plan": {
            "tiers": [
                {
                    "tier": "Premium",
                    "customers": 100,
                    "borderline": more.get("borderline", 10),
                    "contacts_per_month": more.get("contacts", 100.0),
                },
                {"tier": "Standard", "customers": 900, "borderline": 500, "contacts_per_month": 0.0},
            ],
            "options": more.get("options", [{"option": "own line", "capacity_customers": 100, "lacking": 0}]),
        },
    }


def of(what: str, **more: Any) -> Point:  # noqa: ANN401
    return next(point for point in standing(facts(**more)) if point.what == what)


@pytest.mark.parametrize(
    ("what", "name", "good", "bad"),
    [
        ("concentration of profit", "top", 0.2, 0.1999),
        ("value can be told", "captured", 0.375, 0.3749),
        ("calibration of value", "bias", 1.25, 1.2501),
        ("calibration of value", "bias", 0.75, 0.7499),
        ("stability of tiers", "borderline", 25, 26),
        ("contact rate", "contacts", 200 / 12, 199 / 12),
    ],
)
def test_a_point_is_ready_up_to_its_threshold_and_says_what_to_do_beyond(what: str, name: str, good: float, bad: float) -> None:
    ready, not_ready = of(what, **{name: good}), of(what, **{name: bad})
    assert (ready.ready, ready.next_step, ready.state) == (True, "", "ready")
    assert (not_ready.ready, not_ready.state) == (False, "not ready")
    assert not_ready.next_step
    assert not_ready.owner
    assert not_ready.threshold


def test_rare_contact_asks_for_one_level_for_everybody() -> None:
    assert "one level for everybody" in of("contact rate", contacts=1.0).next_step


def test_without_contacts_their_rate_is_not_known() -> None:
    assert of("contact rate", read=0).ready is None


def test_lacking_capacity_and_unknown_capacity_are_told_apart() -> None:
    assert of("capacity").ready is True
    assert of("capacity", options=[{"option": "own line", "capacity_customers": 50, "lacking": 50}]).ready is False
    assert of("capacity", options=[{"option": "own line", "capacity_customers": None, "lacking": 0}]).state == "not known"


def test_a_history_too_short_to_try_models_on_is_not_known() -> None:
    short = facts() | {"past": None}
    assert [point.ready for point in standing(short) if point.what == "calibration of value"] == [None]


@pytest.mark.parametrize(("known", "ready"), [(80, True), (79, False)])
def test_contacts_are_judged_in_all_and_by_channel(known: int, ready: bool) -> None:
    whole, *each = channels([{"channel": "phone", "contacts": 96, "known": known - 4}, {"channel": "fax", "contacts": 4, "known": 4}])
    assert (whole.ready, [point.what for point in each]) == (ready, ["phone: contacts of known people"])
    assert channels([]) == []


def test_check_tells_the_ground_of_the_latest_run_with_owners(demo: Path) -> None:
    told = duecare("check", "--json", folder=demo)
    points = {one["what"]: one for one in told.json["points"]}
    assert {"concentration of profit", "calibration of value", "stability of tiers", "contact rate", "capacity"} <= set(points)
    assert points["stability of tiers"]["owner"] == "analyst"
    assert points["capacity"]["state"] == "not known"
    text = duecare("check", folder=demo).out
    assert "support leader: write capacity_customers" in text


def test_before_the_first_run_only_the_data_are_judged(shop: Path) -> None:
    assert [one["what"] for one in duecare("check", "--json", folder=shop).json["points"]] == ["input orders", "orders"]
