"""The promise: a desk is asked as fast as it lets us and no faster, and others have their part."""

from hypothesis import given
from hypothesis import strategies as st

from duecare.helpdesk.desk import Told
from duecare.helpdesk.pace import Lane, Pace


def moments(pace: Pace | Lane, many: int) -> list[float]:
    """When so many requests go, one after another."""
    found, now = list[float](), 0.0
    for _ in range(many):
        now = pace.next_at(now)
        pace.sent(now)
        found.append(now)
    return found


@given(limit=st.integers(1, 1000), reserve=st.integers(0, 90))
def test_no_minute_has_more_than_its_part_of_the_limit(limit: int, reserve: int) -> None:
    pace = Pace(reserve)
    pace.heard(Told(limit=limit, remaining=limit, reset_s=0.0), 0.0)
    sent = moments(pace, 3 * limit + 3)
    most = limit * (1 - reserve / 100)
    for start in (0.0, 17.3, 60.0):
        assert sum(start <= one < start + 60 for one in sent) <= most + 1


def test_before_anything_is_told_requests_go_at_once() -> None:
    assert moments(Pace(0), 5) == [0.0] * 5


def test_when_others_spent_the_budget_the_next_count_is_waited_for() -> None:
    pace = Pace(10)
    pace.heard(Told(limit=100, remaining=9, reset_s=42.0), 100.0)
    assert pace.next_at(100.0) == 142.0
    pace.heard(Told(limit=100, remaining=10, reset_s=42.0), 100.0)  # exactly the reserve is left: it may be asked
    assert pace.next_at(100.0) == 100.0


def test_without_a_moment_of_the_next_count_a_minute_is_waited() -> None:
    pace = Pace(10)
    pace.heard(Told(limit=100, remaining=0), 100.0)
    assert pace.next_at(100.0) == 160.0
    assert pace.next_at(161.0) == 161.0


@given(per_minute=st.integers(1, 30), reserve=st.integers(0, 90))
def test_a_lane_lets_its_first_go_at_once_and_no_minute_has_more(per_minute: int, reserve: int) -> None:
    sent = moments(Lane(per_minute, reserve), 4 * per_minute + 1)
    most = max(int(per_minute * (1 - reserve / 100)), 1)
    assert sent[:most] == [0.0] * most
    assert all(later - earlier > 60 for earlier, later in zip(sent, sent[most:], strict=False))
