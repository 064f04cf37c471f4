"""KPIs by hand: what counts, what does not, and in which period."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from duecare.measure.figures import Measured, table
from duecare.measure.log import Log
from duecare.measure.registry import KPIS, kpis
from duecare.measure.terms import Rules
from duecare.promises import Promise
from duecare.records import Warehouse
from duecare.words import BadSettings
from measure.logs import AS_OF, at, case, event, log_of, served

HOUR = 3600


def figure(log: Log, name: str, by: tuple[str, ...] = (), **group: str) -> dict[str, Any]:
    rows = [row for row in table(log, [KPIS[name]], by).to_pylist() if all(row[key] == word for key, word in group.items())]
    return rows[0] if rows else {}


def test_every_kpi_says_what_it_is() -> None:
    for name, one in KPIS.items():
        assert name == one.name
        assert one.sentence.endswith(".")
        assert all((one.title, one.unit, one.numerator, one.denominator, one.clock, one.nulls))


def test_without_contacts_there_is_no_figure_and_no_fault(warehouse: Warehouse) -> None:
    log = log_of(warehouse)
    found = table(log, list(KPIS.values()), ("tier", "week"))
    assert found.num_rows == 0


def test_the_first_response_is_a_median_of_values_that_occurred(warehouse: Warehouse) -> None:
    contacts = [case(str(n), 10 * n) for n in range(4)]
    events = [row for n in range(4) for row in served(str(n), 10 * n, 60 * (n + 1), 300)]
    found = figure(log_of(warehouse, contacts, events), "first_response")
    assert (found["cases"], found["value"], found["p90"], found["mean"]) == (4, 2 * HOUR, 4 * HOUR, 2.5 * HOUR)
    assert found["numerator"] == 10 * HOUR
    assert found["running"] == 0


def test_who_still_waits_is_no_value_but_counts_as_censored(warehouse: Warehouse) -> None:
    contacts = [case(str(n)) for n in range(5)]
    log = log_of(warehouse, contacts, served("0", 0, 60, 90) + served("1", 0, 120, 130))
    found = figure(log, "first_response")
    assert (found["cases"], found["value"], found["running"]) == (2, HOUR, 3)
    assert found["censored_median"] is None  # less than half have been answered in all the time


def test_a_case_belongs_to_the_period_of_the_event_that_completes_it(warehouse: Warehouse) -> None:
    log = log_of(warehouse, [case("1")], served("1", 0, 8 * 1440, 9 * 1440))
    assert [row["week"] for row in table(log, [KPIS["first_response"]], ("week",)).to_pylist()] == ["2026-W11"]
    assert [row["week"] for row in table(log, [KPIS["complaints"]], ("week",)).to_pylist()] == []


def test_days_are_those_of_the_zone(warehouse: Warehouse) -> None:
    late = (datetime(2026, 3, 2, 22, 30, tzinfo=UTC) - at(0)).total_seconds() / 60
    events = served("1", 0, late, late)
    for zone, day in (("UTC", "2026-03-02"), ("Europe/Berlin", "2026-03-02"), ("Asia/Tokyo", "2026-03-03")):
        found = table(log_of(warehouse, [case("1")], events, zone=zone), [KPIS["first_response"]], ("day",)).to_pylist()
        assert [row["day"] for row in found] == [day]


def test_reopened_one_touch_and_transferred(warehouse: Warehouse) -> None:
    again = [event("2", 70, "status", "customer", "open"), event("2", 90, "reply", public=True), event("2", 95, "status", value="solved")]
    moved = [event("3", 20, "transferred", value="A2")]
    events = served("1", 0, 10, 20) + served("2", 0, 10, 60) + again + served("3", 0, 10, 30) + moved
    log = log_of(warehouse, [case("1"), case("2"), case("3")], events)
    assert (figure(log, "reopened")["numerator"], figure(log, "reopened")["cases"]) == (1, 3)
    assert figure(log, "one_touch")["numerator"] == 2
    assert figure(log, "transferred")["numerator"] == 1
    assert figure(log, "full_resolution")["p90"] == 95 * 60


@pytest.mark.parametrize(("days", "reason", "settled"), [(6.99, "invoice", 0), (7.02, "invoice", 1), (2, "delivery", 1)])
def test_a_matter_is_settled_at_the_first_contact_unless_it_comes_again_within_the_days(
    warehouse: Warehouse, days: float, reason: str, settled: int
) -> None:
    contacts = [case("1", 0, reason="invoice"), case("2", 20 + days * 1440, reason=reason)]
    log = log_of(warehouse, contacts, served("1", 0, 10, 20))
    found = figure(log, "first_contact_resolution")
    assert (found["cases"], found["numerator"]) == (1, settled)


def test_exactly_on_the_last_moment_of_the_days_it_comes_again(warehouse: Warehouse) -> None:
    contacts = [case("1", 0), case("2", 20 + 7 * 1440)]
    assert figure(log_of(warehouse, contacts, served("1", 0, 10, 20)), "first_contact_resolution")["numerator"] == 0


def test_a_solution_of_the_last_days_tells_nothing_of_the_first_contact_yet(warehouse: Warehouse) -> None:
    solved = timedelta(minutes=20)
    ripe, unripe = at(0) + solved + timedelta(days=7), at(0) + solved + timedelta(days=7) - timedelta(microseconds=1)
    assert figure(log_of(warehouse, [case("1")], served("1", 0, 10, 20), as_of=ripe), "first_contact_resolution")["cases"] == 1
    assert figure(log_of(warehouse, [case("1")], served("1", 0, 10, 20), as_of=unripe), "first_contact_resolution") == {}


def test_giving_up_in_the_queue_is_not_an_answer(warehouse: Warehouse) -> None:
    events = [event("1", 1, "queued", "rule"), event("1", 5, "abandoned", "customer")]
    events += [event("2", 1, "queued", "rule"), event("2", 3, "answered")]
    log = log_of(warehouse, [case("1", channel="phone"), case("2", channel="phone")], events)
    assert (figure(log, "abandoned")["numerator"], figure(log, "abandoned")["cases"]) == (1, 2)
    assert (figure(log, "queue_wait")["value"], figure(log, "queue_wait")["cases"]) == (120, 1)


def survey(kind: str, score: float, number: str | None = None, minutes: float = 100, who: str = "1") -> dict[str, Any]:
    return {"source": "shop", "source_id": who, "at": at(minutes), "kind": kind, "score": score, "contact_id": number}


def test_what_customers_say(warehouse: Warehouse) -> None:
    said = [survey("csat", 4, "1"), survey("csat", 3, "2", 101), survey("ces", 5.5, "1", 102)]
    said += [survey("nps", score, None, 110 + score) for score in (10, 9, 8, 6, 0)]
    events = served("1", 0, 10, 20) + served("2", 0, 10, 20) + served("3", 0, 10, 20)
    log = log_of(warehouse, [case("1"), case("2"), case("3")], events, surveys=said)
    assert (figure(log, "csat")["numerator"], figure(log, "csat")["cases"], figure(log, "csat")["value"]) == (1, 2, 50.0)
    assert (figure(log, "csat_response")["numerator"], figure(log, "csat_response")["cases"]) == (2, 3)
    assert (figure(log, "nps")["numerator"], figure(log, "nps")["value"]) == (0, 0.0)
    assert figure(log, "effort")["value"] == 5.5
    assert figure(log_of(warehouse, surveys=said, rules=Rules(csat_positive_from=3)), "csat")["numerator"] == 2


def test_a_month_costs_exactly_what_the_books_say(warehouse: Warehouse) -> None:
    contacts = [case(str(n), n, handle_seconds=100 + n) for n in range(7)]
    rates = [{"activity": "minute", "channel": "*", "amount": 0.5}, {"activity": "contact", "channel": "email", "amount": 0.2}]
    ledger = [{"period": "2026-03", "account": "Service", "amount": 100.01, "currency": "EUR"}]
    log = log_of(warehouse, contacts, rates=rates, ledger=ledger)
    assert figure(log, "cost_per_contact")["numerator"] == 10_001
    by_channel = table(log, [KPIS["cost_per_contact"]], ("channel",)).to_pylist()
    assert sum(row["numerator"] for row in by_channel) == 10_001
    weights = [0.5 * (100 + n) / 60 + 0.2 for n in range(7)]
    assert log.contacts.cost_cents.tolist() == pytest.approx([10_001 * one / sum(weights) for one in weights], abs=1)


def test_without_books_a_contact_costs_its_minutes_and_its_fee(warehouse: Warehouse) -> None:
    rates = [{"activity": "minute", "channel": "*", "amount": 0.6}, {"activity": "contact", "channel": "email", "amount": 0.25}]
    log = log_of(warehouse, [case("1", handle_seconds=90), case("2", channel="phone", handle_seconds=60)], rates=rates)
    assert log.contacts.cost_cents.tolist() == [115, 60]


def test_promises_are_told_clock_by_clock_and_contact_by_contact(warehouse: Warehouse) -> None:
    promises = (Promise(metric="first_response", target_minutes=60), Promise(metric="full_resolution", target_minutes=100))
    events = served("1", 0, 60, 100) + served("2", 0, 61, 90)
    log = log_of(warehouse, [case("1"), case("2"), case("3")], events, promises=promises)
    assert (figure(log, "promises_kept")["numerator"], figure(log, "promises_kept")["cases"]) == (3, 6)
    assert (figure(log, "contacts_kept")["numerator"], figure(log, "contacts_kept")["cases"]) == (1, 3)


def test_a_promise_about_to_break_is_seen_before_it_breaks(warehouse: Warehouse) -> None:
    promises = (Promise(metric="first_response", target_minutes=100),)
    contacts = [case("1", 0), case("2", 10), case("3", -30)]
    found = figure(log_of(warehouse, contacts, promises=promises, as_of=at(90)), "about_to_break")
    assert (found["numerator"], found["cases"]) == (1, 2)  # the third is broken already; the second has exactly a fifth left
    assert figure(log_of(warehouse, contacts, promises=promises), "about_to_break") == {}


def test_value_at_stake_counts_each_contact_of_a_valued_customer_once(warehouse: Warehouse) -> None:
    promises = (Promise(metric="first_response", target_minutes=60), Promise(metric="full_resolution", target_minutes=60))
    log = log_of(warehouse, [case("1", who="1"), case("2", who="2")], promises=promises, stake_cents=np.array([50_000, -7]))
    found = figure(log, "value_at_stake")
    assert (found["numerator"], found["denominator"], found["value"]) == (50_000, 2, 250.0)


def order(number: str, days: float, who: str = "1", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"order_id": number, "source": "shop", "source_id": who, "ordered_at": at(days * 1440), "revenue": 10.0, **more}


def test_an_order_is_kept_when_it_comes_at_the_promised_moment_at_the_latest(warehouse: Warehouse) -> None:
    promised = at(5 * 1440)
    orders = [
        order("1", 0, promised_at=promised, delivered_at=promised),
        order("2", 0, promised_at=promised, delivered_at=promised + timedelta(microseconds=1)),
        order("3", 0, promised_at=promised),
        order("4", 0, promised_at=AS_OF + timedelta(days=1)),
        order("5", 0),
        order("6", 0, promised_at=promised, delivered_at=promised, status="Cancelled"),
    ]
    found = figure(log_of(warehouse, orders=orders), "orders_kept")
    assert (found["numerator"], found["cases"]) == (1, 3)
    assert KPIS["orders_kept"].never_by_tier


def test_bought_again_is_known_after_90_days(warehouse: Warehouse) -> None:
    orders = [order("1", 0), order("2", 90), order("3", 0, "2"), order("4", 90.001, "2"), order("5", 60, "3")]
    found = figure(log_of(warehouse, orders=orders), "bought_again")
    assert (found["numerator"], found["cases"]) == (1, 2)


def test_work_and_shifts_make_occupancy(warehouse: Warehouse) -> None:
    shifts = [{"agent_id": "A", "at": at(0), "state": "ready"}, {"agent_id": "A", "at": at(60), "state": "busy"}]
    shifts += [{"agent_id": "A", "at": at(100), "state": "away"}]
    log = log_of(warehouse, [case("1", handle_seconds=600)], served("1", 0, 10, 20), agent_events=shifts)
    found = figure(log, "occupancy")
    assert (found["numerator"], found["denominator"], found["value"]) == (600, 6_000, 10.0)


def test_a_breakdown_knows_tiers_and_leaves_out_what_is_not_told(warehouse: Warehouse) -> None:
    contacts = [case("1", who="1"), case("2", who="2", channel="phone")]
    log = log_of(
        warehouse, contacts, served("1", 0, 10, 20) + served("2", 0, 30, 40), premium=["1"], orders=[order("1", 0, promised_at=at(9))]
    )
    assert figure(log, "first_response", ("tier",), tier="Premium")["value"] == 600
    assert figure(log, "first_response", ("tier", "channel"), tier="Standard", channel="phone")["value"] == 1800
    assert figure(log, "orders_kept", ("channel",)) == {}
    assert {row["reason"] for row in table(log, [KPIS["first_response"]], ("reason",)).to_pylist()} == {"not told"}


@pytest.mark.parametrize("by", [("teir",), ("tier", "tier"), ("week", "month")])
def test_a_breakdown_that_cannot_be_is_told(warehouse: Warehouse, by: tuple[str, ...]) -> None:
    with pytest.raises(BadSettings):
        Measured(log_of(warehouse), []).table(by)


def test_an_unknown_kpi_is_told_with_a_near_one() -> None:
    with pytest.raises(BadSettings, match="csta"):
        kpis(["csta"])


def test_a_later_priority_changes_no_earlier_report(warehouse: Warehouse) -> None:
    told = [event("a", 0, "opened", "customer"), event("a", 0, "priority", value="low"), event("a", 120, "priority", value="critical")]
    severities = []
    for minutes in (60, 180):
        log = log_of(warehouse, [case("a", severity="critical")], told, as_of=at(minutes))
        severities.append(log.contacts.severity.names[int(log.contacts.severity.place[0])])
    assert severities == ["low", "critical"]
