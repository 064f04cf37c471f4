"""Clocks from the contract's tables: who counts, what counts, merges, and contacts that only tell the outcome."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.promises import Calendar
from duecare.promises.clocks import ENDED, Spans, in_order, spans
from duecare.promises.terms import CLOCKS, SEVERITIES
from duecare.records import Warehouse, open_scratch
from duecare.sources import Input, land, load
from house import real
from promises.walk import DAYS
from shop import contact, stock

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
ALWAYS = Calendar.from_dict({"tz": "UTC", "weekly": {day: [["00:00", "24:00"]] for day in DAYS}})
OFFICE = Calendar.from_dict({"tz": "UTC", "weekly": {day: [["09:00", "17:00"]] for day in DAYS}})


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    made = open_scratch(tmp_path, memory_gb=1)
    yield made
    made.close()


def event(
    number: str, minute: float, kind: str, by: str = "agent", value: str | None = None, *, public: bool | None = None
) -> dict[str, Any]:
    """Something that happened some minutes after ten on the second of March."""
    at = datetime(2026, 3, 2, 10, tzinfo=UTC) + timedelta(minutes=minute)
    return {"contact_id": number, "at": at, "kind": kind, "actor_kind": by, "value": value, "public": public}


def case(number: str, minute: float = 0, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return contact(number, "ada", "2026-03-02", "email") | {"opened_at": event(number, minute, "opened")["at"]} | more


def told(warehouse: Warehouse, events: Sequence[dict[str, Any]], *cases: dict[str, Any], as_of: datetime = NOW) -> Spans:
    stock(warehouse, ["contacts", "contact_events"], contacts=cases or [case("1")], contact_events=events)
    return spans(warehouse, as_of=as_of)


def minutes(found: Spans, clock: str, number: str = "1", calendar: Calendar = ALWAYS) -> list[tuple[float, str]]:
    """Minutes and end of a contact's spans of one clock, in order."""
    lengths = found.minutes({0: calendar}, np.zeros(len(found.contacts), dtype=np.int64))
    mine = found.of(clock) & (found.contact == found.contacts.index(number))
    return [(float(lengths[at]), ENDED[found.ended[at]]) for at in np.flatnonzero(mine)]


def test_bots_rules_notes_and_the_customer_are_no_first_response(warehouse: Warehouse) -> None:
    events = [
        event("1", 1, "reply", "bot", public=True),
        event("1", 2, "reply", "rule", public=True),
        event("1", 3, "reply", public=False),
        event("1", 4, "reply", "customer", public=True),
        event("1", 5, "answered", "bot"),
        event("1", 30, "reply", public=True),
        event("1", 60, "reply", public=True),
    ]
    assert minutes(told(warehouse, events), "first_response") == [(30.0, "done")]


def test_without_a_reply_the_first_response_runs_and_has_no_length_of_its_own(warehouse: Warehouse) -> None:
    assert minutes(told(warehouse, [event("1", 1, "reply", "bot")]), "first_response") == [(pytest.approx(50 * 60), "running")]


@pytest.mark.parametrize("ending", [event("1", 5, "deflected", "bot"), event("1", 5, "status", value="solved"), event("1", 5, "closed")])
def test_the_first_answer_counts_also_after_a_bot_or_a_hasty_solution(warehouse: Warehouse, ending: dict[str, Any]) -> None:
    events = [ending, event("1", 20, "status", "customer", "open"), event("1", 30, "reply")]
    assert minutes(told(warehouse, events), "first_response") == [(30.0, "done")]


def test_without_an_answer_the_first_response_ends_with_the_last_solution_and_runs_on_when_reopened(warehouse: Warehouse) -> None:
    events = [
        event("1", 5, "status", value="solved"),
        event("1", 20, "status", "customer", "open"),
        event("1", 30, "status", value="solved"),
        event("1", 90, "closed", "rule"),
        event("2", 5, "status", value="solved"),
        event("2", 20, "status", "customer", "open"),
    ]
    found = told(warehouse, events, case("1"), case("2"))
    assert minutes(found, "first_response") == [(30.0, "solved")]
    assert [how for _, how in minutes(found, "first_response", "2")] == ["running"]


