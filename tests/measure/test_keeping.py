"""Compliance, burn, backlog, goals, guard rails and what comes of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from duecare.measure.backlog import AGES, backlog
from duecare.measure.compliance import burns, business_days, by_severity, compliance, inverted
from duecare.measure.following import followed
from duecare.measure.goals import progress
from duecare.measure.guards import watch
from duecare.measure.terms import Goal, Guard
from duecare.promises import Calendar, Promise
from duecare.promises.calendar import always
from duecare.records import Warehouse
from duecare.words import BadSettings
from measure.logs import AS_OF, START, at, case, event, log_of, served

DAY = 1440
PROMISE = Promise(metric="first_response", target_minutes=60, share_percent=90)
Rows = list[dict[str, Any]]


def answered(days: int, a_day: int, late: int, *, from_day: int = 0, late_from: int = 0, who: str = "1") -> tuple[Rows, Rows]:
    """So many contacts a day, of which some come late from a day on; each has answers and a solution."""
    contacts: Rows = []
    events: Rows = []
    for day in range(from_day, from_day + days):
        for n in range(a_day):
            number, opened = f"{who}-{day:03}-{n:03}", day * DAY + n
            reply = 90 if day >= late_from and n < late else 30
            contacts.append(case(number, opened, who=who))
            events += served(number, opened, reply, reply + 10)
    return contacts, events


def test_a_promise_is_told_with_its_budget_and_what_is_left(warehouse: Warehouse) -> None:
    contacts, events = answered(10, 10, 2)
    row = compliance(log_of(warehouse, contacts, events, promises=(PROMISE,)), ("tier",)).to_pylist()[0]
    assert (row["decided"], row["kept"], row["broken"], row["kept_percent"]) == (100, 80, 20, 80.0)
    assert (row["contacts"], row["contacts_kept"]) == (100, 80)
    assert (row["budget"], row["budget_left"]) == pytest.approx((10.0, -10.0))
    assert row["burn_rate"] == pytest.approx(2.0)
    assert row["state"] == "broken"


@pytest.mark.parametrize(("late", "state"), [(0, "kept"), (1, "open"), (3, "broken")])
def test_whether_a_promise_is_kept_is_open_while_chance_could_explain_it(warehouse: Warehouse, late: int, state: str) -> None:
    contacts, events = answered(10, 10, late)
    assert compliance(log_of(warehouse, contacts, events, promises=(PROMISE,))).to_pylist()[0]["state"] == state


def test_who_has_a_promise_of_their_own_is_held_to_it(warehouse: Warehouse) -> None:
    ours, theirs = answered(1, 4, 0, who="1"), answered(1, 4, 0, who="2")
    promises = (PROMISE, Promise(metric="first_response", target_minutes=20, share_percent=95, tier="Premium"))
    log = log_of(warehouse, ours[0] + theirs[0], ours[1] + theirs[1], promises=promises, premium=["1"])
    rows = {row["tier"]: row for row in compliance(log).to_pylist()}
    assert (rows["Premium"]["kept"], rows["Premium"]["target_minutes"], rows["Standard"]["kept"]) == (0, 20.0, 4)


def test_a_bad_week_is_told_by_its_day_and_a_good_one_by_none(warehouse: Warehouse) -> None:
    contacts, events = answered(12, 40, 12, late_from=9)
    log = log_of(warehouse, contacts, events, promises=(PROMISE,), as_of=START + timedelta(days=12))
    burn = burns(log, {"always": always()})[0]
    assert burn.alarm_days == ("2026-03-12",)
    assert burn.rates[20] == pytest.approx(36 / 480 / 0.1)
    assert burn.rates[1] == pytest.approx(0.3 / 0.1) or burn.rates[1] is None
    assert burn.name == "burn:Standard:first_response:*:*:60"
    good = log_of(warehouse, *answered(12, 40, 2), promises=(PROMISE,), as_of=START + timedelta(days=12))
    assert burns(good, {"always": always()})[0].alarm_days == ()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_business_days_are_those_of_the_place(warehouse: Warehouse, zone: str) -> None:
    office = Calendar.from_dict({"tz": zone, "weekly": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}})
    log = log_of(warehouse, as_of=datetime(2026, 3, 15, 12, tzinfo=UTC), zone=zone)
    monday = (date(2026, 3, 2) - date(1970, 1, 1)).days
    assert (business_days(office, log, monday) - monday).tolist() == [0, 1, 2, 3, 4, 7, 8, 9, 10, 11]


def test_the_inversion_is_told_where_graver_issues_are_kept_less(warehouse: Warehouse) -> None:
    contacts = [case(f"c{n}", n, severity="critical", sla_met=n < 2) for n in range(40)]
    contacts += [case(f"l{n}", n, severity="low", sla_met=n >= 2) for n in range(40)] + [case("x", 0, severity="low")]
    rows = by_severity(log_of(warehouse, contacts))
    assert rows == [("critical", 40, 2), ("low", 40, 38)]
    assert inverted(rows) == "the graver the issue, the less the promise was kept: critical 5.0 % of 40, low 95.0 % of 40"
    assert inverted(rows[::-1]) is None
    assert inverted([("critical", 40, 20), ("low", 40, 22)]) is None


def test_the_backlog_is_what_was_unsolved_at_each_midnight_by_its_age(warehouse: Warehouse) -> None:
    again = [event("2", 3 * DAY, "status", "customer", "open")]
    log = log_of(
        warehouse, [case("1"), case("2"), case("3", 2 * DAY)], served("2", 0, 10, 20) + again, as_of=datetime(2026, 3, 7, tzinfo=UTC)
    )
    found = backlog(log)
    assert found.days[0] == (date(2026, 3, 3) - date(1970, 1, 1)).days
    assert found.total.tolist() == [1, 1, 2, 3, 3]
    by_age = dict(zip(AGES, found.counts.sum(axis=1)[-1].tolist(), strict=True))
    assert by_age == {"under 1 day": 0, "1 to 3 days": 1, "3 to 7 days": 2, "7 to 14 days": 0, "14 to 30 days": 0, "30 days and more": 0}


def test_a_contact_opened_at_midnight_is_in_its_backlog_and_one_solved_then_is_not(warehouse: Warehouse) -> None:
    midnight = 15 * 60  # the log begins at nine
    log = log_of(warehouse, [case("1", midnight), case("2", 0)], served("2", 0, 10, midnight), as_of=datetime(2026, 3, 3, 12, tzinfo=UTC))
    assert backlog(log).total.tolist() == [1]


def goal(**more: Any) -> Goal:  # noqa: ANN401
    known: dict[str, Any] = {
        "name": "faster",
        "kpi": "first_response",
        "target": 1500,
        "begins": date(2026, 4, 13),
        "ends": date(2026, 6, 1),
    }
    said: dict[str, Any] = {**known, "owner": "Kim", **more}
    return Goal(**said)


def test_a_goal_is_checked_letter_by_letter_and_followed(warehouse: Warehouse) -> None:
    before, after = answered(42, 6, 0), answered(14, 6, 0, from_day=49)
    events = [row | {"at": row["at"] - timedelta(minutes=10)} if row["kind"] == "reply" else row for row in after[1]]
    log = log_of(warehouse, before[0] + after[0], before[1] + events, as_of=START + timedelta(days=70))
    found = progress(log, [goal()])[0]
    assert {check.letter: check.holds for check in found.checks} == {"S": True, "M": True, "A": False, "R": True, "T": True}
    assert (found.baseline, found.now, found.state) == (1800.0, 1200.0, "reached")
    assert {
        check.letter for check in progress(log, [goal(owner="", target=2000, begins=date(2026, 6, 2))])[0].checks if not check.holds
    } >= {"S", "R", "T"}
    assert progress(log, [goal(target=1100)])[0].state == "on track"
    assert progress(log, [goal(target=1100, ends=date(2026, 5, 5))])[0].state == "missed"
    assert progress(log, [goal(target=10)])[0].state == "behind"
    assert progress(log, [goal(tier="Premium")])[0].state == "not measured"


def surveys(from_day: int, days: int, bad: int) -> Rows:
    return [
        {"source": "shop", "source_id": "1", "at": at(day * DAY + n), "kind": "csat", "score": 1 if n < bad else 5}
        for day in range(from_day, from_day + days)
        for n in range(10)
    ]


@pytest.mark.parametrize(("bad", "crossed"), [(2, False), (3, False), (6, True)])
def test_a_guard_rail_is_crossed_by_more_than_may_be_lost(warehouse: Warehouse, bad: int, crossed: bool) -> None:
    log = log_of(warehouse, surveys=surveys(0, 40, 2) + surveys(40, 40, bad))
    since = int((START + timedelta(days=40)).timestamp() * 1e6)
    found = watch(log, [Guard(kpi="csat", points=10)], since)[0]
    assert (found.crossed, found.tier, found.before_percent, found.percent) == (crossed, "Standard", 80.0, 100.0 - 10 * bad)


def test_a_guard_rail_without_a_past_or_of_no_share_is_told(warehouse: Warehouse) -> None:
    log = log_of(warehouse, surveys=surveys(0, 40, 2))
    found = watch(log, [Guard(kpi="csat")], int(START.timestamp() * 1e6))[0]
    assert not found.crossed
    assert "only 0 cases lie before" in found.said
    late = watch(log, [Guard(kpi="csat")], int(AS_OF.timestamp() * 1e6) - 1)[0]
    assert not late.crossed
    early = watch(log, [Guard(kpi="csat")], int((START + timedelta(days=41)).timestamp() * 1e6))[0]
    assert (early.crossed, early.said) == (False, "CSAT of Standard: no case since")
    with pytest.raises(BadSettings):
        watch(log, [Guard(kpi="first_response")], 0)
    with pytest.raises(BadSettings):
        watch(log, [Guard(kpi="csat", tier="Gold")], 0)


def test_what_comes_of_it_is_told_by_tier_and_by_whether_promises_were_kept(warehouse: Warehouse) -> None:
    contacts = [case("1", who="1"), case("2", who="2"), case("3", 100 * DAY, who="1")]
    events = served("1", 0, 30, 40) + served("2", 0, 90, 95)
    bought = [
        {"order_id": str(n), "source": "shop", "source_id": who, "ordered_at": START + timedelta(days=days), "revenue": revenue}
        for n, (who, days, revenue) in enumerate([("1", 10, 20.0), ("1", 60, 5.5), ("1", 91, 99.0), ("1", -1, 7.0), ("2", 89, 3.0)])
    ]
    referrals = [{"source": "shop", "referrer": "1", "referee": "2", "at": START + timedelta(days=30)}]
    found = followed(log_of(warehouse, contacts, events, promises=(PROMISE,), premium=["1"], orders=bought, referrals=referrals))
    assert [(one.tier, one.kept, one.contacts) for one in found] == [("Premium", True, 1), ("Standard", False, 1)]
    assert (found[0].revenue_30_days, found[0].revenue_90_days, found[0].referrals_per_100) == (20.0, 25.5, 100.0)
    assert (found[1].revenue_90_days, found[1].bought_again_percent) == (3.0, 100.0)


def test_everything_ends_at_the_as_of_moment(warehouse: Warehouse) -> None:
    contacts, events = answered(5, 4, 1)
    early = START + timedelta(days=2, hours=1)
    once = log_of(warehouse, contacts, events, promises=(PROMISE,), as_of=early)
    known = [row for row in contacts if row["opened_at"] <= early], [row for row in events if row["at"] <= early]
    again = log_of(warehouse, *known, promises=(PROMISE,), as_of=early)
    assert compliance(once, ("tier", "day")).equals(compliance(again, ("tier", "day")))
    assert (backlog(once).counts == backlog(again).counts).all()
    assert once.as_of < AS_OF.timestamp() * 1e6
    assert np.array_equal(once.spans.end, again.spans.end)
