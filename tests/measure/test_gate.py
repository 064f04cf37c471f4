"""What contradicts itself is counted and set aside; what only looks so is not."""

from typing import Any

import pytest

from duecare.measure.figures import table
from duecare.measure.gate import REASONS
from duecare.measure.registry import KPIS
from duecare.records import Warehouse
from measure.logs import at, case, event, served, sifted

SOLVED_FIRST, BEFORE, FAR = REASONS


def reasons(warehouse: Warehouse, contacts: list[dict[str, Any]], events: list[dict[str, Any]]) -> list[str | None]:
    _, found = sifted(warehouse, contacts, events)
    return [None if place < 0 else REASONS[place] for place in found.aside.tolist()]


def test_solved_before_it_was_answered_is_seen_in_columns_and_in_events(warehouse: Warehouse) -> None:
    by_events = [event("2", 20, "status", value="solved"), event("2", 30, "reply", public=True)]
    contacts = [case("1", resolved_at=at(20), first_reply_at=at(30)), case("2"), case("3", resolved_at=at(30), first_reply_at=at(30))]
    assert reasons(warehouse, contacts, by_events) == [SOLVED_FIRST, SOLVED_FIRST, None]


def test_a_reopened_contact_and_one_that_a_bot_had_solved_may_be_answered_later(warehouse: Warehouse) -> None:
    again = [event("1", 20, "status", value="solved"), event("1", 25, "status", "customer", "open"), event("1", 30, "reply", public=True)]
    bot = [event("2", 5, "deflected", "bot"), event("2", 30, "reply", public=True)]
    contacts = [case("1", resolved_at=at(20), first_reply_at=at(30)), case("2", resolved_at=at(5), first_reply_at=at(30))]
    assert reasons(warehouse, contacts, again + bot) == [None, None]


def test_an_answer_and_a_solution_of_one_moment_are_in_order(warehouse: Warehouse) -> None:
    both = [event("1", 20, "status", value="solved"), event("1", 20, "reply", public=True)]
    assert reasons(warehouse, [case("1")], both) == [None]


def test_times_before_the_opening_set_a_contact_aside_but_for_the_skew_of_clocks(warehouse: Warehouse) -> None:
    contacts = [case("1", resolved_at=at(-1)), case("2"), case("3")]
    events = [event("1", 5, "reply", public=True), event("2", -5, "reply", public=True), event("3", -5.001, "reply", public=True)]
    log, found = sifted(warehouse, contacts, events)
    assert [None if place < 0 else REASONS[place] for place in found.aside.tolist()] == [BEFORE, None, FAR]
    assert found.counts["events a little before the opening of their contact, taken as at the opening"] == 1
    assert int((found.aside >= 0).sum()) == 2
    assert table(log, [KPIS["first_response"]]).to_pylist()[0]["value"] == 0


def test_what_is_set_aside_takes_part_in_nothing_but_was_paid_for(warehouse: Warehouse) -> None:
    contacts = [case("1", resolved_at=at(20), first_reply_at=at(30), handle_seconds=60), case("2", handle_seconds=60)]
    log, _ = sifted(warehouse, contacts, served("2", 0, 10, 20))
    found = {row["kpi"]: row["cases"] for row in table(log, list(KPIS.values())).to_pylist()}
    assert found["first_response"] == found["full_resolution"] == found["one_touch"] == 1
    assert found["cost_per_contact"] == 2


def test_strangers_doubles_and_lengths_below_nothing_are_counted(warehouse: Warehouse) -> None:
    events = [*served("1", 0, 10, 20), event("?", 5, "reply"), event("1", 10, "reply", public=True, actor="B")]
    contacts = [case("1", agent_id="A", handle_seconds=-5), case("2", agent_id="Z")]
    log, found = sifted(warehouse, contacts, events, agents=[{"agent_id": "A"}])
    assert found.counts == {
        "events of no known contact, left out": 1,
        "contacts of agents who are not in the list of agents, in no rating": 1,
        "lengths below nothing, taken as not told": 1,
        "answers and transfers told twice, counted once": 1,
    }
    assert log.contacts.answers.tolist() == [1, 0]


@pytest.mark.parametrize("planted", [0, 7])
def test_exactly_the_planted_contradictions_are_caught(warehouse: Warehouse, planted: int) -> None:
    good = [case(f"g{n}", n, first_reply_at=at(n + 10), resolved_at=at(n + 10 + n % 3)) for n in range(50)]
    bad = [case(f"b{n}", n, first_reply_at=at(n + 10), resolved_at=at(n + 9)) for n in range(planted)]
    assert [why is not None for why in reasons(warehouse, good + bad, [])] == [True] * planted + [False] * 50