def test_a_message_that_reopens_a_closed_contact_waits_and_thanks_do_not(warehouse: Warehouse) -> None:
    events = [
        event("1", 10, "reply"),
        event("1", 20, "closed"),
        event("1", 40, "reply", "customer"),
        event("1", 40, "status", "customer", "open"),
        event("1", 70, "reply"),
        event("1", 75, "closed"),
        event("1", 80, "reply", "customer"),
    ]
    assert minutes(told(warehouse, events), "next_reply") == [(30.0, "done")]


def test_the_oldest_unanswered_message_counts_and_a_solution_ends_it(warehouse: Warehouse) -> None:
    events = [
        event("1", 10, "reply"),
        event("1", 15, "reply", "customer", public=False),
        event("1", 20, "reply", "customer"),
        event("1", 25, "reply", "customer"),
        event("1", 50, "reply"),
        event("1", 60, "reply", "customer"),
        event("1", 75, "status", value="solved"),
    ]
    assert minutes(told(warehouse, events), "next_reply") == [(30.0, "done"), (15.0, "solved")]


def test_pending_stands_still_hold_is_the_requesters_wait_and_reopening_resumes(warehouse: Warehouse) -> None:
    events = [
        event("1", 10, "status", value="open"),
        event("1", 20, "status", value="pending"),
        event("1", 50, "status", "customer", value="open"),
        event("1", 60, "status", value="on-hold"),
        event("1", 100, "status", value="solved"),
        event("1", 200, "status", "customer", value="open"),
        event("1", 210, "status", value="solved"),
        event("1", 900, "closed", "rule"),
    ]
    found = told(warehouse, events)
    assert minutes(found, "requester_wait") == [(20 + 10 + 40 + 10, "done")]
    assert minutes(found, "agent_work") == [(20 + 10 + 10, "done")]
    assert minutes(found, "first_resolution") == [(100.0, "done")]
    assert minutes(found, "full_resolution") == [(210.0, "done")]


def test_full_resolution_is_none_while_unsolved(warehouse: Warehouse) -> None:
    events = [event("1", 100, "status", value="solved"), event("1", 200, "status", "customer", value="open")]
    found = told(warehouse, events)
    assert minutes(found, "first_resolution") == [(100.0, "done")]
    assert [how for _, how in minutes(found, "full_resolution")] == ["running"]


def test_only_open_hours_count(warehouse: Warehouse) -> None:
    events = [event("1", 8 * 60, "reply"), event("1", 24 * 60, "status", value="solved")]
    found = told(warehouse, events)
    assert minutes(found, "first_response", calendar=OFFICE) == [(7 * 60.0, "done")]
    assert minutes(found, "requester_wait", calendar=OFFICE) == [(8 * 60.0, "done")]


def test_updates_run_from_answer_to_answer_and_the_pausable_ones_stand_still_in_pending(warehouse: Warehouse) -> None:
    events = [
        event("1", 10, "reply"),
        event("1", 20, "status", value="pending"),
        event("1", 50, "status", "customer", value="open"),
        event("1", 70, "reply"),
        event("1", 90, "status", value="solved"),
    ]
    found = told(warehouse, events)
    assert minutes(found, "periodic_update") == [(60.0, "done"), (20.0, "solved")]
    assert minutes(found, "pausable_update") == [(30.0, "done"), (20.0, "solved")]


def test_a_call_waits_in_the_queue_and_is_handled_until_it_is_finished(warehouse: Warehouse) -> None:
    events = [
        event("1", 0, "queued", "rule"),
        event("1", 3, "answered"),
        event("1", 5, "hold"),
        event("1", 12, "finished"),
        event("2", 0, "queued", "rule"),
        event("2", 4, "abandoned", "customer"),
    ]
    found = told(warehouse, events, case("1"), case("2"))
    assert minutes(found, "queue_wait") == [(3.0, "done")]
    assert minutes(found, "handle_time") == [(9.0, "done")]
    assert minutes(found, "first_response") == [(3.0, "done")]
    assert minutes(found, "queue_wait", "2") == [(4.0, "abandoned")]
    assert minutes(found, "first_response", "2") == [(4.0, "abandoned")]


