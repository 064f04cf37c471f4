"""Promise: the log of happenings tells the same story as the columns of its contact, and agents keep their hours."""

import pytest

from demo.asking import Ask
from duecare.sources.contract import CONTRACT

HUMAN_ANSWER = "(e.kind = 'answered' OR (e.kind = 'reply' AND e.actor_kind = 'agent' AND e.public))"


def differing(asked: Ask, column: str, told: str, having: str = "TRUE") -> list[tuple[int, ...]]:
    """Count contacts whose column is not what their events tell."""
    return asked(f"""
        SELECT count(*) FROM (
            SELECT contact_id, {told} AS told FROM contact_events e WHERE {having} GROUP BY contact_id) t
        RIGHT JOIN contacts c USING (contact_id) WHERE t.told IS DISTINCT FROM ({column})""")


def test_the_first_event_is_the_opening(asked: Ask) -> None:
    assert differing(asked, "opened_at", "min(e.at)") == [(0,)]
    assert differing(asked, "opened_at", "min(e.at) FILTER (kind = 'opened')") == [(0,)]


def test_the_first_reply_is_a_persons_and_public_and_no_bots_rules_or_note(asked: Ask) -> None:
    assert differing(asked, "first_reply_at", f"min(e.at) FILTER ({HUMAN_ANSWER})") == [(0,)]
    before = """
        SELECT count(*) FILTER (actor_kind = 'bot'), count(*) FILTER (actor_kind = 'rule'), count(*) FILTER (NOT public)
        FROM contact_events e JOIN contacts c USING (contact_id) WHERE kind = 'reply' AND e.at < first_reply_at"""
    assert all(count > 100 for count in asked(before)[0])


def test_the_queue_lasts_from_queued_to_answered_or_to_ringing_off(asked: Ask) -> None:
    told = "epoch(min(e.at) FILTER (kind IN ('answered', 'abandoned'))) - epoch(min(e.at) FILTER (kind = 'queued'))"
    assert differing(asked, "queue_seconds", told) == [(0,)]


def test_a_solution_is_told_when_it_came(asked: Ask) -> None:
    told = "min(e.at) FILTER ((kind = 'status' AND value = 'solved') OR kind = 'deflected')"
    assert differing(asked, "resolved_at", told) == [(0,)]


def test_the_last_status_and_the_last_agent_are_those_of_the_contact(asked: Ask) -> None:
    assert differing(asked, "status", "last(value ORDER BY e.at, rowid)", "kind = 'status'") == [(0,)]
    assert differing(asked, "agent_id", "last(value ORDER BY e.at, rowid)", "kind IN ('assigned', 'transferred')") == [(0,)]


def test_who_rings_off_is_never_answered(asked: Ask) -> None:
    assert differing(asked, "coalesce(outcome = 'abandoned', FALSE)", "bool_or(kind = 'abandoned')") == [(0,)]
    rows = asked("SELECT count(*), count(first_reply_at), count(agent_id), count(handle_seconds) FROM contacts WHERE outcome = 'abandoned'")
    assert rows[0][0] > 50
    assert rows[0][1:] == (0, 0, 0)


def test_events_use_the_contracts_words_and_stand_in_order(asked: Ask) -> None:
    kinds = {row[0] for row in asked("SELECT DISTINCT kind FROM contact_events")}
    assert kinds <= set(CONTRACT["contact_events"].column("kind").note.replace(" or ", ", ").split(", "))
    assert {row[0] for row in asked("SELECT DISTINCT actor_kind FROM contact_events")} == {"customer", "agent", "bot", "rule"}
    assert asked(
        "SELECT count(*) FROM (SELECT e.at < lag(e.at) OVER (PARTITION BY contact_id ORDER BY rowid) AS back FROM contact_events e) WHERE back"
    ) == [(0,)]


def test_a_transfer_names_another_agent(asked: Ask) -> None:
    assert asked("SELECT count_if(actor = value), count(*) > 100 FROM contact_events WHERE kind = 'transferred'") == [(0, True)]


def test_people_are_answered_in_service_hours_alone(asked: Ask) -> None:
    local = "first_reply_at AT TIME ZONE 'Europe/Berlin'"
    rows = asked(f"""
        SELECT count(*) FROM contacts WHERE channel NOT IN ('phone', 'chat') AND first_reply_at IS NOT NULL AND NOT (
            isodow({local}) <= 6 AND hour({local}) >= 9
            AND epoch(({local})::TIME) <= CASE WHEN isodow({local}) = 6 THEN 13 ELSE 17 END * 3600)""")
    assert rows == [(0,)]


def test_nobody_works_before_they_are_hired(asked: Ask) -> None:
    assert asked("SELECT count(*) FROM contacts JOIN agents USING (agent_id) WHERE first_reply_at::DATE < hired_at") == [(0,)]


@pytest.mark.parametrize("part", ["contacts", "contact_events"])
def test_something_is_still_open_at_the_end(asked: Ask, part: str) -> None:
    states = {row[0]: row[1] for row in asked("SELECT status, count(*) FROM contacts GROUP BY 1")}
    assert all(states[state] > 0 for state in ("open", "pending", "solved", "closed"))
    assert asked(f"SELECT count(*) > 0 FROM {part}") == [(True,)]


def test_calls_are_answered_by_agents_on_duty_and_seldom_two_at_once(asked: Ask) -> None:
    """At the very end of a shift a call may still come in, and a lone skill may be asked for out of its hours."""
    rows = asked("""
        WITH shifts AS (
            SELECT agent_id, e.at AS since, lead(e.at) OVER (PARTITION BY agent_id ORDER BY e.at) AS until, state FROM agent_events e),
        calls AS (
            SELECT contact_id, agent_id, first_reply_at FROM contacts
            WHERE channel = 'phone' AND first_reply_at > (SELECT min(e.at) FROM agent_events e))
        SELECT count(*), count_if(EXISTS (
            SELECT 1 FROM shifts s WHERE s.agent_id = c.agent_id AND s.state <> 'off' AND c.first_reply_at BETWEEN s.since AND s.until)) FROM calls c""")
    calls, on_duty = rows[0]
    assert calls > 300
    assert on_duty / calls > 0.9
    rows = asked("""
        SELECT avg((first_reply_at < until)::INT) FROM (
            SELECT first_reply_at, lag(first_reply_at + to_seconds(handle_seconds)) OVER (PARTITION BY agent_id ORDER BY first_reply_at) AS until
            FROM contacts WHERE channel = 'phone' AND agent_id IS NOT NULL)""")
    assert rows[0][0] < 0.03


def test_better_agents_solve_more_at_once_and_please_more(asked: Ask) -> None:
    rows = asked("""
        SELECT corr(quality, pleased), count(*) FROM (
            SELECT agent_id, avg(score) AS pleased FROM surveys JOIN contacts USING (contact_id) WHERE kind = 'csat'
            GROUP BY agent_id HAVING count(*) >= 50) JOIN truth.agents USING (agent_id)""")
    assert rows[0][0] > 0.7
    assert rows[0][1] >= 8
