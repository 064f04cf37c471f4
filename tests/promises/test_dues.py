"""When a promise falls due, and since when a broken one is broken."""

from datetime import datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from duecare.promises import Calendar, Promise, Promises
from duecare.promises.calendar import always
from duecare.promises.clocks import Spans
from duecare.promises.dues import decided_at, due
from duecare.promises.engine import NEVER
from duecare.promises.instants import MISSING, instant
from duecare.promises.terms import CLOCKS
from duecare.promises.verdicts import BREACHED, KEPT, UNDECIDED, judge
from promises.slow_clocks import Contact, Event
from promises.test_engine import CONTACT
from promises.test_promises import MINUTE, some

OFFICE = Calendar.from_dict({"tz": "Europe/Berlin", "weekly": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}})


def judged_by(spans: Spans, promise: Promise, calendar: Calendar):  # noqa: ANN201 - what judge gives
    names = ("always", promise.calendar) if promise.calendar != "always" else ("always",)
    nobody = np.zeros(len(spans), dtype=np.int64)
    where = np.zeros(len(spans.contacts), dtype=np.int64)
    calendars = {promise.calendar: calendar}
    return judge(spans, Promises((promise,), names), calendars, tier=nobody, tiers=("",), channel=where, channels=("",)), calendars


def test_a_kept_promise_is_decided_by_its_answer_and_a_broken_one_when_its_target_passed() -> None:
    spans = some([30.0, 45.0, 30.0001])
    judged, calendars = judged_by(spans, Promise(metric="first_response", target_minutes=30), always())
    assert judged.verdict.tolist() == [KEPT, BREACHED, BREACHED]
    target = spans.start + 30 * MINUTE
    assert decided_at(spans, judged, calendars).tolist() == [int(spans.end[0]), int(target[1]), int(target[2])]


def test_a_running_breach_stays_where_the_target_passed_however_late_anybody_looks() -> None:
    spans = some([0.0], "running")
    spans.end[:] = MISSING
    judged, calendars = judged_by(spans, Promise(metric="first_response", target_minutes=60), always())
    assert decided_at(spans, judged, calendars).tolist() == [int(spans.start[0]) + 60 * MINUTE]


def test_what_is_undecided_has_no_moment_but_falls_due() -> None:
    spans = some([5.0], "abandoned")
    judged, calendars = judged_by(spans, Promise(metric="first_response", target_minutes=60), always())
    assert judged.verdict.tolist() == [UNDECIDED]
    assert decided_at(spans, judged, calendars).tolist() == [MISSING]
    assert due(spans, judged, calendars).tolist() == [int(spans.start[0]) + 60 * MINUTE]


def test_on_a_calendar_a_promise_of_friday_evening_falls_due_on_monday() -> None:
    spans = some([10_000.0])
    spans.start[:] = instant(datetime.fromisoformat("2026-11-20T16:30:00+01:00"))
    spans.end[:] = instant(datetime.fromisoformat("2026-11-24T09:00:00+01:00"))
    judged, calendars = judged_by(spans, Promise(metric="first_response", target_minutes=60, calendar="office"), OFFICE)
    assert decided_at(spans, judged, calendars).tolist() == [instant(datetime.fromisoformat("2026-11-23T09:30:00+01:00"))]


@given(CONTACT, st.integers(1, 40))
def test_a_clock_that_stands_still_is_broken_at_the_minute_at_which_it_had_run_so_long(
    contact: tuple[int, list[Event]], target: int
) -> None:
    opened, events = contact
    told = [span for span in Contact(opened, events).spans() if span.clock in {"requester_wait", "agent_work", "pausable_update"}]
    for one in told:
        spans = whole(one.clock, one.start, one.end, one.ended, one.pieces, now=60)
        judged, calendars = judged_by(spans, Promise(metric=one.clock, target_minutes=target), always())
        ran = 0
        until = next(
            (t for t in range(60) if (ran := ran + sum(a <= t < (b if b != NEVER else 60) for a, b in one.pieces)) == target), None
        )
        if judged.verdict[0] == BREACHED:
            assert until is not None
            assert decided_at(spans, judged, calendars)[0] == (until + 1) * MINUTE


def whole(clock: str, start: int, end: int, ended: int, pieces: tuple[tuple[int, int], ...], *, now: int) -> Spans:
    """One span, times in minutes since 1970."""

    def at(*minutes: int) -> np.ndarray:
        return np.array([MISSING if m == NEVER else m * MINUTE for m in minutes], dtype=np.int64)

    return Spans(
        contacts=["?"],
        contact=np.array([0]),
        clock=np.array([CLOCKS.index(clock)], dtype=np.uint8),
        start=at(start),
        end=at(end),
        ended=np.array([ended], dtype=np.uint8),
        frozen=at(start),
        severity=np.array([1], dtype=np.int8),
        piece=np.zeros(len(pieces), dtype=np.int64),
        piece_start=at(*(a for a, _ in pieces)),
        piece_end=at(*(b for _, b in pieces)),
        as_of=now * MINUTE,
        answers=np.zeros(1, dtype=np.int64),
        transfers=np.zeros(1, dtype=np.int64),
    )