def test_who_hangs_up_twice_waited_twice(warehouse: Warehouse) -> None:
    events = [
        event("1", 0, "queued", "rule"),
        event("1", 4, "abandoned", "customer"),
        event("1", 10, "queued", "rule"),
        event("1", 17, "abandoned", "customer"),
        event("1", 20, "queued", "rule"),
        event("1", 22, "answered"),
    ]
    found = told(warehouse, events)
    assert minutes(found, "queue_wait") == [(4.0, "abandoned"), (7.0, "abandoned"), (2.0, "done")]
    assert minutes(found, "first_response") == [(22.0, "done")]


def test_a_merged_contact_ends_and_the_survivor_keeps_the_earliest_opening(warehouse: Warehouse) -> None:
    events = [
        event("1", 30, "merged", value="2"),
        event("1", 40, "reply"),
        event("2", 50, "merged", value="3"),
        event("3", 90, "reply"),
    ]
    found = told(warehouse, events, case("1"), case("2", 20), case("3", 25))
    assert minutes(found, "first_response", "1") == [(30.0, "merged")]
    assert minutes(found, "first_response", "2") == [(50.0, "merged")]
    assert minutes(found, "first_response", "3") == [(90.0, "done")]


def test_an_answer_that_a_merged_contact_had_is_its_survivors_too(warehouse: Warehouse) -> None:
    events = [event("1", 5, "reply"), event("1", 30, "merged", value="2"), event("2", 90, "reply")]
    found = told(warehouse, events, case("1"), case("2", 20))
    assert minutes(found, "first_response", "2") == [(5.0, "done")]


def test_after_a_merged_contacts_answer_its_survivors_messages_wait_for_the_next(warehouse: Warehouse) -> None:
    events = [
        event("1", 5, "reply"),
        event("1", 30, "merged", value="2"),
        event("1", 31, "reply"),
        event("2", 35, "merged", value="3"),
        event("3", 40, "reply", "customer"),
        event("3", 50, "priority", value="urgent"),
        event("3", 90, "reply"),
    ]
    found = told(warehouse, events, case("1"), case("2", 20), case("3", 25))
    assert minutes(found, "first_response", "3") == [(5.0, "done")]
    assert minutes(found, "next_reply", "3") == [(50.0, "done")]
    assert minutes(found, "periodic_update", "3") == [(85.0, "done"), (pytest.approx(48.5 * 60), "running")]
    answered = found.of("first_response") & (found.contact == found.contacts.index("3"))
    assert (found.frozen[answered] == found.start[answered]).all()  # the severity changed after the answer


def test_an_answer_at_the_moment_of_the_merge_is_both_contacts_and_who_had_none_waits_on(warehouse: Warehouse) -> None:
    events = [event("1", 30, "merged", value="2"), event("1", 30, "reply")]
    found = told(warehouse, events, case("1"), case("2"), case("3"))
    assert minutes(found, "first_response", "1") == minutes(found, "first_response", "2") == [(30.0, "done")]
    assert [how for _, how in minutes(found, "first_response", "3")] == ["running"]


def test_an_answer_after_the_merge_is_not_the_survivors(warehouse: Warehouse) -> None:
    events = [event("1", 30, "merged", value="2"), event("1", 31, "reply"), event("2", 90, "reply")]
    assert minutes(told(warehouse, events, case("1"), case("2")), "first_response", "2") == [(90.0, "done")]


def test_contacts_merged_in_a_circle_come_to_an_end(warehouse: Warehouse) -> None:
    events = [event("1", 30, "merged", value="2"), event("2", 40, "merged", value="1")]
    found = told(warehouse, events, case("1"), case("2", 20))
    assert minutes(found, "first_response", "2") == [(40.0, "merged")]


def test_the_target_freezes_at_the_start_or_at_a_change_of_severity_within(warehouse: Warehouse) -> None:
    events = [
        event("1", 1, "priority", "rule", "low"),
        event("1", 10, "reply"),
        event("1", 20, "priority", value="urgent"),
        event("1", 30, "reply", "customer"),
        event("1", 40, "reply"),
    ]
    found = told(warehouse, events)
    at = {CLOCKS[clock]: n for n, clock in enumerate(found.clock.tolist())}
    began = int(found.start[at["first_response"]])
    frozen = {clock: ((int(found.frozen[n]) - began) / 60e6, SEVERITIES[found.severity[n]]) for clock, n in at.items()}
    assert frozen["first_response"] == (1.0, "low")
    assert frozen["next_reply"] == (30.0, "critical")
    assert frozen["requester_wait"] == (20.0, "critical")


def test_without_a_priority_event_the_contacts_own_severity_holds(warehouse: Warehouse) -> None:
    found = told(warehouse, [event("1", 10, "reply")], case("1", severity="High"))
    assert {SEVERITIES[severity] for severity in found.severity} == {"high"}


def test_what_happened_after_the_as_of_moment_is_not_seen(warehouse: Warehouse) -> None:
    as_of = event("1", 60, "opened")["at"]
    found = told(warehouse, [event("1", 60, "reply"), event("2", 61, "reply")], case("1"), case("2"), case("3", 61), as_of=as_of)
    assert minutes(found, "first_response", "1") == [(60.0, "done")]
    assert minutes(found, "first_response", "2") == [(60.0, "running")]
    assert found.contacts == ["1", "2"]


def test_a_contact_without_events_tells_by_its_columns(warehouse: Warehouse) -> None:
    answered, solved = event("1", 15, "reply")["at"], event("1", 45, "status")["at"]
    found = told(warehouse, [], case("1", first_reply_at=answered, resolved_at=solved))
    assert minutes(found, "first_response") == [(15.0, "done")]
    assert minutes(found, "full_resolution") == [(45.0, "done")]


def test_what_happens_at_one_instant_goes_message_answer_solution(warehouse: Warehouse) -> None:
    events = [
        event("1", 10, "status", value="solved"),
        event("1", 10, "reply"),
        event("1", 5, "reply"),
        event("1", 10, "reply", "customer"),
    ]
    found = told(warehouse, events)
    assert minutes(found, "next_reply") == [(0.0, "done")]
    assert minutes(found, "first_resolution") == [(10.0, "done")]
    earlier = [event("1", 7, "reply", "customer"), *events[:3]]
    assert minutes(told(warehouse, earlier), "next_reply") == [(3.0, "done")]


def test_the_real_incident_log_has_no_first_response_and_closing_is_no_resolution(tmp_path: Path) -> None:
    log = real("tickets/incident_event_log.csv.zip")
    with open_scratch(tmp_path / "scratch", memory_gb=2) as warehouse:
        landed = land(Input(name="log", path=str(log), preset="servicenow_incidents", zone="UTC"), base=tmp_path, home=tmp_path / "home")
        reading = load(warehouse, [landed], currency="EUR", now=NOW)
        found = spans(warehouse, as_of=NOW)
        resolved = warehouse.arrow("SELECT contact_id, opened_at, resolved_at FROM {c} ORDER BY contact_id", c="contacts").to_pylist()
    assert [one.rows_read for one in reading.counts] == [one.rows_used + one.rows_aside for one in reading.counts]
    assert ENDED.index("done") not in found.ended[found.of("first_response")]
    full = found.of("full_resolution") & (found.ended == ENDED.index("done"))
    ends = {
        found.contacts[int(c)]: end for c, end in zip(found.contact[full], found.end[full].view("datetime64[us]").tolist(), strict=True)
    }
    told_too = {
        row["contact_id"]: row["resolved_at"].replace(tzinfo=None) for row in resolved if row["resolved_at"] and row["contact_id"] in ends
    }
    same_day = sum(abs(ends[number] - said) <= timedelta(days=1) for number, said in told_too.items())
    assert len(told_too) > 20_000
    assert same_day >= 0.95 * len(told_too)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-3, 3), st.integers(0, 3)), max_size=60))
def test_events_go_by_contact_then_time_then_rank_however_they_came(rows: list[tuple[int, int, int]]) -> None:
    number, at, rank = np.array(rows, dtype=np.int64).reshape(-1, 3).T.copy()
    found = in_order(number, at, rank.astype(np.int16)).tolist()
    assert found == sorted(range(len(rows)), key=lambda row: (*rows[row], row))
